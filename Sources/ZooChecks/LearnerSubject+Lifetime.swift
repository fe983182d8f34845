import MetaRL
import Tensors

// What agents promise.
extension LearnerSubject {
  private static var hintToLanes: String {
    "ignore lanes that are not live in observe(_:), and compute nothing across lanes: no mean over them, no shared "
      + "random numbers"
  }

  /// Lanes are independent over a lifetime.
  func checkLanes(_ history: [TrainedIteration<L>]) throws {
    guard let learner = history.last?.learner else { return }
    let world = EndingEarly(base: family)
    let lanes = lanes(options.laneCount)
    let together = try live(learner, in: lanes, on: world)
    let alone = try lanes.flatMap { try live(learner, in: [$0], on: world) }
    try requireEqual(alone, together, as: ("alone", "with other lanes"), hint: Self.hintToLanes)
  }

  /// The order in which tasks are met changes nothing.
  func checkTasks(_ history: [TrainedIteration<L>]) throws {
    guard let learner = history.last?.learner else { return }
    let hint = "make a new agent for every call of makeAgent; let agents share no class and no static variable"
    let lanes = lanes(8)
    let forward = try lanes.flatMap { try live(learner, in: [$0], on: family) }
    let backward = try lanes.reversed().flatMap { try live(learner, in: [$0], on: family) }
    try requireEqual(
      forward, backward.reversed(), as: ("with the tasks in order", "with the tasks in the opposite order"),
      hint: hint)
    let swapped = try live(learner, in: lanes.reversed(), on: family)
    try requireEqual(
      forward, swapped.reversed(), as: ("alone", "with the lanes in the opposite order"), hint: Self.hintToLanes)
  }

  /// What a copy of an agent sees and learns does not reach the agent.
  func checkCopies(_ history: [TrainedIteration<L>]) throws {
    guard let learner = history.last?.learner else { return }
    let lanes = lanes(10)
    let undisturbed = try live(learner, in: lanes, on: family)
    let (random, spec) = (lifetime(lanes), family.spec)
    var environment = family.makeEnvironment(for: lanes.map(\.task))
    var agent = learner.makeAgent(using: random.split("birth"))
    var played = lanes.map { _ in [Episode]() }
    for episode in 0..<options.episodesPerLifetime {
      var (copy, world) = (agent, environment)
      _ = try rollout(&copy, in: &world, episodes: 0..<2, spec: spec, lifetime: random.split("copy", episode))
      let next = try rollout(
        &agent, in: &environment, episodes: episode..<episode + 1, spec: spec, lifetime: random)
      for lane in lanes.indices { played[lane] += next[lane] }
    }
    try requireEqual(
      undisturbed, played, as: ("if left alone", "if copies of its agent are evaluated on the way"),
      hint: "agents are values: hold what they learn in structs, not in a class or a static variable")
  }

  /// Corrupting the data that a learner must not use changes nothing.
  func checkPoison(_ history: [TrainedIteration<L>]) throws {
    guard let learner = history.last?.learner else { return }
    let world = EndingEarly(base: family)
    let spoiled = Poisoned(base: world, poison: .endedLanes)
    let lanes = lanes(options.laneCount)
    let clean = try live(learner, in: lanes, on: world)
    let hint = "where transition.isLive is false, use nothing of the transition"
    try requireEqual(
      clean, try live(learner, in: lanes, on: spoiled),
      as: ("as it is", "if what lanes return after their end is spoiled"), hint: hint)
    do {
      try requireEqual(
        try train(newborn(), iterations: 0..<1, on: world), try train(newborn(), iterations: 0..<1, on: spoiled),
        hint: hint)
    } catch let failure as CheckError {
      throw CheckError(
        "training on data spoiled where lanes have ended \(failure.reason)", hint: failure.hint ?? hint)
    }
    let other = family.spec.reportedReward == .dense ? "sparse" : "dense"
    try requireEqual(
      withReportedRewardsOnly(clean),
      withReportedRewardsOnly(try live(learner, in: lanes, on: Poisoned(base: world, poison: .unreportedRewards))),
      as: ("as it is", "if \(other) rewards, which the family does not report, are spoiled"),
      hint: "adapt to transition.reward, which is the reported one")
  }

  private func withReportedRewardsOnly(_ lives: [[Episode]]) -> [[Episode]] {
    lives.map { episodes in
      episodes.map { episode in
        var episode = episode
        let rewards = episode.rewards()
        (episode.denseRewards, episode.sparseRewards) = (rewards, rewards)
        return episode
      }
    }
  }
}

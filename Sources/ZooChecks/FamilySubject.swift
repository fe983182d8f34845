import MetaRL
import Tensors

struct FamilySubject<F: TaskFamily> {
  let family: F
  let options: FamilyCheckOptions

  /// The first tasks of a split, again and again if there are fewer.
  func tasks(_ count: Int, _ split: TaskID.Split = .test) -> [TaskID] {
    let bound = max(family.taskCount(in: split) ?? count, 1)
    return (0..<count).map { TaskID(split, $0 % bound) }
  }

  func streams(_ count: Int) -> [RandomStream] {
    (0..<count).map { RandomStream(seed: options.seed).split("family check", $0) }
  }

  /// Plays episodes at random: `[lane][episode]`.
  func play(_ tasks: [TaskID], _ streams: [RandomStream], episodes: Range<Int>) throws -> [[Episode]] {
    var environment = family.makeEnvironment(for: tasks)
    var agent = RandomPlayer(space: family.spec.actionSpace)
    return try rollout(
      &agent, in: &environment, episodes: episodes, spec: family.spec, lifetime: LaneRandom(streams))
  }

  /// Everything that the environment returns has the shape that the spec says, and is finite; that of lanes whose
  /// episode has ended, too, since agents are shown it.
  func checkShapes() throws {
    let spec = family.spec
    guard spec.observationSize > 0, spec.actionSpace.width > 0, spec.horizon > 0 else {
      throw CheckError("the spec has a size that is not positive: \(spec)")
    }
    for count in [1, 7] {
      var environment = family.makeEnvironment(for: tasks(count))
      guard environment.laneCount == count else {
        throw CheckError("an environment of \(count) tasks has \(environment.laneCount) lanes")
      }
      var random = LaneRandom(streams(count))
      var agent = RandomPlayer(space: spec.actionSpace)
      for _ in 0..<2 {
        var observations = try environment.reset(using: &random)
        try check(observations, count, "reset")
        for step in 0..<spec.horizon {
          let outcome = try environment.step(agent.act(on: observations, using: &random), using: &random)
          observations = outcome.observations
          try check(outcome, count, step)
          try check(observations, count, "step \(step)")
        }
      }
    }
  }

  private func check(_ observations: Tensor, _ lanes: Int, _ place: String) throws {
    guard observations.shape == [lanes, family.spec.observationSize] else {
      throw CheckError(
        "\(place) returns observations of shape \(observations.shape) where the spec says "
          + "[\(lanes), \(family.spec.observationSize)]")
    }
    guard observations.isFinite else {
      throw CheckError(
        "\(place) returns an observation that is not finite",
        hint: "finished lanes are still stepped; do not change their state")
    }
  }

  private func check(_ outcome: StepOutcome, _ lanes: Int, _ step: Int) throws {
    let counts = [
      ("dense rewards", outcome.rewards.dense.count), ("sparse rewards", outcome.rewards.sparse.count),
      ("terminated", outcome.terminated.count),
      ("succeeded", outcome.succeeded.isEmpty ? lanes : outcome.succeeded.count),
    ]
    if let wrong = counts.first(where: { $0.1 != lanes }) {
      throw CheckError("step \(step) returns \(wrong.1) \(wrong.0) for \(lanes) lanes")
    }
    guard (outcome.rewards.dense + outcome.rewards.sparse).allSatisfy(\.isFinite) else {
      throw CheckError("step \(step) returns a reward that is not finite")
    }
  }

  func checkDeterminism() throws {
    let (tasks, streams) = (tasks(10), streams(10))
    let once = try play(tasks, streams, episodes: 0..<options.episodes)
    let again = try play(tasks, streams, episodes: 0..<options.episodes)
    try requireEqual(once, again, as: ("once", "again"), hint: "draw only from the given random streams")
  }

  func checkLanes() throws {
    let (tasks, streams) = (tasks(options.laneCount), streams(options.laneCount))
    let together = try play(tasks, streams, episodes: 0..<options.episodes)
    let alone = try tasks.indices.flatMap {
      try play([tasks[$0]], [streams[$0]], episodes: 0..<options.episodes)
    }
    try requireEqual(
      alone, together, as: ("alone", "with other lanes"),
      hint: "draw for lane i from random[i] or with random.uniforms(perLane:), and index state by lane")
  }

  /// A reset leaves nothing of the episode before.
  func checkResets() throws {
    guard !family.card.episodesAreNumbered else {
      throw NotApplicableError(reason: "an episode depends on its number in the lifetime")
    }
    let (tasks, streams) = (tasks(10), streams(10))
    let later = try play(tasks, streams, episodes: 0..<2).map { [$0[1]] }
    let first = try play(tasks, streams, episodes: 1..<2)
    try requireEqual(
      first, later, as: ("in a new environment", "after another episode"), hint: "reset every lane in reset(using:)"
    )
  }

  /// Refuses episodes that differ from those expected.
  private func requireEqual(
    _ expected: [[Episode]], _ other: [[Episode]], as names: (String, String), hint: String
  ) throws {
    guard let lane = expected.indices.first(where: { expected[$0] != other[$0] }) else { return }
    let episode = expected[lane].indices.first { expected[lane][$0] != other[lane][$0] } ?? 0
    let scores = [expected, other].map { $0[lane][episode].totalReward }
    let place = "lane \(lane), episode \(episode + 1)"
    guard scores[0] == scores[1] else {
      throw CheckError("\(place) scores \(scores[0]) \(names.0) and \(scores[1]) \(names.1)", hint: hint)
    }
    throw CheckError("\(place) is one thing \(names.0) and another \(names.1)", hint: hint)
  }
}

/// Acts at random: choices are uniform, vectors are standard normal, as those of an untrained Gaussian policy are.
struct RandomPlayer: Agent {
  let space: ActionSpace

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    switch space {
    case .continuous(let size):
      .continuous(Tensor(random.normals(perLane: size), shape: [random.count, size]))
    case .discrete(let count):
      .discrete((0..<random.count).map { random[$0].integer(below: count) })
    }
  }
}

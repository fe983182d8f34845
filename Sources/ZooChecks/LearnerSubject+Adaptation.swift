import MetaRL
import Tensors

// That adaptation is worth something.
extension LearnerSubject {
  /// After some training on two arms, agents earn more in the end than agents that forget each episode.
  func checkAdaptation() throws {
    if let reason = options.reasonNotToAdapt { throw NotApplicableError(reason: reason) }
    let arms = try bandit()
    do {
      try checkAdaptation(on: arms)
    } catch let tooLittle as CheckError where arms.pullsPerEpisode == 1 {
      // Agents may forget at the end of an episode and still adapt within one.
      let longEpisode = TwoArms(isContinuous: arms.isContinuous, pullsPerEpisode: options.pulls)
      do {
        try checkAdaptation(on: longEpisode)
      } catch is CheckError, is UnsupportedFamilyError {
        throw tooLittle
      }
    }
  }

  private func checkAdaptation(on arms: TwoArms) throws {
    let start = ContinuousClock.now
    let subject = LearnerSubject<L, TwoArms>(settings: settings, family: arms, options: options)
    var (trained, iterations, gain) = (try newborn(on: arms), 0, (mean: 0.0, standardError: 0.0))
    while true {
      gain = try subject.gainOfAdaptation(trained)
      if gain.mean > max(0.05, 4 * gain.standardError) { return }
      // Evaluation is repeated each time training has doubled.
      let more = max(1, iterations)
      guard (ContinuousClock.now - start) / .seconds(1) < options.banditSeconds, iterations < 2000 else { break }
      for iteration in iterations..<iterations + more {
        guard let next = try subject.train(trained, iterations: iteration..<iteration + 1).last else { break }
        trained = next.learner
        // Nothing to train: what it is now, it stays.
        if next.steps == 0 { throw tooLittle(gain, iterations) }
      }
      iterations += more
    }
    throw tooLittle(gain, iterations)
  }

  private func tooLittle(_ gain: (mean: Double, standardError: Double), _ iterations: Int) -> CheckError {
    func short(_ number: Double) -> String { "\((number * 1e3).rounded() / 1e3)" }
    return CheckError(
      "in the last third of \(options.pulls) pulls its agents earn \(short(gain.mean)) ± "
        + "\(short(gain.standardError)) more a pull than agents that forget every pull, after \(iterations) "
        + "iterations of training",
      hint:
        "at least 0.05 and 4 standard errors are required; an agent that adapts after more pulls needs a longer lifetime"
    )
  }

  /// The bandit with choices; with numbers, for learners that cannot choose; with one long episode, for learners that adapt
  /// within episodes.
  private func bandit() throws -> TwoArms {
    var reasons: [String] = []
    let all = [
      TwoArms(), TwoArms(isContinuous: true), TwoArms(isContinuous: true, pullsPerEpisode: options.pulls),
    ]
    for arms in all {
      do {
        _ = try newborn(on: arms)
        return arms
      } catch let unsupported as UnsupportedFamilyError {
        reasons.append("\(unsupported)")
      }
    }
    throw NotApplicableError(reason: "it cannot play a bandit: \(reasons.last ?? "")")
  }

  private func newborn(on arms: TwoArms) throws -> L {
    try L(settings, for: arms.learnerSpec(), using: RandomStream(seed: options.seed).split("init"))
  }
}

extension LearnerSubject where F == TwoArms {
  /// The mean reward of a pull in the last third of lifetimes, or of one long episode, minus that of agents that forget every
  /// pull.
  fileprivate func gainOfAdaptation(_ learner: L) throws -> (mean: Double, standardError: Double) {
    let lanes = (0..<100).map { Lane(number: $0, task: TaskID(.test, $0)) }
    let random = lifetime(lanes)
    let late = options.pulls * 2 / 3..<options.pulls
    let adapting = try live(learner, in: lanes, on: family, episodes: options.pulls / family.pullsPerEpisode)
    var differences = adapting.map { episodes in
      episodes.flatMap { $0.rewards() }[late].reduce(0.0) { $0 + Double($1) }
    }
    let onePull = TwoArms(isContinuous: family.isContinuous)
    let newborn = learner.makeAgent(using: random.split("birth"))
    for episode in late {
      var (agent, environment) = (newborn, onePull.makeEnvironment(for: lanes.map(\.task)))
      let forgetful = try playEpisode(
        &agent, in: &environment, spec: onePull.spec, random: random.split("forgetful", episode))
      for lane in lanes.indices { differences[lane] -= forgetful[lane].totalReward }
    }
    let estimate = Estimate(differences.map { $0 / Double(late.count) })
    return (estimate.mean, estimate.standardError)
  }
}

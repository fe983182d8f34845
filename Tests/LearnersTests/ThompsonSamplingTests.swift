import Environments
import Foundation
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct ThompsonSamplingTests {
  /// The rewards of each pull of many lifetimes: `[task][pull]`.
  private func lifetimes(
    arms: Int, pulls: Int, tasks: Int, _ configuration: ThompsonSampling.Configuration = .init()
  ) throws -> [[Double]] {
    let family = BernoulliBandit(arms: arms, pulls: pulls)
    let learner = try ThompsonSampling(configuration, for: family.spec, using: RandomStream(seed: 0))
    let evaluation = EvaluationProtocol(taskCount: tasks, episodesPerLifetime: pulls, probes: [])
    let curve = try evaluate(
      learner, on: family, evaluation, random: RandomStream(seed: 1), workers: Workers(2))
    return curve.online.map { $0.map(\.totalReward) }
  }

  private func estimate(_ values: [Double]) -> (mean: Double, standardError: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count).squareRoot())
  }

  // The totals are those of an independent computation with the same rule.
  @Test(arguments: [(5, 10, 5.85, 4000), (5, 100, 75.0, 1000)])
  func lifetimesEarnWhatThompsonSamplingEarns(_ arms: Int, _ pulls: Int, _ total: Double, _ tasks: Int) throws {
    let totals = try lifetimes(arms: arms, pulls: pulls, tasks: tasks).map { $0.reduce(0, +) }
    let (mean, standardError) = estimate(totals)
    #expect(abs(mean - total) < 4 * standardError, "\(mean) ± \(standardError)")
  }

  @Test func theFirstPullIsChanceAndTheLastIsNot() throws {
    let rewards = try lifetimes(arms: 5, pulls: 100, tasks: 1000)
    let (first, last) = (estimate(rewards.map { $0[0] }), estimate(rewards.map { $0[99] }))
    #expect(abs(first.mean - 0.5) < 4 * first.standardError)
    #expect(last.mean > 0.5 + 8 * last.standardError)
  }

  @Test func aStubbornPriorLearnsNothing() throws {
    var configuration = ThompsonSampling.Configuration()
    (configuration.priorSuccesses, configuration.priorFailures) = (1000, 1000)
    let totals = try lifetimes(arms: 5, pulls: 10, tasks: 2000, configuration).map { $0.reduce(0, +) }
    let (mean, standardError) = estimate(totals)
    #expect(abs(mean - 5) < 4 * standardError + 0.05, "\(mean) ± \(standardError)")
  }

  @Test func aPriorBelowOneIsSharper() throws {
    var configuration = ThompsonSampling.Configuration()
    (configuration.priorSuccesses, configuration.priorFailures) = (0.01, 0.01)
    let totals = try lifetimes(arms: 2, pulls: 10, tasks: 1000, configuration).map { $0.reduce(0, +) }
    #expect(estimate(totals).mean > 5)
  }

  /// With two arms of which only one is known, the share of pulls is the posterior's own: P(beta(1 + s, 1 + f) > u)
  /// with u uniform is the posterior's mean.
  @Test func anArmIsPulledWithTheProbabilityThatItIsTheBest() throws {
    let spec = BernoulliBandit(arms: 2, pulls: 1).spec
    let learner = try ThompsonSampling(.init(), for: spec, using: RandomStream(seed: 0))
    for (successes, failures) in [(0, 0), (3, 0), (1, 4), (7, 2), (40, 20)] {
      var agent = learner.makeAgent(using: LaneRandom([RandomStream(seed: 0)]))
      for reward in [Float](repeating: 1, count: successes) + [Float](repeating: 0, count: failures) {
        agent.agents[0].observe(
          LaneTransition(
            observation: [0], action: .discrete(0), reward: reward, nextObservation: [0], terminated: true,
            truncated: false))
      }
      var random = RandomStream(seed: 3).split("pulls", successes * 100 + failures)
      let draws = 20_000
      let pulled = (0..<draws).filter { _ in agent.agents[0].act(on: [0], using: &random) == .discrete(0) }.count
      let expected = Double(successes + 1) / Double(successes + failures + 2)
      let standardError = (expected * (1 - expected) / Double(draws)).squareRoot()
      #expect(abs(Double(pulled) / Double(draws) - expected) < 4 * standardError)
    }
  }

  @Test func familiesThatAreNoBanditsAreRefusedWithWhatIsWrong() throws {
    for (spec, words) in [(PointNavigation().spec, "continuous actions"), (GridWorld().spec, "up to 10 steps")] {
      let refusal = #expect(throws: UnsupportedFamilyError.self) {
        try ThompsonSampling(.init(), for: spec, using: RandomStream(seed: 0))
      }
      #expect(refusal?.description.contains(words) == true)
    }
  }

  @Test func everySettingIsDescribedOnceAndInOrder() throws {
    let encoded = try JSONEncoder().encode(ThompsonSampling.Configuration())
    let decoded = try JSONDecoder().decode([String: Double].self, from: encoded)
    let keys = ThompsonSampling.Configuration.settings.map(\.key)
    #expect(Set(keys) == Set(decoded.keys))
    #expect(keys.count == decoded.count)
  }
}

@Suite struct RandomActionsTests {
  @Test func choicesAreUniformAndVectorsAreStandardNormal() {
    let lanes = 20_000
    var random = LaneRandom((0..<lanes).map { RandomStream(seed: 0).split("lane", $0) })
    let observations = Tensor(repeating: 0, shape: [lanes, 1])
    func act(_ space: ActionSpace) -> Actions {
      let spec = EnvironmentSpec(observationSize: 1, actionSpace: space, horizon: 1)
      var agent = RandomActions(.init(), for: spec, using: RandomStream(seed: 0))
        .makeAgent(using: random)
      return agent.act(on: observations, using: &random)
    }
    guard case .discrete(let choices) = act(.discrete(count: 4)),
      case .continuous(let vectors) = act(.continuous(size: 2))
    else {
      Issue.record("the agent confuses choices and vectors")
      return
    }
    for choice in 0..<4 { #expect(abs(choices.filter { $0 == choice }.count - lanes / 4) < 250) }
    let values = vectors.doubles
    #expect(vectors.shape == [lanes, 2])
    #expect(abs(values.reduce(0, +) / Double(values.count)) < 0.02)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / Double(values.count) - 1) < 0.03)
  }

  @Test func trainingTakesNoSteps() throws {
    let family = BernoulliBandit()
    var learner = RandomActions(.init(), for: family.spec, using: RandomStream(seed: 0))
    var session = TrainingSession(family: family, iteration: 0, random: RandomStream(seed: 0), workers: Workers(1))
    learner.metaTrain(&session)
    #expect(session.environmentSteps == 0)
  }
}

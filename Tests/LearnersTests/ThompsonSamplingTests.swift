import Environments
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct ThompsonSamplingTests {
  /// The total of lifetimes.
  private func total(
    arms: Int, pulls: Int, tasks: Int, prior: Double = 1
  ) throws -> (mean: Double, standardError: Double) {
    try lifetimeReturn(ThompsonSampling.self, on: BernoulliBandit(arms: arms, pulls: pulls), tasks: tasks) {
      ($0.priorSuccesses, $0.priorFailures) = (prior, prior)
    }
  }

  // The totals are those of an independent computation with the same rule.
  @Test(arguments: [(5, 10, 5.85, 4000), (5, 100, 75.0, 1000)])
  func lifetimesEarnWhatThompsonSamplingEarns(_ arms: Int, _ pulls: Int, _ due: Double, _ tasks: Int) throws {
    expect(try total(arms: arms, pulls: pulls, tasks: tasks), toBe: due)
  }

  @Test func theFirstPullIsChanceAndTheLastIsNot() throws {
    let family = BernoulliBandit(arms: 5, pulls: 100)
    let rewards = try episodeReturns(ThompsonSampling.self, on: family, tasks: 1000)
    let last = estimate(rewards.map { $0[99] })
    expect(estimate(rewards.map { $0[0] }), toBe: 0.5)
    #expect(last.mean > 0.5 + 8 * last.standardError)
  }

  @Test func aStubbornPriorLearnsNothing() throws {
    let (mean, standardError) = try total(arms: 5, pulls: 10, tasks: 2000, prior: 1000)
    #expect(abs(mean - 5) < 4 * standardError + 0.05, "\(mean) ± \(standardError)")
  }

  @Test func aPriorBelowOneIsSharper() throws {
    #expect(try total(arms: 2, pulls: 10, tasks: 1000, prior: 0.01).mean > 5)
  }

  /// With two arms of which only one is known, the share of pulls is the posterior's own: P(beta(1 + s, 1 + f) > u)
  /// with u uniform is the posterior's mean.
  @Test("An arm is pulled with the probability that it is the best") func probabilityMatching() throws {
    let learner = try untrained(ThompsonSampling.self, on: BernoulliBandit(arms: 2, pulls: 1))
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

  @Test("Families that are no bandits are refused with what is wrong") func refusals() throws {
    let families: [(any TaskFamily, String)] = [
      (PointNavigation(), "continuous actions"), (GridWorld(), "up to 10 steps"),
    ]
    for (family, words) in families {
      let refusal = #expect(throws: UnsupportedFamilyError.self) {
        try untrained(ThompsonSampling.self, on: family)
      }
      #expect(refusal?.description.contains(words) == true)
    }
  }
}

@Suite struct RandomActionsTests {
  @Test func choicesAreUniformAndVectorsAreStandardNormal() throws {
    let lanes = 20_000
    var random = LaneRandom(seed: 0, lanes: lanes)
    let observations = Tensor(repeating: 0, shape: [lanes, 1])
    func act(_ space: ActionSpace) -> Actions {
      let spec = EnvironmentSpec(observationSize: 1, actionSpace: space, horizon: 1)
      var agent = RandomActions(.init(), for: spec, using: RandomStream(seed: 0)).makeAgent(using: random)
      return agent.act(on: observations, using: &random)
    }
    let choices = try #require(act(.discrete(count: 4)).choices)
    let vectors = try #require(act(.continuous(size: 2)).vectors)
    for choice in 0..<4 { #expect(abs(choices.filter { $0 == choice }.count - lanes / 4) < 250) }
    let values = vectors.doubles
    #expect(vectors.shape == [lanes, 2])
    #expect(abs(values.reduce(0, +) / Double(values.count)) < 0.02)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / Double(values.count) - 1) < 0.03)
  }

  @Test func trainingTakesNoSteps() throws {
    var learner = try untrained(RandomActions.self, on: BernoulliBandit())
    #expect(try train(&learner, on: BernoulliBandit(), iterations: 0..<1)[0].steps == 0)
  }
}

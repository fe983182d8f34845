import Environments
import Learners
import MetaRL
import Tensors
import Testing

/// Agents for bandits against totals that were computed elsewhere.
@Suite struct BanditAgentTests {
  // Totals of independent simulations with the same rules.
  @Test(arguments: [
    (5, 10, 6.60), (10, 10, 6.71), (50, 10, 6.70), (5, 100, 75.7), (10, 100, 79.3), (50, 100, 80.4),
  ])
  func greedyAgentsEarnTheirTotals(arms: Int, pulls: Int, total: Double) throws {
    let family = BernoulliBandit(arms: arms, pulls: pulls)
    let result = try lifetimeReturn(EpsilonGreedy.self, on: family, tasks: 2000) { $0.explorationProbability = 0 }
    expect(result, toBe: total)
  }

  @Test(arguments: [
    (5, 10, 6.63), (10, 10, 6.71), (50, 10, 6.70), (5, 100, 78.2), (10, 100, 83.3), (50, 100, 84.9),
  ])
  func tunedBoundsOnThePosteriorMeanEarnTheirTotals(arms: Int, pulls: Int, total: Double) throws {
    let family = BernoulliBandit(arms: arms, pulls: pulls)
    let result = try lifetimeReturn(UCB1.self, on: family, tasks: 2000) {
      ($0.index, $0.bonusWeight) = (.posteriorMean, 0.2)
    }
    expect(result, toBe: total)
  }

  @Test func theTextbookBoundEarnsFarLess() throws {
    expect(try lifetimeReturn(UCB1.self, on: BernoulliBandit(arms: 5, pulls: 100), tasks: 2000), toBe: 65.9)
  }

  @Test func theTextbookBoundPullsEveryArmOnceFirst() throws {
    let family = BernoulliBandit(arms: 7, pulls: 7)
    let learner = try untrained(UCB1.self, on: family)
    let agent = try lived(learner, on: family, episodes: 7, random: LaneRandom(seed: 1, lanes: 1)).agent
    #expect(agent.lanes.agents[0].counts.pulls == [1, 1, 1, 1, 1, 1, 1])
  }

  @Test(arguments: [(10, 100, 77.1), (50, 100, 64.55)])
  func oneDrawOfTheLikeliestIsThompsonSampling(arms: Int, pulls: Int, total: Double) throws {
    let family = BernoulliBandit(arms: arms, pulls: pulls)
    let one = try lifetimeReturn(OptimisticThompsonSampling.self, on: family, tasks: 1000) {
      $0.optimism = .likeliestSample
    }
    expect(one, toBe: total)
    expect(try lifetimeReturn(ThompsonSampling.self, on: family, tasks: 1000), toBe: total)
  }

  @Test func optimismEarnsMoreThanThompsonSampling() throws {
    let family = BernoulliBandit(arms: 5, pulls: 100)
    let thompson = try episodeReturns(ThompsonSampling.self, on: family, tasks: 2000).map { $0.reduce(0, +) }
    for optimism in OptimisticThompsonRule.Optimism.allCases {
      let optimistic = try episodeReturns(OptimisticThompsonSampling.self, on: family, tasks: 2000) {
        ($0.optimism, $0.sampleCount) = (optimism, optimism == .likeliestSample ? 10 : 1)
      }
      let (mean, standardError) = estimate(zip(optimistic, thompson).map { $0.reduce(0, +) - $1 })
      #expect(mean > 4 * standardError, "\(optimism): \(mean) ± \(standardError)")
    }
  }

  // Table 1 of Duan et al. 2016, 1000 instances.
  @Test(arguments: [(5, 10, 0.9, 6.6), (5, 100, 0.99, 78.3), (10, 100, 0.99, 82.8)])
  func theGittinsIndexEarnsWhatThePaperSays(arms: Int, pulls: Int, discount: Double, total: Double) throws {
    let family = BernoulliBandit(arms: arms, pulls: pulls)
    let result = try lifetimeReturn(GittinsIndex.self, on: family, tasks: 2000) { $0.discount = discount }
    expect(result, toBe: total)
    // The discount goes with the length of lifetimes if none is said.
    let same = try lifetimeReturn(GittinsIndex.self, on: family, tasks: 2000)
    #expect(result.mean == same.mean)
  }

  // Exact values, from dynamic programming elsewhere.
  @Test(arguments: [
    (2, 2, 1.083333), (2, 5, 2.888889), (2, 10, 6.021786), (2, 20, 12.431265), (3, 10, 6.409643), (5, 10, 6.659988),
    (10, 10, 6.713951), (50, 10, 6.713951),
  ])
  func theBestAgentsExpectationIsExact(arms: Int, pulls: Int, total: Double) throws {
    let rule = try BayesOptimalRule(.init(), armCount: arms, pullCount: pulls)
    #expect(abs(rule.expectedLifetimeReturn - total) < 6e-7)
  }

  @Test func theBestAgentEarnsWhatItExpects() throws {
    expect(
      try lifetimeReturn(BayesOptimal.self, on: BernoulliBandit(arms: 5, pulls: 10), tasks: 10_000), toBe: 6.659988)
    expect(
      try lifetimeReturn(BayesOptimal.self, on: BernoulliBandit(arms: 2, pulls: 20), tasks: 5000), toBe: 12.431265)
  }

  @Test func beliefsThatAreTooManyAreRefused() throws {
    let refusal = #expect(throws: UnsupportedFamilyError.self) {
      try untrained(BayesOptimal.self, on: BernoulliBandit(arms: 5, pulls: 100))
    }
    #expect(refusal?.description.contains("5 arms and 100 pulls have more") == true)
  }

  @Test(arguments: [(5, 10), (50, 10)])
  func whoKnowsTheTaskPullsTheBestArm(arms: Int, pulls: Int) throws {
    let family = WithDescriptor(BernoulliBandit(arms: arms, pulls: pulls))
    expect(
      try lifetimeReturn(KnownTask.self, on: family, tasks: 2000), toBe: Double(pulls * arms) / Double(arms + 1))
  }

  @Test func tiesGoWhereTheSettingSays() throws {
    for ties in TieBreaking.allCases {
      let family = BernoulliBandit(arms: 4, pulls: 1)
      let learner = try untrained(EpsilonGreedy.self, on: family) {
        ($0.explorationProbability, $0.ties) = (0, ties)
      }
      var random = LaneRandom(seed: 2, lanes: 4000)
      var agent = learner.makeAgent(using: random)
      let arms = try #require(agent.act(on: Tensor(repeating: 0, shape: [4000, 1]), using: &random).choices)
      for arm in 0..<4 {
        let count = arms.filter { $0 == arm }.count
        #expect(ties == .random ? abs(count - 1000) < 120 : count == (arm == 0 ? 4000 : 0))
      }
    }
  }

  @Test func rewardsThatCannotBeCountedAreRefused() throws {
    func refusal<L: MetaLearner>(_ type: L.Type, _ reward: Float) throws -> String? {
      var random = LaneRandom([RandomStream(seed: 0)])
      var agent = try untrained(L.self, on: BernoulliBandit()).makeAgent(using: random)
      let observations = Tensor(repeating: 0, shape: [1, 1])
      let actions = agent.act(on: observations, using: &random)
      agent.observe(
        Transition(
          observations: observations, actions: actions, rewards: Rewards([reward]), nextObservations: observations,
          terminated: [true], truncated: [false], isLive: [true], reportedReward: .dense))
      do {
        try agent.endEpisode(using: &random)
        return nil
      } catch { return "\(error)" }
    }
    #expect(try refusal(GittinsIndex.self, 1) == nil)
    #expect(try refusal(GittinsIndex.self, 0.25) == "gittins needs rewards that are 0 or 1, not 0.25.")
    #expect(try refusal(BayesOptimal.self, 0.25)?.contains("0 or 1") == true)
    #expect(try refusal(EpsilonGreedy.self, 0.25) == nil)
    #expect(try refusal(UCB1.self, -0.5) == "ucb1 needs rewards that are from 0 to 1, not -0.5.")
    #expect(try refusal(OptimisticThompsonSampling.self, 3)?.contains("from 0 to 1") == true)
  }
}

import Environments
import Learners
import MetaRL
import Tensors
import Testing

/// Agents for tabular MDPs against exact values and against totals that were computed elsewhere.
@Suite struct PlanningAgentTests {
  /// The published baselines: TabulaRL called with its defaults, or the constant that fits.
  private enum Baseline: String, CaseIterable {
    case psrl, opsrl, beb, ucrl2, epsilonGreedy, greedy

    func earned(_ episodes: Int, tasks: Int) throws -> (mean: Double, standardError: Double) {
      let family = TabularMDP(episodesPerLifetime: episodes)
      switch self {
      case .psrl, .opsrl:
        return try lifetimeReturn(PSRL.self, on: family, tasks: tasks) {
          ($0.priorMeanReward, $0.learnsLastTransition) = (0, false)
          $0.sampleCount = self == .psrl ? 1 : 10
        }
      case .beb:
        return try lifetimeReturn(BEB.self, on: family, tasks: tasks) {
          ($0.priorMeanReward, $0.learnsLastTransition) = (0, false)
          ($0.bonus, $0.bonusScale) = (.rewardsAndTransitions, 0.0016)
        }
      case .ucrl2:
        return try lifetimeReturn(UCRL2.self, on: family, tasks: tasks) {
          ($0.priorMeanReward, $0.learnsLastTransition) = (0, false)
          ($0.radii, $0.backups, $0.radiusScale) = (.tabularl, .accumulating, 0.4)
        }
      case .epsilonGreedy, .greedy:
        return try lifetimeReturn(EpsilonGreedyPlanning.self, on: family, tasks: tasks) {
          ($0.priorMeanReward, $0.learnsLastTransition) = (0, false)
          ($0.priorTransitionWeight, $0.priorRewardWeight) = (0.0001, 0.0001)
          $0.explorationProbability = self == .greedy ? 0 : 0.1
        }
      }
    }
  }

  /// Totals of the authors' baselines, run elsewhere in another language, with their standard errors.
  @Test(arguments: [
    ("psrl", 10, 138.1, 0.9), ("opsrl", 10, 141.4, 0.8), ("beb", 10, 150.5, 0.8), ("ucrl2", 10, 147.1, 1.2),
    ("epsilonGreedy", 10, 134.8, 0.8), ("greedy", 10, 135.9, 0.9), ("psrl", 25, 409.8, 2.0),
    ("beb", 25, 427.7, 1.8),
    ("ucrl2", 25, 422.7, 2.9), ("epsilonGreedy", 25, 381.1, 1.9), ("greedy", 25, 372.4, 2.0),
  ])
  func baselinesEarnTheirTotals(name: String, episodes: Int, total: Double, standardError: Double) throws {
    let baseline = try #require(Baseline(rawValue: name))
    expect(try baseline.earned(episodes, tasks: 1000), toBe: total, standardError, name)
  }

  @Test(arguments: [(10, 134.0, 2000), (25, 404, 1000)])
  func posteriorSamplingEarnsItsTotal(episodes: Int, total: Double, tasks: Int) throws {
    let family = TabularMDP(episodesPerLifetime: episodes)
    expect(try lifetimeReturn(PSRL.self, on: family, tasks: tasks), toBe: total)
  }

  @Test func posteriorSamplingBeginsWithChanceAndLearns() throws {
    let returns = try episodeReturns(PSRL.self, on: TabularMDP(), tasks: 2000)
    expect(estimate(returns.map { $0[0] }), toBe: 10)
    expect(estimate(returns.map { $0[9] }), toBe: 16)
  }

  @Test("Greedy agents earn their total if ties go to the lowest action", arguments: [(10, 150.1), (25, 422)])
  func greedyTotals(episodes: Int, total: Double) throws {
    let result = try lifetimeReturn(
      EpsilonGreedyPlanning.self, on: TabularMDP(episodesPerLifetime: episodes), tasks: 2000
    ) { ($0.explorationProbability, $0.ties) = (0, .lowest) }
    expect(result, toBe: total)
  }

  @Test func whoKnowsTheTaskEarnsTheOptimum() throws {
    let family = TabularMDP()
    let returns = try episodeReturns(KnownTask.self, on: WithDescriptor(family), tasks: 500)
    let gaps = returns.enumerated().map { index, episodes in
      episodes.reduce(0, +) / 10 - family.optimalReturn(of: family.task(TaskID(.test, index)))
    }
    expect(estimate(gaps), toBe: 0)
  }

  @Test func backwardInductionFindsTheOptimum() {
    let family = TabularMDP()
    for index in 0..<20 {
      let task = family.task(TaskID(.train, index))
      let mdp = FiniteMDP(
        stateCount: 10, actionCount: 5, rewards: task.meanRewards.map(Double.init),
        transitions: task.transitionProbabilities.map(Double.init))
      let values = mdp.actionValues(horizon: 10)
      #expect(values.count == 500)
      #expect(abs((values[0..<5].max() ?? 0) - family.optimalReturn(of: task)) < 1e-9)
      #expect(Array(values[450...]) == mdp.rewards)
      // A bonus is added once for each step that follows.
      let bonuses = (0..<50).map { Double($0) }
      let withBonuses = mdp.actionValues(horizon: 2, bonuses: bonuses)
      let without = mdp.actionValues(horizon: 2)
      for pair in 0..<50 {
        #expect(abs(withBonuses[pair] - without[pair] - bonuses[pair]) < 1e-9)
        #expect(withBonuses[50 + pair] == without[50 + pair])
      }
    }
  }

  /// What is believed after some steps.
  private var belief: MDPBelief {
    var belief = MDPBelief(
      stateCount: 10, actionCount: 5, transitionWeight: 1, meanReward: 1, rewardWeight: 1)
    var random = RandomStream(seed: 8)
    for _ in 0..<200 {
      belief.observe(
        state: random.integer(below: 10), action: random.integer(below: 5), reward: Double(random.normal()),
        outcome: .state(random.integer(below: 10)))
    }
    return belief
  }

  private func plan<L: MetaLearner, Rule: PlanningRule>(
    _ type: L.Type, _ belief: MDPBelief, _ change: (inout L.Configuration) -> Void = { _ in }
  ) throws -> [Double] where L.LifetimeAgent == PerLane<PlanningAgent<Rule>> {
    var configuration = L.Configuration()
    change(&configuration)
    var random = RandomStream(seed: 9)
    return try L(configuration, for: TabularMDP().learnerSpec(), using: random)
      .makeAgent(using: LaneRandom([random])).agents[0].rule
      .plan(belief, episode: 3, horizon: 10, using: &random)
  }

  @Test("Without a bonus and without radii, the plan is that of the mean") func planOfTheMean() throws {
    let mean = belief.mean.actionValues(horizon: 10)
    #expect(try plan(BEB.self, belief) { $0.bonusScale = 0 } == mean)
    for backups in [UCRL2Rule.Backups.fresh, .accumulating] {
      let values = try plan(UCRL2.self, belief) { ($0.radiusScale, $0.backups) = (0, backups) }
      #expect(zip(values, mean).allSatisfy { abs($0 - $1) < 1e-9 })
    }
  }

  @Test("Optimism raises every value and more so if backups accumulate") func optimismRaisesValues() throws {
    let mean = belief.mean.actionValues(horizon: 10)
    var last = mean
    for scale in [0.01, 0.05, 0.2, 1] {
      let fresh = try plan(UCRL2.self, belief) { $0.radiusScale = scale }
      let accumulating = try plan(UCRL2.self, belief) { ($0.radiusScale, $0.backups) = (scale, .accumulating) }
      #expect(zip(fresh, last).allSatisfy { $0 > $1 })
      // As long as no row is certain of its next state, which the defect leaves out.
      if scale < 0.1 { #expect(accumulating.reduce(0, +) > fresh.reduce(0, +)) }
      last = fresh
    }
    // No plan promises more than the best reward, with its radius, at every step.
    let certain = try plan(UCRL2.self, belief) { $0.radiusScale = 100 }
    let best = certain[450...].max() ?? 0
    #expect(abs((certain[0..<50].max() ?? 0) - 10 * best) < 1e-6 * best)
    #expect(try zip(plan(BEB.self, belief), mean).allSatisfy { $0 > $1 })
    let samples = try plan(PSRL.self, belief) { $0.sampleCount = 20 }
    #expect(try zip(samples, plan(PSRL.self, belief)).allSatisfy { $0 >= $1 })
  }

  @Test func beliefsAreThoseOfTheirConjugatePriors() {
    var belief = MDPBelief(
      stateCount: 2, actionCount: 2, transitionWeight: 0.5, meanReward: 3, rewardWeight: 2)
    for reward in [1.0, 4, 10] { belief.observe(state: 1, action: 0, reward: reward, outcome: .state(1)) }
    belief.observe(state: 1, action: 0, reward: 0, outcome: .end)
    belief.observe(state: 1, action: 0, reward: 0, outcome: .notLearned)
    // (2 · 3 + 1 + 4 + 10) / (2 + 5)
    #expect(abs(belief.meanRewards[2] - 3) < 1e-12)
    #expect(belief.rewardWeights == [2, 2, 7, 2])
    let expected = [0.5, 0.5, 0.5, 0.5, 0.1, 0.7, 0.5, 0.5]
    #expect(zip(belief.mean.transitions, expected).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func samplesOfABeliefScatterAroundItsMean() {
    let (belief, count) = (belief, 4000)
    var random = RandomStream(seed: 10)
    let samples = (0..<count).map { _ in belief.sample(using: &random) }
    let mean = belief.mean
    for entry in stride(from: 0, to: 500, by: 37) {
      expect(estimate(samples.map { $0.transitions[entry] }), toBe: mean.transitions[entry])
    }
    for pair in stride(from: 0, to: 50, by: 7) {
      let rewards = samples.map { $0.rewards[pair] }
      expect(estimate(rewards), toBe: mean.rewards[pair])
      let squares = rewards.map { ($0 - mean.rewards[pair]) * ($0 - mean.rewards[pair]) }
      expect(estimate(squares), toBe: 1 / belief.rewardWeights[pair])
    }
  }

  @Test("The last transition is learned or not as the setting says") func lastTransition() throws {
    for learns in [true, false] {
      let learner = try untrained(PSRL.self, on: TabularMDP()) { $0.learnsLastTransition = learns }
      let random = LaneRandom([RandomStream(seed: 1)])
      let belief = try lived(learner, on: TabularMDP(), episodes: 3, random: random).agent.agents[0].belief
      // All weights began with 1.
      #expect(belief.totals.reduce(0, +) - 500 == (learns ? 30 : 27))
      #expect(belief.rewardWeights.reduce(0, +) - 50 == 30)
    }
  }

  @Test func agentsThatPlanFindTheGoalOfAGrid() throws {
    // The goal is beside the start. A hole ends the episode without a reward, and that has to be learned, too.
    let returns = try episodeReturns(EpsilonGreedyPlanning.self, on: GridWorld(maps: .neighbors), tasks: 40) {
      ($0.explorationProbability, $0.priorMeanReward) = (0, 0)
      ($0.priorTransitionWeight, $0.priorRewardWeight) = (0.01, 0.01)
    }
    #expect(estimate(returns.map { $0[0] }).mean < 0.6)
    #expect(estimate(returns.map { $0[$0.count - 1] }).mean > 0.9)
  }
}

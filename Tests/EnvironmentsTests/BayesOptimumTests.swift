import Environments
import Learners
import MetaRL
import Tensors
import Testing

/// What the best agents that do not know their task earn, against the specification's numbers.
@Suite struct BayesOptimumTests {
  private func bayesOptimalReturn(arms: Int, pulls: Int) throws -> Double {
    try BayesOptimalRule(.init(), armCount: arms, pullCount: pulls).expectedLifetimeReturn
  }

  @Test(arguments: [
    (2, 2, 1.083333), (2, 5, 2.888889), (2, 10, 6.021786), (2, 20, 12.431265), (3, 10, 6.409643), (5, 10, 6.659988),
    (10, 10, 6.713951), (50, 10, 6.713951),
  ]) func theBestGamblerEarnsWhatTheSpecificationSays(arms: Int, pulls: Int, total: Double) throws {
    #expect(abs(try bayesOptimalReturn(arms: arms, pulls: pulls) - total) < 6e-7)
  }

  @Test func oneArmAndOnePullAreWorthWhatIsPlain() throws {
    #expect(try bayesOptimalReturn(arms: 1, pulls: 7) == 3.5)
    #expect(try bayesOptimalReturn(arms: 9, pulls: 1) == 0.5)
    // A win is followed by the same arm, at 2/3, a loss by the other, at 1/2.
    #expect(abs(try bayesOptimalReturn(arms: 2, pulls: 2) - (0.5 + 1.0 / 3 + 0.25)) < 1e-15)
  }

  @Test("The best grid navigator earns what the specification says") func bestGridNavigator() {
    for episodes in 1...4 {
      let plan = GridNavigation().bayesOptimalPlan(episodes: episodes)
      let expected = [4.0] + [Double](repeating: 155.0 / 14, count: episodes - 1)
      for (value, stated) in zip(plan.returns, expected) { #expect(abs(value - stated) < 1e-12) }
      #expect(plan.returns.count == episodes)
    }
    let total = GridNavigation().bayesOptimalPlan(episodes: 4).returns.reduce(0, +)
    #expect(abs(total - 37.214286) < 5e-7)
  }

  @Test func theBestGridNavigatorEarnsThatInTheEnvironment() throws {
    let plan = GridNavigation().bayesOptimalPlan(episodes: 4)
    var environment = GridNavigation().makeEnvironment(for: (0..<21).map { TaskID(.test, $0) })
    var agent = PlanFollower(plan: plan, lanes: 21)
    let lifetime = LaneRandom(seed: 0, lanes: 21)
    let played = try rollout(
      &agent, in: &environment, episodes: 0..<4, spec: GridNavigation().spec, lifetime: lifetime)
    for episode in 0..<4 {
      let mean = played.reduce(0) { $0 + $1[episode].totalReward(.dense) } / 21
      #expect(abs(mean - plan.returns[episode]) < 1e-6, "episode \(episode)")
    }
  }
}

/// Follows a plan until it is paid 1, then goes where that was and stays.
private struct PlanFollower: Agent {
  let plan: GridNavigation.BayesPlan
  var goals: [Int?]
  var (episode, step) = (0, 0)

  init(plan: GridNavigation.BayesPlan, lanes: Int) {
    self.plan = plan
    goals = [Int?](repeating: nil, count: lanes)
  }

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    defer { step += 1 }
    return .discrete(
      observations.floatRows.enumerated().map { lane, observation in
        guard let goal = goals[lane] else { return plan.moves[episode][step] }
        let action = gridStep(from: observation.firstIndex(of: 1) ?? 0, to: goal, side: 5)
        guard case .discrete(let choice) = action else { return 0 }
        return choice
      })
  }

  mutating func observe(_ transition: Transition) {
    for (lane, row) in transition.nextObservations.floatRows.enumerated() where transition.rewards.dense[lane] == 1
    {
      goals[lane] = row.firstIndex(of: 1)
    }
  }

  mutating func endEpisode(using random: inout LaneRandom) { (episode, step) = (episode + 1, 0) }
}

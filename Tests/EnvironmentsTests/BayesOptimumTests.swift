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

  @Test(arguments: [(5, 10), (10, 10), (50, 10)]) func cardsOfBanditsSayWhatTheBestGamblerEarns(
    arms: Int, pulls: Int
  )
    throws
  {
    let optimum = try #require(BernoulliBandit(arms: arms, pulls: pulls).card.bayesOptimal)
    let rule = try BayesOptimalRule(.init(), armCount: arms, pullCount: pulls)
    #expect(rule.expectedReturns.count == pulls && optimum.returns.count == pulls)
    for (stated, value) in zip(optimum.returns, rule.expectedReturns) { #expect(abs(stated - value) < 1e-10) }
    #expect(abs(rule.expectedReturns.reduce(0, +) - rule.expectedLifetimeReturn) < 1e-12)
    // More pulls have too many beliefs.
    #expect(BernoulliBandit(arms: arms, pulls: 100).card.bayesOptimal == nil)
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

  @Test(arguments: GridNavigation.Variant.allCases)
  func cardsOfGridsSayWhatTheBestNavigatorEarns(_ variant: GridNavigation.Variant) throws {
    let family = GridNavigation(variant)
    let returns = family.bayesOptimalReturns(episodes: family.card.episodesPerLifetime)
    let optimum = try #require(family.card.bayesOptimal)
    #expect(optimum.returns.count == returns.count)
    for (stated, value) in zip(optimum.returns, returns) { #expect(abs(stated - value) < 1e-12) }
    // It knows the goal after an episode, or before the first.
    for value in returns.dropFirst() { #expect(abs(value - family.card.oracle.value) < 1e-12) }
  }

  @Test("The best room navigator earns what the specification says, and finds it out in less than a second")
  func bestRoomNavigator() throws {
    let start = ContinuousClock.now
    let plan = RoomNavigation().bayesOptimalPlan(episodes: 1)
    #expect(start.duration(to: .now) < .seconds(1))
    let optimum = try #require(RoomNavigation().card.bayesOptimal)
    #expect(optimum.returns == [2809] && plan.returns.count == 1)
    #expect(abs(plan.returns[0] - 2809) < 1e-9)
  }

  @Test("What is known of rooms lasts: in a second episode it is as if the task were known")
  func roomsAreRemembered() {
    let plan = RoomNavigation().bayesOptimalPlan(episodes: 2)
    #expect(abs(plan.returns[1] - RoomNavigation().card.oracle.value) < 1e-9)
    #expect(plan.returns[0] <= 2809 + 1e-9)
  }

  @Test("An agent that knows which of two arms pays more, and one that finds out by pulling")
  func plansForTwoArms() {
    // The first arm pays 0.6; the second 1 or 0. In one pull the first is better, in two it pays to look.
    func plan(_ pulls: Int, _ tasks: [Double]) -> BeliefPlan {
      BeliefPlan(tasks: tasks, start: 0, choices: 2, horizon: 1, episodes: pulls) { state, choice, pay in
        (state, choice == 0 ? 0.6 : pay)
      }
    }
    #expect(plan(1, [0, 1]).returns == [0.6])
    #expect(plan(2, [0, 1]).returns == [0.5, 0.8])
    #expect(plan(2, [0]).returns == [0.6, 0.6] && plan(2, [1]).returns == [1, 1])
  }

  /// The mean return of each episode of a plan's follower, over all tasks.
  private func played<F: TaskFamily>(_ family: F, _ plan: BeliefPlan, episodes: Int) throws -> [Double] {
    let count = try #require(family.taskCount(in: .test))
    var environment = family.makeEnvironment(for: (0..<count).map { TaskID(.test, $0) })
    var agent = BeliefFollower(plan: plan, places: [BeliefPlan.Place](repeating: .init(), count: count))
    let lifetime = LaneRandom(seed: 0, lanes: count)
    let lanes = try rollout(&agent, in: &environment, episodes: 0..<episodes, spec: family.spec, lifetime: lifetime)
    return (0..<episodes).map { episode in
      lanes.reduce(0) { $0 + $1[episode].totalReward(.dense) } / Double(count)
    }
  }

  @Test func followersOfPlansEarnThatInTheEnvironments() throws {
    let rooms = RoomNavigation().bayesOptimalPlan(episodes: 2)
    for (value, stated) in zip(try played(RoomNavigation(), rooms, episodes: 2), rooms.returns) {
      #expect(abs(value - stated) < 1e-3)
    }
    let dense = GridNavigation(.dense).bayesOptimalBeliefPlan(episodes: 4)
    for (value, stated) in zip(try played(GridNavigation(.dense), dense, episodes: 4), dense.returns) {
      #expect(abs(value - stated) < 1e-4)
    }
  }

  @Test("An agent that does not know the wind earns the Bayes-optimal return, which is the oracle's")
  func bestSailor() throws {
    let optimum = try #require(Wind().card.bayesOptimal)
    #expect(optimum.returns == [Wind().card.oracle.value])
    let returns = try simulatedReturns(Wind(), tasks: 2_000, seed: 1) { Sailor(lanes: $0.count) }
    let known = try simulatedReturns(Wind(), tasks: 2_000, seed: 1) { tasks in
      Controller(tasks: tasks) { shortestStep(from: $1[0] + $0.x, $1[1] + $0.y, to: 0, 1, stepLength: 0.1) }
    }
    #expect(returns == known)
    #expect(Estimate(returns).isNear(optimum.returns[0]))
  }

  @Test(
    "Goals are ruled out by steps without a reward, all but one by a reward, and beliefs are compared with what is left"
  )
  func exactBeliefs() throws {
    // Right, right, up, up: the goal is the last of the cells 1, 2, 7 and 12. The next episode stays at the start.
    let family = GridNavigation()
    var environment = family.makeEnvironment([GridNavigation.TaskParameters(goal: 12)])
    var lifetime: [Episode] = []
    for moves in [[2, 2, 1, 1], []] {
      let padded = moves + [Int](repeating: 0, count: 15 - moves.count)
      var agent = Script(actions: padded.map { .discrete([$0]) })
      lifetime += try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())
    }
    let goals = family.possibleGoals(along: lifetime)
    #expect(goals[0].map(\.count) == [21, 21, 20, 19] + [Int](repeating: 1, count: 12))
    #expect(!goals[0][3].contains(2) && !goals[0][3].contains(7) && goals[0][3].contains(12))
    #expect(goals[0].last == [12] && goals[1] == [[Int]](repeating: [12], count: 16))
    func divergences(_ belief: ([Int]) -> [Double]) -> [[Double]] {
      family.divergences(of: goals.map { $0.map(belief) }, along: lifetime)
    }
    let exact = divergences { goals in (0..<25).map { goals.contains($0) ? 1 / Double(goals.count) : 0 } }
    #expect(exact.joined().allSatisfy { abs($0) < 1e-12 })
    let even = divergences { _ in [Double](repeating: 1.0 / 25, count: 25) }
    let due = [0.1743533871, 0.1743533871, 0.2231435513, 0.2744368457, 3.2188758249]
    for (found, due) in zip(even[0], due) { #expect(abs(found - due) < 1e-9) }
    // What is thought impossible and is not cannot be mended.
    #expect(divergences { _ in [1] + [Double](repeating: 0, count: 24) }[1][0] == .infinity)
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

/// Follows a plan by its rewards.
private struct BeliefFollower: Agent {
  let plan: BeliefPlan
  var places: [BeliefPlan.Place]

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .discrete(places.map { plan.choice(at: $0) })
  }

  mutating func observe(_ transition: Transition) {
    for lane in places.indices {
      guard let place = plan.place(after: places[lane], reward: transition.rewards.dense[lane]) else {
        Issue.record("the plan does not know the reward \(transition.rewards.dense[lane])")
        continue
      }
      places[lane] = place
    }
  }
}

/// Goes up once, sees by how much the wind moved it, and then steers against it.
private struct Sailor: Agent {
  var winds: [(x: Float, y: Float)?]

  init(lanes: Int) { winds = [(x: Float, y: Float)?](repeating: nil, count: lanes) }

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let vectors = observations.floatRows.enumerated().flatMap { lane, place -> [Float] in
      guard let wind = winds[lane] else { return [0, 1] }
      let step = shortestStep(from: place[0] + wind.x, place[1] + wind.y, to: 0, 1, stepLength: 0.1)
      guard case .continuous(let vector) = step else { return [0, 0] }
      return vector
    }
    return .continuous(Tensor(vectors, shape: [winds.count, 2]))
  }

  mutating func observe(_ transition: Transition) {
    for (lane, place) in transition.nextObservations.floatRows.enumerated() where winds[lane] == nil {
      winds[lane] = (place[0], place[1] - 0.1)
    }
  }
}

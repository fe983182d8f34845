import Environments
import Foundation
import MetaRL
import Tensors
import Testing

/// Measures the anchors that cards state, when asked to by the environment variable METARLZOO_MEASURE_ANCHORS.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["METARLZOO_MEASURE_ANCHORS"] != nil))
struct AnchorMeasurement {
  private func measure<Family: TaskFamily>(
    _ family: Family, randomTasks: Int = 400_000, oracleTasks: Int = 100_000,
    _ controller: @escaping @Sendable (Family.TaskParameters, [Float]) -> LaneAction
  ) throws {
    print(
      "\(family.card.name): random \(try simulatedRandom(family, tasks: randomTasks)), "
        + "oracle \(try simulated(family, tasks: oracleTasks, controller: controller))")
  }

  @Test func anchors() throws {
    for goals in [PointNavigation.Goals.square, .two] {
      try measure(PointNavigation(goals: goals), randomTasks: 1_000_000) {
        shortestStep(from: $1[0], $1[1], to: $0.goalX, $0.goalY, stepLength: 0.1)
      }
    }
    try measure(CornerNavigation(reportedReward: .dense)) {
      shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.2)
    }
    try measure(CornerNavigation(reportedReward: .sparse)) {
      straightStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.2)
    }
    try measure(MomentumNavigation(), brakingPush)
    try measure(WallNavigation(), wallStep)
    for (size, tasks) in [(Maze.Size.small, 40_000), (.large, 20_000)] {
      let maze = Maze(size: size)
      let known = Estimate((0..<100_000).map { maze.optimalReturn(of: maze.task(TaskID(.test, $0))) })
      print("\(maze.card.name): random \(try simulatedRandom(maze, tasks: tasks)), oracle \(known)")
    }
    print("tabular-mdp: oracle \(Estimate(optimalReturns(tasks: 1_000_000)))")
  }

  @Test func surrogateAnchors() throws {
    try measure(VelocityTrackingLite(), randomTasks: 100_000, trackingPush)
    try measure(PointMassLite(.goal), randomTasks: 100_000, goalPush)
    try measure(PointMassLite(.direction), randomTasks: 100_000, directionPush)
    try measure(RandomParametersLite(), randomTasks: 100_000, cartDrive)
  }

  @Test func explorationAnchors() throws {
    // There is no chance in these families, so each of the 30 test tasks is played once by those who know it.
    try measure(WheeledRobotLite(), randomTasks: 99_990, oracleTasks: 30, wheeledDrive)
    try measure(PointRing(), randomTasks: 99_990, oracleTasks: 30) {
      shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.05)
    }
    try measure(BlockPushingLite(), randomTasks: 99_990, oracleTasks: 30, blockPush)
  }

  @Test func pointRobotAnchors() throws {
    for variant in PointRobot.Variant.allCases {
      try measure(PointRobot(variant)) { shortestStep(from: $1[0], $1[1], to: $0.goalX, $0.goalY, stepLength: 0.1) }
    }
  }
}

/// What an agent that knows its task earns in an episode, in each of many decision processes.
private func optimalReturns(tasks: Int, of split: TaskID.Split = .test, discount: Double = 1) -> [Double] {
  let family = TabularMDP()
  return (0..<tasks).map { family.optimalReturn(of: family.task(TaskID(split, $0)), discount: discount) }
}

/// The numbers that returns are measured against, simulated again with other random numbers, or computed.
@Suite struct AnchorTests {
  private func checkRandom(_ family: some TaskFamily, tasks: Int = 20_000) throws {
    let (estimate, anchor) = (try simulatedRandom(family, tasks: tasks, seed: 2), family.card.random)
    #expect(estimate.agrees(with: anchor), "\(family.card.name): \(estimate), the card says \(anchor.value)")
  }

  private func checkOracle<Family: TaskFamily>(
    _ family: Family, _ controller: @escaping @Sendable (Family.TaskParameters, [Float]) -> LaneAction
  ) throws {
    let estimate = try simulated(family, tasks: 5_000, seed: 2, controller: controller)
    let anchor = family.card.oracle
    #expect(estimate.agrees(with: anchor), "\(family.card.name): \(estimate), the card says \(anchor.value)")
  }

  /// The mean over goals, uniform in the square, of a function of the goal's distances in either direction.
  private func meanOverGoals(_ value: (Double, Double) -> Double) -> Double {
    let cells = 1000
    let points = (0..<cells).map { (Double($0) + 0.5) / Double(cells) * 0.5 }
    return points.reduce(0) { sum, x in points.reduce(sum) { $0 + value(x, $1) } } / Double(cells * cells)
  }

  @Test func thePerfectPointIsPaidAsTheQuadratureSays() {
    let perfect = meanOverGoals { x, y in
      (1...5).reduce(0) { sum, step in
        let (left, below) = (max(x - 0.1 * Double(step), 0), max(y - 0.1 * Double(step), 0))
        return sum - (left * left + below * below).squareRoot()
      }
    }
    #expect(abs(perfect - -0.50608) < 1e-5)
    #expect(PointNavigation().card.oracle.value == -0.50608)
  }

  @Test func thePointThatStandsStillIsPaidAsTheQuadratureSays() throws {
    #expect(abs(-100 * meanOverGoals { ($0 * $0 + $1 * $1).squareRoot() } - -38.25976) < 1e-4)
    let still = try simulated(PointNavigation(), tasks: 5_000) { _, _ in .continuous([0, 0]) }
    #expect(abs(still.mean - -38.25976) < 4 * still.standardError)
  }

  @Test func aPointThatActsAtRandomIsPaidWhatTheSpecificationSays() throws {
    let estimate = try simulatedRandom(PointNavigation(), tasks: 20_000, seed: 3)
    #expect(estimate.agrees(with: .init(-71.0, standardError: 0.2, computation: "the specification")))
    try checkRandom(PointNavigation())
    try checkRandom(PointNavigation(goals: .two))
  }

  @Test func thePerfectPointEarnsTheOracleReturn() throws {
    for goals in [PointNavigation.Goals.square, .two] {
      let family = PointNavigation(goals: goals)
      let estimate = try simulated(family, tasks: 5_000) {
        shortestStep(from: $1[0], $1[1], to: $0.goalX, $0.goalY, stepLength: 0.1)
      }
      #expect(abs(estimate.mean - family.card.oracle.value) < 4 * estimate.standardError + 1e-5)
    }
  }

  @Test func cornersWithADenseReward() throws {
    let family = CornerNavigation(reportedReward: .dense)
    try checkRandom(family)
    try checkOracle(family) { shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.2) }
  }

  @Test func cornersWithASparseReward() throws {
    let family = CornerNavigation(reportedReward: .sparse)
    try checkRandom(family)
    try checkOracle(family) { straightStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.2) }
  }

  @Test func goingToAndFroAtTheBorderMilksTheSparseCornerReward() throws {
    let family = CornerNavigation(reportedReward: .sparse)
    let milked = try simulated(family, tasks: 1_000) { corner, position in
      let isInMiddle = abs(position[0]) + abs(position[1]) < 0.5
      return .continuous([corner.x, corner.y].map { isInMiddle ? $0 : -$0 })
    }
    #expect(milked.mean > 5 * family.card.oracle.value)
  }

  @Test func momentum() throws {
    try checkRandom(MomentumNavigation())
    try checkOracle(MomentumNavigation(), brakingPush)
  }

  @Test func walls() throws {
    try checkRandom(WallNavigation())
    try checkOracle(WallNavigation(), wallStep)
  }

  @Test(arguments: PointRobot.Variant.allCases) func pointRobots(variant: PointRobot.Variant) throws {
    let family = PointRobot(variant)
    try checkRandom(family)
    try checkOracle(family) { shortestStep(from: $1[0], $1[1], to: $0.goalX, $0.goalY, stepLength: 0.1) }
  }

  @Test func surrogates() throws {
    try checkRandom(VelocityTrackingLite())
    try checkOracle(VelocityTrackingLite(), trackingPush)
    try checkRandom(PointMassLite(.goal))
    try checkOracle(PointMassLite(.goal), goalPush)
    try checkRandom(PointMassLite(.direction))
    try checkOracle(PointMassLite(.direction), directionPush)
    try checkRandom(RandomParametersLite())
    try checkOracle(RandomParametersLite(), cartDrive)
  }

  @Test func sparseSurrogates() throws {
    try checkRandom(WheeledRobotLite())
    try checkOracle(WheeledRobotLite(), wheeledDrive)
    try checkRandom(PointRing())
    try checkOracle(PointRing()) { shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.05) }
    try checkRandom(BlockPushingLite())
    try checkOracle(BlockPushingLite(), blockPush)
  }

  /// The returns of one episode at given goals, of a robot that knows them.
  private func knownGoals(_ variant: PointRobot.Variant, _ goals: [PointRobot.TaskParameters]) throws -> [Episode] {
    var environment = PointRobot(variant).makeEnvironment(goals)
    var agent = Controller(tasks: goals) {
      shortestStep(from: $1[0], $1[1], to: $0.goalX, $0.goalY, stepLength: 0.1)
    }
    let random = LaneRandom(goals.indices.map { RandomStream(seed: 9).split("lane", $0) })
    return try playEpisode(&agent, in: &environment, spec: PointRobot(variant).spec, random: random)
  }

  @Test func thePerfectPointRobotIsPaidWhatTheSpecificationSays() throws {
    var random = RandomStream(seed: 8)
    let anywhere = (0..<40_000).map { _ in
      PointRobot.TaskParameters(goalX: Float(random.uniform(-1, 1)), goalY: Float(random.uniform(-1, 1)))
    }
    let dense = Estimate(try knownGoals(.square, anywhere).map { $0.totalReward(.dense) })
    #expect(dense.agrees(with: .init(-5.196, standardError: 0.007, computation: "the specification")), "\(dense)")
    let family = PointRobot(.halfCircle)
    let goals = (0..<80).map { family.task(TaskID(.train, $0)) } + (0..<20).map { family.task(TaskID(.test, $0)) }
    let episodes = try knownGoals(.halfCircle, goals)
    let sparse = episodes.map { $0.totalReward(.sparse) }
    #expect(abs(sparse.reduce(0, +) / 100 - 13.3749) < 1e-4)
    #expect(abs((sparse.min() ?? 0) - 12.7) < 1e-4 && abs((sparse.max() ?? 0) - 14.8356) < 1e-4)
    #expect(abs(episodes.reduce(0) { $0 + $1.totalReward(.dense) } / 100 - -3.84741) < 1e-5)
  }

  @Test func bandits() throws {
    for arms in [5, 50] { try checkRandom(BernoulliBandit(arms: arms)) }
    for arms in [2, 5, 10] {
      let family = BernoulliBandit(arms: arms, pulls: 1)
      let best = try simulatedReturns(family, tasks: 20_000, seed: 2) { tasks in
        Controller(tasks: tasks) { task, _ in
          .discrete(task.probabilities.indices.max { task.probabilities[$0] < task.probabilities[$1] } ?? 0)
        }
      }
      #expect(Estimate(best).agrees(with: family.card.oracle))
    }
  }

  @Test func sinusoids() throws {
    try checkRandom(SinusoidRegression(phases: .full))
    let family = SinusoidRegression(points: 10)
    try checkRandom(family)
    let perfect = try simulated(family, tasks: 500) { .continuous([Float($0(Double($1[0])) / 10)]) }
    #expect(perfect.mean <= 0 && perfect.mean > -1e-9)
    // E A² / 2, with A from 0.1 to 5.
    let flat = try simulated(family, tasks: 20_000) { _, _ in .continuous([0]) }
    let due = -10 * (125 - 0.001) / (3 * 4.9) / 2
    #expect(abs(flat.mean - due) < 4 * flat.standardError, "\(flat), not \(due)")
  }

  @Test func gaussianBandits() throws {
    func oracle(_ arms: Int) -> Double { GaussianBandit(arms: arms).card.oracle.value }
    #expect(abs(oracle(2) - 1 / Double.pi.squareRoot()) < 1e-6)
    #expect(abs(oracle(3) - 1.5 / Double.pi.squareRoot()) < 1e-6)
    for arms in [1, 5, 10] {
      let family = GaussianBandit(arms: arms)
      try checkRandom(family)
      let best = try simulatedReturns(family, tasks: 20_000, seed: 2) { tasks in
        Controller(tasks: tasks) { task, _ in
          .discrete(task.meanRewards.indices.max { task.meanRewards[$0] < task.meanRewards[$1] } ?? 0)
        }
      }
      #expect(Estimate(best).agrees(with: family.card.oracle), "\(arms) arms")
    }
  }

  @Test func gridNavigation() throws {
    let family = GridNavigation()
    let goals = (0..<21).map { family.task(TaskID(.test, $0)).goal }
    #expect(goals.sorted() == (0..<25).filter { ![0, 1, 5, 6].contains($0) })
    let random = exactRandomReturn(side: 5, start: 0, goals: goals, horizon: 15, elsewhere: -0.1)
    #expect(abs(random - family.card.random.value) < 1e-12)
    try checkRandom(family)
    let known = try simulatedReturns(family, tasks: 21, seed: 1) { tasks in
      Controller(tasks: tasks) { task, observation in
        gridStep(from: observation.firstIndex(of: 1) ?? 0, to: task.goal, side: 5)
      }
    }
    #expect(abs(known.reduce(0, +) / 21 - family.card.oracle.value) < 1e-6)
    #expect(family.card.oracle.value == 155.0 / 14)
  }

  @Test(arguments: DarkRoom.Size.allCases) func darkRooms(size: DarkRoom.Size) throws {
    let (family, side) = (DarkRoom(size: size), size.rawValue)
    let count = try #require(family.taskCount(in: .test))
    let goals = (0..<count).map { family.task(TaskID(.test, $0)).goal }
    #expect(goals.sorted() == (0..<side * side).filter { $0 != side * side / 2 })
    let random = exactRandomReturn(
      side: side, start: side * side / 2, goals: goals, horizon: family.spec.horizon, endsAtGoal: size == .hard)
    #expect(abs(random - family.card.random.value) < 1e-12, "\(random)")
    try checkRandom(family)
    let known = try simulatedReturns(family, tasks: count, seed: 1) { tasks in
      Controller(tasks: tasks) { task, observation in
        let (column, row) = (observation.prefix(side), observation.dropFirst(side).prefix(side))
        let cell = ((row.firstIndex(of: 1) ?? 0) - side) * side + (column.firstIndex(of: 1) ?? 0)
        return gridStep(from: cell, to: task.goal, side: side)
      }
    }
    #expect(abs(known.reduce(0, +) / Double(count) - family.card.oracle.value) < 1e-6)
  }

  @Test(arguments: Maze.Size.allCases) func mazes(size: Maze.Size) throws {
    let family = Maze(size: size)
    try checkRandom(family, tasks: 1_000)
    // Other mazes than those of the measurement.
    let known = Estimate((0..<5_000).map { family.optimalReturn(of: family.task(TaskID(.train, $0))) })
    #expect(known.agrees(with: family.card.oracle), "\(known)")
    for index in 0..<20 {
      let task = family.task(TaskID(.train, index))
      let path = try #require(task.shortestPath)
      var environment = family.makeEnvironment([task])
      var agent = Script(actions: path.map { .discrete([$0.rawValue]) })
      let episode = try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())[0]
      #expect(episode.stepCount == path.count && episode.succeeded == true && episode.terminated)
      #expect(abs(episode.totalReward(.dense) - family.optimalReturn(of: task)) < 1e-5)
    }
  }

  @Test func repeatedWins() throws {
    try checkRandom(RepeatWinner())
    // An agent that knows, one that remembers what it saw, and one that forgets: over both tasks.
    func lifetime(_ choices: (_ winner: Int) -> [Int]) throws -> Double {
      let returns = try (0..<2).map { index in
        var environment = RepeatWinner().makeEnvironment(for: [TaskID(.test, index)])
        var agent = Script(actions: choices(index + 1).map { .discrete([$0]) })
        let spec = RepeatWinner().spec
        let played = try rollout(&agent, in: &environment, episodes: 0..<3, spec: spec, lifetime: oneLane())
        return played[0].reduce(0) { $0 + $1.totalReward(.dense) }
      }
      return returns.reduce(0, +) / 2
    }
    #expect(try lifetime { [$0, 0, $0] } == 2 * RepeatWinner().card.oracle.value)
    #expect(try lifetime { [1, 0, $0] } == 1.5)
    #expect(try lifetime { _ in [1, 0, 1] } == 1)
    // A note of one bit, written with the action of the second episode.
    #expect(try lifetime { [1, $0 == 1 ? 0 : 2, $0] } == 0.5)
  }

  @Test func decisionProcesses() throws {
    try checkRandom(TabularMDP())
    // Other tasks than those of the measurement.
    let known = Estimate(optimalReturns(tasks: 20_000, of: .train))
    #expect(known.agrees(with: TabularMDP().card.oracle), "\(known)")
    #expect(known.agrees(with: .init(21.82, standardError: 0.02, computation: "the specification")), "\(known)")
    let discounted = Estimate(optimalReturns(tasks: 20_000, of: .train, discount: 0.99))
    let stated = FamilyCard.Anchor(20.86, standardError: 0.02, computation: "the specification")
    #expect(discounted.agrees(with: stated), "\(discounted)")
  }

  @Test func gridWorlds() throws {
    for maps in [GridWorld.Maps.corners, .neighbors] {
      let family = GridWorld(maps: maps)
      #expect(family.card.random.value == family.exactRandomReturn())
      try checkRandom(family)
    }
    // Up or down out of the middle, then along the edge; which is which depends on the corner.
    let ways = [[3, 0], [2, 3], [1, 2], [0, 1]]
    for (index, way) in ways.enumerated() {
      let family = GridWorld()
      var environment = family.makeEnvironment(for: [TaskID(.test, index)])
      var agent = Script(actions: way.map { .discrete([$0]) })
      let episodes = try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())
      #expect(episodes[0].totalReward(.dense) == family.card.oracle.value)
      #expect(episodes[0].stepCount == 2)
      #expect(episodes[0].succeeded == true)
    }
  }
}

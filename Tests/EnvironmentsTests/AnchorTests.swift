import Environments
import Foundation
import MetaRL
import Tensors
import Testing

/// A family with the controller of an agent that knows the task.
private struct Anchored: Sendable {
  let card: FamilyCard
  /// The tasks of a measurement.
  let tasks: (random: Int, oracle: Int)
  let random: @Sendable (_ tasks: Int, _ seed: UInt64) throws -> Estimate
  let oracle: @Sendable (_ tasks: Int, _ seed: UInt64) throws -> Estimate

  init<F: TaskFamily>(
    _ family: F, random: Int = 400_000, oracle: Int = 100_000,
    _ controller: @escaping @Sendable (F.TaskParameters, [Float]) -> LaneAction
  ) {
    card = family.card
    tasks = (random, oracle)
    self.random = { try simulatedRandom(family, tasks: $0, seed: $1) }
    self.oracle = { try simulated(family, tasks: $0, seed: $1, controller: controller) }
  }
}

private let points = [PointNavigation.Goals.square, .two].map {
  Anchored(PointNavigation(goals: $0), random: 1_000_000) {
    shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.1)
  }
}

private let robots = PointRobot.Variant.allCases.map {
  Anchored(PointRobot($0)) { shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.1) }
}

// There is no chance in the last three, so each of the 30 test tasks is played once by those who know it.
private let others = [
  Anchored(CornerNavigation(reportedReward: .dense)) {
    shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.2)
  },
  Anchored(CornerNavigation(reportedReward: .sparse)) {
    straightStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.2)
  },
  Anchored(MomentumNavigation(), brakingPush), Anchored(WallNavigation(), wallStep),
  Anchored(VelocityTrackingLite(), random: 100_000, trackingPush),
  Anchored(PointMassLite(.goal), random: 100_000, goalPush),
  Anchored(PointMassLite(.direction), random: 100_000, directionPush),
  Anchored(RandomParametersLite(), random: 100_000, cartDrive),
  Anchored(Wind()) { shortestStep(from: $1[0] + $0.x, $1[1] + $0.y, to: 0, 1, stepLength: 0.1) },
  Anchored(WheeledRobotLite(), random: 99_990, oracle: 30, wheeledDrive),
  Anchored(PointRing(), random: 99_990, oracle: 30) {
    shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.05)
  },
  Anchored(BlockPushingLite(), random: 99_990, oracle: 30, blockPush),
]

private let anchored = robots + others

/// Measures the anchors that cards state, when asked to by the environment variable METARLZOO_MEASURE_ANCHORS.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["METARLZOO_MEASURE_ANCHORS"] != nil))
struct AnchorMeasurement {
  @Test func anchors() throws {
    for family in points + anchored {
      let random = try family.random(family.tasks.random, 1)
      print("\(family.card.name): random \(random), oracle \(try family.oracle(family.tasks.oracle, 1))")
    }
    for (size, tasks) in [(Maze.Size.small, 40_000), (.large, 20_000)] {
      let maze = Maze(size: size)
      let known = Estimate((0..<100_000).map { maze.optimalReturn(of: maze.task(TaskID(.test, $0))) })
      print("\(maze.card.name): random \(try simulatedRandom(maze, tasks: tasks)), oracle \(known)")
    }
    print("tabular-mdp: oracle \(Estimate(optimalReturns(tasks: 1_000_000)))")
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

  @Test(arguments: anchored.indices) func theAnchorsOfTheCardAreThoseOfASimulation(number: Int) throws {
    let (family, card) = (anchored[number], anchored[number].card)
    let (random, oracle) = (try family.random(20_000, 2), try family.oracle(5_000, 2))
    #expect(random.agrees(with: card.random), "\(card.name): \(random), the card says \(card.random.value)")
    #expect(oracle.agrees(with: card.oracle), "\(card.name): \(oracle), the card says \(card.oracle.value)")
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

  @Test("The point that stands still is paid as the quadrature says") func standingStill() throws {
    #expect(abs(-100 * meanOverGoals { ($0 * $0 + $1 * $1).squareRoot() } - -38.25976) < 1e-4)
    let still = try simulated(PointNavigation(), tasks: 5_000) { _, _ in .continuous([0, 0]) }
    #expect(still.isNear(-38.25976))
  }

  @Test("A point that acts at random is paid what the specification says") func actingAtRandom() throws {
    let estimate = try simulatedRandom(PointNavigation(), tasks: 20_000, seed: 3)
    #expect(estimate.agrees(with: .init(-71.0, standardError: 0.2, computation: "the specification")))
    try checkRandom(PointNavigation())
    try checkRandom(PointNavigation(goals: .two))
  }

  @Test func thePerfectPointEarnsTheOracleReturn() throws {
    for family in points {
      let estimate = try family.oracle(5_000, 1)
      #expect(abs(estimate.mean - family.card.oracle.value) < 4 * estimate.standardError + 1e-5)
    }
  }

  @Test("Going to and fro at the border milks the sparse corner reward") func milkingTheSparseReward() throws {
    let family = CornerNavigation(reportedReward: .sparse)
    let milked = try simulated(family, tasks: 1_000) { corner, position in
      let isInMiddle = abs(position[0]) + abs(position[1]) < 0.5
      return .continuous([corner.x, corner.y].map { isInMiddle ? $0 : -$0 })
    }
    #expect(milked.mean > 5 * family.card.oracle.value)
  }

  /// The returns of one episode at given goals, of a robot that knows them.
  private func knownGoals(_ variant: PointRobot.Variant, _ goals: [PointRobot.TaskParameters]) throws -> [Episode] {
    var environment = PointRobot(variant).makeEnvironment(goals)
    var agent = Controller(tasks: goals) {
      shortestStep(from: $1[0], $1[1], to: $0.x, $0.y, stepLength: 0.1)
    }
    let random = LaneRandom(seed: 9, lanes: goals.count)
    return try playEpisode(&agent, in: &environment, spec: PointRobot(variant).spec, random: random)
  }

  @Test("The perfect point robot is paid what the specification says") func perfectPointRobot() throws {
    var random = RandomStream(seed: 8)
    let anywhere = (0..<40_000).map { _ in
      PointRobot.TaskParameters(x: Float(random.uniform(-1, 1)), y: Float(random.uniform(-1, 1)))
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
      let best = try simulated(family, tasks: 20_000, seed: 2) { task, _ in greatest(task.meanRewards) }
      #expect(best.agrees(with: family.card.oracle))
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
    #expect(flat.isNear(-10 * (125 - 0.001) / (3 * 4.9) / 2), "\(flat)")
  }

  @Test func gaussianBandits() throws {
    func oracle(_ arms: Int) -> Double { GaussianBandit(arms: arms).card.oracle.value }
    #expect(abs(oracle(2) - 1 / Double.pi.squareRoot()) < 1e-6)
    #expect(abs(oracle(3) - 1.5 / Double.pi.squareRoot()) < 1e-6)
    for arms in [1, 5, 10] {
      let family = GaussianBandit(arms: arms)
      try checkRandom(family)
      let best = try simulated(family, tasks: 20_000, seed: 2) { task, _ in greatest(task.meanRewards) }
      #expect(best.agrees(with: family.card.oracle), "\(arms) arms")
    }
  }

  @Test(arguments: GridNavigation.Variant.allCases) func gridNavigation(_ variant: GridNavigation.Variant) throws {
    let family = GridNavigation(variant)
    let goals = (0..<21).map { family.task(TaskID(.test, $0)).goal }
    #expect(goals.sorted() == (0..<25).filter { ![0, 1, 5, 6].contains($0) })
    let random = exactRandomReturn(side: 5, start: 0, goals: goals, horizon: 15) { cell, goal in
      guard variant == .dense else { return cell == goal ? 1 : -0.1 }
      return -Double(abs(cell % 5 - goal % 5) + abs(cell / 5 - goal / 5))
    }
    #expect(abs(random - family.card.random.value) < 1e-11)
    try checkRandom(family)
    let known = try simulatedReturns(family, tasks: 21, seed: 1) { tasks in
      Controller(tasks: tasks) { task, observation in
        gridStep(from: observation.firstIndex(of: 1) ?? 0, to: task.goal, side: 5)
      }
    }
    #expect(abs(known.reduce(0, +) / 21 - family.card.oracle.value) < 1e-6)
    #expect(family.card.oracle.value == (variant == .dense ? -199.0 / 21 : 155.0 / 14))
  }

  @Test func roomNavigation() throws {
    let family = RoomNavigation()
    let tasks = (0..<48).map { family.task(TaskID(.test, $0)) }
    #expect(Set(tasks).count == 48)
    let random = tasks.reduce(0) { $0 + Rooms($1).exactRandomReturn } / 48
    #expect(abs(random - family.card.random.value) < 1e-12 && abs(random - 0.1524263) < 5e-8)
    try checkRandom(family, tasks: 5_000)
    let best = tasks.map { Rooms($0).exactOptimalReturn }
    #expect(abs(best.reduce(0, +) / 48 - family.card.oracle.value) < 1e-9)
    #expect(abs((best.min() ?? 0) - 3109.3) < 1e-9 && abs((best.max() ?? 0) - 3709.9) < 1e-9)
    for (task, value) in zip(tasks, best) { #expect(abs(family.optimalReturn(of: task) - value) < 1e-9) }
  }

  @Test("An agent that finds the first goal and stays earns what the specification says")
  func stayingAtTheFirstGoal()
    throws
  {
    let returns = try (0..<48).map { index in
      var stage = try Stage(RoomNavigation(), [RoomNavigation().task(TaskID(.test, index))])
      var (total, isThere) = (0.0, false)
      for step in 0..<50 {
        let reward = try stage.choose(isThere ? 0 : [1, 4, 2, 2, 3, 3, 4, 4][step]).rewards.dense[0]
        isThere = isThere || reward == 1
        total += Double(reward)
      }
      return total
    }
    #expect(abs(returns.reduce(0, +) / 48 - 45.6) < 1e-5)
  }

  @Test("The oracle anchor of the wind is the integral over winds") func windIntegral() {
    // Speeds that take n steps to the goal's rim, and no fewer: from 0.97 / n to 0.97 / (n - 1).
    let mean = (6...49).reduce(0.0) { sum, steps in
      let slowest = max(0.02, 0.97 / Double(steps))
      let fastest = min(0.18, 0.97 / Double(steps - 1))
      return sum + Double(76 - steps) * max(0, fastest - slowest) / 0.16
    }
    #expect(abs(mean - 62.186) < 5e-4)
    #expect(abs(mean - Wind().card.oracle.value) < 1e-12)
  }

  /// The returns of agents that know the goal in the first test tasks of a dark room.
  private func knownReturns<F: TaskFamily>(
    _ family: F, tasks count: Int, side: Int, choice: @escaping @Sendable (F.TaskParameters, Int) -> LaneAction
  ) throws -> [Double] {
    try simulatedReturns(family, tasks: count, seed: 1) { tasks in
      Controller(tasks: tasks) { task, observation in
        let (column, row) = (observation.prefix(side), observation.dropFirst(side).prefix(side))
        return choice(task, ((row.firstIndex(of: 1) ?? 0) - side) * side + (column.firstIndex(of: 1) ?? 0))
      }
    }
  }

  @Test(arguments: DarkRoom.Size.allCases) func darkRooms(size: DarkRoom.Size) throws {
    let (family, side) = (DarkRoom(size: size), size.rawValue)
    func goals(_ split: TaskID.Split) throws -> [Int] {
      try (0..<#require(family.taskCount(in: split))).map { family.task(TaskID(split, $0)).goal }
    }
    func random(_ goals: [Int]) -> Double {
      let start = size == .fromCorner ? 0 : side * side / 2
      return exactRandomReturn(
        side: side, start: start, goals: goals, horizon: family.spec.horizon, endsAtGoal: size == .hard)
    }
    let tested = try goals(.test)
    #expect(abs(random(tested) - family.card.random.value) < 1e-12, "\(random(tested))")
    try checkRandom(family)
    let known = try knownReturns(family, tasks: tested.count, side: side) {
      gridStep(from: $1, to: $0.goal, side: side)
    }
    let mean = known.reduce(0, +) / Double(tested.count)
    #expect(abs(mean - family.card.oracle.value) < 1e-6, "\(mean)")
    if size == .fromCorner {
      let all = try TaskID.Split.allCases.flatMap(goals)
      #expect(all.sorted() == Array(0..<100))
      #expect(abs(random(all) - 1) < 1e-12)
      let returns = all.map { $0 == 0 ? 100 : Double(101 - $0 % 10 - $0 / 10) }
      #expect(abs(returns.reduce(0, +) / 100 - 91.99) < 1e-12)
    } else {
      #expect(tested.sorted() == (0..<side * side).filter { $0 != side * side / 2 })
    }
  }

  @Test func permutedDarkRooms() throws {
    let family = PermutedDarkRoom()
    let tasks = TaskID.Split.allCases.flatMap { split in
      (0..<(family.taskCount(in: split) ?? 0)).map { family.task(TaskID(split, $0)) }
    }
    #expect(Set(tasks).count == 120 && tasks.count == 120)
    // Which choice makes which move is all the same to uniform choices.
    let random = exactRandomReturn(side: 9, start: 0, goals: [80], horizon: 50)
    #expect(abs(random - family.card.random.value) < 1e-15)
    #expect(abs(random - 0.0243104) < 5e-8)
    try checkRandom(family)
    let known = try knownReturns(family, tasks: 10, side: 9) { task, cell in
      guard case .discrete(let move) = gridStep(from: cell, to: 80, side: 9) else { return .discrete(0) }
      return .discrete(task.moves.firstIndex(of: move) ?? 0)
    }
    #expect(known == [Double](repeating: family.card.oracle.value, count: 10))
    // Who takes every room for the one without a permutation gets nothing in most of them.
    let mistaken = try knownReturns(family, tasks: 10, side: 9) { _, cell in gridStep(from: cell, to: 80, side: 9) }
    #expect(mistaken.count { $0 == 0 } >= 8, "\(mistaken)")
  }

  @Test func keysAndDoors() throws {
    let family = DarkKeyToDoor()
    let arrivals = (0..<81).map { firstArrivals(at: $0, side: 9, horizon: 50) }
    let toDoor = arrivals.map { steps in
      steps.reduce(into: [[Double]]()) { sums, step in sums.append(zip(sums.last ?? step, step).map(+)) }
    }
    func random(_ task: DarkKeyToDoor.TaskParameters) -> Double {
      (1...50).reduce(0) { $0 + arrivals[task.key][$1][40] * (1 + toDoor[task.door][50 - $1][task.key]) }
    }
    func mean(_ splits: [TaskID.Split]) -> Double {
      let tasks = splits.flatMap { split in
        (0..<(family.taskCount(in: split) ?? 0)).map { family.task(TaskID(split, $0)) }
      }
      #expect(Set(tasks).count == tasks.count && (splits.count == 1 || tasks.count == 6561))
      return tasks.reduce(0) { $0 + random($1) } / Double(tasks.count)
    }
    #expect(abs(mean(TaskID.Split.allCases) - 0.2686386847668536) < 1e-12)
    #expect(abs(mean([.test]) - family.card.random.value) < 1e-12, "\(mean([.test]))")
    #expect(family.taskCount(in: .train) == 6233)
    try checkRandom(family)
    let known = try simulatedReturns(family, tasks: 164, seed: 1) { KeyFetcher($0) }
    #expect(known == [Double](repeating: family.card.oracle.value, count: 164))
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

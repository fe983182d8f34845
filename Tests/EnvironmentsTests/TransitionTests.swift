import Environments
import Foundation
import MetaRL
import Tensors
import Testing

/// Plays back a list of actions.
struct Script: Agent {
  var actions: [Actions]

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions { actions.removeFirst() }
}

func oneLane(seed: UInt64 = 0) -> LaneRandom { LaneRandom([RandomStream(seed: seed)]) }

/// An environment that was reset, with its streams.
struct Stage<Family: TaskFamily> {
  var lanes: Family.Lanes
  var random: LaneRandom
  let start: Tensor

  init(_ family: Family, _ tasks: [Family.TaskParameters], random: LaneRandom? = nil) throws {
    lanes = family.makeEnvironment(tasks)
    self.random = random ?? LaneRandom(seed: 0, lanes: tasks.count)
    start = try lanes.reset(using: &self.random)
  }

  mutating func reset() throws -> Tensor { try lanes.reset(using: &random) }

  /// A step of each lane along the vector in its row.
  mutating func step(_ rows: [[Float]]) throws -> StepOutcome {
    try lanes.step(
      .continuous(Tensor(rows.joined().map(\.self), shape: [rows.count, rows[0].count])), using: &random)
  }

  mutating func choose(_ choices: [Int]) throws -> StepOutcome {
    try lanes.step(.discrete(choices), using: &random)
  }

  /// A step of all lanes with the same choice.
  mutating func choose(_ choice: Int) throws -> StepOutcome {
    try choose([Int](repeating: choice, count: random.count))
  }
}

@Suite struct TransitionTests {
  @Test("Wind moves a point in every step, whatever it does, and the goal is paid within its radius")
  func windBlows() throws {
    var stage = try Stage(Wind(), [.init(x: 0.05, y: -0.08), .init(x: -0.02, y: 0.07)])
    #expect(stage.start.floats == [0, 0, 0, 0])
    expect(try stage.step([[0, 0], [7, 1]]).observations.floats, [0.05, -0.08, 0.08, 0.17])
    expect(try stage.step([[-1, 1], [-0.6, 0]]).observations.floats, [0, -0.06, 0, 0.24])
    var paid: [Int] = []
    for step in 0..<6 {
      let outcome = try stage.step([[-0.5, 0.8], [0.2, step < 4 ? 1 : -0.7]])
      #expect(outcome.terminated == [false, false])
      #expect(outcome.rewards.dense == outcome.rewards.sparse && outcome.rewards.dense[0] == 0)
      #expect(outcome.succeeded == outcome.rewards.dense.map { $0 == 1 })
      if outcome.rewards.dense[1] == 1 { paid.append(step) }
      expect([outcome.observations.floats[3]], [min(0.92, 0.24 + 0.17 * Float(step + 1))])
    }
    #expect(paid == [])
    // From (0, 0.92) into the disc around (0, 1), of radius 0.03, and out of it on the other side.
    let heights: [(push: Float, reward: Float)] = [(-0.21, 0), (-0.68, 1), (-0.2, 1), (-0.63, 1), (-0.65, 0)]
    for (push, reward) in heights {
      #expect(try stage.step([[0, 0], [0.2, push]]).rewards.dense[1] == reward, "\(push)")
    }
  }

  @Test("A point moves a tenth of its clipped action and is paid minus the distance") func pointMoves() throws {
    var stage = try Stage(PointNavigation(), [.init(x: 0.3, y: 0.4), .init(x: -0.5, y: 0)])
    #expect(stage.start.floats == [0, 0, 0, 0])
    let first = try stage.step([[0, 0], [0.5, -0.5]])
    #expect(first.rewards.dense[0] == -0.5)
    expect(first.observations.floats, [0, 0, 0.05, -0.05])
    expect(first.rewards.dense, [-0.5, -(0.55 * 0.55 + 0.05 * 0.05).squareRoot()])
    #expect(first.rewards.dense == first.rewards.sparse)
    let second = try stage.step([[7, 1], [-7, 0]])
    expect(second.observations.floats, [0.1, 0.1, -0.05, -0.05])
    #expect(second.terminated == [false, false])
    expect(try stage.reset().floats, [0, 0, 0, 0])
  }

  @Test("A point robot is paid minus the distance and sparsely near its goal") func pointRobotIsPaid() throws {
    let goals = [
      PointRobot.TaskParameters(x: 0.6, y: 0.8), .init(x: 0.15, y: 0), .init(x: 0.35, y: 0),
    ]
    func step(_ variant: PointRobot.Variant) throws -> StepOutcome {
      var stage = try Stage(PointRobot(variant), goals)
      #expect(stage.start.floats == [Float](repeating: 0, count: 6))
      return try stage.step([[0, 0], [7, 0], [1, 0]])
    }
    let narrow = try step(.halfCircle)
    expect(narrow.observations.floats, [0, 0, 0.1, 0, 0.1, 0])
    expect(narrow.rewards.dense, [-1, -0.05, -0.25])
    expect(narrow.rewards.sparse, [0, 0.95, 0])
    expect(try step(.wideHalfCircle).rewards.sparse, [0, 0.95, 0.75])
    expect(try step(.varibad).rewards.dense, [0, 0.95, 0])
    #expect(narrow.terminated == [false, false, false])
  }

  @Test("Point robots start anywhere in the square at each reset") func pointRobotsStartAnywhere() throws {
    let family = PointRobot()
    var stage = try Stage(family, [PointRobot.TaskParameters](repeating: .init(x: 0, y: 0), count: 400))
    let (first, second) = (stage.start.floats, try stage.reset().floats)
    #expect(first != second)
    #expect(first.allSatisfy { (-1...1).contains($0) } && (first.min() ?? 0) < -0.95 && (first.max() ?? 0) > 0.95)
  }

  @Test func aRunnerIsDrivenByPushesThatFitItsLegs() throws {
    var stage = try Stage(VelocityTrackingLite(), [.init(speed: 2), .init(speed: 0)])
    let stands = stage.start.floats
    // Legs a half of a cycle apart stand opposite.
    for lane in 0..<2 {
      #expect(
        abs(stands[5 * lane + 1] + stands[5 * lane + 3]) < 1e-6
          && abs(stands[5 * lane + 2] + stands[5 * lane + 4]) < 1e-6)
      #expect(stands[5 * lane] == 0)
    }
    let pushes: [Float] = [0.5, 0, -1, 9]
    let outcome = try stage.step([pushes, [0, 0, 0, 0]])
    let drive = tanh(0.5 * (0.5 * stands[1] - stands[3] + stands[4]))
    let speed = 0.1 * drive
    #expect(abs(outcome.observations.floats[0] - speed) < 1e-6)
    expect(outcome.rewards.dense, [-(2 - speed) - 0.05 * 2.25, 0])
  }

  @Test func aMassMovesAsItIsPushed() throws {
    func steps(_ aim: PointMassLite.Aim) throws -> [[Float]] {
      var stage = try Stage(PointMassLite(aim), [.init(x: 0.6, y: -0.8)])
      return try ([[1, -5], [0, 0.5]] as [[Float]]).map { push in
        let outcome = try stage.step([push])
        return outcome.observations.floats + outcome.rewards.dense
      }
    }
    // v = 0.2, then 0.95 v and 0.95 v + 0.1.
    let state: [[Float]] = [[0.02, -0.02, 0.2, -0.2], [0.039, -0.029, 0.19, -0.09]]
    expect(try steps(.goal)[0], state[0] + [-0.58 - 0.78 - 0.2])
    expect(try steps(.goal)[1], state[1] + [-0.561 - 0.771 - 0.025])
    expect(try steps(.direction)[0], state[0] + [0.12 + 0.16 - 0.1])
    expect(try steps(.direction)[1], state[1] + [0.114 + 0.072 - 0.0125])
  }

  @Test func aCartIsDrivenAgainstDampingAndTheSlope() throws {
    let cart = RandomParametersLite.TaskParameters(mass: 2, damping: 0.5, motor: 3, gravity: 1.5)
    var stage = try Stage(RandomParametersLite(), [cart])
    #expect(stage.start.floats == [0])
    let first = try stage.step([[0.5]])
    let velocity: Float = 0.05 * (2 * 3 * 0.5 / 2 - 0.3)
    expect(first.observations.floats, [velocity])
    expect(first.rewards.dense, [-(1 - velocity) - 0.0125])
    let second = try stage.step([[0]])
    expect(second.observations.floats, [velocity + 0.05 * (-0.5 * velocity / 2 - 0.3)])
    // Multipliers are powers of 1.5 and 1.3 from -3 to 3.
    for index in 0..<300 {
      let task = RandomParametersLite().task(TaskID(.train, index))
      #expect((0.296...3.376).contains(task.mass) && (0.455...2.198).contains(task.damping))
    }
  }

  @Test func hundredGoalsAreDealtOutOnTheHalfCircle() {
    let family = PointRobot(.halfCircle)
    let goals = [TaskID.Split.train, .test].flatMap { split in
      (0..<(family.taskCount(in: split) ?? 0)).map { family.task(TaskID(split, $0)) }
    }
    let angles = goals.map { atan2(Double($0.y), Double($0.x)) }.sorted()
    for (number, angle) in angles.enumerated() { #expect(abs(angle - Double.pi / 99 * Double(number)) < 1e-6) }
    #expect(angles.count == 100)
  }

  @Test("A point is at its goal where both offsets are below a hundredth") func pointAtItsGoal() throws {
    let goals = [(0.0, 0.0), (0.009, -0.009), (0.011, 0), (0, -0.011), (0.0095, 0.0095)].map {
      PointNavigation.TaskParameters(x: Float($0.0), y: Float($0.1))
    }
    var stage = try Stage(PointNavigation(), goals)
    let outcome = try stage.step([[Float]](repeating: [0, 0], count: 5))
    // The last is further than a hundredth away, and still there: it is the offsets that count.
    #expect(outcome.terminated == [true, true, false, false, true])
    #expect(outcome.succeeded == outcome.terminated)
  }

  @Test("A prediction is paid minus its squared error and then sees what was due") func predictionIsPaid() throws {
    let wave = SinusoidRegression.TaskParameters(amplitude: 2, phase: 0.5)
    var stage = try Stage(SinusoidRegression(points: 3), [wave])
    var observed = stage.start.floats
    #expect(observed[1] == 0)
    for action in [Float(0.25), -3] {
      let due = Float(2 * sin(Double(observed[0]) - 0.5))
      let outcome = try stage.step([[action]])
      let error = 10 * max(action, -1) - due
      expect(outcome.rewards.dense, [-error * error])
      observed = outcome.observations.floats
      #expect(abs(observed[1] - due) < 1e-6)
      #expect((-5...5).contains(observed[0]))
      #expect(outcome.terminated == [false])
    }
  }

  @Test("Reaching the goal terminates and reaching the horizon does not") func termination() throws {
    var lanes = PointNavigation(goals: .two).makeEnvironment(for: [TaskID(.test, 0), TaskID(.test, 1)])
    var agent = Controller(tasks: [0, 1]) { _, _ in .continuous([1, 0]) }
    let random = LaneRandom([RandomStream(seed: 0), RandomStream(seed: 1)])
    let episodes = try playEpisode(&agent, in: &lanes, spec: PointNavigation().spec, random: random)
    #expect(episodes.map(\.stepCount) == [5, 100])
    #expect(episodes.map(\.terminated) == [true, false])
    #expect(episodes.map(\.truncated) == [false, true])
    expect(episodes[0].denseRewards, [-0.4, -0.3, -0.2, -0.1, 0])
  }

  @Test func theSquareOfGoalsIsFilled() {
    let goals = (0..<1000).map { PointNavigation().task(TaskID(.train, $0)) }
    for numbers in [goals.map(\.x), goals.map(\.y)] {
      #expect(numbers.allSatisfy { abs($0) <= 0.5 })
      #expect(abs(numbers.reduce(0, +) / 1000) < 0.04)
      #expect(abs(numbers.reduce(0) { $0 + $1 * $1 } / 1000 - 1 / 12) < 0.01)
    }
  }

  @Test("The sparse corner reward is progress in the right quadrant outside the middle")
  func sparseCornerReward() throws {
    var stage = try Stage(
      CornerNavigation(), [.corner(0), .corner(1)],
      random: LaneRandom([RandomStream(seed: 0), RandomStream(seed: 0)]))
    let start = stage.start.floats
    #expect(start.allSatisfy { abs($0) <= 0.2 })
    #expect(start[0...1] == start[2...3])
    // To (0, 0) exactly, then in steps of (0.2, 0.2).
    let home = start[0...1].map { -$0 / 0.2 }
    _ = try stage.step([home, home])
    let steps = try (0..<3).map { _ in try stage.step([[1, 1], [3, 1]]) }
    let diagonal = Float(2).squareRoot()
    expect(steps.map { $0.rewards.dense[0] }, [-1.8 * diagonal, -1.6 * diagonal, -1.4 * diagonal])
    // |x| + |y| is 0.4 after the first step, 0.8 after the second.
    expect(steps.map { $0.rewards.sparse[0] }, [0, 0.2 * diagonal, 0.2 * diagonal])
    expect(steps.map { $0.rewards.sparse[1] }, [0, 0, 0])
    expect(Array(steps[2].observations.floats[0...1]), [0.6, 0.6])
    let back = try stage.step([[-1, -1], [-1, -1]])
    expect(back.rewards.sparse, [-0.2 * diagonal, 0])
    #expect(back.terminated == [false, false])
  }

  @Test("The reported corner reward is the one that the name says") func reportedCornerReward() {
    for channel in RewardChannel.allCases {
      let family = CornerNavigation(reportedReward: channel)
      #expect(family.spec.reportedReward == channel)
      #expect(family.card.name == "corner-navigation-\(channel.rawValue)")
    }
  }

  @Test func theFourCornersAreAllDifferent() {
    #expect(Set((0..<4).map(PlanePoint.corner)).count == 4)
    #expect((0..<4).map(PlanePoint.corner).allSatisfy { abs($0.x) == 2 && abs($0.y) == 2 })
    #expect(PlanePoint.corner(5) == PlanePoint.corner(1))
  }

  @Test("Momentum is kept and only near the corner is there a sparse reward") func momentumIsKept() throws {
    var stage = try Stage(MomentumNavigation(), [.corner(0)])
    let start = stage.start.floats
    #expect(start[0...1].allSatisfy { abs($0) <= 0.2 } && start[2...3].allSatisfy { abs($0) <= 0.1 })
    var (x, y, velocityX, velocityY) = (start[0], start[1], start[2], start[3])
    for push: [Float] in [[1, 1], [1, 1], [0.5, 5], [1, 1], [1, 1], [0, 0], [0, -5]] {
      let outcome = try stage.step([push])
      velocityX += 0.1 * max(-1, min(1, push[0]))
      velocityY += 0.1 * max(-1, min(1, push[1]))
      (x, y) = (x + velocityX, y + velocityY)
      expect(outcome.observations.floats, [x, y, velocityX, velocityY])
      let distance = ((2 - x) * (2 - x) + (2 - y) * (2 - y)).squareRoot()
      expect(outcome.rewards.dense, [-distance])
      expect(outcome.rewards.sparse, [max(2 - distance, 0)])
    }
  }

  @Test func aWallStopsStepsThatDoNotGoThroughItsGap() throws {
    let task = WallNavigation.TaskParameters(
      goal: .corner(0), innerGap: .init(x: 3, y: 0), outerGap: .init(x: 0, y: 5))
    #expect(task.innerGap == PlanePoint(x: 1, y: 0))
    #expect(task.outerGap == PlanePoint(x: 0, y: 2))
    var stage = try Stage(WallNavigation(), [task])
    let start = stage.start.floats
    var position = try stage.step([start.map { -$0 / 0.2 }]).observations.floats
    expect(position, [0, 0])
    func go(_ x: Float, _ y: Float, steps: Int) throws {
      for _ in 0..<steps { position = try stage.step([[x, y]]).observations.floats }
    }
    // Up is the wall; the point stays inside it.
    try go(0, 0.9, steps: 6)
    expect(position, [0, 0.9])
    // Right is the gap; the outer wall's gap is elsewhere.
    try go(0, -0.9, steps: 5)
    try go(0.9, 0, steps: 12)
    expect(position, [1.98, 0])
    // Back in at the left, where there is no gap: the wall stops steps inwards too.
    try go(-0.9, 0, steps: 3)
    try go(0, 0.9, steps: 7)
    try go(-0.9, 0, steps: 5)
    expect(position, [0.54, 1.26])
    try go(-0.5, -0.9, steps: 3)
    #expect((position[0] * position[0] + position[1] * position[1]).squareRoot() >= 1)
    // Up is the outer gap.
    try go(-0.5, 0.9, steps: 1)
    try go(0, 0.9, steps: 8)
    #expect(position[1] > 2)
  }

  @Test("The reward of a stopped step is that of the place where the point is") func rewardOfAStoppedStep() throws {
    let task = WallNavigation.TaskParameters(
      goal: .corner(0), innerGap: .init(x: -1, y: -1), outerGap: .init(x: -1, y: -1))
    var stage = try Stage(WallNavigation(), [task])
    var last = stage.start.floats
    for _ in 0..<10 {
      let outcome = try stage.step([[1, 1]])
      last = outcome.observations.floats
      expect(outcome.rewards.dense, [-((2 - last[0]) * (2 - last[0]) + (2 - last[1]) * (2 - last[1])).squareRoot()])
    }
    #expect(last[0] * last[0] + last[1] * last[1] < 1)
  }

  @Test("An arm pays one with its probability and every pull is an episode") func armPays() throws {
    let count = 20_000
    let tasks = [BernoulliBandit.TaskParameters](repeating: .init(meanRewards: [0, 1, 0.3]), count: count)
    var stage = try Stage(BernoulliBandit(arms: 3, pulls: 1), tasks)
    #expect(stage.start.shape == [count, 1])
    let pulls = try (0..<3).map { try stage.choose($0) }
    #expect(pulls[0].rewards.dense.allSatisfy { $0 == 0 })
    #expect(pulls[1].rewards.dense.allSatisfy { $0 == 1 })
    let mean = pulls[2].rewards.dense.reduce(0, +) / Float(count)
    #expect(abs(mean - 0.3) < 4 * (0.3 * 0.7 / Float(count)).squareRoot())
    #expect(pulls.allSatisfy { $0.terminated.allSatisfy(\.self) && $0.observations.floats.allSatisfy { $0 == 0 } })
  }

  @Test("A decision process goes where its table says and pays around the mean") func decisionProcess() throws {
    let (count, states, actions) = (20_000, TabularMDP.stateCount, TabularMDP.actionCount)
    // Action 0 leads to the state after this one; the others to states 2 and 9 in a ratio of 1 to 3.
    var table = [Float](repeating: 0, count: states * actions * states)
    for state in 0..<states {
      table[state * actions * states + (state + 1) % states] = 1
      for action in 1..<actions {
        table[(state * actions + action) * states + 2] = 0.25
        table[(state * actions + action) * states + 9] = 0.75
      }
    }
    let means = (0..<states * actions).map { Float($0) }
    let task = TabularMDP.TaskParameters(transitionProbabilities: table, meanRewards: means)
    #expect(TabularMDP().descriptor(of: task) == table + means)
    var stage = try Stage(TabularMDP(), [TabularMDP.TaskParameters](repeating: task, count: count))
    func places(_ tensor: Tensor) -> [Int] { tensor.floatRows.map { $0.firstIndex(of: 1) ?? -1 } }
    #expect(places(stage.start).allSatisfy { $0 == 0 })
    for state in 0..<states {
      let outcome = try stage.choose(0)
      #expect(places(outcome.observations).allSatisfy { $0 == (state + 1) % states })
      let noise = outcome.rewards.dense.map { Double($0) - Double(means[state * actions]) }
      #expect(abs(noise.reduce(0, +) / Double(count)) < 4 / Double(count).squareRoot())
      // The variance of a squared standard normal number is 2.
      let variance = noise.reduce(0) { $0 + $1 * $1 } / Double(count)
      #expect(abs(variance - 1) < 4 * (2 / Double(count)).squareRoot())
      #expect(outcome.terminated.allSatisfy { !$0 })
    }
    let reached = places(try stage.choose(3).observations)
    #expect(Set(reached) == [2, 9])
    let share = Double(reached.count { $0 == 2 }) / Double(count)
    #expect(abs(share - 0.25) < 4 * (0.25 * 0.75 / Double(count)).squareRoot())
    #expect(places(try stage.reset()).allSatisfy { $0 == 0 })
  }

  /// The moments of a Dirichlet distribution whose parameters are all 1, and of normal numbers of mean and deviation 1.
  @Test func decisionProcessesAreDrawnAsThePaperSays() {
    let tasks = (0..<2000).map { TabularMDP().task(TaskID(.train, $0)) }
    let states = TabularMDP.stateCount
    for task in tasks.prefix(50) {
      for row in stride(from: 0, to: task.transitionProbabilities.count, by: states) {
        let probabilities = task.transitionProbabilities[row..<row + states]
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5 && probabilities.allSatisfy { $0 >= 0 })
      }
    }
    for next in [0, 4, 9] {
      let drawn = tasks.map { Double($0.transitionProbabilities[7 * states + next]) }
      #expect(Estimate(drawn).isNear(0.1))
      #expect(Estimate(drawn.map { $0 * $0 }).isNear(2.0 / 110))
    }
    #expect(
      Estimate(tasks.map { Double($0.transitionProbabilities[70] * $0.transitionProbabilities[73]) }).isNear(
        1.0 / 110))
    let rewards = tasks.flatMap(\.meanRewards).map(Double.init)
    #expect(Estimate(rewards).isNear(1) && Estimate(rewards.map { $0 * $0 }).isNear(2))
  }

  @Test func choicesOnAMapAreLeftDownRightAndUp() throws {
    func visited(_ choices: [Int], maps: GridWorld.Maps = .corners, task: Int = 0) throws -> Episode {
      var lanes = GridWorld(maps: maps).makeEnvironment(for: [TaskID(.test, task)])
      var agent = Script(actions: choices.map { .discrete([$0]) })
      let spec = GridWorld(maps: maps).spec.with(horizon: choices.count)
      return try playEpisode(&agent, in: &lanes, spec: spec, random: oneLane())[0]
    }
    func cells(_ episode: Episode) -> [Int] {
      stride(from: 0, to: episode.observations.count, by: 9).map { first in
        (0..<9).first { episode.observations[first + $0] == 1 } ?? -1
      }
    }
    // Round the map of task 0, bumping into its edge: cells are numbered from 0 in reading order.
    let walk = try visited([1, 1, 2, 2, 3, 3, 3, 0])
    #expect(cells(walk) == [4, 7, 7, 8, 8, 5, 2, 2, 1])
    #expect(walk.totalReward(.dense) == 0)
    #expect(!walk.terminated)
    let hole = try visited([0, 2])
    #expect(cells(hole) == [4, 3])
    #expect(hole.terminated && hole.totalReward(.dense) == 0 && hole.succeeded == false)
    for (task, choice) in [0, 2, 3, 1].enumerated() {
      let episode = try visited([choice], maps: .neighbors, task: task)
      #expect(episode.terminated && episode.totalReward(.dense) == 1)
    }
  }
}

/// Numbers that agree to a few units of the last place.
func expect(_ numbers: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(numbers.count == expected.count, sourceLocation: sourceLocation)
  for (number, other) in zip(numbers, expected) {
    #expect(abs(number - other) < 1e-5, sourceLocation: sourceLocation)
  }
}

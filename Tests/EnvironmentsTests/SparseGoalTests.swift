import Environments
import Foundation
import MetaRL
import Tensors
import Testing

/// Acts in a direction that is drawn at the start of an episode and kept to its end.
private struct OneDirection: Agent {
  var directions: [Float] = []

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    if directions.isEmpty {
      directions = random.uniforms(perLane: 1).flatMap { [cos(2 * Float.pi * $0), sin(2 * Float.pi * $0)] }
    }
    return .continuous(Tensor(directions, shape: [random.count, 2]))
  }
}

/// The families of MAESN: what a step does, and that noise in single steps finds nothing there.
@Suite struct SparseGoalTests {
  private func episodes<F: TaskFamily>(
    _ family: F, _ tasks: [F.TaskParameters], _ agent: some Agent, seed: UInt64 = 4
  ) throws -> [Episode] {
    var (environment, agent) = (family.makeEnvironment(tasks), agent)
    let random = LaneRandom(seed: seed, lanes: tasks.count)
    return try playEpisode(&agent, in: &environment, spec: family.spec, random: random)
  }

  private func share(_ episodes: [Episode]) -> Double {
    Double(episodes.count { $0.succeeded == true }) / Double(episodes.count)
  }

  private func mean(_ episodes: [Episode], _ channel: RewardChoice) -> Double {
    episodes.reduce(0) { $0 + $1.totalReward(channel) } / Double(episodes.count)
  }

  /// Goals anywhere on the half ring, as those of the specification's simulation.
  private let goals: [PlanePoint] = {
    var random = RandomStream(seed: 12)
    return (0..<2000).map { _ in PlanePoint(angle: random.uniform(0, Double.pi), radius: 2) }
  }()

  @Test func goalsOfARingAreOnItsUpperHalf() {
    let ids = (0..<100).map { TaskID(.train, $0) }
    for tasks in [ids.map(PointRing().task), ids.map(WheeledRobotLite().task)] {
      #expect(tasks.allSatisfy { abs($0.x * $0.x + $0.y * $0.y - 4) < 1e-5 && $0.y >= 0 })
      #expect(tasks.map(\.x).min() ?? 0 < -1.8 && tasks.map(\.x).max() ?? 0 > 1.8)
    }
    #expect(PointRing().task(TaskID(.test, 31)) == PointRing().task(TaskID(.test, 1)))
    #expect(PointRing().task(TaskID(.train, 31)) != PointRing().task(TaskID(.train, 1)))
  }

  @Test("A cart is driven by the difference and the sum of its pushes") func cartIsDriven() throws {
    let goal = PlanePoint(angle: 0.5 * Double.pi, radius: 2)
    var stage = try Stage(WheeledRobotLite(), [goal])
    expect(stage.start.floats, [0, 0, 0, 1, 0, 0])
    // v = 0.05 · 2.
    let ahead = try stage.step([[1, 3]])
    expect(ahead.observations.floats, [0, 0.005, 0, 1, 0.1, 0])
    expect(ahead.rewards.dense, [-1.995 - 0.1])
    expect(ahead.rewards.sparse, [-2 - 0.1])
    // v = 0.1 - 0.05 · 0.1; ω = 0.05 · 4 · 1; φ = π/2 + 0.01: to the left.
    let turned = try stage.step([[-0.5, 0.5]])
    let (speed, sideways, upwards): (Float, Float, Float) = (0.095, -sin(0.01), cos(0.01))
    expect(
      turned.observations.floats,
      [0.05 * speed * sideways, 0.005 + 0.05 * speed * upwards, sideways, upwards, speed, 0.2])
    // ω = 0.2 - 0.05 · 2 · 0.2.
    #expect(abs(try stage.step([[0, 0]]).observations.floats[5] - 0.18) < 1e-6)
    #expect(turned.terminated == [false] && turned.succeeded == [false])
  }

  @Test("A cart goes where the equations solved in double precision say") func cartFollowsItsEquations() throws {
    var random = RandomStream(seed: 2)
    let pushes = (0..<200).map { _ in [random.normal(), random.normal()] }
    let goal = PlanePoint(angle: 1, radius: 2)
    let script = Script(actions: pushes.map { .continuous(Tensor($0, shape: [1, 2])) })
    let episode = try episodes(WheeledRobotLite(), [goal], script)[0]
    var (x, y, heading, speed, rate) = (0.0, 0.0, Double.pi / 2, 0.0, 0.0)
    for (step, push) in pushes.enumerated() {
      let (left, right) = (Double(max(-1, min(1, push[0]))), Double(max(-1, min(1, push[1]))))
      speed += 0.05 * (2 * (left + right) / 2 - speed)
      rate += 0.05 * (4 * (right - left) - 2 * rate)
      heading += 0.05 * rate
      x += 0.05 * speed * cos(heading)
      y += 0.05 * speed * sin(heading)
      let due = [x, y, cos(heading), sin(heading), speed, rate]
      for (index, number) in due.enumerated() {
        #expect(abs(Double(episode.observations[6 * (step + 1) + index]) - number) < 2e-5, "step \(step)")
      }
      let cost = 0.05 * (left * left + right * right)
      let distance = hypot(x - Double(goal.x), y - Double(goal.y))
      #expect(abs(Double(episode.denseRewards[step]) + distance + cost) < 2e-5)
      #expect(abs(Double(episode.sparseRewards[step]) + (distance > 0.8 ? 2 : distance) + cost) < 2e-5)
    }
  }

  @Test func cartsEarnWhatTheSpecificationHasSimulated() throws {
    let family = WheeledRobotLite()
    let noise = try episodes(family, goals, randomAgent(for: family.spec))
    #expect((0.004...0.018).contains(share(noise)), "\(share(noise))")
    #expect(abs(mean(noise, .dense) - -414) < 2, "\(mean(noise, .dense))")
    #expect(abs(mean(noise, .sparse) - -410) < 1, "\(mean(noise, .sparse))")
    let known = try episodes(family, goals, Controller(tasks: goals, action: wheeledDrive))
    #expect(share(known) == 1)
    // Farther away the reward is -2 less the price of pushes.
    let entries = known.map { ($0.sparseRewards.firstIndex { $0 > -1.5 } ?? 200) + 1 }.sorted()
    // 33, -68 and -81 there. This controller brakes in time, which theirs need not have done.
    #expect(entries[1000] == 32)
    #expect((-68 ... -56).contains(mean(known, .dense)), "\(mean(known, .dense))")
    #expect((-81 ... -68).contains(mean(known, .sparse)), "\(mean(known, .sparse))")
  }

  @Test("A point on the ring is paid the distance of the start until it is near") func rewardOnTheRing() throws {
    let goal = PlanePoint(angle: 0, radius: 2)
    var stage = try Stage(PointRing(), [goal])
    expect(stage.start.floats, [0, 0])
    let first = try stage.step([[7, -0.5]])
    expect(first.observations.floats, [0.05, -0.025])
    expect(first.rewards.dense, [-1.95 - 0.025])
    expect(first.rewards.sparse, [-2])
    #expect(first.succeeded == [false])
    // At (1.2, -0.025) the goal is a little more than 0.8 away, at (1.25, -0.025) less.
    let outcomes = try (0..<24).map { _ in try stage.step([[1, 0]]) }
    expect(outcomes[22].rewards.sparse, [-2])
    expect(outcomes[23].rewards.sparse, [-0.75 - 0.025])
    #expect(outcomes.map(\.succeeded[0]).firstIndex(of: true) == 23)
    #expect(outcomes.allSatisfy { !$0.terminated[0] })
  }

  @Test("On a ring, noise in steps finds nothing and one direction for an episode does")
  func explorationOnTheRing() throws {
    let family = PointRing()
    let many = (0..<5).flatMap { _ in goals }
    let noise = try episodes(family, many, randomAgent(for: family.spec))
    #expect(share(noise) < 0.001, "\(share(noise))")
    let straight = try episodes(family, many, OneDirection())
    #expect((0.11...0.15).contains(share(straight)), "\(share(straight))")
  }

  /// Blocks far from each other, the first where it is asked for.
  private func table(
    _ x: Float, _ y: Float, _ others: [Float] = [5, 5, 6, 6, 7, 7, 8, 8]
  ) throws -> Stage<BlockPushingLite> {
    try Stage(BlockPushingLite(), [.init(layout: [x, y] + others, block: 0, goal: PlanePoint(x: 0.8, y: 0))])
  }

  @Test func layoutsFillTheirLanes() {
    let family = BlockPushingLite()
    for split in TaskID.Split.allCases {
      for index in 0..<(family.taskCount(in: split) ?? 0) {
        let task = family.task(TaskID(split, index))
        #expect(task.block == index % 5)
        // Five tasks in turn share their layout.
        #expect(task.layout == family.task(TaskID(split, index - index % 5)).layout)
        for lane in 0..<5 {
          let middle = 0.2 * Float(lane) - 0.4
          #expect((0.35...0.65).contains(task.layout[2 * lane]))
          #expect(abs(task.layout[2 * lane + 1] - middle) <= 0.0501)
          if lane == task.block { #expect(abs(task.goal.y - middle) <= 0.0501) }
        }
        #expect((0.75...0.95).contains(task.goal.x))
        let (dx, dy) = (task.goal.x - task.layout[2 * task.block], task.goal.y - task.layout[2 * task.block + 1])
        #expect(dx * dx + dy * dy > 0.04)
      }
    }
    #expect(Set((0..<20).map { family.task(TaskID(.train, 5 * $0)).layout }).count == 20)
  }

  @Test func aBlockIsPushedAlongTheLineBetweenTheMiddles() throws {
    // Head on: they touch at 0.09, so after four steps to 0.12 the block is at 0.21.
    var straight = try table(0.2, 0)
    var places: [Float] = []
    for _ in 0..<3 { places = try straight.step([[1, 0]]).observations.floats }
    expect(Array(places[0..<4]), [0.09, 0, 0.2, 0])
    let pushed = try straight.step([[9, 0]])
    expect(Array(pushed.observations.floats[0..<4]), [0.12, 0, 0.21, 0])
    expect(pushed.rewards.dense, [-5 * 0.59])
    expect(pushed.rewards.sparse, [-5 * 0.8])
    // Away from it again: it stays.
    let left = try straight.step([[-1, 0]]).observations.floats
    expect(Array(left[0..<4]), [0.09, 0, 0.21, 0])
    expect(Array(left[4...]), [5, 5, 6, 6, 7, 7, 8, 8])
    // Obliquely: from (0.015, 0) the block at (0.06, 0.06) is (0.045, 0.06) away, which is 0.075; 0.015 are missing.
    var oblique = try table(0.06, 0.06)
    _ = try oblique.step([[0, 0]])
    let first = try oblique.step([[0.5, 0]]).observations.floats
    // In two halves of 0.0075, each along its own line.
    func moved(_ block: (x: Double, y: Double), from gripper: Double) -> (x: Double, y: Double) {
      let (dx, dy) = (block.x - gripper, block.y)
      let distance = hypot(dx, dy)
      return distance < 0.09 ? (gripper + dx / distance * 0.09, dy / distance * 0.09) : block
    }
    let due = moved(moved(moved((0.06, 0.06), from: 0), from: 0.0075), from: 0.015)
    expect(Array(first[0..<4]), [0.015, 0, Float(due.x), Float(due.y)])
  }

  @Test("A block that is pushed pushes others and leaves the rest alone") func blocksPushBlocks() throws {
    var row = try table(0.1, 0, [0.21, 0, 0.32, 0, 0.6, 0.3, 0.9, 0.4])
    var places: [Float] = []
    for _ in 0..<4 { places = try row.step([[1, 0]]).observations.floats }
    // Gripper at 0.12; the blocks follow at 0.09, then 0.1 and 0.1.
    let due: [Float] = [0.12, 0, 0.21, 0, 0.31, 0, 0.41, 0, 0.6, 0.3, 0.9, 0.4]
    for (place, number) in zip(places, due) { #expect(abs(place - number) < 1e-3, "\(places)") }
    #expect(abs(places[2] - 0.21) < 1e-5)
    expect(Array(places[8...]), [0.6, 0.3, 0.9, 0.4])
  }

  @Test func theSparseRewardOfABlockBeginsNearItsGoal() throws {
    var lanes = try table(0.55, 0)
    let outcomes = try (0..<25).map { _ in try lanes.step([[0.9, 0]]) }
    for (step, outcome) in outcomes.enumerated() {
      let block = max(0.55, 0.027 * Float(step + 1) + 0.09)
      let distance = abs(0.8 - block)
      #expect(outcome.succeeded == [distance <= 0.2])
      expect(outcome.rewards.dense, [-5 * distance])
      expect(outcome.rewards.sparse, [distance <= 0.2 ? -5 * distance : -4])
    }
    #expect(outcomes.contains { $0.succeeded[0] } && outcomes.contains { !$0.succeeded[0] })
  }

  @Test func nothingOverlapsHoweverTheGripperIsMoved() {
    var random = LaneRandom(seed: 3, lanes: 200)
    var lanes = BlockPushingLite().makeEnvironment(for: (0..<200).map { TaskID(.train, $0) })
    _ = lanes.reset(using: &random)
    let directions = random.uniforms(perLane: 1).flatMap { [Float(1), 2 * $0 - 1] }
    var (touches, deepest): (Int, Float) = (0, 0)
    for _ in 0..<100 {
      let noise = random.normals(perLane: 2)
      let actions = zip(directions, noise).map { $0 + 0.3 * $1 }
      let places = lanes.step(.continuous(Tensor(actions, shape: [200, 2])), using: &random).observations.floats
      for lane in 0..<200 {
        for first in 0..<6 {
          for second in first + 1..<6 {
            let base = 12 * lane
            let distance = hypot(
              places[base + 2 * first] - places[base + 2 * second],
              places[base + 2 * first + 1] - places[base + 2 * second + 1])
            let reach: Float = first == 0 ? 0.09 : 0.1
            if first == 0 { #expect(distance > reach - 1e-5) }
            if distance < reach + 1e-5 { touches += 1 }
            deepest = max(deepest, reach - distance)
          }
        }
      }
    }
    #expect(touches > 1000)
    #expect(deepest < 0.002, "\(deepest)")
  }

  @Test func theBlockIsHardlyEverPushedToItsGoalByNoise() throws {
    let family = BlockPushingLite()
    let tasks = (0..<2000).map { family.task(TaskID(.train, $0)) }
    let noise = try episodes(family, tasks, randomAgent(for: family.spec))
    #expect(share(noise) <= 0.001, "\(share(noise))")
    let known = try episodes(family, tasks, Controller(tasks: tasks, action: blockPush))
    #expect(share(known) == 1, "\(share(known))")
  }

  @Test func objectsOfASceneAreWhereTheObservationHasThem() throws {
    let family = BlockPushingLite()
    let task = family.task(TaskID(.test, 7))
    guard case .plane(let scene) = family.scene(of: task) else { throw RolloutError("the scene is not a plane") }
    let stage = try Stage(family, [task])
    #expect(scene.objects.map(\.isWanted) == [false, false, true, false, false])
    for (block, object) in scene.objects.enumerated() {
      let place = object.position(stage.start.floats[...])
      #expect(place == .init(Double(task.layout[2 * block]), Double(task.layout[2 * block + 1])))
    }
  }
}

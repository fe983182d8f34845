import MetaRL
import Tensors

/// A gripper on a table pushes one of five blocks to a goal; both the block and the goal are
/// hidden; a surrogate, without a physics engine, for the block pushing of MAESN (Gupta, Mendonca,
/// Liu, Abbeel & Levine, 2018, arXiv:1802.07245).
///
/// Its returns say nothing of that one's. Gripper and blocks are round, so nothing turns, and nothing slides on by itself.
/// A step moves the gripper by at most 0.03 in each direction, in two halves; after each, whatever the gripper overlaps is
/// moved out of its way along the line between the middles, and blocks that overlap move apart likewise, each by half:
/// `Discs` in this file. The gripper starts at the origin, and a block lies in each of five lanes of width 0.2, x from
/// 0.35 to 0.65. The goal is in the lane of its block, x from 0.75 to 0.95, and more than 0.2 away from where that block
/// lies. The dense reward is minus five times the distance between block and goal. In the sparse one, which is reported,
/// it is the distance between origin and goal wherever the block is further away from its goal than 0.2.
///
/// Departs from the authors' environment: there the gripper has a third joint, and the observation has velocities; a
/// block could lie across the border of its lane; and it could lie within 0.2 of its goal.
///
/// Standard normal actions bring the block within 0.2 of its goal in at most 1 of 1000 episodes.
public struct BlockPushingLite: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The start positions of the blocks: (x, y) of each.
    public var layout: [Float]
    /// The block that is to be pushed, from 0.
    public var block: Int
    /// The target place of the block, in its lane.
    public var goal: PlanePoint

    /// A task with the given layout, block and goal.
    ///
    /// - Precondition: there are two coordinates for each of five blocks, and the block is one of them.
    public init(layout: [Float], block: Int, goal: PlanePoint) {
      precondition(
        layout.count == 2 * BlockPushingLite.blockCount && 0..<BlockPushingLite.blockCount ~= block,
        "a layout has five blocks, of which one is to be pushed")
      self.layout = layout
      self.block = block
      self.goal = goal
    }
  }

  static let blockCount = 5
  static let blockRadius: Float = 0.05
  static let gripperRadius: Float = 0.04
  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.03
  /// The sparse reward is informative where the block is within this distance of its goal.
  static let rewardRadius: Float = 0.2
  /// The price of a unit of distance.
  static let distanceWeight: Float = 5

  public init() {}

  /// Observation (x, y) of the gripper and of the five blocks; a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2 + 2 * Self.blockCount, actionSpace: .continuous(size: 2), horizon: 100,
      reportedReward: .sparse)
  }

  /// The task of a name: five tasks in turn have one layout, and each another block.
  public func task(_ id: TaskID) -> TaskParameters {
    let index = id.index % Self.count(in: id.split)
    let block = index % Self.blockCount
    var scene = TaskID(id.split, index / Self.blockCount).random(family: "block-pushing-lite layouts")
    let layout = (0..<Self.blockCount).flatMap { lane in
      [Float(scene.uniform(0.35, 0.65)), place(inLane: lane, using: &scene)]
    }
    var random = TaskID(id.split, index).random(family: "block-pushing-lite goals")
    while true {
      let x = Float(random.uniform(0.75, 0.95))
      let goal = PlanePoint(x: x, y: place(inLane: block, using: &random))
      let (dx, dy) = (goal.x - layout[2 * block], goal.y - layout[2 * block + 1])
      guard dx * dx + dy * dy <= Self.rewardRadius * Self.rewardRadius else {
        return TaskParameters(layout: layout, block: block, goal: goal)
      }
    }
  }

  /// A second coordinate for which a block is in its lane whole.
  private func place(inLane lane: Int, using random: inout RandomStream) -> Float {
    let (lower, margin) = (0.2 * Double(lane) - 0.5, Double(Self.blockRadius))
    return Float(random.uniform(lower + margin, lower + 0.2 - margin))
  }

  private static func count(in split: TaskID.Split) -> Int { split == .train ? 100 : 30 }

  /// The goal, and which block, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    [task.goal.x, task.goal.y] + (0..<Self.blockCount).map { $0 == task.block ? 1 : 0 }
  }

  /// 100 for training (20 layouts) and 30 in the other splits (6 layouts).
  public func taskCount(in split: TaskID.Split) -> Int? { Self.count(in: split) }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  public struct Lanes: Environment {
    private let tasks: [TaskParameters]
    private var tables: [Discs]

    init(_ tasks: [TaskParameters]) {
      self.tasks = tasks
      tables = tasks.map { Discs(layout: $0.layout) }
    }

    public var laneCount: Int { tasks.count }

    private var observations: Tensor {
      Tensor(tables.flatMap(\.places), shape: [laneCount, 2 + 2 * BlockPushingLite.blockCount])
    }

    /// Puts every gripper at the origin and every block where it lies in its task.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      tables = tasks.map { Discs(layout: $0.layout) }
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let moves = actions.clipped(lanes: laneCount, size: 2)
      let weight = BlockPushingLite.distanceWeight
      var dense = [Float](repeating: 0, count: laneCount)
      var sparse = dense
      var isNear = [Bool](repeating: false, count: laneCount)
      for (lane, task) in tasks.enumerated() {
        let length = BlockPushingLite.stepLength
        tables[lane].moveGripper(byX: length * moves[2 * lane], y: length * moves[2 * lane + 1])
        let places = tables[lane].places
        let block = PlanePoint(x: places[2 + 2 * task.block], y: places[3 + 2 * task.block])
        let distance = task.goal.distance(to: block)
        isNear[lane] = distance <= BlockPushingLite.rewardRadius
        dense[lane] = -weight * distance
        sparse[lane] = isNear[lane] ? dense[lane] : -weight * task.goal.distance(to: .origin)
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(dense: dense, sparse: sparse), succeeded: isNear)
    }
  }
}

/// A gripper and blocks on a table: discs that do not overlap.
private struct Discs {
  /// (x, y) of the gripper and of the blocks.
  private(set) var places: [Float]

  /// Enough for a row of all blocks: what is left of an overlap halves in each round.
  private static let rounds = 12

  /// A gripper at the origin, and blocks.
  init(layout: [Float]) { places = [0, 0] + layout }

  /// Moves the gripper in two halves, and what is in its way after each.
  mutating func moveGripper(byX x: Float, y: Float) {
    for _ in 0..<2 {
      places[0] += 0.5 * x
      places[1] += 0.5 * y
      separate()
    }
  }

  /// Moves discs apart until none overlap.
  ///
  /// The gripper comes last in a round, so in the end no block overlaps it; in a crowd, blocks may still overlap a little.
  private mutating func separate() {
    for _ in 0..<Self.rounds {
      var hasMoved = false
      for block in 1...BlockPushingLite.blockCount {
        for other in block + 1..<BlockPushingLite.blockCount + 1 {
          if moveApart(block, other, shareOfFirst: 0.5) { hasMoved = true }
        }
      }
      for block in 1...BlockPushingLite.blockCount {
        if moveApart(0, block, shareOfFirst: 0) { hasMoved = true }
      }
      if !hasMoved { return }
    }
  }

  /// Moves two discs that overlap along the line between their middles until they touch.
  ///
  /// - Returns: whether they did overlap.
  private mutating func moveApart(_ first: Int, _ second: Int, shareOfFirst share: Float) -> Bool {
    let reach =
      BlockPushingLite.blockRadius + (first == 0 ? BlockPushingLite.gripperRadius : BlockPushingLite.blockRadius)
    let (dx, dy) = (places[2 * second] - places[2 * first], places[2 * second + 1] - places[2 * first + 1])
    let squaredDistance = dx * dx + dy * dy
    guard squaredDistance < reach * reach else { return false }
    let distance = squaredDistance.squareRoot()
    // Coinciding centers have no line between them; then the first axis is used.
    let (alongX, alongY) = distance > 0 ? (dx / distance, dy / distance) : (1, 0)
    let overlap = reach - distance
    // Discs that touch may overlap by rounding.
    guard overlap > 1e-6 else { return false }
    places[2 * first] -= share * overlap * alongX
    places[2 * first + 1] -= share * overlap * alongY
    places[2 * second] += (1 - share) * overlap * alongX
    places[2 * second + 1] += (1 - share) * overlap * alongY
    return true
  }
}

extension BlockPushingLite {
  /// The family's card.
  ///
  /// A lifetime holds three updates on 20 episodes or one on 50, the numbers of episodes that MAESN
  /// takes, and the episodes after them.
  public var card: FamilyCard {
    FamilyCard(
      name: "block-pushing-lite", version: 1,
      summary:
        "An agent pushes one of five blocks to a goal; sparse reward near the goal. A surrogate for MAESN's block pushing.",
      source: "our surrogate for the block pushing of Gupta et al. 2018, arXiv:1802.07245",
      actionScale: 0.03, episodesPerLifetime: 60,
      random: .normalActions(-453.90, standardError: 0.09, on: "test tasks"),
      oracle: .init(-99.987, computation: "simulation of a controller that moves behind the block and pushes it"),
      trajectoryHash: "af6ee866dba1862b")
  }
}

import MetaRL
import Tensors

/// A point whose goal is one of four corners, outside of two circular walls with a gap in each.
///
/// From the point environments of Rothfuss, Lee, Clavera, Asfour & Abbeel (2019, arXiv:1810.06784). The walls are
/// circles of radius 1 and 2 around the origin; a task is a corner and the middle of the gap in either wall, in a
/// random direction. A step moves the point by at most 0.2 in each direction; one that would end on the other side of
/// a wall, further than 1 from the middle of its gap, is not made. The reward is minus the distance to the corner.
///
/// Departs from the authors' code: there, a wall stops outward steps only and puts the point on the circle, and
/// the reward of a stopped step is computed at the place beyond the wall.
public struct WallNavigation: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The goal.
    public var goal: Corner
    /// The first coordinate of the middle of the gap in the wall of radius 1.
    public var innerGapX: Float
    /// The second coordinate of the middle of the gap in the wall of radius 1.
    public var innerGapY: Float
    /// The first coordinate of the middle of the gap in the wall of radius 2.
    public var outerGapX: Float
    /// The second coordinate of the middle of the gap in the wall of radius 2.
    public var outerGapY: Float

    /// A task with gaps in the given directions, which need not have length 1.
    ///
    /// - Precondition: no direction is zero.
    public init(goal: Corner, innerGap: (x: Float, y: Float), outerGap: (x: Float, y: Float)) {
      let innerLength = (innerGap.x * innerGap.x + innerGap.y * innerGap.y).squareRoot()
      let outerLength = (outerGap.x * outerGap.x + outerGap.y * outerGap.y).squareRoot()
      precondition(innerLength > 0 && outerLength > 0, "a gap needs a direction")
      self.goal = goal
      innerGapX = innerGap.x / innerLength * WallNavigation.innerRadius
      innerGapY = innerGap.y / innerLength * WallNavigation.innerRadius
      outerGapX = outerGap.x / outerLength * WallNavigation.outerRadius
      outerGapY = outerGap.y / outerLength * WallNavigation.outerRadius
    }
  }

  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.2
  /// Half the width of the square that episodes start in.
  static let startRange: Float = 0.2
  /// The radius of the first wall.
  static let innerRadius: Float = 1
  /// The radius of the second wall.
  static let outerRadius: Float = 2
  /// Steps that end closer to the middle of a gap pass through it.
  static let gapRadius: Float = 1

  /// The family.
  public init() {}

  /// Observation (x, y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 100)
  }

  /// The corner and the gaps of a name.
  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "wall-navigation")
    let goal = Corner(random.integer(below: 4))
    let innerGap = direction(using: &random)
    return TaskParameters(goal: goal, innerGap: innerGap, outerGap: direction(using: &random))
  }

  /// A point of the unit disc, not too near its middle: its direction is uniform, and finding it takes no function
  /// whose last bit differs between machines.
  private func direction(using random: inout RandomStream) -> (x: Float, y: Float) {
    while true {
      let x = Float(random.uniform(-1, 1))
      let y = Float(random.uniform(-1, 1))
      if (0.01...1).contains(x * x + y * y) { return (x, y) }
    }
  }

  /// The goal, the middle of the inner gap, the middle of the outer gap.
  public func descriptor(of task: TaskParameters) -> [Float] {
    [task.goal.x, task.goal.y, task.innerGapX, task.innerGapY, task.outerGapX, task.outerGapY]
  }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks: tasks) }

  /// Points side by side.
  public struct Lanes: Environment {
    let tasks: [TaskParameters]
    var x: [Float]
    var y: [Float]

    init(tasks: [TaskParameters]) {
      self.tasks = tasks
      x = [Float](repeating: 0, count: tasks.count)
      y = x
    }

    /// The number of lanes.
    public var laneCount: Int { tasks.count }

    /// Puts every point near the origin.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      let starts = random.uniforms(perLane: 2).map { (2 * $0 - 1) * WallNavigation.startRange }
      for lane in 0..<laneCount { (x[lane], y[lane]) = (starts[2 * lane], starts[2 * lane + 1]) }
      return Tensor(starts, shape: [laneCount, 2])
    }

    /// Moves every point that no wall stops.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let moves = actions.clipped(lanes: laneCount, size: 2)
      var observations = moves
      var rewards = [Float](repeating: 0, count: laneCount)
      for lane in 0..<laneCount {
        let nextX = x[lane] + WallNavigation.stepLength * moves[2 * lane]
        let nextY = y[lane] + WallNavigation.stepLength * moves[2 * lane + 1]
        if !tasks[lane].stops(fromX: x[lane], y: y[lane], toX: nextX, y: nextY) {
          (x[lane], y[lane]) = (nextX, nextY)
        }
        rewards[lane] = -tasks[lane].goal.distance(toX: x[lane], y: y[lane])
        observations[2 * lane] = x[lane]
        observations[2 * lane + 1] = y[lane]
      }
      return StepOutcome(
        observations: Tensor(observations, shape: [laneCount, 2]), rewards: Rewards(rewards),
        terminated: [Bool](repeating: false, count: laneCount))
    }
  }
}

extension WallNavigation.TaskParameters {
  /// Whether a wall is in the way.
  fileprivate func stops(fromX: Float, y fromY: Float, toX: Float, y toY: Float) -> Bool {
    func isStopped(by radius: Float, gapX: Float, gapY: Float) -> Bool {
      let wasInside = fromX * fromX + fromY * fromY < radius * radius
      let isInside = toX * toX + toY * toY < radius * radius
      let (dx, dy) = (toX - gapX, toY - gapY)
      return wasInside != isInside && dx * dx + dy * dy > WallNavigation.gapRadius * WallNavigation.gapRadius
    }
    return isStopped(by: WallNavigation.innerRadius, gapX: innerGapX, gapY: innerGapY)
      || isStopped(by: WallNavigation.outerRadius, gapX: outerGapX, gapY: outerGapY)
  }
}

extension WallNavigation {
  /// The family's card.
  public var card: FamilyCard {
    FamilyCard(
      name: "wall-navigation", version: 1,
      summary:
        "A point moves to one of four corners through a gap in each of two circular walls; the reward is minus "
        + "the distance to the corner.",
      source: "Rothfuss et al. 2019, arXiv:1810.06784; the authors' code, MetaPointEnvWalls, but with walls that "
        + "stop steps in both directions, and rewards of the place that is reached",
      actionScale: 0.2, episodesPerLifetime: 40,
      random: .init(
        -291.17, standardError: 0.08, computation: "simulation, actions from a standard normal distribution"),
      oracle: .init(
        -62.23, standardError: 0.11,
        computation: "simulation of a controller that heads for one gap after the other"),
      trajectoryHash: "69188925c4dfb9a4")
  }
}

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
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The corner to reach, outside of both walls.
    public var goal: PlanePoint
    /// The middle of the gap in the wall of radius 1.
    public var innerGap: PlanePoint
    /// The middle of the gap in the wall of radius 2.
    public var outerGap: PlanePoint

    /// A task with gaps in the given directions, which need not have length 1.
    ///
    /// - Precondition: no direction is zero.
    public init(goal: PlanePoint, innerGap: PlanePoint, outerGap: PlanePoint) {
      func gap(_ direction: PlanePoint, _ radius: Float) -> PlanePoint {
        let length = direction.distance(to: .origin)
        precondition(length > 0, "a gap needs a direction")
        return PlanePoint(x: direction.x / length * radius, y: direction.y / length * radius)
      }
      self.goal = goal
      self.innerGap = gap(innerGap, WallNavigation.innerRadius)
      self.outerGap = gap(outerGap, WallNavigation.outerRadius)
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

  public init() {}

  /// Observation (x, y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 100)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "wall-navigation")
    let goal = PlanePoint.corner(random.integer(below: 4))
    let innerGap = direction(using: &random)
    return TaskParameters(goal: goal, innerGap: innerGap, outerGap: direction(using: &random))
  }

  /// A point of the unit disc, not too near its middle: its direction is uniform, and finding it takes no function
  /// whose last bit differs between machines.
  private func direction(using random: inout RandomStream) -> PlanePoint {
    while true {
      let x = Float(random.uniform(-1, 1))
      let y = Float(random.uniform(-1, 1))
      if (0.01...1).contains(x * x + y * y) { return PlanePoint(x: x, y: y) }
    }
  }

  /// The goal, the middle of the inner gap, the middle of the outer gap.
  public func descriptor(of task: TaskParameters) -> [Float] {
    [task.goal, task.innerGap, task.outerGap].flatMap { [$0.x, $0.y] }
  }

  /// Points that walls stop.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> PointLanes {
    PointLanes(count: tasks.count, stepLength: Self.stepLength, startRange: Self.startRange) { before, points in
      for (lane, task) in tasks.enumerated() where task.stops(from: before[lane], to: points[lane]) {
        points[lane] = before[lane]
      }
      let rewards = tasks.indices.map { -tasks[$0].goal.distance(to: points[$0]) }
      return StepOutcome(observations: points.observations, rewards: Rewards(rewards))
    }
  }
}

extension WallNavigation.TaskParameters {
  /// Whether a wall is in the way.
  fileprivate func stops(from before: PlanePoint, to after: PlanePoint) -> Bool {
    func isStopped(by radius: Float, _ gap: PlanePoint) -> Bool {
      let wasInside = before.x * before.x + before.y * before.y < radius * radius
      let isInside = after.x * after.x + after.y * after.y < radius * radius
      let (dx, dy) = (after.x - gap.x, after.y - gap.y)
      return wasInside != isInside && dx * dx + dy * dy > WallNavigation.gapRadius * WallNavigation.gapRadius
    }
    return isStopped(by: WallNavigation.innerRadius, innerGap)
      || isStopped(by: WallNavigation.outerRadius, outerGap)
  }
}

extension WallNavigation {
  public var card: FamilyCard {
    FamilyCard(
      name: "wall-navigation", version: 1,
      summary:
        "A point moves to one of four corners through a gap in each of two circular walls; the reward is minus "
        + "the distance to the corner.",
      source: "Rothfuss et al. 2019, arXiv:1810.06784; the authors' code, MetaPointEnvWalls, but with walls that "
        + "stop steps in both directions, and rewards of the place that is reached",
      actionScale: 0.2, episodesPerLifetime: 40,
      random: .normalActions(-291.17, standardError: 0.08),
      oracle: .init(
        -62.23, standardError: 0.11,
        computation: "simulation of a controller that heads for one gap after the other"),
      trajectoryHash: "69188925c4dfb9a4")
  }
}

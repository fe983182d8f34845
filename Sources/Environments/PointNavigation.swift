import MetaRL
import Tensors

/// A point in the plane that is to find a goal it does not see: the two-dimensional navigation of Finn, Abbeel &
/// Levine (2017, arXiv:1703.03400), as the authors' code has it.
///
/// An episode starts at the origin. A step moves the point by at most 0.1 in each direction and is paid minus the
/// distance to the goal. The task ends the episode where both offsets to the goal are below 0.01.
public struct PointNavigation: TaskFamily {
  /// The distribution of goals.
  public enum Goals: String, Codable, Sendable {
    /// Uniformly in the square from -0.5 to 0.5, as in the paper.
    case square
    /// At (0.5, 0) or (-0.5, 0): the smallest problem that needs adaptation. Every split has these two tasks.
    case two
  }

  public typealias TaskParameters = PlanePoint

  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.1
  /// The task ends the episode where both offsets are smaller.
  static let goalTolerance: Float = 0.01

  /// The distribution of goals, which decides the name of the family.
  public let goals: Goals

  /// Chooses where goals are; by default anywhere in the square.
  public init(goals: Goals = .square) { self.goals = goals }

  /// Observation (x, y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 100)
  }

  public func task(_ id: TaskID) -> PlanePoint {
    switch goals {
    case .two: return PlanePoint(x: id.index.isMultiple(of: 2) ? 0.5 : -0.5, y: 0)
    case .square:
      var random = id.random(family: "point-navigation")
      let x = Float(random.uniform(-0.5, 0.5))
      return PlanePoint(x: x, y: Float(random.uniform(-0.5, 0.5)))
    }
  }

  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  public func taskCount(in split: TaskID.Split) -> Int? { goals == .two ? 2 : nil }

  public func makeEnvironment(_ goals: [PlanePoint]) -> PointLanes {
    PointLanes(count: goals.count, stepLength: Self.stepLength) { _, points in
      let rewards = goals.indices.map { -goals[$0].distance(to: points[$0]) }
      let terminated = goals.indices.map { lane in
        abs(points[lane].x - goals[lane].x) < Self.goalTolerance
          && abs(points[lane].y - goals[lane].y) < Self.goalTolerance
      }
      return StepOutcome(
        observations: points.observations, rewards: Rewards(rewards), terminated: terminated, succeeded: terminated)
    }
  }
}

extension PointNavigation {
  public var card: FamilyCard {
    switch goals {
    case .square:
      FamilyCard(
        name: "point-navigation", version: 1,
        summary: "A point in the plane moves to a hidden goal; the reward of a step is minus the distance.",
        source: "Finn, Abbeel & Levine 2017, arXiv:1703.03400, section 5.3; the code of the authors",
        actionScale: 0.1, episodesPerLifetime: 50,
        random: .normalActions(-71.27, standardError: 0.03),
        oracle: .init(-0.50608, computation: "quadrature over goals of the shortest way in each direction"),
        trajectoryHash: "71b80cceb607080c")
    case .two:
      FamilyCard(
        name: "point-navigation-two-goals", version: 1,
        summary: "Point navigation with the goal at (0.5, 0) or (-0.5, 0). Test tasks are training tasks.",
        source: "Finn, Abbeel & Levine 2017, arXiv:1703.03400, section 5.3; the two goals are our addition",
        actionScale: 0.1, episodesPerLifetime: 50,
        random: .normalActions(-77.05, standardError: 0.03),
        oracle: .init(-1, computation: "exact: five steps of 0.1, paid -0.4, -0.3, -0.2, -0.1 and 0"),
        trajectoryHash: "022017e37ca8ccf9")
    }
  }
}

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

  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The goal's first coordinate.
    public var goalX: Float
    /// The goal's second coordinate.
    public var goalY: Float

    /// A task with the given goal.
    public init(goalX: Float, goalY: Float) {
      self.goalX = goalX
      self.goalY = goalY
    }
  }

  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.1
  /// The task ends the episode where both offsets are smaller.
  static let goalTolerance: Float = 0.01

  /// The distribution of goals.
  public let goals: Goals

  /// Chooses where goals are.
  public init(goals: Goals = .square) { self.goals = goals }

  /// Observation (x, y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 100)
  }

  /// The goal of a name.
  public func task(_ id: TaskID) -> TaskParameters {
    switch goals {
    case .two: return TaskParameters(goalX: id.index.isMultiple(of: 2) ? 0.5 : -0.5, goalY: 0)
    case .square:
      var random = id.random(family: "point-navigation")
      let x = Float(random.uniform(-0.5, 0.5))
      return TaskParameters(goalX: x, goalY: Float(random.uniform(-0.5, 0.5)))
    }
  }

  /// The goal.
  public func descriptor(of task: TaskParameters) -> [Float] { [task.goalX, task.goalY] }

  /// Two where there are two goals, else without end.
  public func taskCount(in split: TaskID.Split) -> Int? { goals == .two ? 2 : nil }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  /// Points side by side.
  public struct Lanes: Environment {
    let goalX: [Float]
    let goalY: [Float]
    var x: [Float]
    var y: [Float]

    init(_ tasks: [TaskParameters]) {
      goalX = tasks.map(\.goalX)
      goalY = tasks.map(\.goalY)
      x = [Float](repeating: 0, count: tasks.count)
      y = x
    }

    /// The number of lanes.
    public var laneCount: Int { goalX.count }

    /// Puts every point at the origin.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      x = [Float](repeating: 0, count: laneCount)
      y = x
      return Tensor(repeating: 0, shape: [laneCount, 2])
    }

    /// Moves every point.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let moves = actions.clipped(lanes: laneCount, size: 2)
      var observations = moves
      var rewards = [Float](repeating: 0, count: laneCount)
      var terminated = [Bool](repeating: false, count: laneCount)
      for lane in 0..<laneCount {
        x[lane] += PointNavigation.stepLength * moves[2 * lane]
        y[lane] += PointNavigation.stepLength * moves[2 * lane + 1]
        let (dx, dy) = (x[lane] - goalX[lane], y[lane] - goalY[lane])
        rewards[lane] = -(dx * dx + dy * dy).squareRoot()
        terminated[lane] = abs(dx) < PointNavigation.goalTolerance && abs(dy) < PointNavigation.goalTolerance
        observations[2 * lane] = x[lane]
        observations[2 * lane + 1] = y[lane]
      }
      return StepOutcome(
        observations: Tensor(observations, shape: [laneCount, 2]), rewards: Rewards(rewards),
        terminated: terminated, succeeded: terminated)
    }
  }
}

extension PointNavigation {
  /// The family's card.
  public var card: FamilyCard {
    switch goals {
    case .square:
      FamilyCard(
        name: "point-navigation", version: 1,
        summary: "A point in the plane moves to a hidden goal; the reward of a step is minus the distance.",
        source: "Finn, Abbeel & Levine 2017, arXiv:1703.03400, section 5.3; the code of the authors",
        actionScale: 0.1, episodesPerLifetime: 50,
        random: .init(
          -71.27, standardError: 0.03, computation: "simulation, actions from a standard normal distribution"),
        oracle: .init(-0.50608, computation: "quadrature over goals of the shortest way in each direction"),
        trajectoryHash: "71b80cceb607080c")
    case .two:
      FamilyCard(
        name: "point-navigation-two-goals", version: 1,
        summary: "Point navigation with the goal at (0.5, 0) or (-0.5, 0). Test tasks are training tasks.",
        source: "Finn, Abbeel & Levine 2017, arXiv:1703.03400, section 5.3; the two goals are our addition",
        actionScale: 0.1, episodesPerLifetime: 50,
        random: .init(
          -77.05, standardError: 0.03, computation: "simulation, actions from a standard normal distribution"),
        oracle: .init(-1, computation: "exact: five steps of 0.1, paid -0.4, -0.3, -0.2, -0.1 and 0"),
        trajectoryHash: "022017e37ca8ccf9")
    }
  }
}

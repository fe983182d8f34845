import MetaRL
import Tensors

/// An ant that is to go to a place it is not told (Rothfuss et al., 2019, arXiv:1810.06784; Rakelly et al., 2019,
/// arXiv:1903.08254).
///
/// The reward is minus the sum of the distances in the two directions, less 0.1 |a|² and the cost of contacts. Goals are
/// drawn from a disc of radius 3 around the start. No episode ends early.
public struct AntGoal: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The goal's first coordinate.
    public var x: Double
    /// The goal's second coordinate.
    public var y: Double

    /// A task with the given goal.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  static let parts: [ObservationPart] = [
    .positions(from: 0), .velocities(within: .infinity), .contactForces(within: 1),
  ]

  /// The family.
  public init() {}

  /// Observation: pose, velocity and clipped contact forces; a vector of eight numbers; 200 steps.
  public var spec: EnvironmentSpec { Robot.ant.spec(observing: Self.parts) }

  /// The goal of a name.
  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: card.name)
    let (angle, radius) = (random.uniform(0, 2 * .pi), 3 * random.uniform().squareRoot())
    return TaskParameters(x: radius * sine(0.5 * .pi - angle), y: radius * sine(angle))
  }

  /// The goal.
  public func descriptor(of task: TaskParameters) -> [Float] { [Float(task.x), Float(task.y)] }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> LocomotionLanes {
    LocomotionLanes(
      .ant, observing: Self.parts, episodesEnd: false,
      rules: tasks.map { task in
        { step in
          let distance = abs(step.after.x - task.x) + abs(step.after.y - task.y)
          return LocomotionReward(-distance - 0.1 * step.squaredAction - 0.0005 * step.clippedContacts)
        }
      })
  }
}

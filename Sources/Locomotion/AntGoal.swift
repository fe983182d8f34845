import MetaRL

/// An ant that is to go to a place it is not told (Rothfuss et al., 2019,
/// arXiv:1810.06784; Rakelly et al., 2019, arXiv:1903.08254).
///
/// The reward is minus the sum of the distances in the two directions, less 0.1 |a|² and the cost of contacts. Goals are
/// drawn from a disc of radius 3 around the start. No episode ends early.
public struct AntGoal: TaskFamily {
  public typealias TaskParameters = PlaneTarget

  static let parts: [ObservationPart] = [
    .positions(from: 0), .velocities(within: .infinity), .contactForces(within: 1),
  ]

  public init() {}

  /// Observation: pose, velocity and clipped contact forces; a vector of eight numbers; 200 steps.
  public var spec: EnvironmentSpec { Robot.ant.spec(observing: Self.parts) }

  public func task(_ id: TaskID) -> PlaneTarget {
    var random = id.random(family: card.name)
    let angle = random.uniform(0, 2 * .pi)
    return PlaneTarget(angle: angle, radius: 3 * random.uniform().squareRoot())
  }

  public func descriptor(of task: PlaneTarget) -> [Float] { task.numbers }

  public func makeEnvironment(_ tasks: [PlaneTarget]) -> LocomotionLanes {
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

import MetaRL

/// A humanoid that is to walk in a direction it is not told (Rakelly et al., 2019, arXiv:1903.08254).
///
/// The reward is 0.25 times the way of the center of mass in that direction over the length of a *physics* step
/// (so 1.25 times its speed), less 0.1 |control|² and the cost of contacts, and 5 for being upright; the
/// humanoid that falls ends the episode.
public struct HumanoidDirection: TaskFamily {
  public typealias TaskParameters = PlaneTarget

  static let parts: [ObservationPart] = [
    .positions(from: 2), .velocities(within: .infinity), .inertias, .bodyVelocities, .motorForces,
    .contactForces(within: .infinity),
  ]

  public init() {}

  /// Observation: pose without the place, velocity, inertias and velocities of bodies, forces of motors and of contacts,
  /// 376 numbers; a vector of 17 numbers; 200 steps.
  public var spec: EnvironmentSpec { Robot.humanoid.spec(observing: Self.parts) }

  public func task(_ id: TaskID) -> PlaneTarget {
    var random = id.random(family: card.name)
    return PlaneTarget(angle: random.uniform(0, 2 * .pi))
  }

  public func descriptor(of task: PlaneTarget) -> [Float] { task.numbers }

  public func makeEnvironment(_ tasks: [PlaneTarget]) -> LocomotionLanes {
    let scale = Robot.humanoid.actionScale
    let timestep = Robot.humanoid.timestep
    return LocomotionLanes(
      .humanoid, observing: Self.parts, episodesEnd: true,
      rules: tasks.map { task in
        { step in
          let way = (step.after.x - step.before.x) * task.x + (step.after.y - step.before.y) * task.y
          let contacts = step.simulation[.contactForces].reduce(0) { $0 + $1 * $1 }
          let costs = 0.1 * scale * scale * step.squaredAction + min(0.0000005 * contacts, 10)
          return LocomotionReward(0.25 * way / timestep - costs + 5, terminated: !(1...2).contains(step.height))
        }
      })
  }
}

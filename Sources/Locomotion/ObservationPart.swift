import MetaRL

enum ObservationPart: Sendable {
  /// The pose without its first numbers.
  case positions(from: Int)
  /// The velocity, each number within so far of 0.
  case velocities(within: Double)
  /// The position of the torso: three numbers.
  case torsoPosition
  /// The orientation of the torso: nine numbers.
  case torsoFrame
  /// The center of mass: three numbers.
  case centerOfMass
  /// Contact forces on every body, each number within so far of 0.
  case contactForces(within: Double)
  case inertias
  case bodyVelocities
  case motorForces

  func count(_ robot: Robot) -> Int {
    switch self {
    case .positions(let first): robot.positionCount - first
    case .velocities, .motorForces: robot.velocityCount
    case .torsoPosition, .centerOfMass: 3
    case .torsoFrame: 9
    case .contactForces, .bodyVelocities: 6 * robot.bodyCount
    case .inertias: 10 * robot.bodyCount
    }
  }

  func append(_ simulation: Simulation, to row: inout [Float]) {
    func append(_ numbers: some Sequence<Double>) { for number in numbers { row.append(Float(number)) } }
    func clipped(_ quantity: PhysicsQuantity, _ limit: Double) {
      for number in simulation[quantity] { row.append(Float(max(-limit, min(limit, number)))) }
    }
    switch self {
    case .positions(let first): append(simulation[.positions].dropFirst(first))
    case .velocities(let limit): clipped(.velocities, limit)
    case .torsoPosition: append(simulation[.bodyPositions][3..<6])
    case .torsoFrame: append(simulation[.bodyFrames][9..<18])
    case .centerOfMass: append(simulation[.subtreeCenters][3..<6])
    case .contactForces(let limit): clipped(.contactForces, limit)
    case .inertias: append(simulation[.inertias])
    case .bodyVelocities: append(simulation[.bodyVelocities])
    case .motorForces: append(simulation[.motorForces])
    }
  }
}

extension Robot {
  /// The specification of a family of this robot with these observed parts.
  func spec(
    observing parts: [ObservationPart], horizon: Int = 200, reportedReward: RewardChannel = .dense
  ) -> EnvironmentSpec {
    EnvironmentSpec(
      observationSize: parts.reduce(0) { $0 + $1.count(self) }, actionSpace: .continuous(size: actionSize),
      horizon: horizon, reportedReward: reportedReward)
  }
}

import MetaRL
import Tensors

/// A hopper or a walker whose masses, inertias, dampings and frictions are not
/// known (Rakelly et al., 2019, arXiv:1903.08254).
///
/// The reward is the speed, plus 1, less 0.001 |a|²; a robot that falls ends the episode. A task multiplies every body's
/// mass, each of its three inertias and each of the three frictions of every shape by 1.5 to a power from -3 to 3 of its
/// own, and the damping of every joint by 1.3 to such a power. What the engine derives from them when it compiles a
/// model stays that of the original robot, as in the papers' code. Inertias drawn like this need not be those of any
/// rigid body; the engine does not mind.
public struct RandomParameters: TaskFamily {
  /// The robot, which decides the name of the family.
  public enum Body: String, Codable, Sendable, CaseIterable {
    /// One leg; falls below a height of 0.7 or beyond an angle of 0.2.
    case hopper
    /// Two legs; falls below a height of 0.8, above 2, or beyond an angle of 1.
    case walker
  }

  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The powers, from -3 to 3: masses of bodies (the world among them), inertias, dampings, frictions of shapes.
    public var powers: [Double]

    /// A task with the given powers.
    public init(powers: [Double]) { self.powers = powers }
  }

  /// The robot, which decides the name of the family.
  public let body: Body

  /// Chooses the robot whose parameters are drawn.
  public init(_ body: Body) { self.body = body }

  var robot: Robot { body == .hopper ? .hopper : .walker }
  static let parts: [ObservationPart] = [.positions(from: 1), .velocities(within: 10)]

  /// Observation: pose without the first coordinate, and velocity, each number within ±10; a vector of three (hopper) or
  /// six numbers; 200 steps.
  public var spec: EnvironmentSpec { robot.spec(observing: Self.parts) }

  /// The number of powers of each kind.
  private var counts: (masses: Int, inertias: Int, dampings: Int, frictions: Int) {
    (robot.bodyCount, 3 * robot.bodyCount, robot.velocityCount, 3 * robot.shapeCount)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: card.name)
    let counts = counts
    return TaskParameters(
      powers: (0..<counts.masses + counts.inertias + counts.dampings + counts.frictions).map { _ in
        random.uniform(-3, 3)
      })
  }

  public func descriptor(of task: TaskParameters) -> [Float] { task.powers.map { Float($0) } }

  /// The numbers that a task multiplies by.
  ///
  /// - Precondition: the task has as many powers as the robot needs.
  func factors(of task: TaskParameters) -> PhysicsFactors {
    let counts = counts
    precondition(
      task.powers.count == counts.masses + counts.inertias + counts.dampings + counts.frictions,
      "a task of another robot")
    // The logarithms of 1.5 and of 1.3. The exponential has the same bits on every system.
    let (first, second) = (counts.masses + counts.inertias, counts.dampings)
    let exponents = task.powers.enumerated().map { index, power in
      power * ((first..<first + second).contains(index) ? 0.26236426446749106 : 0.4054651081081644)
    }
    let factors = Tensor(exponents, shape: [exponents.count], precision: .double).exp().doubles
    return PhysicsFactors(
      masses: Array(factors[..<counts.masses]), inertias: Array(factors[counts.masses..<first]),
      dampings: Array(factors[first..<first + second]), frictions: Array(factors[(first + second)...]))
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> LocomotionLanes {
    let body = body
    let rule: LocomotionLanes.Rule = { step in
      let (positions, velocities) = (step.simulation[.positions], step.simulation[.velocities])
      let (height, angle) = (positions[1], positions[2])
      let stands =
        switch body {
        case .hopper:
          height > 0.7 && abs(angle) < 0.2 && positions.dropFirst(2).allSatisfy { abs($0) < 100 }
            && velocities.allSatisfy { abs($0) < 100 }
        case .walker: height > 0.8 && height < 2 && abs(angle) < 1
        }
      return LocomotionReward(step.velocity.x + 1 - 0.001 * step.squaredAction, terminated: !stands)
    }
    return LocomotionLanes(
      robot, observing: Self.parts, episodesEnd: true,
      models: { base in
        var models: [TaskParameters: CompiledModel] = [:]
        return try tasks.map { task in
          if let model = models[task] { return model }
          let model = try CompiledModel(base, times: factors(of: task))
          models[task] = model
          return model
        }
      }, rules: Array(repeating: rule, count: tasks.count))
  }
}

package struct PhysicsError: Error, CustomStringConvertible {
  package let description: String
}

/// Quantities that the engine computes at the end of a step, in addition to positions and velocities.
package struct PhysicsExtras: OptionSet, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// Everything that depends on position and velocity, which otherwise is from the start of the last physics step.
  static let present = PhysicsExtras(rawValue: 1)
  static let contactForces = PhysicsExtras(rawValue: 2)
  /// Velocities of the centers of mass of subtrees.
  static let subtreeVelocities = PhysicsExtras(rawValue: 4)
}

/// Numbers of the engine, good until its next step.
typealias Numbers = UnsafeBufferPointer<Double>

/// The constants of a compiled model.
package struct ModelFacts: Sendable {
  var positionCount: Int
  var velocityCount: Int
  var motorCount: Int
  /// The bodies; the first is the world.
  var bodyCount: Int
  /// The pose that the model's text describes.
  var initialPositions: [Double]
  var masses: [Double]
  /// The shapes of bodies, and the floor.
  var shapes: [Shape]
  /// The arrays that decide about the physics, by the engine's names.
  package var fields: [String: [Double]]

  /// A part of a body that can touch.
  struct Shape: Sendable {
    /// The body that it belongs to.
    var body: Int
    /// Its radius; nil if it is the floor.
    var radius: Double?
    /// Half its length without the round ends; 0 if it is a ball.
    var halfLength: Double
  }

  /// The numbers of which a state consists: all that the next step depends on.
  package var stateSize: Int { positionCount + 2 * velocityCount }
}

/// The observable quantities of a simulation.
enum PhysicsQuantity: Sendable {
  case positions
  case velocities
  case bodyPositions
  /// `[body, 9]`: how bodies are turned.
  case bodyFrames
  /// `[body, 3]`: the centers of mass of bodies.
  case bodyCenters
  /// `[body, 3]`: the centers of mass of bodies with all that hangs on them.
  case subtreeCenters
  /// `[body, 3]`: the velocities of these centers, if they were asked for.
  case subtreeVelocities
  /// `[body, 6]`: torques and forces from contacts, if they were asked for.
  case contactForces
  /// `[body, 10]`: inertias and masses about the center of mass.
  case inertias
  /// `[body, 6]`: velocities of turning and of moving about the center of mass.
  case bodyVelocities
  /// The forces of motors on joints.
  case motorForces
  /// `[shape, 3]`: where shapes are.
  case shapePositions
  /// `[shape, 9]`: how shapes are turned.
  case shapeFrames
}

/// Numbers that masses, inertias, dampings and frictions of a model are multiplied by.
struct PhysicsFactors: Sendable {
  var masses: [Double]
  /// `[body, 3]`.
  var inertias: [Double]
  var dampings: [Double]
  /// `[shape, 3]`.
  var frictions: [Double]
}

/// The commands that build a program with the engine.
package let commandsForPhysics = [
  "apt-get install libmujoco-dev", "swift build -c release --traits MuJoCo",
]

extension Physics {
  /// The engine's release, as in "3.3.7".
  package static var version: String { text(versionNumber) }

  static func text(_ number: Int) -> String {
    let (major, middle) = number < 1000 ? (100, 10) : (1_000_000, 1000)
    return "\(number / major).\(number % major / middle).\(number % middle)"
  }
}

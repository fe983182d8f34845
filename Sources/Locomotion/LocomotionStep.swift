/// A step of a robot, as input of its reward.
struct LocomotionStep {
  /// The engine at the end of the step.
  let simulation: Simulation
  /// The action, each number within ±1.
  let action: [Double]
  let before: (x: Double, y: Double)
  let after: (x: Double, y: Double)
  /// The seconds that the step took.
  let interval: Double

  /// The mean velocity in the step.
  var velocity: (x: Double, y: Double) {
    ((after.x - before.x) / interval, (after.y - before.y) / interval)
  }
  /// The velocity of the center of mass at the end of the step, if it was asked for.
  var velocityOfCenter: (x: Double, y: Double) {
    let velocities = simulation[.subtreeVelocities]
    return (velocities[3], velocities[4])
  }
  /// The center of mass at the end of the step.
  var center: (x: Double, y: Double) {
    let centers = simulation[.subtreeCenters]
    return (centers[3], centers[4])
  }
  var squaredAction: Double { action.reduce(0) { $0 + $1 * $1 } }
  /// The sum of squared contact forces and torques, each clipped to ±1.
  var clippedContacts: Double {
    simulation[.contactForces].reduce(0) { sum, force in
      let clipped = max(-1, min(1, force))
      return sum + clipped * clipped
    }
  }
  /// The third number of the pose: how high a robot that moves freely is.
  var height: Double { simulation[.positions][2] }
}

struct LocomotionReward {
  var dense: Double
  /// The sparse reward; by default the same.
  var sparse: Double
  /// Whether the task ended the episode.
  var terminated: Bool
  /// Whether the robot is where it should be; false if the task has no such place.
  var succeeded: Bool

  /// The same on both channels, unless a sparse one is named.
  init(_ dense: Double, sparse: Double? = nil, terminated: Bool = false, succeeded: Bool = false) {
    self.dense = dense
    self.sparse = sparse ?? dense
    self.terminated = terminated
    self.succeeded = succeeded
  }
}

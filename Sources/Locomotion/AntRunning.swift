import MetaRL
import Tensors

/// An ant that is to run in a way it is not told.
///
/// The reward is what its speed is worth, less costs of the action and of contacts, and something for being upright; the
/// ant that falls or jumps ends the episode. Contact forces are what the engine computes today; some of the papers'
/// results are from a release that left them at 0.
public struct AntRunning: TaskFamily {
  /// The objective and its paper, which decide the name of the family.
  public enum Variant: String, Codable, Sendable, CaseIterable {
    /// Finn et al. (2017): a speed from 0 to 3 along x.
    case velocity
    /// Finn et al. (2017): forwards or backwards.
    case forwardBackwardOfMAML
    /// Rakelly et al. (2019), with their flag for two directions: forwards or backwards.
    case forwardBackward
    /// Rothfuss et al. (2019): forwards or backwards, with contact forces observed.
    case forwardBackwardOfProMP
    /// Rakelly et al. (2019), without the flag: any direction in the plane.
    case direction
  }

  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The direction that is wanted; (1, 0) if a speed is.
    public var x: Double
    /// The second number of the direction; 0 if a speed is wanted.
    public var y: Double
    /// The speed that is wanted, in metres a second; nil if any is, the more the better.
    public var speed: Double?

    /// A task with the given direction or speed.
    public init(x: Double, y: Double, speed: Double? = nil) {
      self.x = x
      self.y = y
      self.speed = speed
    }
  }

  /// The objective and its paper, which decide the name of the family.
  public let variant: Variant

  /// Chooses what is wanted, and whose experiments these are.
  public init(_ variant: Variant) { self.variant = variant }

  /// Whether these are experiments of Finn et al.
  private var isOfMAML: Bool { variant == .velocity || variant == .forwardBackwardOfMAML }
  var robot: Robot { isOfMAML ? .antOfRLLab : .ant }

  var parts: [ObservationPart] {
    switch variant {
    case .velocity, .forwardBackwardOfMAML:
      [
        .positions(from: 0), .velocities(within: .infinity), .contactForces(within: 1), .torsoFrame, .centerOfMass,
      ]
    case .forwardBackwardOfProMP:
      [.positions(from: 2), .velocities(within: .infinity), .contactForces(within: 1)]
    case .forwardBackward, .direction: [.positions(from: 2), .velocities(within: .infinity)]
    }
  }

  /// Observation: pose and velocity, in `maml` and `promp` contact forces, too; a vector of eight numbers; 200 steps.
  public var spec: EnvironmentSpec { robot.spec(observing: parts) }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: card.name)
    switch variant {
    case .velocity: return TaskParameters(x: 1, y: 0, speed: random.uniform(0, 3))
    case .direction:
      let angle = random.uniform(0, 2 * .pi)
      return TaskParameters(x: sine(0.5 * .pi - angle), y: sine(angle))
    default: return TaskParameters(x: id.index.isMultiple(of: 2) ? 1 : -1, y: 0)
    }
  }

  /// The speed, the sign of the direction, or the direction.
  public func descriptor(of task: TaskParameters) -> [Float] {
    if let speed = task.speed { return [Float(speed)] }
    return variant == .direction ? [Float(task.x), Float(task.y)] : [Float(task.x)]
  }

  /// Two, unless speeds or directions are drawn.
  public func taskCount(in split: TaskID.Split) -> Int? { variant == .velocity || variant == .direction ? nil : 2 }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> LocomotionLanes {
    let isOfMAML = isOfMAML
    // The lowest height at which an ant is upright.
    let lowest = variant == .forwardBackwardOfProMP ? 0 : 0.2
    let (actionCost, upright) = isOfMAML ? (0.005, 0.05) : (0.5, 1)
    return LocomotionLanes(
      robot, observing: parts, episodesEnd: true,
      rules: tasks.map { task in
        { step in
          let velocity = isOfMAML ? step.velocityOfCenter : step.velocity
          let along = velocity.x * task.x + velocity.y * task.y
          // 1 is added to make the ant like to live.
          let worth = task.speed.map { 1 - abs(along - $0) } ?? along
          let costs = actionCost * step.squaredAction + 0.0005 * step.clippedContacts
          return LocomotionReward(worth - costs + upright, terminated: !(lowest...1).contains(step.height))
        }
      })
  }
}

import MetaRL
import Tensors

/// A half-cheetah that is to run at a speed it is not told (Finn, Abbeel & Levine, 2017, arXiv:1703.03400).
///
/// The reward is minus the difference between its speed and the one wanted, less 0.05 |a|². No episode ends early.
public struct HalfCheetahVelocity: TaskFamily {
  /// The paper of the experiments; they agree on the reward and on little else.
  public enum Variant: String, Codable, Sendable, CaseIterable {
    /// Rakelly et al. (2019) and Zintgraf et al. (2020): speeds from 0 to 3, 0.05 s a step, 20 numbers observed.
    case pearl
    /// Rothfuss et al. (2019): the same without the torso's place, and 100 steps.
    case promp
    /// Deleu's PyTorch edition of MAML: speeds from 0 to 2, otherwise as `pearl`.
    case deleu
    /// Finn et al. (2017): speeds from 0 to 2, 0.01 s a step, and the speed is that of the center of mass at the end of
    /// the step.
    case maml
  }

  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The speed that is wanted, in metres a second.
    public var speed: Double

    /// A task with the given speed.
    public init(speed: Double) { self.speed = speed }
  }

  /// The paper of the experiments.
  public let variant: Variant

  /// Chooses whose experiments these are.
  public init(_ variant: Variant = .pearl) { self.variant = variant }

  var robot: Robot { variant == .maml ? .halfCheetahOfRLLab : .halfCheetah }

  /// Observation: pose without the first coordinate, velocity, and in most variants the place of the torso (in `maml`,
  /// of the center of mass); a vector of six numbers; 200 steps, 100 in `promp`.
  public var spec: EnvironmentSpec { robot.spec(observing: parts, horizon: variant == .promp ? 100 : 200) }

  /// The robot in MuJoCo's format, before its masses are scaled to 14 kg.
  public var robotModel: String { robot.model.text }

  var parts: [ObservationPart] { halfCheetahParts(showsTorso: variant != .promp, isOfRLLab: variant == .maml) }

  /// The speed of a name.
  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: card.name)
    return TaskParameters(speed: random.uniform(0, variant == .maml || variant == .deleu ? 2 : 3))
  }

  /// The speed.
  public func descriptor(of task: TaskParameters) -> [Float] { [Float(task.speed)] }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> LocomotionLanes {
    let isOfRLLab = variant == .maml
    return LocomotionLanes(
      robot, observing: parts, episodesEnd: false,
      rules: tasks.map { task in
        { step in
          let speed = isOfRLLab ? step.velocityOfCenter.x : step.velocity.x
          return LocomotionReward(-abs(speed - task.speed) - 0.05 * step.squaredAction)
        }
      })
  }
}

/// The observed parts of a half-cheetah.
func halfCheetahParts(showsTorso: Bool, isOfRLLab: Bool) -> [ObservationPart] {
  [.positions(from: 1), .velocities(within: .infinity)]
    + (isOfRLLab ? [.centerOfMass] : showsTorso ? [.torsoPosition] : [])
}

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
    /// Finn et al. (2017): speeds from 0 to 2, 0.01 s a step, and the speed is that of the center of mass
    /// at the end of the step.
    case maml
  }

  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The speed that is wanted, in metres a second.
    public var speed: Double

    /// A task with the given speed.
    public init(speed: Double) { self.speed = speed }
  }

  /// The paper of the experiments, which decides the name of the family.
  public let variant: Variant

  /// Chooses whose experiments these are; by default those of Rakelly et al.
  public init(_ variant: Variant = .pearl) { self.variant = variant }

  var setting: HalfCheetahSetting { HalfCheetahSetting(isOfRLLab: variant == .maml, isOfProMP: variant == .promp) }

  /// Observation: pose without the first coordinate, velocity, and in most variants the place of the torso (in `maml`,
  /// of the center of mass); a vector of six numbers; 200 steps, 100 in `promp`.
  public var spec: EnvironmentSpec { setting.spec }

  /// The robot in MuJoCo's format, before its masses are scaled to 14 kg.
  public var robotModel: String { setting.robot.model.text }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: card.name)
    return TaskParameters(speed: random.uniform(0, variant == .maml || variant == .deleu ? 2 : 3))
  }

  public func descriptor(of task: TaskParameters) -> [Float] { [Float(task.speed)] }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> LocomotionLanes {
    setting.makeLanes(worth: tasks.map { task in { -abs($0 - task.speed) } })
  }
}

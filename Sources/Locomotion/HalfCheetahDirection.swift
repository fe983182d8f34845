import MetaRL
import Tensors

/// A half-cheetah that is to run forwards or backwards and is not told which
/// (Finn, Abbeel & Levine, 2017, arXiv:1703.03400).
///
/// The reward is the speed in the direction wanted, less 0.05 |a|². No episode ends early. There are two tasks, the same
/// for training and for testing, as in the papers.
public struct HalfCheetahDirection: TaskFamily {
  /// The paper of the experiments, which decides the name of the family.
  public enum Variant: String, Codable, Sendable, CaseIterable {
    /// Rakelly et al. (2019) and Zintgraf et al. (2020): 0.05 s a step, 20 numbers observed.
    case pearl
    /// Rothfuss et al. (2019): the same without the torso's place.
    case promp
    /// Finn et al. (2017): 0.01 s a step, and the speed is that of the center of mass at the end of the step.
    case maml
  }

  public struct TaskParameters: Codable, Sendable, Hashable {
    /// 1 is forwards, -1 is backwards.
    public var direction: Double

    /// A task with the given direction.
    public init(direction: Double) { self.direction = direction }
  }

  /// The paper of the experiments, which decides the name of the family.
  public let variant: Variant

  /// Chooses whose experiments these are; by default those of Rakelly et al.
  public init(_ variant: Variant = .pearl) { self.variant = variant }

  var setting: HalfCheetahSetting { HalfCheetahSetting(isOfRLLab: variant == .maml, isOfProMP: variant == .promp) }

  /// Observation: pose without the first coordinate, velocity, and in most variants the place of the torso (in `maml`,
  /// of the center of mass); a vector of six numbers; 200 steps, 100 in `promp`.
  public var spec: EnvironmentSpec { setting.spec }

  /// The direction of a name: forwards and backwards in turn, in every split.
  public func task(_ id: TaskID) -> TaskParameters {
    TaskParameters(direction: id.index.isMultiple(of: 2) ? 1 : -1)
  }

  public func descriptor(of task: TaskParameters) -> [Float] { [Float(task.direction)] }

  public func taskCount(in split: TaskID.Split) -> Int? { 2 }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> LocomotionLanes {
    setting.makeLanes(worth: tasks.map { task in { task.direction * $0 } })
  }
}

import MetaRL
import Tensors

/// A half-cheetah that is to run forward with five of its six motors and is not told which one is disabled
/// (Nagabandi, Clavera et al., 2019, arXiv:1803.11347).
///
/// The robot is that of rllab, with steps of 0.01 s. The reward is the speed of the center of mass, less 0.05 |a|². What
/// the agent asks of the disabled motor is taken as 0, in the reward too. No episode ends early.
public struct HalfCheetahDisabledJoint: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The number of the joint whose motor is disabled: thigh, shin and foot of the hind leg, then of the front leg.
    public var joint: Int

    /// A task in which the motor of the given joint, from 0 to 5, is disabled.
    public init(joint: Int) { self.joint = joint }
  }

  public init() {}

  var setting: HalfCheetahSetting { HalfCheetahSetting(isOfRLLab: true, isOfProMP: false) }

  /// Observation: pose without the first coordinate, velocity, and the place of the center of mass; a vector of six
  /// numbers; 1000 steps.
  public var spec: EnvironmentSpec { setting.spec.with(horizon: 1000) }

  /// Joints 1 to 5 in turn, as the authors train, and joint 0 in test, where the authors have no joint of their own.
  public func task(_ id: TaskID) -> TaskParameters {
    TaskParameters(joint: id.split == .test ? 0 : 1 + id.index % 5)
  }

  /// The joint, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] { (0..<6).map { $0 == task.joint ? 1 : 0 } }

  public func taskCount(in split: TaskID.Split) -> Int? { split == .test ? 1 : 5 }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> LocomotionLanes {
    setting.makeLanes(
      strengths: tasks.map { task in (0..<6).map { $0 == task.joint ? 0 : 1 } }, worth: tasks.map { _ in { $0 } })
  }
}

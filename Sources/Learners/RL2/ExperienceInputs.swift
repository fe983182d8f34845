import MetaRL
import Tensors

/// What a network with a memory is shown at each step: the observation, and what its last action was, what that
/// earned, and whether it ended an episode; on request, also what the last action was taken on.
///
/// The first step of a lifetime has no last action: zeros, with the end of an episode marked. The first step of every
/// later episode has the last action and the last reward of the episode before, so that what an episode ends
/// with is not lost, but for its last observation.
public struct ExperienceInputs: Sendable, Hashable {
  /// The numbers of an observation.
  public let observationSize: Int
  private let actionSpace: ActionSpace
  private let seesExperience: Bool
  private let seesLastObservation: Bool

  /// Describes the inputs for a family.
  ///
  /// - Parameters:
  ///   - spec: of the family.
  ///   - seesExperience: whether anything but the observation is shown; otherwise there are zeros.
  ///   - seesLastObservation: whether the observation before the last action is shown with it.
  public init(for spec: EnvironmentSpec, seesExperience: Bool = true, seesLastObservation: Bool = false) {
    observationSize = spec.observationSize
    actionSpace = spec.actionSpace
    self.seesExperience = seesExperience
    self.seesLastObservation = seesLastObservation
  }

  /// The numbers that stand for the last step: what was seen before it, if that is shown, its action, its reward, and
  /// the end of an episode.
  public var memorySize: Int { (seesLastObservation ? observationSize : 0) + actionSpace.width + 2 }

  /// All numbers of an input.
  public var size: Int { observationSize + memorySize }

  /// What stands for the last step where there was none.
  public var newborn: [Float] {
    [Float](repeating: 0, count: memorySize - 1) + [seesExperience ? 1 : 0]
  }

  /// What stands for each lane's step.
  ///
  /// - Parameters:
  ///   - transition: the step.
  ///   - reward: the channel.
  ///   - memory: what stood for the step before, `[lane, memory]`; changed in live lanes.
  public func write(_ transition: Transition, _ reward: RewardChannel, into memory: inout [Float]) {
    guard seesExperience else { return }
    let rewards = transition.rewards[reward]
    let vectors = if case .continuous(let vectors) = transition.actions { vectors.floats } else { [Float]() }
    let width = actionSpace.width
    let observations = seesLastObservation ? transition.observations.floats : []
    for lane in rewards.indices where transition.isLive[lane] {
      var start = lane * memorySize
      if seesLastObservation {
        for i in 0..<observationSize { memory[start + i] = observations[lane * observationSize + i] }
        start += observationSize
      }
      switch transition.actions {
      case .discrete(let choices):
        for i in 0..<width { memory[start + i] = choices[lane] == i ? 1 : 0 }
      case .continuous:
        // What is executed is the action within its range.
        for i in 0..<width { memory[start + i] = min(max(vectors[lane * width + i], -1), 1) }
      }
      memory[start + width] = rewards[lane]
      memory[start + width + 1] = transition.terminated[lane] || transition.truncated[lane] ? 1 : 0
    }
  }

  /// Puts the inputs of all lanes together.
  ///
  /// - Parameters:
  ///   - observations: `[lane, observation]`.
  ///   - memory: `[lane, memory]`.
  /// - Returns: `[lane, input]`, row by row.
  public func rows(_ observations: Tensor, _ memory: [Float]) -> [Float] {
    let (seen, lanes) = (observations.floats, observations.shape[0])
    return [Float](unsafeUninitializedCapacity: lanes * size) { rows, count in
      for lane in 0..<lanes {
        for i in 0..<observationSize { rows[lane * size + i] = seen[lane * observationSize + i] }
        for i in 0..<memorySize { rows[lane * size + observationSize + i] = memory[lane * memorySize + i] }
      }
      count = lanes * size
    }
  }
}

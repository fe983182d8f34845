import MetaRL
import Networks
import Tensors

extension RL2 {
  public struct LifetimeAgent: StatefulAgent {
    let learner: RL2
    private let isRecording: Bool
    /// The state of the network in each lane.
    private var state: MemoryState
    /// The encoded last step of each lane, `[lane, memory]`.
    private var memory: [Float]
    /// The inputs of the last action, used once the lane is known to have been live.
    private var pending: (rows: [Tensor], inputs: [Float], outputs: Tensor)?
    private var seen: [[Float]]
    private var computed: [[Float]]

    init(learner: RL2, laneCount: Int, isRecording: Bool) {
      self.learner = learner
      self.isRecording = isRecording
      state = learner.policy.network.birth(rows: laneCount)
      memory = (0..<laneCount).flatMap { _ in learner.inputs.newborn }
      seen = Array(repeating: [], count: laneCount)
      computed = seen
    }

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let rows = learner.inputs.rows(observations, memory)
      let input = Tensor(rows, shape: [observations.shape[0], learner.inputs.size])
      let (outputs, next) = learner.policy.network.step(input, from: state, learner.theta)
      pending = (next, rows, outputs)
      return sample(learner.policy.distributions(outputs, learner.theta), using: &random)
    }

    public mutating func observe(_ transition: Transition) {
      guard let pending else { return }
      let isLive = transition.isLive
      state.append(pending.rows, where: isLive)
      learner.inputs.write(transition, learner.configuration.reward.channel(for: learner.spec), into: &memory)
      guard isRecording else { return }
      let (outputs, size) = (pending.outputs.floats, learner.inputs.size)
      let width = pending.outputs.shape[1]
      for lane in isLive.indices where isLive[lane] {
        seen[lane].append(contentsOf: pending.inputs[lane * size..<(lane + 1) * size])
        computed[lane].append(contentsOf: outputs[lane * width..<(lane + 1) * width])
      }
    }

    /// Keeps its state and the last step, unless they are to last for an episode only.
    public mutating func endEpisode(using random: inout LaneRandom) {
      guard learner.configuration.memoryLasts == .episode else { return }
      memory = (0..<state.laneCount).flatMap { _ in learner.inputs.newborn }
      state = learner.policy.network.birth(rows: state.laneCount)
    }

    public var network: StatefulNetwork { learner.network }

    public func networkStep(on observations: Tensor) -> (inputs: [Tensor], output: Tensor) {
      let (policy, inputs) = (learner.policy, learner.inputs)
      let input = Tensor(inputs.rows(observations, memory), shape: [observations.shape[0], inputs.size])
      let (outputs, _) = policy.network.step(input, from: state, learner.theta)
      return (inputs.parts(of: input), outputs.slice(0..<policy.head.width, axis: 1))
    }

    /// The lifetimes of all lanes, of which the harness has these episodes.
    func recorded(_ episodes: [[Episode]]) -> [RecordedLifetime] {
      episodes.indices.map { lane in
        let lengths = episodes[lane].map(\.stepCount)
        let isWhole = learner.configuration.memoryLasts == .lifetime
        return RecordedLifetime(
          inputs: seen[lane], outputs: computed[lane], episodes: episodes[lane],
          sequenceLengths: isWhole ? [lengths.reduce(0, +)] : lengths)
      }
    }
  }
}

/// What a network with a memory is shown at each step: the observation, and what its last action was, what that
/// earned, and whether it ended an episode; on request, also what the last action was taken on.
///
/// The first step of a lifetime has no last action: zeros, with the end of an episode marked. The first step of every
/// later episode has the last action and the last reward of the episode before, so that what an episode ends
/// with is not lost, but for its last observation.
public struct ExperienceInputs: Sendable, Hashable {
  /// The count of numbers in an observation.
  public let observationSize: Int
  let actionSpace: ActionSpace
  let seesExperience: Bool
  let seesLastObservation: Bool

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

  /// The count of numbers in an input: observation and memory.
  public var size: Int { observationSize + memorySize }

  /// The encoded last step at birth, before any step.
  public var newborn: [Float] {
    [Float](repeating: 0, count: memorySize - 1) + [seesExperience ? 1 : 0]
  }

  /// The encoded step of each lane.
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

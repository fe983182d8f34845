import MetaRL
import Networks
import Tensors

extension RL2 {
  /// Acts by the policy and remembers.
  public struct LifetimeAgent: Agent {
    let learner: RL2
    private let isRecording: Bool
    /// The state of the network in each lane, `[lane, state]`.
    private var state: Tensor
    /// What stands for the last step of each lane, `[lane, memory]`.
    private var memory: [Float]
    /// The inputs of the last action, used once the lane is known to have been live.
    private var pending: (state: Tensor, inputs: [Float], outputs: Tensor)?
    private var seen: [[Float]]
    private var computed: [[Float]]

    init(learner: RL2, laneCount: Int, isRecording: Bool) {
      self.learner = learner
      self.isRecording = isRecording
      state = learner.policy.network.initialState(rows: laneCount)
      memory = (0..<laneCount).flatMap { _ in learner.inputs.newborn }
      seen = Array(repeating: [], count: laneCount)
      computed = seen
    }

    /// Draws an action in every lane.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let rows = learner.inputs.rows(observations, memory)
      let input = Tensor(rows, shape: [observations.shape[0], learner.inputs.size])
      let (outputs, next) = learner.policy.network.step(input, from: state, learner.theta)
      pending = (next, rows, outputs)
      return sample(learner.policy.distributions(outputs, learner.theta), using: &random)
    }

    /// Remembers the step, in live lanes.
    public mutating func observe(_ transition: Transition) {
      guard let pending else { return }
      let isLive = transition.isLive
      if isLive.allSatisfy({ $0 }) {
        state = pending.state
      } else {
        let width = state.shape[1]
        state = Tensor.select(isLive.flatMap { Array(repeating: $0, count: width) }, pending.state, state)
      }
      learner.inputs.write(transition, learner.configuration.reward.channel(for: learner.spec), into: &memory)
      guard isRecording else { return }
      let (outputs, size) = (pending.outputs.floats, learner.inputs.size)
      let width = pending.outputs.shape[1]
      for lane in isLive.indices where isLive[lane] {
        seen[lane].append(contentsOf: pending.inputs[lane * size..<(lane + 1) * size])
        computed[lane].append(contentsOf: outputs[lane * width..<(lane + 1) * width])
      }
    }

    /// Keeps its state, unless that is to last for an episode only.
    public mutating func endEpisode(using random: inout LaneRandom) {
      guard learner.configuration.memoryLasts == .episode else { return }
      state = learner.policy.network.initialState(rows: state.shape[0])
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

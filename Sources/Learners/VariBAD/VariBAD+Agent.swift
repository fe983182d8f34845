import MetaRL
import Networks
import Tensors

extension VariBAD {
  /// What agents need of a learner.
  package struct ActingModel: Sendable {
    package let model: TaskModel
    let policy: StochasticPolicy
    let moments: [RunningMoments]?
    let reward: RewardChannel
    let theta: Parameters

    /// What the policy is given for observations and beliefs, `[row, number]`: standardized, if a setting says so.
    func standardized(_ rows: Tensor) -> Tensor { moments?.standardizing(rows) ?? rows }
  }

  /// Acts on observation and belief; the belief is updated after every step, in all episodes of the lifetime.
  public struct LifetimeAgent: StatefulAgent {
    let acting: ActingModel
    private let isRecording: Bool
    /// The state of the encoder in each lane.
    private var state: MemoryState
    /// The belief of each lane, `[lane, belief]`.
    package private(set) var beliefs: Tensor
    /// The last step of each lane, as the encoder is shown it.
    private var memory: [Float]
    /// What the encoder was shown last, `[lane, input]`; nil at birth.
    private var shown: Tensor?
    /// What the policy saw of the last action, used once the lane is known to have been live.
    private var pending: [Float] = []
    /// What the policy saw at each step, by lane.
    private var seen: [[Float]]

    init(_ acting: ActingModel, laneCount: Int, isRecording: Bool) {
      self.acting = acting
      self.isRecording = isRecording
      state = acting.model.encoder.birth(rows: laneCount)
      beliefs = acting.model.newborn(rows: laneCount, acting.theta)
      memory = (0..<laneCount).flatMap { _ in acting.model.inputs.newborn }
      seen = Array(repeating: [], count: laneCount)
    }

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let rows = Tensor.concatenate([observations, beliefs], axis: 1)
      if isRecording { pending = rows.floats }
      return sample(acting.policy(acting.standardized(rows), acting.theta), using: &random)
    }

    public mutating func observe(_ transition: Transition) {
      let (inputs, isLive) = (acting.model.inputs, transition.isLive)
      inputs.write(transition, acting.reward, into: &memory)
      let shown = Tensor(inputs.rows(transition.nextObservations, memory), shape: [isLive.count, inputs.size])
      self.shown = shown
      let (next, rows) = acting.model.encoder.step(shown, from: state, acting.theta)
      state.append(rows, where: isLive)
      beliefs = next.rows(where: isLive, else: beliefs)
      guard isRecording else { return }
      let width = pending.count / max(isLive.count, 1)
      for lane in isLive.indices where isLive[lane] {
        seen[lane].append(contentsOf: pending[lane * width..<(lane + 1) * width])
      }
    }

    public var network: StatefulNetwork { acting.network }

    public func networkStep(on observations: Tensor) -> (inputs: [Tensor], output: Tensor) {
      let (inputs, lanes) = (acting.model.inputs, observations.shape[0])
      let nothing = Tensor(repeating: 0, shape: observations.shape)
      let last = shown ?? Tensor(inputs.rows(nothing, memory), shape: [lanes, inputs.size])
      let hasLast = Tensor(repeating: shown == nil ? 0 : 1, shape: [lanes, 1])
      let seen = acting.standardized(Tensor.concatenate([observations, beliefs], axis: 1))
      return ([observations] + inputs.parts(of: last) + [hasLast], PolicyNetwork(acting.policy, acting.theta)(seen))
    }

    /// The lifetimes of all lanes, of which the harness has these episodes.
    func recorded(_ episodes: [[Episode]]) -> [RecordedLifetime] {
      episodes.indices.map { lane in
        let steps = episodes[lane].reduce(0) { $0 + $1.stepCount }
        return RecordedLifetime(
          inputs: seen[lane], outputs: [], episodes: episodes[lane], sequenceLengths: [steps])
      }
    }
  }
}

extension VariBAD.LifetimeAgent: RewardPredictingAgent {
  /// The decoder's predictions, averaged over draws of the belief; probabilities of a reward above 0 with
  /// `rewardError=bernoulli`.
  ///
  /// Where the decoder sees the whole step, steps are meant that stay where they are, by each choice alike or without an action.
  public func predictedRewards(at observations: Tensor, lane: Int) -> [Double] {
    acting.model.predictedRewards(at: observations, beliefs.slice(lane..<lane + 1), acting.theta)
  }
}

import MetaRL
import Networks
import Tensors

/// Acts by a transformer over its own experience, which is all that changes in a lifetime.
public struct HistoryAgent: StatefulAgent {
  let model: HistoryModel
  let choice: ChoiceRule
  let reward: RewardChannel
  let theta: Parameters
  /// The keys and values of the steps so far, in each lane.
  private var state: MemoryState
  /// The encoded last step of each lane, `[lane, memory]`.
  private var memory: [Float]
  /// The rows that the last step adds to the state, once the lane is known to have been live.
  private var pending: [Tensor] = []

  init(_ model: HistoryModel, _ theta: Parameters, _ choice: ChoiceRule, for spec: EnvironmentSpec, laneCount: Int)
  {
    (self.model, self.choice, self.theta) = (model, choice, theta.detached)
    reward = model.reward.channel(for: spec)
    state = model.network.birth(rows: laneCount)
    memory = (0..<laneCount).flatMap { _ in model.inputs.newborn }
  }

  /// The logits of the choices, `[lane, choice]`, what the network was shown, and what the step adds to the state.
  private func step(on observations: Tensor) -> (inputs: Tensor, logits: Tensor, rows: [Tensor]) {
    let inputs = Tensor(
      model.inputs.rows(observations, memory), shape: [observations.shape[0], model.inputs.size])
    let (logits, rows) = model.network.step(inputs, from: state, theta)
    return (inputs, logits, rows)
  }

  public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let (_, logits, rows) = step(on: observations)
    pending = rows
    switch choice {
    case .sampled: return sample(.categorical(Categorical(logits: logits)), using: &random)
    case .greedy: return .discrete(logits.floatRows.map { row in row.firstIndex(of: row.max() ?? 0) ?? 0 })
    }
  }

  public mutating func observe(_ transition: Transition) {
    state.append(pending, where: transition.isLive)
    model.inputs.write(transition, reward, into: &memory)
  }

  /// The transformer, as one step from keys and values.
  public var network: StatefulNetwork {
    let (network, theta) = (model.network, theta)
    return StatefulNetwork(
      inputs: model.inputs.described(reward: reward), memory: network, span: "a lifetime",
      head: choice == .greedy ? .values : .categorical, parameters: theta
    ) { network.step(Tensor.concatenate($0, axis: 1), from: $1, theta) }
  }

  public func networkStep(on observations: Tensor) -> (inputs: [Tensor], output: Tensor) {
    let (inputs, logits, _) = step(on: observations)
    return (model.inputs.parts(of: inputs), logits)
  }
}

extension HistoryModel {
  /// How agents with this model adapt, for other programs.
  func adaptation(_ c: some HistoryModelConfiguration) -> Adaptation {
    let choice = c.choice == .greedy ? "the most probable choice" : "a choice that is drawn"
    return Adaptation(
      procedure:
        "The state of the network, which begins empty and lasts for a lifetime, is all that changes. Its inputs are the "
        + "observation and, of the step before, the action, as one number 1 among 0s, the reward \"\(c.reward.rawValue)\", and "
        + "1 if it ended an episode; at first 0s and a 1. The agent takes \(choice).",
      episodesPerStep: nil)
  }
}

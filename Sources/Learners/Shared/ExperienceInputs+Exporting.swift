import MetaRL
import Networks
import Tensors

extension ExperienceInputs {
  /// The inputs as other programs give them, in the order of the numbers.
  func described(reward: RewardChannel) -> [StatefulNetwork.Input] {
    let first = seesExperience ? "at first" : "always, for experience is not shown:"
    let action =
      if case .discrete = actionSpace { "as one number 1 among 0s" } else { "its numbers clipped to -1...1" }
    let before = StatefulNetwork.Input(
      name: "last_observation", width: observationSize, meaning: "the observation of the step before; \(first) 0s")
    return [StatefulNetwork.Input(name: "observation", width: observationSize, meaning: "the observation")]
      + (seesLastObservation ? [before] : []) + [
        .init(
          name: "last_action", width: actionSpace.width,
          meaning: "the action of the step before, \(action); \(first) 0s"),
        .init(
          name: "last_reward", width: 1,
          meaning: "the reward of the step before, of channel \(reward.rawValue); \(first) 0"),
        .init(
          name: "last_end", width: 1,
          meaning: "1 if the step before ended an episode, else 0; \(first) \(seesExperience ? 1 : 0)"),
      ]
  }

  /// The numbers of inputs `[row, input]` in the parts that `described` has.
  func parts(of rows: Tensor) -> [Tensor] {
    let widths = [observationSize] + (seesLastObservation ? [observationSize] : []) + [actionSpace.width, 1, 1]
    var start = 0
    return widths.map { width in
      defer { start += width }
      return rows.slice(start..<start + width, axis: 1)
    }
  }
}

extension StatefulNetwork {
  /// A network that has the state of a memory, and the number of steps.
  ///
  /// - Parameters:
  ///   - inputs: the inputs, in order.
  ///   - memory: the network whose state it has.
  ///   - span: what the state lasts for.
  ///   - head: what the output is.
  ///   - parameters: of the step.
  ///   - step: the output, and what the step adds to the state.
  init(
    inputs: [Input], memory: MemoryNetwork, span: String, head: PolicyNetwork.Head, parameters: Parameters,
    step: @escaping @Sendable (_ inputs: [Tensor], _ state: MemoryState) -> (output: Tensor, rows: [Tensor])
  ) {
    let parts = memory.birth(rows: 1).parts.map {
      Part(width: $0.width, steps: $0.steps, startsEmpty: $0.startsEmpty)
    }
    self.init(
      inputs: inputs, state: parts + [Part(width: 1, steps: 1, startsEmpty: false)], span: span, head: head,
      parameters: parameters
    ) { inputs, state in
      let count = state[parts.count].reshaped([inputs[0].shape[0], 1])
      let (output, rows) = step(inputs, MemoryState(recording: Array(state.dropLast()), stepCounts: count))
      return (output, rows + [count + Tensor(1.0)])
    }
  }
}

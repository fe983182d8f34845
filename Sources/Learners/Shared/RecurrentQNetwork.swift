import MetaRL
import Networks
import Tensors

/// The value of each choice given everything that was seen in a sequence.
package struct RecurrentQNetwork: Sendable {
  package let network: MemoryNetwork
  private let isDueling: Bool

  /// Describes a network.
  ///
  /// - Parameters:
  ///   - inputSize: the numbers of an input.
  ///   - choices: the number of choices.
  ///   - isDueling: whether it gives the value of a state and what each choice adds to it.
  ///   - embeddingSize: the width of a layer of rectified units before the memory; 0: there is none.
  ///   - readoutSize: that of one after the memory, which also sees what the memory is shown; 0: there is none.
  ///   - prefix: goes before the names of parameters.
  ///   - memory: makes the memory, from the numbers that it is shown and the prefix of its names.
  init(
    inputSize: Int, choices: Int, isDueling: Bool, embeddingSize: Int = 0, readoutSize: Int, prefix: String,
    memory: (_ shownSize: Int, _ prefix: String) -> any Memory
  ) {
    self.isDueling = isDueling
    network = MemoryNetwork(
      inputSize: inputSize, embeddingSize: embeddingSize, readout: Readout(width: readoutSize),
      outputSize: choices + (isDueling ? 1 : 0), prefix: prefix, memory: memory)
  }

  /// The values `[row, choice]` from outputs of the network.
  package func values(_ outputs: Tensor) -> Tensor { isDueling ? outputs.dueling : outputs }

  /// The values `[step * row, choice]` after each step of sequences `[step, row, input]`.
  package func callAsFunction(_ inputs: Tensor, _ theta: Parameters) -> Tensor { values(network(inputs, theta)) }

  /// y = r + γ max Q⁻(h', ·), or with the best choice according to Q.
  ///
  /// - Parameters:
  ///   - batch: the steps.
  ///   - values: Q at every step of the batch's sequences.
  ///   - slow: Q⁻ there.
  ///   - discount: γ.
  ///   - isDouble: whether Q chooses and Q⁻ values.
  /// - Returns: the target of each trained step, `[step]`.
  package func targets(
    of batch: SequenceBatch, _ values: Tensor, _ slow: Tensor, discount: Double, isDouble: Bool
  ) -> Tensor {
    let slow = slow.detached.gather(batch.nextRows).floatRows
    let chosen = isDouble ? values.detached.gather(batch.nextRows).floatRows : slow
    let next = Tensor(zip(slow, chosen).map { $0[greatest($1)] })
    return batch.rewards + discount * (batch.continues * next)
  }

  /// (y - Q(h, a))², summed over the trained steps.
  package func squaredErrors(of batch: SequenceBatch, _ values: Tensor, _ targets: Tensor) -> Tensor {
    let error = values.gather(batch.rows).values(of: batch.choices) - targets
    return (error * error).sum()
  }
}

extension RecurrentQNetwork {
  /// The mean over steps of (y - Q(h, a))², and of y.
  ///
  /// - Parameters:
  ///   - sequences: the steps.
  ///   - parameters: those of Q and Q⁻.
  ///   - discount: γ.
  ///   - isDouble: whether Q chooses and Q⁻ values.
  ///   - session: deals out the work.
  /// - Returns: both means, and the gradient of the first.
  /// - Throws: `TrainingError` if they are not finite.
  package func lossAndGradient(
    of sequences: [ValueSequence], _ parameters: FollowedParameters, discount: Double, isDouble: Bool,
    _ session: TrainingSession
  ) throws -> (loss: Double, value: Double, gradient: Parameters) {
    let share = 1 / Double(sequences.reduce(0) { $0 + $1.choices.count - $1.burnIn })
    // Small enough to use two threads on few sequences.
    let parts = try session.map(sequences.parts(ofAtMost: 16)) { part in
      let batch = SequenceBatch(part, inputSize: network.inputSize)
      let slow = self(batch.inputs, parameters.target)
      var value = 0.0
      let (loss, gradient) = valueAndGradient(at: parameters.theta) { theta in
        let values = self(batch.inputs, theta)
        let y = targets(of: batch, values, slow, discount: discount, isDouble: isDouble)
        value = share * y.sum().scalar
        return share * squaredErrors(of: batch, values, y)
      }
      return (loss: loss.scalar, value: value, gradient: gradient)
    }
    let loss = parts.reduce(0) { $0 + $1.loss }
    let gradient = Parameters.sum(parts.map(\.gradient))
    try session.checkFinite(loss, gradient)
    return (loss, parts.reduce(0) { $0 + $1.value }, gradient)
  }
}

/// A stretch of experience, from which the values of its choices are learned.
package struct ValueSequence: Sendable {
  /// What the network is shown at each step, `[step, input]`; one step more than choices if a value follows the last.
  package var inputs: [Float]
  package var choices: [Int]
  package var rewards: [Float]
  /// The number of first steps that only give the memory a state.
  package var burnIn: Int
  /// Whether a value follows the last step.
  package var continues: Bool

  /// Puts a stretch together.
  package init(inputs: [Float], choices: [Int], rewards: [Float], burnIn: Int = 0, continues: Bool = false) {
    (self.inputs, self.choices, self.rewards) = (inputs, choices, rewards)
    (self.burnIn, self.continues) = (burnIn, continues)
  }
}

/// Stretches of experience side by side.
package struct SequenceBatch: Sendable {
  /// `[step, sequence, input]`; shorter sequences end in zeros.
  package let inputs: Tensor
  /// The row of each trained step among the rows `step * sequences + sequence`, sequence after sequence.
  package let rows: [Int]
  /// The row of the step after it, or its own if nothing follows.
  package let nextRows: [Int]
  package let choices: [Int]
  /// `[step]`.
  package let rewards: Tensor
  /// 1 where a value follows, else 0: `[step]`.
  package let continues: Tensor

  /// Lays sequences side by side.
  package init(_ sequences: [ValueSequence], inputSize: Int) {
    let count = sequences.count
    let longest = (sequences.map(\.inputs.count).max() ?? 0) / inputSize
    var laid = [Float](repeating: 0, count: longest * count * inputSize)
    var (rows, nextRows, choices, rewards, continues) = ([Int](), [Int](), [Int](), [Float](), [Float]())
    for (number, sequence) in sequences.enumerated() {
      for step in 0..<sequence.inputs.count / inputSize {
        let start = (step * count + number) * inputSize
        for i in 0..<inputSize { laid[start + i] = sequence.inputs[step * inputSize + i] }
      }
      for step in sequence.burnIn..<sequence.choices.count {
        let follows = sequence.continues || step + 1 < sequence.choices.count
        rows.append(step * count + number)
        nextRows.append((follows ? step + 1 : step) * count + number)
        continues.append(follows ? 1 : 0)
      }
      choices += sequence.choices[sequence.burnIn...]
      rewards += sequence.rewards[sequence.burnIn...]
    }
    inputs = Tensor(laid, shape: [longest, count, inputSize])
    (self.rows, self.nextRows, self.choices) = (rows, nextRows, choices)
    (self.rewards, self.continues) = (Tensor(rewards), Tensor(continues))
  }

  /// The number of trained steps.
  package var stepCount: Int { rows.count }
}

extension LifetimeStore {
  /// A lifetime as it was shown to a network, with the input after its last step, as if nothing followed that.
  ///
  /// - Parameters:
  ///   - number: of the lifetime in the store.
  ///   - inputs: what the network is shown.
  ///   - shown: the reward that it is shown.
  ///   - trained: the reward that values are of.
  /// - Returns: the lifetime, and whether its task ended the last episode.
  func sequence(
    _ number: Int, _ inputs: ExperienceInputs, shown: RewardChannel, trained: RewardChannel
  ) -> (steps: ValueSequence, terminated: Bool) {
    let (steps, isLast) = lifetime(number, shown)
    let rewards = trained == shown ? steps.rewards : lifetime(number, trained).rows.rewards
    return (
      ValueSequence(
        inputs: inputs.rows(beforeEachOf: steps, isLast), choices: steps.actions.map { Int($0) }, rewards: rewards),
      steps.terminated.last == 1
    )
  }
}

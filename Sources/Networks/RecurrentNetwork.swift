import Tensors

/// A recurrent cell over sequences of inputs, with a linear layer on its state; a layer of rectified units may lie
/// before it, and another between its state and the outputs.
///
/// It holds shapes only; the numbers are `Parameters`.
public struct RecurrentNetwork: Sendable, Hashable {
  /// The kind of cell: GRU or LSTM.
  public let cell: RecurrentCell
  /// The numbers of an input, a state's h and an output.
  public let inputSize: Int, hiddenSize: Int, outputSize: Int
  /// The width of a layer of rectified units between the input and the cell; 0: there is none.
  public let embeddingSize: Int
  /// The width of a layer of rectified units on what the cell is shown and its state; 0:
  /// outputs are linear in the state.
  public let readoutSize: Int
  /// Goes before the names of its parameters, so that several networks can share one `Parameters`.
  public let prefix: String

  /// Describes a network.
  public init(
    cell: RecurrentCell, inputSize: Int, embeddingSize: Int = 0, hiddenSize: Int, readoutSize: Int = 0,
    outputSize: Int, prefix: String = ""
  ) {
    self.cell = cell
    self.inputSize = inputSize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.readoutSize = readoutSize
    self.outputSize = outputSize
    self.prefix = prefix
  }

  /// The names of the parameters, in the order of the layers.
  public var parameterNames: [String] {
    let cellNames = ["input.weights", "input.bias", "recurrent.weights"] + (cell == .gru ? ["candidate.bias"] : [])
    let embeddingNames = embeddingSize > 0 ? ["embedding.weights", "embedding.bias"] : []
    let readoutNames = readoutSize > 0 ? ["readout.weights", "readout.bias"] : []
    return (embeddingNames + cellNames + readoutNames + ["output.weights", "output.bias"]).map { prefix + $0 }
  }

  /// Draws initial parameters.
  ///
  /// Weights on inputs are uniform in ±√(6 / (inputs + hidden)) gate by gate (Glorot & Bengio, 2010), those of
  /// rectified layers in ±√(6 / inputs) (He et al., 2015), those on states random orthogonal matrices gate by gate
  /// (Saxe et al., 2014), biases 0, but 1 for the forget gate of long short-term memory (Jozefowicz et al., 2015).
  ///
  /// With a longest memory of T steps, each number of the state gets a time t drawn from U(1, T - 1) and keeps what it has
  /// for about that number of steps: log t is the bias of its forget gate and -log t that of its input gate, or log t that of a
  /// gated recurrent unit's update gate (Tallec & Ollivier, 2018, arXiv:1804.11188, section 3).
  ///
  /// - Parameters:
  ///   - random: what they are drawn from.
  ///   - outputGain: multiplies the uniform weights of the linear layer.
  ///   - inputGain: multiplies the uniform weights on the cell's inputs, which are small for inputs of which most are 0.
  ///   - longestMemory: T, in steps; 0: biases as above.
  /// - Returns: parameters under this network's names.
  public func makeParameters(
    using random: RandomStream, outputGain: Double = 1, inputGain: Double = 1, longestMemory: Int = 0
  ) -> Parameters {
    func uniform(_ rows: Int, _ columns: Int, fan: Int, gain: Double, _ name: String) -> Tensor {
      var stream = random.split(name)
      let bound = gain * (6 / Double(fan)).squareRoot()
      let values = (0..<rows * columns).map { _ in stream.uniform(-bound, bound) }
      return Tensor(values, shape: [rows, columns], precision: .float)
    }
    let width = cell.gateCount * hiddenSize
    let orthogonal = (0..<cell.gateCount).map {
      orthogonalMatrix(size: hiddenSize, using: random.split("recurrent", $0))
    }
    let bias = gateBiases(using: random.split("memory"), longestMemory: longestMemory)
    var tensors: [Tensor] = []
    if embeddingSize > 0 {
      tensors.append(uniform(inputSize, embeddingSize, fan: inputSize, gain: 1, "embedding"))
      tensors.append(Tensor(repeating: 0, shape: [embeddingSize]))
    }
    let shown = embeddingSize > 0 ? embeddingSize : inputSize
    tensors.append(uniform(shown, width, fan: shown + hiddenSize, gain: inputGain, "input"))
    tensors.append(bias)
    tensors.append(Tensor.concatenate(orthogonal, axis: 1))
    if cell == .gru { tensors.append(Tensor(repeating: 0, shape: [hiddenSize])) }
    if readoutSize > 0 {
      tensors.append(uniform(hiddenSize + shown, readoutSize, fan: hiddenSize + shown, gain: 1, "readout"))
      tensors.append(Tensor(repeating: 0, shape: [readoutSize]))
    }
    let read = readoutSize > 0 ? readoutSize : hiddenSize
    tensors.append(uniform(read, outputSize, fan: read + outputSize, gain: outputGain, "output"))
    tensors.append(Tensor(repeating: 0, shape: [outputSize]))
    return Parameters(names: parameterNames, tensors: tensors)
  }

  /// The biases of all gates, `[gate * hidden]`.
  private func gateBiases(using random: RandomStream, longestMemory: Int) -> Tensor {
    var stream = random
    let zero = Tensor(repeating: 0, shape: [hiddenSize])
    let times = (0..<hiddenSize).map { _ in Float(stream.uniform(1, Double(max(longestMemory - 1, 1)))) }
    let kept = longestMemory > 0 ? Tensor(times, shape: [hiddenSize]).log() : nil
    switch cell {
    case .gru:
      return Tensor.concatenate([zero, kept ?? zero, zero], axis: 0)
    case .lstm:
      let one = Tensor(repeating: 1, shape: [hiddenSize])
      return Tensor.concatenate([kept.map { -$0 } ?? zero, kept ?? one, zero, zero], axis: 0)
    }
  }

  /// The state before the first input of a sequence: zeros, `[row, state]`.
  public func initialState(rows: Int, precision: Precision = .float) -> Tensor {
    Tensor(repeating: 0, shape: [rows, cell.stateBlocks * hiddenSize], precision: precision)
  }

  /// The outputs after each step of sequences that start from the initial state.
  ///
  /// - Parameters:
  ///   - inputs: `[step, row, input]`.
  ///   - parameters: those of this network are among them.
  ///   - recomputedSteps: 0, or how many steps at a time are computed again on the way back, as `RecurrentCell` says.
  /// - Returns: `[step * row, output]`, step by step.
  public func callAsFunction(_ inputs: Tensor, _ parameters: Parameters, recomputedSteps: Int = 0) -> Tensor {
    let (steps, rows) = (inputs.shape[0], inputs.shape[1])
    let start = initialState(rows: rows, precision: inputs.precision)
    let shown = embedding(inputs.reshaped([steps * rows, inputSize]), parameters)
    let hidden = cell(
      shown.reshaped([steps, rows, shown.shape[1]]), weights(parameters), from: start,
      recomputedSteps: recomputedSteps)
    return output(hidden.reshaped([steps * rows, hiddenSize]), shown, parameters)
  }

  /// One step of every row, without a history.
  ///
  /// - Parameters:
  ///   - inputs: `[row, input]`.
  ///   - state: `[row, state]`.
  ///   - parameters: those of this network are among them.
  /// - Returns: the output, `[row, output]`, with the bits that a whole sequence has, and the next state.
  public func step(
    _ inputs: Tensor, from state: Tensor, _ parameters: Parameters
  ) -> (output: Tensor, state: Tensor) {
    let shown = embedding(inputs, parameters).detached
    let next = cell.step(shown, weights(parameters), from: state)
    return (output(next.slice(0..<hiddenSize, axis: 1), shown, parameters).detached, next)
  }

  private func embedding(_ inputs: Tensor, _ parameters: Parameters) -> Tensor {
    guard embeddingSize > 0 else { return inputs }
    return inputs.dense(parameters[prefix + "embedding.weights"], parameters[prefix + "embedding.bias"], .relu)
  }

  private func output(_ hidden: Tensor, _ shown: Tensor, _ parameters: Parameters) -> Tensor {
    let read =
      readoutSize > 0
      ? Tensor.concatenate([hidden, shown], axis: 1)
        .dense(parameters[prefix + "readout.weights"], parameters[prefix + "readout.bias"], .relu) : hidden
    return read.dense(parameters[prefix + "output.weights"], parameters[prefix + "output.bias"], .identity)
  }

  private func weights(_ parameters: Parameters) -> RecurrentWeights {
    RecurrentWeights(
      input: parameters[prefix + "input.weights"], bias: parameters[prefix + "input.bias"],
      recurrent: parameters[prefix + "recurrent.weights"],
      candidateBias: cell == .gru ? parameters[prefix + "candidate.bias"] : nil)
  }
}

/// A random orthogonal matrix: normal numbers, made orthonormal row by row (Gram & Schmidt),
/// twice, since once is not exact.
private func orthogonalMatrix(size: Int, using random: RandomStream) -> Tensor {
  var stream = random
  var rows: [[Double]] = []
  for _ in 0..<size {
    var row = stream.normals(size).map { Double($0) }
    for _ in 0..<2 {
      for other in rows {
        var overlap = 0.0
        for i in 0..<size { overlap += row[i] * other[i] }
        for i in 0..<size { row[i] -= overlap * other[i] }
      }
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for i in 0..<size { row[i] /= length }
    }
    rows.append(row)
  }
  return Tensor(rows.flatMap { $0 }, shape: [size, size], precision: .float)
}

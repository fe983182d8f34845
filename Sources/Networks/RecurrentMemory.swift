import Tensors

/// A recurrent cell as a memory: its state is one row, and its features are h.
public struct RecurrentMemory: Memory, Hashable {
  /// The kind of cell: GRU or LSTM.
  public let cell: RecurrentCell
  /// The numbers of an input and of h.
  public let inputSize: Int, hiddenSize: Int
  /// Multiplies the first weights on inputs, which are small for inputs of which most are 0.
  public let inputGain: Double
  /// T of `makeParameters`, in steps; 0: biases as usual.
  public let longestMemory: Int
  /// The number of steps at a time that are computed again on the way back, as `RecurrentCell` says; 0: none.
  public let recomputedSteps: Int
  /// Goes before the names of its parameters.
  public let prefix: String

  /// Describes a cell and how its parameters are drawn.
  public init(
    cell: RecurrentCell, inputSize: Int, hiddenSize: Int, inputGain: Double = 1, longestMemory: Int = 0,
    recomputedSteps: Int = 0, prefix: String = ""
  ) {
    self.cell = cell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.inputGain = inputGain
    self.longestMemory = longestMemory
    self.recomputedSteps = recomputedSteps
    self.prefix = prefix
  }

  public var featureSize: Int { hiddenSize }

  public var parameterNames: [String] {
    (["input.weights", "input.bias", "recurrent.weights"] + (cell == .gru ? ["candidate.bias"] : []))
      .map { prefix + $0 }
  }

  /// Draws initial parameters.
  ///
  /// Weights on inputs are uniform in ±√(6 / (inputs + hidden)) gate by gate (Glorot & Bengio, 2010), those on states random
  /// orthogonal matrices gate by gate (Saxe et al., 2014), biases 0, but 1 for the forget gate of long short-term memory
  /// (Jozefowicz et al., 2015).
  ///
  /// With a longest memory of T steps, each number of the state gets a time t drawn from U(1, T - 1) and keeps what it has
  /// for about that number of steps: log t is the bias of its forget gate and -log t that of its input gate, or log t that of a
  /// gated recurrent unit's update gate (Tallec & Ollivier, 2018, arXiv:1804.11188, section 3).
  public func makeParameters(using random: RandomStream) -> Parameters {
    let orthogonal = (0..<cell.gateCount).map {
      orthogonalMatrix(size: hiddenSize, using: random.split("recurrent", $0))
    }
    let tensors = [
      Tensor.uniform(
        inputSize, cell.gateCount * hiddenSize, fan: inputSize + hiddenSize, gain: inputGain,
        using: random.split("input")),
      gateBiases(using: random.split("memory")),
      Tensor.concatenate(orthogonal, axis: 1),
    ]
    let candidate = cell == .gru ? [Tensor(repeating: 0, shape: [hiddenSize])] : []
    return Parameters(names: parameterNames, tensors: tensors + candidate)
  }

  /// The biases of all gates, `[gate * hidden]`.
  private func gateBiases(using random: RandomStream) -> Tensor {
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

  public func birth(rows: Int, precision: Precision) -> MemoryState {
    MemoryState(widths: [cell.stateBlocks * hiddenSize], lanes: rows, precision: precision)
  }

  public func features(of inputs: Tensor, _ parameters: Parameters) -> Tensor {
    let (steps, rows) = (inputs.shape[0], inputs.shape[1])
    let start = birth(rows: rows, precision: inputs.precision).latest[0]
    let hidden = cell(inputs, weights(parameters), from: start, recomputedSteps: recomputedSteps)
    return hidden.reshaped([steps * rows, hiddenSize])
  }

  public func step(
    _ inputs: Tensor, from state: MemoryState, _ parameters: Parameters
  ) -> (features: Tensor, rows: [Tensor]) {
    let next = cell.step(inputs, weights(parameters), from: state.latest[0])
    return (next.slice(0..<hiddenSize, axis: 1), [next])
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

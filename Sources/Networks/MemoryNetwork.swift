import Tensors

/// A network with a memory over sequences of inputs: a layer of rectified units may lie before the memory, and a
/// readout lies after it.
///
/// It holds shapes only; the numbers are `Parameters`.
public struct MemoryNetwork: Sendable {
  /// The numbers of an input and of an output.
  public let inputSize: Int, outputSize: Int
  /// The width of a layer of rectified units between the input and the memory; 0: there is none.
  public let embeddingSize: Int
  /// What carries a state from step to step.
  public let memory: any Memory
  /// The layers after the memory.
  public let readout: Readout
  /// Goes before the names of its parameters, so that several networks can share one `Parameters`.
  public let prefix: String

  /// Describes a network.
  ///
  /// - Parameters:
  ///   - inputSize: the numbers of an input.
  ///   - embeddingSize: the width of a layer of rectified units before the memory; 0: there is none.
  ///   - readout: the layers after the memory.
  ///   - outputSize: the numbers of an output.
  ///   - prefix: goes before the names of parameters.
  ///   - memory: makes the memory, from the numbers that it is shown and the prefix of its names.
  public init(
    inputSize: Int, embeddingSize: Int = 0, readout: Readout = Readout(), outputSize: Int, prefix: String = "",
    memory: (_ shownSize: Int, _ prefix: String) -> any Memory
  ) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.embeddingSize = embeddingSize
    self.readout = readout
    self.prefix = prefix
    self.memory = memory(embeddingSize > 0 ? embeddingSize : inputSize, prefix)
  }

  /// The names of the parameters, in the order of the layers.
  public var parameterNames: [String] {
    (embeddingSize > 0 ? ["embedding.weights", "embedding.bias"].map { prefix + $0 } : [])
      + memory.parameterNames + readout.parameterNames.map { prefix + $0 }
  }

  /// Draws initial parameters.
  ///
  /// Weights of the layer before the memory are uniform in ±√(6 / inputs) (He et al., 2015), biases 0.
  ///
  /// - Parameters:
  ///   - random: what they are drawn from.
  ///   - outputGain: multiplies the weights of outputs.
  /// - Returns: parameters under this network's names.
  public func makeParameters(using random: RandomStream, outputGain: Double = 1) -> Parameters {
    var parameters = memory.makeParameters(using: random)
    if embeddingSize > 0 {
      let weights = Tensor.uniform(inputSize, embeddingSize, fan: inputSize, using: random.split("embedding"))
      parameters = Parameters(
        names: [prefix + "embedding.weights", prefix + "embedding.bias"],
        tensors: [weights, Tensor(repeating: 0, shape: [embeddingSize])]
      ).merging(parameters)
    }
    let read = readout.makeParameters(
      using: random, featureSize: memory.featureSize, shownSize: memory.inputSize, outputSize: outputSize,
      outputGain: outputGain)
    return parameters.merging(Parameters(names: read.names.map { prefix + $0 }, tensors: read.tensors))
  }

  /// The state before the first input of a sequence.
  public func birth(rows: Int, precision: Precision = .float) -> MemoryState {
    memory.birth(rows: rows, precision: precision)
  }

  /// The outputs after each step of sequences that start at birth.
  ///
  /// - Parameters:
  ///   - inputs: `[step, row, input]`.
  ///   - parameters: those of this network are among them.
  /// - Returns: `[step * row, output]`, step by step.
  public func callAsFunction(_ inputs: Tensor, _ parameters: Parameters) -> Tensor {
    let (steps, rows) = (inputs.shape[0], inputs.shape[1])
    let flat = inputs.reshaped([steps * rows, inputSize])
    let shown = embedding(flat, parameters)
    let features = memory.features(of: shown.reshaped([steps, rows, memory.inputSize]), parameters)
    return output(features, shown, flat, parameters)
  }

  /// One step of every row, without a history.
  ///
  /// - Parameters:
  ///   - inputs: `[row, input]`.
  ///   - state: of every row.
  ///   - parameters: those of this network are among them.
  /// - Returns: the output, `[row, output]`, with the bits that a whole sequence has, and what `MemoryState.append` adds to
  ///   the state.
  public func step(
    _ inputs: Tensor, from state: MemoryState, _ parameters: Parameters
  ) -> (output: Tensor, rows: [Tensor]) {
    let parameters = parameters.detached
    let shown = embedding(inputs, parameters)
    let (features, rows) = memory.step(shown, from: state, parameters)
    return (output(features, shown, inputs, parameters), rows)
  }

  private func embedding(_ inputs: Tensor, _ parameters: Parameters) -> Tensor {
    guard embeddingSize > 0 else { return inputs }
    return inputs.dense(parameters[prefix + "embedding.weights"], parameters[prefix + "embedding.bias"], .relu)
  }

  private func output(_ features: Tensor, _ shown: Tensor, _ inputs: Tensor, _ parameters: Parameters) -> Tensor {
    readout(features, shown: shown, inputs: inputs) { parameters[prefix + $0] }
  }
}

extension Tensor {
  /// Weights `[inputs, outputs]` uniform in ± gain √(6 / fan).
  static func uniform(
    _ inputs: Int, _ outputs: Int, fan: Int, gain: Double = 1, using random: RandomStream
  ) -> Tensor {
    var stream = random
    let bound = gain * (6 / Double(fan)).squareRoot()
    return Tensor(
      (0..<inputs * outputs).map { _ in stream.uniform(-bound, bound) }, shape: [inputs, outputs],
      precision: .float)
  }
}

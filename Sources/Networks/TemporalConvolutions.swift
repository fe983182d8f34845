import Tensors

/// Causal convolutions over steps, then attention: a simple neural attentive learner (SNAIL: Mishra et al., 2018,
/// arXiv:1707.03141).
///
/// A layer without activation, blocks of gated convolutions that reach back 1, 2, 4, ... steps, each of which sees all that lies
/// before it and adds `filters` numbers, then one head of attention, which adds what it reads.
///
/// *Departs from the paper:* reaches start from 1 as in reimplementations; from 2, a block would see every second step only.
public struct TemporalConvolutions: Memory {
  /// The numbers of an input and of the first layer.
  public let inputSize: Int, width: Int
  /// The numbers that each convolution adds.
  public let filters: Int
  /// The number of blocks, each of which reaches back through a whole lifetime.
  public let blocks: Int
  /// The numbers of queries, keys and values; 0: there is no attention.
  public let attentionWidth: Int
  /// The most steps of a lifetime: T in the paper.
  public let longest: Int
  /// Goes before the names of its parameters.
  public let prefix: String

  /// Describes a stack.
  ///
  /// - Parameters:
  ///   - inputSize: the numbers of an input.
  ///   - width: the numbers of the first layer.
  ///   - filters: the numbers that each convolution adds: D in the paper.
  ///   - blocks: the number of blocks.
  ///   - attentionWidth: the numbers of queries, keys and values; 0: there is no attention.
  ///   - longest: the most steps of a lifetime.
  ///   - prefix: goes before the names of its parameters.
  public init(
    inputSize: Int, width: Int = 32, filters: Int = 32, blocks: Int = 2, attentionWidth: Int = 32, longest: Int,
    prefix: String = ""
  ) {
    precondition(longest >= 1 && blocks >= 0, "a stack of \(blocks) blocks for \(longest) steps")
    self.inputSize = inputSize
    self.width = width
    self.filters = filters
    self.blocks = blocks
    self.attentionWidth = attentionWidth
    self.longest = longest
    self.prefix = prefix
  }

  /// The steps that each convolution reaches back, in order: in each block 1, 2, 4, ..., ⌈log₂ T⌉ of them.
  public var dilations: [Int] {
    let block = sequence(first: 1) { 2 * $0 }.prefix { $0 < longest }
    return (0..<blocks).flatMap { _ in block }
  }

  /// The numbers after all convolutions.
  private var convolvedSize: Int { width + filters * dilations.count }

  public var featureSize: Int { convolvedSize + attentionWidth }

  private var attention: CausalAttention? {
    attentionWidth > 0 ? CausalAttention(heads: 1, headWidth: attentionWidth) : nil
  }

  public var parameterNames: [String] {
    (["input.weights", "input.bias"]
      + dilations.indices.flatMap { ["convolution\($0 + 1).weights", "convolution\($0 + 1).bias"] }
      + (attention == nil ? [] : ["attention.weights"])).map { prefix + $0 }
  }

  /// Draws initial parameters: weights are uniform in ±√(6 / (inputs + outputs)) (Glorot & Bengio, 2010), where a convolution has
  /// inputs of two steps; biases are 0.
  public func makeParameters(using random: RandomStream) -> Parameters {
    func uniform(_ inputs: Int, _ outputs: Int, fan: Int, _ name: String, _ part: Int = 0) -> Tensor {
      Tensor.uniform(inputs, outputs, fan: fan, using: random.split(name, part))
    }
    var tensors = [
      uniform(inputSize, width, fan: inputSize + width, "input"), Tensor(repeating: 0, shape: [width]),
    ]
    for index in dilations.indices {
      let inputs = width + filters * index
      tensors.append(uniform(inputs, 4 * filters, fan: 2 * inputs + filters, "convolution", index))
      tensors.append(Tensor(repeating: 0, shape: [2 * filters]))
    }
    if attention != nil {
      tensors.append(
        uniform(convolvedSize, 3 * attentionWidth, fan: convolvedSize + attentionWidth, "attention"))
    }
    return Parameters(names: parameterNames, tensors: tensors)
  }

  public func birth(rows: Int, precision: Precision) -> MemoryState {
    let convolutions = dilations.map { MemoryState.Part(width: 2 * filters, steps: $0) }
    return MemoryState(parts: convolutions + (attention?.parts ?? []), lanes: rows, precision: precision)
  }

  public func features(of inputs: Tensor, _ parameters: Parameters) -> Tensor {
    let (steps, rows) = (inputs.shape[0], inputs.shape[1])
    let x = convolved(inputs.reshaped([steps * rows, inputSize]), parameters) { past, index in
      let reach = min(dilations[index], steps)
      return Tensor.apply(
        .pad(axis: 0, before: reach * rows, total: steps * rows), [past.slice(0..<(steps - reach) * rows)])
    }
    guard let attention else { return x }
    let layout = attention.layout(steps: steps, rows: rows, precision: inputs.precision)
    let read = attention.reads(x.matmul(parameters[prefix + "attention.weights"]), layout)
    return Tensor.concatenate([x, read], axis: 1)
  }

  public func step(
    _ inputs: Tensor, from state: MemoryState, _ parameters: Parameters
  ) -> (features: Tensor, rows: [Tensor]) {
    let parameters = parameters.detached
    var rows: [Tensor] = []
    let x = convolved(inputs, parameters) { past, index in
      rows.append(past)
      return state.row(of: index, stepsBack: dilations[index])
    }
    guard let attention else { return (x, rows) }
    let (read, new) = attention.step(
      x.matmul(parameters[prefix + "attention.weights"]), from: state, part: rows.count)
    return (Tensor.concatenate([x, read], axis: 1), rows + new)
  }

  /// All convolutions, `[row, numbers]`.
  ///
  /// The sum over both steps is that of two products, of which the one of the earlier step is computed in that step:
  /// `shifted` takes what each step gives to a later one, `[row, 2 * filters]`, to what each gets from an earlier one.
  private func convolved(
    _ inputs: Tensor, _ parameters: Parameters, shifted: (Tensor, _ index: Int) -> Tensor
  ) -> Tensor {
    var x = inputs.dense(parameters[prefix + "input.weights"], parameters[prefix + "input.bias"], .identity)
    for index in dilations.indices {
      let name = prefix + "convolution\(index + 1)."
      let products = x.matmul(parameters[name + "weights"])
      let past = shifted(products.slice(0..<2 * filters, axis: 1), index)
      let sum = past + products.slice(2 * filters..<4 * filters, axis: 1) + parameters[name + "bias"]
      let gated = sum.slice(0..<filters, axis: 1).tanh() * sum.slice(filters..<2 * filters, axis: 1).sigmoid()
      x = Tensor.concatenate([x, gated], axis: 1)
    }
    return x
  }
}

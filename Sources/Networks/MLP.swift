import Tensors

/// A multilayer perceptron: dense layers with one activation between them and, by default, none at the end.
///
/// It holds shapes only; the numbers are `Parameters`.
public struct MLP: Sendable, Hashable {
  /// The widths of the input, the hidden layers and the output.
  public let sizes: [Int]
  /// The function of each number between two layers.
  public let activation: Activation
  /// The function after the last layer.
  public let outputActivation: Activation
  /// Goes before the names of its parameters, so that several networks can share one `Parameters`.
  public let prefix: String

  /// The initialization of weights and biases.
  public enum Initializer: String, Codable, Sendable, CaseIterable {
    /// Weights uniformly from ±√(6 / (inputs + outputs)), biases 0 (Glorot & Bengio, 2010).
    case glorot
    /// Weights and biases uniformly from ±1 / √inputs: what linear layers of PyTorch start from.
    case fanIn = "fan-in"
  }

  /// Describes a network.
  ///
  /// - Precondition: there are at least an input and an output.
  public init(sizes: [Int], activation: Activation, outputActivation: Activation = .identity, prefix: String = "") {
    precondition(sizes.count >= 2, "a network needs an input and an output")
    self.sizes = sizes
    self.activation = activation
    self.outputActivation = outputActivation
    self.prefix = prefix
  }

  /// The names of the parameters, a weight matrix and a bias for each layer.
  public var parameterNames: [String] {
    (1..<sizes.count).flatMap { ["\(prefix)layer\($0).weights", "\(prefix)layer\($0).bias"] }
  }

  /// Draws the weights and biases of every layer by an initializer.
  ///
  /// - Parameters:
  ///   - random: what they are drawn from.
  ///   - initializer: the bounds of what is drawn.
  ///   - outputGain: multiplies the bounds of the last layer.
  /// - Returns: parameters under this network's names.
  public func makeParameters(
    using random: RandomStream, _ initializer: Initializer = .glorot, outputGain: Double = 1
  ) -> Parameters {
    var tensors: [Tensor] = []
    for layer in 1..<sizes.count {
      let (inputs, outputs) = (sizes[layer - 1], sizes[layer])
      let gain = layer == sizes.count - 1 ? outputGain : 1
      let (bound, biasBound) =
        switch initializer {
        case .glorot: (gain * (6 / Double(inputs + outputs)).squareRoot(), 0.0)
        case .fanIn: (gain / Double(inputs).squareRoot(), gain / Double(inputs).squareRoot())
        }
      var stream = random.split("layer", layer)
      let weights = (0..<inputs * outputs).map { _ in stream.uniform(-bound, bound) }
      tensors.append(Tensor(weights, shape: [inputs, outputs], precision: .float))
      let biases = (0..<outputs).map { _ in biasBound == 0 ? 0 : stream.uniform(-biasBound, biasBound) }
      tensors.append(Tensor(biases, shape: [outputs], precision: .float))
    }
    return Parameters(names: parameterNames, tensors: tensors)
  }

  /// Draws weights and biases as the authors' code of PEARL does (Rakelly et al., 2019).
  ///
  /// Weights of hidden layers are uniform in ±1 / √outputs and their biases 0.1.
  ///
  /// - Parameters:
  ///   - random: what they are drawn from.
  ///   - outputBound: weights and biases of the last layer are uniform in ± this.
  /// - Returns: parameters under this network's names.
  public func makeParameters(using random: RandomStream, outputBound: Double) -> Parameters {
    var tensors: [Tensor] = []
    for layer in 1..<sizes.count {
      let (inputs, outputs, isLast) = (sizes[layer - 1], sizes[layer], layer == sizes.count - 1)
      let bound = isLast ? outputBound : 1 / Double(outputs).squareRoot()
      var stream = random.split("layer", layer)
      let weights = (0..<inputs * outputs).map { _ in stream.uniform(-bound, bound) }
      tensors.append(Tensor(weights, shape: [inputs, outputs], precision: .float))
      let biases = (0..<outputs).map { _ in isLast ? stream.uniform(-bound, bound) : 0.1 }
      tensors.append(Tensor(biases, shape: [outputs], precision: .float))
    }
    return Parameters(names: parameterNames, tensors: tensors)
  }

  /// The output `[row, output]` for inputs `[row, input]`.
  ///
  /// Many rows are taken in blocks that fit the cache, here and so also on the way back.
  public func callAsFunction(_ inputs: Tensor, _ parameters: Parameters) -> Tensor {
    let layers = parameterNames.map { parameters[$0] }
    let rows = inputs.shape[0]
    let blocks = max(1, (rows + Self.rowsPerBlock - 1) / Self.rowsPerBlock)
    return Tensor.concatenate(
      (0..<blocks).map { block in
        var x = inputs.slice(rows * block / blocks..<rows * (block + 1) / blocks)
        for layer in 1..<sizes.count {
          let isLast = layer == sizes.count - 1
          x = x.dense(layers[2 * layer - 2], layers[2 * layer - 1], isLast ? outputActivation : activation)
        }
        return x
      })
  }

  private static let rowsPerBlock = 512
}

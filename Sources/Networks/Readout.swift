import Tensors

/// The layers between a memory's features and a network's outputs.
///
/// With a layer in between, of rectified units, outputs see more than the memory: the layer sees the features and what the
/// memory is shown; or it sees observations only, and its weights, or its scales and shifts, are made from the features.
public struct Readout: Sendable, Hashable {
  /// The origin of the weights of the layer in between and of the outputs.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// They are learned; the layer in between, if there is one, sees the features and what the memory is shown.
    case learned
    /// A hypernetwork: both layers' weights are linear in a latent vector, which is linear in the features.
    case generated
    /// Feature-wise linear modulation (Perez et al., 2018): the latent vector makes a scale and a shift of each unit.
    case modulated
  }

  /// The initial weights of what a latent vector makes.
  public enum Initializer: String, Codable, Sendable, CaseIterable {
    /// Bias-HyperInit (Beck et al., 2022, section 4.2): nothing depends on the latent vector at first, and the biases are
    /// the initial weights of ordinary layers.
    case bias = "bias-hyper-init"
    /// Weights uniform in ±√(6 / latent), biases 0, as layers are usually drawn: a control.
    case kaiming
  }

  /// The origin of the weights.
  public var kind: Kind
  /// The width of the layer in between; 0, with learned weights only: there is none.
  public var width: Int
  /// The numbers at the start of an input that are the observation; 0 will do for learned weights.
  public var observationSize: Int
  /// The numbers of the latent vector; 0 will do for learned weights.
  public var latentSize: Int
  /// The initial weights of what the latent vector makes.
  public var initializer: Initializer

  /// Describes a readout; by default outputs are linear in the features.
  ///
  /// - Precondition: without learned weights there are a layer in between, an observation and a latent vector.
  public init(
    _ kind: Kind = .learned, width: Int = 0, observationSize: Int = 0, latentSize: Int = 0,
    initializer: Initializer = .bias
  ) {
    precondition(
      kind == .learned || (width > 0 && latentSize > 0 && observationSize > 0),
      "a readout whose weights are made needs observations, a width and a latent vector")
    self.kind = kind
    self.width = width
    self.observationSize = observationSize
    self.latentSize = latentSize
    self.initializer = initializer
  }

  /// The names of the parameters, in the order of the layers.
  var parameterNames: [String] {
    let layers = (width > 0 ? ["readout.weights", "readout.bias"] : []) + ["output.weights", "output.bias"]
    return layers + (kind == .learned ? [] : ["latent.weights", "latent.bias"] + generators)
  }

  /// What the latent vector makes: matrices `[latent, numbers]`, those of weights as `[inputs, latent * outputs]`.
  private var generators: [String] {
    switch kind {
    case .learned: []
    case .generated: ["readout.weights", "readout.bias", "output.weights", "output.bias"].map { $0 + ".generator" }
    case .modulated: ["readout.scale.generator", "readout.shift.generator"]
    }
  }

  /// Draws initial parameters.
  ///
  /// Weights of the layer in between are uniform in ±√(6 / inputs) (He et al., 2015), those of outputs in ±√(6 / (inputs +
  /// outputs)) (Glorot & Bengio, 2010), biases 0.
  ///
  /// - Parameters:
  ///   - random: what they are drawn from.
  ///   - featureSize: the numbers of the memory's features.
  ///   - shownSize: the numbers that the memory is shown.
  ///   - outputSize: the numbers of an output.
  ///   - outputGain: multiplies the weights of outputs.
  /// - Returns: parameters under this readout's names.
  func makeParameters(
    using random: RandomStream, featureSize: Int, shownSize: Int, outputSize: Int, outputGain: Double
  ) -> Parameters {
    let inputs = kind == .learned ? featureSize + shownSize : observationSize
    let read = width > 0 ? width : featureSize
    var tensors: [Tensor] = []
    if width > 0 {
      tensors.append(Tensor.uniform(inputs, width, fan: inputs, using: random.split("readout")))
      tensors.append(Tensor(repeating: 0, shape: [width]))
    }
    tensors.append(
      Tensor.uniform(read, outputSize, fan: read + outputSize, gain: outputGain, using: random.split("output")))
    tensors.append(Tensor(repeating: 0, shape: [outputSize]))
    guard kind != .learned else { return Parameters(names: parameterNames, tensors: tensors) }
    let isMade = initializer == .kaiming && kind == .generated
    if isMade { tensors = tensors.map { Tensor(repeating: 0, shape: $0.shape) } }
    let layers = kind == .generated ? tensors.map(\.shape) : [[width], [width]]
    tensors.append(
      Tensor.uniform(featureSize, latentSize, fan: featureSize + latentSize, using: random.split("latent")))
    tensors.append(Tensor(repeating: 0, shape: [latentSize]))
    for (name, shape) in zip(generators, layers) {
      let rows = shape.count == 1 ? latentSize : shape[0]
      let columns = latentSize * shape.reduce(1, *) / rows
      tensors.append(
        initializer == .kaiming
          ? Tensor.uniform(rows, columns, fan: latentSize, using: random.split(name))
          : Tensor(repeating: 0, shape: [rows, columns]))
    }
    return Parameters(names: parameterNames, tensors: tensors)
  }

  /// Computes the outputs.
  ///
  /// - Parameters:
  ///   - features: of the memory, `[row, feature]`.
  ///   - shown: what the memory is shown, `[row, number]`.
  ///   - inputs: of the network, `[row, input]`.
  ///   - own: this readout's parameters, by name.
  /// - Returns: `[row, output]`.
  func callAsFunction(
    _ features: Tensor, shown: Tensor, inputs: Tensor, _ own: (String) -> Tensor
  ) -> Tensor {
    if kind == .learned {
      let read =
        width > 0
        ? Tensor.concatenate([features, shown], axis: 1).dense(own("readout.weights"), own("readout.bias"), .relu)
        : features
      return read.dense(own("output.weights"), own("output.bias"), .identity)
    }
    // z = V h + v.
    let latent = features.dense(own("latent.weights"), own("latent.bias"), .identity)
    let observations = inputs.slice(0..<observationSize, axis: 1)
    if kind == .modulated {
      let units = observations.dense(own("readout.weights"), own("readout.bias"), .identity)
      let scale = latent.matmul(own("readout.scale.generator"))
      let shift = latent.matmul(own("readout.shift.generator"))
      return (units + scale * units + shift).relu().dense(own("output.weights"), own("output.bias"), .identity)
    }
    let read = made("readout", observations, latent, own).relu()
    return made("output", read, latent, own)
  }

  /// A layer whose weights and biases are linear in z: x W + b + Σ zₖ (x Wₖ + bₖ), all products with x as one.
  private func made(_ layer: String, _ x: Tensor, _ latent: Tensor, _ own: (String) -> Tensor) -> Tensor {
    let (rows, bias) = (x.shape[0], own("\(layer).bias"))
    let products = x.matmul(own("\(layer).weights.generator")).reshaped([rows, latentSize, bias.count])
    let sums = latent.reshaped([rows, 1, latentSize]).matmul(products).reshaped([rows, bias.count])
    return x.dense(own("\(layer).weights"), bias, .identity) + sums + latent.matmul(own("\(layer).bias.generator"))
  }
}

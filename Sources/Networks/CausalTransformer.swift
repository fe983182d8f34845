import Tensors

/// A transformer whose steps see themselves and earlier steps (Vaswani et al., 2017, arXiv:1706.03762).
///
/// A step is one token. In each layer attention, then a layer of rectified units, adds to every token. Features are the tokens
/// after the last layer, normalized if tokens are normalized before the layers. Work for a step and layer:
/// 2 (4 width² + 2 width * feed-forward) + 4 width * steps seen.
public struct CausalTransformer: Memory {
  /// What keeps it stable.
  public enum Normalization: String, Codable, Sendable, CaseIterable {
    /// Nothing but small initial weights (T-Fixup: Huang et al., 2020; as in TrMRL, Melo, 2022, arXiv:2206.06614).
    case none
    /// Layer normalization before attention and units, and at the end, with initial weights as in GPT-2 (Radford et al., 2019).
    case before
  }

  /// What tells tokens of different steps apart.
  public enum Positions: String, Codable, Sendable, CaseIterable {
    /// A learned row for each step of a lifetime.
    case learned
    /// Sines and cosines of the step's number, of wavelengths 2π to 20000π.
    case sine
    /// Nothing: the order of earlier steps makes no difference to one layer.
    case none
  }

  /// The numbers of an input and of a token.
  public let inputSize: Int, width: Int
  /// The number of layers and the rectified units in each.
  public let layers: Int, feedForwardSize: Int
  /// What keeps it stable.
  public let normalization: Normalization
  /// What tells tokens of different steps apart.
  public let positions: Positions
  /// The most steps of a lifetime, which all have their own position.
  public let longest: Int
  /// Goes before the names of its parameters.
  public let prefix: String
  private let attention: CausalAttention
  private let sines: Tensor?

  /// Describes a transformer.
  ///
  /// - Parameters:
  ///   - inputSize: the numbers of an input.
  ///   - width: the numbers of a token, which the heads share.
  ///   - layers: the number of layers.
  ///   - heads: the attention heads in each.
  ///   - feedForwardSize: the rectified units in each.
  ///   - normalization: what keeps it stable.
  ///   - positions: what tells tokens of different steps apart.
  ///   - contextLength: the number of steps, the present one included, that a step sees in each layer; 0: all.
  ///   - longest: the most steps of a lifetime.
  ///   - prefix: goes before the names of its parameters.
  /// - Precondition: heads divide the width.
  public init(
    inputSize: Int, width: Int = 64, layers: Int = 2, heads: Int = 4, feedForwardSize: Int = 128,
    normalization: Normalization = .none, positions: Positions = .learned, contextLength: Int = 0, longest: Int,
    prefix: String = ""
  ) {
    precondition(width % heads == 0, "\(heads) heads cannot share \(width) numbers")
    precondition(layers >= 1 && longest >= 1, "a transformer needs a layer and a step")
    self.inputSize = inputSize
    self.width = width
    self.layers = layers
    self.feedForwardSize = feedForwardSize
    self.normalization = normalization
    self.positions = positions
    self.longest = longest
    self.prefix = prefix
    attention = CausalAttention(heads: heads, headWidth: width / heads, contextLength: contextLength)
    sines = positions == .sine ? Self.sines(count: longest, width: width) : nil
  }

  /// The attention heads in each layer.
  public var heads: Int { attention.heads }
  /// The number of steps, the present one included, that a step sees in each layer; 0: all.
  public var contextLength: Int { attention.contextLength }

  public var featureSize: Int { width }

  public var parameterNames: [String] { shapes.map { prefix + $0.name } }

  /// The names of parameters without their prefix, and their shapes.
  private var shapes: [(name: String, shape: [Int])] {
    func norm(_ name: String) -> [(name: String, shape: [Int])] {
      normalization == .before ? [("\(name).gain", [width]), ("\(name).offset", [width])] : []
    }
    let position = positions == .learned ? [("position", [longest, width])] : []
    return [("token.weights", [inputSize, width]), ("token.bias", [width])] + position
      + (1...layers).flatMap { layer -> [(name: String, shape: [Int])] in
        norm("layer\(layer).attention")
          + [
            ("layer\(layer).attention.weights", [width, 3 * width]),
            ("layer\(layer).read.weights", [width, width]),
            ("layer\(layer).read.bias", [width]),
          ] + norm("layer\(layer).units")
          + [
            ("layer\(layer).units.weights", [width, feedForwardSize]),
            ("layer\(layer).units.bias", [feedForwardSize]),
            ("layer\(layer).output.weights", [feedForwardSize, width]), ("layer\(layer).output.bias", [width]),
          ]
      } + norm("final")
  }

  /// Draws initial parameters; biases and offsets are 0, gains 1.
  ///
  /// Without normalization, weights of tokens and positions are normal with deviation 1/√width times (9 L)^(-1/4), where L is
  /// the number of layers; weights of layers are uniform in ±√(6 / (inputs + outputs)), those of values, reads and units
  /// times 0.67 L^(-1/4), those of queries, keys and values times √2 as in the code of TrMRL. With it all weights are normal
  /// with deviation 0.02, those that are added to tokens divided by √(2 L).
  public func makeParameters(using random: RandomStream) -> Parameters {
    let depth = Double(layers)
    let fixup = 0.67 / depth.squareRoot().squareRoot()
    func normal(_ shape: [Int], _ deviation: Double, _ stream: RandomStream) -> Tensor {
      var stream = stream
      let values = stream.normals(shape.reduce(1, *)).map { deviation * Double($0) }
      return Tensor(values, shape: shape, precision: .float)
    }
    func draw(_ name: String, _ shape: [Int]) -> Tensor {
      let stream = random.split(name)
      if name.hasSuffix("gain") { return Tensor(repeating: 1, shape: shape) }
      guard shape.count == 2 else { return Tensor(repeating: 0, shape: shape) }
      let isAdded = name.hasSuffix("read.weights") || name.hasSuffix("output.weights")
      if normalization == .before { return normal(shape, isAdded ? 0.02 / (2 * depth).squareRoot() : 0.02, stream) }
      if name == "token.weights" || name == "position" {
        return normal(shape, 1 / (Double(width) * (9 * depth).squareRoot()).squareRoot(), stream)
      }
      func uniform(_ outputs: Int, _ gain: Double, _ part: Int = 0) -> Tensor {
        Tensor.uniform(shape[0], outputs, fan: shape[0] + outputs, gain: gain, using: stream.split("part", part))
      }
      guard name.hasSuffix("attention.weights") else { return uniform(shape[1], fixup) }
      let gains = [1, 1, fixup].map { $0 * 2.0.squareRoot() }
      return Tensor.concatenate(gains.enumerated().map { uniform(width, $1, $0) }, axis: 1)
    }
    return Parameters(names: parameterNames, tensors: shapes.map(draw))
  }

  public func birth(rows: Int, precision: Precision) -> MemoryState {
    MemoryState(parts: (0..<layers).flatMap { _ in attention.parts }, lanes: rows, precision: precision)
  }

  /// - Precondition: there are at most `longest` steps.
  public func features(of inputs: Tensor, _ parameters: Parameters) -> Tensor {
    let (steps, rows) = (inputs.shape[0], inputs.shape[1])
    precondition(steps <= longest, "\(steps) steps are more than \(longest) positions")
    let layout = attention.layout(steps: steps, rows: rows, precision: inputs.precision)
    let numbers = (0..<steps * rows).map { $0 / rows }
    var tokens = tokens(inputs.reshaped([steps * rows, inputSize]), parameters) { $0.gather(numbers) }
    for layer in 1...layers {
      tokens = applying(layer, to: tokens, parameters) { attention.reads($0, layout) }
    }
    return normalized(tokens, "final", parameters)
  }

  /// Lanes that have lived through all positions keep the last.
  public func step(
    _ inputs: Tensor, from state: MemoryState, _ parameters: Parameters
  ) -> (features: Tensor, rows: [Tensor]) {
    let parameters = parameters.detached
    var rows: [Tensor] = []
    var tokens = tokens(inputs, parameters, position: state.row(in:))
    for layer in 1...layers {
      tokens = applying(layer, to: tokens, parameters) {
        let (reads, new) = attention.step($0, from: state, part: rows.count)
        rows += new
        return reads
      }
    }
    return (normalized(tokens, "final", parameters), rows)
  }

  /// Tokens `[row, width]` of inputs; `position` takes the rows of their steps from a table of all steps.
  private func tokens(_ inputs: Tensor, _ parameters: Parameters, position: (Tensor) -> Tensor) -> Tensor {
    let tokens = inputs.dense(parameters[prefix + "token.weights"], parameters[prefix + "token.bias"], .identity)
    switch positions {
    case .learned: return tokens + position(parameters[prefix + "position"])
    case .sine: return sines.map { tokens + position($0) } ?? tokens
    case .none: return tokens
    }
  }

  /// One layer: `reads` turns queries, keys and values into what is read.
  private func applying(
    _ layer: Int, to tokens: Tensor, _ parameters: Parameters, reads: (Tensor) -> Tensor
  ) -> Tensor {
    func weights(_ name: String) -> Tensor { parameters[prefix + "layer\(layer).\(name)"] }
    func dense(_ x: Tensor, _ name: String, _ activation: Activation) -> Tensor {
      x.dense(weights("\(name).weights"), weights("\(name).bias"), activation)
    }
    let seen = normalized(tokens, "layer\(layer).attention", parameters)
    let read = tokens + dense(reads(seen.matmul(weights("attention.weights"))), "read", .identity)
    let units = dense(normalized(read, "layer\(layer).units", parameters), "units", .relu)
    return read + dense(units, "output", .identity)
  }

  private func normalized(_ tokens: Tensor, _ name: String, _ parameters: Parameters) -> Tensor {
    guard normalization == .before else { return tokens }
    return tokens.layerNormalized() * parameters[prefix + name + ".gain"] + parameters[prefix + name + ".offset"]
  }

  /// `[position, width]`: sines, then cosines, of position / 10000^(2 i / width).
  private static func sines(count: Int, width: Int) -> Tensor {
    let half = (width + 1) / 2
    // By the kernels, whose exponential has the same bits on every system.
    let exponents = (0..<half).map { -logOfLongest * 2 * Double($0) / Double(width) }
    let frequencies = Tensor(exponents, shape: [half], precision: .float).exp().doubles
    let values = (0..<count).flatMap { position in
      (0..<width).map { i in sine(Double(position) * frequencies[i % half] + (i < half ? 0 : Double.pi / 2)) }
    }
    return Tensor(values, shape: [count, width], precision: .float)
  }

  /// log 10000.
  private static let logOfLongest = 9.210340371976184
}

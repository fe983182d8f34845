import Tensors

/// A distribution over actions given all experience of a lifetime, optionally with a value.
public struct MemoryPolicy: Sendable {
  /// The kind of distribution over actions that outputs parametrize.
  public let head: StochasticPolicy.Head
  /// Whether its last output is a value.
  public let hasValue: Bool
  /// The network from inputs to the outputs of the head.
  public let network: MemoryNetwork

  private static let prefix = "policy."
  private static let logDeviationName = "policy.logDeviation"

  /// Describes a policy; its arguments are those of the network.
  public init(
    inputSize: Int, embeddingSize: Int = 0, readout: Readout = Readout(), head: StochasticPolicy.Head,
    hasValue: Bool, memory: (_ shownSize: Int, _ prefix: String) -> any Memory
  ) {
    self.head = head
    self.hasValue = hasValue
    network = MemoryNetwork(
      inputSize: inputSize, embeddingSize: embeddingSize, readout: readout,
      outputSize: head.width + (hasValue ? 1 : 0), prefix: Self.prefix, memory: memory)
  }

  /// The names of the parameters of the network and of the head.
  public var parameterNames: [String] {
    guard case .gaussian = head else { return network.parameterNames }
    return network.parameterNames + [Self.logDeviationName]
  }

  /// Draws initial parameters; distributions start nearly the same whatever was seen, deviations at 1.
  public func makeParameters(using random: RandomStream) -> Parameters {
    let parameters = network.makeParameters(using: random, outputGain: 0.01)
    guard case .gaussian(let size) = head else { return parameters }
    return parameters.merging(
      Parameters(names: [Self.logDeviationName], tensors: [Tensor(repeating: 0, shape: [size])]))
  }

  /// The distributions that outputs `[row, output]` of the network mean.
  public func distributions(_ outputs: Tensor, _ parameters: Parameters) -> ActionDistribution {
    let chosen = outputs.slice(0..<head.width, axis: 1)
    switch head {
    case .categorical: return .categorical(Categorical(logits: chosen))
    case .gaussian:
      return .gaussian(DiagonalGaussian(mean: chosen, logDeviation: boundedLogDeviation(parameters)))
    }
  }

  /// The logarithm of the deviation of a normal vector, `[size]`; nil for choices.
  public func logDeviation(_ parameters: Parameters) -> Tensor? {
    guard case .gaussian = head else { return nil }
    return boundedLogDeviation(parameters)
  }

  private func boundedLogDeviation(_ parameters: Parameters) -> Tensor {
    parameters[Self.logDeviationName].clamped(to: StochasticPolicy.logDeviationRange)
  }

  /// The values among outputs `[row, output]` of the network: `[row]`.
  ///
  /// - Precondition: it has values.
  public func values(_ outputs: Tensor) -> Tensor {
    precondition(hasValue, "the policy has no values")
    return outputs.slice(head.width..<head.width + 1, axis: 1).reshaped([outputs.shape[0]])
  }
}

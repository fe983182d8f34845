import Tensors

/// A distribution over actions given all experience of a lifetime, optionally with a value.
public struct RecurrentPolicy: Sendable, Hashable {
  /// The kind of distribution over actions that outputs parametrize.
  public let head: StochasticPolicy.Head
  /// Whether its last output is a value.
  public let hasValue: Bool
  /// The network from inputs to the outputs of the head.
  public let network: RecurrentNetwork

  private static let prefix = "policy."
  private static let logDeviationName = "policy.logDeviation"

  /// Describes a policy.
  public init(
    cell: RecurrentCell, inputSize: Int, embeddingSize: Int = 0, hiddenSize: Int, readoutSize: Int = 0,
    head: StochasticPolicy.Head, hasValue: Bool
  ) {
    self.head = head
    self.hasValue = hasValue
    network = RecurrentNetwork(
      cell: cell, inputSize: inputSize, embeddingSize: embeddingSize, hiddenSize: hiddenSize,
      readoutSize: readoutSize, outputSize: head.width + (hasValue ? 1 : 0), prefix: Self.prefix)
  }

  /// The names of the parameters of the network and of the head.
  public var parameterNames: [String] {
    guard case .gaussian = head else { return network.parameterNames }
    return network.parameterNames + [Self.logDeviationName]
  }

  /// Draws initial parameters; distributions start nearly the same whatever was seen, deviations at 1.
  ///
  /// Its arguments are those of the network's function.
  public func makeParameters(
    using random: RandomStream, inputGain: Double = 1, longestMemory: Int = 0
  ) -> Parameters {
    let parameters = network.makeParameters(
      using: random, outputGain: 0.01, inputGain: inputGain, longestMemory: longestMemory)
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
      let logDeviation = parameters[Self.logDeviationName].clamped(to: StochasticPolicy.logDeviationRange)
      return .gaussian(DiagonalGaussian(mean: chosen, logDeviation: logDeviation))
    }
  }

  /// The values among outputs `[row, output]` of the network: `[row]`.
  ///
  /// - Precondition: it has values.
  public func values(_ outputs: Tensor) -> Tensor {
    precondition(hasValue, "the policy has no values")
    return outputs.slice(head.width..<head.width + 1, axis: 1).reshaped([outputs.shape[0]])
  }
}

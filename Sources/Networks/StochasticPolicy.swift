import Tensors

/// A distribution over actions given an observation and parameters; stateless.
public struct StochasticPolicy: Sendable, Hashable {
  /// The kind of distribution over actions that outputs parametrize.
  public enum Head: Sendable, Hashable {
    /// A normal vector; the logarithm of its deviation is a parameter that does not depend on the observation.
    case gaussian(size: Int)
    /// One of the given number of choices.
    case categorical(count: Int)

    /// The outputs of a network that it takes.
    public var width: Int {
      switch self {
      case .gaussian(let size): size
      case .categorical(let count): count
      }
    }
  }

  /// The kind of distribution over actions that outputs parametrize.
  public let head: Head
  private let network: MLP

  /// Describes a policy.
  ///
  /// - Parameters:
  ///   - observationSize: the numbers in an observation.
  ///   - head: the kind of distribution.
  ///   - hiddenSizes: the widths of the hidden layers.
  ///   - activation: the function between layers.
  ///   - outputActivation: the function that gives the means or logits.
  public init(
    observationSize: Int, head: Head, hiddenSizes: [Int], activation: Activation,
    outputActivation: Activation = .identity
  ) {
    self.head = head
    network = MLP(
      sizes: [observationSize] + hiddenSizes + [head.width], activation: activation,
      outputActivation: outputActivation)
  }

  /// The names of its parameters.
  public var parameterNames: [String] {
    guard case .gaussian = head else { return network.parameterNames }
    return network.parameterNames + [Self.logDeviationName]
  }

  private static let logDeviationName = "logDeviation"
  /// A deviation never goes below 10⁻⁶.
  static let logDeviationRange = -13.815510557964274...1e30

  /// Draws a network's weights; deviations start at 1, unless their logarithm is given.
  ///
  /// With an output gain near 0, distributions start nearly the same at all observations.
  public func makeParameters(
    using random: RandomStream, _ initializer: MLP.Initializer = .glorot, logDeviation: Double = 0,
    outputGain: Double = 1
  ) -> Parameters {
    let parameters = network.makeParameters(using: random, initializer, outputGain: outputGain)
    guard case .gaussian(let size) = head else { return parameters }
    return parameters.merging(
      Parameters(names: [Self.logDeviationName], tensors: [Tensor(repeating: logDeviation, shape: [size])]))
  }

  /// The layers of the network from the observation on, each with the function after it.
  public func layers(
    _ parameters: Parameters
  ) -> [(weights: Tensor, bias: Tensor, activation: Activation)] {
    let names = network.parameterNames
    return stride(from: 0, to: names.count, by: 2).map { layer in
      let isLast = layer == names.count - 2
      return (
        parameters[names[layer]], parameters[names[layer + 1]],
        isLast ? network.outputActivation : network.activation
      )
    }
  }

  /// The logarithm of the deviation of a normal vector, `[size]`; nil for choices.
  public func logDeviation(_ parameters: Parameters) -> Tensor? {
    guard case .gaussian = head else { return nil }
    return parameters[Self.logDeviationName].clamped(to: Self.logDeviationRange)
  }

  /// The distributions at observations `[row, observation]`.
  public func callAsFunction(_ observations: Tensor, _ parameters: Parameters) -> ActionDistribution {
    let output = network(observations, parameters)
    guard let logDeviation = logDeviation(parameters) else { return .categorical(Categorical(logits: output)) }
    return .gaussian(DiagonalGaussian(mean: output, logDeviation: logDeviation))
  }
}

/// Distributions over actions, one a row, of either kind.
public enum ActionDistribution: Sendable {
  /// Normal vectors with independent numbers, one a row.
  case gaussian(DiagonalGaussian)
  /// Choices among a few actions, one a row.
  case categorical(Categorical)

  /// The log-probability, or log-density, of one action a row: `[row]`.
  ///
  /// - Precondition: the actions are of the distribution's kind.
  public func logProbability(of actions: Actions) -> Tensor {
    switch (self, actions) {
    case (.gaussian(let gaussian), .continuous(let vectors)): return gaussian.logProbability(of: vectors)
    case (.categorical(let categorical), .discrete(let choices)): return categorical.logProbability(of: choices)
    default: preconditionFailure("the actions are not of the distribution's kind")
    }
  }

  /// KL(self ‖ other) in each row: `[row]`.
  ///
  /// - Precondition: both are of one kind.
  public func divergence(to other: ActionDistribution) -> Tensor {
    switch (self, other) {
    case (.gaussian(let a), .gaussian(let b)): return a.divergence(to: b)
    case (.categorical(let a), .categorical(let b)): return a.divergence(to: b)
    default: preconditionFailure("the distributions are not of one kind")
    }
  }

  /// The mean entropy of the rows, a scalar.
  public func meanEntropy() -> Tensor {
    switch self {
    case .gaussian(let gaussian): gaussian.entropy()
    case .categorical(let categorical): categorical.entropy().mean()
    }
  }

  /// The outputs of the network, in the order that `fisher` takes.
  public var outputs: [Tensor] {
    switch self {
    case .gaussian(let gaussian): [gaussian.mean, gaussian.logDeviation]
    case .categorical(let categorical): [categorical.logits]
    }
  }

  /// The Fisher information of the mean over rows, as a map on changes of `outputs`.
  public func fisher() -> @Sendable ([Tensor]) -> [Tensor] {
    switch self {
    case .gaussian(let gaussian): gaussian.fisher()
    case .categorical(let categorical): categorical.fisher()
    }
  }

  /// The same distributions without a history.
  public var detached: ActionDistribution {
    switch self {
    case .gaussian(let gaussian):
      .gaussian(DiagonalGaussian(mean: gaussian.mean.detached, logDeviation: gaussian.logDeviation.detached))
    case .categorical(let categorical):
      .categorical(Categorical(logits: categorical.logits.detached))
    }
  }
}

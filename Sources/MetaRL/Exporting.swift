import Tensors

/// A learner whose meta-parameters can be carried to other programs.
public protocol ExportableLearner: MetaLearner {
  /// The meta-parameters, by the names that files carry.
  var metaParameters: Parameters { get }
  /// The adaptation of an agent from the meta-parameters.
  var adaptation: Adaptation { get }
}

/// The adaptation of an agent from meta-parameters, described for an implementation in another program.
public struct Adaptation: Sendable {
  /// The procedure, step by step, in words and formulas.
  public var procedure: String
  /// The episodes of experience between two changes of the agent; nil if it never changes.
  public var episodesPerStep: Int?

  /// Describes a procedure.
  public init(procedure: String, episodesPerStep: Int?) {
    self.procedure = procedure
    self.episodesPerStep = episodesPerStep
  }
}

/// An agent that acts by a feed-forward network, which can be carried to other programs.
public protocol ExportableAgent: Agent {
  /// The network that it acts by in a lane, as it is now.
  func policyNetwork(lane: Int) -> PolicyNetwork
}

/// A feed-forward network from an observation, optionally followed by a latent vector, to the parameters of an action.
public struct PolicyNetwork: Sendable {
  /// A layer, `f(x w + b)`, from input `x` to output.
  public struct Layer: Sendable {
    /// The weights w, `[input, output]`.
    public var weights: Tensor
    /// The bias b, a vector `[output]`.
    public var bias: Tensor
    /// The function f of each number of the output.
    public var activation: Activation

    /// Describes a layer.
    public init(weights: Tensor, bias: Tensor, activation: Activation) {
      self.weights = weights
      self.bias = bias
      self.activation = activation
    }
  }

  /// The output of the last layer.
  public enum Head: Sendable {
    /// The mean of a normal vector with independent components; their logarithmic deviations, `[size]`.
    case gaussian(logDeviation: Tensor)
    /// Logits, one a choice: their softmax is the distribution.
    case categorical
    /// The value of each choice: the agent takes the first of the greatest.
    case values
    /// The action itself; what lies beyond ±1 is clipped.
    case action
  }

  /// The posterior of the latent vector that the network sees after the observation.
  public struct Latent: Sendable {
    /// The mean of the latent vector, `[size]`.
    public var mean: Tensor
    /// The standard deviation of each number of the latent vector, `[size]`.
    public var deviation: Tensor

    /// Describes a belief.
    public init(mean: Tensor, deviation: Tensor) {
      self.mean = mean
      self.deviation = deviation
    }
  }

  /// The layers, from the observation on.
  public var layers: [Layer]
  /// The output of the last layer.
  public var head: Head
  /// The latent vector that the first layer takes after the observation; nil if it takes none.
  public var latent: Latent?

  /// Describes a network.
  ///
  /// - Precondition: there is a layer, and each takes what the one before it gives.
  public init(layers: [Layer], head: Head, latent: Latent? = nil) {
    precondition(
      !layers.isEmpty && zip(layers, layers.dropFirst()).allSatisfy { $0.weights.shape[1] == $1.weights.shape[0] },
      "layers do not fit each other")
    self.layers = layers
    self.head = head
    self.latent = latent
  }

  /// The count of numbers in an observation.
  public var observationSize: Int { layers[0].weights.shape[0] - latentSize }

  /// The numbers in the latent vector; 0 if there is none.
  public var latentSize: Int { latent?.mean.count ?? 0 }

  /// The count of numbers that the head takes.
  public var outputSize: Int { layers[layers.count - 1].weights.shape[1] }

  /// The head's outputs, `[row, output]`, at observations `[row, observation]` and, if there
  /// are any, latent vectors `[row, latent]`.
  public func callAsFunction(_ observations: Tensor, _ z: Tensor? = nil) -> Tensor {
    let inputs = z.map { Tensor.concatenate([observations, $0], axis: 1) } ?? observations
    return layers.reduce(inputs) { $0.dense($1.weights, $1.bias, $1.activation) }
  }
}

import MetaRL
import Networks
import Tensors

/// Acts by a policy and never learns: what collects the data of an iteration.
public struct PolicyAgent: Agent {
  private let policy: StochasticPolicy
  private let parameters: Parameters
  private let latents: Tensor?

  /// Acts with the given parameters in every lane.
  ///
  /// - Parameters:
  ///   - policy: the policy.
  ///   - parameters: its parameters.
  ///   - latents: what the policy sees after the observation in each lane, `[lane, latent]`; nil if it sees the
  ///     observation alone.
  public init(_ policy: StochasticPolicy, _ parameters: Parameters, latents: Tensor? = nil) {
    self.policy = policy
    self.parameters = parameters.detached
    self.latents = latents?.detached
  }

  /// Draws an action in every lane.
  public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let inputs = latents.map { Tensor.concatenate([observations, $0], axis: 1) } ?? observations
    return sample(policy(inputs, parameters), using: &random)
  }
}

/// Draws one action a lane.
public func sample(_ distributions: ActionDistribution, using random: inout LaneRandom) -> Actions {
  switch distributions {
  case .gaussian(let gaussian):
    let noise = Tensor(random.normals(perLane: gaussian.mean.shape[1]), shape: gaussian.mean.shape)
    return .continuous(gaussian.sample(noise))
  case .categorical(let categorical):
    return .discrete(categorical.sample(random.uniforms(perLane: 1)))
  }
}

/// Draws one action a lane from a distribution for each.
///
/// - Precondition: there is at least one lane, and all distributions are of one kind.
public func sample(_ lanes: [ActionDistribution], using random: inout LaneRandom) -> Actions {
  var vectors: [Tensor] = []
  var choices: [Int] = []
  for (lane, distribution) in lanes.enumerated() {
    var stream = random[lane...lane]
    switch sample(distribution, using: &stream) {
    case .continuous(let vector): vectors.append(vector)
    case .discrete(let choice): choices.append(contentsOf: choice)
    }
    random[lane] = stream[0]
  }
  return vectors.isEmpty ? .discrete(choices) : .continuous(Tensor.concatenate(vectors))
}

extension StochasticPolicy {
  /// A policy for a family.
  public init(
    for spec: EnvironmentSpec, hiddenSizes: [Int], activation: Activation, outputActivation: Activation = .identity
  ) {
    self.init(
      observationSize: spec.observationSize, head: Head(for: spec.actionSpace), hiddenSizes: hiddenSizes,
      activation: activation, outputActivation: outputActivation)
  }
}

extension StochasticPolicy.Head {
  /// The kind of distribution that actions are drawn from.
  public init(for space: ActionSpace) {
    switch space {
    case .continuous(let size): self = .gaussian(size: size)
    case .discrete(let count): self = .categorical(count: count)
    }
  }
}

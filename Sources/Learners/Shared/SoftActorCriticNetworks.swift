import MetaRL
import Networks
import Tensors

/// The networks of soft actor-critic, all of which may see a latent vector with the observation.
public struct SoftActorCriticNetworks: Sendable, Hashable {
  /// The estimator of a state's value.
  public enum Form: String, Codable, Sendable, CaseIterable {
    /// By a separate network with a target network, as in the first paper.
    case value = "v1"
    /// By slow copies of both critics at an action of the policy, as in the second.
    case twoCritics = "v2"
  }

  /// The count of numbers in an action.
  public let actionSize: Int
  /// From observation and latent vector to means and logarithms of deviations.
  package let actor: MLP
  /// From observation, action and latent vector to one number.
  package let critics: [MLP]
  /// From observation and latent vector to one number, if states are valued by a separate network.
  package let value: MLP?

  /// Describes the networks of one learner; they are drawn later.
  ///
  /// - Parameters:
  ///   - form: how states are valued.
  ///   - observationSize: the numbers of an observation.
  ///   - actionSize: the numbers of an action.
  ///   - latentSize: the numbers of a latent vector; 0: there is none.
  ///   - hiddenSizes: the widths of the hidden layers.
  public init(form: Form, observationSize: Int, actionSize: Int, latentSize: Int = 0, hiddenSizes: [Int]) {
    func network(_ name: String, _ inputs: Int, _ outputs: Int) -> MLP {
      MLP(sizes: [inputs + latentSize] + hiddenSizes + [outputs], activation: .relu, prefix: name + ".")
    }
    self.actionSize = actionSize
    actor = network("actor", observationSize, 2 * actionSize)
    critics = ["critic1", "critic2"].map { network($0, observationSize + actionSize, 1) }
    value = form == .value ? network("value", observationSize, 1) : nil
  }

  /// The names of both critics' parameters.
  package var criticNames: [String] { critics.flatMap(\.parameterNames) }

  /// The networks that have slow copies.
  private var followed: [MLP] { value.map { [$0] } ?? critics }

  /// Draws initial parameters, with the bounds of the authors of PEARL.
  public func makeParameters(using random: RandomStream) -> Parameters {
    let actor = actor.makeParameters(using: random.split("actor"), outputBound: 1e-3)
    let others = (critics + (value.map { [$0] } ?? [])).enumerated().map { index, network in
      network.makeParameters(using: random.split("critic", index), outputBound: 3e-3)
    }
    return others.reduce(actor) { $0.merging($1) }
  }

  /// Slow copies of some of the parameters, before the first step.
  public func makeTarget(_ theta: Parameters) -> Parameters { theta.selecting(followed.flatMap(\.parameterNames)) }

  /// Distributions over actions, one a row.
  public func policy(_ observations: Tensor, _ z: Tensor?, _ theta: Parameters) -> SquashedGaussian {
    SquashedGaussian(outputs: actor(Self.joined([observations, z]), theta))
  }

  /// Actions, one a lane: draws, or those of the means.
  func act(
    on observations: Tensor, _ z: Tensor?, _ theta: Parameters, draws: Bool, using random: inout LaneRandom
  ) -> Tensor {
    let distributions = policy(observations, z, theta)
    guard draws else { return distributions.mode }
    let noise = random.normals(perLane: actionSize)
    return distributions.sample(Tensor(noise, shape: [observations.shape[0], actionSize])).actions
  }

  /// A critic's values of actions: `[row]`.
  func critic(
    _ index: Int, _ observations: Tensor, _ actions: Tensor, _ z: Tensor?, _ theta: Parameters
  ) -> Tensor {
    critics[index](Self.joined([observations, actions, z]), theta).reshaped([observations.shape[0]])
  }

  /// The smaller of both critics' values of actions: `[row]`.
  public func lesserValue(_ observations: Tensor, _ actions: Tensor, _ z: Tensor?, _ theta: Parameters) -> Tensor {
    Tensor.minimum(critic(0, observations, actions, z, theta), critic(1, observations, actions, z, theta))
  }

  private static func joined(_ parts: [Tensor?]) -> Tensor { Tensor.concatenate(parts.compactMap(\.self), axis: 1) }

  /// The value network's values of observations: `[row]`.
  ///
  /// - Precondition: there is one.
  func stateValue(_ observations: Tensor, _ z: Tensor?, _ theta: Parameters) -> Tensor {
    guard let value else { preconditionFailure("states have no value network") }
    return value(Self.joined([observations, z]), theta).reshaped([observations.shape[0]])
  }
}

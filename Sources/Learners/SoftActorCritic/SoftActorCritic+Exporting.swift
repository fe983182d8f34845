import MetaRL
import Networks
import Tensors

// What a checkpoint holds, and what other programs read.
extension SoftActorCritic {
  public struct State: Codable, Sendable {
    var update: SoftActorCriticUpdate.State
    var replay: ReplayBuffer
  }

  public var state: State {
    get { State(update: update.state, replay: replay) }
    set { (update.state, replay) = (newValue.update, newValue.replay) }
  }

  public func canContinue(from state: State) -> Bool {
    update.canContinue(from: state.update) && state.replay.hasForm(of: replay)
  }
}

extension SoftActorCritic: ExportableLearner {
  /// The parameters of policy and critics.
  public var metaParameters: Parameters { update.theta.detached }

  public var adaptation: Adaptation {
    Adaptation(procedure: "None: " + Self.policyInWords, episodesPerStep: nil)
  }

  static let policyInWords =
    "the policy's network (actor.) gives means and then logarithms of deviations, and the action of evaluation is the "
    + "tangent of the means."
}

extension SoftActorCritic.LifetimeAgent: ExportableAgent {
  public func policyNetwork(lane: Int) -> PolicyNetwork { networks.meanAction(actor, latent: nil) }
}

extension SoftActorCriticNetworks {
  /// The network of the action of the mean, the tangent of the first half of the actor's outputs.
  func meanAction(_ theta: Parameters, latent: PolicyNetwork.Latent?) -> PolicyNetwork {
    var layers = PolicyNetwork.layers(of: actor, theta)
    let last = layers.removeLast()
    layers.append(
      .init(
        weights: last.weights.slice(0..<actionSize, axis: 1), bias: last.bias.slice(0..<actionSize),
        activation: .tanh))
    return PolicyNetwork(layers: layers, head: .action, latent: latent)
  }
}

extension PolicyNetwork {
  /// The layers of a network, from its inputs on.
  static func layers(of network: MLP, _ parameters: Parameters) -> [Layer] {
    let (names, parameters) = (network.parameterNames, parameters.detached)
    return stride(from: 0, to: names.count, by: 2).map { place in
      Layer(
        weights: parameters[names[place]], bias: parameters[names[place + 1]],
        activation: place == names.count - 2 ? network.outputActivation : network.activation)
    }
  }
}

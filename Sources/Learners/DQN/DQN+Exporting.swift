import MetaRL
import Networks
import Tensors

extension DQN: ExportableLearner {
  public var metaParameters: Parameters { theta.detached }

  public var adaptation: Adaptation {
    Adaptation(
      procedure: "None: an agent takes the action with the highest value, and the network does not change."
        + (network.isDueling
          ? " The last output is the value of the state; those before it, less their mean, are added to it." : ""),
      episodesPerStep: nil)
  }
}

extension DQN.LifetimeAgent: ExportableAgent {
  /// The network, which gives what choices are worth.
  public func policyNetwork(lane: Int) -> PolicyNetwork {
    var layers = PolicyNetwork.layers(of: network.network, theta)
    if network.isDueling {
      // Q = V + A - mean A is a separate layer.
      let count = network.choices
      let weights = (0...count).flatMap { row in
        (0..<count).map { row == count ? 1 : ($0 == row ? 1 : 0) - 1 / Float(count) }
      }
      layers.append(
        .init(
          weights: Tensor(weights, shape: [count + 1, count]), bias: Tensor([Float](repeating: 0, count: count)),
          activation: .identity))
    }
    return PolicyNetwork(layers: layers, head: .values)
  }
}

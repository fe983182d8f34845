import MetaRL
import Networks
import Tensors

extension RecurrentDQN: ExportableLearner {
  public var metaParameters: Parameters { theta.detached }

  public var adaptation: Adaptation {
    let begins = configuration.memory == .transformer ? "empty" : "at 0"
    return Adaptation(
      procedure:
        "The state of the network, which begins \(begins) and lasts for a lifetime, is all that changes. Its inputs are "
        + "the observation and, of the step before, the action as one number 1 among 0s, the reward "
        + "\"\(configuration.reward.rawValue)\", and 1 if it ended an episode; at first 0s and a 1. An agent takes the "
        + "action with the highest value."
        + (configuration.isDueling
          ? " The last output is the value of the state; those before it, less their mean, are added to it." : ""),
      episodesPerStep: nil)
  }
}

extension RecurrentDQN.LifetimeAgent: StatefulAgent {
  public var network: StatefulNetwork {
    let (model, theta) = (actor.model, actor.model.theta.detached)
    let network = model.network
    return StatefulNetwork(
      inputs: model.inputs.described(reward: model.reward), memory: network.network, span: "a lifetime",
      head: .values, parameters: theta
    ) { inputs, state in
      let (outputs, rows) = network.network.step(Tensor.concatenate(inputs, axis: 1), from: state, theta)
      return (network.values(outputs), rows)
    }
  }

  public func networkStep(on observations: Tensor) -> (inputs: [Tensor], output: Tensor) {
    let shown = actor.shown(observations)
    return (actor.model.inputs.parts(of: shown), actor.values(shown).values)
  }
}

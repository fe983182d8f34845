import MetaRL
import Networks
import Tensors

// What a checkpoint holds, and what other programs read.
extension VariBAD {
  public func canContinue(from state: State) -> Bool {
    state.theta.hasForm(of: theta) && state.optimizer.canMove(theta.selecting(actorNames))
      && state.modelOptimizer.canMove(theta.selecting(model.parameterNames))
      && state.rewardMoments.isSound && state.inputMoments.allSatisfy(\.isSound)
      && state.inputMoments.count == self.state.inputMoments.count
      && state.lifetimes.hasForm(of: self.state.lifetimes)
  }
}

extension VariBAD: ExportableLearner {
  /// The parameters of policy, baseline, encoder and decoder.
  public var metaParameters: Parameters { theta.detached }

  public var adaptation: Adaptation {
    let c = configuration
    let moments =
      c.standardizesInputs
      ? ", each less the mean and divided by the deviation of the training run's, which are not among the parameters"
      : ""
    return Adaptation(
      procedure:
        "After every step, the encoder (encoder.), a recurrent network whose state begins at 0 and lasts for a lifetime, is "
        + "given the observation that the step led to, the action, a choice as one number 1 among 0s, the reward "
        + "\"\(c.reward.rawValue)\", and 1 if the step ended an episode. Its \(2 * c.latentSize) outputs are the belief: "
        + "means, then logarithms of variances; before the first step they are its last biases. The policy sees the observation "
        + "followed by the belief\(moments).",
      episodesPerStep: nil)
  }
}

extension VariBAD.ActingModel {
  /// The encoder, on the step before if there is one, then the policy, on the belief.
  var network: StatefulNetwork {
    let (acting, network) = (self, PolicyNetwork(policy, theta))
    var inputs = model.inputs.described(reward: reward)
    inputs[0].name = "last_outcome"
    inputs[0].meaning = "the observation that the step before led to, even where it ended an episode; at first 0s"
    let observation = StatefulNetwork.Input(
      name: "observation", width: inputs[0].width, meaning: "the observation")
    let hasLast = StatefulNetwork.Input(name: "has_last", width: 1, meaning: "1 if there is a step before, else 0")
    return StatefulNetwork(
      inputs: [observation] + inputs + [hasLast], memory: model.encoder, span: "a lifetime", head: network.head,
      parameters: theta
    ) { inputs, state in
      let (hasLast, born) = (inputs[inputs.count - 1], acting.model.newborn(rows: 1, acting.theta))
      let shown = Tensor.concatenate(Array(inputs.dropFirst().dropLast()), axis: 1)
      let (belief, rows) = acting.model.encoder.step(shown, from: state, acting.theta)
      // Without a step before, the belief is that of birth, and the state stays at zeros.
      let seen = Tensor.concatenate([inputs[0], born + hasLast * (belief - born)], axis: 1)
      guard let scaled = acting.moments?.scaled(seen) else { return (network(seen), rows.map { hasLast * $0 }) }
      // Within ±10, in operations that other programs have.
      let bound = Tensor(10.0)
      let bounded = scaled - (scaled - bound).relu() + (-scaled - bound).relu()
      return (network(bounded), rows.map { hasLast * $0 })
    }
  }
}

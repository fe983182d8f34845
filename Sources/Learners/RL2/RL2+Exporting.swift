import MetaRL
import Tensors

// What a checkpoint holds, and what other programs read.
extension RL2 {
  public func canContinue(from state: State) -> Bool {
    // A trust region leaves only the critic to Adam.
    let moved =
      configuration.outerUpdate == .trustRegion ? critic.map { theta.selecting($0.parameterNames) } : theta
    return state.theta.hasForm(of: theta) && state.optimizer.canMove(moved ?? theta)
      && state.rewardDeviation.isSound
  }
}

extension RL2: ExportableLearner {
  /// The parameters of the policy and, if its network is separate, of the baseline.
  public var metaParameters: Parameters { theta.detached }

  public var adaptation: Adaptation {
    let c = configuration
    let begins = c.memory == .transformer ? "empty" : c.memory == .snail ? "at 0, and empty for attention," : "at 0"
    let lasts = c.memoryLasts == .episode ? "an episode" : "a lifetime"
    let last = c.seesLastObservation ? "the observation before it, " : ""
    return Adaptation(
      procedure:
        "The state of the network, which begins \(begins) and lasts for \(lasts), is all that changes. Its "
        + "inputs are the observation and, of the step before, \(last)the action, a choice as one number 1 among 0s, the "
        + "reward \"\(c.reward.rawValue)\", and 1 if it ended an episode; at first 0s and a 1.",
      episodesPerStep: nil)
  }
}

extension RL2 {
  /// The policy's network.
  var network: StatefulNetwork {
    let (policy, theta) = (policy, theta.detached.selecting(policy.parameterNames))
    return StatefulNetwork(
      inputs: inputs.described(reward: configuration.reward.channel(for: spec)), memory: policy.network,
      span: configuration.memoryLasts == .episode ? "an episode" : "a lifetime",
      head: policy.logDeviation(theta).map { .gaussian(logDeviation: $0) } ?? .categorical, parameters: theta
    ) { inputs, state in
      let (outputs, rows) = policy.network.step(Tensor.concatenate(inputs, axis: 1), from: state, theta)
      return (outputs.slice(0..<policy.head.width, axis: 1), rows)
    }
  }
}

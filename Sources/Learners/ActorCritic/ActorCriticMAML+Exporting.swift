import MetaRL
import Networks
import Tensors

extension ActorCriticMAML: ExportableLearner {
  /// The parameters of actor and critic.
  public var metaParameters: Parameters { theta.detached }

  public var adaptation: Adaptation {
    let c = configuration
    let step =
      switch c.testUpdate {
      case .descent:
        "\(c.updatesPerInnerStep) gradient step(s) of size \(c.innerActorStepSize) for the actor and "
          + "\(c.innerCriticStepSize) for the critic"
      case .adam:
        "a step of Adam of size \(c.testActorStepSize) for the actor and \(c.testCriticStepSize) for the critic"
          + (c.annealedTestSteps > 0
            ? ", times (1 + cos(pi k / \(c.annealedTestSteps + 1))) / 2 after k steps, k up to \(c.annealedTestSteps)"
            : "")
      }
    return Adaptation(
      procedure:
        "1. Play \(c.episodesBeforeStepAtTest) episodes. 2. Take \(step), the actor's loss being -mean over steps of "
        + "log pi(action | observation) * advantage, and the critic's the mean squared error of discounted returns. "
        + "Advantages are discounted by \(c.discount), generalized with lambda \(c.advantageDecay), measured against "
        + "the critic, which also stands for what follows the horizon, and standardized. 3. Continue with 1.",
      episodesPerStep: c.episodesBeforeStepAtTest)
  }
}

extension ActorCriticMAML.LifetimeAgent: ExportableAgent {
  /// The actor with the parameters that a lane has adapted.
  public func policyNetwork(lane: Int) -> PolicyNetwork { PolicyNetwork(learner.actor, parameters(lane: lane)) }
}

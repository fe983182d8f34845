import MetaRL
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

  /// The state of the encoder would have to be an input and an output.
  public static var obstacleToPolicy: String? { "acts on the belief of a recurrent network" }
}

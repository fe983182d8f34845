import MetaRL
import Networks
import Tensors

extension MAML: ExportableLearner {
  /// The policy's parameters and, if they are learned, a step size for each of them.
  public var metaParameters: Parameters { theta.detached }

  /// The inner steps of an agent.
  public var adaptation: Adaptation {
    let c = configuration
    guard c.adaptsAtTest else {
      return Adaptation(procedure: "None: the policy stays as it is.", episodesPerStep: nil)
    }
    let size =
      c.stepSizes == .learned
      ? "stepSize.NAME, number by number, for the parameter NAME" : "\(c.innerStepSize)"
    let (start, moved) = adapted.inWords
    let loss =
      c.innerObjective == .clippedRatio
      ? "the clipped ratio loss of PPO, clipped at \(c.ratioClip)"
      : "L(phi) = -mean over steps of log pi_phi(action | observation) * advantage"
    let steps = "\(max(1, c.innerSteps)) step\(c.innerSteps > 1 ? "s" : "")"
    return Adaptation(
      procedure:
        "1. \(start). 2. Play \(c.episodesBeforeStepAtTest) episodes with pi_phi. 3. Take \(c.updatesPerInnerStep) "
        + "gradient step(s) \(moved) <- phi - size * dL/dphi on them, size being \(size), and L being \(loss). "
        + "Advantages are discounted by \(c.discount), generalized with lambda \(c.advantageDecay), measured against "
        + "a linear baseline that is fitted to these episodes, and standardized. Rewards are those of the channel "
        + "\"\(RewardChoice.reported.rawValue)\". 4. Continue with 2; after the first \(steps), sizes are multiplied by "
        + "\(c.laterStepFactor).",
      episodesPerStep: c.episodesBeforeStepAtTest)
  }
}

extension MAML.LifetimeAgent: ExportableAgent {
  /// The policy with the parameters that a lane has adapted.
  public func policyNetwork(lane: Int) -> PolicyNetwork { PolicyNetwork(learner.policy, parameters(lane: lane)) }
}

extension PolicyNetwork {
  /// The network of a policy.
  public init(_ policy: StochasticPolicy, _ parameters: Parameters) {
    let parameters = parameters.detached
    self.init(
      layers: policy.layers(parameters).map {
        Layer(weights: $0.weights, bias: $0.bias, activation: $0.activation)
      },
      head: policy.logDeviation(parameters).map { .gaussian(logDeviation: $0) } ?? .categorical)
  }
}

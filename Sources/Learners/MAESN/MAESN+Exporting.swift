import MetaRL
import Networks
import Tensors

extension MAESN: ExportableLearner {
  /// The policy's parameters, the distributions of z of training tasks and, if they are learned, step sizes.
  public var metaParameters: Parameters { theta.detached }

  /// The inner steps of an agent.
  public var adaptation: Adaptation {
    let c = configuration
    let act =
      "1. mu = 0 and rho = 0, \(c.latentSize) numbers each. 2. Play \(c.episodesBeforeStepAtTest) episodes, each with "
      + "z = mu + e exp(rho) for standard normal e, drawn once; the policy sees the observation followed by z."
    guard c.adaptsAtTest else {
      return Adaptation(procedure: act + " Nothing else: mu and rho stay as they are.", episodesPerStep: nil)
    }
    let isLearned = c.stepSizes == .learned
    let sizes =
      isLearned
      ? "a being stepSize.latent.mean and b being stepSize.latent.logDeviation, number by number"
      : "a and b being \(c.innerStepSize)"
    let policy =
      c.policyStepSize == 0
      ? ""
      : " The policy's parameters take a step of policy gradient, too, of size "
        + (isLearned ? "stepSize.NAME, number by number, for the parameter NAME." : "\(c.policyStepSize).")
    return Adaptation(
      procedure: act
        + " 3. With x = (z - mu) / exp(rho): mu <- mu + a mean(A x / exp(rho)), rho <- rho + b mean(A (x^2 - 1)), but no "
        + "less than \(LatentDistribution.logDeviationRange.lowerBound); means are over the episodes, \(sizes). A is the "
        + "advantage of an episode's first step, standardized over the episodes; it is discounted by \(c.discount), "
        + "generalized with lambda \(c.advantageDecay), and measured against a linear baseline that is fitted to these "
        + "episodes. Rewards are those that the family reports.\(policy) 4. Continue with 2; from the third step on, sizes "
        + "are multiplied by \(c.laterStepFactor) each time.",
      episodesPerStep: c.episodesBeforeStepAtTest)
  }
}

extension MAESN.LifetimeAgent: ExportableAgent {
  /// The policy at the mean of a lane's distribution of z, which becomes part of the first layer's bias.
  public func policyNetwork(lane: Int) -> PolicyNetwork {
    PolicyNetwork(learner.policy, phi[lane].weights.absorbing(phi[lane].latent.mean))
  }
}

import MetaRL
import Tensors

/// Acts optimally in the mean MDP of the posterior, and occasionally at random.
///
/// The rule is folklore: certainty equivalence with exploration by chance. With a probability of 0 it never explores on
/// purpose: that is the catalog's `mdp-greedy`.
///
/// Departs from the comparison of Duan et al. (2016, arXiv:1611.02779): the prior is the distribution of their MDPs. The code that
/// they used, TabulaRL, gives the prior a weight of 0.0001, takes 0 for its mean reward, and does not learn the
/// transition of the last step.
///
/// Logs: nothing.
public typealias EpsilonGreedyPlanning = PlanningLearner<EpsilonGreedyPlanningRule>

/// Plans in the mean MDP of the posterior.
public struct EpsilonGreedyPlanningRule: PlanningRule {
  public static var learner: String { "mdp-epsilon-greedy" }

  public struct Configuration: PlanningConfiguration {
    @Setting(
      "probability of taking any action, at each step", 0...1, symbol: "ε",
      source: "TabulaRL, the code that Duan et al. 2016 used")
    public var explorationProbability = 0.1
    @Setting(.priorTransitionWeight()) public var priorTransitionWeight = 1.0
    @Setting(.priorMeanReward) public var priorMeanReward = 1.0
    @Setting(.priorRewardWeight()) public var priorRewardWeight = 1.0
    @Setting(.learnsLastTransition) public var learnsLastTransition = true
    @Setting(.tiesOfActions) public var ties = TieBreaking.random

    /// One step in ten is any action's.
    public init() {}
  }

  /// The probability of taking any action, at each step.
  public let explorationProbability: Double

  public init(_ configuration: Configuration) { explorationProbability = configuration.explorationProbability }

  public func plan(
    _ belief: MDPBelief, episode: Int, horizon: Int, using random: inout RandomStream
  ) -> [Double] {
    belief.mean.actionValues(horizon: horizon)
  }
}

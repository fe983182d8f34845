import MetaRL
import Tensors

/// Acts as would be best in the mean MDP if what is little known paid a bonus.
///
/// Kolter & Ng (2009), "Near-Bayesian exploration in polynomial time": Bayesian exploration bonus, section 3.2. The
/// bonus of a state and an action is β / (1 + n), where n is the weight of its transitions in the posterior: it falls
/// faster than the confidence bounds of other algorithms, which is enough to act nearly as a Bayesian would.
///
/// Departs from the paper: β = 2 H² for episodes of H steps, times a setting, since the theorem's β explores for far
/// longer than lifetimes here; plans are made once an episode. `bonus = rewards-and-transitions` is what TabulaRL does,
/// the code that Duan et al. (2016, arXiv:1611.02779) used: β H / (1 + n), once for each step that follows, and for the
/// rewards 1 / (1 + τ), where τ is the weight of the rewards' posterior.
///
/// Logs: nothing.
public typealias BEB = PlanningLearner<BEBRule>

/// Plans in the mean MDP with bonuses.
public struct BEBRule: PlanningRule {
  public static var learner: String { "beb" }

  public struct Configuration: PlanningConfiguration {
    @Setting(
      "what has a bonus: transitions alone, at each step, or rewards and transitions, for each step that follows",
      source: "Kolter & Ng 2009, equation 4")
    public var bonus = Bonus.transitions
    @Setting(
      "factor of the bonus's weight β = 2 H², where H is the horizon", 0...100,
      source: "tuned on training tasks of tabular-mdp-10 and -50")
    public var bonusScale = 0.05
    @Setting(.priorTransitionWeight()) public var priorTransitionWeight = 1.0
    @Setting(.priorMeanReward) public var priorMeanReward = 1.0
    @Setting(.priorRewardWeight()) public var priorRewardWeight = 1.0
    @Setting(.learnsLastTransition) public var learnsLastTransition = true
    @Setting(.tiesOfActions) public var ties = TieBreaking.random

    /// The prior that tabular MDPs are drawn from.
    public init() {}
  }

  let bonus: Bonus
  let scale: Double

  public init(_ configuration: Configuration) { (bonus, scale) = (configuration.bonus, configuration.bonusScale) }

  public func plan(
    _ belief: MDPBelief, episode: Int, horizon: Int, using random: inout RandomStream
  ) -> [Double] {
    var mean = belief.mean
    let weight = 2 * Double(horizon * horizon) * scale
    switch bonus {
    case .transitions:
      for pair in mean.rewards.indices { mean.rewards[pair] += weight / (1 + belief.totals[pair]) }
      return mean.actionValues(horizon: horizon)
    case .rewardsAndTransitions:
      for pair in mean.rewards.indices { mean.rewards[pair] += 1 / (1 + belief.rewardWeights[pair]) }
      let bonuses = belief.totals.map { weight * Double(horizon) / (1 + $0) }
      return mean.actionValues(horizon: horizon, bonuses: bonuses)
    }
  }

  /// The quantities that a bonus is added to.
  public enum Bonus: String, Codable, Sendable, CaseIterable {
    /// Transitions: β / (1 + n) at each step.
    case transitions
    /// Rewards and transitions, as in TabulaRL.
    case rewardsAndTransitions = "rewards-and-transitions"
  }
}

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
public struct BEB: MetaLearner {
  /// The bonus and the prior.
  public struct Configuration: LearnerConfiguration {
    /// The quantities with a bonus.
    public var bonus = Bonus.transitions
    /// The factor of β = 2 H².
    public var bonusScale = 0.05
    /// Times that each next state is thought to have followed each state and action: α₀.
    public var priorTransitionWeight = 1.0
    /// Mean of what is thought of mean rewards: μ₀.
    public var priorMeanReward = 1.0
    /// Rewards that the prior's mean is worth: τ₀.
    public var priorRewardWeight = 1.0
    /// Whether the transition of an episode's last step is learned.
    public var learnsLastTransition = true
    /// The choice among several best actions, at each step.
    public var ties = TieBreaking.random

    /// The prior that tabular MDPs are drawn from.
    public init() {}

    /// The settings.
    public static let settings: [Setting] =
      [
        Setting(
          "bonus",
          "what has a bonus: transitions alone, at each step, or rewards and transitions, for each step that follows",
          .choice(Bonus.allCases.map(\.rawValue)), source: "Kolter & Ng 2009, equation 4"),
        Setting(
          "bonusScale", "factor of the bonus's weight β = 2 H², where H is the horizon", .number(0...100),
          source: "tuned on training tasks of tabular-mdp-10 and -50"),
      ] + MDPPrior.settings(weightSource: "the MDPs of Duan et al. 2016, section 3.2")
  }

  private let configuration: Configuration
  private let spec: EnvironmentSpec
  private let size: MDPSize

  /// Notes the size of the MDP.
  ///
  /// - Throws: `UnsupportedFamily` unless actions are choices, an episode has several steps, and observations tell the
  ///   state.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    self.spec = spec
    size = try MDPSize(of: spec, for: "beb")
  }

  /// Trains nothing and takes no steps.
  public mutating func metaTrain(_ session: inout TrainingSession) {}

  /// Agents with the prior.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> PerLane<PlanningAgent<Rule>> {
    let prior = MDPPrior(
      transitionWeight: configuration.priorTransitionWeight, meanReward: configuration.priorMeanReward,
      rewardWeight: configuration.priorRewardWeight)
    return size.agents(
      Rule(bonus: configuration.bonus, scale: configuration.bonusScale), prior: prior,
      learnsLastTransition: configuration.learnsLastTransition, ties: configuration.ties,
      laneCount: random.count, for: spec)
  }

  /// The quantities with a bonus.
  public enum Bonus: String, Codable, Sendable, CaseIterable {
    /// Transitions: β / (1 + n) at each step.
    case transitions
    /// Rewards and transitions, as in TabulaRL.
    case rewardsAndTransitions = "rewards-and-transitions"
  }

  /// Plans in the mean MDP with bonuses.
  public struct Rule: PlanningRule {
    let bonus: Bonus
    let scale: Double

    /// The values in the mean MDP with bonuses.
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
  }
}

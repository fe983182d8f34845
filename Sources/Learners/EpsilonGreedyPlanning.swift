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
public struct EpsilonGreedyPlanning: MetaLearner {
  /// The probability of exploration, and the prior.
  public struct Configuration: LearnerConfiguration {
    /// The probability of taking any action, at each step.
    public var explorationProbability = 0.1
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

    /// One step in ten is any action's.
    public init() {}

    /// The settings.
    public static let settings: [Setting] =
      [
        Setting(
          "explorationProbability", "probability of taking any action, at each step", .number(0...1), symbol: "ε",
          source: "TabulaRL, the code that Duan et al. 2016 used")
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
    size = try MDPSize(of: spec, for: "mdp-epsilon-greedy")
  }

  /// Trains nothing and takes no steps.
  public mutating func metaTrain(_ session: inout TrainingSession) {}

  /// Agents with the prior.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> PerLane<PlanningAgent<Rule>> {
    let prior = MDPPrior(
      transitionWeight: configuration.priorTransitionWeight, meanReward: configuration.priorMeanReward,
      rewardWeight: configuration.priorRewardWeight)
    return size.agents(
      Rule(explorationProbability: configuration.explorationProbability), prior: prior,
      learnsLastTransition: configuration.learnsLastTransition, ties: configuration.ties,
      laneCount: random.count, for: spec)
  }

  /// Plans in the mean MDP.
  public struct Rule: PlanningRule {
    /// The probability of taking any action, at each step.
    public let explorationProbability: Double

    /// The values in the mean MDP.
    public func plan(
      _ belief: MDPBelief, episode: Int, horizon: Int, using random: inout RandomStream
    ) -> [Double] {
      belief.mean.actionValues(horizon: horizon)
    }
  }
}

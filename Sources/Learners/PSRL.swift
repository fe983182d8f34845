import MetaRL
import Tensors

/// Acts in each episode optimally for an MDP sampled from the posterior.
///
/// Osband, Russo & Van Roy (2013, arXiv:1306.0940), "(More) efficient reinforcement learning via posterior sampling",
/// algorithm 1 (PSRL). An agent that acts by one draw for a whole episode explores as long as it is in doubt, and with
/// a purpose that lasts for more than a step. With several samples, each action has the highest value among the samples:
/// this is the optimistic variant, OPSRL, the catalog's `opsrl`.
///
/// Departs from the paper: nothing. Several samples are combined as in the authors' code, TabulaRL.
///
/// Logs: nothing.
public struct PSRL: MetaLearner {
  /// The prior, and the number of draws.
  public struct Configuration: LearnerConfiguration {
    /// MDPs drawn before each episode.
    public var sampleCount = 1
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

    /// The prior that tabular MDPs are drawn from, and one draw.
    public init() {}

    /// The settings.
    public static let settings: [Setting] =
      [
        Setting(
          "sampleCount", "MDPs sampled before each episode; an action has the highest of its values in them",
          .integer(1...1000), source: "Osband et al. 2013, algorithm 1")
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
    size = try MDPSize(of: spec, for: "psrl")
  }

  /// Trains nothing and takes no steps.
  public mutating func metaTrain(_ session: inout TrainingSession) {}

  /// Agents with the prior.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> PerLane<PlanningAgent<Rule>> {
    let prior = MDPPrior(
      transitionWeight: configuration.priorTransitionWeight, meanReward: configuration.priorMeanReward,
      rewardWeight: configuration.priorRewardWeight)
    return size.agents(
      Rule(sampleCount: configuration.sampleCount), prior: prior,
      learnsLastTransition: configuration.learnsLastTransition, ties: configuration.ties,
      laneCount: random.count, for: spec)
  }

  /// Draws MDPs and plans in them.
  public struct Rule: PlanningRule {
    let sampleCount: Int

    /// The values in a sampled MDP or, for each action, the highest of its values in several.
    public func plan(
      _ belief: MDPBelief, episode: Int, horizon: Int, using random: inout RandomStream
    ) -> [Double] {
      // Line 3 of algorithm 1: sample M from the posterior; line 4: compute its optimal policy.
      var values = belief.sample(using: &random).actionValues(horizon: horizon)
      for _ in 1..<max(1, sampleCount) {
        let others = belief.sample(using: &random).actionValues(horizon: horizon)
        for place in values.indices { values[place] = max(values[place], others[place]) }
      }
      return values
    }
  }
}

import MetaRL
import Tensors

/// Acts in each episode optimally for an MDP sampled from the posterior.
///
/// Osband, Russo & Van Roy (2013, arXiv:1306.0940), "(More) efficient reinforcement learning via posterior sampling",
/// algorithm 1 (PSRL). An agent that acts by one draw for a whole episode explores as long as it is in doubt, and with
/// a purpose that lasts for more than a step. With several draws, an action has the highest of its values in them: the
/// optimistic variant, OPSRL, is the catalog's `opsrl`.
///
/// Departs from the paper: nothing. Several samples are combined as in the authors' code, TabulaRL.
///
/// Logs: nothing.
public typealias PSRL = PlanningLearner<PSRLRule>

/// Draws MDPs and plans in them.
public struct PSRLRule: PlanningRule {
  /// What a refusal calls the learner.
  public static var learner: String { "psrl" }

  /// The prior, and the number of draws.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: PlanningConfiguration {
    @Setting(
      "MDPs sampled before each episode; an action has the highest of its values in them", 1...1000,
      source: "Osband et al. 2013, algorithm 1")
    public var sampleCount = 1
    @Setting(.priorTransitionWeight(source: "the MDPs of Duan et al. 2016, section 3.2"))
    public var priorTransitionWeight = 1.0
    @Setting(.priorMeanReward)
    public var priorMeanReward = 1.0
    @Setting(.priorRewardWeight(source: "the MDPs of Duan et al. 2016, section 3.2"))
    public var priorRewardWeight = 1.0
    @Setting(.learnsLastTransition)
    public var learnsLastTransition = true
    @Setting(.tiesOfActions)
    public var ties = TieBreaking.random

    /// The prior that tabular MDPs are drawn from, and one draw.
    public init() {}
  }

  let sampleCount: Int

  /// The rule with given settings.
  public init(_ configuration: Configuration) { sampleCount = configuration.sampleCount }

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

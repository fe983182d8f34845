import MetaRL
import Tensors

/// A rule for planning an episode, given the posterior.
public protocol PlanningRule: Sendable {
  /// The settings of a learner with this rule.
  associatedtype Configuration: PlanningConfiguration
  /// The learner's name in refusals.
  static var learner: String { get }
  /// The rule with the settings of a learner.
  init(_ configuration: Configuration)
  /// The values by which the agent acts until the end of the episode.
  ///
  /// - Parameters:
  ///   - belief: the posterior.
  ///   - episode: the number of the episode in the lifetime; the first is 0.
  ///   - horizon: the steps of an episode.
  ///   - random: for rules that draw.
  /// - Returns: `[step, state, action]`, row by row.
  func plan(_ belief: MDPBelief, episode: Int, horizon: Int, using random: inout RandomStream) -> [Double]
  /// The probability of taking any action, at each step.
  var explorationProbability: Double { get }
}

extension PlanningRule {
  /// By default the best action is always taken.
  public var explorationProbability: Double { 0 }
}

/// The settings that all planners have.
public protocol PlanningConfiguration: LearnerConfiguration {
  /// Times that each next state is thought to have followed each state and action: α₀.
  var priorTransitionWeight: Double { get }
  /// Mean of what is thought of mean rewards: μ₀.
  var priorMeanReward: Double { get }
  /// Rewards that the prior's mean is worth: τ₀.
  var priorRewardWeight: Double { get }
  /// Whether the transition of an episode's last step is learned.
  var learnsLastTransition: Bool { get }
  /// The choice among several best actions.
  var ties: TieBreaking { get }
}

/// A learner that has nothing to train: its agents plan by a rule.
public struct PlanningLearner<Rule: PlanningRule>: MetaLearner {
  public typealias Configuration = Rule.Configuration

  private let configuration: Configuration
  private let size: MDPSize
  private let horizon: Int

  /// Notes the size of the MDP.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices, an episode has several steps, and observations tell
  ///   the state.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    size = try MDPSize(of: spec, for: Rule.learner)
    horizon = spec.horizon
  }

  public mutating func metaTrain(_ session: inout TrainingSession) {}

  public func makeAgent(using random: LaneRandom) -> PerLane<PlanningAgent<Rule>> {
    let c = configuration
    let belief = MDPBelief(
      stateCount: size.stateCount, actionCount: size.actionCount, transitionWeight: c.priorTransitionWeight,
      meanReward: c.priorMeanReward, rewardWeight: c.priorRewardWeight)
    let newborn = PlanningAgent(
      rule: Rule(c), belief: belief, horizon: horizon, learnsLastTransition: c.learnsLastTransition, ties: c.ties)
    return PerLane([PlanningAgent<Rule>](repeating: newborn, count: random.count))
  }
}

/// An agent of one lane that keeps a posterior of its MDP and plans before each episode.
public struct PlanningAgent<Rule: PlanningRule>: LaneAgent {
  /// The rule that plans each episode.
  public let rule: Rule
  /// The posterior of the lane's MDP.
  public private(set) var belief: MDPBelief
  private let horizon: Int
  private let learnsLastTransition: Bool
  private let ties: TieBreaking
  private var episode = 0
  private var step = 0
  /// The plan of the present episode, `[step, state, action]`; empty before its first action.
  private var values: [Double] = []

  /// A newborn agent, which has not planned yet.
  public init(rule: Rule, belief: MDPBelief, horizon: Int, learnsLastTransition: Bool, ties: TieBreaking) {
    self.rule = rule
    self.belief = belief
    self.horizon = horizon
    self.learnsLastTransition = learnsLastTransition
    self.ties = ties
  }

  /// Plans if the episode is new, and takes the best action.
  public mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction {
    if values.isEmpty { values = rule.plan(belief, episode: episode, horizon: horizon, using: &random) }
    let count = belief.actionCount
    if rule.explorationProbability > 0, random.uniform() < rule.explorationProbability {
      return .discrete(random.integer(below: count))
    }
    let state = observation.state(of: belief.stateCount)
    let start = (min(step, horizon - 1) * belief.stateCount + state) * count
    return .discrete(ties.best(of: count, using: &random) { values[start + $0] })
  }

  public mutating func observe(_ transition: LaneTransition) {
    guard case .discrete(let action) = transition.action else { return }
    let isLast = transition.truncated || step + 1 >= horizon
    let outcome: MDPBelief.Outcome =
      isLast && !learnsLastTransition
      ? .notLearned
      : transition.terminated ? .end : .state(transition.nextObservation.state(of: belief.stateCount))
    belief.observe(
      state: transition.observation.state(of: belief.stateCount), action: action, reward: Double(transition.reward),
      outcome: outcome)
    step += 1
  }

  public mutating func endEpisode(using random: inout RandomStream) {
    episode += 1
    step = 0
    values = []
  }
}

extension [Float] {
  /// The state that an observation begins with, one-hot.
  func state(of stateCount: Int) -> Int {
    for state in 0..<Swift.min(stateCount, count) where self[state] > 0.5 { return state }
    return 0
  }
}

/// The size of a tabular MDP.
struct MDPSize: Sendable {
  let stateCount: Int
  let actionCount: Int
}

extension MDPSize {
  /// The size of a family's MDPs.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices, an episode has several steps, and observations tell the
  ///   state.
  init(of spec: EnvironmentSpec, for learner: String) throws {
    guard case .discrete(let actions) = spec.actionSpace, spec.horizon > 1, let states = spec.stateCount,
      spec.observationSize >= states
    else {
      let observed = spec.stateCount == nil ? "observations that do not tell the state, " : ""
      throw UnsupportedFamilyError(
        "\(learner) plans in MDPs of a few states: it needs choices, episodes of several steps, and observations that "
          + "are the state, one-hot. This family has \(observed)\(spec.actionsInWords) and episodes of up to "
          + "\(spec.horizon) steps; tabular-mdp-10 would do.")
    }
    (stateCount, actionCount) = (states, actions)
  }
}

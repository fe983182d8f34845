import MetaRL
import Tensors

/// Pulls the arm with the highest posterior mean, and now and then any arm.
///
/// The rule is folklore; see Sutton & Barto (2018), "Reinforcement Learning", section 2.2. With a probability of 0 it
/// never explores on purpose: that is the catalog's `greedy`.
///
/// Departs from the book: the mean is the posterior mean, which starts with a prior, as in Duan et al. (2016,
/// arXiv:1611.02779).
///
/// Logs: nothing.
public struct EpsilonGreedy: MetaLearner {
  /// The probability of exploration, the prior, and the choice among ties.
  public struct Configuration: LearnerConfiguration {
    /// The probability of pulling any arm.
    public var explorationProbability = 0.1
    /// Successes that every arm is thought to have had before the first pull: the beta distribution's α.
    public var priorSuccesses = 1.0
    /// Failures that every arm is thought to have had before the first pull: the beta distribution's β.
    public var priorFailures = 1.0
    /// The choice among several arms with the highest mean.
    public var ties = TieBreaking.random

    /// One pull in ten is any arm's.
    public init() {}

    /// The settings.
    public static let settings: [Setting] =
      [
        Setting(
          "explorationProbability", "probability of pulling any arm", .number(0...1), symbol: "ε",
          source: "Sutton & Barto 2018, section 2.3")
      ] + BetaPrior.settings + [TieBreaking.setting]
  }

  private let configuration: Configuration
  private let spec: EnvironmentSpec
  private let armCount: Int

  /// Notes the number of arms.
  ///
  /// - Throws: `UnsupportedFamily` unless actions are choices and an episode is one step.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    self.spec = spec
    armCount = try arms(of: spec, for: "epsilon-greedy")
  }

  /// Trains nothing and takes no steps.
  public mutating func metaTrain(_ session: inout TrainingSession) {}

  /// Agents with the prior.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> BanditAgents<Rule> {
    let prior = BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures)
    let rule = Rule(
      explorationProbability: configuration.explorationProbability, prior: prior, ties: configuration.ties)
    return BanditAgents("epsilon-greedy", rule: rule, armCount: armCount, laneCount: random.count, for: spec)
  }

  /// The arm with the highest mean, or any.
  public struct Rule: ArmRule {
    let explorationProbability: Double
    let prior: BetaPrior
    let ties: TieBreaking

    /// A reward between 0 and 1 counts as a fractional success.
    public static var rewardsAreBinary: Bool { false }

    /// Tosses a coin, and takes the arm with the highest mean or any.
    public func chooseArm(after counts: ArmCounts, using random: inout RandomStream) -> Int {
      let armCount = counts.pulls.count
      if explorationProbability > 0, random.uniform() < explorationProbability {
        return random.integer(below: armCount)
      }
      return ties.best(of: armCount, using: &random) { prior.mean(of: $0, after: counts) }
    }
  }
}

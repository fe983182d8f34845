import MetaRL
import Tensors

/// Pulls the arm that is best in view of all that can still be learned and earned.
///
/// Bellman (1956), "A problem in the sequential design of experiments": dynamic programming over posteriors. With
/// the prior that tasks are drawn from, no agent earns more on average: it is the ceiling for learners that have to
/// learn this. It explores just as much as pays in the pulls that are left.
///
/// Departs from the paper: any number of arms, as long as there are not too many beliefs. After the pulls that the
/// learner is made for, agents pull the arm with the highest mean.
///
/// Logs: nothing.
public struct BayesOptimal: MetaLearner {
  /// The prior.
  public struct Configuration: LearnerConfiguration {
    /// Successes that every arm is thought to have had before the first pull: the beta distribution's α.
    public var priorSuccesses = 1.0
    /// Failures that every arm is thought to have had before the first pull: the beta distribution's β.
    public var priorFailures = 1.0

    /// The uniform prior.
    public init() {}

    /// The settings.
    public static let settings = BetaPrior.settings
  }

  /// The beliefs that there may be.
  private static let beliefLimit = 1e6

  private let configuration: Configuration
  private let spec: EnvironmentSpec
  private let armCount: Int
  private let pulls: BayesOptimalPulls

  /// Solves the bandit, for lifetimes of the length that the spec says.
  ///
  /// - Throws: `UnsupportedFamily` unless actions are choices, an episode is one step, and there are few enough beliefs.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    self.spec = spec
    armCount = try arms(of: spec, for: "bayes-optimal")
    let pullCount = max(1, spec.episodesPerLifetime)
    let beliefs = BayesOptimalPulls.beliefCount(armCount: armCount, pullCount: pullCount, limit: Self.beliefLimit)
    guard beliefs <= Self.beliefLimit else {
      throw UnsupportedFamily(
        "bayes-optimal goes through every belief that there can be, up to a million of them. \(armCount) arms and "
          + "\(pullCount) pulls have more; 10 pulls of any number of arms would do, and so would 60 pulls of 2 arms. "
          + "gittins is close to it and has no such bound.")
    }
    pulls = BayesOptimalPulls(
      armCount: armCount, pullCount: pullCount,
      prior: BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures))
  }

  /// The expected lifetime return of its agents, if tasks are drawn from the prior.
  public var expectedLifetimeReturn: Double { pulls.value }

  /// Trains nothing and takes no steps.
  public mutating func metaTrain(_ session: inout TrainingSession) {}

  /// Agents that know what to do in every case.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> BanditAgents<Rule> {
    let prior = BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures)
    let rule = Rule(pulls: pulls, prior: prior)
    return BanditAgents("bayes-optimal", rule: rule, armCount: armCount, laneCount: random.count, for: spec)
  }

  /// The arm that dynamic programming found.
  public struct Rule: ArmRule {
    let pulls: BayesOptimalPulls
    let prior: BetaPrior

    /// A belief is whole numbers of successes and failures.
    public static var rewardsAreBinary: Bool { true }

    /// The best arm; one of several that are alike is taken at random.
    public func chooseArm(after counts: ArmCounts, using random: inout RandomStream) -> Int {
      let records = counts.pulls.indices.map { arm in
        let successes = counts.wholeSuccesses(of: arm)
        return BayesOptimalPulls.record(successes: successes, failures: counts.pulls[arm] - successes)
      }
      let choice = counts.totalPulls < pulls.pullCount ? pulls.choice(records) : nil
      return TieBreaking.random.best(of: records.count, using: &random) { arm in
        choice.map { records[arm] == $0 ? 1 : 0 } ?? prior.mean(of: arm, after: counts)
      }
    }
  }
}

// What to pull follows from the rest, so it is not part of a checkpoint.
extension BayesOptimal {
  private enum CodingKeys: String, CodingKey { case configuration, spec }

  /// Solves the bandit again.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      container.decode(Configuration.self, forKey: .configuration),
      for: container.decode(EnvironmentSpec.self, forKey: .spec), using: RandomStream(seed: 0))
  }

  /// Writes the settings and the spec.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
  }
}

import MetaRL
import Tensors

/// Pulls the arm with the highest Gittins index.
///
/// Gittins (1979), "Bandit processes and dynamic allocation indices"; the index of an arm is the sure reward a pull for
/// which one would give the arm up. If the future is discounted and has no end, pulling the arm of the highest index is
/// the best that can be done.
///
/// Departs from the paper: lifetimes end, and their pulls count alike. With a discount of 1 - 1 / n for lifetimes of n
/// pulls the rule is close to the best, but not the best. After the pulls that the learner is made for, agents pull the
/// arm with the highest mean.
///
/// Logs: nothing.
public struct GittinsIndex: MetaLearner {
  /// The discount, the prior and what is done with ties.
  public struct Configuration: LearnerConfiguration {
    /// The discount of each pull with respect to the one before; 0 is 1 - 1 / n for lifetimes of n pulls.
    public var discount = 0.0
    /// Successes that every arm is thought to have had before the first pull: the beta distribution's α.
    public var priorSuccesses = 1.0
    /// Failures that every arm is thought to have had before the first pull: the beta distribution's β.
    public var priorFailures = 1.0
    /// The choice among several arms with the highest index.
    public var ties = TieBreaking.random

    /// The uniform prior, and a discount that goes with the length of lifetimes.
    public init() {}

    /// The settings.
    public static let settings: [Setting] =
      [
        Setting(
          "discount",
          "discount of each pull with respect to the one before; 0 is 1 - 1 / n for lifetimes of n pulls",
          .number(0...0.9999), symbol: "γ", source: "a usual choice where lifetimes end")
      ] + BetaPrior.settings + [TieBreaking.setting]
  }

  private let configuration: Configuration
  private let spec: EnvironmentSpec
  private let armCount: Int
  private let indices: GittinsIndices

  /// Computes the index of every record that an arm can have.
  ///
  /// - Throws: `UnsupportedFamily` unless actions are choices and an episode is one step; `InvalidSettings` if lifetimes
  ///   are longer than 5000 pulls.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    self.spec = spec
    armCount = try arms(of: spec, for: "gittins")
    let pulls = max(1, spec.episodesPerLifetime)
    guard pulls <= 5000 else {
      throw InvalidSettings("gittins computes indices for lifetimes of up to 5000 pulls, not \(pulls)")
    }
    indices = GittinsIndices(
      pullCount: pulls, discount: configuration.discount > 0 ? configuration.discount : 1 - 1 / Double(pulls),
      prior: BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures))
  }

  /// Trains nothing and takes no steps.
  public mutating func metaTrain(_ session: inout TrainingSession) {}

  /// Agents that look their indices up.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> BanditAgents<Rule> {
    let prior = BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures)
    let rule = Rule(indices: indices, prior: prior, ties: configuration.ties)
    return BanditAgents("gittins", rule: rule, armCount: armCount, laneCount: random.count, for: spec)
  }

  /// The arm with the highest index.
  public struct Rule: ArmRule {
    let indices: GittinsIndices
    let prior: BetaPrior
    let ties: TieBreaking

    /// Indices exist for whole numbers of successes and failures.
    public static var rewardsAreBinary: Bool { true }

    /// The arm with the highest index or, when there is no table for it, with the highest mean.
    public func chooseArm(after counts: ArmCounts, using random: inout RandomStream) -> Int {
      let isTabled = counts.totalPulls < indices.pullCount
      return ties.best(of: counts.pulls.count, using: &random) { arm in
        let successes = counts.wholeSuccesses(of: arm)
        let index = indices.index(successes: successes, failures: counts.pulls[arm] - successes)
        return (isTabled ? index : nil) ?? prior.mean(of: arm, after: counts)
      }
    }
  }
}

// The indices follow from the rest, so they are not part of a checkpoint.
extension GittinsIndex {
  private enum CodingKeys: String, CodingKey { case configuration, spec }

  /// Computes the indices again.
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

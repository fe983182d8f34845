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
public typealias GittinsIndex = BanditLearner<GittinsRule>

/// The arm with the highest index.
public struct GittinsRule: ArmRule {
  public static var learner: String { "gittins" }

  public struct Configuration: LearnerConfiguration {
    @Setting(
      "discount of each pull with respect to the one before; 0 is 1 - 1 / n for lifetimes of n pulls", 0...0.9999,
      symbol: "γ", source: "a usual choice where lifetimes end")
    public var discount = 0.0
    @Setting(.priorSuccesses) public var priorSuccesses = 1.0
    @Setting(.priorFailures) public var priorFailures = 1.0
    @Setting(.tiesOfArms) public var ties = TieBreaking.random

    /// The uniform prior, and a discount that goes with the length of lifetimes.
    public init() {}
  }

  let indices: GittinsIndices
  let prior: BetaPrior
  let ties: TieBreaking

  /// Computes the index of every record that an arm can have.
  ///
  /// - Throws: `SettingsError` if lifetimes are longer than 5000 pulls.
  public init(_ configuration: Configuration, armCount: Int, pullCount: Int) throws {
    guard pullCount <= 5000 else {
      throw SettingsError("gittins computes indices for lifetimes of up to 5000 pulls, not \(pullCount)")
    }
    prior = BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures)
    ties = configuration.ties
    indices = GittinsIndices(
      pullCount: pullCount,
      discount: configuration.discount > 0 ? configuration.discount : 1 - 1 / Double(pullCount), prior: prior)
  }

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

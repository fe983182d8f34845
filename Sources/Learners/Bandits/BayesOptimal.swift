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
public typealias BayesOptimal = BanditLearner<BayesOptimalRule>

/// The arm that dynamic programming found.
public struct BayesOptimalRule: ArmRule {
  public static var learner: String { "bayes-optimal" }

  public struct Configuration: LearnerConfiguration {
    @Setting(.priorSuccesses) public var priorSuccesses = 1.0
    @Setting(.priorFailures) public var priorFailures = 1.0

    public init() {}
  }

  /// The beliefs that there may be.
  private static let beliefLimit = 1e6

  let pulls: BayesOptimalPulls
  let prior: BetaPrior

  /// Solves the bandit by dynamic programming over beliefs.
  ///
  /// - Throws: `UnsupportedFamilyError` unless there are few enough beliefs.
  public init(_ configuration: Configuration, armCount: Int, pullCount: Int) throws {
    let beliefs = BayesOptimalPulls.beliefCount(armCount: armCount, pullCount: pullCount, limit: Self.beliefLimit)
    guard beliefs <= Self.beliefLimit else {
      throw UnsupportedFamilyError(
        "bayes-optimal goes through every belief that there can be, up to a million of them. \(armCount) arms and "
          + "\(pullCount) pulls have more; 10 pulls of any number of arms would do, and so would 60 pulls of 2 arms. "
          + "gittins is close to it and has no such bound.")
    }
    prior = BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures)
    pulls = BayesOptimalPulls(armCount: armCount, pullCount: pullCount, prior: prior)
  }

  /// The mean return of a lifetime, if tasks are drawn from the prior.
  public var expectedLifetimeReturn: Double { pulls.value }

  /// The mean return of each pull, if tasks are drawn from the prior.
  public var expectedReturns: [Double] { pulls.rewards }

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

import MetaRL
import Tensors

/// Pulls the arm with the highest posterior mean, and now and then any arm.
///
/// The rule is folklore; see Sutton & Barto (2018), "Reinforcement Learning", section 2.2. With a probability of 0 it
/// never explores on purpose: that is the catalog's `greedy`.
///
/// Departs from the book: the mean is the posterior mean, which starts with a prior, as
/// in Duan et al. (2016, arXiv:1611.02779).
///
/// Logs: nothing.
public typealias EpsilonGreedy = BanditLearner<EpsilonGreedyRule>

/// The arm with the highest mean, or any.
public struct EpsilonGreedyRule: ArmRule {
  public static var learner: String { "epsilon-greedy" }

  public struct Configuration: LearnerConfiguration {
    @Setting("probability of pulling any arm", 0...1, symbol: "ε", source: "Sutton & Barto 2018, section 2.3")
    public var explorationProbability = 0.1
    @Setting(.priorSuccesses) public var priorSuccesses = 1.0
    @Setting(.priorFailures) public var priorFailures = 1.0
    @Setting(.tiesOfArms) public var ties = TieBreaking.random

    /// One pull in ten is any arm's.
    public init() {}
  }

  let explorationProbability: Double
  let prior: BetaPrior
  let ties: TieBreaking

  public init(_ configuration: Configuration, armCount: Int, pullCount: Int) {
    explorationProbability = configuration.explorationProbability
    prior = BetaPrior(successes: configuration.priorSuccesses, failures: configuration.priorFailures)
    ties = configuration.ties
  }

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

import Foundation
import MetaRL
import Tensors

/// Pulls the arm with the highest upper confidence bound.
///
/// Auer, Cesa-Bianchi & Fischer (2002), "Finite-time analysis of the multiarmed bandit problem", figure 1. Every arm is
/// pulled once; from then on the arm with the highest sum of its mean reward and of a bonus that grows slowly with time
/// and falls with the arm's own pulls.
///
/// Departs from the paper: the weight of the bonus is a setting; the paper's is 1. `index = posterior-mean`
/// is the rule of Duan et al. (2016, arXiv:1611.02779), in which every arm starts with one success in two
/// pulls, and no pull is forced.
///
/// Logs: nothing.
public typealias UCB1 = BanditLearner<UCB1Rule>

/// The arm with the highest bound.
public struct UCB1Rule: ArmRule {
  public static var learner: String { "ucb1" }

  /// The mean that the bonus is added to.
  public enum Index: String, Codable, Sendable, CaseIterable {
    /// The mean reward of an arm, after one pull of each.
    case empiricalMean = "empirical-mean"
    /// The mean reward with one success and one failure more than there were.
    case posteriorMean = "posterior-mean"
  }

  public struct Configuration: LearnerConfiguration {
    @Setting(
      "what the bonus is added to: the mean reward after one pull of each arm, or the mean with a success and a "
        + "failure more",
      source: "Auer et al. 2002, figure 1")
    public var index = Index.empiricalMean
    @Setting("weight of the bonus √(2 ln t / N)", 0...100, symbol: "c", source: "Auer et al. 2002, figure 1")
    public var bonusWeight = 1.0
    @Setting(.tiesOfArms) public var ties = TieBreaking.random

    public init() {}
  }

  let configuration: Configuration

  public init(_ configuration: Configuration, armCount: Int, pullCount: Int) { self.configuration = configuration }

  /// A reward between 0 and 1 counts as a fractional success.
  public static var rewardsAreBinary: Bool { false }

  /// The arm with the highest bound; an arm that was never pulled has none, and comes first.
  public func chooseArm(after counts: ArmCounts, using random: inout RandomStream) -> Int {
    let (prior, time) =
      switch configuration.index {
      // The paper's n: the pulls so far.
      case .empiricalMean: (0.0, max(1, counts.totalPulls))
      case .posteriorMean: (1.0, counts.totalPulls + 1)
      }
    let logarithm = 2 * log(Double(time))
    return configuration.ties.best(of: counts.pulls.count, using: &random) { arm in
      let pulls = Double(counts.pulls[arm]) + 2 * prior
      if pulls == 0 { return .infinity }
      return (counts.successes[arm] + prior) / pulls + configuration.bonusWeight
        * (logarithm / pulls).squareRoot()
    }
  }
}

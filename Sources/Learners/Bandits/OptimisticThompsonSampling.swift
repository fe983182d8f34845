import Foundation
import MetaRL
import Tensors

/// Thompson sampling that never values an arm below its posterior mean.
///
/// May, Korda, Lee & Leslie (2012), "Optimistic Bayesian sampling in contextual-bandit problems": the optimistic
/// Bayesian sampling of their section 2.4. A draw from the belief about an arm moves an agent to explore if it is high;
/// if it is low it only keeps the agent from an arm for no reason.
///
/// Departs from the paper: several draws may be made, of which the highest counts. `optimism = likeliest-sample` is the
/// rule of Duan et al. (2016, arXiv:1611.02779): of several joint draws the one that is likeliest under the belief, and
/// then its best arm.
///
/// Logs: nothing.
public typealias OptimisticThompsonSampling = BanditLearner<OptimisticThompsonRule>

/// The best arm in an optimistic world.
public struct OptimisticThompsonRule: ArmRule {
  public static var learner: String { "optimistic-thompson" }

  /// The statistic of an arm's samples.
  public enum Optimism: String, Codable, Sendable, CaseIterable {
    /// An arm's score is the highest of its draws and of the mean.
    case atLeastTheMean = "at-least-the-mean"
    /// Of the joint draws, that of the highest density under the belief is taken.
    case likeliestSample = "likeliest-sample"
  }

  public struct Configuration: LearnerConfiguration {
    @Setting(
      "what is done with draws: no score below the mean, or the likeliest of several joint draws",
      source: "May et al. 2012, section 2.4")
    public var optimism = Optimism.atLeastTheMean
    @Setting(
      "draws from the belief about all arms before each pull", 1...1000, source: "May et al. 2012, section 2.4")
    public var sampleCount = 1
    @Setting(.priorSuccesses) public var priorSuccesses = 1.0
    @Setting(.priorFailures) public var priorFailures = 1.0

    /// The uniform prior, and one draw a pull.
    public init() {}
  }

  let configuration: Configuration

  public init(_ configuration: Configuration, armCount: Int, pullCount: Int) { self.configuration = configuration }

  /// A reward between 0 and 1 counts as a fractional success.
  public static var rewardsAreBinary: Bool { false }

  public func chooseArm(after counts: ArmCounts, using random: inout RandomStream) -> Int {
    switch configuration.optimism {
    case .atLeastTheMean: armNotBelowItsMean(counts, using: &random)
    case .likeliestSample: armOfLikeliestSample(counts, using: &random)
    }
  }

  /// The parameters of the belief about an arm.
  private func belief(_ arm: Int, _ counts: ArmCounts) -> (alpha: Double, beta: Double) {
    (
      configuration.priorSuccesses + counts.successes[arm],
      configuration.priorFailures + Double(counts.pulls[arm]) - counts.successes[arm]
    )
  }

  private func armNotBelowItsMean(_ counts: ArmCounts, using random: inout RandomStream) -> Int {
    var best = (arm: 0, score: -Double.infinity)
    for arm in counts.pulls.indices {
      let (alpha, beta) = belief(arm, counts)
      var score = alpha / (alpha + beta)
      for _ in 0..<configuration.sampleCount { score = max(score, random.beta(alpha, beta)) }
      if score > best.score { best = (arm, score) }
    }
    return best.arm
  }

  private func armOfLikeliestSample(_ counts: ArmCounts, using random: inout RandomStream) -> Int {
    var likeliest = (arm: 0, logDensity: -Double.infinity)
    for _ in 0..<configuration.sampleCount {
      var best = (arm: 0, probability: -Double.infinity)
      // Without what does not depend on the draw.
      var logDensity = 0.0
      for arm in counts.pulls.indices {
        let (alpha, beta) = belief(arm, counts)
        let probability = random.beta(alpha, beta)
        if probability > best.probability { best = (arm, probability) }
        if alpha != 1 { logDensity += (alpha - 1) * log(max(probability, .leastNormalMagnitude)) }
        if beta != 1 { logDensity += (beta - 1) * log(max(1 - probability, .leastNormalMagnitude)) }
      }
      if logDensity > likeliest.logDensity { likeliest = (best.arm, logDensity) }
    }
    return likeliest.arm
  }
}

import Foundation
import MetaRL
import Tensors

/// Pulls each arm with the probability that it is the best one, given what it has paid so far.
///
/// Thompson (1933), "On the likelihood that one unknown probability exceeds another in view of the evidence of two
/// samples". Every arm has a beta posterior; each pull draws a probability from every posterior and takes the
/// arm with the highest. The prior is given, not learned, so nothing is trained.
///
/// Departs from the paper: more than two arms, as in Duan et al. (2016, arXiv:1611.02779, section 3.1); a reward
/// between 0 and 1 counts as so much of a success.
///
/// Draws from the beta distribution use powers and logarithms of the C library: on another system their last bits, and
/// so rare pulls, may differ.
///
/// Logs: nothing.
public struct ThompsonSampling: MetaLearner {
  /// The prior of every arm.
  public struct Configuration: LearnerConfiguration {
    /// Successes that every arm is thought to have had before the first pull: the beta distribution's α.
    public var priorSuccesses = 1.0
    /// Failures that every arm is thought to have had before the first pull: the beta distribution's β.
    public var priorFailures = 1.0

    /// The uniform prior.
    public init() {}

    /// What the settings mean.
    public static let settings: [Setting] = [
      Setting(
        "priorSuccesses", "successes that every arm is thought to have had before the first pull",
        .numberAbove(0, through: 1000), symbol: "α", source: "the uniform prior"),
      Setting(
        "priorFailures", "failures that every arm is thought to have had before the first pull",
        .numberAbove(0, through: 1000), symbol: "β", source: "the uniform prior"),
    ]
  }

  private let configuration: Configuration
  private let spec: EnvironmentSpec
  private let armCount: Int

  /// Notes the number of arms.
  ///
  /// - Throws: `UnsupportedFamily` unless actions are choices and an episode is one step.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace, spec.horizon == 1 else {
      let actions =
        switch spec.actionSpace {
        case .discrete(let count): "\(count) choices"
        case .continuous(let size): "continuous actions of \(size) numbers"
        }
      throw UnsupportedFamily(
        "Thompson sampling pulls the arms of a bandit: it needs choices and episodes of one step. This family has "
          + "\(actions) and episodes of up to \(spec.horizon) steps; bernoulli-bandit-5x10 would do.")
    }
    self.configuration = configuration
    self.spec = spec
    armCount = count
  }

  /// Trains nothing and takes no steps.
  public mutating func metaTrain(_ session: inout TrainingSession) {}

  /// Agents with the prior.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> PerLane<Posterior> {
    let newborn = Posterior(
      successes: [Double](repeating: configuration.priorSuccesses, count: armCount),
      failures: [Double](repeating: configuration.priorFailures, count: armCount))
    return PerLane([Posterior](repeating: newborn, count: random.count), for: spec)
  }

  /// What an agent believes of its arms, and how it acts on it.
  public struct Posterior: LaneAgent {
    /// The successes of each arm, those of the prior included.
    public private(set) var successes: [Double]
    /// The failures of each arm, those of the prior included.
    public private(set) var failures: [Double]

    /// Draws a probability for every arm and pulls the arm with the highest.
    public mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction {
      var best = (arm: 0, probability: -Double.infinity)
      for arm in successes.indices {
        let probability = random.beta(successes[arm], failures[arm])
        if probability > best.probability { best = (arm, probability) }
      }
      return .discrete(best.arm)
    }

    /// Counts a reward of 1 as a success and one of 0 as a failure.
    public mutating func observe(_ transition: LaneTransition) {
      guard case .discrete(let arm) = transition.action else { return }
      let success = max(0, min(1, Double(transition.reward)))
      successes[arm] += success
      failures[arm] += 1 - success
    }
  }
}

extension RandomStream {
  /// A number with a beta distribution: a gamma-distributed number as a share of its sum with another.
  fileprivate mutating func beta(_ successes: Double, _ failures: Double) -> Double {
    let (won, lost) = (gamma(shape: successes), gamma(shape: failures))
    // Both can underflow to 0 where both shapes are tiny; then all weight is at the ends.
    return won + lost > 0 ? won / (won + lost) : (uniform() * (successes + failures) < successes ? 1 : 0)
  }

  /// A number with a gamma distribution of scale 1: Marsaglia & Tsang (2000), "A simple method for generating gamma
  /// variables", section 2 and, for shapes below 1, the last remark of section 6.
  fileprivate mutating func gamma(shape: Double) -> Double {
    if shape < 1 {
      let larger = gamma(shape: shape + 1)
      return larger * pow(1 - uniform(), 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normals(1)[0])
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      // 1 - uniform() is never 0, so its logarithm is finite.
      if log(1 - uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}

import MetaRL
import Tensors

/// Pulls each arm with the probability that it is the best one, given what it has paid so far.
///
/// Thompson (1933), "On the likelihood that one unknown probability exceeds another in view of the evidence of two
/// samples". Every arm has a beta posterior; each pull draws a probability from every posterior and takes the
/// arm with the highest. The prior is given, not learned, so nothing is trained.
///
/// Departs from the paper: more than two arms, as in Duan et al. (2016, arXiv:1611.02779, section 3.1); a reward
/// between 0 and 1 counts as a fractional success.
///
/// Draws from the beta distribution use powers and logarithms of the C library: on another system their last bits, and
/// so rare pulls, may differ.
///
/// Logs: nothing.
public struct ThompsonSampling: MetaLearner {
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "successes that every arm is thought to have had before the first pull", above: 0, through: 1000, symbol: "α",
      source: "the uniform prior")
    public var priorSuccesses = 1.0
    @Setting(
      "failures that every arm is thought to have had before the first pull", above: 0, through: 1000, symbol: "β",
      source: "the uniform prior")
    public var priorFailures = 1.0

    public init() {}
  }

  private let configuration: Configuration
  private let armCount: Int

  /// Notes the number of arms; there is nothing to train.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices and an episode is one step.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    armCount = try arms(of: spec, for: "Thompson sampling")
    self.configuration = configuration
  }

  public mutating func metaTrain(_ session: inout TrainingSession) {}

  public func makeAgent(using random: LaneRandom) -> PerLane<Posterior> {
    let newborn = Posterior(
      successes: [Double](repeating: configuration.priorSuccesses, count: armCount),
      failures: [Double](repeating: configuration.priorFailures, count: armCount))
    return PerLane([Posterior](repeating: newborn, count: random.count))
  }

  /// The posterior of an agent's arms, and the agent's actions.
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

import MetaRL
import Networks
import Tensors

/// The distribution of an agent's latent vector: normal with independent components.
///
/// The logarithm of a deviation is never taken to be below -5: where there is next to nothing to
/// draw, the scores of draws explode.
public struct LatentDistribution: Sendable {
  /// The mean of z, a vector `[latent]`.
  public let mean: Tensor
  /// The logarithm of the standard deviation, `[latent]`.
  public let logDeviation: Tensor

  /// The logarithms of deviations that are used.
  public static let logDeviationRange = -5.0...1e30

  /// Latent vectors that were drawn, one an episode, and their advantages.
  public struct Draws: Sendable {
    /// The draws, one a row, `[episode, latent]`.
    public let z: Tensor
    /// The advantage of each episode, divided by their number: `[episode]`.
    public let weights: Tensor
    /// Their log-densities when they were drawn, a constant: `[episode]`.
    public let logProbabilities: Tensor

    /// Creates a batch of latent vectors and their advantages.
    ///
    /// - Parameters:
    ///   - z: `[episode, latent]`.
    ///   - advantages: one number an episode.
    ///   - distribution: what they were drawn from.
    public init(z: Tensor, advantages: [Double], from distribution: LatentDistribution) {
      self.z = z.detached
      let share = 1 / Double(max(advantages.count, 1))
      weights = Tensor(advantages.map { share * $0 }, shape: [advantages.count], precision: z.precision)
      logProbabilities = distribution.logProbability(of: z).detached
    }
  }

  /// A distribution of independent numbers, of vectors of one size.
  public init(mean: Tensor, logDeviation: Tensor) {
    self.mean = mean
    self.logDeviation = logDeviation
  }

  /// The standard normal distribution of vectors of the given size.
  public init(prior size: Int, precision: Precision = .float) {
    self.init(
      mean: Tensor(repeating: 0, shape: [size], precision: precision),
      logDeviation: Tensor(repeating: 0, shape: [size], precision: precision))
  }

  /// Whether every number of mean and deviation is finite.
  public var isFinite: Bool { mean.isFinite && logDeviation.isFinite }

  private var size: Int { mean.count }
  private var boundedLogDeviation: Tensor { logDeviation.clamped(to: Self.logDeviationRange) }

  /// One draw a row, given standard normal numbers `[row, latent]`: a function of mean and deviation.
  public func sample(_ noise: Tensor) -> Tensor { mean + noise * boundedLogDeviation.exp() }

  /// The log-density of one vector a row: `[row]`.
  public func logProbability(of z: Tensor) -> Tensor {
    DiagonalGaussian(mean: mean.reshaped([1, size]), logDeviation: boundedLogDeviation).logProbability(of: z)
  }

  /// KL(self ‖ standard normal) = Σ ½ (μ² + σ² - 1 - 2 log σ), a scalar.
  ///
  /// Its gradient is there where the deviation is too small to be used, too, and leads out.
  public func divergenceFromPrior() -> Tensor {
    let terms = mean * mean + (2 * logDeviation).exp() - 2 * logDeviation
    return 0.5 * (terms.sum() - Tensor(Double(size), precision: mean.precision))
  }

  /// The distribution after it has gone down the gradient of its divergence from the prior for some time: the limit of many
  /// small steps, whose sizes add up to that time.
  ///
  /// From dμ/dt = -μ and d log σ/dt = 1 - σ² follow μ e^{-t} and 1/σ² = 1 + (1/σ₀² - 1) e^{-2t}. A step of that size in a straight
  /// line would overshoot where σ is large.
  public func drawnToPrior(for time: Double) -> LatentDistribution {
    let one = Tensor(1, precision: mean.precision)
    let decay = Tensor(-time, precision: mean.precision).exp()
    let precision = one + decay * decay * ((-2 * boundedLogDeviation).exp() - one)
    return LatentDistribution(mean: decay * mean, logDeviation: -0.5 * precision.log())
  }

  /// The gradient of -Σ wₙ log N(zₙ; μ, σ) with respect to μ and log σ, in closed form.
  ///
  /// With x = (z - μ) / σ, the score is x / σ and x² - 1. An episode has one z, so there are no terms
  /// across time, and LVC is DiCE.
  ///
  /// - Parameters:
  ///   - draws: z and w.
  ///   - estimator: what of the Hessian the derivative of the result has.
  /// - Returns: `[latent]` each.
  public func gradient(
    _ draws: Draws, _ estimator: InnerEstimator
  ) -> (mean: Tensor, logDeviation: Tensor) {
    let precision = (-boundedLogDeviation).exp()
    let x = (draws.z - mean) * precision
    var weights = draws.weights
    switch estimator {
    case .firstOrder, .naive: break
    case .lowVarianceCurvature, .dice, .loadedDice:
      weights = weights * (logProbability(of: draws.z) - draws.logProbabilities).clamped(to: -20...20).exp()
    }
    let column = weights.reshaped([weights.count, 1])
    let gradient = (
      mean: -(column * (x * precision)).sum(axis: 0),
      logDeviation: -(column * (x * x - Tensor(1, precision: x.precision))).sum(axis: 0)
    )
    return estimator == .firstOrder ? (gradient.mean.detached, gradient.logDeviation.detached) : gradient
  }

  /// μ - α ∂L/∂μ and log σ - α' ∂L/∂log σ for the loss of `gradient(_:_:)`.
  ///
  /// - Parameters:
  ///   - draws: z and w.
  ///   - estimator: how the step is differentiated.
  ///   - sizes: α and α', `[latent]` or scalars.
  /// - Returns: the distribution after the step.
  public func step(
    _ draws: Draws, _ estimator: InnerEstimator, sizes: (mean: Tensor, logDeviation: Tensor)
  ) -> LatentDistribution {
    let gradient = gradient(draws, estimator)
    return LatentDistribution(
      mean: mean - sizes.mean * gradient.mean,
      logDeviation: (boundedLogDeviation - sizes.logDeviation * gradient.logDeviation)
        .clamped(to: Self.logDeviationRange))
  }
}

/// The advantage of each episode over the expectation at its start, standardized over the episodes.
///
/// It is the generalized advantage of the first step, against a linear baseline that is fitted to these very episodes.
/// If all have the same return, all are 0: what is left of the differences is rounding, or the baseline's own.
///
/// - Parameters:
///   - episodes: at least one.
///   - reward: which reward; the reported one, if nothing is said.
///   - discount: γ.
///   - lambda: λ of generalized advantage estimates.
/// - Returns: one number an episode.
public func episodeAdvantages(
  _ episodes: [Episode], reward: RewardChoice = .reported, discount: Double, lambda: Double
) -> [Double] {
  let rewards = episodes.map { $0.rewards(reward).map { Double($0) } }
  let returns = rewards.map { discountedSums($0, discount: discount) }
  let sums = returns.map { $0.first ?? 0 }
  guard let least = sums.min(), let most = sums.max(), most - least > 1e-6 * max(1, abs(least), abs(most)) else {
    return episodes.map { _ in 0 }
  }
  let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns)
  let estimates = zip(episodes, rewards).map { episode, rewards in
    generalizedAdvantages(
      rewards: rewards, values: baseline.values(episode), discount: discount, lambda: lambda
    ).first ?? 0
  }
  return standardized(estimates).numbers
}

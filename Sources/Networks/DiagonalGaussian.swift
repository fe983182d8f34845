import Tensors

/// Normal distributions with independent components: one a row, with a deviation that all rows share or with that of each
/// row.
public struct DiagonalGaussian: Sendable {
  /// The mean of each vector, `[row, size]`.
  public let mean: Tensor
  /// The logarithm of the standard deviation, `[size]` or `[row, size]`.
  public let logDeviation: Tensor

  /// Distributions with the given means, one a row.
  public init(mean: Tensor, logDeviation: Tensor) {
    self.mean = mean
    self.logDeviation = logDeviation
  }

  private var size: Int { mean.shape[1] }

  /// A sum over the components: a scalar if all rows share them, else `[row]`.
  private func total(_ components: Tensor) -> Tensor {
    components.shape.count == 1 ? components.sum() : components.sum(axis: 1)
  }

  /// The log-density of one vector a row, summed over its components: `[row]`.
  public func logProbability(of actions: Tensor) -> Tensor {
    let standardized = (actions - mean) * (-logDeviation).exp()
    let constant = 0.5 * Double(size) * logTwoPi
    let normalizer = total(logDeviation) + Tensor(constant, precision: mean.precision)
    return -0.5 * (standardized * standardized).sum(axis: 1) - normalizer
  }

  /// KL(self ‖ other) in each row: `[row]`.
  public func divergence(to other: DiagonalGaussian) -> Tensor {
    let difference = mean - other.mean
    let variance = (2 * logDeviation).exp()
    let precision = (-2 * other.logDeviation).exp()
    let quadratic = ((difference * difference + variance) * precision).sum(axis: 1)
    let constant = total(other.logDeviation - logDeviation) - Tensor(0.5 * Double(size), precision: mean.precision)
    return 0.5 * quadratic + constant
  }

  /// The entropy of one row, a scalar, where all rows share the deviation; else that of each, `[row]`.
  public func entropy() -> Tensor {
    total(logDeviation) + Tensor(0.5 * Double(size) * (1 + logTwoPi), precision: mean.precision)
  }

  /// One draw a row, given standard normal numbers `[row, size]`.
  public func sample(_ noise: Tensor) -> Tensor { mean + noise * logDeviation.exp() }

  /// The Fisher information of the mean over rows, as a map on changes
  /// of (mean, log-deviation): diag(1/σ², 2), averaged.
  ///
  /// - Precondition: all rows share the deviation.
  public func fisher() -> @Sendable ([Tensor]) -> [Tensor] {
    let weight = (1 / Double(mean.shape[0])) * (-2 * logDeviation.detached).exp()
    return { changes in [changes[0] * weight, 2 * changes[1]] }
  }
}

private let logTwoPi = 1.8378770664093454835606594728112

import Tensors

/// Normal vectors with independent components, each brought within ±1 by the hyperbolic tangent; every row
/// has its own mean and deviation.
///
/// An action is only evaluated where it was drawn: its preimage is at hand there, and cannot be found again from an action
/// that rounding has brought to 1.
public struct SquashedGaussian: Sendable {
  /// Logarithms of deviations are brought into this range.
  public static let logDeviationRange = -20.0...2.0

  /// The mean before the tangent, `[row, size]`.
  public let mean: Tensor
  /// The logarithm of the standard deviation before the tangent, `[row, size]`.
  public let logDeviation: Tensor

  /// Distributions of the given means before the tangent, one a row.
  public init(mean: Tensor, logDeviation: Tensor) {
    self.mean = mean
    self.logDeviation = logDeviation.clamped(to: Self.logDeviationRange)
  }

  /// Makes distributions of what a network computed: means, then logarithms of deviations, `[row, 2 * size]`.
  public init(outputs: Tensor) {
    let size = outputs.shape[1] / 2
    self.init(mean: outputs.slice(0..<size, axis: 1), logDeviation: outputs.slice(size..<2 * size, axis: 1))
  }

  /// The action of the mean, `[row, size]`.
  public var mode: Tensor { mean.tanh() }

  /// One draw a row, given standard normal numbers `[row, size]`.
  ///
  /// - Parameter noise: the numbers.
  /// - Returns: the actions, `[row, size]`, and their log-densities, `[row]`; both follow mean and deviation.
  public func sample(_ noise: Tensor) -> (actions: Tensor, logProbability: Tensor) {
    let preimages = mean + noise * logDeviation.exp()
    return (preimages.tanh(), logProbability(standardized: noise, preimages: preimages))
  }

  /// The log-density of the actions that are the tangents of given vectors, one a row: `[row]`.
  public func logProbability(ofPreimages preimages: Tensor) -> Tensor {
    logProbability(standardized: (preimages - mean) * (-logDeviation).exp(), preimages: preimages)
  }

  /// The normal log-density less the logarithm of the tangent's slope, log(1 - tanh²u) = 2 (log 2 - u - softplus(-2u)).
  private func logProbability(standardized: Tensor, preimages: Tensor) -> Tensor {
    let normal = -0.5 * (standardized * standardized) - logDeviation
    let slope = preimages + (-2 * preimages).softplus()
    let constant = Double(mean.shape[1]) * (0.5 * logTwoPi + 2 * logTwo)
    return (normal + 2 * slope).sum(axis: 1) - Tensor(constant, precision: mean.precision)
  }
}

private let logTwoPi = 1.8378770664093454835606594728112
private let logTwo = 0.69314718055994530941723212145818

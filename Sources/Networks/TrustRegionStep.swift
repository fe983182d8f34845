import Tensors

/// A step of trust-region policy optimization (Schulman et al., 2015, appendix C).
public struct TrustRegionStep: Codable, Sendable, Hashable {
  /// The largest mean divergence of the new policy from the old one: δ in the paper.
  public var maximumDivergence = 0.01
  /// Products with the Fisher information in conjugate gradients.
  public var conjugateGradientIterations = 10
  /// Added to the diagonal of the Fisher information.
  public var damping = 1e-5
  /// The factor between one try of the line search and the next.
  public var backtrackRatio = 0.8
  /// Tries of the line search, each with a shorter step.
  public var maximumBacktracks = 15

  /// The outcome of a step and its line search.
  public struct Outcome: Sendable {
    /// The new parameters; the old ones, bit for bit, if no try was accepted.
    public var parameters: Parameters
    /// The number of tries before the accepted one; nil if none was.
    public var backtracks: Int?
    /// The divergence at the new parameters; 0 if no try was accepted.
    public var divergence: Double
  }

  /// A step with the usual settings.
  public init() {}

  /// Solves `F x = g`, scales the step to the trust region, and shortens it until the loss falls inside the region.
  ///
  /// - Parameters:
  ///   - parameters: where.
  ///   - loss: the loss there.
  ///   - gradient: its gradient there.
  ///   - fisherProduct: the product with the Fisher information, without damping.
  ///   - evaluate: loss and divergence at other parameters.
  /// - Returns: the new parameters and how they were found.
  public func callAsFunction(
    from parameters: Parameters, loss: Double, gradient: Parameters,
    fisherProduct: (Parameters) throws -> Parameters,
    evaluate: (Parameters) throws -> (loss: Double, divergence: Double)
  ) rethrows -> Outcome {
    let rejected = Outcome(parameters: parameters, backtracks: nil, divergence: 0)
    let (direction, residual, _) = try conjugateGradient(gradient, iterations: conjugateGradientIterations) {
      try fisherProduct($0) + damping * $0
    }
    // F x = g - residual: no further product is needed for the length of the step.
    let curvature = direction.dot(gradient - residual)
    guard curvature > 0, curvature.isFinite else { return rejected }
    let full = (2 * maximumDivergence / curvature).squareRoot()
    var fraction = 1.0
    for backtracks in 0..<maximumBacktracks {
      let candidate = parameters - (full * fraction) * direction
      let (newLoss, divergence) = try evaluate(candidate)
      if newLoss < loss, divergence <= maximumDivergence {
        return Outcome(parameters: candidate, backtracks: backtracks, divergence: divergence)
      }
      fraction *= backtrackRatio
    }
    return rejected
  }
}

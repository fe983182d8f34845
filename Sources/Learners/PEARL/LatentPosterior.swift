import Tensors

/// The posterior of a latent vector: a product of normal factors, one for each experienced step.
///
/// It is kept as precisions and precision-weighted means, which factors only add to: one after the other or all at once, in any
/// order. Without a factor, it is the standard normal distribution.
public struct LatentPosterior: Sendable, Hashable {
  /// The form of a factor.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// A mean and a variance; the product of all factors is the belief.
    case gaussian
    /// A point; the estimate is the mean of all points, without variance.
    case deterministic
  }

  private let kind: Kind
  private let hasPriorFactor: Bool
  private var precisions: [Double]
  private var weightedMeans: [Double]
  /// The factors so far.
  public private(set) var factorCount = 0

  /// The belief before anything was seen.
  ///
  /// - Parameters:
  ///   - size: the numbers of the latent vector.
  ///   - kind: what factors tell.
  ///   - hasPriorFactor: whether the standard normal distribution is a factor in addition to those of steps.
  public init(size: Int, kind: Kind = .gaussian, hasPriorFactor: Bool = false) {
    self.kind = kind
    self.hasPriorFactor = hasPriorFactor && kind == .gaussian
    precisions = [Double](repeating: self.hasPriorFactor ? 1 : 0, count: size)
    weightedMeans = [Double](repeating: 0, count: size)
  }

  /// Multiplies a factor in.
  public mutating func include(means: some Collection<Float>, variances: some Collection<Float>) {
    factorCount += 1
    for (i, (mean, variance)) in zip(means, variances).enumerated() {
      let precision = kind == .gaussian ? 1 / Double(variance) : 1
      precisions[i] += precision
      weightedMeans[i] += precision * Double(mean)
    }
  }

  /// The mean, a number for each of the vector.
  public var mean: [Double] {
    factorCount == 0 ? weightedMeans.map { _ in 0 } : zip(weightedMeans, precisions).map { $0 / $1 }
  }

  /// The variance, a number for each of the vector.
  public var variance: [Double] {
    switch kind {
    case .deterministic: precisions.map { _ in 0 }
    case .gaussian: factorCount == 0 ? precisions.map { _ in 1 } : precisions.map { 1 / $0 }
    }
  }

  /// KL(self ‖ standard normal), summed over the vector; nothing is lost where there is no doubt to speak of.
  public var divergence: Double {
    guard kind == .gaussian else { return 0 }
    let logs = Tensor(variance, shape: [variance.count], precision: .double).log().doubles
    return zip(mean, zip(variance, logs)).reduce(0) { $0 + 0.5 * ($1.1.0 + $1.0 * $1.0 - 1 - $1.1.1) }
  }

  /// A draw, given standard normal numbers.
  public func sample(_ noise: some Collection<Float>) -> [Float] {
    zip(noise, zip(mean, variance)).map { Float($1.0 + $1.1.squareRoot() * Double($0)) }
  }

  /// The products of factors, as functions of them.
  ///
  /// - Parameters:
  ///   - means: `[task, step, latent]`.
  ///   - variances: of the same shape.
  ///   - hasPriorFactor: whether the standard normal distribution is a factor, too.
  /// - Returns: mean and variance of each task, `[task, latent]`.
  public static func product(
    means: Tensor, variances: Tensor, hasPriorFactor: Bool
  ) -> (mean: Tensor, variance: Tensor) {
    let precisions = variances.reciprocal()
    let sum = precisions.sum(axis: 1)
    let variance = (hasPriorFactor ? sum + Tensor(1, precision: sum.precision) : sum).reciprocal()
    return (variance * (means * precisions).sum(axis: 1), variance)
  }

  /// KL(N(mean, variance) ‖ N(0, 1)), summed over everything.
  public static func divergence(mean: Tensor, variance: Tensor) -> Tensor {
    let terms = variance + mean * mean - variance.log()
    return 0.5 * (terms.sum() - Tensor(Double(terms.count), precision: terms.precision))
  }
}

import Learners
import Tensors
import Testing

/// Draws of what is believed, against the moments and the probabilities of their distributions.
@Suite struct DistributionDrawTests {
  private func check(_ draws: [Double], mean: Double, variance: Double, _ what: String) {
    expect(estimate(draws), toBe: mean, 0, "the mean of \(what)")
    expect(estimate(draws.map { ($0 - mean) * ($0 - mean) }), toBe: variance, 0, "the variance of \(what)")
  }

  @Test(arguments: [0.05, 0.5, 1, 2, 4, 4.5, 5, 30, 1000])
  func gammaDrawsHaveTheirMeanAndVariance(shape: Double) {
    var random = RandomStream(seed: 4).split("gamma", Int(shape * 100))
    let draws = (0..<40_000).map { _ in random.gamma(shape: shape) }
    check(draws, mean: shape, variance: shape, "shape \(shape)")
    // Another moment: the third about 0.
    let third = estimate(draws.map { $0 * $0 * $0 })
    #expect(abs(third.mean - shape * (shape + 1) * (shape + 2)) < 5 * third.standardError)
  }

  @Test(arguments: [(1.0, 1.0), (0.01, 0.01), (3, 2), (0.5, 7), (200, 100)])
  func betaDrawsHaveTheirMeanAndVariance(alpha: Double, beta: Double) {
    var random = RandomStream(seed: 5).split("beta", Int(alpha * 100))
    let draws = (0..<40_000).map { _ in random.beta(alpha, beta) }
    let sum = alpha + beta
    check(draws, mean: alpha / sum, variance: alpha * beta / (sum * sum * (sum + 1)), "\(alpha), \(beta)")
  }

  private func draw(_ weights: inout [Double], endings: Double, using random: inout RandomStream) {
    let chances = random.uniforms(weights.count)
    weights.withUnsafeMutableBufferPointer { weights in
      chances.withUnsafeBufferPointer { random.dirichlet(weights, chances: $0, endings: endings) }
    }
  }

  @Test("Dirichlet draws have their means and variances and leave room for endings") func dirichletDraws() {
    let (weights, endings) = ([1.0, 2.5, 0, 0.2, 6], 1.5)
    let sum = weights.reduce(endings, +)
    var random = RandomStream(seed: 6)
    let draws = (0..<40_000).map { _ in
      var row = weights
      draw(&row, endings: endings, using: &random)
      return row
    }
    for (outcome, weight) in weights.enumerated() {
      if weight == 0 {
        #expect(draws.allSatisfy { $0[outcome] == 0 })
      } else {
        check(
          draws.map { $0[outcome] }, mean: weight / sum,
          variance: weight * (sum - weight) / (sum * sum * (sum + 1)), "outcome \(outcome)")
      }
    }
    let missing = draws.map { 1 - $0.reduce(0, +) }
    check(missing, mean: endings / sum, variance: endings * (sum - endings) / (sum * sum * (sum + 1)), "endings")
    var full = weights
    draw(&full, endings: 0, using: &random)
    #expect(abs(full.reduce(0, +) - 1) < 1e-12)
  }

  @Test func oneNormalNumberIsTheFirstOfMany() {
    var (one, many) = (RandomStream(seed: 7), RandomStream(seed: 7))
    for _ in 0..<5 { #expect(one.normal() == many.normals(1)[0]) }
    #expect(one == many)
  }
}

import Learners
import Tensors
import Testing

private let means: [[Float]] = [[1, -0.5], [0.2, 0.3], [-0.4, 2]]
private let variances: [[Float]] = [[0.5, 1], [2, 0.25], [1, 4]]

private func posterior(_ order: [Int], kind: LatentPosterior.Kind = .gaussian, prior: Bool = false)
  -> LatentPosterior
{
  var posterior = LatentPosterior(size: 2, kind: kind, hasPriorFactor: prior)
  for i in order { posterior.include(means: means[i], variances: variances[i]) }
  return posterior
}

private func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-7) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < tolerance }
}

@Suite struct LatentPosteriorTests {
  /// Numbers of an independent computation.
  @Test func productsAreThoseOfTheTable() {
    let plain = posterior([0, 1, 2])
    #expect(
      close(plain.mean, [0.4857142857, 0.2285714286]) && close(plain.variance, [0.2857142857, 0.1904761905]))
    #expect(abs(plain.divergence - 0.8376723933) < 1e-7)
    let withPrior = posterior([0, 1, 2], prior: true)
    #expect(close(withPrior.mean, [0.3777777778, 0.192]) && close(withPrior.variance, [0.2222222222, 0.16]))
    #expect(abs(withPrior.divergence - 0.9492305661) < 1e-7)
  }

  @Test(arguments: [false, true]) func theProductOfALayerOfFactorsIsThatOfTheAgent(prior: Bool) {
    func tensor(_ rows: [[Float]]) -> Tensor {
      Tensor((rows + rows.reversed()).flatMap { $0.map { Double($0) } }, shape: [2, 3, 2], precision: .double)
    }
    let product = LatentPosterior.product(means: tensor(means), variances: tensor(variances), hasPriorFactor: prior)
    let agent = posterior([0, 1, 2], prior: prior)
    #expect(close(product.mean.doubles, agent.mean + agent.mean, 1e-12))
    #expect(close(product.variance.doubles, agent.variance + agent.variance, 1e-12))
    let divergence = LatentPosterior.divergence(mean: product.mean, variance: product.variance).scalar
    #expect(abs(divergence - 2 * agent.divergence) < 1e-12)
  }

  @Test("The order of factors and their grouping change nothing") func orderOfFactors() {
    for order in [[0, 2, 1], [2, 1, 0], [1, 0, 2]] {
      let other = posterior(order)
      #expect(close(other.mean, posterior([0, 1, 2]).mean, 1e-12))
      #expect(close(other.variance, posterior([0, 1, 2]).variance, 1e-12))
    }
  }

  @Test("One factor is itself, and two of a kind are twice as precise") func oneAndTwoFactors() {
    #expect(close(posterior([1]).mean, means[1].map { Double($0) }, 1e-12))
    #expect(close(posterior([1]).variance, variances[1].map { Double($0) }, 1e-12))
    #expect(close(posterior([1, 1]).variance, variances[1].map { 0.5 * Double($0) }, 1e-12))
    #expect(close(posterior([1, 1]).mean, posterior([1]).mean, 1e-12))
  }

  /// The product of densities, summed over a grid.
  @Test func theProductIsThatOfTheDensities() {
    let grid = (0..<4001).map { 0.005 * Double($0) - 10 }
    for i in 0..<2 {
      let logs = grid.map { x -> Double in
        var sum = 0.0
        for factor in 0..<3 {
          let distance = x - Double(means[factor][i])
          sum -= 0.5 * distance * distance / Double(variances[factor][i])
        }
        return sum
      }
      let weights = Tensor(logs, shape: [logs.count], precision: .double).exp().doubles
      var (total, mean, variance) = (0.0, 0.0, 0.0)
      for (x, weight) in zip(grid, weights) {
        total += weight
        mean += weight * x
      }
      mean /= total
      for (x, weight) in zip(grid, weights) { variance += weight * (x - mean) * (x - mean) }
      variance /= total
      #expect(abs(mean - posterior([0, 1, 2]).mean[i]) < 1e-9)
      #expect(abs(variance - posterior([0, 1, 2]).variance[i]) < 1e-9)
    }
  }

  @Test("Without a factor, it is the standard normal distribution") func noFactor() {
    for prior in [false, true] {
      let newborn = LatentPosterior(size: 3, hasPriorFactor: prior)
      #expect(newborn.mean == [0, 0, 0] && newborn.variance == [1, 1, 1] && newborn.divergence == 0)
      #expect(newborn.sample([0.5, -1, 2] as [Float]) == [0.5, -1, 2])
    }
  }

  @Test func pointsAreAveragedAndLeaveNoDoubt() {
    let points = posterior([0, 1, 2], kind: .deterministic)
    #expect(close(points.mean, [0.8 / 3, 1.8 / 3], 1e-6) && points.variance == [0, 0] && points.divergence == 0)
    #expect(LatentPosterior(size: 2, kind: .deterministic).sample([1, 1] as [Float]) == [0, 0])
  }

  @Test func theDivergenceIsTheMeanOfTheLogRatio() {
    let belief = posterior([0, 1, 2])
    var random = RandomStream(seed: 2)
    let logs = Tensor(belief.variance, shape: [2], precision: .double).log().doubles
    let ratios = (0..<40_000).map { _ -> Double in
      let noise = random.normals(2)
      let z = belief.sample(noise)
      var sum = 0.0
      for i in 0..<2 {
        let (e, x) = (Double(noise[i]), Double(z[i]))
        sum += 0.5 * (x * x - e * e - logs[i])
      }
      return sum
    }
    expect(estimate(ratios), toBe: belief.divergence)
  }
}

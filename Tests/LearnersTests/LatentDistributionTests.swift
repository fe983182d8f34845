import Learners
import MetaRL
import Networks
import Tensors
import Testing

private func expectEqual(_ a: Tensor, _ b: Tensor, within tolerance: Double = 1e-12) {
  #expect(zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) < tolerance })
}

/// A distribution of three numbers and eleven draws of it, in double precision.
private struct Case {
  let point: Parameters
  let draws: LatentDistribution.Draws
  let sizes: (mean: Tensor, logDeviation: Tensor)

  init() {
    var random = RandomStream(seed: 1)
    func numbers(_ count: Int, _ shape: [Int]) -> Tensor {
      Tensor((0..<count).map { _ in random.uniform(-1, 1) }, shape: shape, precision: .double)
    }
    let names = ["mean", "logDeviation"]
    point = Parameters(names: names, tensors: [numbers(3, [3]), numbers(3, [3])])
    sizes = (numbers(3, [3]), numbers(3, [3]))
    let start = LatentDistribution(mean: point["mean"], logDeviation: point["logDeviation"])
    let z = start.sample(numbers(33, [11, 3]))
    let advantages = numbers(11, [11]).doubles
    draws = LatentDistribution.Draws(z: z, advantages: advantages, from: start)
  }

  func distribution(_ p: Parameters) -> LatentDistribution {
    LatentDistribution(mean: p["mean"], logDeviation: p["logDeviation"])
  }

  func step(_ p: Parameters, _ estimator: InnerEstimator) -> Parameters {
    let next = distribution(p).step(draws, estimator, sizes: sizes)
    return Parameters(names: p.names, tensors: [next.mean, next.logDeviation])
  }
}

@Suite struct LatentDistributionTests {
  @Test func theGradientInClosedFormIsThatOfTheLogDensity() {
    let c = Case()
    let expected = valueAndGradient(at: c.point) { p in
      -(c.draws.weights * c.distribution(p).logProbability(of: c.draws.z)).sum()
    }.gradient
    let ours = c.distribution(c.point).gradient(c.draws, .naive)
    expectEqual(ours.mean, expected["mean"])
    expectEqual(ours.logDeviation, expected["logDeviation"])
  }

  /// All have the same first-order gradient where the draws were made.
  @Test(arguments: InnerEstimator.allCases)
  func estimatorsDifferInDerivativesAlone(estimator: InnerEstimator) {
    let c = Case()
    let (ours, naive) = (c.step(c.point, estimator), c.step(c.point, .naive))
    #expect(zip(ours.tensors, naive.tensors).allSatisfy { $0.doubles == $1.doubles })
  }

  @Test(arguments: replayed)
  func theJacobianOfAStepEqualsDifferences(estimator: InnerEstimator) {
    let c = Case()
    let (u, v) = (c.point.direction(2), c.point.direction(3))
    // u J v, by a gradient and by differences of the step.
    let exact = valueAndGradient(at: c.point) { p in
      let next = c.step(p, estimator)
      return zip(next.tensors, u.tensors).map { ($0 * $1).sum() }.reduce(Tensor(0, precision: .double), +)
    }.gradient.dot(v)
    expectDerivative(exact, of: { c.step($0, estimator).dot(u) }, at: c.point, along: v, within: 1e-8)
  }

  /// I - α H with H in blocks of two numbers a dimension; LVC adds the outer product of the whole score.
  @Test(arguments: [InnerEstimator.firstOrder, .naive, .lowVarianceCurvature, .dice])
  func theJacobianOfAStepHasTheClosedForm(estimator: InnerEstimator) {
    let c = Case()
    let (mean, deviation) = (c.point["mean"].doubles, c.point["logDeviation"].exp().doubles)
    let (z, weights) = (c.draws.z.doubles, c.draws.weights.doubles)
    let sizes = c.sizes.mean.doubles + c.sizes.logDeviation.doubles
    for row in 0..<6 {
      let exact = valueAndGradient(at: c.point) { p in
        c.step(p, estimator).tensors[row / 3].slice(row % 3..<row % 3 + 1).sum()
      }.gradient.tensors.flatMap(\.doubles)
      for column in 0..<6 {
        var hessian = 0.0
        for episode in 0..<11 where estimator != .firstOrder {
          let x = (0..<3).map { (z[episode * 3 + $0] - mean[$0]) / deviation[$0] }
          let score = (0..<3).map { x[$0] / deviation[$0] } + (0..<3).map { x[$0] * x[$0] - 1 }
          let (i, j, sigma) = (row % 3, column % 3, deviation[row % 3])
          if i == j {
            switch (row / 3, column / 3) {
            case (0, 0): hessian -= weights[episode] * -1 / (sigma * sigma)
            case (1, 1): hessian -= weights[episode] * -2 * x[i] * x[i]
            default: hessian -= weights[episode] * -2 * x[i] / sigma
            }
          }
          if estimator != .naive { hessian -= weights[episode] * score[row] * score[column] }
        }
        let expected = (row == column ? 1 : 0) - sizes[row] * hessian
        #expect(abs(exact[column] - expected) < 1e-12, "row \(row), column \(column)")
      }
    }
  }

  @Test("The divergence from the prior is that of normal distributions") func divergenceFromThePrior() {
    let c = Case()
    let gaussian = DiagonalGaussian(mean: c.point["mean"].reshaped([1, 3]), logDeviation: c.point["logDeviation"])
    let zero = Tensor(repeating: 0, shape: [3], precision: .double)
    let expected = gaussian.divergence(to: DiagonalGaussian(mean: zero.reshaped([1, 3]), logDeviation: zero)).scalar
    #expect(abs(c.distribution(c.point).divergenceFromPrior().scalar - expected) < 1e-12)
    #expect(LatentDistribution(prior: 4).divergenceFromPrior().scalar == 0)
  }

  @Test func theGradientOfTheDivergenceEqualsDifferences() {
    let c = Case()
    let v = c.point.direction(2)
    func divergence(_ p: Parameters) -> Tensor { c.distribution(p).divergenceFromPrior() }
    let exact = valueAndGradient(at: c.point, of: divergence).gradient.dot(v)
    expectDerivative(exact, of: { divergence($0).scalar }, at: c.point, along: v, within: 1e-8)
  }

  /// By ten thousand small steps down the gradient.
  @Test(arguments: [0.1, 0.7, 3])
  func beingDrawnToThePriorIsTheLimitOfSmallSteps(time: Double) {
    let c = Case()
    var p = c.point
    p = Parameters(names: p.names, tensors: [3 * p["mean"], 2 * p["logDeviation"]])
    let drawn = c.distribution(p).drawnToPrior(for: time)
    #expect(
      drawn.divergenceFromPrior().scalar < c.distribution(p).divergenceFromPrior().scalar * (time > 1 ? 0.1 : 1))
    for _ in 0..<10_000 {
      p = p - (time / 10_000) * valueAndGradient(at: p) { c.distribution($0).divergenceFromPrior() }.gradient
    }
    expectEqual(drawn.mean, p["mean"], within: 1e-3)
    expectEqual(drawn.logDeviation, p["logDeviation"], within: 1e-2)
  }

  @Test func thePriorIsDrawnNowhere() {
    let prior = LatentDistribution(prior: 3).drawnToPrior(for: 0.3)
    #expect(prior.mean.floats == [0, 0, 0] && prior.logDeviation.floats == [0, 0, 0])
  }

  @Test("No deviation is used that is too small and the divergence leads out") func smallDeviations() {
    let small = LatentDistribution(
      mean: Tensor(repeating: 0, shape: [1], precision: .double),
      logDeviation: Tensor(repeating: -9, shape: [1], precision: .double))
    let one = Tensor([1.0], shape: [1, 1], precision: .double)
    let least = Tensor(-5, precision: .double).exp().scalar
    #expect(small.sample(one).scalar == least)
    // All that was good lay in the middle: the step would go further down.
    let draws = LatentDistribution.Draws(
      z: Tensor([0.0, 0.02], shape: [2, 1], precision: .double), advantages: [1, -1], from: small)
    let size = Tensor(10, precision: .double)
    let next = small.step(draws, .naive, sizes: (size, size))
    #expect(next.logDeviation.scalar == -5 && next.isFinite)
    let out = valueAndGradient(
      at: Parameters(names: ["rho"], tensors: [small.logDeviation])
    ) { LatentDistribution(mean: small.mean, logDeviation: $0["rho"]).divergenceFromPrior() }.gradient
    #expect(out["rho"].scalar < -0.99)
  }

  /// One-step episodes that pay -(z - 2)².
  private func adapted(steps: Int, size: Double, _ pay: (Double) -> Double) -> LatentDistribution {
    var (latent, random) = (LatentDistribution(prior: 1, precision: .double), RandomStream(seed: 3))
    let sizes = (Tensor(size, precision: .double), Tensor(size, precision: .double))
    for _ in 0..<steps {
      let z = latent.sample(Tensor(random.normals(50), shape: [50, 1]).converted(to: .double))
      let episodes = z.doubles.map { z in
        Episode([0, 0], rewards: [Float(pay(z))], sparse: [0], actions: .continuous([0]))
      }
      let advantages = episodeAdvantages(episodes, reward: .dense, discount: 0.99, lambda: 1)
      latent = latent.step(
        LatentDistribution.Draws(z: z, advantages: advantages, from: latent), .naive, sizes: sizes)
    }
    return latent
  }

  @Test("Steps move the mean to where it pays and shrink the deviation") func stepsMoveTheMean() {
    // Not many more: the smaller the deviation, the longer the steps of the mean.
    let latent = adapted(steps: 20, size: 0.1) { -($0 - 2) * ($0 - 2) }
    #expect(abs(latent.mean.scalar - 2) < 0.5, "\(latent.mean.scalar)")
    #expect(latent.logDeviation.exp().scalar < 0.5, "\(latent.logDeviation.exp().scalar)")
    #expect(latent.isFinite)
  }

  /// The controls.
  @Test func stepsOfSizeZeroAndEqualReturnsMoveNothing() {
    for latent in [
      adapted(steps: 20, size: 0) { -($0 - 2) * ($0 - 2) }, adapted(steps: 20, size: 1) { _ in -397.3 },
    ] {
      #expect(latent.mean.scalar == 0 && latent.logDeviation.scalar == 0)
    }
  }
}

@Suite struct EpisodeAdvantagesTests {
  private func episode(start: Float, _ rewards: [Float]) -> Episode {
    Episode((0...rewards.count).map { start + 0.1 * Float($0) }, rewards: rewards, sparse: rewards.map { _ in 0 })
  }

  /// From one start, the baseline is one number: returns are standardized.
  @Test func fromOneStartTheyAreStandardizedReturns() {
    let episodes = [[1, 2, 3], [0, 0, 1], [5, 0, 0], [2, 2, 2]].map { episode(start: 0.3, $0.map(Float.init)) }
    let ours = episodeAdvantages(episodes, reward: .dense, discount: 0.5, lambda: 1)
    let returns = episodes.map { discountedSums($0.denseRewards.map(Double.init), discount: 0.5)[0] }
    let expected = standardized(returns).numbers
    #expect(zip(ours, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(ours) against \(expected)")
  }

  @Test("Equal returns from many starts give zeros on either channel") func equalReturnsGiveZeros() {
    func areZeros(_ episodes: [Episode], _ reward: RewardChoice = .dense) -> Bool {
      episodeAdvantages(episodes, reward: reward, discount: 0.99, lambda: 1) == Array(repeating: 0, count: 9)
    }
    let episodes = (0..<9).map { episode(start: Float($0) * 0.7 - 2, [-2.1, -2.1, -2.1]) }
    #expect(areZeros(episodes) && areZeros(episodes, .sparse))
    // Rounding is no difference.
    var almost = episodes
    almost[3].denseRewards[1] = (-2.1 as Float).nextUp
    #expect(areZeros(almost))
    almost[3].denseRewards[1] = -2
    #expect(!areZeros(almost))
  }

  @Test func oneEpisodeIsEnough() {
    #expect(episodeAdvantages([episode(start: 0, [1])], reward: .dense, discount: 1, lambda: 1) == [0])
  }
}

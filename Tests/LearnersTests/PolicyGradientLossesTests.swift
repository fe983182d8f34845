import Learners
import Tensors
import Testing

@Suite struct PolicyGradientLossesTests {
  private let lengths = [3, 1, 4, 2]

  private func vector(_ seed: UInt64, count: Int = 10) -> Tensor {
    var random = RandomStream(seed: seed)
    return Tensor((0..<count).map { _ in random.uniform(-2, 2) }, shape: [count], precision: .double)
  }

  private func loss(_ estimator: InnerEstimator, _ logProbabilities: Tensor, lambda: Double = 1) -> Tensor {
    policyGradientLoss(
      estimator, logProbabilities: logProbabilities, reference: vector(1), weights: vector(2), lengths: lengths,
      lambda: lambda)
  }

  /// A magic box has the value 1 exactly, so their difference has the value 0 wherever it is evaluated.
  @Test(arguments: [InnerEstimator.dice, .loadedDice], [1, 0.7, 0])
  func magicBoxesHaveTheValueOneExactly(estimator: InnerEstimator, lambda: Double) {
    for seed in 1..<6 as Range<UInt64> { #expect(loss(estimator, vector(seed), lambda: lambda).scalar == 0) }
  }

  @Test("Likelihood ratios are one exactly where the data were played") func ratiosAreOne() {
    let sum = vector(2).sum().scalar
    #expect(loss(.lowVarianceCurvature, vector(1)).scalar == -sum)
    #expect(clippedRatioLoss(vector(1), reference: vector(1), weights: vector(2), clip: 0.3).scalar == -sum)
  }

  @Test(
    "Every estimator has the same gradient where the data were played",
    arguments: InnerEstimator.allCases, [1, 0.7, 0])
  func gradientsAreEqual(estimator: InnerEstimator, lambda: Double) {
    let point = Parameters(names: ["x"], tensors: [vector(1)])
    let gradient = valueAndGradient(at: point) { loss(estimator, $0["x"], lambda: lambda) }.gradient["x"].doubles
    for (g, w) in zip(gradient, vector(2).doubles) { #expect(abs(g + w) < 1e-15) }
  }

  /// The Hessian in the log-probabilities themselves, where those of single steps have none.
  @Test(
    "The Hessian in the log-probabilities is the one of the definition",
    arguments: [
      (InnerEstimator.naive, 1.0), (.lowVarianceCurvature, 1), (.dice, 1), (.loadedDice, 1), (.loadedDice, 0.6),
      (.loadedDice, 0),
    ])
  func hessianInTheLogProbabilities(estimator: InnerEstimator, lambda: Double) {
    let (point, v, weights) = (Parameters(names: ["x"], tensors: [vector(1)]), vector(3).doubles, vector(2).doubles)
    let product = HessianVectorProduct(at: point) { loss(estimator, $0["x"], lambda: lambda) }
    let ours = product(Parameters(names: ["x"], tensors: [vector(3)]))["x"].doubles
    var expected = [Double](repeating: 0, count: 10)
    var start = 0
    for length in lengths {
      for t in 0..<length {
        for k in 0..<length {
          // The pair of a step and an earlier one is weighted by the later one's advantage.
          let weight = weights[start + max(t, k)]
          let factor: Double =
            switch estimator {
            case .firstOrder, .naive: 0
            case .lowVarianceCurvature: t == k ? 1 : 0
            case .dice: 1
            case .loadedDice: (0..<abs(t - k)).reduce(1.0) { product, _ in product * lambda }
            }
          expected[start + t] -= factor * weight * v[start + k]
        }
      }
      start += length
    }
    for (a, b) in zip(ours, expected) { #expect(abs(a - b) < 1e-13) }
  }

  @Test("The clipped ratio has the ratio's gradient where the data were played") func gradientOfTheClippedRatio() {
    let point = Parameters(names: ["x"], tensors: [vector(1)])
    let clipped = valueAndGradient(at: point) {
      clippedRatioLoss($0["x"], reference: vector(1), weights: vector(2), clip: 0.3)
    }
    let plain = valueAndGradient(at: point) { ratioLoss($0["x"], reference: vector(1), weights: vector(2)) }
    #expect(clipped.gradient["x"].doubles == plain.gradient["x"].doubles)
  }

  @Test("Nothing flows through a ratio that is clipped and everything through one that is not")
  func clippingStopsTheGradient() {
    // Log-ratios far above, inside and far below, each with a good and a bad action.
    let logRatios = [1, 1, 0.1, 0.1, -1, -1]
    let weights: [Double] = [1, -1, 1, -1, 1, -1]
    let isClipped = [true, false, false, false, false, true]
    let point = Parameters(names: ["x"], tensors: [Tensor(logRatios, shape: [6], precision: .double)])
    let (value, gradient) = valueAndGradient(at: point) {
      clippedRatioLoss(
        $0["x"], reference: Tensor(repeating: 0, shape: [6], precision: .double),
        weights: Tensor(weights, shape: [6], precision: .double), clip: 0.3)
    }
    let ratios = Tensor(logRatios, shape: [6], precision: .double).exp().doubles
    var expected = 0.0
    for i in 0..<6 {
      #expect(gradient["x"].doubles[i] == (isClipped[i] ? 0 : -weights[i] * ratios[i]))
      let clipped = min(max(ratios[i], 0.7), 1.3)
      expected -= min(weights[i] * ratios[i], weights[i] * clipped)
    }
    #expect(abs(value.scalar - expected) < 1e-14)
  }

  @Test("A ratio beyond all bounds is a large number and not infinity") func largeRatios() {
    let far = Tensor([1e4, -1e4] as [Double], shape: [2], precision: .double)
    let zero = Tensor(repeating: 0, shape: [2], precision: .double)
    let loss = ratioLoss(far, reference: zero, weights: Tensor(repeating: 1, shape: [2], precision: .double))
    #expect(loss.isFinite)
    #expect(loss.scalar < -1e8)
  }
}

/// Products with the Hessian from sampled trajectories, against those of the enumerated expectation.
@Suite struct SampledHessianTests {
  private let problem = Enumeration()
  private let direction = Enumeration.parameters([1, 0.5, -0.3, 0.8])

  /// The mean product over 200,000 sampled trajectories, and the standard error of each of its numbers.
  private func sampled(
    _ estimator: InnerEstimator, _ baseline: Enumeration.Baseline
  ) -> (mean: [Double], error: [Double]) {
    let (batches, size) = (400, 500)
    let probabilities = problem.probabilities(problem.theta).doubles
    let advantages = problem.advantages(baseline)
    var random = RandomStream(seed: 21)
    let products = (0..<batches).map { _ in
      let drawn = (0..<size).map { _ in
        var rest = random.uniform()
        return probabilities.firstIndex { p in
          rest -= p
          return rest < 0
        } ?? 7
      }
      let rows = drawn.flatMap { [2 * $0, 2 * $0 + 1] }
      let weights = Tensor(rows.map { advantages[$0] / Double(size) }, shape: [2 * size], precision: .double)
      let product = HessianVectorProduct(at: problem.theta) { theta in
        let steps = problem.logProbabilities(theta).reshaped([16, 1]).gather(rows).reshaped([2 * size])
        return policyGradientLoss(
          estimator, logProbabilities: steps, reference: steps.detached, weights: weights,
          lengths: drawn.map { _ in 2 }, lambda: 1)
      }
      return product(direction)["theta"].doubles.map { -$0 }
    }
    let n = Double(batches)
    let mean = (0..<4).map { i in products.reduce(0) { $0 + $1[i] } / n }
    let error = (0..<4).map { i in
      (products.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[i] - mean[i]) } / (n - 1) / n).squareRoot()
    }
    return (mean, error)
  }

  private var exact: [Double] {
    HessianVectorProduct(at: problem.theta, of: problem.expectedReturn)(direction)["theta"].doubles
  }

  @Test(arguments: [InnerEstimator.dice, .loadedDice], Enumeration.Baseline.allCases)
  func diceIsUnbiased(estimator: InnerEstimator, baseline: Enumeration.Baseline) {
    let (mean, error) = sampled(estimator, baseline)
    for i in 0..<4 {
      #expect(abs(mean[i] - exact[i]) < 4 * error[i], "\(mean[i]) ± \(error[i]), exact \(exact[i])")
    }
  }

  /// The control: the same test tells an estimator that is biased.
  @Test func theNaiveEstimatorIsNot() {
    let (mean, error) = sampled(.naive, .none)
    #expect(abs(mean[0] - exact[0]) > 20 * error[0])
  }
}

import Learners
import Tensors
import Testing

/// λ-returns, also in the two illustrations of Xu, van Hasselt & Silver (2018, arXiv:1805.09801).
@Suite struct LambdaReturnsTests {
  private func vector(_ numbers: [Double]) -> Tensor {
    Tensor(numbers, shape: [1, numbers.count], precision: .double)
  }

  private func number(_ x: Double) -> Tensor { Tensor([x], shape: [1, 1], precision: .double) }

  /// Values from an independent program.
  @Test func returnsAndDerivativesHaveTheReferenceValues() {
    let parameters = Parameters(names: ["discount", "decay"], tensors: [number(0.99), number(0.95)])
    let returns = [2.39831704, 1.46572784, 1.5426665, 2.693]
    let byDiscount = [5.65902893, 4.51524453, 3.2267, 0.7]
    let byDecay = [4.39521838, 3.55145967, 2.46807, 0]
    for step in 0..<4 {
      let (value, gradient) = valueAndGradient(at: parameters) {
        lambdaReturns(
          rewards: vector([1, 0, -1, 2]), nextValues: vector([0.4, 0.3, 0.2, 0.7]),
          continues: vector([1, 1, 1, 1]),
          discounts: $0["discount"], decays: $0["decay"]
        ).slice(step..<step + 1, axis: 1)
      }
      #expect(abs(value.scalar - returns[step]) < 1e-8)
      #expect(abs(gradient["discount"].scalar - byDiscount[step]) < 1e-8)
      #expect(abs(gradient["decay"].scalar - byDecay[step]) < 1e-8)
    }
  }

  /// All lengths up to 20, with episodes that end within lanes, and a separate discount and decay for each step.
  @Test func doublingGivesTheResultOfTheRecursion() {
    var random = RandomStream(seed: 1)
    for steps in 1...20 {
      func numbers() -> [Double] { (0..<3 * steps).map { _ in random.uniform() } }
      let (rewards, values, discounts, decays) = (numbers(), numbers(), numbers(), numbers())
      let continues = numbers().map { $0 < 0.2 ? 0.0 : 1 }
      func table(_ x: [Double]) -> Tensor { Tensor(x, shape: [3, steps], precision: .double) }
      let computed = lambdaReturns(
        rewards: table(rewards), nextValues: table(values), continues: table(continues),
        discounts: table(discounts),
        decays: table(decays)
      ).doubles
      for lane in 0..<3 {
        var next = values[(lane + 1) * steps - 1]
        for i in (lane * steps..<(lane + 1) * steps).reversed() {
          next = rewards[i] + continues[i] * discounts[i] * ((1 - decays[i]) * values[i] + decays[i] * next)
          #expect(abs(computed[i] - next) < 1e-12)
        }
      }
    }
  }

  /// The expected squared error of V' = G, a value learned in one step from one episode, on the returns of another episode.
  ///
  /// Means and variances of returns obey the recursion of returns.
  private func expectedError(
    means: [Double], variances: [Double], nextValues: [Double], discounts: Tensor, decays: Tensor
  ) -> Tensor {
    let ones = [Double](repeating: 1, count: means.count)
    func returns(_ rewards: [Double], _ values: [Double], _ discounts: Tensor, _ decays: Tensor) -> Tensor {
      lambdaReturns(
        rewards: vector(rewards), nextValues: vector(values), continues: vector(ones), discounts: discounts,
        decays: decays)
    }
    let zeros = ones.map { _ in 0.0 }
    let one = vector(ones)
    let bias = returns(means, nextValues, discounts, decays) - returns(means, zeros, one, one)
    // Values are constants, and add no variance.
    let variance = returns(variances, zeros, discounts * discounts, decays * decays)
    return (bias * bias + variance + returns(variances, zeros, one, one)).mean()
  }

  /// The first illustration of the paper: rewards alternate between noise and 0.1; each state has a discount.
  @Test("Discounts by state are high before signals and low before noise")
  func discountsByState() {
    func error(_ discounts: [Double], noiseFirst: Bool = true) -> (value: Double, gradient: [Double]) {
      let isNoise = (0..<10).map { $0.isMultiple(of: 2) == noiseFirst }
      let start = Parameters(names: ["discounts"], tensors: [vector(discounts + [0])])
      let (value, gradient) = valueAndGradient(at: start) {
        expectedError(
          means: isNoise.map { $0 ? 0 : 0.1 }, variances: isNoise.map { $0 ? 1 : 0 },
          nextValues: [Double](repeating: 0, count: 10), discounts: $0["discounts"], decays: number(1))
      }
      return (value.scalar, Array(gradient["discounts"].doubles.dropLast()))
    }
    func all(_ x: Double) -> [Double] { [Double](repeating: x, count: 9) }
    #expect(abs(error(all(1)).value - 5) < 1e-12)
    #expect(abs(error(all(0)).value - 3.085) < 1e-12)
    let (value, gradient) = error(all(0.5))
    #expect(abs(value - 3.1926599) < 1e-7)
    let due = [0.01512, 0.12558, 0.01838, 0.13402, 0.02162, 0.13625, 0.02451, 0.13082, -0.00351]
    for (computed, due) in zip(gradient, due) { #expect(abs(computed - due) < 6e-6) }
    // Before signals the best discount is at the bound of 1, where the gradient points outwards.
    func expectLeast(_ discounts: [Double], _ due: Double, noiseFirst: Bool) {
      let (value, gradient) = error(discounts, noiseFirst: noiseFirst)
      #expect(abs(value - due) < 1e-7, "\(value)")
      for (discount, slope) in zip(discounts, gradient) {
        #expect(discount == 1 ? slope < 0 : abs(slope) < 1e-4, "\(gradient)")
      }
    }
    expectLeast([1, 0.0408, 1, 0.0319, 1, 0.0210, 1, 0.0103, 1], 3.0593772, noiseFirst: true)
    expectLeast([0.0408, 1, 0.0311, 1, 0.0209, 1, 0.0103, 1, 0], 3.5435457, noiseFirst: false)
    // The discounts of the illustration are near this optimum.
    let near = [0.9989, 0.0408, 0.9987, 0.0318, 0.9981, 0.0209, 0.9961, 0.0099, 0.9566]
    #expect(abs(error(near).value - 3.0594148) < 1e-7)
    let nearOther = [0.0407, 0.9987, 0.0311, 0.9981, 0.0209, 0.9960, 0.0099, 0.9553, 0.0034]
    #expect(abs(error(nearOther, noiseFirst: false).value - 3.5435774) < 1e-6)
  }

  /// The second illustration of the paper: odd states have their true values, even states share a mean value; each state has a decay.
  @Test func decaysByStateAreHighWhereValuesAreAliased() {
    let trueValues = (0..<10).map { 0.5 * Double(10 - $0) }
    let values = (1..<10).map { $0.isMultiple(of: 2) ? 3.0 : trueValues[$0] } + [0]
    func error(_ decays: [Double]) -> (value: Double, gradient: [Double]) {
      let (value, gradient) = valueAndGradient(at: Parameters(names: ["decays"], tensors: [vector(decays + [0])])) {
        expectedError(
          means: [Double](repeating: 0.5, count: 10), variances: [Double](repeating: 1, count: 10),
          nextValues: values, discounts: number(1), decays: $0["decays"])
      }
      return (value.scalar, Array(gradient["decays"].doubles.dropLast()))
    }
    func all(_ x: Double) -> [Double] { [Double](repeating: x, count: 9) }
    #expect(abs(error(all(0)).value - 7.1) < 1e-12)
    #expect(abs(error(all(1)).value - 11) < 1e-12)
    let (value, gradient) = error(all(0.5))
    #expect(abs(value - 7.0142612) < 1e-7)
    let due = [0.153865, 0.042763, 0.167885, 0.183998, 0.240639, 0.080971, 0.371059, -0.429405, 0.133333]
    for (computed, due) in zip(gradient, due) { #expect(abs(computed - due) < 6e-7) }
    // The best decay is b² / (b² + 1), where b is the error of the shared value.
    let least = error([0, 0.5, 0, 0, 0, 0.5, 0, 0.8, 0])
    #expect(abs(least.value - 6.68) < 1e-12)
    for state in [2, 4, 6, 8] { #expect(abs(least.gradient[state - 1]) < 1e-12) }
  }
}

import Learners
import Tensors
import Testing

/// The reference problem of two states, two actions and two decisions, all eight of its trajectories enumerated.
///
/// Numbers in the tests below are exact: they were computed by enumeration and are known to eight digits or more.
struct Enumeration {
  struct Trajectory {
    var states: [Int]
    var actions: [Int]
    var rewards: [Double]
    /// The probability of the environment's choices alone.
    var chance: Double
  }

  static let reward = [[1.0, 0], [0.5, 2]]
  let discount = 0.9
  let theta = parameters([0.3, -0.2, 0.1, 0.4])
  var trajectories: [Trajectory] = []

  static func parameters(_ theta: [Double]) -> Parameters {
    Parameters(names: ["theta"], tensors: [Tensor(theta, shape: [2, 2], precision: .double)])
  }

  init() {
    let toOne = [0.2, 0.7]
    for first in 0..<2 {
      for state in 0..<2 {
        for second in 0..<2 {
          trajectories.append(
            Trajectory(
              states: [0, state], actions: [first, second],
              rewards: [Self.reward[0][first], discount * Self.reward[state][second]],
              chance: state == 1 ? toOne[first] : 1 - toOne[first]))
        }
      }
    }
  }

  /// log π of every step of every trajectory, one after the other.
  func logProbabilities(_ theta: Parameters) -> Tensor {
    let logits = theta["theta"].logSoftmax().reshaped([4, 1])
    return logits.gather(trajectories.flatMap { t in zip(t.states, t.actions).map { 2 * $0 + $1 } }).reshaped([16])
  }

  func probabilities(_ theta: Parameters) -> Tensor {
    let chances = Tensor(trajectories.map(\.chance), shape: [8], precision: .double)
    return logProbabilities(theta).reshaped([8, 2]).sum(axis: 1).exp() * chances
  }

  func expectedReturn(_ theta: Parameters) -> Tensor {
    let returns = Tensor(trajectories.map { $0.rewards[0] + $0.rewards[1] }, shape: [8], precision: .double)
    return (probabilities(theta) * returns).sum()
  }

  /// The value of the baselines that the specification names, at the two decisions of a trajectory.
  enum Baseline: CaseIterable, Sendable { case none, constant, exact }

  func baseline(_ kind: Baseline, _ t: Trajectory) -> [Double] {
    switch kind {
    case .none: return [0, 0]
    case .constant: return [1.6, discount * (t.states[1] == 0 ? 1.0 : 1.2)]
    case .exact:
      let policy = theta["theta"].logSoftmax().exp().doubles
      let (state, reward) = (t.states[1], Self.reward)
      let value = policy[2 * state] * reward[state][0] + policy[2 * state + 1] * reward[state][1]
      return [expectedReturn(theta).scalar, discount * value]
    }
  }

  func advantages(_ kind: Baseline) -> [Double] {
    trajectories.flatMap { t in
      let b = baseline(kind, t)
      return [t.rewards[0] + t.rewards[1] - b[0], t.rewards[1] - b[1]]
    }
  }

  /// The inner loss in expectation: every trajectory weighted by its probability at θ, a constant.
  func loss(_ estimator: InnerEstimator, _ kind: Baseline, decay: Double = 1) -> @Sendable (Parameters) -> Tensor {
    let p = probabilities(theta).doubles
    let weighted = advantages(kind).enumerated().map { step, advantage in advantage * p[step / 2] }
    let weights = Tensor(weighted, shape: [16], precision: .double)
    let reference = logProbabilities(theta)
    return { [self] theta in
      policyGradientLoss(
        estimator, logProbabilities: logProbabilities(theta), reference: reference, weights: weights,
        lengths: Array(repeating: 2, count: 8), lambda: decay)
    }
  }
}

@Suite struct EnumerationTests {
  typealias Baseline = Enumeration.Baseline

  let problem = Enumeration()

  func expect(_ vector: [Double], _ first: Double, _ third: Double, within tolerance: Double = 1.1e-8) {
    for (value, expected) in zip(vector, [first, -first, third, -third]) {
      #expect(abs(value - expected) <= tolerance, "\(vector) against \(first), \(third)")
    }
  }

  @Test("The expected return and its gradient are the enumerated ones") func expectedReturn() {
    let (value, gradient) = valueAndGradient(at: problem.theta, of: problem.expectedReturn)
    #expect(abs(value.scalar - 1.4413154122838385) < 1e-14)
    expect(gradient["theta"].doubles, 0.28610872, -0.12830149)
  }

  @Test(
    "Every estimator has the exact gradient with every baseline",
    arguments: InnerEstimator.allCases, Baseline.allCases)
  func gradients(estimator: InnerEstimator, baseline: Baseline) {
    let exact = valueAndGradient(at: problem.theta, of: problem.expectedReturn).gradient["theta"].doubles
    let ours = valueAndGradient(at: problem.theta, of: problem.loss(estimator, baseline)).gradient["theta"].doubles
    for (a, b) in zip(ours, exact) { #expect(abs(-a - b) < 1e-14) }
  }

  /// Magic boxes times whole returns count some credit twice, at first order already.
  @Test func aWrongFormOfDiceIsToldFromTheRightOne() {
    let p = problem.probabilities(problem.theta).doubles
    let toGo = Tensor(problem.advantages(.none), shape: [8, 2], precision: .double)
    let chances = Tensor(p, shape: [8, 1], precision: .double)
    let gradient = valueAndGradient(at: problem.theta) { theta in
      let steps = problem.logProbabilities(theta).reshaped([8, 2])
      let centerd = steps - steps.detached
      let upTo = centerd.matmul(Tensor([1, 1, 0, 1], shape: [2, 2], precision: .double))
      return (chances * toGo * upTo.exp()).sum()
    }.gradient
    let right = valueAndGradient(at: problem.theta, of: problem.expectedReturn).gradient["theta"].doubles
    expect(gradient["theta"].doubles, 0.20793662, -0.12830149)
    #expect(abs(gradient["theta"].doubles[0] - right[0]) > 0.07)
  }

  /// H11, H13, H33 of the expected return.
  func hessian(_ function: @escaping (Parameters) -> Tensor) -> [Double] {
    let product = HessianVectorProduct(at: problem.theta, of: function)
    let columns = [[1.0, 0, 0, 0], [0, 0, 1, 0]].map { product(Enumeration.parameters($0)) }
    return [columns[0]["theta"].doubles[0], columns[1]["theta"].doubles[0], columns[1]["theta"].doubles[2]]
  }

  @Test(arguments: [
    (InnerEstimator.naive, Baseline.none, [-0.41918422, 0, -0.11646899]),
    (.naive, .constant, [0.08609884, 0, -0.0138278]),
    (.naive, .exact, [0, 0, 0]),
    (.lowVarianceCurvature, .none, [-0.07007337, 0, -0.01910217]),
    (.lowVarianceCurvature, .constant, [-0.07007337, 0, -0.01910217]),
    (.lowVarianceCurvature, .exact, [-0.07007337, 0, -0.01910217]),
    (.dice, .none, [-0.0203693, 0.03877781, -0.01910217]),
    (.dice, .constant, [-0.0203693, 0.03877781, -0.01910217]),
    (.dice, .exact, [-0.0203693, 0.03877781, -0.01910217]),
    (.loadedDice, .constant, [-0.0203693, 0.03877781, -0.01910217]),
  ])
  func hessiansAreTheEnumeratedOnes(estimator: InnerEstimator, baseline: Baseline, expected: [Double]) {
    for (value, wanted) in zip(hessian(problem.loss(estimator, baseline)), expected) {
      #expect(abs(-value - wanted) < 1.1e-8)
    }
    for (value, wanted) in zip(hessian(problem.expectedReturn), [-0.0203693, 0.03877781, -0.01910217]) {
      #expect(abs(value - wanted) < 1.1e-8)
    }
  }

  @Test func loadedDiceWithoutDecayedDependenceIsLVC() {
    let lvc = hessian(problem.loss(.lowVarianceCurvature, .constant))
    let loaded = hessian(problem.loss(.loadedDice, .constant, decay: 0))
    for (a, b) in zip(lvc, loaded) { #expect(abs(a - b) < 1e-14) }
  }

  @Test(arguments: [
    (InnerEstimator.dice, Baseline.none, [-0.05284022, 0.04040128]),
    (.naive, .none, [-0.20959211, 0.12811589]),
    (.naive, .exact, [0, 0]),
    (.lowVarianceCurvature, .constant, [-0.03503668, 0.02101239]),
  ])
  func hessianVectorProductsAreTheEnumeratedOnes(
    estimator: InnerEstimator, baseline: Baseline, expected: [Double]
  ) {
    let v = Enumeration.parameters([1, 0.5, -0.3, 0.8])
    let product = HessianVectorProduct(at: problem.theta, of: problem.loss(estimator, baseline))(v)
    // The first row was computed by differences of the gradient: its last digit is theirs.
    expect(product["theta"].doubles.map { -$0 }, expected[0], expected[1], within: 2.5e-8)
    if estimator == .dice {
      let exact = HessianVectorProduct(at: problem.theta, of: problem.expectedReturn)(v)
      for (a, b) in zip(product["theta"].doubles, exact["theta"].doubles) { #expect(abs(a + b) < 1e-14) }
    }
  }

  @Test(arguments: [
    (InnerEstimator.firstOrder, Baseline.none, [0.26978118, -0.11496606]),
    (.naive, .none, [0.15669316, -0.10157608]),
    (.naive, .exact, [0.26978118, -0.11496606]),
    (.lowVarianceCurvature, .none, [0.2508767, -0.11276996]),
    (.lowVarianceCurvature, .constant, [0.2508767, -0.11276996]),
    (.dice, .none, [0.25982779, -0.10230844]),
    (.dice, .constant, [0.25982779, -0.10230844]),
    (.loadedDice, .exact, [0.25982779, -0.10230844]),
  ])
  func metaGradientsAreTheEnumeratedOnes(estimator: InnerEstimator, baseline: Baseline, expected: [Double]) {
    let inner = problem.loss(estimator, baseline)
    let (value, gradient) = valueAndGradient(at: problem.theta) { theta in
      let step = valueAndGradient(at: theta, order: estimator.gradientOrder, of: inner).gradient
      return problem.expectedReturn(theta - 0.5 * step)
    }
    #expect(abs(value.scalar - 1.5366916278075813) < 1e-14)
    expect(gradient["theta"].doubles, expected[0], expected[1])
  }

  /// All ways to draw `count` trajectories, with the sum over draws of anything that depends on them.
  func sumOverDraws(_ count: Int, _ term: ([Int]) -> Tensor) -> Tensor {
    var draws: [[Int]] = [[]]
    for _ in 0..<count { draws = draws.flatMap { d in (0..<8).map { d + [$0] } } }
    return draws.map(term).reduce(Tensor(0, precision: .double), +)
  }

  @Test(
    "The score term makes the gradient of sampled inner batches exact",
    arguments: [
      (1, Baseline.none, 1.5291145789640148, [0.14440634, -0.09998823], [0.09502929, -0.00243704]),
      (1, .constant, 1.531527495618762, [0.2824875, -0.1132033], [-0.02904688, 0.01050577]),
      (2, .none, 1.5312874248988078, [], [0.2470691, -0.10186523]),
      (2, .constant, 1.5343082556676455, [], [0.25608383, -0.10251877]),
      (3, .none, 1.532669714536882, [], [0.2507571, -0.10191501]),
      (3, .constant, 1.535162479996418, [], [0.25722259, -0.10245421]),
    ])
  func scoreTerm(count: Int, baseline: Baseline, value: Double, pathwise: [Double], rest: [Double]) {
    let advantages = problem.advantages(baseline)
    let probabilities = problem.probabilities(problem.theta).doubles
    func adaptedReturn(_ draw: [Int], _ theta: Parameters) -> Tensor {
      // The naive inner loss of the drawn trajectories, their mean taken.
      let inner = valueAndGradient(at: theta, order: .higher) { theta in
        let rows = draw.flatMap { [2 * $0, 2 * $0 + 1] }
        let logProbabilities = problem.logProbabilities(theta).reshaped([16, 1]).gather(rows)
        let weights = Tensor(rows.map { advantages[$0] / Double(count) }, shape: [rows.count], precision: .double)
        let steps = logProbabilities.reshaped([rows.count])
        return policyGradientLoss(
          .naive, logProbabilities: steps, reference: steps.detached, weights: weights,
          lengths: draw.map { _ in 2 }, lambda: 1)
      }.gradient
      return problem.expectedReturn(theta - 0.5 * inner)
    }
    func chance(_ draw: [Int]) -> Double { draw.reduce(1) { $0 * probabilities[$1] } }
    let path = valueAndGradient(at: problem.theta) { theta in
      sumOverDraws(count) { chance($0) * adaptedReturn($0, theta) }
    }
    #expect(abs(path.value.scalar - value) < 1e-13)
    let score = valueAndGradient(at: problem.theta) { theta in
      let logarithms = problem.logProbabilities(theta).reshaped([8, 2]).sum(axis: 1).reshaped([8, 1])
      return sumOverDraws(count) { draw in
        let outcome = adaptedReturn(draw, problem.theta).scalar
        return (chance(draw) * outcome) * logarithms.gather(draw).sum()
      }
    }.gradient["theta"].doubles
    let along = path.gradient["theta"].doubles
    if pathwise.isEmpty {
      expect(zip(along, score).map(+), rest[0], rest[1])
    } else {
      expect(along, pathwise[0], pathwise[1])
      expect(score, rest[0], rest[1])
    }
  }

  // MARK: Taming MAML (Liu, Socher & Xiong, 2019)

  /// A surrogate objective of one trajectory.
  enum Form: String, CaseIterable, Sendable {
    /// Σ □≤ₜ rₜ: each reward times the box of all actions up to it.
    case reward
    /// `reward` + Σ (1 - □ₜ) bₜ.
    case firstOrderBaseline
    /// `firstOrderBaseline` - Σ (1 - □<ₜ)(1 - □ₜ) bₜ.
    case controlVariate
    /// `controlVariate` with □≤ₜ instead of □<ₜ: biased.
    case spoiledControlVariate
    /// Σ (□≤ₜ - □<ₜ) Âₜ: our DiCE.
    case dice
    /// LVC, for comparison; biased.
    case lowVarianceCurvature
  }

  private func objective(_ form: Form, of number: Int) -> (Parameters) -> Tensor {
    let trajectory = problem.trajectories[number]
    let baseline = problem.baseline(.exact, trajectory)
    let advantages = Array(problem.advantages(.exact)[2 * number..<2 * number + 2])
    return { [problem] theta in
      let steps = problem.logProbabilities(theta).reshaped([16, 1]).gather([2 * number, 2 * number + 1])
        .reshaped([2])
      if form == .dice || form == .lowVarianceCurvature {
        return -policyGradientLoss(
          form == .dice ? .dice : .lowVarianceCurvature, logProbabilities: steps, reference: steps.detached,
          weights: Tensor(advantages, shape: [2], precision: .double), lengths: [2], lambda: 1)
      }
      let (zero, one) = (Tensor(0, precision: .double), Tensor(1, precision: .double))
      let logs = (0..<2).map { (steps - steps.detached).slice($0..<$0 + 1).sum() }
      var (before, total) = (zero, zero)
      for t in 0..<2 {
        let upTo = before + logs[t]
        total = total + trajectory.rewards[t] * upTo.exp()
        let box = logs[t].exp()
        if form != .reward { total = total + baseline[t] * (one - box) }
        let prefix = form == .spoiledControlVariate ? upTo : before
        if form == .controlVariate || form == .spoiledControlVariate {
          total = total - baseline[t] * ((one - prefix.exp()) * (one - box))
        }
        before = upTo
      }
      return total
    }
  }

  /// Gradient and Hessian of one trajectory's objective, 4 and 16 numbers.
  private func derivatives(_ form: Form, of number: Int) -> (gradient: [Double], hessian: [Double]) {
    let product = HessianVectorProduct(at: problem.theta, of: objective(form, of: number))
    let rows = (0..<4).flatMap { i in
      let one = Tensor((0..<4).map { $0 == i ? 1.0 : 0 }, shape: [2, 2], precision: .double)
      return product(Parameters(names: ["theta"], tensors: [one]))["theta"].doubles
    }
    return (product.gradient["theta"].doubles, rows)
  }

  /// The mean of one trajectory's Hessian, and its variance, summed over entries.
  private func moments(_ form: Form) -> (mean: [Double], variance: Double) {
    let probabilities = problem.probabilities(problem.theta).doubles
    let hessians = (0..<8).map { derivatives(form, of: $0).hessian }
    let mean = (0..<16).map { i in zip(probabilities, hessians).reduce(0) { $0 + $1.0 * $1.1[i] } }
    let squares = zip(probabilities, hessians).reduce(0) { sum, part in
      sum + part.0 * part.1.reduce(0) { $0 + $1 * $1 }
    }
    return (mean, squares - mean.reduce(0) { $0 + $1 * $1 })
  }

  @Test func diceContainsTheControlVariateOfTamingMAML() {
    for number in 0..<8 {
      let (theirs, ours) = (derivatives(.controlVariate, of: number), derivatives(.dice, of: number))
      for (a, b) in zip(theirs.gradient + theirs.hessian, ours.gradient + ours.hessian) {
        #expect(abs(a - b) < 1e-14)
      }
      // Control: without the control variate, Hessians of trajectories differ.
      let without = derivatives(.firstOrderBaseline, of: number)
      #expect(zip(without.hessian, ours.hessian).contains { abs($0 - $1) > 0.01 })
    }
  }

  @Test(
    "Hessians of one trajectory have the enumerated variance and bias",
    arguments: [
      (Form.reward, 0.464407, 0), (.firstOrderBaseline, 0.496970, 0), (.controlVariate, 0.270942, 0),
      (.dice, 0.270942, 0), (.lowVarianceCurvature, 0.027441, 0.148),
    ])
  func varianceAndBias(form: Form, variance: Double, bias: Double) {
    let (mean, ours) = moments(form)
    #expect(abs(ours - variance) < 1e-6, "\(ours)")
    let exact = moments(.reward).mean
    let off = zip(mean, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    #expect(abs(off - bias) < 5e-4, "\(off)")
    for (value, wanted) in zip([exact[0], exact[2], exact[10]], [-0.0203693, 0.03877781, -0.01910217]) {
      #expect(abs(value - wanted) < 1.1e-8)
    }
  }

  @Test func aBoxThatIncludesTheActionItselfIsBiased() {
    let (spoiled, exact) = (moments(.spoiledControlVariate).mean, moments(.reward).mean)
    let largest = zip(spoiled, exact).map { abs($0 - $1) }.max() ?? 0
    #expect(abs(largest - 0.838) < 5e-4, "\(largest)")
  }
}

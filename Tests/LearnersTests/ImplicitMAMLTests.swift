import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// The loss ½ (φ - c)ᵀ A (φ - c), summed over the rows of φ, one for each task.
private struct Quadratic: Sendable {
  var matrix: [Double]
  var center: [Double]

  func callAsFunction(_ phi: Parameters) -> Tensor {
    let size = center.count
    let difference = phi["phi"] - Tensor(center, shape: [1, size], precision: .double)
    let image = difference.matmul(Tensor(matrix, shape: [size, size], precision: .double))
    return 0.5 * (difference * image).sum()
  }
}

private func point(_ numbers: [Double]) -> Parameters {
  Parameters(names: ["phi"], tensors: [Tensor(numbers, shape: [1, numbers.count], precision: .double)])
}

private func euclideanLength(_ x: Parameters) -> Double { x.dot(x).squareRoot() }

/// The implicit gradient against closed forms.
@Suite struct ImplicitGradientTests {
  private let inner = Quadratic(matrix: [2, 0.5, 0.5, 1], center: [1, -1])
  private let outer = Quadratic(matrix: [1, 0.2, 0.2, 3], center: [0.5, 0.5])
  private let theta = point([0.2, -0.3])

  private func expect(_ computed: Parameters, _ due: [Double], within tolerance: Double = 1e-8) {
    for (x, y) in zip(computed.tensors[0].doubles, due) {
      #expect(abs(x - y) < tolerance, "\(computed.tensors[0].doubles), not \(due)")
    }
  }

  private func descend(_ steps: Int, _ order: GradientOrder = .first, from theta: Parameters? = nil) -> Parameters {
    let start = theta ?? self.theta
    return proximalDescent(
      from: start, around: start, regularization: 2, stepSize: 0.1, steps: steps, order: order, loss: { inner($0) }
    ).phi
  }

  private func implicit(at phi: Parameters, iterations: Int = 2) -> Parameters {
    let v = valueAndGradient(at: phi) { outer($0) }.gradient
    return implicitGradient(v, at: phi, regularization: 2, iterations: iterations, tolerance: 1e-24) { inner($0) }
      .solution
  }

  @Test func onAQuadraticTheGradientIsExact() {
    let phi = descend(400)
    expect(phi, [0.53191489, -0.45531915])
    let gradient = implicit(at: phi)
    expect(gradient, [0.1621005, -1.93339973])
    // dL/dλ = -(φ - θ)ᵀ (λ I + H)⁻¹ v.
    #expect(abs(-0.5 * (phi - theta).dot(gradient) - -0.17704878) < 1e-8)
  }

  @Test(arguments: [
    (1, 2.42e-1, 1.40e-1, 2.59e-1, 2.30e-1), (2, 1.63e-1, 1.07e-1, 2.22e-1, 1.31e-1),
    (4, 7.81e-2, 6.06e-2, 1.77e-1, 4.73e-2), (8, 1.99e-2, 1.79e-2, 1.48e-1, 9.40e-3),
    (16, 1.43e-3, 1.38e-3, 1.42e-1, 6.93e-4), (32, 7.60e-6, 7.36e-6, 1.41e-1, 3.76e-6),
  ]) func errorsByInnerStepsAreThoseOfThePage(
    steps: Int, inner: Double, solved: Double, oneIteration: Double, unrolled: Double
  ) {
    let best = descend(400)
    let truth = implicit(at: best)
    func share(_ gradient: Parameters) -> Double { euclideanLength(gradient - truth) / euclideanLength(truth) }
    let phi = descend(steps)
    let through = valueAndGradient(at: theta) { outer(descend(steps, .higher, from: $0)) }.gradient
    let computed = [
      euclideanLength(phi - best), share(implicit(at: phi)), share(implicit(at: phi, iterations: 1)),
      share(through),
    ]
    for (x, y) in zip(computed, [inner, solved, oneIteration, unrolled]) {
      #expect(abs(x - y) < 6e-3 * y, "\(computed)")
    }
  }

  /// A quadratic's Gauss-Newton matrix is its Hessian, so one step of two products arrives; one product does not.
  @Test func aHessianFreeStepSolvesAQuadratic() {
    func solved(products: Int) -> Parameters {
      proximalNewton(
        from: theta, around: theta, regularization: 2, steps: 1, products: products,
        losses: { inner($0).reshaped([1]) },
        curvature: { phi in HessianVectorProduct(at: phi) { inner($0) }.callAsFunction }
      ).phi
    }
    expect(solved(products: 2), [0.53191489, -0.45531915])
    #expect(abs(solved(products: 1).tensors[0].doubles[0] - 0.53191489) > 1e-3)
  }

  /// log cosh is flat far away, where a full Newton step leads farther away: halved steps still descend, in each system.
  @Test func hessianFreeStepsNeverRaiseTheObjective() {
    let start = Parameters(names: ["phi"], tensors: [Tensor([1.5, -0.5], shape: [2, 1], precision: .double)])
    let center = 0 * start
    func losses(_ phi: Parameters) -> Tensor {
      let x = phi["phi"].reshaped([2])
      return (0.5 * (x.exp() + (-x).exp())).log()
    }
    var (phi, values) = (start, [losses(start).doubles])
    for _ in 0..<6 {
      phi =
        proximalNewton(
          from: phi, around: center, regularization: 1e-4, steps: 1, products: 1, losses: losses,
          curvature: { phi in HessianVectorProduct(at: phi) { losses($0).sum() }.callAsFunction }
        ).phi
      values.append(losses(phi).doubles)
    }
    for (before, after) in zip(values, values.dropFirst()) {
      for system in 0..<2 { #expect(after[system] <= before[system] + 1e-4, "\(values)") }
    }
    #expect(values[6][0] < values[0][0] && values[6][1] < 1e-6, "\(values)")
  }

  @Test func withAnInfiniteWeightItIsThePlainGradient() {
    let plain = valueAndGradient(at: theta) { outer($0) }.gradient
    var distances: [Double] = []
    for regularization in [1e2, 1e4, 1e6] {
      let phi = proximalDescent(
        from: theta, around: theta, regularization: regularization, stepSize: 0.5 / regularization, steps: 200,
        loss: { inner($0) }
      ).phi
      let v = valueAndGradient(at: phi) { outer($0) }.gradient
      let g = implicitGradient(v, at: phi, regularization: regularization, iterations: 2) { inner($0) }.solution
      distances.append(euclideanLength(g - plain))
    }
    #expect(distances[0] > 50 * distances[1] && distances[1] > 50 * distances[2], "\(distances)")
    #expect(distances[2] < 1e-4)
  }

  /// Two tasks with losses ½ a (φ - c)², the same for the inner and the outer problem.
  @Test(arguments: [(0.5, 0.35526316), (2, 0.51923077), (10, 0.68233083)])
  func twoTasksConvergeToTheClosedForm(regularization: Double, due: Double) {
    let (a, c) = ([1.0, 3], [0.0, 1])
    func row(_ x: [Double]) -> Tensor { Tensor(x, shape: [2, 1], precision: .double) }
    func loss(_ phi: Parameters) -> Tensor {
      let difference = phi["phi"] - row(c)
      return 0.5 * (row(a) * difference * difference).sum()
    }
    var theta = 0.2
    for _ in 0..<800 {
      let center = Parameters(names: ["phi"], tensors: [row([theta, theta])])
      let phi = proximalDescent(
        from: center, around: center, regularization: regularization, stepSize: 1 / (regularization + 3),
        steps: 200,
        loss: loss
      ).phi
      let v = valueAndGradient(at: phi, of: loss).gradient
      let g = implicitGradient(v, at: phi, regularization: regularization, iterations: 1, loss: loss)
      theta -= 0.5 * g.solution["phi"].doubles.reduce(0, +) / 2
    }
    #expect(abs(theta - due) < 1e-7, "\(theta)")
  }

  /// The Hessian of this problem has two directions of curvature 0.
  @Test(
    "The proximal policy and its meta-gradient have the enumerated values",
    arguments: [
      (2, [0.43554696, 0.0421055], 1.5311873719, [0.27109393, -0.115789], [0.2528883, -0.1044697]),
      (0.5, [0.72824698, -0.08305591], 1.7002206805, [0.21412349, -0.09152795], [0.1470238, -0.0689264]),
    ])
  func enumeratedPolicies(
    regularization: Double, phi due: [Double], value: Double, slope: [Double], gradient: [Double]
  ) {
    let problem = Enumeration()
    func shaped(_ x: Parameters, _ shape: [Int]) -> Parameters { x.map { $0.reshaped(shape) } }
    func loss(_ phi: Parameters) -> Tensor { -problem.expectedReturn(shaped(phi, [2, 2])) }
    let center = shaped(problem.theta, [1, 2, 2])
    let phi = proximalDescent(
      from: center, around: center, regularization: regularization, stepSize: 0.3, steps: 3000, loss: loss
    ).phi
    func expect(_ x: Parameters, _ due: [Double], _ what: String) {
      let numbers = x.tensors[0].doubles
      for (x, y) in zip([numbers[0], numbers[2]], due) {
        #expect(abs(x - y) < 1e-7, "\(what): \(numbers), not \(due)")
      }
    }
    expect(phi, due, "φ")
    #expect(abs(loss(phi).scalar + value) < 1e-9)
    let v = valueAndGradient(at: phi, of: loss).gradient
    expect(-1 * v, slope, "∇J")
    let g = implicitGradient(
      v, at: phi, regularization: regularization, iterations: 4, tolerance: 1e-24, loss: loss)
    expect(-1 * g.solution, gradient, "meta-gradient")
    #expect(g.negativeCurvatures == 0)
    func judged(_ theta: Parameters) -> Double {
      loss(
        proximalDescent(
          from: theta, around: theta, regularization: regularization, stepSize: 0.3, steps: 3000, loss: loss
        ).phi
      ).scalar
    }
    let direction = center.map { Tensor([1, -1, 0, 0], shape: $0.shape, precision: .double) }
    let difference = (judged(center + 1e-4 * direction) - judged(center - 1e-4 * direction)) / 2e-4
    #expect(abs(g.solution.dot(direction) - difference) < 1e-6)
  }

  @Test func stackedSystemsAreSolvedAsSeparateOnes() {
    var random = RandomStream(seed: 1)
    let size = 5
    func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in random.uniform(-1, 1) } }
    // The last matrix is negative definite, so its solution stays at 0.
    let matrices = (0..<3).map { system -> [Double] in
      let root = Tensor(numbers(size * size), shape: [size, size], precision: .double)
      let square = root.matmul(root.transposed())
      return ((system == 2 ? -1.0 : 1.0) * square).doubles
    }
    let b = (0..<3).map { _ in numbers(size) }
    func stacked(_ rows: [[Double]]) -> Parameters {
      Parameters(names: ["x"], tensors: [Tensor(rows.flatMap { $0 }, shape: [3, 1, size], precision: .double)])
    }
    let stack = Tensor(matrices.flatMap { $0 }, shape: [3, size, size], precision: .double)
    for iterations in [1, 3, 5] {
      let together = stackedConjugateGradient(stacked(b), iterations: iterations, tolerance: 0) { v in
        v.map { $0.matmul(stack) }
      }
      #expect(together.negativeCurvatures == 1)
      for system in 0..<3 {
        let matrix = Tensor(matrices[system], shape: [size, size], precision: .double)
        let alone = conjugateGradient(
          Parameters(names: ["x"], tensors: [Tensor(b[system], shape: [1, size], precision: .double)]),
          iterations: iterations, tolerance: 0
        ) { v in v.map { $0.matmul(matrix) } }.solution["x"].doubles
        let part = together.solution["x"].doubles[system * size..<(system + 1) * size]
        for (x, y) in zip(part, alone) { #expect(abs(x - y) < 1e-9) }
        if system == 2 { #expect(part.allSatisfy { $0 == 0 }) }
      }
    }
  }
}

@Suite struct ImplicitMAMLTests {
  private let family = SinusoidRegression(points: 5)

  private func makeLearner(
    _ change: (inout ImplicitMAML.Configuration) -> Void = { _ in }
  ) throws -> ImplicitMAML {
    var c = ImplicitMAML.Configuration()
    change(&c)
    return try ImplicitMAML(c, for: family.spec, using: RandomStream(seed: 1).split("init"))
  }

  private func examples(_ name: String) throws -> Examples {
    let learner = try makeLearner()
    var environment = family.makeEnvironment(for: (0..<2).map { TaskID(.train, $0) })
    let random = LaneRandom((0..<2).map { RandomStream(seed: 7).split(name, $0) })
    var agent = learner.makeAgent(using: random)
    let episodes = try playEpisode(&agent, in: &environment, spec: family.spec, random: random)
    return Examples(episodes.map { [$0] }, try #require(family.spec.supervision))
  }

  /// A network of 27 parameters, with inner problems solved to a gradient of 10⁻¹².
  @Test func theMetaGradientEqualsDifferences() throws {
    func learner(_ regularization: Double) throws -> ImplicitMAML {
      var learner = try makeLearner {
        ($0.hiddenSizes, $0.activation, $0.innerSolver) = ([4, 3], .tanh, .descent)
        ($0.innerStepSize, $0.innerSteps) = (0.05, 10_000)
        ($0.innerTolerance, $0.conjugateGradientIterations, $0.regularization) = (1e-12, 100, regularization)
      }
      learner.theta = learner.theta.map { $0.converted(to: .double) }
      return learner
    }
    let (inner, outer, start) = (try examples("inner"), try examples("outer"), try learner(2))
    let result = start.metaGradient(inner: inner, outer: outer)
    #expect(result.innerGradientLength < 1e-12 && result.negativeCurvatureShare == 0)
    var random = RandomStream(seed: 3)
    let v = start.theta.map { t in
      Tensor((0..<t.count).map { _ in random.uniform(-1, 1) }, shape: t.shape, precision: .double)
    }
    func error(_ step: Double) -> Double {
      var moved = start
      moved.theta = start.theta + step * v
      return moved.metaGradient(inner: inner, outer: outer).squaredError
    }
    let h = 1e-4
    let exact = result.gradient.dot(v)
    let difference = (error(h) - error(-h)) / (2 * h)
    #expect(abs(exact - difference) < 1e-5 * abs(exact), "\(exact) against \(difference)")
    func errorOf(_ regularization: Double) throws -> Double {
      try learner(regularization).metaGradient(inner: inner, outer: outer).squaredError
    }
    let slope = (try errorOf(2 + h) - errorOf(2 - h)) / (2 * h)
    #expect(abs(result.regularizationDerivative - slope) < 1e-5 * abs(slope))
    // Near θ there is one minimum, which the Hessian-free solver finds as well.
    let near = try learner(10).metaGradient(inner: inner, outer: outer)
    var newton = try makeLearner {
      ($0.hiddenSizes, $0.activation, $0.innerSteps) = ([4, 3], .tanh, 200)
      ($0.productsPerInnerStep, $0.conjugateGradientIterations, $0.regularization) = (27, 100, 10)
    }
    newton.theta = start.theta
    let found = newton.metaGradient(inner: inner, outer: outer)
    #expect(near.innerGradientLength < 1e-12 && found.innerGradientLength < 1e-6, "\(found.innerGradientLength)")
    #expect(abs(near.gradient.dot(v) - found.gradient.dot(v)) < 1e-5 * abs(near.gradient.dot(v)))
    // Backpropagation through all steps gives the same gradient.
    var unrolled = try makeLearner {
      ($0.hiddenSizes, $0.activation, $0.innerSolver) = ([4, 3], .tanh, .descent)
      ($0.innerStepSize, $0.innerSteps) = (0.05, 2000)
      ($0.outerDerivative, $0.regularization) = (.unrolled, 2)
    }
    unrolled.theta = start.theta
    let through = unrolled.metaGradient(inner: inner, outer: outer).gradient.dot(v)
    #expect(abs(exact - through) < 1e-5 * abs(exact), "\(exact) against \(through)")
  }

  private func trained(
    _ iterations: Int, _ change: (inout ImplicitMAML.Configuration) -> Void = { _ in }
  ) throws -> (learner: ImplicitMAML, metrics: [String: Double]) {
    var learner = try makeLearner(change)
    let metrics = try train(&learner, on: family, iterations: 0..<iterations, seed: 1).last?.metrics
    return (learner, metrics ?? [:])
  }

  /// The mean squared error at new points, after 0 and 1 episodes of experience.
  private func errors(of learner: ImplicitMAML) throws -> [Double] {
    let evaluation = EvaluationProtocol(taskCount: 200, episodesPerLifetime: 1, episodesPerProbe: 4)
    let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 2))
    return (0...1).map { probe in
      let returns = curve.adapted.flatMap { $0[probe].map(\.totalReward) }
      return returns.reduce(0, +) / Double(returns.count) / -5
    }
  }

  /// Controls: no training, and training without adaptation; predictions of 0 have an error of 4.25.
  @Test("After training, inner steps on five points fit the whole wave")
  func fitsTheWave() throws {
    let after = try errors(
      of: try trained(1500) { ($0.tasksPerBatch, $0.outerStepSize) = (10, 3e-3) }.learner)
    #expect(after[1] < 2.2, "\(after)")
    #expect(after[0] > 1.4 * after[1], "\(after)")
    let untrained = try errors(of: try makeLearner())
    #expect(untrained[1] > 2.8, "\(untrained)")
    let joint = try errors(of: try trained(300) { $0.regularization = 1e6 }.learner)
    #expect(joint[1] > 2.8, "\(joint)")
  }

  @Test func theRegularizationCanBeLearned() throws {
    let (learner, metrics) = try trained(5) { $0.learnsRegularization = true }
    #expect(metrics["regularization"] == learner.regularization)
    let moved = abs(learner.regularization - ImplicitMAML.Configuration().regularization)
    #expect(moved > 1e-3 * learner.regularization && moved < 6e-3 * learner.regularization)
  }

  @Test("Unsupported families and contradicting settings are refused")
  func refusals() {
    for spec in [PointNavigation().spec, GridWorld().spec] {
      #expect(throws: UnsupportedFamilyError.self) {
        try ImplicitMAML(.init(), for: spec, using: RandomStream(seed: 0))
      }
    }
    let error = #expect(throws: SettingsError.self) {
      try makeLearner { $0.outerDerivative = .unrolled }
    }
    let derivative = #expect(throws: SettingsError.self) {
      try makeLearner {
        ($0.innerSolver, $0.outerDerivative, $0.learnsRegularization) = (.descent, .unrolled, true)
      }
    }
    #expect(derivative?.description.contains("--set outerDerivative=implicit") == true)
    #expect(error?.description.contains("--set innerSolver=descent") == true)
  }
}

import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// Points of one task, in double precision.
func points(_ x: [Double], _ y: [Double]) -> Examples {
  let shape = [1, x.count, 1]
  return Examples(
    inputs: Tensor(x, shape: shape, precision: .double), targets: Tensor(y, shape: shape, precision: .double),
    weights: Tensor(x.map { _ in 1 / Double(x.count) }, shape: shape, precision: .double))
}

/// A learner of regression, in double precision.
func regressionLearner(
  _ change: (inout RegressionMAML.Configuration) -> Void = { _ in }
) throws -> RegressionMAML {
  var c = RegressionMAML.Configuration()
  change(&c)
  var learner = try RegressionMAML(c, for: SinusoidRegression().spec, using: RandomStream(seed: 1))
  learner.theta = learner.theta.map { $0.converted(to: .double) }
  return learner
}

@Suite struct AdaptedParametersTests {
  private let inner = points([1, -1, 2], [2, 0, 3])
  private let outer = points([0.5, -2], [1.5, -1])

  /// f(x) = w x + u c, with a context c of one number and an inner step of size α on c.
  private func line(w: Double, u: Double, size: Double, _ order: GradientOrder = .higher) throws -> RegressionMAML {
    var learner = try regressionLearner {
      ($0.hiddenSizes, $0.adapted, $0.contextSize, $0.innerStepSize) = ([], .context, 1, size)
      $0.gradientOrder = order
    }
    learner.theta = Parameters(
      names: ["layer1.weights", "layer1.bias"],
      tensors: [Tensor([w, u], shape: [2, 1], precision: .double), Tensor([0], shape: [1], precision: .double)])
    return learner
  }

  private func gradient(of learner: RegressionMAML) -> (loss: Double, weights: [Double]) {
    let (value, gradient) = valueAndGradient(at: learner.theta) {
      learner.outerLoss(inner: [inner], outer: outer, $0)
    }
    return (value.scalar, gradient["layer1.weights"].doubles)
  }

  private func context(of learner: RegressionMAML) -> Double {
    learner.innerStep(learner.start(learner.theta, 1), inner, .first)["context"].scalar
  }

  @Test("A context and its meta-gradient have the values computed by hand")
  func contextByHand() throws {
    let learner = try line(w: 0.5, u: 0.8, size: 0.3)
    #expect(abs(context(of: learner) - 0.64) < 1e-12)
    let (loss, weights) = gradient(of: learner)
    #expect(abs(loss - 0.403394) < 1e-12)
    #expect(abs(weights[0] - -1.33514400) < 1e-8 && abs(weights[1] - -0.28928000) < 1e-8, "\(weights)")
    let first = gradient(of: try line(w: 0.5, u: 0.8, size: 0.3, .first)).weights
    #expect(abs(first[0] - -1.393) < 1e-8 && abs(first[1] - -0.14464) < 1e-8, "\(first)")
  }

  /// Weights of 0 are a saddle point: the context does not move, and neither do its weights.
  @Test func weightsOfZeroOnTheContextHaveNoMetaGradient() throws {
    #expect(gradient(of: try line(w: 0.5, u: 0, size: 0.3)).weights[1] == 0)
    #expect(gradient(of: try line(w: 0.5, u: 0.01, size: 0.3)).weights[1] != 0)
    let drawn = try regressionLearner { ($0.adapted, $0.contextSize) = (.context, 2) }.theta["layer1.weights"]
    #expect(drawn.shape == [3, 40] && drawn.doubles.allSatisfy { $0 != 0 })
  }

  /// The reason why the step size of a context hardly matters (Zintgraf et al., 2019, figure 2c).
  @Test("Twice the weights on a context and a quarter of its step size give the same predictions")
  func contextScale() throws {
    for (u, size) in [(0.8, 0.3), (1.6, 0.075)] {
      let learner = try line(w: 0.5, u: u, size: size)
      #expect(abs(u * context(of: learner) - 0.512) < 1e-12)
      #expect(abs(gradient(of: learner).loss - 0.403394) < 1e-12)
    }
  }

  /// f(x) = b a x, without biases.
  @Test(arguments: [
    (AdaptedPart.lastLayer, 1.33813333, 0.91355644, [1.52768688, 0.69277678]),
    (.all, 1.33813333, 1.51697045, [1.12763060, 1.46315508]),
  ])
  func twoLayersHaveTheMetaGradientComputedByHand(
    part: AdaptedPart, last: Double, loss: Double, expected: [Double]
  ) throws {
    let adapted = try AdaptedParameters(part, contextSize: 0)
    let theta = Parameters(
      names: ["layer1.weights", "layer2.bias", "layer2.weights"],
      tensors: [0.7, 0, 1.2].map { Tensor([$0], shape: [1, 1, 1], precision: .double) })
    func error(_ points: Examples, _ phi: Parameters) -> Tensor {
      points.squaredError(of: points.inputs.matmul(phi["layer1.weights"]).matmul(phi["layer2.weights"]))
    }
    let (value, gradient) = valueAndGradient(at: theta) { theta in
      let phi = adapted.step(from: theta, .higher, size: { 0.1 * $0 }) { error(inner, $0) }
      #expect(abs(phi["layer2.weights"].scalar - last) < 1e-8)
      return error(outer, phi)
    }
    #expect(abs(value.scalar - loss) < 1e-8, "\(value.scalar)")
    #expect(abs(gradient["layer1.weights"].scalar - expected[0]) < 1e-8, "\(gradient)")
    #expect(abs(gradient["layer2.weights"].scalar - expected[1]) < 1e-8, "\(gradient)")
  }

  @Test(arguments: AdaptedPart.allCases) func aStepMovesItsPartAndNothingElse(part: AdaptedPart) throws {
    let size = part == .context || part == .allAndContext ? 2 : 0
    let learner = try regressionLearner { ($0.adapted, $0.contextSize) = (part, size) }
    let phi = learner.start(learner.theta, 1)
    let stepped = learner.innerStep(phi, inner, .first)
    let moved = phi.names.filter { phi[$0].doubles != stepped[$0].doubles }
    switch part {
    case .all, .allAndContext: #expect(moved == phi.names)
    case .lastLayer: #expect(moved == ["layer3.weights", "layer3.bias"])
    case .context: #expect(moved == ["context"])
    }
    // The outer update does not move a context that is 0 at the start of every lifetime.
    #expect(learner.theta.names.contains("context") == (part == .allAndContext))
    #expect(phi.names.contains("context") == (size > 0))
  }

  @Test func movingAllParametersIsAGradientStepBitForBit() throws {
    var c = RegressionMAML.Configuration()
    c.innerStepSize = 0.3
    let learner = try RegressionMAML(c, for: SinusoidRegression().spec, using: RandomStream(seed: 1))
    let phi = learner.start(learner.theta, 1)
    let plain = gradientStep(from: phi, size: { _ in 0.3 }, order: .first) {
      inner.squaredError(of: learner.model.predictions(at: inner.inputs, $0))
    }
    #expect(learner.innerStep(phi, inner, .first).tensors.map(\.doubles) == plain.tensors.map(\.doubles))
  }

  /// Against a layer with the constant appended to its input.
  @Test func anAbsorbedConstantGivesTheSameOutputs() {
    var random = RandomStream(seed: 2)
    func draw(_ shape: [Int]) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in random.uniform(-1, 1) }, shape: shape, precision: .double)
    }
    let (weights, bias, seen) = (draw([3, 5, 4]), draw([3, 4]), draw([3, 2]))
    let network = Parameters(names: ["layer1.weights", "layer1.bias"], tensors: [weights, bias]).absorbing(seen)
    let inputs = draw([3, 6, 3])
    let ours = inputs.matmul(network["layer1.weights"]) + network["layer1.bias"].reshaped([3, 1, 4])
    let constant = seen.reshaped([3, 1, 2]).broadcast(to: [3, 6, 2])
    let due =
      Tensor.concatenate([inputs, constant], axis: 2).matmul(weights) + bias.reshaped([3, 1, 4])
    for (a, b) in zip(ours.doubles, due.doubles) { #expect(abs(a - b) < 1e-14) }
  }

  @Test(arguments: AdaptedPart.allCases, [MAML.StepSizes.fixed, .learned])
  func theMetaGradientOfRegressionEqualsDifferences(part: AdaptedPart, sizes: MAML.StepSizes) throws {
    for steps in [1, 3] {
      let learner = try regressionLearner {
        ($0.hiddenSizes, $0.activation, $0.innerStepSize, $0.innerSteps) = ([4, 3], .tanh, 0.3, steps)
        ($0.adapted, $0.stepSizes) = (part, sizes)
        $0.contextSize = part == .context || part == .allAndContext ? 2 : 0
      }
      let (v, theta, h) = (direction(learner.theta), learner.theta, 1e-5)
      func loss(_ theta: Parameters) -> Double {
        learner.outerLoss(inner: [inner], outer: outer, theta).scalar
      }
      let difference = (loss(theta + h * v) - loss(theta - h * v)) / (2 * h)
      let exact = valueAndGradient(at: theta) { learner.outerLoss(inner: [inner], outer: outer, $0) }.gradient.dot(
        v)
      #expect(abs(exact - difference) < 1e-6 * max(0.1, abs(exact)), "\(exact) against \(difference)")
    }
  }

  private func direction(_ theta: Parameters) -> Parameters {
    var random = RandomStream(seed: 3)
    return theta.map { t in
      Tensor((0..<t.count).map { _ in random.uniform(-1, 1) }, shape: t.shape, precision: .double)
    }
  }

  /// Before the first update, all learned sizes equal the fixed one.
  @Test func equalStepSizesGiveTheGradientOfMAML() throws {
    func gradient(_ sizes: MAML.StepSizes) throws -> (loss: Double, gradient: Parameters) {
      let learner = try regressionLearner { ($0.stepSizes, $0.innerStepSize) = (sizes, 0.1) }
      let (value, gradient) = valueAndGradient(at: learner.theta) {
        learner.outerLoss(inner: [inner], outer: outer, $0)
      }
      return (value.scalar, gradient)
    }
    let (fixed, learned) = (try gradient(.fixed), try gradient(.learned))
    // Initial sizes are in single precision.
    #expect(abs(fixed.loss - learned.loss) < 1e-7)
    let weights = learned.gradient.selecting(fixed.gradient.names)
    #expect(length(fixed.gradient - weights) < 1e-6 * length(fixed.gradient))
    #expect(learned.gradient.names.count == 2 * fixed.gradient.names.count)
  }

  @Test(
    "The meta-gradient of a policy equals differences on the same data",
    arguments: [Variant.anil, .cavia, .caviaOfLearnedSizes, .startOfContextLearned], [1, 2])
  func policyDifferences(variant: Variant, steps: Int) throws {
    func compare(_ family: some TaskFamily) throws {
      let problem = try SmallProblem(on: family, variant.apply, innerSteps: steps)
      let v = problem.theta.direction(1)
      expectDerivative(problem.gradient().dot(v), of: problem.loss, at: problem.theta, along: v)
    }
    try compare(PointNavigation())
    try compare(GridWorld())
  }

  @Test func theLastLayerExcludesThePolicysDeviation() throws {
    let problem = try SmallProblem(Variant.anil.apply)
    let (learner, phi) = (problem.learner, problem.learner.theta)
    let stepped = learner.innerStep(phi, phi, problem.tasks[0].inner[0], .first)
    #expect(
      phi.names.filter { phi[$0].doubles != stepped[$0].doubles } == ["layer2.weights", "layer2.bias"])
  }

  @Test("A context needs a size, and a size needs inner steps that move a context")
  func contextSizes() {
    for (part, size, remedy) in [
      (AdaptedPart.context, 0, "contextSize=5"), (.allAndContext, 0, "contextSize=5"),
      (.all, 3, "adapted=context"), (.lastLayer, 3, "adapted=context"),
    ] {
      #expect {
        try makeLearner(on: PointNavigation()) { ($0.adapted, $0.contextSize) = (part, size) }
      } throws: { "\($0)".contains("--set " + remedy) }
      #expect {
        try regressionLearner { ($0.adapted, $0.contextSize) = (part, size) }
      } throws: { "\($0)".contains("--set " + remedy) }
    }
  }
}

import Tensors
import Testing

/// One operation, or something composed of them, as a function of some tensors.
struct Claim: CustomStringConvertible, Sendable {
  let description: String
  let shapes: [[Int]]
  let range: ClosedRange<Double>
  let function: @Sendable ([Tensor]) -> Tensor

  init(
    _ description: String, _ shapes: [[Int]], in range: ClosedRange<Double> = -1.5...1.5,
    _ function: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    (self.description, self.shapes, self.range, self.function) = (description, shapes, range, function)
  }
}

let claims: [Claim] = [
  Claim("identity and conversion", [[2, 3]]) { $0[0].converted(to: .double) },
  Claim("sum of equal shapes", [[2, 3], [2, 3]]) { $0[0] + $0[1] },
  Claim("sum with a row", [[2, 3], [3]]) { $0[0] + $0[1] },
  Claim("sum with a column", [[2, 3], [2, 1]]) { $0[1] + $0[0] },
  Claim("difference with a smaller left side", [[3], [2, 3]]) { $0[0] - $0[1] },
  Claim("difference with a column and a row", [[2, 1], [1, 3]]) { $0[0] - $0[1] },
  Claim("product of equal shapes", [[2, 3], [2, 3]]) { $0[0] * $0[1] },
  Claim("product with a row", [[2, 3], [3]]) { $0[0] * $0[1] },
  Claim("product with a column", [[2, 3], [2, 1]]) { $0[0] * $0[1] },
  Claim("product with a scalar", [[2, 3], []]) { $0[0] * $0[1] },
  Claim("product over a middle axis", [[2, 3, 2], [2, 1, 2]]) { $0[0] * $0[1] },
  Claim("multiple", [[3]]) { -1.7 * $0[0] },
  Claim("exp", [[4]]) { $0[0].exp() },
  Claim("log", [[4]], in: 0.5...2) { $0[0].log() },
  Claim("tanh", [[4]]) { $0[0].tanh() },
  Claim("relu", [[6]]) { $0[0].relu() },
  Claim("sigmoid", [[4]]) { $0[0].sigmoid() },
  Claim("reciprocal", [[4]], in: 0.5...2) { $0[0].reciprocal() },
  Claim("square root", [[4]], in: 0.5...2) { $0[0].squareRoot() },
  Claim("matrix product", [[2, 3], [3, 4]]) { $0[0].matmul($0[1]) },
  Claim("left transposed product", [[3, 2], [3, 4]]) { $0[0].matmul($0[1], .leftTransposed) },
  Claim("right transposed product", [[2, 3], [4, 3]]) { $0[0].matmul($0[1], .rightTransposed) },
  Claim("stack of products", [[2, 2, 3], [2, 3, 2]]) { $0[0].matmul($0[1]) },
  Claim("stack of left transposed products", [[2, 3, 2], [2, 3, 2]]) { $0[0].matmul($0[1], .leftTransposed) },
  Claim("stack of right transposed products", [[2, 2, 3], [2, 2, 3]]) { $0[0].matmul($0[1], .rightTransposed) },
  Claim("dense layer", [[3, 2], [2, 4], [4]]) { $0[0].dense($0[1], $0[2], .identity) },
  Claim("dense tanh layer", [[3, 2], [2, 4], [4]]) { $0[0].dense($0[1], $0[2], .tanh) },
  Claim("dense relu layer", [[3, 2], [2, 4], [4]]) { $0[0].dense($0[1], $0[2], .relu) },
  Claim("activation backward", [[4], [4]]) { Tensor.apply(.activationBackward(.tanh), $0) },
  Claim("tanh curvature", [[4], [4], [4]]) { Tensor.apply(.tanhCurvature, $0) },
  Claim("sum of all", [[2, 3]]) { $0[0].sum() * $0[0].sum() },
  Claim("mean", [[2, 3]]) { $0[0].mean() * $0[0].mean() },
  Claim("sum of the first axis", [[2, 3]]) { $0[0].sum(axis: 0) },
  Claim("sum of the last axis", [[2, 3]]) { $0[0].sum(axis: 1) },
  Claim("sum of a middle axis", [[2, 3, 2]]) { $0[0].sum(axis: 1) },
  Claim("broadcast", [[2, 1]]) { $0[0].broadcast(to: [3, 2, 4]) },
  Claim("reshape", [[2, 3]]) { $0[0].reshaped([3, 2]) },
  Claim("transpose", [[2, 3]]) { $0[0].transposed() },
  Claim("transpose of a stack", [[2, 2, 3]]) { $0[0].transposed() },
  Claim("slice of rows", [[4, 2]]) { $0[0].slice(1..<3) },
  Claim("slice of columns", [[2, 4]]) { $0[0].slice(1..<3, axis: 1) },
  Claim("pad", [[2, 2]]) { Tensor.apply(.pad(axis: 1, before: 1, total: 4), $0) },
  Claim("concatenate rows", [[1, 2], [2, 2]]) { Tensor.concatenate($0) },
  Claim("concatenate columns", [[2, 1], [2, 2]]) { Tensor.concatenate($0, axis: 1) },
  Claim("gather", [[3, 2]]) { $0[0].gather([2, 0, 2]) },
  Claim("scatter", [[3, 2]]) { $0[0].scatter([1, 3, 1], into: 4) },
  Claim("select", [[4], [4]]) { Tensor.select([true, false, false, true], $0[0], $0[1]) },
  Claim("minimum", [[4], [4]]) { Tensor.minimum($0[0], $0[1]) },
  Claim("clamp", [[6]]) { $0[0].clamped(to: -0.6...0.7) },
  Claim("logarithm of a sum of exponentials", [[2, 3]]) { $0[0].logSumExp() },
  Claim("logarithm of a sum of exponentials in a stack", [[2, 2, 3]]) { $0[0].logSumExp() },
  Claim("logarithm of one exponential", [[3, 1]]) { $0[0].logSumExp() },
  Claim("softmax", [[2, 3]]) { $0[0].softmax() },
  Claim("softmax of scores of which some are masked", [[3, 3]]) {
    let mask = [0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0]
    return ($0[0] + Tensor(mask, shape: [3, 3], precision: $0[0].precision)).softmax()
  },
  Claim("layer normalization", [[2, 3]]) { $0[0].layerNormalized() },
  Claim("logarithm of softmax", [[2, 3]]) { $0[0].logSoftmax() },
  Claim("gated recurrent unit", [[3, 2, 2], [2, 9], [9], [3, 9], [3]]) {
    RecurrentCell.gru(
      $0[0], RecurrentWeights(input: $0[1], bias: $0[2], recurrent: $0[3], candidateBias: $0[4]),
      from: Tensor([0.1, -0.4, 0.2, 0.3, 0.5, -0.6], shape: [2, 3], precision: $0[0].precision))
  },
  Claim("long short-term memory", [[3, 2, 2], [2, 8], [8], [2, 8]]) {
    RecurrentCell.lstm(
      $0[0], RecurrentWeights(input: $0[1], bias: $0[2], recurrent: $0[3]),
      from: Tensor([0.1, -0.4, 0.2, 0.3, 0.5, -0.6, 0.7, 0.2], shape: [2, 4], precision: $0[0].precision))
  },
  Claim("reused input", [[2, 2]]) { $0[0].matmul($0[0]) * $0[0] + $0[0].transposed() },
  Claim("network", [[3, 2], [2, 4], [4], [4, 2], [2]]) {
    $0[0].dense($0[1], $0[2], .tanh).dense($0[3], $0[4], .identity).tanh().sum(axis: 1).exp()
  },
]

@Suite struct GradientTests {
  /// Draws inputs away from the corners of relu, minimum and clamp, where differences are not derivatives.
  func inputs(_ claim: Claim, _ name: String) -> Parameters {
    var random = RandomStream(seed: 7).split(claim.description).split(name)
    let tensors = claim.shapes.map { shape in
      Tensor(
        (0..<shape.reduce(1, *)).map { _ in
          let value = random.uniform(claim.range.lowerBound, claim.range.upperBound)
          return abs(value) < 0.1 ? value + 0.2 : value
        }, shape: shape, precision: .double)
    }
    return Parameters(names: tensors.indices.map { "x\($0)" }, tensors: tensors)
  }

  /// A scalar of the outputs that is not linear in them, so that every order has something to show.
  func scalar(_ claim: Claim, _ x: Parameters) -> Tensor {
    let y = claim.function(x.tensors)
    var random = RandomStream(seed: 8).split(claim.description)
    let weights = Tensor((0..<y.count).map { _ in random.uniform(-1, 1) }, shape: y.shape, precision: .double)
    return (weights * y + 0.3 * y * y * y).sum()
  }

  /// The derivative along directions v1, v2, ...: of order 0 the function itself.
  func derivative(_ claim: Claim, _ x: Parameters, along directions: [Parameters]) -> Tensor {
    guard let last = directions.last else { return scalar(claim, x) }
    let gradient = valueAndGradient(at: x, order: .higher) { leaves in
      derivative(claim, leaves, along: directions.dropLast())
    }.gradient
    let products = Swift.zip(gradient.tensors, last.tensors).map { ($0 * $1).sum() }
    return products.reduce(Tensor(0, precision: .double), +)
  }

  @Test(arguments: claims, [1, 2, 3])
  func derivativesEqualDifferencesOfTheOrderBelow(claim: Claim, order: Int) {
    let x = inputs(claim, "x")
    let directions = (0..<order).map { inputs(claim, "direction \($0)") }
    let below = Array(directions.dropLast())
    let h = 1e-5
    let forward = derivative(claim, x + h * directions[order - 1], along: below).scalar
    let backward = derivative(claim, x - h * directions[order - 1], along: below).scalar
    let difference = (forward - backward) / (2 * h)
    let exact = derivative(claim, x, along: directions).scalar
    #expect(abs(exact - difference) <= 1e-6 * max(1, abs(exact)), "\(exact) against \(difference)")
  }

  @Test(arguments: claims)
  func floatGradientsAgreeWithDouble(claim: Claim) {
    let x = inputs(claim, "x")
    let single = x.map { Tensor($0.floats, shape: $0.shape) }
    func function(_ leaves: Parameters) -> Tensor {
      let y = claim.function(leaves.tensors)
      return (y * y).sum()
    }
    let exact = valueAndGradient(at: x, of: function).gradient
    let rounded = valueAndGradient(at: single, of: function).gradient
    for (a, b) in zip(exact.tensors, rounded.tensors) {
      #expect(a.shape == b.shape)
      for (p, q) in zip(a.doubles, b.doubles) { #expect(abs(p - q) <= 3e-5 * max(1, abs(p))) }
    }
  }

  /// The map forward is traced without numbers, so every operation has to know the shape of its result.
  @Test("Gauss-Newton products equal the pullback of differences of the outputs", arguments: claims)
  func gaussNewtonProducts(claim: Claim) {
    let (x, v, h) = (inputs(claim, "x"), inputs(claim, "direction"), 1e-5)
    let leaves = x.asLeaves
    let y = claim.function(leaves.tensors)
    let (ahead, behind) = (claim.function((x + h * v).tensors), claim.function((x - h * v).tensors))
    let pushed = (1 / (2 * h)) * (ahead - behind)
    let expected = Parameters(names: x.names, tensors: Pullback(of: [y], to: leaves.tensors)([pushed]))
    let product = GaussNewtonProduct(of: [y], to: leaves) { $0 }(v)
    #expect(length(product - expected) <= 1e-6 * max(1, length(product)))
  }

  @Test(arguments: claims)
  func gradientsOfFirstOrderAndOfHigherOrderAgree(claim: Claim) {
    let x = inputs(claim, "x")
    // Every input is used twice, so that what arrives is added up.
    func function(_ leaves: Parameters) -> Tensor { scalar(claim, leaves) + scalar(claim, 0.9 * leaves + leaves) }
    let first = valueAndGradient(at: x, order: .first, of: function).gradient
    let higher = valueAndGradient(at: x, order: .higher, of: function).gradient
    for (a, b) in zip(first.tensors, higher.tensors) {
      for (p, q) in zip(a.doubles, b.doubles) { #expect(abs(p - q) <= 1e-12 * max(1, abs(q))) }
    }
  }

  @Test func firstOrderGradientsAreConstants() {
    let x = Parameters(names: ["x"], tensors: [Tensor([1, 2], shape: [2])])
    let outer = valueAndGradient(at: x) { x in
      let inner = valueAndGradient(at: x, order: .first) { ($0["x"] * $0["x"] * $0["x"]).sum() }.gradient
      return (inner["x"] * x["x"]).sum()
    }.gradient
    // d(stop(3x²) x)/dx = 3x²; with .higher it would be 9x².
    #expect(outer["x"].floats == [3, 12])
  }

  @Test("Gradient of a quadratic through an inner step has the closed form") func quadraticThroughAnInnerStep() {
    // The numbers of the specification (9.1): one inner step of 0.1 on a quadratic, then another quadratic.
    func quadratic(_ x: Tensor, _ matrix: [Double], _ center: [Double]) -> Tensor {
      let d = x - Tensor(center, shape: [1, 2], precision: .double)
      return 0.5 * (d.matmul(Tensor(matrix, shape: [2, 2], precision: .double)) * d).sum()
    }
    let theta = Parameters(names: ["theta"], tensors: [Tensor([0.2, -0.3], shape: [1, 2], precision: .double)])
    for (order, expected) in [(GradientOrder.higher, [-0.14655, -2.25545]), (.first, [-0.341, -2.525])] {
      let (value, gradient) = valueAndGradient(at: theta) { theta in
        let inner = valueAndGradient(at: theta, order: order) {
          quadratic($0["theta"], [2, 0.5, 0.5, 1], [1, -1])
        }.gradient
        return quadratic((theta - 0.1 * inner)["theta"], [1, 0.2, 0.2, 3], [0.5, 0.5])
      }
      #expect(abs(value.scalar - 1.0777125) < 1e-12)
      for (a, b) in zip(gradient["theta"].doubles, expected) { #expect(abs(a - b) < 1e-12) }
    }
  }

  @Test("A chain of a million operations is released without recursion") func longChains() {
    var x = Tensor(1, precision: .double).asLeaf
    for _ in 0..<1_000_000 { x = 1.000001 * x }
    #expect(x.scalar > 2.7)
  }

  @Test func aPullbackThroughALongChainDoesNotRecurse() {
    let start = Parameters(names: ["x"], tensors: [Tensor(1, precision: .double)])
    let gradient = valueAndGradient(at: start) { leaves in
      var x = leaves["x"]
      for _ in 0..<200_000 { x = 1.000001 * x }
      return x
    }.gradient
    #expect(abs(gradient["x"].scalar - 1.2214026) < 1e-4)
  }
}

@Suite struct HessianVectorTests {
  let theta = Parameters(
    names: ["w1", "b1", "w2"],
    tensors: [
      Tensor([0.3, -0.2, 0.5, 0.1, 0.7, -0.4], shape: [2, 3], precision: .double),
      Tensor([0.1, -0.1, 0.2], shape: [3], precision: .double),
      Tensor([0.6, -0.3, 0.2, 0.9, -0.5, 0.4], shape: [3, 2], precision: .double),
    ])
  let x = Tensor([1, 0.5, -0.3, 0.8, 0.2, -1.1, 0.9, 0.4], shape: [4, 2], precision: .double)

  @Sendable func outputs(_ theta: Parameters) -> Tensor {
    x.dense(theta["w1"], theta["b1"], .tanh).matmul(theta["w2"])
  }

  @Sendable func loss(_ theta: Parameters) -> Tensor {
    let y = outputs(theta)
    return (y * y * y + y.exp()).mean()
  }

  @Test("Hessian-vector products equal differences of gradients and are linear and symmetric")
  func hessianVectorProducts() {
    let hessian = HessianVectorProduct(at: theta, of: loss)
    let (u, v, h) = (theta.direction(1), theta.direction(2), 1e-5)
    func gradient(_ x: Parameters) -> Parameters { valueAndGradient(at: x, of: loss).gradient }
    let difference = (1 / (2 * h)) * (gradient(theta + h * v) - gradient(theta - h * v))
    let product = hessian(v)
    #expect(length(product - difference) < 1e-6 * length(product))
    #expect(abs(u.dot(product) - v.dot(hessian(u))) < 1e-12)
    #expect(length(hessian(2 * u + v) - 2 * hessian(u) - product) < 1e-12)
  }

  @Test func gaussNewtonProductsEqualTheExplicitJacobian() {
    let leaves = theta.map(\.asLeaf)
    let y = outputs(leaves)
    let metric: @Sendable ([Tensor]) -> [Tensor] = { [$0[0] * Tensor([0.5, 2], shape: [2], precision: .double)] }
    let product = GaussNewtonProduct(of: [y], to: leaves, metric: metric)
    // Row by row of the Jacobian, from one reverse pass an output.
    let pullback = Pullback(of: [y], to: leaves.tensors)
    let v = theta.direction(3)
    var expected = 0 * theta
    for i in 0..<y.count {
      var one = [Double](repeating: 0, count: y.count)
      one[i] = 1
      let row = Parameters(names: theta.names, tensors: pullback([Tensor(one, shape: y.shape, precision: .double)]))
      expected = expected + ((i % 2 == 0 ? 0.5 : 2) * row.dot(v)) * row
    }
    #expect(length(product(v) - expected) < 1e-12)
  }

  /// A symmetric positive definite matrix, AᵀA + I, and a wanted solution.
  private struct Equations {
    let n = 6
    let rows: [[Double]]
    let wanted: [Double]

    init() {
      var random = RandomStream(seed: 4)
      func draw() -> [Double] { (0..<6).map { _ in random.uniform(-1, 1) } }
      rows = (0..<6).map { _ in draw() }
      wanted = draw()
    }

    func product(_ v: [Double]) -> [Double] {
      var result = v
      for row in rows {
        let along: Double = zip(row, v).map(*).reduce(0, +)
        for j in 0..<n { result[j] += row[j] * along }
      }
      return result
    }

    func solve(iterations: Int) -> (solution: [Double], residual: [Double], iterations: Int) {
      func vector(_ values: [Double]) -> Parameters {
        Parameters(names: ["v"], tensors: [Tensor(values, shape: [n], precision: .double)])
      }
      let found = conjugateGradient(vector(product(wanted)), iterations: iterations, tolerance: 0) {
        vector(product($0["v"].doubles))
      }
      return (found.solution["v"].doubles, found.residual["v"].doubles, found.iterations)
    }
  }

  @Test("Conjugate gradients solve a system of N equations in N steps") func conjugateGradients() {
    let equations = Equations()
    let found = equations.solve(iterations: 6)
    #expect(found.iterations == 6)
    for (x, y) in zip(found.solution, equations.wanted) { #expect(abs(x - y) < 1e-8) }
  }

  @Test("Every step of conjugate gradients brings the solution nearer in the norm of the matrix")
  func conjugateGradientsConverge() {
    let equations = Equations()
    var last = Double.infinity
    for iterations in 0...6 {
      let found = equations.solve(iterations: iterations)
      let error = zip(found.solution, equations.wanted).map { $0 - $1 }
      let image = equations.product(error)
      let square = zip(error, image).reduce(0.0) { $0 + $1.0 * $1.1 }
      #expect(square < last)
      last = square
      // b - A x is minus the image of the error.
      for (a, b) in zip(found.residual, image) { #expect(abs(a + b) < 1e-12) }
    }
    #expect(last < 1e-16)
  }
}

import Foundation
import Networks
import Tensors
import Testing

@Suite struct MLPTests {
  @Test(arguments: [Activation.tanh, .relu, .identity])
  func theOutputEqualsPlainLoops(activation: Activation) {
    let (rows, sizes) = (9, [3, 5, 4, 2])
    let network = MLP(sizes: sizes, activation: activation)
    let parameters = network.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2)
    let inputs = numbers(rows * 3, seed: 3)
    let expected: [Double] = (0..<rows).flatMap { row -> [Double] in
      var x = Array(inputs[row * 3..<row * 3 + 3])
      for layer in 1..<sizes.count {
        let weights = parameters["layer\(layer).weights"].doubles
        let bias = parameters["layer\(layer).bias"].doubles
        x = (0..<sizes[layer]).map { output -> Double in
          var sum = bias[output]
          for input in x.indices { sum += x[input] * weights[input * sizes[layer] + output] }
          if layer == sizes.count - 1 || activation == .identity { return sum }
          return activation == .tanh ? Foundation.tanh(sum) : max(sum, 0)
        }
      }
      return x
    }
    let ours = network(tensor(inputs, [rows, 3]), parameters)
    #expect(ours.shape == [rows, 2])
    #expect(distance(ours.doubles, expected) < 1e-12)
  }

  @Test(arguments: [Activation.tanh, .relu], [511, 512, 513, 1300])
  func blocksOfRowsChangeNoBit(activation: Activation, rows: Int) {
    let network = MLP(sizes: [3, 33, 17, 2], activation: activation)
    let parameters = network.makeParameters(using: RandomStream(seed: 1))
    let inputs = Tensor(numbers(rows * 3, seed: 4), shape: [rows, 3], precision: .float)
    let together = network(inputs, parameters).floats.map(\.bitPattern)
    for start in stride(from: 0, to: rows, by: 101) {
      let end = min(start + 101, rows)
      let alone = network(inputs.slice(start..<end), parameters).floats.map(\.bitPattern)
      #expect(alone == Array(together[2 * start..<2 * end]))
    }
    let one = network(inputs.slice(rows - 1..<rows), parameters).floats.map(\.bitPattern)
    #expect(one == Array(together[(2 * rows - 2)...]))
  }

  @Test("The gradient over many rows is the sum of those of its parts") func gradientOverManyRows() {
    let (network, rows) = (MLP(sizes: [3, 8, 2], activation: .tanh), 1300)
    let parameters = network.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2)
    let inputs = tensor(numbers(rows * 3, seed: 5), [rows, 3])
    func gradient(_ range: Range<Int>) -> Parameters {
      valueAndGradient(at: parameters) { p in
        let y = network(inputs.slice(range), p)
        return (y * y).sum()
      }.gradient
    }
    let (whole, parts) = (gradient(0..<rows), gradient(0..<700) + gradient(700..<rows))
    #expect(distance(whole.flat, parts.flat) < 1e-12 * (1 + whole.flat.map(abs).reduce(0, max)))
  }

  @Test("Weights fill the bounds of Glorot and Bengio and biases are zero") func firstWeights() {
    let sizes = [20, 60, 40, 3]
    let parameters = MLP(sizes: sizes, activation: .tanh).makeParameters(using: RandomStream(seed: 6))
    for layer in 1..<sizes.count {
      let bound = (6 / Double(sizes[layer - 1] + sizes[layer])).squareRoot()
      let weights = parameters["layer\(layer).weights"].doubles
      #expect(parameters["layer\(layer).weights"].shape == [sizes[layer - 1], sizes[layer]])
      #expect(weights.allSatisfy { abs($0) <= bound * (1 + 1e-6) })
      #expect(weights.map(abs).reduce(0, max) > 0.95 * bound)
      let n = Double(weights.count)
      #expect(abs(weights.reduce(0, +) / n) < 4 * bound / (3 * n).squareRoot())
      #expect(parameters["layer\(layer).bias"].doubles.allSatisfy { $0 == 0 })
    }
  }

  @Test func theSameStreamDrawsTheSameNetwork() {
    let network = MLP(sizes: [4, 6, 2], activation: .relu)
    func draw(_ seed: UInt64) -> [Double] { network.makeParameters(using: RandomStream(seed: seed)).flat }
    #expect(draw(1) == draw(1))
    #expect(draw(1) != draw(2))
  }
}

@Suite struct StochasticPolicyTests {
  @Test("Deviations start at one and never go below one in a million") func deviations() {
    let policy = StochasticPolicy(observationSize: 2, head: .gaussian(size: 3), hiddenSizes: [4], activation: .tanh)
    let parameters = policy.makeParameters(using: RandomStream(seed: 1))
    #expect(parameters["logDeviation"].doubles == [0, 0, 0])
    let low = Tensor([-13, -14, -1000] as [Float])
    let changed = Parameters(
      names: parameters.names, tensors: parameters.names.map { $0 == "logDeviation" ? low : parameters[$0] })
    guard case .gaussian(let gaussian) = policy(Tensor([0.5, 0.1] as [Float], shape: [1, 2]), changed) else {
      Issue.record("the policy is not Gaussian")
      return
    }
    let deviations = gaussian.logDeviation.doubles.map { exp($0) }
    #expect(abs(deviations[0] - exp(-13)) < 1e-5 * exp(-13))
    for deviation in deviations[1...] { #expect(abs(deviation - 1e-6) < 1e-11) }
    #expect(gaussian.logProbability(of: gaussian.mean).isFinite)
  }

  @Test("A categorical policy has one logit a choice and no deviation") func categoricalPolicy() {
    let policy = StochasticPolicy(
      observationSize: 2, head: .categorical(count: 5), hiddenSizes: [], activation: .tanh)
    let parameters = policy.makeParameters(using: RandomStream(seed: 1))
    #expect(parameters.names == ["layer1.weights", "layer1.bias"])
    #expect(policy(Tensor(repeating: 0, shape: [7, 2]), parameters).outputs.map(\.shape) == [[7, 5]])
  }
}

@Suite struct FisherInformationTests {
  /// The Hessian of the divergence of a small policy from itself, column by column from differences of gradients,
  /// against the product.
  @Test(arguments: [StochasticPolicy.Head.gaussian(size: 1), .gaussian(size: 2), .categorical(count: 3)])
  func theProductIsThatWithTheHessianOfTheDivergence(head: StochasticPolicy.Head) {
    let policy = StochasticPolicy(observationSize: 2, head: head, hiddenSizes: [4], activation: .tanh)
    let parameters = policy.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2)
    let observations = tensor(numbers(22, seed: 3), [11, 2])
    let leaves = parameters.asLeaves
    let here = policy(observations, leaves)
    let fisher = GaussNewtonProduct(of: here.outputs, to: leaves, metric: here.fisher())
    func gradient(_ x: Parameters) -> Parameters {
      valueAndGradient(at: x) { here.detached.divergence(to: policy(observations, $0)).mean() }.gradient
    }
    func unit(_ index: Int) -> Parameters {
      var start = 0
      return parameters.map { t in
        defer { start += t.count }
        return tensor((0..<t.count).map { start + $0 == index ? 1 : 0 }, t.shape)
      }
    }
    let h = 1e-5
    let hessian = (0..<parameters.count).map { index -> [Double] in
      let difference = gradient(parameters + h * unit(index)) - gradient(parameters - h * unit(index))
      return difference.flat.map { $0 / (2 * h) }
    }
    let product = (0..<parameters.count).map { fisher(unit($0)).flat }
    for (ours, expected) in zip(product, hessian) { #expect(distance(ours, expected) < 1e-7) }
    for i in product.indices { for j in product.indices { #expect(abs(product[i][j] - product[j][i]) < 1e-12) } }
    for seed in 5..<10 as Range<UInt64> {
      let v = parameters.direction(seed: seed)
      #expect(v.dot(fisher(v)) >= 0)
    }
  }
}

@Suite struct AdamTests {
  private let gradients = [[1.0, -0.02], [-3.0, 0.5], [0.25, 0.5]]

  private func parameters(_ values: [Double]) -> Parameters {
    Parameters(names: ["x"], tensors: [tensor(values, [2])])
  }

  @Test func threeStepsAreThoseOfThePaper() {
    var adam = Adam(stepSize: 0.1)
    var ours = parameters([0.5, -1])
    var (x, m, v) = ([0.5, -1.0], [0.0, 0.0], [0.0, 0.0])
    for (t, gradient) in zip(1..., gradients) {
      adam.update(&ours, along: parameters(gradient))
      for i in 0..<2 {
        m[i] = 0.9 * m[i] + 0.1 * gradient[i]
        v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i]
        let meanEstimate = m[i] / (1 - pow(0.9, Double(t)))
        let squareEstimate = v[i] / (1 - pow(0.999, Double(t)))
        x[i] -= 0.1 * meanEstimate / (squareEstimate.squareRoot() + 1e-8)
      }
      #expect(distance(ours.flat, x) < 1e-12)
    }
  }

  @Test("The first step has the step size, whatever the gradient's scale") func firstStep() {
    for scale in [1e-3, 1, 1e6] {
      var (adam, x) = (Adam(stepSize: 0.1), parameters([0, 0]))
      adam.update(&x, along: parameters([scale, -scale]))
      #expect(distance(x.flat, [-0.1, 0.1]) < 2e-6)
    }
  }

  @Test func stepsHaveTheBitsOfArithmeticOnTensors() {
    let network = MLP(sizes: [5, 37, 2], activation: .relu)
    var ours = network.makeParameters(using: RandomStream(seed: 1))
    var (adam, x) = (Adam(stepSize: 0.01, firstDecay: 0.8, secondDecay: 0.99, epsilon: 1e-4), ours)
    var (m, v) = (0 * x, 0 * x)
    for step in 1...3 {
      let gradient = ours.direction(seed: UInt64(step)).map { $0.converted(to: .float) }
      adam.update(&ours, along: gradient)
      m = 0.8 * m + (1 - 0.8) * gradient
      v = 0.99 * v + (1 - 0.99) * (gradient * gradient)
      let scales = (0..<step).reduce(into: (1.0, 1.0)) { scales, _ in scales = (0.8 * scales.0, 0.99 * scales.1) }
      let change = m.combined(with: v) { m, v in
        let denominator = (1 / (1 - scales.1) * v).squareRoot() + Tensor(1e-4, precision: .float)
        return (1 / (1 - scales.0) * m) * denominator.reciprocal()
      }
      x = x - 0.01 * change
    }
    #expect(ours.flat == x.flat)
  }

  @Test func aShareOfTheWayHasTheBitsOfArithmeticOnTensors() {
    let network = MLP(sizes: [5, 37, 2], activation: .relu)
    let (slow, fast) = (
      network.makeParameters(using: RandomStream(seed: 1)), network.makeParameters(using: RandomStream(seed: 2))
    )
    #expect(slow.moved(towards: fast, by: 0.005).flat == ((1 - 0.005) * slow + 0.005 * fast).flat)
    #expect(Parameters.sum([slow, fast, slow]).flat == (slow + fast + slow).flat)
  }

  @Test func aDecodedOptimizerGoesOnAsTheOriginal() throws {
    var (adam, x) = (Adam(stepSize: 0.1), parameters([0.5, -1]))
    adam.update(&x, along: parameters(gradients[0]))
    var copy = try JSONDecoder().decode(Adam.self, from: JSONEncoder().encode(adam))
    var y = x
    for gradient in gradients[1...] {
      adam.update(&x, along: parameters(gradient))
      copy.update(&y, along: parameters(gradient))
    }
    #expect(x.flat == y.flat)
  }
}

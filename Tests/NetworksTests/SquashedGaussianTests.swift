import Networks
import Tensors
import Testing

private func row(_ values: [Double]) -> Tensor { Tensor(values, shape: [1, values.count], precision: .double) }

private func distribution(_ mean: [Double], _ logDeviation: [Double]) -> SquashedGaussian {
  SquashedGaussian(mean: row(mean), logDeviation: row(logDeviation))
}

@Suite struct SquashedGaussianTests {
  /// Numbers of an independent computation.
  @Test(arguments: [
    (0.5, 0.2, -0.5, -0.3010322016), (3, 2.5, 0, 3.5747184760), (-6, -5, 0, 9.1947793941), (8, 8, 0, 13.6947673307),
  ])
  func logDensitiesAreThoseOfTheTable(preimage: Double, mean: Double, logDeviation: Double, due: Double) {
    let computed = distribution([mean], [logDeviation]).logProbability(ofPreimages: row([preimage]))
    #expect(abs(computed.scalar - due) < 1e-9)
    #expect(computed.shape == [1])
  }

  @Test(arguments: [(0.0, 0.0), (0.8, -1), (-1.5, 0.4)])
  func theDensityOfActionsIntegratesToOne(mean: Double, logDeviation: Double) {
    // Equal steps of the preimage from -12 to 12, weighted by how far the action goes in each.
    let count = 40_000
    let preimages = (0...count).map { 24 * Double($0) / Double(count) - 12 }
    let column = Tensor(preimages, shape: [count + 1, 1], precision: .double)
    let wide = SquashedGaussian(
      mean: Tensor(repeating: mean, shape: [count + 1, 1], precision: .double),
      logDeviation: Tensor(repeating: logDeviation, shape: [count + 1, 1], precision: .double))
    let (densities, actions) = (wide.logProbability(ofPreimages: column).exp().doubles, column.tanh().doubles)
    var integral = 0.0
    for i in 0..<count {
      let height = 0.5 * (densities[i] + densities[i + 1])
      integral += height * (actions[i + 1] - actions[i])
    }
    #expect(abs(integral - 1) < 1e-4)
  }

  @Test("The density is that of the normal vector over the slope of the tangent") func densityOfActions() {
    let (mean, logDeviation, preimage) = ([0.3, -0.7], [-0.2, 0.5], [0.9, -1.4])
    let h = 1e-5
    var due = 0.0
    for i in 0..<2 {
      let normal = DiagonalGaussian(
        mean: row([mean[i]]), logDeviation: Tensor([logDeviation[i]], shape: [1], precision: .double))
      let slope = (row([preimage[i] + h]).tanh().scalar - row([preimage[i] - h]).tanh().scalar) / (2 * h)
      due += normal.logProbability(of: row([preimage[i]])).scalar - Tensor(slope, precision: .double).log().scalar
    }
    let computed = distribution(mean, logDeviation).logProbability(ofPreimages: row(preimage)).scalar
    #expect(abs(computed - due) < 1e-8)
  }

  @Test("What a draw reports is its log-density and both follow the network") func draws() {
    let noise = row([0.4, -1.1])
    let outputs = Parameters(names: ["outputs"], tensors: [row([0.3, -0.7, -0.2, 0.5])])
    func draw(_ parameters: Parameters) -> (actions: Tensor, logProbability: Tensor) {
      SquashedGaussian(outputs: parameters["outputs"]).sample(noise)
    }
    let gaussian = SquashedGaussian(outputs: outputs["outputs"])
    let preimages = gaussian.mean + noise * gaussian.logDeviation.exp()
    let (actions, logProbability) = draw(outputs)
    #expect(actions.doubles == preimages.tanh().doubles)
    #expect(abs(logProbability.scalar - gaussian.logProbability(ofPreimages: preimages).scalar) < 1e-12)
    #expect(gaussian.mode.doubles == gaussian.mean.tanh().doubles)
    for value in [{ draw($0).logProbability.sum() }, { (draw($0).actions * row([1, 2])).sum() }]
      as [(Parameters) -> Tensor]
    {
      let gradient = valueAndGradient(at: outputs, of: value).gradient["outputs"].doubles
      for i in 0..<4 {
        func moved(_ h: Double) -> Double {
          var numbers = outputs["outputs"].doubles
          numbers[i] += h
          return value(Parameters(names: ["outputs"], tensors: [row(numbers)])).scalar
        }
        #expect(abs(gradient[i] - (moved(1e-6) - moved(-1e-6)) / 2e-6) < 1e-7)
      }
    }
  }

  @Test func deviationsStayInTheirRange() {
    let wide = SquashedGaussian(outputs: row([0, 0, -50, 9]))
    #expect(wide.logDeviation.doubles == [-20, 2])
  }

  @Test func theSmoothPositivePartNeverOverflows() {
    let x = Tensor([-200.0, -30, -1, 0, 1, 30, 200], shape: [7], precision: .double)
    let due = [0, 9.357622968839299e-14, 0.31326168751822286, 0.6931471805599453, 1.3132616875182228, 30, 200]
    for (computed, due) in zip(x.softplus().doubles, due) { #expect(abs(computed - due) < 1e-12) }
    let slopes = valueAndGradient(at: Parameters(names: ["x"], tensors: [x])) { $0["x"].softplus().sum() }.gradient
    for (slope, x) in zip(slopes["x"].doubles, x.doubles) {
      #expect(abs(slope - Tensor(x, precision: .double).sigmoid().scalar) < 1e-12)
    }
  }

  @Test func slowCopiesFollowByAShareOfTheWay() {
    func numbers(_ values: [Double]) -> Parameters {
      Parameters(names: ["a"], tensors: [Tensor(values, shape: [2], precision: .double)])
    }
    let (slow, fast) = (numbers([1, -2]), numbers([3, 2]))
    var copy = slow
    for step in 1...3 {
      copy = copy.moved(towards: fast, by: 0.25)
      let rest = [0.75, 0.5625, 0.421875][step - 1]
      #expect(
        abs(copy["a"].doubles[0] - (3 - 2 * rest)) < 1e-12 && abs(copy["a"].doubles[1] - (2 - 4 * rest)) < 1e-12)
    }
    #expect(slow.moved(towards: fast, by: 1)["a"].doubles == fast["a"].doubles)
  }

  @Test func weightsStartWithinTheBoundsOfTheirOutputs() {
    let network = MLP(sizes: [3, 400, 25, 2], activation: .relu, prefix: "n.")
    let parameters = network.makeParameters(using: RandomStream(seed: 1), outputBound: 1e-3)
    func largest(_ name: String) -> Float { parameters["n." + name].floats.map(abs).max() ?? 0 }
    #expect(largest("layer1.weights") <= 0.05 && largest("layer1.weights") > 0.049)
    #expect(largest("layer2.weights") <= 0.2 && largest("layer2.weights") > 0.199)
    #expect(largest("layer3.weights") <= 1e-3 && largest("layer3.bias") <= 1e-3 && largest("layer3.bias") > 0)
    #expect(Set(parameters["n.layer1.bias"].floats) == [0.1])
  }
}

import Foundation
import Networks
import Tensors
import Testing

/// Expects that a product is that with the Hessian of a function, by differences of the gradient.
private func expectHessianProduct(
  _ product: [Double], at point: Parameters, along v: Parameters, of function: @escaping (Parameters) -> Tensor
) {
  let h = 1e-5
  func gradient(_ x: Parameters) -> Parameters { valueAndGradient(at: x, of: function).gradient }
  let difference = (1 / (2 * h)) * (gradient(point + h * v) - gradient(point - h * v))
  #expect(distance(product, difference.flat) < 1e-8)
}

@Suite struct DiagonalGaussianTests {
  private let p = DiagonalGaussian(
    mean: tensor([0.1, -0.2], [1, 2]), logDeviation: tensor([log(0.5), log(1.2)], [2]))
  private let q = DiagonalGaussian(mean: tensor([0, 0.3], [1, 2]), logDeviation: tensor([log(0.7), 0], [2]))

  @Test("The log-probability is the sum over components of their log-densities") func logProbability() {
    let (rows, size) = (7, 3)
    let (mean, logDeviation) = (numbers(rows * size, seed: 1), numbers(size, seed: 2))
    let actions = numbers(rows * size, seed: 3).map { 3 * $0 }
    let gaussian = DiagonalGaussian(mean: tensor(mean, [rows, size]), logDeviation: tensor(logDeviation, [size]))
    let expected = (0..<rows).map { row in
      (0..<size).reduce(0.0) { sum, i in
        let deviation = exp(logDeviation[i])
        let z = (actions[row * size + i] - mean[row * size + i]) / deviation
        return sum - z * z / 2 - log(deviation) - log(2 * Double.pi) / 2
      }
    }
    let ours = gaussian.logProbability(of: tensor(actions, [rows, size]))
    #expect(ours.shape == [rows])
    #expect(distance(ours.doubles, expected) < 1e-12)
  }

  @Test func theDivergenceIsThatOfTheSpecification() {
    #expect(abs(p.divergence(to: q).scalar - 0.26445680) < 5e-9)
    for (i, expected) in [0.10177836, 0.16267844].enumerated() {
      func component(_ g: DiagonalGaussian) -> DiagonalGaussian {
        DiagonalGaussian(mean: g.mean.slice(i..<i + 1, axis: 1), logDeviation: g.logDeviation.slice(i..<i + 1))
      }
      #expect(abs(component(p).divergence(to: component(q)).scalar - expected) < 5e-9)
    }
  }

  @Test("The divergence equals the formula and is zero to itself") func divergenceEqualsTheFormula() {
    let (mp, sp, mq, sq) = ([0.1, -0.2], [0.5, 1.2], [0.0, 0.3], [0.7, 1.0])
    func formula(_ mp: [Double], _ sp: [Double], _ mq: [Double], _ sq: [Double]) -> Double {
      (0..<2).reduce(0.0) { sum, i in
        let difference = mp[i] - mq[i]
        return sum + log(sq[i] / sp[i]) + (sp[i] * sp[i] + difference * difference) / (2 * sq[i] * sq[i]) - 0.5
      }
    }
    #expect(abs(p.divergence(to: q).scalar - formula(mp, sp, mq, sq)) < 1e-12)
    #expect(abs(q.divergence(to: p).scalar - formula(mq, sq, mp, sp)) < 1e-12)
    #expect(abs(p.divergence(to: p).scalar) < 1e-15)
  }

  @Test func theEntropyIsTheClosedForm() {
    let expected = [0.5, 1.2].reduce(0.0) { $0 + (log(2 * Double.pi) + 1 + 2 * log($1)) / 2 }
    #expect(abs(p.entropy().scalar - expected) < 1e-12)
  }

  /// The Fisher information is the Hessian of the divergence where both distributions are one, in either direction.
  @Test("The Fisher information is the Hessian of the divergence") func fisherInformation() {
    let point = Parameters(
      names: ["mean", "logDeviation"], tensors: [tensor(numbers(6, seed: 4), [3, 2]), tensor([0.4, -0.7], [2])])
    func gaussian(_ x: Parameters) -> DiagonalGaussian {
      DiagonalGaussian(mean: x["mean"], logDeviation: x["logDeviation"])
    }
    let (here, v) = (gaussian(point), point.direction(seed: 5))
    let product = here.fisher()(v.tensors).flatMap(\.doubles)
    expectHessianProduct(product, at: point, along: v) { here.divergence(to: gaussian($0)).mean() }
    expectHessianProduct(product, at: point, along: v) { gaussian($0).divergence(to: here).mean() }
  }

  @Test("The divergence is the mean of the difference of log-densities") func divergenceIsAMean() {
    let rows = 40_000
    var random = RandomStream(seed: 8)
    let noise = Tensor(random.normals(2 * rows), shape: [rows, 2])
    func repeated(_ g: DiagonalGaussian) -> DiagonalGaussian {
      DiagonalGaussian(mean: g.mean.broadcast(to: [rows, 2]), logDeviation: g.logDeviation)
    }
    let draws = repeated(p).sample(noise)
    let difference = repeated(p).logProbability(of: draws) - repeated(q).logProbability(of: draws)
    let (values, n) = (difference.doubles, Double(rows))
    let mean = values.reduce(0, +) / n
    let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n / n).squareRoot()
    #expect(abs(mean - p.divergence(to: q).scalar) < 4 * error)
    #expect(error < 0.01)
  }

  @Test func drawsHaveTheMeanAndTheDeviation() {
    let rows = 40_000
    let (mean, deviation) = ([0.3, -1.5], [0.2, 2.0])
    let gaussian = DiagonalGaussian(
      mean: Tensor(mean, shape: [1, 2], precision: .float).broadcast(to: [rows, 2]),
      logDeviation: Tensor(deviation.map { log($0) }, shape: [2], precision: .float))
    var random = RandomStream(seed: 6)
    let draws = gaussian.sample(Tensor(random.normals(2 * rows), shape: [rows, 2])).doubles
    for i in 0..<2 {
      let values = stride(from: i, to: 2 * rows, by: 2).map { draws[$0] }
      let n = Double(rows)
      let average = values.reduce(0, +) / n
      let variance = values.reduce(0) { $0 + ($1 - mean[i]) * ($1 - mean[i]) } / n
      #expect(abs(average - mean[i]) < 4 * deviation[i] / n.squareRoot())
      #expect(abs(variance / (deviation[i] * deviation[i]) - 1) < 4 * (2 / n).squareRoot())
    }
  }
}

@Suite struct CategoricalTests {
  private let rows = 6
  private let width = 4
  private var logits: [Double] { numbers(rows * width, seed: 1).map { 3 * $0 } }
  private var otherLogits: [Double] { numbers(rows * width, seed: 2).map { 3 * $0 } }

  /// Probabilities by the definition, row by row.
  private func probabilities(_ logits: [Double]) -> [[Double]] {
    (0..<rows).map { row in
      let powers = logits[row * width..<(row + 1) * width].map { exp($0) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
  }

  private func categorical(_ logits: [Double]) -> Categorical {
    Categorical(logits: tensor(logits, [rows, width]))
  }

  @Test func theLogProbabilityIsThatOfTheChoice() {
    let choices = (0..<rows).map { $0 % width }
    let expected = zip(probabilities(logits), choices).map { log($0[$1]) }
    #expect(distance(categorical(logits).logProbability(of: choices).doubles, expected) < 1e-12)
  }

  @Test func theDivergenceIsTheSumOverChoices() {
    let expected = zip(probabilities(logits), probabilities(otherLogits)).map { p, q in
      zip(p, q).reduce(0.0) { $0 + $1.0 * log($1.0 / $1.1) }
    }
    let (p, q) = (categorical(logits), categorical(otherLogits))
    #expect(distance(p.divergence(to: q).doubles, expected) < 1e-12)
    #expect(p.divergence(to: p).doubles.allSatisfy { $0 == 0 })
  }

  @Test func theEntropyIsTheSumOverChoices() {
    let expected = probabilities(logits).map { $0.reduce(0.0) { $0 - $1 * log($1) } }
    #expect(distance(categorical(logits).entropy().doubles, expected) < 1e-12)
  }

  @Test func nothingDependsOnAConstantAddedToTheLogits() {
    let shifted = categorical(logits.map { $0 + 500 })
    #expect(distance(shifted.entropy().doubles, categorical(logits).entropy().doubles) < 1e-11)
    #expect(shifted.divergence(to: categorical(logits)).doubles.allSatisfy { abs($0) < 1e-11 })
  }

  @Test("The Fisher information is the Hessian of the divergence") func fisherInformation() {
    let point = Parameters(names: ["logits"], tensors: [tensor(logits, [rows, width])])
    let (here, v) = (categorical(logits), point.direction(seed: 5))
    let product = here.fisher()(v.tensors).flatMap(\.doubles)
    func there(_ x: Parameters) -> Categorical { Categorical(logits: x["logits"]) }
    expectHessianProduct(product, at: point, along: v) { here.divergence(to: there($0)).mean() }
    expectHessianProduct(product, at: point, along: v) { there($0).divergence(to: here).mean() }
    // diag(p) - ppᵀ, averaged over rows, written out.
    let expected = zip(probabilities(logits), 0..<rows).flatMap { p, row in
      let change = Array(v.flat[row * width..<(row + 1) * width])
      let mean = zip(p, change).reduce(0.0) { $0 + $1.0 * $1.1 }
      return zip(p, change).map { $0 * ($1 - mean) / Double(rows) }
    }
    #expect(distance(product, expected) < 1e-12)
  }

  @Test func choicesComeAsOftenAsTheirProbabilitiesSay() {
    let draws = 40_000
    let probabilities: [Double] = [0.5, 0.05, 0.15, 0.3]
    let logits = Tensor(probabilities.map { log($0) }, shape: [1, 4], precision: .float)
    var random = LaneRandom([RandomStream(seed: 7)])
    let categorical = Categorical(logits: logits.broadcast(to: [draws, 4]))
    let choices = categorical.sample(random.uniforms(perLane: draws))
    let chiSquared = probabilities.enumerated().reduce(0.0) { sum, p in
      let expected = p.element * Double(draws)
      let difference = Double(choices.filter { $0 == p.offset }.count) - expected
      return sum + difference * difference / expected
    }
    // The 99.9th percentile at three degrees of freedom.
    #expect(chiSquared < 16.27, "\(chiSquared)")
  }

  /// Probabilities in single precision may sum to less than the largest uniform number below 1.
  @Test func whatHasNoProbabilityIsNeverDrawn() {
    let largest = Float(1).nextDown
    for seed in 0..<200 {
      let logits = numbers(6, seed: UInt64(seed)).map { 2 * $0 } + [-1e9]
      let categorical = Categorical(logits: Tensor(logits, shape: [1, 7], precision: .float))
      #expect(categorical.sample([largest])[0] < 6)
      let first = Categorical(logits: Tensor(Array(logits.reversed()), shape: [1, 7], precision: .float))
      #expect(first.sample([0])[0] > 0)
    }
  }
}

import Networks
import Tensors
import Testing

/// A loss that is linear and a divergence that is quadratic, of which everything is known.
@Suite struct TrustRegionStepTests {
  private let start = Parameters(names: ["x"], tensors: [tensor([1.0 / 3, -2, 0.7], [3])])
  private let gradient = Parameters(names: ["x"], tensors: [tensor([0.5, -1, 2], [3])])
  private let matrix = [[4.0, 1, 0], [1, 3, -1], [0, -1, 2]]

  private func fisherProduct(_ v: Parameters) -> Parameters {
    let values = v.flat
    let product = matrix.map { row in zip(row, values).reduce(0.0) { $0 + $1.0 * $1.1 } }
    return Parameters(names: ["x"], tensors: [tensor(product, [3])])
  }

  private func divergence(_ x: Parameters) -> Double {
    let step = x - start
    return 0.5 * step.dot(fisherProduct(step))
  }

  private func loss(_ x: Parameters) -> Double { 5 + gradient.dot(x - start) }

  /// A step whose tries have a loss and a divergence.
  private func step(
    damping: Double = 0, _ product: ((Parameters) -> Parameters)? = nil,
    evaluate: (Parameters) -> (loss: Double, divergence: Double)
  ) -> TrustRegionStep.Outcome {
    var step = TrustRegionStep()
    step.damping = damping
    return step(
      from: start, loss: 5, gradient: gradient, fisherProduct: product ?? fisherProduct, evaluate: evaluate)
  }

  /// F⁻¹g, by Cramer's rule.
  private var naturalGradient: [Double] {
    func determinant(_ m: [[Double]]) -> Double {
      let first = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
      let second = m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
      return first - second + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    }
    return (0..<3).map { column in
      var replaced = matrix
      for row in 0..<3 { replaced[row][column] = gradient.flat[row] }
      return determinant(replaced) / determinant(matrix)
    }
  }

  @Test("The full step is the natural gradient to the edge of the region") func fullStep() {
    let outcome = step { (loss($0), 0) }
    let natural = naturalGradient
    let length = (0.02 / zip(natural, gradient.flat).reduce(0.0) { $0 + $1.0 * $1.1 }).squareRoot()
    let expected = zip(start.flat, natural).map { $0 - length * $1 }
    #expect(outcome.backtracks == 0)
    #expect(distance(outcome.parameters.flat, expected) < 1e-12)
    #expect(abs(divergence(outcome.parameters) - 0.01) < 1e-12)
  }

  @Test func dampingIsAddedToTheDiagonal() {
    let one = step(damping: 0.5) { (loss($0), 0) }
    let other = step({ fisherProduct($0) + 0.5 * $0 }) { (loss($0), 0) }
    #expect(distance(one.parameters.flat, other.parameters.flat) < 1e-14)
  }

  @Test func theFirstTryInsideTheRegionIsTaken() {
    // A divergence one and a half times as large as the metric says: one factor of 0.8² brings it inside.
    var tries: [[Double]] = []
    let outcome = step {
      tries.append($0.flat)
      return (loss($0), 1.5 * divergence($0))
    }
    #expect(outcome.backtracks == 1)
    #expect(tries.count == 2)
    #expect(outcome.parameters.flat == tries.last)
    #expect(outcome.divergence <= 0.01)
    #expect(abs(outcome.divergence - 1.5 * 0.64 * 0.01) < 1e-12)
  }

  @Test func aTryOutsideTheRegionIsRefusedHoweverGood() {
    let outcome = step { _ in (-1e9, 0.010001) }
    #expect(outcome.backtracks == nil)
    #expect(outcome.parameters.flat == start.flat)
  }

  @Test("Tries shrink by the ratio and the first with a lower loss is taken") func triesShrink() throws {
    var tries: [[Double]] = []
    let outcome = step {
      tries.append($0.flat)
      return (tries.count == 5 ? 4.999 : 5, 0)
    }
    #expect(outcome.backtracks == 4)
    let full = zip(try #require(tries.first), start.flat).map { $0 - $1 }
    var fraction = 1.0
    for attempt in tries {
      #expect(distance(attempt, zip(start.flat, full).map { $0 + fraction * $1 }) < 1e-15)
      fraction *= 0.8
    }
    #expect(tries.count == 5)
    #expect(outcome.parameters.flat == tries.last)
  }

  @Test(
    "The old parameters come back bit for bit when every try is refused",
    arguments: [(5.0, 0.0), (.infinity, 0), (.nan, 0), (4, .nan), (4, .infinity)])
  func everyTryIsRefused(loss: Double, divergence: Double) {
    var tries = 0
    let outcome = TrustRegionStep()(from: start, loss: 5, gradient: gradient, fisherProduct: fisherProduct) { _ in
      tries += 1
      return (loss, divergence)
    }
    #expect(tries == 15)
    #expect(outcome.backtracks == nil)
    #expect(outcome.divergence == 0)
    #expect(outcome.parameters.flat.map(\.bitPattern) == start.flat.map(\.bitPattern))
  }

  @Test("Without a gradient or without curvature nothing is tried") func nothingToTry() {
    var step = TrustRegionStep()
    step.damping = 0
    for (g, factor) in [(0 * gradient, 1.0), (gradient, 0), (gradient, -1), (gradient, .nan)] {
      let result = step(from: start, loss: 5, gradient: g, fisherProduct: { factor * fisherProduct($0) }) { _ in
        Issue.record("a step was tried")
        return (0, 0)
      }
      #expect(result.backtracks == nil)
      #expect(result.parameters.flat == start.flat)
    }
  }
}

import Learners
import Networks
import Tensors
import Testing

extension Parameters {
  /// Uniform numbers from -1 to 1 in double precision, in the same shapes.
  func direction(_ seed: UInt64) -> Parameters {
    var random = RandomStream(seed: seed)
    return map { t in
      Tensor((0..<t.count).map { _ in random.uniform(-1, 1) }, shape: t.shape, precision: .double)
    }
  }
}

func length(_ x: Parameters) -> Double { x.dot(x).squareRoot() }

/// Expects that a derivative along a direction is that of central differences.
func expectDerivative(
  _ exact: Double, of function: (Parameters) -> Double, at x: Parameters, along v: Parameters,
  step h: Double = 1e-5, within tolerance: Double = 1e-6, sourceLocation: SourceLocation = #_sourceLocation
) {
  let difference = (function(x + h * v) - function(x - h * v)) / (2 * h)
  #expect(
    abs(exact - difference) < tolerance * max(1, abs(exact)), "\(exact) against \(difference)",
    sourceLocation: sourceLocation)
}

/// Expects that a product with a Jacobian is that of central differences, but for a part of its length.
func expectProduct(
  _ product: Parameters, of function: (Parameters) -> Parameters, at x: Parameters, along v: Parameters,
  within tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation
) {
  let h = 1e-5
  let difference = (1 / (2 * h)) * (function(x + h * v) - function(x - h * v))
  #expect(length(product - difference) < tolerance * length(product), sourceLocation: sourceLocation)
}

/// The estimators whose Jacobians are those of the replayed step.
let replayed: [InnerEstimator] = [.naive, .lowVarianceCurvature]

/// A learner in double precision with data of some tasks, small enough for differences of everything.
protocol SmallMetaProblem {
  var theta: Parameters { get }
  /// The outer loss of each task, and the distributions of its outer data after the inner steps.
  func outer(_ theta: Parameters, _ order: GradientOrder) -> [(loss: Tensor, distributions: ActionDistribution)]
  /// The distributions that played the outer data of the first task.
  var played: ActionDistribution { get }
}

extension SmallMetaProblem {
  func loss(_ theta: Parameters) -> Double { outer(theta, .first).reduce(0) { $0 + $1.loss.scalar } }

  func gradient(_ order: GradientOrder = .higher) -> Parameters {
    valueAndGradient(at: theta) { outer($0, order).map(\.loss).reduce(Tensor(0, precision: .double), +) }.gradient
  }

  /// Products with the Fisher information of the adapted policy.
  func fisherProduct(_ order: GradientOrder) -> GaussNewtonProduct {
    let leaves = theta.asLeaves
    let distributions = outer(leaves, order)[0].distributions
    return GaussNewtonProduct(of: distributions.outputs, to: leaves, metric: distributions.fisher())
  }

  /// Expects that such a product is that with the Hessian of the divergence of the adapted policy from the one that
  /// played.
  func expectFisherProductOfDifferences(_ product: Parameters, along v: Parameters, _ order: GradientOrder) {
    func gradient(_ theta: Parameters) -> Parameters {
      valueAndGradient(at: theta) { played.divergence(to: outer($0, order)[0].distributions).mean() }.gradient
    }
    expectProduct(product, of: gradient, at: theta, along: v, within: 1e-5)
  }

  func expectGradientOfDifferences(seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
    let v = theta.direction(seed)
    expectDerivative(gradient().dot(v), of: loss, at: theta, along: v, sourceLocation: sourceLocation)
  }
}

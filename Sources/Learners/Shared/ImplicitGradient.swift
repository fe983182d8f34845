import Tensors

/// Gradient descent on a loss with a proximal term, `L(φ) + (λ/2) |φ - θ|²`.
///
/// - Parameters:
///   - start: the initial φ.
///   - theta: θ, the center of the proximal term.
///   - regularization: λ.
///   - stepSize: the size of a step.
///   - steps: the maximum number of steps.
///   - tolerance: the norm of the gradient below which to stop; with 0, all steps are taken.
///   - order: whether the result can be differentiated with respect to θ, through every step.
///   - loss: L.
/// - Returns: φ, and the last gradient's norm.
package func proximalDescent(
  from start: Parameters, around theta: Parameters, regularization: Double, stepSize: Double, steps: Int,
  tolerance: Double = 0,
  order: GradientOrder = .first, loss: (Parameters) throws -> Tensor
) rethrows -> (phi: Parameters, gradientLength: Double) {
  var (phi, length) = (start, 0.0)
  for _ in 0..<steps {
    // The gradient of the proximal term in closed form keeps the graph small.
    let gradient =
      try valueAndGradient(at: phi, order: order, of: loss).gradient + regularization * (phi - theta)
    length = gradient.dot(gradient).squareRoot()
    if length < tolerance { break }
    phi = phi - stepSize * gradient
  }
  return (phi, length)
}

/// Minimizes `L(φ) + (λ/2) |φ - θ|²` for several systems side by side by Gauss-Newton steps: the Hessian-free solver (Martens,
/// 2010) of Rajeswaran et al., 2019, section 4.2.
///
/// A step solves `(G + λ I) d = -∇` by conjugate gradients, G being the Gauss-Newton matrix, which is never negative. Each
/// system halves its step until its objective falls, up to four times; otherwise it stays. So no step diverges.
///
/// - Parameters:
///   - start: the initial φ, each tensor `[system] + shape`.
///   - theta: θ, likewise.
///   - regularization: λ.
///   - steps: the number of steps.
///   - products: the most products with G in a step.
///   - losses: L of each system, `[system]`.
///   - curvature: the map `v ↦ G v` at φ.
/// - Returns: φ, and the length of the gradient before the last step.
package func proximalNewton(
  from start: Parameters, around theta: Parameters, regularization: Double, steps: Int, products: Int,
  losses: (Parameters) -> Tensor, curvature: (Parameters) -> (Parameters) -> Parameters
) -> (phi: Parameters, gradientLength: Double) {
  func objectives(_ phi: Parameters) -> [Double] {
    let distance = phi - theta
    return zip(losses(phi).doubles, distance.stackedDot(distance)).map { $0 + 0.5 * regularization * $1 }
  }
  var (phi, length) = (start.detached, 0.0)
  var lowest = objectives(phi)
  for _ in 0..<steps {
    let gradient = valueAndGradient(at: phi) { losses($0).sum() }.gradient + regularization * (phi - theta)
    length = gradient.dot(gradient).squareRoot()
    let matrix = curvature(phi)
    let direction = stackedConjugateGradient(-1 * gradient, iterations: products) {
      matrix($0) + regularization * $0
    }.solution
    var shares = lowest.map { _ in 1.0 }
    for halving in 0..<5 {
      let reached = objectives(phi + direction.scaled(bySystem: shares))
      let rising = lowest.indices.filter { !(reached[$0] <= lowest[$0]) }
      for system in rising { shares[system] = halving < 4 ? shares[system] / 2 : 0 }
      guard rising.isEmpty || halving == 4 else { continue }
      for system in lowest.indices where shares[system] > 0 { lowest[system] = reached[system] }
      break
    }
    phi = phi + direction.scaled(bySystem: shares)
  }
  return (phi, length)
}

/// The result of conjugate gradients on a stack of linear systems.
package struct StackedSolution: Sendable {
  /// The solution of each system, `[system] + shape`.
  package var solution: Parameters
  /// The number of systems that stopped at a direction of curvature 0 or below.
  package var negativeCurvatures: Int
}

/// Solves `A x = b` by conjugate gradients, from 0, for a stack of systems with separate step sizes: the results are those of
/// `conjugateGradient` for each system.
///
/// - Parameters:
///   - b: the right-hand sides, each tensor `[system] + shape`.
///   - iterations: the maximum number of products with `A`.
///   - tolerance: a system is solved when the squared norm of its residual is at most this multiple of that of its b.
///   - product: `v ↦ A v`, system by system.
/// - Returns: the solutions. A system keeps its current x at a direction d with `dᵀ A d ≤ 0`.
package func stackedConjugateGradient(
  _ b: Parameters, iterations: Int, tolerance: Double = 1e-14, product: (Parameters) throws -> Parameters
) rethrows -> StackedSolution {
  let systems = b.tensors.first?.shape[0] ?? 0
  var (x, residual, direction) = (0 * b, b, b)
  var lengths = b.stackedDot(b)
  let goals = lengths.map { tolerance * $0 }
  var isOpen = zip(lengths, goals).map { $0 > $1 }
  var failures = 0
  for _ in 0..<iterations where isOpen.contains(true) {
    let image = try product(direction)
    let curvatures = direction.stackedDot(image)
    for system in 0..<systems where isOpen[system] && !(curvatures[system] > 0) {
      isOpen[system] = false
      failures += 1
    }
    let sizes = (0..<systems).map { isOpen[$0] ? lengths[$0] / curvatures[$0] : 0 }
    x = x + direction.scaled(bySystem: sizes)
    residual = residual - image.scaled(bySystem: sizes)
    let newLengths = residual.stackedDot(residual)
    // The direction of a closed system is not used any more; it only has to stay finite.
    let shares = (0..<systems).map { isOpen[$0] ? newLengths[$0] / lengths[$0] : 0 }
    direction = residual + direction.scaled(bySystem: shares)
    lengths = newLengths
    for system in 0..<systems where lengths[system] <= goals[system] { isOpen[system] = false }
  }
  return StackedSolution(solution: x, negativeCurvatures: failures)
}

/// The gradient with respect to θ of an outer loss at the minimizer φ of `L(φ) + (λ/2) |φ - θ|²`: the solution of
/// `(I + H / λ) g = v`, independent of the path to φ (Rajeswaran et al., 2019, equation 6).
///
/// - Parameters:
///   - outerGradient: v, the gradient of the outer loss at φ, each tensor `[task] + shape`.
///   - phi: φ, each tensor `[task] + shape`.
///   - regularization: λ.
///   - iterations: the maximum number of products with H, the Hessian of L at φ.
///   - damping: a multiple of I that is added to I.
///   - tolerance: the tolerance of `stackedConjugateGradient`.
///   - loss: L, a sum over tasks.
/// - Returns: g, task by task.
package func implicitGradient(
  _ outerGradient: Parameters, at phi: Parameters, regularization: Double, iterations: Int, damping: Double = 0,
  tolerance: Double = 1e-14, loss: (Parameters) throws -> Tensor
) rethrows -> StackedSolution {
  let hessian = try HessianVectorProduct(at: phi, of: loss)
  return stackedConjugateGradient(outerGradient, iterations: iterations, tolerance: tolerance) { v in
    (1 + damping) * v + (1 / regularization) * hessian(v)
  }
}

extension Parameters {
  /// The inner product within each system of a stack, in `Double`.
  fileprivate func stackedDot(_ other: Parameters) -> [Double] {
    let products = combined(with: other) { x, y in
      let product = x.converted(to: .double) * y.converted(to: .double)
      return product.reshaped([product.shape[0], product.count / max(product.shape[0], 1)]).sum(axis: 1)
    }
    let systems = tensors.first?.shape[0] ?? 0
    return products.tensors.reduce([Double](repeating: 0, count: systems)) { sums, part in
      zip(sums, part.doubles).map { $0 + $1 }
    }
  }

  /// Each system of a stack multiplied by its factor.
  fileprivate func scaled(bySystem factors: [Double]) -> Parameters {
    map { x in
      let ones = [Int](repeating: 1, count: x.shape.count - 1)
      return x * Tensor(factors, shape: [factors.count] + ones, precision: x.precision)
    }
  }
}

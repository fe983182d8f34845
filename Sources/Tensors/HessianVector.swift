/// The Hessian of a scalar function at a point, as a linear map: `v ↦ H v`, exact to rounding.
///
/// The gradient's graph is built once; each product is one pass back through it, at
/// the price of about two gradients.
public struct HessianVectorProduct: Sendable {
  /// The value of the function at the point.
  public let value: Double
  /// The gradient of the function at the point.
  public let gradient: Parameters
  private let pullback: Pullback

  /// Differentiates a function once, in a way that can be differentiated again.
  public init(at parameters: Parameters, of function: (Parameters) throws -> Tensor) rethrows {
    let leaves = parameters.detached.map(\.asLeaf)
    let (value, gradient) = try valueAndGradient(at: leaves, order: .higher, of: function)
    self.value = value.scalar
    self.gradient = gradient.detached
    pullback = Pullback(of: gradient.tensors, to: leaves.tensors)
  }

  /// The product with one direction, of the parameters' form.
  public func callAsFunction(_ direction: Parameters) -> Parameters {
    Parameters(names: direction.names, tensors: pullback(direction.tensors))
  }
}

/// The Gauss-Newton matrix of some outputs of parameters, as a linear map: `v ↦ Jᵀ M J v`.
///
/// With the Fisher information of a distribution as `M` and its parameters as outputs, this is the exact Fisher
/// information of the network that computes them, and so the exact Hessian of the divergence from it to itself.
/// `J v` comes from reverse passes alone: `Jᵀ w` is linear in `w`, and the pullback of that map is `J`.
public struct GaussNewtonProduct: Sendable {
  private let pullback: Pullback
  private let pushforward: Pullback
  private let metric: @Sendable ([Tensor]) -> [Tensor]

  /// Prepares the way from outputs to parameters and back.
  ///
  /// - Parameters:
  ///   - outputs: what was computed.
  ///   - parameters: leaves that `outputs` were computed from.
  ///   - metric: the linear map `M`, from one tensor an output to one tensor an output.
  public init(
    of outputs: [Tensor], to parameters: Parameters, metric: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) {
    pullback = Pullback(of: outputs, to: parameters.tensors)
    let arbitrary = outputs.map { Tensor(withoutNumbers: $0.shape, precision: $0.precision) }
    pushforward = Pullback(of: pullback(arbitrary, order: .higher), to: arbitrary)
    self.metric = metric
  }

  /// The product with one direction, of the parameters' form.
  public func callAsFunction(_ direction: Parameters) -> Parameters {
    Parameters(names: direction.names, tensors: pullback(metric(pushforward(direction.tensors))))
  }
}

/// Solves `A x = b` for a symmetric positive definite `A` by conjugate gradients (Hestenes & Stiefel, 1952), from 0.
///
/// - Parameters:
///   - b: the right side.
///   - iterations: the most products with `A`.
///   - tolerance: the squared length of the residual at which to stop.
///   - product: `v ↦ A v`.
/// - Returns: the solution and the residual `b - A x`, from which `A x` comes without another product. Stops early,
///   with what it has, at a direction along which `A` is not positive.
public func conjugateGradient(
  _ b: Parameters, iterations: Int = 10, tolerance: Double = 1e-10,
  product: (Parameters) throws -> Parameters
) rethrows -> (solution: Parameters, residual: Parameters, iterations: Int) {
  var x = 0 * b
  var residual = b
  var direction = b
  var length = b.dot(b)
  var done = 0
  while done < iterations, length >= tolerance {
    let image = try product(direction)
    let curvature = direction.dot(image)
    guard curvature > 0 else { break }
    let step = length / curvature
    x = x + step * direction
    residual = residual - step * image
    let newLength = residual.dot(residual)
    direction = residual + (newLength / length) * direction
    length = newLength
    done += 1
  }
  return (x, residual, done)
}

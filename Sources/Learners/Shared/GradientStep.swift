import Tensors

/// φ - α ∇L(φ).
///
/// - Parameters:
///   - phi: where.
///   - size: α: the same for all, or one for each tensor by its name.
///   - order: whether the step can be differentiated.
///   - loss: L.
/// - Returns: the new parameters, without a history if `order` is `.first` and `phi` has none.
public func gradientStep(
  from phi: Parameters, size: (String) -> Double, order: GradientOrder, loss: (Parameters) throws -> Tensor
) rethrows -> Parameters {
  let gradient = try valueAndGradient(at: phi, order: order, of: loss).gradient
  return phi - gradient.scaled(by: size)
}

/// φ - ψ ∇L(φ), which can also be differentiated with respect to the step size ψ.
///
/// - Parameters:
///   - phi: φ.
///   - size: ψ, a scalar.
///   - order: whether the gradient can be differentiated.
///   - loss: L.
/// - Returns: the new parameters.
package func gradientStep(
  from phi: Parameters, size: Tensor, order: GradientOrder, loss: (Parameters) throws -> Tensor
) rethrows -> Parameters {
  let gradient = try valueAndGradient(at: phi, order: order, of: loss).gradient
  return phi - gradient.map { size * $0 }
}

extension Parameters {
  /// Each tensor multiplied by the number that goes with its name.
  func scaled(by factor: (String) -> Double) -> Parameters {
    Parameters(names: names, tensors: zip(names, tensors).map { factor($0) * $1 })
  }
}

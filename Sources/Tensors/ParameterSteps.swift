import CKernels

/// A step of Adam for one tensor (Kingma & Ba, 2015, Algorithm 1).
package struct AdamStep: Sendable {
  private let numbers: ck_adam_step

  /// Names the numbers of a step.
  ///
  /// - Parameters:
  ///   - decays: β₁ and β₂.
  ///   - scales: what corrects the means for their start at 0, 1 / (1 - β₁ᵗ) and 1 / (1 - β₂ᵗ).
  ///   - epsilon: ε.
  ///   - stepSize: α.
  package init(decays: (Double, Double), scales: (Double, Double), epsilon: Double, stepSize: Double) {
    numbers = ck_adam_step(
      firstDecay: decays.0, secondDecay: decays.1, firstScale: scales.0, secondScale: scales.1, epsilon: epsilon,
      stepSize: stepSize)
  }

  /// The means of gradients and of their squares, and the values, after the step; none has a history.
  ///
  /// The result has the same bits as the same arithmetic on tensors, in one pass through memory.
  ///
  /// - Precondition: all have one shape.
  package func callAsFunction(
    _ gradient: Tensor, first: Tensor, second: Tensor, values: Tensor
  ) -> (first: Tensor, second: Tensor, values: Tensor) {
    let x = [gradient, first, second, values]
    precondition(x.allSatisfy { $0.shape == values.shape }, "a step of Adam along another shape: \(x.map(\.shape))")
    guard x.allSatisfy({ $0.precision == values.precision }) else {
      let wide = x.map { $0.detached.converted(to: .double) }
      return self(wide[0], first: wide[1], second: wide[2], values: wide[3])
    }
    return values.precision == .float ? stepped(x, Float.self) : stepped(x, Double.self)
  }

  private func stepped<S: KernelScalar>(
    _ x: [Tensor], _: S.Type
  ) -> (first: Tensor, second: Tensor, values: Tensor) {
    let new = (0..<3).map { _ in
      Tensor(Storage(shape: x[0].shape, precision: x[0].precision))
    }
    S.adam(
      x[0].count, numbers, x[0].memory(S.self), x[1].memory(S.self), x[2].memory(S.self), x[3].memory(S.self),
      new[0].memory(S.self), new[1].memory(S.self), new[2].memory(S.self))
    withExtendedLifetime(x) {}
    return (new[0], new[1], new[2])
  }
}

extension Parameters {
  /// `a x + b y`, number by number, in one pass through memory and without a history.
  ///
  /// - Precondition: both have the same names, shapes and precisions.
  package static func blend(_ a: Double, _ x: Parameters, _ b: Double, _ y: Parameters) -> Parameters {
    x.combined(with: y) { x, y in
      precondition(x.shape == y.shape && x.precision == y.precision, "a blend of tensors of different forms")
      let result = Tensor(Storage(shape: x.shape, precision: x.precision))
      switch x.precision {
      case .float: Float.blend(x.count, Float(a), x.storage.float, Float(b), y.storage.float, result.storage.float)
      case .double: Double.blend(x.count, a, x.storage.double, b, y.storage.double, result.storage.double)
      }
      withExtendedLifetime(x) {}
      withExtendedLifetime(y) {}
      return result
    }
  }

  /// A share of the way from these parameters to others: (1 - τ) self + τ other.
  ///
  /// What target networks follow their originals by (Polyak & Juditsky, 1992).
  ///
  /// - Parameters:
  ///   - other: has parameters of these names, among others.
  ///   - share: τ: 0 stays, 1 arrives.
  /// - Returns: the parameters in between, without a history.
  public func moved(towards other: Parameters, by share: Double) -> Parameters {
    Parameters.blend(1 - share, self, share, other.selecting(names))
  }
}

extension Tensor {
  /// The sum of several tensors of one shape and precision, in order: without a history, in one pass through memory.
  ///
  /// - Precondition: there is at least one.
  static func sum(_ parts: [Tensor]) -> Tensor {
    let result = Tensor(Storage(shape: parts[0].shape, precision: parts[0].precision))
    func add<S: KernelScalar>(_: S.Type) {
      S.addAll(result.count, parts.map { UnsafePointer($0.memory(S.self)) }, result.memory(S.self))
    }
    result.precision == .float ? add(Float.self) : add(Double.self)
    withExtendedLifetime(parts) {}
    return result
  }
}

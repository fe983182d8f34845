/// How the two matrices of a product are read.
public enum ProductKind: Sendable, Hashable {
  /// `a b`
  case plain
  /// `aᵀ b`
  case leftTransposed
  /// `a bᵀ`
  case rightTransposed
}

/// The function at the end of a dense layer.
public enum Activation: String, Codable, Sendable, CaseIterable {
  /// Nothing.
  case identity
  /// The hyperbolic tangent.
  case tanh
  /// The positive part; its derivative at 0 is 0.
  case relu
}

/// The closed set of operations. Each has its derivative rule, written in these same operations, in
/// `Derivatives.swift`; everything else is composed from them.
package enum Operation: Sendable {
  /// An input that is differentiated with respect to.
  case leaf
}

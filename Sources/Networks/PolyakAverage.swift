import Tensors

extension Parameters {
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

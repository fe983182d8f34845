import Tensors

/// Meta-parameters by their parts: what steps move and, where they are learned, the sizes of the steps.
package struct MetaParameters: Sendable {
  /// θ: all parts as one set of parameters, which an outer update moves.
  package let theta: Parameters

  private static let prefix = "stepSize."

  /// Puts meta-parameters together.
  ///
  /// - Parameters:
  ///   - weights: what steps move.
  ///   - stepSizes: step sizes under the names of what they are for; nil if none is learned.
  package init(_ weights: Parameters, stepSizes: Parameters?) {
    theta =
      stepSizes.map { sizes in
        weights.merging(Parameters(names: sizes.names.map { Self.prefix + $0 }, tensors: sizes.tensors))
      } ?? weights
  }

  /// Takes meta-parameters apart.
  package init(of theta: Parameters) { self.theta = theta }

  /// The parameters that steps move.
  package var weights: Parameters { theta.selecting(theta.names.filter { !Self.isStepSize($0) }) }

  /// The step sizes under the names of what they are for.
  package var stepSizes: Parameters {
    let names = theta.names.filter(Self.isStepSize)
    return Parameters(
      names: names.map { String($0.dropFirst(Self.prefix.count)) }, tensors: names.map { theta[$0] })
  }

  /// The step size of what has this name.
  package func stepSize(_ name: String) -> Tensor { theta[Self.prefix + name] }

  /// Whether this is the name of a step size.
  package static func isStepSize(_ name: String) -> Bool { name.hasPrefix(prefix) }
}

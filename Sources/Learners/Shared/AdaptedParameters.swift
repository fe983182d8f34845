import MetaRL
import Tensors

/// The parameters that inner steps move.
public enum AdaptedPart: String, Codable, Sendable, CaseIterable {
  /// All parameters (MAML; Finn et al., 2017).
  case all
  /// Weights and biases of the last layer, without a policy's standard deviation (ANIL; Raghu et al., 2020).
  case lastLayer = "last-layer"
  /// A context vector that is appended to the network's input; it is 0 at the start of every lifetime and not meta-learned
  /// (CAVIA; Zintgraf et al., 2019).
  case context
  /// All parameters and a context whose initial value is meta-learned: MAML with the same inputs as CAVIA.
  case allAndContext = "all-and-context"
}

/// The part of a network that inner steps move, with the context in its input, if there is one.
package struct AdaptedParameters: Sendable {
  private let part: AdaptedPart
  private let contextSize: Int
  private static let name = "context"

  /// Checks that the context has a size exactly where inner steps move one.
  ///
  /// - Throws: `SettingsError` for a context that no step moves, and for a context of size 0.
  package init(_ part: AdaptedPart, contextSize: Int) throws {
    let hasContext = part == .context || part == .allAndContext
    guard hasContext == (contextSize > 0) else {
      throw SettingsError(
        hasContext
          ? "adapted=\(part.rawValue) needs a context, and contextSize is 0: --set contextSize=5"
          : "contextSize=\(contextSize) needs inner steps that move a context, and adapted is \(part.rawValue): "
            + "--set adapted=context")
    }
    (self.part, self.contextSize) = (part, contextSize)
  }

  /// The meta-parameters: the network's parameters and, if it is meta-learned, the initial context, which starts at 0.
  package func learned(_ network: Parameters) -> Parameters {
    part == .allAndContext ? withContext(network) : network
  }

  /// φ before the first step: the meta-parameters and, unless its initial value is meta-learned, a context of 0.
  package func start(_ learned: Parameters) -> Parameters {
    part == .context ? withContext(learned) : learned
  }

  private func withContext(_ x: Parameters) -> Parameters {
    let zeros = [Double](repeating: 0, count: contextSize)
    let context = Tensor(zeros, shape: [contextSize], precision: x.tensors[0].precision)
    return x.merging(Parameters(names: [Self.name], tensors: [context]))
  }

  /// φ - α ∇L(φ) in the moved part; the other parameters are unchanged.
  ///
  /// - Parameters:
  ///   - phi: φ.
  ///   - order: whether the step can be differentiated.
  ///   - size: multiplies a gradient by α.
  ///   - loss: L.
  /// - Returns: φ after the step, without a history if `order` is `.first` and `phi` has none.
  package func step(
    from phi: Parameters, _ order: GradientOrder, size: (Parameters) -> Parameters,
    loss: (Parameters) throws -> Tensor
  ) rethrows -> Parameters {
    let moved = moved(phi)
    let gradient = try valueAndGradient(at: moved, order: order) { try loss(phi.replacing($0)) }.gradient
    return phi.replacing(moved - size(gradient))
  }

  /// The initial φ and the moved part in words, for the export to other programs.
  package var inWords: (start: String, moved: String) {
    switch part {
    case .all: ("phi = theta", "phi")
    case .lastLayer: ("phi = theta", "in the last layer's weights and biases only, phi")
    case .context:
      (
        "phi = theta and a context of \(contextSize) zeros, which is appended to the network's input",
        "in the context only, phi"
      )
    case .allAndContext: ("phi = theta, whose context is appended to the network's input", "phi")
    }
  }

  /// The part of φ that a step moves.
  package func moved(_ phi: Parameters) -> Parameters {
    switch part {
    case .all, .allAndContext: phi
    case .lastLayer: phi.selecting(Array(phi.names.filter { $0.hasPrefix("layer") }.suffix(2)))
    case .context: phi.selecting([Self.name])
    }
  }

  /// The parameters of an equivalent network without a context in its input.
  package func network(_ phi: Parameters) -> Parameters {
    contextSize > 0 ? phi.absorbing(phi[Self.name]) : phi
  }
}

extension Parameters {
  /// The parameters of an equivalent network without the constant that is appended to each of this network's inputs: its
  /// contribution to the first layer becomes part of that layer's bias.
  ///
  /// - Parameter constant: `[number]`, or `[task, number]` for a stack.
  /// - Returns: the parameters, with fewer weights in the first layer.
  package func absorbing(_ constant: Tensor) -> Parameters {
    let names = ["layer1.weights", "layer1.bias"]
    let (weights, bias, size) = (self[names[0]], self[names[1]], constant.shape[constant.shape.count - 1])
    let axis = weights.shape.count - 2
    let inputs = weights.shape[axis] - size
    let share = constant.reshaped(constant.shape.dropLast() + [1, size])
      .matmul(weights.slice(inputs..<inputs + size, axis: axis))
    return replacing(
      Parameters(
        names: names, tensors: [weights.slice(0..<inputs, axis: axis), bias + share.reshaped(bias.shape)]))
  }
}

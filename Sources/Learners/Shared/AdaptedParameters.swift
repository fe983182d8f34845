import MetaRL
import Tensors

/// Which parameters inner steps move.
public enum AdaptedPart: String, Codable, Sendable, CaseIterable {
  /// All of them (MAML; Finn et al., 2017).
  case all
  /// Weights and biases of the last layer, and not a policy's deviation (ANIL; Raghu et al., 2020).
  case lastLayer = "last-layer"
  /// Numbers that the network sees behind its input: they are 0 at the start of every lifetime, and never learned (CAVIA;
  /// Zintgraf et al., 2019).
  case context
  /// All parameters, and such numbers whose start is learned: MAML with as many inputs as CAVIA has.
  case allAndContext = "all-and-context"
}

/// What inner steps move of a network, and how the network sees a context, if there is one.
package struct AdaptedParameters: Sendable {
  private let part: AdaptedPart
  private let contextSize: Int
  private static let name = "context"

  /// Names the part.
  ///
  /// - Throws: `SettingsError` for a context that nothing moves, and for one without numbers.
  package init(_ part: AdaptedPart, contextSize: Int) throws {
    let hasContext = part == .context || part == .allAndContext
    guard hasContext == (contextSize > 0) else {
      throw SettingsError(
        hasContext
          ? "adapted=\(part.rawValue) needs a context, and contextSize is 0: --set contextSize=5 would do"
          : "contextSize=\(contextSize) needs steps that move a context, and adapted is \(part.rawValue): --set "
            + "adapted=context would do")
    }
    (self.part, self.contextSize) = (part, contextSize)
  }

  /// What is learned: the network's parameters and, where it is learned, the start of the context, which is 0 at first.
  package func learned(_ network: Parameters) -> Parameters {
    part == .allAndContext ? withContext(network) : network
  }

  /// φ before the first step: what is learned and, where it is not, a context of 0.
  package func start(_ learned: Parameters) -> Parameters {
    part == .context ? withContext(learned) : learned
  }

  private func withContext(_ x: Parameters) -> Parameters {
    let zeros = [Double](repeating: 0, count: contextSize)
    let context = Tensor(zeros, shape: [contextSize], precision: x.tensors[0].precision)
    return x.merging(Parameters(names: [Self.name], tensors: [context]))
  }

  /// φ - α ∇L(φ) for what a step moves, and the rest as it is.
  ///
  /// - Parameters:
  ///   - phi: φ.
  ///   - order: whether the step can be differentiated.
  ///   - size: α times what it is given.
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

  /// Where φ starts, and what of it a step moves, for a reader who is to do it in another program.
  package var inWords: (start: String, moved: String) {
    switch part {
    case .all: ("phi = theta", "phi")
    case .lastLayer: ("phi = theta", "of the last layer's weights and biases alone, phi")
    case .context:
      (
        "phi = theta and a context of \(contextSize) zeros, which the network sees behind its input",
        "of the context alone, phi"
      )
    case .allAndContext: ("phi = theta, whose context the network sees behind its input", "phi")
    }
  }

  /// What a step moves of φ.
  package func moved(_ phi: Parameters) -> Parameters {
    switch part {
    case .all, .allAndContext: phi
    case .lastLayer: phi.selecting(Array(phi.names.filter { $0.hasPrefix("layer") }.suffix(2)))
    case .context: phi.selecting([Self.name])
    }
  }

  /// The parameters of a network that does with inputs alone what φ makes of them and the context.
  package func network(_ phi: Parameters) -> Parameters {
    contextSize > 0 ? phi.absorbing(phi[Self.name]) : phi
  }
}

extension Parameters {
  /// The parameters of a network that sees inputs alone, where this one sees the same numbers behind every input: what
  /// the first layer makes of them is a part of its bias.
  ///
  /// - Parameter constant: `[number]`; of a stack, `[task, number]`.
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

/// The transposition of a product's matrices.
public enum ProductKind: Sendable, Hashable, CaseIterable {
  /// `a b`, neither of them transposed
  case plain
  /// `aᵀ b`
  case leftTransposed
  /// `a bᵀ`
  case rightTransposed
}

/// The function at the end of a dense layer.
public enum Activation: String, Codable, Sendable, CaseIterable {
  /// No function: the number as it is.
  case identity
  /// The hyperbolic tangent, with the same bits on every path.
  case tanh
  /// The positive part; its derivative at 0 is 0.
  case relu
}

/// The closed set of operations that have a derivative.
///
/// Each has its derivative rule, written in these same operations, in `Derivatives.swift`;
/// everything else is composed from them.
package enum Operation: Sendable {
  /// An input that is differentiated with respect to.
  case leaf
  /// The same numbers: a leaf of an inner derivative that an outer one looks through.
  case identity
  case convert(Precision)
  case add, subtract, multiply
  case scale(Double)
  case exp, log, tanh, relu, reciprocal, squareRoot
  /// `g f'(x)`, where `y = f(x)`: inputs g, y.
  case activationBackward(Activation)
  /// `-2 u g y`: the derivative of the above with respect to y, for tanh.
  case tanhCurvature
  case product(ProductKind)
  /// `f(x w + b)`: inputs x, w, b.
  case dense(Activation)
  /// log Σ eˣ over the last axis, which keeps length 1.
  case logSumExp
  /// Sums the axes that have length 1, or are missing, in the given shape.
  case sum(to: [Int])
  case broadcast(to: [Int])
  case reshape([Int])
  case transpose
  case slice(axis: Int, Range<Int>)
  /// Zeros around the input along an axis.
  case pad(axis: Int, before: Int, total: Int)
  case concatenate(axis: Int)
  /// Rows of the first axis, by number.
  case gather([Int])
  /// The input's rows added to zeros at the given numbers.
  case scatter([Int], rows: Int)
  /// The first input where the mask holds, else the second.
  case select([Bool])
  /// All steps of a recurrent cell: inputs x, W, b, U, with a GRU c, and the initial state, a constant. The tape is there
  /// if an input has a history.
  case recurrence(RecurrentCell, RecurrenceTape?)
}

extension Tensor {
  /// Computes an operation, and records it if an input has a history.
  package static func apply(_ operation: Operation, _ inputs: [Tensor]) -> Tensor {
    let inputs = inSamePrecision(inputs)
    let result =
      inputs.contains(where: \.storage.isAbsent) ? withoutNumbers(operation, inputs) : evaluate(operation, inputs)
    guard inputs.contains(where: { $0.node != nil }) else { return result }
    return Tensor(result.storage, node: Node(operation, inputs, storage: result.storage))
  }

  /// The same tensor, as an input that can be differentiated with respect to.
  ///
  /// Its inputs stay reachable, so a derivative can itself be differentiated.
  public var asLeaf: Tensor {
    Tensor(storage, node: Node(node == nil ? .leaf : .identity, node == nil ? [] : [self], storage: storage))
  }

  private static func withoutNumbers(_ operation: Operation, _ inputs: [Tensor]) -> Tensor {
    let shape = operation.shape(of: inputs.map(\.shape))
    return Tensor(Storage(absent: shape, precision: operation.precision(of: inputs[0].precision)))
  }

  private static func inSamePrecision(_ inputs: [Tensor]) -> [Tensor] {
    guard let first = inputs.first?.precision, inputs.contains(where: { $0.precision != first }) else {
      return inputs
    }
    return inputs.map { $0.converted(to: .double) }
  }
}

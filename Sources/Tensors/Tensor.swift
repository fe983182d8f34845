import CKernels

/// The width of a tensor's numbers: `Float` in production, `Double` for proofs.
public enum Precision: String, Codable, Sendable {
  /// 32 bits: the precision of training and acting.
  case float
  /// 64 bits: the precision of proofs and tests.
  case double
}

/// An immutable array of numbers that remembers how it was computed while something upstream is differentiated.
///
/// A tensor without a history is a constant, so acting in an environment records nothing and needs no scope.
/// Numbers are stored row by row. An operation on tensors of two precisions has the wider one.
public struct Tensor: Sendable {
  // One reference for shape and numbers: a graph copies tensors more often than it computes.
  package let storage: Storage
  package let node: Node?

  package init(_ storage: Storage, node: Node? = nil) {
    self.storage = storage
    self.node = node
  }

  /// The length of every axis; empty for a scalar.
  public var shape: [Int] { storage.shape }

  /// A constant of the given numbers.
  ///
  /// - Precondition: `values` has as many numbers as `shape` says.
  public init(_ values: [Float], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) numbers do not fill shape \(shape)")
    self.init(Storage(values, shape: shape))
  }

  /// A constant vector of the given numbers.
  public init(_ values: [Float]) { self.init(values, shape: [values.count]) }

  /// A constant of the given numbers, in either precision.
  ///
  /// - Precondition: `values` has as many numbers as `shape` says.
  public init(_ values: [Double], shape: [Int], precision: Precision) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) numbers do not fill shape \(shape)")
    self.init(Storage(values, shape: shape, precision: precision))
  }

  /// A constant scalar, of shape `[]`, in either precision.
  public init(_ value: Double, precision: Precision = .float) {
    self.init([value], shape: [], precision: precision)
  }

  /// A constant that is everywhere `value`.
  public init(repeating value: Double, shape: [Int], precision: Precision = .float) {
    self.init(Storage(repeating: value, shape: shape, precision: precision))
  }

  /// An input of which only shape and history matter, as where the map that follows from it is linear: nothing
  /// computed from it has numbers, or costs anything.
  package init(withoutNumbers shape: [Int], precision: Precision = .float) {
    self = Tensor(Storage(absent: shape, precision: precision)).asLeaf
  }

  /// The count of numbers: the product of the axes' lengths.
  public var count: Int { storage.count }

  /// The width of the numbers, the same for all of them.
  public var precision: Precision { storage.precision }

  /// The numbers, row by row, as `Float`.
  ///
  /// - Complexity: O(count), a copy.
  public var floats: [Float] { storage.floats }

  /// The numbers, row by row, as `Double`.
  ///
  /// - Complexity: O(count), a copy.
  public var doubles: [Double] { storage.doubles }

  /// The only number of a tensor that has one.
  ///
  /// - Precondition: the tensor has one number.
  public var scalar: Double {
    precondition(count == 1, "a tensor of shape \(shape) is not a scalar")
    return storage.doubles[0]
  }

  /// The same numbers without a history.
  public var detached: Tensor { node == nil ? self : Tensor(storage) }

  /// Whether every number is finite: neither infinite nor not a number.
  public var isFinite: Bool { storage.isFinite }
}

/// Numbers in memory, in a shape; written once, when they are made.
///
/// A way back may add to what it has made itself and nobody else has seen, views included.
package final class Storage: @unchecked Sendable {
  package let shape: [Int]
  package let memory: UnsafeMutableRawPointer
  package let count: Int
  package let precision: Precision
  /// Whether it has no memory, because its value was never needed.
  package let isAbsent: Bool
  /// The owner of the memory, if this is another storage in a new shape.
  private let owner: Storage?

  /// Uninitialized memory, to be filled before anyone else sees it.
  package init(shape: [Int], precision: Precision) {
    self.shape = shape
    self.precision = precision
    count = shape.reduce(1, *)
    isAbsent = false
    owner = nil
    memory = ck_allocate(count * precision.bytes)
  }

  package init(absent shape: [Int], precision: Precision) {
    self.shape = shape
    self.precision = precision
    count = shape.reduce(1, *)
    isAbsent = true
    owner = nil
    memory = ck_allocate(0)
  }

  /// The numbers of another in a new shape.
  ///
  /// - Precondition: as many.
  package init(_ other: Storage, reshaped shape: [Int]) {
    precondition(shape.reduce(1, *) == other.count, "\(other.count) numbers do not fill shape \(shape)")
    self.shape = shape
    (memory, count, precision, isAbsent) = (other.memory, other.count, other.precision, other.isAbsent)
    owner = other.owner ?? other
  }

  deinit {
    if owner == nil { ck_release(memory, isAbsent ? 0 : count * precision.bytes) }
  }

  package convenience init(_ values: [Float], shape: [Int]) {
    self.init(shape: shape, precision: .float)
    values.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
    }
  }

  package convenience init(_ values: [Double], shape: [Int], precision: Precision) {
    self.init(shape: shape, precision: precision)
    switch precision {
    case .float: for (i, value) in values.enumerated() { float[i] = Float(value) }
    case .double: for (i, value) in values.enumerated() { double[i] = value }
    }
  }

  package convenience init(repeating value: Double, shape: [Int], precision: Precision) {
    self.init(shape: shape, precision: precision)
    switch precision {
    case .float: float.initialize(repeating: Float(value), count: count)
    case .double: double.initialize(repeating: value, count: count)
    }
  }

  package var float: UnsafeMutablePointer<Float> {
    precondition(!isAbsent, "a number is read of a tensor that has none")
    return memory.assumingMemoryBound(to: Float.self)
  }

  package var double: UnsafeMutablePointer<Double> {
    precondition(!isAbsent, "a number is read of a tensor that has none")
    return memory.assumingMemoryBound(to: Double.self)
  }

  package var floats: [Float] {
    switch precision {
    case .float: Array(UnsafeBufferPointer(start: float, count: count))
    case .double: UnsafeBufferPointer(start: double, count: count).map { Float($0) }
    }
  }

  package var doubles: [Double] {
    switch precision {
    case .float: UnsafeBufferPointer(start: float, count: count).map { Double($0) }
    case .double: Array(UnsafeBufferPointer(start: double, count: count))
    }
  }

  package var isFinite: Bool {
    switch precision {
    case .float: UnsafeBufferPointer(start: float, count: count).allSatisfy(\.isFinite)
    case .double: UnsafeBufferPointer(start: double, count: count).allSatisfy(\.isFinite)
    }
  }
}

extension Precision {
  package var bytes: Int { self == .float ? 4 : 8 }
}

/// The computation of a tensor: an operation and its inputs.
package final class Node: @unchecked Sendable {
  package let operation: Operation
  package private(set) var inputs: [Tensor]
  package let storage: Storage

  package init(_ operation: Operation, _ inputs: [Tensor], storage: Storage) {
    self.operation = operation
    self.inputs = inputs
    self.storage = storage
    ck_count_node()
  }

  /// The tensor that this node computed.
  package var output: Tensor { Tensor(storage, node: self) }

  /// Releases a chain of nodes one after the other: the recursion that would happen of itself overflows the
  /// stack on chains of some tens of thousands.
  deinit {
    var pending = inputs
    inputs = []
    while let tensor = pending.popLast() {
      guard var node = tensor.node else { continue }
      _ = consume tensor
      if isKnownUniquelyReferenced(&node) {
        pending.append(contentsOf: node.inputs)
        node.inputs = []
      }
    }
  }
}

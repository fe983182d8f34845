import CKernels

/// Named tensors in a fixed order, with the arithmetic of one long vector.
///
/// Networks hold shapes; `Parameters` hold numbers. So an inner step reads `theta - stepSize * gradient`.
public struct Parameters: Sendable, Codable {
  /// The names, in the order of `tensors`.
  public let names: [String]
  /// The tensors, in the order of their names.
  public let tensors: [Tensor]

  /// Names tensors, each by the name in its place.
  ///
  /// - Precondition: there are as many names as tensors, and no name comes twice.
  public init(names: [String], tensors: [Tensor]) {
    precondition(names.count == tensors.count && Set(names).count == names.count, "each tensor needs its own name")
    self.names = names
    self.tensors = tensors
  }

  private enum CodingKeys: String, CodingKey { case names, tensors }

  /// The name of a tensor as a key, so that an archive calls the tensor by it.
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads names and tensors, as many of each.
  ///
  /// - Throws: `DecodingError` if names and tensors do not match.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let names = try container.decode([String].self, forKey: .names)
    let stored = try container.nestedContainer(keyedBy: Name.self, forKey: .tensors)
    guard Set(names).count == names.count, stored.allKeys.count == names.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .names, in: container, debugDescription: "each tensor needs its own name")
    }
    self.names = names
    tensors = try names.map { try stored.decode(Tensor.self, forKey: Name(stringValue: $0)) }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(names, forKey: .names)
    var stored = container.nestedContainer(keyedBy: Name.self, forKey: .tensors)
    for (name, tensor) in zip(names, tensors) { try stored.encode(tensor, forKey: Name(stringValue: name)) }
  }

  /// Whether another has the same names, and tensors of the same shapes and precisions.
  public func hasForm(of other: Parameters) -> Bool {
    names == other.names
      && zip(tensors, other.tensors).allSatisfy { $0.shape == $1.shape && $0.precision == $1.precision }
  }

  /// The tensor of a name that is there.
  ///
  /// - Precondition: there is one.
  public subscript(name: String) -> Tensor {
    guard let index = names.firstIndex(of: name) else {
      preconditionFailure("no parameter \"\(name)\" among \(names)")
    }
    return tensors[index]
  }

  /// The count of numbers in all tensors together.
  public var count: Int { tensors.reduce(0) { $0 + $1.count } }

  /// Whether every number of every tensor is finite.
  public var isFinite: Bool { tensors.allSatisfy(\.isFinite) }

  /// The same numbers without a history.
  public var detached: Parameters { map(\.detached) }

  /// The same parameters, as inputs that can be differentiated with respect to.
  public var asLeaves: Parameters { map(\.asLeaf) }

  /// The same names with each tensor transformed.
  public func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Parameters {
    Parameters(names: names, tensors: try tensors.map(transform))
  }

  /// Each pair of tensors of one name combined.
  ///
  /// - Precondition: both have the same names.
  public func combined(
    with other: Parameters, _ combine: (Tensor, Tensor) throws -> Tensor
  ) rethrows -> Parameters {
    precondition(names == other.names, "parameters \(names) and \(other.names) do not match")
    return Parameters(names: names, tensors: try zip(tensors, other.tensors).map(combine))
  }

  /// The parameters of both, one after the other.
  public func merging(_ other: Parameters) -> Parameters {
    Parameters(names: names + other.names, tensors: tensors + other.tensors)
  }

  /// The parameters whose names are given, in that order.
  public func selecting(_ chosen: [String]) -> Parameters {
    Parameters(names: chosen, tensors: chosen.map { self[$0] })
  }

  /// The same with other tensors for the names that `others` has.
  public func replacing(_ others: Parameters) -> Parameters {
    guard others.names != names else { return others }
    return Parameters(names: names, tensors: names.map { others.names.contains($0) ? others[$0] : self[$0] })
  }

  /// The sum of tensors of the same name.
  public static func + (a: Parameters, b: Parameters) -> Parameters { a.combined(with: b, +) }
  /// The difference of tensors of the same name.
  public static func - (a: Parameters, b: Parameters) -> Parameters { a.combined(with: b, -) }
  /// The product, number by number, of tensors of the same name.
  public static func * (a: Parameters, b: Parameters) -> Parameters { a.combined(with: b, *) }
  /// Every number of every tensor times a factor.
  public static func * (factor: Double, x: Parameters) -> Parameters { x.map { factor * $0 } }

  /// The inner product, summed in `Double`.
  public func dot(_ other: Parameters) -> Double {
    precondition(names == other.names, "parameters \(names) and \(other.names) do not match")
    return zip(tensors, other.tensors).reduce(0) { $0 + $1.0.dot($1.1) }
  }

  /// The same direction, no longer than `length`.
  public func limited(toLength length: Double) -> Parameters {
    let present = dot(self).squareRoot()
    return present > length ? (length / present) * self : self
  }

  /// The sum of several, in order.
  ///
  /// - Precondition: there is at least one.
  public static func sum(_ parts: [Parameters]) -> Parameters {
    let isConstant = parts.allSatisfy { part in
      part.hasForm(of: parts[0]) && part.tensors.allSatisfy { $0.node == nil && !$0.storage.isAbsent }
    }
    guard isConstant, parts.count > 1 else { return parts.dropFirst().reduce(parts[0], +) }
    return Parameters(
      names: parts[0].names, tensors: parts[0].tensors.indices.map { i in Tensor.sum(parts.map { $0.tensors[i] }) })
  }

  /// The mean of several, in order.
  ///
  /// - Precondition: there is at least one.
  public static func mean(_ parts: [Parameters]) -> Parameters {
    (1 / Double(parts.count)) * sum(parts)
  }
}

extension Tensor {
  /// The inner product of all numbers of two tensors of one shape.
  fileprivate func dot(_ other: Tensor) -> Double {
    precondition(shape == other.shape, "shapes \(shape) and \(other.shape) have no inner product")
    switch (precision, other.precision) {
    case (.float, .float): return Double(ck_dot_f(count, storage.float, other.storage.float))
    case (.double, .double): return ck_dot_d(count, storage.double, other.storage.double)
    default: return converted(to: .double).dot(other.converted(to: .double))
    }
  }
}

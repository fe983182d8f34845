#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A JSON value whose objects keep the order of their keys, so that files read in the order they were meant.
public enum JSONValue: Sendable, Hashable {
  /// One key of an object and its value.
  public struct Member: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The value.
    public var value: JSONValue

    package init(key: String, value: JSONValue) { (self.key, self.value) = (key, value) }
  }

  /// Nothing.
  case null
  /// Yes or no.
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// Text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Keys and values, in order.
  case object([Member])

  /// The value of the first member with a key, if this is an object that has one.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The whole number, if this is one.
  public var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The text, if this is text.
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

  /// The number, if this is one, whole or not.
  public var numberValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The list, if this is one.
  public var arrayValue: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The members, if this is an object.
  public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
}

extension JSONValue {
  /// Encodes a value.
  ///
  /// Keys come in alphabetical order, since encoding does not remember the one they were
  /// written in.
  ///
  /// - Throws: what the encoder throws, for instance for a number that is not finite.
  public init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    self = try JSONValue(parsing: String(decoding: encoder.encode(value), as: UTF8.self))
  }

  /// Decodes a value.
  ///
  /// - Throws: what the decoder throws.
  public func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  /// An object with its keys in the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member(key: $0.0, value: $0.1) })
  }
  /// A list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// Yes or no.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension JSONValue {
  /// An object with another member at its end, if there is a value for it.
  package func appending(_ key: String, _ value: JSONValue?) -> JSONValue {
    guard let value, let members else { return self }
    return .object(members + [.init(key: key, value: value)])
  }

  package static func + (first: JSONValue, second: JSONValue) -> JSONValue {
    .object((first.members ?? []) + (second.members ?? []))
  }
}

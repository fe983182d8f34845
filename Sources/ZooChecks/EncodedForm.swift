import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The bytes of a value, the same for equal values.
func encodedBytes(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  return try encoder.encode(value)
}

/// A value after it was saved and loaded as in a checkpoint, where tensors are put aside.
func savedAndLoaded<Value: Codable>(_ value: Value) throws -> Value {
  let archive = TensorArchive()
  let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
  encoder.userInfo[TensorArchive.key] = archive
  let data = try encoder.encode(value)
  decoder.userInfo[TensorArchive.key] = TensorArchive(archive.tensors)
  return try decoder.decode(Value.self, from: data)
}

/// The first difference of two encoded values, as in `theta.tensors.2.hexadecimal`; nil if they are equal.
func firstDifference(_ a: Data, _ b: Data) -> String? {
  guard a != b else { return nil }
  guard let a = try? JSONDecoder().decode(EncodedForm.self, from: a),
    let b = try? JSONDecoder().decode(EncodedForm.self, from: b)
  else { return "its encoded form" }
  let path = a.firstDifference(from: b) ?? []
  return path.isEmpty ? "its encoded form" : path.joined(separator: ".")
}

/// The stored properties of a value that its encoded form does not have, for the hint to a faulty checkpoint.
func propertiesMissing(in encoded: Data, of value: some Any) -> [String] {
  guard case .object(let members)? = try? JSONDecoder().decode(EncodedForm.self, from: encoded) else { return [] }
  return Mirror(reflecting: value).children.compactMap(\.label).filter { members[$0] == nil }
}

/// An encoded value without its type.
enum EncodedForm: Decodable, Equatable {
  case object([String: EncodedForm])
  case array([EncodedForm])
  case string(String)
  case number(Double)
  case boolean(Bool)
  case null

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self) {
      var members: [String: EncodedForm] = [:]
      for key in container.allKeys {
        members[key.stringValue] = try container.decode(EncodedForm.self, forKey: key)
      }
      self = .object(members)
      return
    }
    if var container = try? decoder.unkeyedContainer() {
      var elements: [EncodedForm] = []
      while !container.isAtEnd { elements.append(try container.decode(EncodedForm.self)) }
      self = .array(elements)
      return
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else {
      self = .string(try container.decode(String.self))
    }
  }

  /// The way to the first difference, from the root; nil if there is none.
  func firstDifference(from other: EncodedForm) -> [String]? {
    switch (self, other) {
    case (.object(let a), .object(let b)):
      for key in Set(a.keys).union(b.keys).sorted() {
        guard let mine = a[key], let theirs = b[key] else { return [key] }
        if let path = mine.firstDifference(from: theirs) { return [key] + path }
      }
      return nil
    case (.array(let a), .array(let b)):
      for index in 0..<min(a.count, b.count) {
        if let path = a[index].firstDifference(from: b[index]) { return ["\(index)"] + path }
      }
      return a.count == b.count ? nil : ["\(min(a.count, b.count))"]
    default: return self == other ? nil : []
    }
  }
}

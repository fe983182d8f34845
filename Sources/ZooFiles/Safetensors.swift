import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of named tensors in the safetensors format: the length of a header, the header as JSON, the numbers.
///
/// The format is open and simple, and read by many programs. Its metadata are texts by name.
public struct SafetensorsFile: Sendable {
  /// The tensors, by unique names, in the order of their numbers in the file.
  public var tensors: [(name: String, tensor: Tensor)]
  /// The metadata, by unique names, in order.
  public var metadata: [(name: String, text: String)]

  /// Collects what a file is to hold.
  public init(tensors: [(name: String, tensor: Tensor)], metadata: [(name: String, text: String)] = []) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The bytes of the file.
  public var data: Data {
    var members: [JSONValue.Member] = []
    if !metadata.isEmpty {
      let texts = metadata.map { JSONValue.Member(key: $0.name, value: .string($0.text)) }
      members.append(.init(key: "__metadata__", value: .object(texts)))
    }
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.count * Self.width(of: tensor.precision)
      members.append(
        .init(
          key: name,
          value: [
            "dtype": .string(tensor.precision == .float ? "F32" : "F64"),
            "shape": .array(tensor.shape.map { .integer($0) }),
            "data_offsets": [.integer(offset), .integer(end)],
          ]))
      offset = end
    }
    var header = Array(JSONValue.object(members).text.utf8)
    // The format asks for numbers that begin at a multiple of eight bytes.
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var data = Data(capacity: 8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(contentsOf: header)
    for (_, tensor) in tensors { data.append(contentsOf: tensor.littleEndianBytes) }
    return data
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: `SafetensorsError` that says what is wrong and where.
  public init(parsing data: Data) throws {
    let bytes = Array(data)
    guard bytes.count >= 8 else { throw SafetensorsError("it ends within the first 8 bytes") }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 8) else {
      throw SafetensorsError(
        "it ends within its header: \(length) bytes expected, \(bytes.count - 8) found")
    }
    let numbers = bytes[(8 + Int(length))...]
    let header: JSONValue
    do {
      header = try JSONValue(parsing: String(decoding: bytes[8..<8 + Int(length)], as: UTF8.self))
    } catch let problem as JSONError {
      throw SafetensorsError("its header is not JSON: \(problem.description)")
    }
    guard let members = header.members else { throw SafetensorsError("its header is not an object") }
    guard Set(members.map(\.key)).count == members.count else {
      throw SafetensorsError("its header has a name twice")
    }
    (tensors, metadata) = ([], [])
    var end = 0
    for member in members {
      if member.key == "__metadata__" {
        metadata = try Self.texts(member.value)
      } else {
        tensors.append((member.key, try Self.tensor(member, in: numbers, from: &end)))
      }
    }
    guard end == numbers.count else {
      throw SafetensorsError("its header declares \(end) bytes of data, and the file has \(numbers.count)")
    }
  }

  private static func texts(_ value: JSONValue) throws -> [(String, String)] {
    guard let members = value.members, Set(members.map(\.key)).count == members.count else {
      throw SafetensorsError("__metadata__ is not an object of texts")
    }
    return try members.map { member in
      guard let text = member.value.stringValue else {
        throw SafetensorsError("\"\(member.key)\" in __metadata__ is not a text")
      }
      return (member.key, text)
    }
  }

  private static func tensor(
    _ member: JSONValue.Member, in numbers: ArraySlice<UInt8>, from end: inout Int
  ) throws -> Tensor {
    let precision: Precision
    switch member.value["dtype"]?.stringValue {
    case "F32": precision = .float
    case "F64": precision = .double
    default: throw SafetensorsError("the numbers of \"\(member.key)\" are neither F32 nor F64")
    }
    let shape = member.value["shape"]?.arrayValue?.map { $0.integerValue ?? -1 }
    let offsets = member.value["data_offsets"]?.arrayValue?.compactMap(\.integerValue)
    guard let shape, let offsets, offsets.count == 2, offsets[0] == end, offsets[1] >= end,
      offsets[1] <= numbers.count,
      let tensor = Tensor(
        littleEndianBytes: numbers[(numbers.startIndex + offsets[0])..<(numbers.startIndex + offsets[1])],
        shape: shape, precision: precision)
    else { throw SafetensorsError("shape and offsets of \"\(member.key)\" do not fit the file") }
    end = offsets[1]
    return tensor
  }

  private static func width(of precision: Precision) -> Int { precision == .float ? 4 : 8 }
}

/// Bytes are not a safetensors file.
public struct SafetensorsError: Error, CustomStringConvertible, Equatable {
  /// The error; "it" is the file.
  public let description: String

  package init(_ description: String) { self.description = description }
}

/// Text is not JSON.
public struct JSONProblem: Error, CustomStringConvertible, Equatable {
  /// What is wrong, and in which line.
  public let description: String
}

extension JSONValue {
  /// Reads JSON.
  ///
  /// - Throws: `JSONProblem` that names the line.
  public init(parsing text: String) throws {
    var parser = JSONParser(bytes: Array(text.utf8))
    self = try parser.document()
  }

  /// Reads JSON5 as people write it: with comments, names without quotation marks, text in single ones, commas at the
  /// end and numbers like `.5`.
  ///
  /// Foundation reads it, too, but does not say where a mistake is.
  ///
  /// - Throws: `JSONProblem` that names the line.
  package init(parsingJSON5 text: String) throws {
    var parser = JSONParser(bytes: Array(text.utf8), isJSON5: true)
    self = try parser.document()
  }
}

/// Reads a JSON value from bytes, from left to right.
private struct JSONParser {
  let bytes: [UInt8]
  var isJSON5 = false
  var position = 0
  // Recursion is bounded, so that no input can exhaust the stack.
  let deepest = 256

  mutating func document() throws -> JSONValue {
    let value = try value(depth: 0)
    try skipSpace()
    guard position == bytes.count else { throw problem("there is more after the value") }
    return value
  }

  func problem(_ what: String) -> JSONProblem {
    let line = bytes[..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1
    return JSONProblem(description: "line \(line): \(what)")
  }

  mutating func skipSpace() throws {
    while position < bytes.count {
      if [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) {
        position += 1
      } else if isJSON5, bytes[position...].starts(with: "//".utf8) {
        position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      } else if isJSON5, bytes[position...].starts(with: "/*".utf8) {
        try skipComment()
      } else {
        return
      }
    }
  }

  mutating func skipComment() throws {
    var end = position + 2
    while !bytes[min(end, bytes.count)...].starts(with: "*/".utf8) {
      guard end < bytes.count else { throw problem("a comment does not end") }
      end += 1
    }
    position = end + 2
  }

  mutating func take(_ character: Unicode.Scalar) throws -> Bool {
    try skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func value(depth: Int) throws -> JSONValue {
    guard depth < deepest else { throw problem("values are nested too deeply") }
    try skipSpace()
    guard position < bytes.count else { throw problem("a value is missing") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "'") where isJSON5: return .string(try string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return try word()
    default: return try number()
    }
  }

  mutating func object(depth: Int) throws -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    if try take("}") { return .object([]) }
    repeat {
      if isJSON5, try take("}") { return .object(members) }
      let key = try key()
      guard try take(":") else { throw problem("a colon is missing after \"\(key)\"") }
      members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
    } while try take(",")
    guard try take("}") else { throw problem("an object does not end") }
    return .object(members)
  }

  mutating func key() throws -> String {
    try skipSpace()
    guard position < bytes.count else { throw problem("a key is missing") }
    let first = bytes[position]
    if first == UInt8(ascii: "\"") || isJSON5 && first == UInt8(ascii: "'") { return try string() }
    let start = position
    func isOfName(_ byte: UInt8) -> Bool {
      // Letters beyond ASCII are bytes from 0x80 on.
      let character = Character(Unicode.Scalar(byte))
      return byte >= 0x80 || character.isLetter || character.isNumber || character == "_" || character == "$"
    }
    while isJSON5, position < bytes.count, isOfName(bytes[position]) { position += 1 }
    guard position > start else { throw problem("a key is missing") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  mutating func array(depth: Int) throws -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    if try take("]") { return .array([]) }
    repeat {
      if isJSON5, try take("]") { return .array(values) }
      values.append(try value(depth: depth + 1))
    } while try take(",")
    guard try take("]") else { throw problem("a list does not end") }
    return .array(values)
  }

  mutating func word() throws -> JSONValue {
    let words: [(String, JSONValue)] = [("true", .boolean(true)), ("false", .boolean(false)), ("null", .null)]
    for (word, value) in words where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw problem("a word is neither true, false nor null")
  }

  mutating func number() throws -> JSONValue {
    let start = position
    while position < bytes.count, Array("+-.0123456789eE".utf8).contains(bytes[position]) { position += 1 }
    var text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isJSON5 {
      if text.hasPrefix("+") { text.removeFirst() }
      if text.hasPrefix(".") || text.hasSuffix(".") { text = "0\(text)0" }
    }
    if let whole = Int(text), !text.hasPrefix("+") { return .integer(whole) }
    guard let number = Double(text), number.isFinite, !text.hasPrefix("+") else {
      throw problem(text.isEmpty ? "a value is missing" : "\"\(text)\" is not a number")
    }
    return .number(number)
  }

  mutating func string() throws -> String {
    let mark = bytes[position]
    position += 1
    var units: [UInt8] = []
    while position < bytes.count, bytes[position] != mark {
      guard bytes[position] >= 0x20 else { throw problem("a string is broken off by the end of the line") }
      if bytes[position] == UInt8(ascii: "\\") {
        units += Array(String(try escape()).utf8)
      } else {
        units.append(bytes[position])
        position += 1
      }
    }
    guard position < bytes.count else { throw problem("a string does not end") }
    position += 1
    return String(decoding: units, as: UTF8.self)
  }

  mutating func escape() throws -> Unicode.Scalar {
    position += 1
    guard position < bytes.count else { throw problem("a string does not end") }
    let plain: [UInt8: Unicode.Scalar] = [
      UInt8(ascii: "n"): "\n", UInt8(ascii: "t"): "\t", UInt8(ascii: "r"): "\r", UInt8(ascii: "b"): "\u{8}",
      UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    ]
    let letter = bytes[position]
    position += 1
    if let scalar = plain[letter] { return scalar }
    guard letter == UInt8(ascii: "u") else { throw problem("a string has an unknown escape") }
    let unit = try hexadecimal()
    guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
    // A character beyond 16 bits is written as a pair.
    guard bytes[position...].starts(with: "\\u".utf8) else { return "\u{FFFD}" }
    position += 2
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low) else { return "\u{FFFD}" }
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
  }

  mutating func hexadecimal() throws -> UInt32 {
    let end = position + 4
    guard end <= bytes.count,
      let unit = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
    else { throw problem("a string has an unfinished escape") }
    position = end
    return unit
  }
}

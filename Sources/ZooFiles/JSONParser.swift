/// Text is not JSON.
public struct JSONError: Error, CustomStringConvertible, Equatable {
  package let what: String
  /// The line, from 1 on.
  package let line: Int
  /// The character in the line, from 1 on.
  package let column: Int

  /// The fault, with its line and column.
  public var description: String { "line \(line), column \(column): \(what)" }
}

extension JSONValue {
  package enum Dialect: Sendable {
    /// JSON as programs write it (RFC 8259).
    case json
    /// The same as people write it: what could be taken in two ways, a key that is there twice for instance, is refused.
    case handwrittenJSON
    /// JSON5 (json5.org), likewise.
    case json5
  }

  /// Reads JSON.
  ///
  /// - Throws: `JSONError` that names the line.
  public init(parsing text: String) throws { try self.init(parsing: Array(text.utf8), as: .json) }

  /// Reads JSON5 as people write it: with comments, names without quotation marks, text in single ones, commas at the
  /// end and numbers like `.5`.
  package init(parsingJSON5 text: String) throws { try self.init(parsing: Array(text.utf8), as: .json5) }

  /// Reads the bytes of a file.
  ///
  /// Foundation reads JSON5, too, but does not say where a mistake is.
  package init(parsing bytes: [UInt8], as dialect: Dialect) throws {
    var parser = JSONParser(bytes: bytes, dialect: dialect)
    self = try parser.document()
  }
}

/// Reads a JSON value from bytes, from left to right.
private struct JSONParser {
  let bytes: [UInt8]
  let dialect: JSONValue.Dialect
  var position = 0
  /// The keys that lead to the present value, as far as messages name them.
  var path: [String] = []
  // Recursion is bounded, so that no input can exhaust the stack.
  let deepest = 256

  init(bytes: [UInt8], dialect: JSONValue.Dialect) {
    self.bytes = bytes
    self.dialect = dialect
  }

  var isJSON5: Bool { dialect == .json5 }
  var isHandwritten: Bool { dialect != .json }

  mutating func document() throws -> JSONValue {
    try checkEncoding()
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    try skipSpace()
    guard position < bytes.count else { throw problem("there is nothing in it; a value is missing") }
    let value = try value(depth: 0)
    try skipSpace()
    guard position == bytes.count else { throw problem("there is more after the value: \(found)") }
    return value
  }

  // MARK: Places

  func problem(_ what: String, at place: Int? = nil) -> JSONError {
    let (line, column) = coordinates(of: place ?? position)
    return JSONError(what: what, line: line, column: column)
  }

  /// Line and column; a carriage return followed by a line feed is one line break.
  private func coordinates(of place: Int) -> (line: Int, column: Int) {
    var (line, start, index) = (1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, 0)
    let end = min(place, bytes.count)
    while index < end {
      let length = lineBreak(at: index)
      guard length > 0 else {
        index += 1
        continue
      }
      guard index + length <= end else { break }
      index += length
      (line, start) = (line + 1, index)
    }
    return (line, 1 + String(decoding: bytes[min(start, end)..<end], as: UTF8.self).count)
  }

  /// The bytes of the line break at a place; 0 if there is none.
  private func lineBreak(at place: Int) -> Int {
    guard place < bytes.count else { return 0 }
    switch bytes[place] {
    case 0x0A: return 1
    case 0x0D: return place + 1 < bytes.count && bytes[place + 1] == 0x0A ? 2 : 1
    // U+2028 and U+2029.
    case 0xE2 where isJSON5: return scalar(at: place).map { $0 == "\u{2028}" || $0 == "\u{2029}" } == true ? 3 : 0
    default: return 0
    }
  }

  /// The character at a place; nil after the end.
  private func scalar(at place: Int) -> Unicode.Scalar? {
    guard place < bytes.count else { return nil }
    if bytes[place] < 0x80 { return Unicode.Scalar(bytes[place]) }
    return String(decoding: bytes[place..<min(place + 4, bytes.count)], as: UTF8.self).unicodeScalars.first
  }

  /// The character at the present place, in words.
  private var found: String {
    guard let scalar = scalar(at: position) else { return "the end of the text" }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    if "\u{201C}\u{201D}\u{201E}\u{2018}\u{2019}\u{00AB}\u{00BB}".unicodeScalars.contains(scalar) {
      return "\(scalar) (\(code)), which is not a quotation mark in JSON5: type \" in its place"
    }
    return (0x21..<0x7F).contains(scalar.value)
      ? "\"\(scalar)\"" : scalar.properties.isAlphabetic ? "\"\(scalar)\" (\(code))" : "the character \(code)"
  }

  /// The name of the present value.
  private var name: String { path.isEmpty ? "the value" : path.joined(separator: ".") }

  // MARK: Encoding

  private func checkEncoding() throws {
    let isWide =
      [[0xFF, 0xFE], [0xFE, 0xFF], [0x00, 0x00, 0xFE, 0xFF]].contains { bytes.starts(with: $0) }
      || bytes.count > 1 && (bytes[0] == 0) != (bytes[1] == 0)
    guard !isWide else {
      throw JSONError(what: "it is written in UTF-16 or UTF-32; save it as UTF-8", line: 1, column: 1)
    }
    if String(validating: bytes, as: UTF8.self) == nil {
      var (good, rest) = (0, bytes.makeIterator())
      var parser = Unicode.UTF8.ForwardParser()
      while case .valid(let character) = parser.parseScalar(from: &rest) { good += character.count }
      let byte = "0x" + String(bytes[good], radix: 16, uppercase: true)
      throw problem("the byte \(byte) is not UTF-8; save the file as UTF-8", at: good)
    }
    if let place = bytes.firstIndex(of: 0) {
      throw problem("there is a byte 0; it is not a file of text", at: place)
    }
  }

  // MARK: Space

  /// The bytes of the blank or line break at the present place; 0 if there is none.
  private var spaceLength: Int {
    switch bytes[position] {
    case 0x20, 0x0A, 0x0D, 0x09: return 1
    case 0x0B, 0x0C: return isJSON5 ? 1 : 0
    case 0x80... where isJSON5:
      guard let scalar = scalar(at: position) else { return 0 }
      let isSpace =
        scalar == "\u{FEFF}" || scalar == "\u{2028}" || scalar == "\u{2029}"
        || scalar.properties.generalCategory == .spaceSeparator
      return isSpace ? UTF8.width(scalar) : 0
    default: return 0
    }
  }

  mutating func skipSpace() throws {
    while position < bytes.count {
      let length = spaceLength
      if length > 0 {
        position += length
      } else if bytes[position] == UInt8(ascii: "/"), isJSON5 {
        try skipComment()
      } else {
        return
      }
    }
  }

  private mutating func skipComment() throws {
    let start = position
    switch position + 1 < bytes.count ? bytes[position + 1] : 0 {
    case UInt8(ascii: "/"):
      while position < bytes.count, lineBreak(at: position) == 0 { position += 1 }
    case UInt8(ascii: "*"):
      position += 2
      while !bytes[min(position, bytes.count)...].starts(with: "*/".utf8) {
        guard position < bytes.count else { throw problem("a comment does not end; close it with */", at: start) }
        position += 1
      }
      position += 2
    default: throw problem("\"/\" begins no comment; comments are // to the end of the line, or /* to */")
    }
  }

  mutating func take(_ character: Unicode.Scalar) throws -> Bool {
    try skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  // MARK: Values

  mutating func value(depth: Int) throws -> JSONValue {
    guard depth < deepest else {
      throw problem("values are nested too deeply; \(deepest) brackets within each other are the most")
    }
    try skipSpace()
    guard position < bytes.count else { throw problem("a value is missing: the text ends here") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "'"):
      guard isJSON5 else { throw problem("text in JSON is in double quotation marks: type \" in place of '") }
      return .string(try string())
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      return try number()
    default: return try word()
    }
  }

  mutating func object(depth: Int) throws -> JSONValue {
    let start = position
    position += 1
    var members: [JSONValue.Member] = []
    var places: [String: Int] = [:]
    if try take("}") { return .object([]) }
    repeat {
      try skipSpace()
      if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
        guard isJSON5 else { throw problem("JSON has no comma before }") }
        position += 1
        return .object(members)
      }
      let place = position
      let key = try key()
      if isHandwritten, let first = places.updateValue(place, forKey: key) {
        let full = (path + [key]).joined(separator: ".")
        throw problem("\(full) is given twice, first in line \(coordinates(of: first).line)", at: place)
      }
      guard try take(":") else { throw problem("a colon is missing after \"\(key)\", where there is \(found)") }
      if isHandwritten { path.append(key) }
      members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
      if isHandwritten { path.removeLast() }
    } while try take(",")
    guard try take("}") else { throw unended("an object", "}", from: start) }
    return .object(members)
  }

  mutating func array(depth: Int) throws -> JSONValue {
    let start = position
    position += 1
    var values: [JSONValue] = []
    if try take("]") { return .array([]) }
    repeat {
      if try take("]") {
        guard isJSON5 else { throw problem("JSON has no comma before ]", at: position - 1) }
        return .array(values)
      }
      values.append(try value(depth: depth + 1))
    } while try take(",")
    guard try take("]") else { throw unended("a list", "]", from: start) }
    return .array(values)
  }

  private func unended(_ what: String, _ bracket: String, from start: Int) -> JSONError {
    let begin = coordinates(of: start)
    return problem(
      "\(what) does not end, begun in line \(begin.line), column \(begin.column): "
        + "a comma or \(bracket) is due, and there is \(found)")
  }

  // MARK: Names

  mutating func key() throws -> String {
    try skipSpace()
    guard position < bytes.count else { throw problem("a key is missing: the text ends here") }
    if bytes[position] == UInt8(ascii: "\"") || isJSON5 && bytes[position] == UInt8(ascii: "'") {
      return try string()
    }
    guard isJSON5 else {
      throw problem("a key is missing: keys are in double quotation marks, and there is \(found)")
    }
    let start = position
    let name = try identifier()
    if let next = scalar(at: position), !name.isEmpty || next.properties.numericType != nil || next == "-",
      next == "-" || next == "." || next == "/" || next == "@" || next.properties.numericType != nil
    {
      while let scalar = scalar(at: position), Self.isPart(scalar) || "-./@+".unicodeScalars.contains(scalar) {
        position += UTF8.width(scalar)
      }
      let typed = String(decoding: bytes[start..<position], as: UTF8.self)
      throw problem("such a key goes in quotation marks: type \"\(typed)\"", at: start)
    }
    guard !name.isEmpty else { throw problem("a key is missing, where there is \(found)") }
    return name
  }

  /// A name without quotation marks, in which characters may be written as `\uXXXX`; empty if there is none.
  private mutating func identifier() throws -> String {
    var name = String.UnicodeScalarView()
    while let next = scalar(at: position) {
      let start = position
      var scalar = next
      if next == "\\" {
        position += 1
        guard bytes[position...].starts(with: "u".utf8) else {
          throw problem("in a key without quotation marks, only \\u and four digits are an escape", at: start)
        }
        position += 1
        scalar = try escapedScalar(from: start)
        guard name.isEmpty ? Self.isStart(scalar) : Self.isPart(scalar) else {
          throw problem("a key with such a character goes in quotation marks", at: start)
        }
      } else {
        guard name.isEmpty ? Self.isStart(next) : Self.isPart(next) else { break }
        position += UTF8.width(next)
      }
      name.append(scalar)
    }
    return String(name)
  }

  private static func isStart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber: true
    default: scalar == "$" || scalar == "_"
    }
  }

  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: true
    default: isStart(scalar) || scalar == "\u{200C}" || scalar == "\u{200D}"
    }
  }

  mutating func word() throws -> JSONValue {
    let start = position
    while let scalar = scalar(at: position), Self.isPart(scalar) || scalar == "-" { position += UTF8.width(scalar) }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "null": return .null
    case "": throw problem("a value is missing, where there is \(found)")
    case "Infinity", "NaN": throw notFinite(word, at: start)
    default:
      let isNearWord = ["true", "false", "null"].contains(word.lowercased())
      throw problem(
        "\"\(word)\" is not a value; "
          + (isNearWord ? "type \(word.lowercased())" : "text goes in quotation marks: type \"\(word)\""), at: start
      )
    }
  }

  /// Nothing that is read from files is allowed to be infinite or not a number.
  private func notFinite(_ word: String, at start: Int) -> JSONError {
    problem(
      isJSON5 ? "\(name) is \(word), and has to be a finite number" : "\(word) is not a number in JSON", at: start)
  }

  // MARK: Numbers

  mutating func number() throws -> JSONValue {
    let start = position
    while let scalar = scalar(at: position), Self.isPart(scalar) || "+-.".unicodeScalars.contains(scalar) {
      position += UTF8.width(scalar)
    }
    let typed = String(decoding: bytes[start..<position], as: UTF8.self)
    var text = Substring(typed)
    let isNegative = text.hasPrefix("-")
    if isNegative || isJSON5 && text.hasPrefix("+") { text.removeFirst() }
    if text == "Infinity" || text == "NaN" { throw notFinite(typed, at: start) }
    if text.lowercased().hasPrefix("0x") {
      guard isJSON5 else {
        throw problem("\"\(typed)\" is not a number in JSON; type it with the digits 0 to 9", at: start)
      }
      let digits = text.dropFirst(2)
      guard !digits.isEmpty, digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
        throw problem("\"\(typed)\" is not a number; digits and the letters a to f follow 0x", at: start)
      }
      guard let whole = Int((isNegative ? "-" : "") + digits, radix: 16) else {
        throw problem("\(name) is \(typed), which is more than 64 bits hold", at: start)
      }
      return .integer(whole)
    }
    guard let literal = DecimalLiteral(text, allowsBarePoint: isJSON5) else {
      throw problem(explanation(of: typed, text), at: start)
    }
    if literal.isInteger, let whole = Int((isNegative ? "-" : "") + text) { return .integer(whole) }
    guard let magnitude = Double(literal.text), magnitude.isFinite else {
      throw problem("\"\(typed)\" is not a number of 64 bits: the largest is 1.7976931348623157e308", at: start)
    }
    if isHandwritten, !literal.agrees(with: magnitude) {
      throw problem(
        "\(name) is \(typed), which 64 bits do not hold: the nearest number is \(NumberText.plain(magnitude)); type that",
        at: start)
    }
    return .number(isNegative ? -magnitude : magnitude)
  }

  private func explanation(of typed: String, _ text: Substring) -> String {
    let digits = text.drop { $0 == "0" }
    if text.hasPrefix("0"), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return "\"\(typed)\" is not a number: it begins with 0, which some take for octal; type "
        + (digits.isEmpty ? "0" : String(digits))
    }
    let plain = typed.filter { $0 != "_" }
    if plain != typed, DecimalLiteral(plain[...], allowsBarePoint: isJSON5) != nil {
      return "\"\(typed)\" is not a number; type \(plain)"
    }
    return "\"\(typed)\" is not a number"
      + (typed.hasPrefix("+") && !isJSON5 ? "; type it without the +" : "")
  }

  // MARK: Text

  mutating func string() throws -> String {
    let (start, mark) = (position, bytes[position])
    position += 1
    var units: [UInt8] = []
    while position < bytes.count, bytes[position] != mark {
      let byte = bytes[position]
      guard byte >= 0x20 || isJSON5 && byte != 0x0A && byte != 0x0D else {
        throw byte == 0x0A || byte == 0x0D
          ? problem(
            "a string is broken off by the end of the line; close it with \(Character(Unicode.Scalar(mark)))")
          : problem("\(found) in a string is written as an escape, \\t for instance")
      }
      if byte == UInt8(ascii: "\\") {
        if let scalar = try escape() { units += Array(String(scalar).utf8) }
      } else {
        units.append(byte)
        position += 1
      }
    }
    guard position < bytes.count else {
      throw problem("a string does not end; close it with \(Character(Unicode.Scalar(mark)))", at: start)
    }
    position += 1
    return String(decoding: units, as: UTF8.self)
  }

  /// The character that an escape stands for; nil for a line that continues in the next.
  private mutating func escape() throws -> Unicode.Scalar? {
    let start = position
    position += 1
    guard let letter = scalar(at: position) else { throw problem("a string does not end") }
    let plain: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "b": "\u{8}", "f": "\u{C}", "\"": "\"", "\\": "\\", "/": "/",
    ]
    if let scalar = plain[letter] {
      position += 1
      return scalar
    }
    if letter == "u" {
      position += 1
      return try escapedScalar(from: start)
    }
    guard isJSON5 else {
      throw problem("\"\\\(letter)\" in a string is not an escape of JSON; a backslash is typed as \\\\", at: start)
    }
    let length = lineBreak(at: position)
    if length > 0 {
      position += length
      return nil
    }
    position += UTF8.width(letter)
    switch letter {
    case "v": return "\u{B}"
    case "x": return Unicode.Scalar(try hexadecimal(2, from: start)) ?? "\u{FFFD}"
    case "0":
      if let next = scalar(at: position), ("0"..."9").contains(next) {
        throw problem("\"\\0\" followed by a digit is not an escape; type \\x and two digits", at: start)
      }
      return "\0"
    case "1"..."9":
      throw problem("\"\\\(letter)\" in a string is not an escape; a backslash is typed as \\\\", at: start)
    default: return letter
    }
  }

  /// The character whose number follows `\u`; one beyond 16 bits is written as a pair.
  private mutating func escapedScalar(from start: Int) throws -> Unicode.Scalar {
    let unit = try hexadecimal(4, from: start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: "\\u".utf8) {
      position += 2
      let low = try hexadecimal(4, from: start)
      if (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      {
        return scalar
      }
    }
    throw problem(
      "the escape is half of a pair; a character beyond 16 bits is two escapes, \\uD83D\\uDE00", at: start)
  }

  private mutating func hexadecimal(_ count: Int, from start: Int) throws -> UInt32 {
    let end = position + count
    // UInt32 would take a sign, too.
    guard end <= bytes.count,
      bytes[position..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
    else { throw problem("a string has an unfinished escape; \(count) digits from 0 to f are due", at: start) }
    position = end
    return unit
  }
}

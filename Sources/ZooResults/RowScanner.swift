/// Takes a JSON object apart without making values of its parts: files of results have millions of rows.
///
/// Members come in any order, and those that nobody asks for may hold anything.
package struct RowScanner {
  package struct Member {
    /// The key, without its quotes.
    package var key: Range<Int>
    /// The value; text has its quotes.
    package var value: Range<Int>
  }

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int
  private var isInside = false

  /// Scans the object that `range` of the bytes holds.
  ///
  /// - Precondition: the range lies within the bytes.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range lies within the bytes")
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next member; nil after the last.
  package mutating func next() throws -> Member? {
    if !isInside {
      guard take("{") else { throw RowError("it is not a JSON object") }
      isInside = true
      if take("}") { return try finish() }
    } else {
      if take("}") { return try finish() }
      guard take(",") else { throw RowError("a comma is missing, or the row is cut off") }
    }
    skipSpace()
    guard let key = string() else { throw RowError("a key is missing, or the row is cut off") }
    guard take(":") else { throw RowError("a colon is missing, or the row is cut off") }
    skipSpace()
    guard let value = value() else { throw RowError("a value is missing, or the row is cut off") }
    return Member(key: key.lowerBound + 1..<key.upperBound - 1, value: value)
  }

  private mutating func finish() throws -> Member? {
    skipSpace()
    guard position == end else { throw RowError("there is more after the object") }
    return nil
  }

  private mutating func skipSpace() {
    while position < end, bytes[position] <= 0x20 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func string() -> Range<Int>? {
    let start = position
    guard position < end, bytes[position] == UInt8(ascii: "\"") else { return nil }
    position += 1
    while position < end {
      let byte = bytes[position]
      position += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return start..<position }
    }
    return nil
  }

  private mutating func value() -> Range<Int>? {
    guard position < end else { return nil }
    switch bytes[position] {
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "{"), UInt8(ascii: "["): return nested()
    default:
      let start = position
      while position < end, bytes[position] > 0x20, ![0x2C, 0x5D, 0x7D].contains(bytes[position]) { position += 1 }
      return start < position ? start..<position : nil
    }
  }

  /// Passes an object or a list, whatever is in it.
  private mutating func nested() -> Range<Int>? {
    let start = position
    var depth = 0
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        guard string() != nil else { return nil }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      position += 1
      if depth == 0 { return start..<position }
    }
    return nil
  }
}

struct RowError: Error {
  let description: String

  init(_ description: String) { self.description = description }
}

extension UnsafeRawBufferPointer {
  /// Whether a range holds just these bytes.
  package func holds(_ expected: [UInt8], at range: Range<Int>) -> Bool {
    guard range.count == expected.count else { return false }
    return expected.withUnsafeBytes { expected in
      for offset in 0..<expected.count where self[range.lowerBound + offset] != expected[offset] { return false }
      return true
    }
  }

  package func text(at range: Range<Int>) -> String {
    String(decoding: UnsafeRawBufferPointer(rebasing: self[range]), as: UTF8.self)
  }

  /// The whole number in a range, if it is one.
  package func integer(at range: Range<Int>) -> Int? {
    let isNegative = !range.isEmpty && self[range.lowerBound] == UInt8(ascii: "-")
    let digits = isNegative ? range.dropFirst() : range
    // This number of digits cannot overflow.
    guard (1...18).contains(digits.count) else { return Int(text(at: range)) }
    var value = 0
    for place in digits {
      let digit = Int(self[place]) - 48
      guard (0...9).contains(digit) else { return nil }
      value = value * 10 + digit
    }
    return isNegative ? -value : value
  }

  /// The finite number in a range, if it is one.
  package func number(at range: Range<Int>) -> Double? {
    for place in range {
      switch self[place] {
      case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: continue
      default: return nil
      }
    }
    return Double(text(at: range)).flatMap { $0.isFinite ? $0 : nil }
  }

  /// The elements of a list of numbers in a range, if it is a list.
  func elements(at range: Range<Int>) -> [Range<Int>]? {
    guard range.count >= 2, self[range.lowerBound] == UInt8(ascii: "["),
      self[range.upperBound - 1] == UInt8(ascii: "]")
    else { return nil }
    var (elements, start) = ([Range<Int>](), range.lowerBound + 1)
    for place in start..<range.upperBound
    where place == range.upperBound - 1 || self[place] == UInt8(ascii: ",") {
      let number = (start..<place).filter { self[$0] > 0x20 }
      elements.append((number.first ?? start)..<(number.last.map { $0 + 1 } ?? start))
      start = place + 1
    }
    return elements
  }

  /// The truth value in a range, if it is one.
  package func boolean(at range: Range<Int>) -> Bool? {
    switch text(at: range) {
    case "true": true
    case "false": false
    default: nil
    }
  }

  /// Whether a range holds JSON text that says the same as `expected`, however it is escaped.
  package func holds(_ expected: StoredText, at range: Range<Int>) -> Bool {
    holds(expected.bytes, at: range) || (try? JSONValue(parsing: text(at: range)))?.stringValue == expected.text
  }

  /// The ranges of the lines, without their line breaks, with their numbers; an incomplete last line is included.
  func forEachLine(_ body: (_ number: Int, _ line: Range<Int>) throws -> Void) rethrows {
    var (start, number) = (0, 1)
    for place in 0..<count where self[place] == UInt8(ascii: "\n") {
      try body(number, start..<place)
      start = place + 1
      number += 1
    }
    if start < count { try body(number, start..<count) }
  }
}

/// Text with the bytes that JSON writes for it.
package struct StoredText: Sendable {
  package let text: String
  /// Its bytes in JSON, with quotes.
  package let bytes: [UInt8]

  init(_ text: String) {
    self.text = text
    bytes = Array(JSONValue.string(text).text.utf8)
  }
}

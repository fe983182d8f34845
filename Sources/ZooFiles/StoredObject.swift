/// A JSON object from a file, or a part of one, whose values are checked as they are read: files may say anything.
package struct StoredObject {
  package let path: String
  /// The keys that lead to this part, each followed by a point.
  package let prefix: String
  package let json: JSONValue

  package init(at path: String, as dialect: JSONValue.Dialect = .json) throws {
    self.path = path
    prefix = ""
    do {
      json = try JSONValue(parsing: Array(Files.data(of: path)), as: dialect)
    } catch let problem as JSONError {
      throw UsageError("\"\(path)\" is not JSON: \(problem.description)")
    }
    guard json.members != nil else { throw UsageError("\"\(path)\" is not a JSON object") }
  }

  private init(path: String, prefix: String, json: JSONValue) {
    (self.path, self.prefix, self.json) = (path, prefix, json)
  }

  /// The error for a key with an invalid value.
  package func problem(_ key: String, _ what: String) -> UsageError {
    let present = json[key].map { "is \(Self.short($0.text))" } ?? "is missing"
    return UsageError("\"\(path)\": \(prefix)\(key) \(present), and should be \(what)")
  }

  private static func short(_ text: String) -> String { text.count > 60 ? text.prefix(57) + "..." : text }

  package func object(_ key: String) throws -> StoredObject {
    guard let value = json[key], value.members != nil else { throw problem(key, "an object") }
    return StoredObject(path: path, prefix: prefix + key + ".", json: value)
  }

  package func list(_ key: String) throws -> [StoredObject] {
    guard let values = json[key]?.arrayValue, values.allSatisfy({ $0.members != nil }) else {
      throw problem(key, "a list of objects")
    }
    return values.enumerated().map { StoredObject(path: path, prefix: "\(prefix)\(key)[\($0)].", json: $1) }
  }

  /// Refuses keys that nobody reads, which are most often mistyped, and those that are said twice.
  package func refuseKeys(otherThan keys: [String]) throws {
    let members = json.members ?? []
    for member in members {
      guard keys.contains(member.key) else {
        let place = prefix.isEmpty ? "" : " in \(prefix.dropLast())"
        throw UsageError("\"\(path)\": \(unknownName("key", member.key, among: keys))\(place)")
      }
      guard members.count(where: { $0.key == member.key }) == 1 else {
        throw UsageError("\"\(path)\": \(prefix)\(member.key) is given twice")
      }
    }
  }

  /// A whole number, also one written as 10e6.
  package func count(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    guard let value = json[key], let number = value.integerValue ?? value.numberValue.flatMap({ Int(exactly: $0) }),
      range.contains(number)
    else { throw problem(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") }
    return number
  }

  package func text(_ key: String) throws -> String {
    guard let text = json[key]?.stringValue else { throw problem(key, "text") }
    return text
  }

  /// Text that can be part of a path and of a line in a table.
  package func name(_ key: String) throws -> String {
    let name = try text(key)
    guard name.isName else { throw problem(key, "a name") }
    return name
  }

  package func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    guard let number = json[key]?.integerValue, range.contains(number) else {
      throw problem(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  package func number(_ key: String, in range: ClosedRange<Double>) throws -> Double {
    guard let number = json[key]?.numberValue, range.contains(number) else {
      throw problem(key, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number; null, which stands for one that is not finite, is not a number.
  package func number(_ key: String) throws -> Double {
    if json[key] == .null { return .nan }
    guard let number = json[key]?.numberValue else { throw problem(key, "a number") }
    return number
  }

  package func optional<Value>(_ key: String, _ read: (String) throws -> Value) throws -> Value? {
    guard let value = json[key], value != .null else { return nil }
    return try read(key)
  }

  package func choice<Value: RawRepresentable & CaseIterable>(_ key: String) throws -> Value
  where Value.RawValue == String {
    guard let value = json[key]?.stringValue.flatMap(Value.init(rawValue:)) else {
      throw problem(key, Value.allCases.map(\.rawValue).joined(separator: " or "))
    }
    return value
  }
}

extension String {
  /// Whether it can be part of a path and of a line in a table.
  fileprivate var isName: Bool {
    !isEmpty && utf8.count <= 200 && self != "." && self != ".."
      && unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "/" && $0.value != 0x7F }
  }
}

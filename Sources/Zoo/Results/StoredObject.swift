import MetaRL

/// A JSON object from a file, or a part of one, whose values are checked as they are read: files may say anything.
struct StoredObject {
  /// The file.
  let path: String
  /// The keys that lead to this part, each followed by a point.
  let prefix: String
  let json: JSONValue

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - dialect: how it was written.
  /// - Throws: `UsageProblem` that names the file and the line.
  init(at path: String, as dialect: JSONValue.Dialect = .json) throws {
    self.path = path
    prefix = ""
    do {
      json = try JSONValue(parsing: Array(Files.data(of: path)), as: dialect)
    } catch let problem as JSONProblem {
      throw UsageProblem("\"\(path)\" is not JSON: \(problem.description)")
    }
    guard json.members != nil else { throw UsageProblem("\"\(path)\" is not a JSON object") }
  }

  private init(path: String, prefix: String, json: JSONValue) {
    (self.path, self.prefix, self.json) = (path, prefix, json)
  }

  /// The error for a key with an invalid value.
  func problem(_ key: String, _ what: String) -> UsageProblem {
    let present = json[key].map { "is \(Self.short($0.text))" } ?? "is missing"
    return UsageProblem("\"\(path)\": \(prefix)\(key) \(present), and should be \(what)")
  }

  private static func short(_ text: String) -> String { text.count > 60 ? text.prefix(57) + "..." : text }

  /// An object in this one.
  func object(_ key: String) throws -> StoredObject {
    guard let value = json[key], value.members != nil else { throw problem(key, "an object") }
    return StoredObject(path: path, prefix: prefix + key + ".", json: value)
  }

  /// The objects of a list in this one.
  func list(_ key: String) throws -> [StoredObject] {
    guard let values = json[key]?.arrayValue, values.allSatisfy({ $0.members != nil }) else {
      throw problem(key, "a list of objects")
    }
    return values.enumerated().map { StoredObject(path: path, prefix: "\(prefix)\(key)[\($0)].", json: $1) }
  }

  /// Refuses keys that nobody reads, which are most often mistyped, and those that are said twice.
  func refuseKeys(otherThan keys: [String]) throws {
    let members = json.members ?? []
    for member in members {
      guard keys.contains(member.key) else {
        let place = prefix.isEmpty ? "" : " in \(prefix.dropLast())"
        throw UsageProblem("\"\(path)\": \(unknownName("key", member.key, among: keys))\(place)")
      }
      guard members.count(where: { $0.key == member.key }) == 1 else {
        throw UsageProblem("\"\(path)\": \(prefix)\(member.key) is given twice")
      }
    }
  }

  /// A whole number, also one written as 10e6.
  func count(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    guard let value = json[key], let number = value.integerValue ?? value.numberValue.flatMap({ Int(exactly: $0) }),
      range.contains(number)
    else { throw problem(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") }
    return number
  }

  /// Text.
  func text(_ key: String) throws -> String {
    guard let text = json[key]?.stringValue else { throw problem(key, "text") }
    return text
  }

  /// Text that can be part of a path and of a line in a table.
  func name(_ key: String) throws -> String {
    let name = try text(key)
    guard name.isName else { throw problem(key, "a name") }
    return name
  }

  /// A whole number.
  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    guard let number = json[key]?.integerValue, range.contains(number) else {
      throw problem(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number.
  func number(_ key: String, in range: ClosedRange<Double>) throws -> Double {
    guard let number = json[key]?.numberValue, range.contains(number) else {
      throw problem(key, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number; null, which stands for one that is not finite, is not a number.
  func number(_ key: String) throws -> Double {
    if json[key] == .null { return .nan }
    guard let number = json[key]?.numberValue else { throw problem(key, "a number") }
    return number
  }

  /// An optional value.
  func optional<Value>(_ key: String, _ read: (String) throws -> Value) throws -> Value? {
    guard let value = json[key], value != .null else { return nil }
    return try read(key)
  }

  /// One of some words.
  func choice<Value: RawRepresentable & CaseIterable>(_ key: String) throws -> Value
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

extension LearnerCard.Role: CaseIterable {
  /// All of them.
  public static var allCases: [LearnerCard.Role] { [.learner, .control] }
}

extension LearnerCard {
  /// Reads a card from a file.
  ///
  /// - Throws: `UsageProblem` that names the file and the key.
  init(_ stored: StoredObject) throws {
    self.init(
      role: try stored.choice("role"), summary: try stored.text("summary"), adaptsBy: try stored.text("adaptsBy"),
      data: try stored.optional("data", stored.text).flatMap(DataUse.init(rawValue:)) ?? .onPolicy,
      actions: try stored.optional("actions", stored.text).flatMap(Actions.init(rawValue:)) ?? .both,
      paper: try stored.optional("paper", stored.text))
  }
}

extension StoredFamily {
  /// Reads a card from a file.
  ///
  /// - Throws: `UsageProblem` that names the file and the key.
  init(_ stored: StoredObject) throws {
    func anchor(_ key: String) throws -> FamilyCard.Anchor {
      let anchor = try stored.object(key)
      return FamilyCard.Anchor(
        try anchor.number("value"), standardError: try anchor.number("standardError"),
        computation: try anchor.text("computation"))
    }
    let most = 1_000_000_000
    card = FamilyCard(
      name: try stored.name("name"), version: try stored.integer("version", in: 0...most),
      summary: try stored.text("summary"), source: try stored.text("source"),
      actionScale: try stored.number("actionScale"),
      episodesPerLifetime: try stored.integer("episodesPerLifetime", in: 1...most), random: try anchor("random"),
      oracle: try anchor("oracle"), trajectoryHash: try stored.text("trajectoryHash"))
    observationSize = try stored.integer("observationSize", in: 0...most)
    actions = try stored.text("actions")
    horizon = try stored.integer("horizon", in: 1...most)
    reportedReward = try stored.text("reportedReward")
    json = stored.json
  }
}

extension EvaluationProtocol {
  /// Reads a protocol from a file.
  ///
  /// - Throws: `UsageProblem` that names the file and the key.
  init(_ stored: StoredObject) throws {
    guard let values = stored.json["probes"]?.arrayValue else { throw stored.problem("probes", "a list") }
    self.init(
      split: try stored.choice("split"), taskCount: try stored.integer("taskCount", in: 1...100_000),
      episodesPerLifetime: try stored.integer("episodesPerLifetime", in: 1...10_000),
      probes: values.map { $0.integerValue ?? -1 },
      episodesPerProbe: try stored.integer("episodesPerProbe", in: 1...10_000))
    guard isSound else {
      throw stored.problem("probes", "rising numbers of episodes from 0 to \(episodesPerLifetime)")
    }
    guard try stored.text("identifier") == identifier else { throw stored.problem("identifier", identifier) }
  }
}

import MetaRL

/// A file that says what to compare, in JSON5: JSON with comments, names without quotes and commas at the end.
///
/// ```
/// {
///   learners: ["maml", "average"],
///   families: ["point-navigation"],
///   seeds: "0..4",       // or a list
///   steps: 1e6,
///   tasks: 20, split: "test", episodes: 50, probeEpisodes: 2,
///   settings: {
///     hiddenSizes: [64, 64],                        // of all that have it
///     maml: {
///       innerEstimator: "dice",
///       innerStepSize: { value: 0.1, paper: "Finn et al. 2017, appendix A.2" },
///     },
///   },
///   groups: {                                       // on some families, laid over the settings above
///     "dense points": { families: ["point-navigation"], settings: { maml: { tasksPerBatch: 10 } } },
///   },
/// }
/// ```
struct SuiteFile {
  let path: String
  let text: String
  private let root: JSONValue

  private static let keys = [
    "learners", "families", "seeds", "steps", "tasks", "split", "episodes", "probeEpisodes", "settings",
    "groups",
  ]

  /// Some families with their own settings.
  private struct Group {
    var name: String
    /// The names of its families, without versions.
    var families: [String]
  }

  init(at path: String) throws { try self.init(path: path, bytes: Array(Files.data(of: path))) }

  init(path: String, text: String) throws { try self.init(path: path, bytes: Array(text.utf8)) }

  private init(path: String, bytes: [UInt8]) throws {
    self.path = path
    text = String(decoding: bytes, as: UTF8.self)
    do {
      root = try JSONValue(parsing: bytes, as: .json5)
    } catch let problem as JSONError {
      throw UsageError("\"\(path)\" is not JSON5: \(problem.description)")
    }
  }

  /// Lays what the file says over a comparison, which has to be a sound one then.
  func apply(to suite: inout Suite, in catalog: Catalog) throws {
    try lay(over: &suite, catalog)
    do {
      _ = try Comparison(suite, catalog: catalog)
    } catch {
      throw problem("\(error)")
    }
  }

  private func lay(over suite: inout Suite, _ catalog: Catalog) throws {
    guard let members = root.members else { throw problem("it is not an object of settings") }
    try check(members, keys: Self.keys)
    suite.learners = try names(root["learners"], called: "learners") ?? suite.learners
    suite.families = try names(root["families"], called: "families") ?? suite.families
    suite.seeds = try seeds() ?? suite.seeds
    suite.steps = try integer("steps", in: RunRecord.stepsRange) ?? suite.steps
    suite.tasks = try integer("tasks", in: 1...100_000) ?? suite.tasks
    suite.episodesPerLifetime = try integer("episodes", in: 1...10_000) ?? suite.episodesPerLifetime
    suite.episodesPerProbe = try integer("probeEpisodes", in: 1...10_000) ?? suite.episodesPerProbe
    if let value = root["split"] {
      guard let split = value.stringValue.flatMap(TaskID.Split.init) else {
        throw problem("split: " + unknownName("split", value.typed, among: TaskID.Split.allCases.map(\.rawValue)))
      }
      suite.split = split
    }
    // The suite's own may be meant for learners that were not asked for.
    suite.overrides.removeAll { override in override.learner.map { !suite.learners.contains($0) } ?? false }
    suite.overrides += try overrides(root["settings"])
    suite.overrides += try groupOverrides(catalog)
  }

  private func problem(_ text: String) -> UsageError { UsageError("\"\(path)\": \(text)") }

  /// Refuses members that there are not or that are there twice.
  private func check(_ members: [JSONValue.Member], keys: [String], of place: String? = nil) throws {
    let prefix = place.map { $0 + "." } ?? ""
    for member in members {
      guard keys.contains(member.key) else {
        throw problem((place.map { $0 + ": " } ?? "") + unknownName("key", member.key, among: keys))
      }
      guard members.count(where: { $0.key == member.key }) == 1 else {
        throw problem("\(prefix)\(member.key) is given twice")
      }
    }
  }

  private func names(_ value: JSONValue?, called key: String) throws -> [String]? {
    guard let value else { return nil }
    guard let names = value.arrayValue?.map(\.stringValue), !names.isEmpty, !names.contains(nil) else {
      let example = key == "learners" ? "[\"maml\", \"average\"]" : "[\"point-navigation\", \"point-robot\"]"
      throw problem("\(key) is a list of names, as in \(example), not \(value.text)")
    }
    return names.compactMap { $0 }
  }

  private func seeds() throws -> [UInt64]? {
    guard let value = root["seeds"] else { return nil }
    func typed(_ value: JSONValue) -> String {
      (value.integerValue ?? value.numberValue.flatMap { Int(exactly: $0) }).map(String.init) ?? value.typed
    }
    let text = value.arrayValue?.map(typed).joined(separator: ",") ?? typed(value)
    do {
      return try Suite.seeds(in: text, named: "seeds")
    } catch let wrong as UsageError {
      throw problem(wrong.description)
    }
  }

  private func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let value = root[key] else { return nil }
    guard let number = value.integerValue ?? value.numberValue.flatMap({ Int(exactly: $0) }), range.contains(number)
    else {
      throw problem("\(key) is a whole number from \(range.lowerBound) to \(range.upperBound), not \(value.text)")
    }
    return number
  }

  /// Settings for some families only.
  ///
  /// No family is in two groups, so that the order of groups means nothing.
  private func groupOverrides(_ catalog: Catalog) throws -> [SettingOverride] {
    guard let value = root["groups"] else { return [] }
    let example = "{ families: [\"point-robot\"], settings: { innerStepSize: 0.1 } }"
    guard let members = value.members else {
      throw problem("groups is an object, as in { points: \(example) }, not \(value.text)")
    }
    try check(members, keys: members.map(\.key), of: "groups")
    var groupOfFamily: [String: String] = [:]
    return try members.flatMap { member -> [SettingOverride] in
      let place = "groups.\(member.key)"
      guard let parts = member.value.members else {
        throw problem("\(place) is an object, as in \(example), not \(member.value.text)")
      }
      try check(parts, keys: ["families", "settings"], of: place)
      guard let typed = try names(member.value["families"], called: place + ".families") else {
        throw problem("\(place) has no families; a group is written as in \(example)")
      }
      var group = Group(name: member.key, families: [])
      for name in typed {
        let family = try familyName(name, in: catalog, key: place + ".families")
        if let other = groupOfFamily.updateValue(group.name, forKey: family) {
          throw problem(
            "\(place).families: \(family) is named twice"
              + (other == group.name ? "" : ", here and in groups.\(other).families"))
        }
        group.families.append(family)
      }
      let overrides = try overrides(member.value["settings"], of: group)
      guard !overrides.isEmpty else {
        throw problem("\(place) has no settings; a group is written as in \(example)")
      }
      return overrides
    }
  }

  private func familyName(_ name: String, in catalog: Catalog, key: String) throws -> String {
    do {
      return try catalog.declaredFamily(named: name).family.card.name
    } catch let wrong as UsageError {
      throw problem("\(key): \(wrong.description)")
    }
  }

  private func overrides(_ settings: JSONValue?, of group: Group? = nil) throws -> [SettingOverride] {
    guard let settings else { return [] }
    guard let members = settings.members else {
      throw problem(
        "\(Self.place(in: group)) is an object, as in { innerStepSize: 0.1, maml: { innerSteps: 2 } }")
    }
    return try members.flatMap { member -> [SettingOverride] in
      // Half of a value with its paper is not taken for the settings of a learner.
      guard let inner = member.value.members, !inner.contains(where: { ["value", "paper"].contains($0.key) }) else {
        return [try override(nil, member, of: group)]
      }
      return try inner.map { try override(member.key, $0, of: group) }
    }
  }

  private func override(
    _ learner: String?, _ member: JSONValue.Member, of group: Group?
  ) throws -> SettingOverride {
    let sourced = Self.sourced(member.value)
    let value = sourced?.value ?? member.value
    guard value.members == nil, value != .null else {
      let name = (learner.map { $0 + "." } ?? "") + member.key
      throw problem(
        "\(Self.place(in: group)).\(name) is a value, or { value: …, paper: \"…\" } if it comes from a paper, "
          + "not \(value.text)")
    }
    // In its brackets, a list is not taken for the number in it, nor text in it for several.
    let typed = value.arrayValue == nil ? value.typed : value.text
    return SettingOverride(
      learner: learner, key: member.key, value: typed, origin: sourced == nil ? .file : .paper,
      source: sourced?.paper ?? group.map { "group \($0.name)" }, families: group?.families, group: group?.name)
  }

  private static func place(in group: Group?) -> String {
    (group.map { "groups.\($0.name)." } ?? "") + "settings"
  }

  /// The parts of `{ value: …, paper: "…" }`; nil of anything else.
  private static func sourced(_ value: JSONValue) -> (value: JSONValue, paper: String)? {
    guard let members = value.members, members.count == 2, let inner = value["value"],
      let paper = value["paper"]?.stringValue
    else { return nil }
    return (inner, paper)
  }
}

extension Suite {
  /// Files hold seeds as numbers, which most readers of JSON keep exactly up to here.
  static let largestSeed = 1 << 53

  /// Reads seeds: `0..2`, `0,1,5`, or both.
  static func seeds(in text: String, named name: String) throws -> [UInt64] {
    let problem = UsageError(
      "\(name) is a list of whole numbers, as in 0..2 or 0,1,5, not \"\(text.replacing("\0", with: "\\0"))\"")
    let most: UInt64 = 10_000
    var seeds: [UInt64] = []
    /// A seed, or nil for what is none.
    func seed(_ typed: Substring) throws -> UInt64? {
      if let number = DecimalLiteral.integer(in: String(typed)), (0...largestSeed).contains(number) {
        return UInt64(number)
      }
      guard let first = typed.first, first.isASCII, first.isWholeNumber, Double(typed).map({ $0 >= 0x1p53 }) == true
      else { return nil }
      throw UsageError(
        "\(name): \(typed) is too large. Seeds are whole numbers from 0 to \(largestSeed), which is 2^53.")
    }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      if let seed = try seed(part) {
        seeds.append(seed)
        continue
      }
      let ends = try part.split(separator: ".", omittingEmptySubsequences: false).map(seed)
      guard ends.count == 3, part.contains(".."), let first = ends[0], let last = ends[2] else { throw problem }
      guard first <= last else { throw UsageError("\(problem.description): type \(last)..\(first)") }
      guard last - first < most, seeds.count + Int(last - first) < most else {
        throw UsageError("\(name) names more than \(most) seeds")
      }
      seeds += first...last
    }
    return seeds
  }

  /// Reads seeds, each of which is there once.
  static func distinctSeeds(in text: String, named name: String) throws -> [UInt64] {
    let seeds = try seeds(in: text, named: name)
    var known: Set<UInt64> = []
    if let twice = seeds.first(where: { !known.insert($0).inserted }) {
      throw UsageError("\(name): seed \(twice) is named twice")
    }
    return seeds
  }
}

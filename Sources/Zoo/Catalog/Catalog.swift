import MetaRL

/// The learners and families that a command line knows, by name.
public struct Catalog: Sendable {
  /// A kind of learner with the settings of one of its variants.
  public struct LearnerEntry: Sendable {
    /// The name.
    public let name: String
    /// The card.
    public let card: LearnerCard
    /// Whether it acts with the task's descriptor in view, as an oracle does.
    public let seesDescriptor: Bool
    package let type: any MetaLearner.Type
    let makeSettings: @Sendable () throws -> Settings
    /// Settings that are other than elsewhere on some families.
    public internal(set) var familyPresets: [FamilyPreset] = []
    /// Those of all learners that train and have the setting.
    var sharedPresets: [FamilyPreset] = []
    /// All of them; a learner's own stand above those of all.
    package var presets: [FamilyPreset] { familyPresets + sharedPresets }

    /// The settings before anything is laid over them.
    ///
    /// - Throws: `SettingError` if the learner's declaration of them is wrong.
    public func settings() throws -> Settings { try makeSettings() }

    /// Settings for a family: what is a default elsewhere may be another there.
    ///
    /// - Throws: `SettingError` if the catalog names a setting that there is not.
    package func fitted(_ settings: Settings, to family: any TaskFamily) throws -> Settings {
      var fitted = settings
      for preset in presets where preset.family == family.card.name {
        for (key, text) in preset.values where fitted.origin(of: key) ?? .default == .default {
          try fitted.set(key, to: text, origin: .preset, source: preset.source)
        }
      }
      return fitted
    }

    /// A family as this learner is shown it.
    func view(of family: any TaskFamily) -> any TaskFamily {
      func described<F: TaskFamily>(_ family: F) -> any TaskFamily { WithDescriptor(family) }
      return seesDescriptor ? described(family) : family
    }
  }

  /// Settings of a learner that are other than elsewhere on a family.
  public struct FamilyPreset: Sendable {
    /// The family's name.
    public let family: String
    /// Settings as they would be typed, by their names.
    public let values: [(key: String, value: String)]
    /// The source.
    public let source: String

    /// Those of some settings; nil if there are none.
    func selecting(_ keys: Set<String>) -> FamilyPreset? {
      let values = values.filter { keys.contains($0.key) }
      return values.isEmpty ? nil : FamilyPreset(family: family, values: values, source: source)
    }
  }

  /// Families that this program was built without.
  public struct AbsentFamilies: Sendable {
    /// The families; none of them can be played.
    public let families: [any TaskFamily]
    /// The requirement.
    public let need: String
    /// The commands that provide them, in order.
    public let commands: [String]

    /// Their names.
    public var names: [String] { families.map(\.card.name) }

    /// Says that one of them cannot be played.
    func refusal(of family: String) -> String {
      "the family \"\(family)\" needs \(need), which this program was built without. To get it: "
        + commands.joined(separator: "; then ")
    }
  }

  private var sharedPresets: [FamilyPreset] = []
  /// The learners, in the order they were added.
  public private(set) var learners: [LearnerEntry] = []
  /// The families, in the order they were added.
  public private(set) var families: [any TaskFamily] = []
  /// The sources of families that are made on demand, in the order they were added.
  public private(set) var familySources: [FamilySource] = []
  /// The families that this program was built without.
  public private(set) var absentFamilies: [AbsentFamilies] = []
  /// The default comparison.
  public var defaultComparison = Suite()
  /// The suites of `zoo compare suite`, from the least to the most work.
  public var standingSuites: [StandingSuite] = []
  /// The source of the program, if it belongs to another package; results state it with the zoo's commit.
  public var builtFrom: SourceRecord?

  /// An empty catalog.
  public init() {}

  /// Adds a learner; one of the same name is replaced.
  ///
  /// - Parameters:
  ///   - name: what the command line calls it.
  ///   - type: its type. Two entries may share it and differ in their settings.
  ///   - card: what it is.
  ///   - seesDescriptor: whether it acts with the task's descriptor in view, as an oracle does.
  ///   - configure: changes the defaults of its settings.
  public mutating func add<L: MetaLearner>(
    _ name: String, _ type: L.Type, card: LearnerCard, seesDescriptor: Bool = false,
    configure: @escaping @Sendable (inout L.Configuration) -> Void = { _ in }
  ) {
    var entry = LearnerEntry(
      name: name, card: card, seesDescriptor: seesDescriptor, type: type,
      makeSettings: { try Settings(L.Configuration.self, preset: configure) })
    let keys = Set(L.settingKeys)
    if card.data != .none { entry.sharedPresets = sharedPresets.compactMap { $0.selecting(keys) } }
    if let position = learners.firstIndex(where: { $0.name == name }) {
      learners[position] = entry
    } else {
      learners.append(entry)
    }
  }

  /// Says which settings of a learner are other on a family than elsewhere.
  ///
  /// - Parameters:
  ///   - type: the learner's type.
  ///   - learner: its name.
  ///   - family: the name of the family.
  ///   - source: where the settings come from.
  ///   - configure: sets them.
  /// - Precondition: a learner of that name and type was added before.
  public mutating func addPreset<L: MetaLearner>(
    of type: L.Type, _ learner: String, on family: String, source: String,
    _ configure: (inout L.Configuration) -> Void
  ) {
    guard let position = learners.firstIndex(where: { $0.name == learner && $0.type == type }) else {
      preconditionFailure("there is no learner \(learner) of type \(type) to have a preset on \(family)")
    }
    var configuration = L.Configuration()
    configure(&configuration)
    guard let values = try? JSONValue(encoding: configuration) else {
      preconditionFailure("the preset of \(learner) on \(family) cannot be encoded")
    }
    learners[position].familyPresets.append(
      FamilyPreset(
        family: family, values: configuration.chosenKeys.map { ($0, values[$0]?.typed ?? "") }, source: source))
  }

  /// Says which settings of all learners that train and have them, those too that are added later, are other on a family.
  ///
  /// - Parameters:
  ///   - family: the name of the family.
  ///   - source: where the settings come from.
  ///   - values: the settings as they would be typed, by their names.
  public mutating func addPreset(on family: String, source: String, _ values: KeyValuePairs<String, String>) {
    let preset = FamilyPreset(family: family, values: values.map { ($0.key, $0.value) }, source: source)
    sharedPresets.append(preset)
    for position in learners.indices where learners[position].card.data != .none {
      let keys = Set(learners[position].type.settingKeys)
      if let own = preset.selecting(keys) { learners[position].sharedPresets.append(own) }
    }
  }

  /// Adds a family under the name of its card; one of the same name is replaced.
  public mutating func add(_ family: some TaskFamily) {
    let name = family.card.name
    if let position = families.firstIndex(where: { $0.card.name == name }) {
      families[position] = family
    } else {
      families.append(family)
    }
  }

  /// Adds a source of families; one of the same prefix is replaced.
  public mutating func add(_ source: FamilySource) {
    if let position = familySources.firstIndex(where: { $0.prefix == source.prefix }) {
      familySources[position] = source
    } else {
      familySources.append(source)
    }
  }

  /// Names families that this program was built without, so that whoever asks for one learns how to get it.
  ///
  /// - Parameters:
  ///   - families: what they are: what a table says of them can be read without playing them.
  ///   - need: what they need.
  ///   - commands: what to type to get them, in order.
  public mutating func addAbsent(_ families: [any TaskFamily], need: String, commands: [String]) {
    absentFamilies.append(AbsentFamilies(families: families, need: need, commands: commands))
  }

  /// The learner of a name.
  ///
  /// - Throws: `UsageError` that names the nearest.
  public func learner(named name: String) throws -> LearnerEntry {
    guard let entry = learners.first(where: { $0.name == name }) else {
      throw UsageError(
        unknownName("learner", name, among: learners.map(\.name)) + " See: zoo list learners")
    }
    return entry
  }

  /// The family of a name, and among which it is that this program was built without, if it is.
  package func declaredFamily(named name: String) throws -> (family: any TaskFamily, absence: AbsentFamilies?) {
    try absentFamily(named: name) ?? (family(named: name), nil)
  }

  /// One that was left out and that nobody has added since.
  private func absentFamily(named name: String) -> (family: any TaskFamily, absence: AbsentFamilies?)? {
    func isMeant(_ family: any TaskFamily) -> Bool { family.card.name == name || family.card.versionedName == name }
    guard !families.contains(where: isMeant) else { return nil }
    for absence in absentFamilies {
      if let family = absence.families.first(where: isMeant) { return (family, absence) }
    }
    return nil
  }

  /// The family of a name, with or without its version; that of a source is made.
  ///
  /// - Throws: `UsageError` that names the nearest, or says why the source has no such family.
  public func family(named name: String) throws -> any TaskFamily {
    if let family = families.first(where: { $0.card.name == name || $0.card.versionedName == name }) {
      return family
    }
    guard let source = familySources.first(where: { name.hasPrefix($0.prefix) }) else {
      if let absence = absentFamily(named: name)?.absence { throw UsageError(absence.refusal(of: name)) }
      throw UsageError(unknownName("family", name, among: familyNames) + " See: zoo list families")
    }
    let family: any TaskFamily
    do {
      family = try source.find(String(name.prefix { $0 != "@" }))
    } catch {
      throw UsageError("\(error)")
    }
    guard !name.contains("@") || family.card.versionedName == name else {
      throw UsageError("\(name): there is \(family.card.versionedName)")
    }
    return family
  }

  /// The names of all families, and examples of those that sources make.
  var familyNames: [String] { families.map(\.card.name) + familySources.flatMap(\.examples) }
}

extension MetaLearner {
  fileprivate static var settingKeys: [String] { Configuration.settings.map(\.key) }
}

/// A source of families that cannot be listed: each is made on demand.
///
/// A name belongs to a source if it begins with the source's prefix. The same name has to mean the same family on every
/// machine, since runs are stored and resumed by name.
public struct FamilySource: Sendable {
  /// The prefix of its families' names; it ends with a colon.
  public let prefix: String
  /// The forms of names with their meanings, as `zoo list families` shows them.
  public let forms: [(form: String, meaning: String)]
  /// Names that there are, for messages.
  public let examples: [String]
  let find: @Sendable (_ name: String) throws -> any TaskFamily
  let close: @Sendable () -> Void

  /// Describes a source.
  ///
  /// - Parameters:
  ///   - prefix: what names begin with, up to a colon.
  ///   - forms: how names are written and what they stand for.
  ///   - examples: names that there are.
  ///   - close: gives up whatever is held for families; they are not used any more. The command line calls it at its end.
  ///   - find: makes the family of a name, or finds the one it has made before. What it throws is a message for the user.
  public init(
    prefix: String, forms: [(form: String, meaning: String)], examples: [String],
    close: @escaping @Sendable () -> Void = {},
    find: @escaping @Sendable (_ name: String) throws -> any TaskFamily
  ) {
    (self.prefix, self.forms, self.examples, self.close, self.find) = (prefix, forms, examples, close, find)
  }
}

import MetaRL

/// The directory of a comparison while it is carried out, by the only process that may.
struct ComparisonDirectory: ~Copyable {
  let path: String
  let manifest: Manifest
  private let lock: DirectoryLock

  /// Fills a new directory with all that is needed to carry out a comparison.
  init(creating path: String, of comparison: Comparison, suiteFile: String?) throws {
    let lock = try DirectoryLock(on: path)
    do {
      if let suiteFile { try Files.write(suiteFile, to: path + "/suite.json5") }
      try Files.write(Machine.json(of: comparison.program).indentedText, to: path + "/machine.json")
      try Files.write(Manifest.text(of: comparison.plans), to: path + "/" + PlannedRuns.manifest, isDurable: true)
      // The last, since it makes the directory that of a comparison.
      try Files.write(comparison.json.indentedText, to: path + "/" + Comparison.fileName, isDurable: true)
    } catch {
      // Emptied again, so that the same line can be typed again.
      for name in ["suite.json5", "machine.json", PlannedRuns.manifest, Comparison.fileName] {
        Files.remove(path.inside(name))
      }
      throw error
    }
    try self.init(path, comparison, lock)
  }

  /// Opens the directory of a comparison that was begun.
  ///
  /// - Throws: `UsageError` if another process works on it, or `FileError`.
  init(opening path: String, of comparison: Comparison) throws {
    try self.init(path, comparison, DirectoryLock(on: path))
  }

  private init(_ path: String, _ comparison: Comparison, _ lock: consuming DirectoryLock) throws {
    Files.removeLeftovers(in: path)
    let manifest = try Manifest(in: path, of: comparison.plans)
    (self.path, self.manifest) = (path, manifest)
    self.lock = lock
  }
}

extension Comparison {
  /// The name of the file that holds what `json` says.
  static let fileName = "suite.json"

  /// Everything that was asked for, resolved, with origins.
  var json: JSONValue {
    var families: [any TaskFamily] = []
    for plan in plans where !families.contains(where: { $0.card.name == plan.family.card.name }) {
      families.append(plan.family)
    }
    let learners = suite.learners.compactMap { name in plans.first { $0.learner.name == name } }
    return [
      "schema": 1, "version": .string(zooVersion),
      "learners": .array(
        learners.map { plan in
          // Where settings are other than on the first family, they stand by themselves.
          let others = families.compactMap { family -> JSONValue.Member? in
            let name = family.card.name
            let there = plans.first { $0.learner.name == plan.learner.name && $0.family.card.name == name }
            guard let there, there.settings.json != plan.settings.json else { return nil }
            return .init(key: family.card.versionedName, value: there.settings.json)
          }
          let own: JSONValue = ["name": .string(plan.learner.name), "settings": plan.settings.json]
          return own.appending("settingsOn", others.isEmpty ? nil : .object(others))
        }),
      "families": .array(
        families.map {
          [
            "name": .string($0.card.versionedName), "trajectoryHash": .string($0.card.trajectoryHash),
            "evaluation": suite.evaluation(on: $0).json,
          ]
        }),
      "seeds": .array(suite.seeds.map { .integer(Int(clamping: $0)) }), "steps": .integer(suite.steps),
      "omissions": .array(omissions.map(\.json)),
    ]
  }

  init(storedIn directory: String, catalog: Catalog) throws {
    let path = directory + "/" + Self.fileName
    let json = try JSONValue(readingFile: path)
    func wrong(_ key: String, _ problem: String = "is missing or invalid") -> UsageError {
      UsageError("\"\(path)\": \(key) \(problem)")
    }
    guard json["schema"] == 1 else { throw wrong("schema", "is not 1: another version of the zoo wrote it") }
    guard let seeds = json["seeds"]?.arrayValue?.map({ $0.integerValue.flatMap(UInt64.init(exactly:)) }),
      !seeds.isEmpty, !seeds.contains(nil)
    else { throw wrong("seeds") }
    guard let steps = json["steps"]?.integerValue, RunRecord.stepsRange.contains(steps) else {
      throw wrong("steps")
    }
    guard let learners = json["learners"]?.arrayValue else { throw wrong("learners") }
    guard let families = json["families"]?.arrayValue else { throw wrong("families") }
    let players = try naming(path) { try learners.map { try Self.learner($0, catalog) } }
    let places = try naming(path) { try families.map { try Self.family($0, catalog) } }
    let omissions = Omission.list(in: json)
    var plans: [RunPlan] = []
    for seed in seeds.compactMap({ $0 }) {
      for (family, evaluation) in places {
        for (entry, settings, others) in players
        where !omissions.contains(where: { $0.learner == entry.name && $0.family == family.card.name }) {
          plans.append(
            RunPlan(
              learner: entry, settings: others[family.card.versionedName] ?? settings, family: family, seed: seed,
              steps: steps, evaluation: evaluation))
        }
      }
    }
    let suite = Suite(
      learners: players.map(\.0.name), families: places.map(\.0.card.name), seeds: seeds.compactMap { $0 },
      steps: steps)
    guard !plans.isEmpty, Set(plans.map(\.path)).count == plans.count else {
      throw wrong("learners, families and seeds", "do not name different runs")
    }
    self.init(suite, plans: plans, omissions: omissions)
    program = catalog.builtFrom
  }

  private static func learner(
    _ json: JSONValue, _ catalog: Catalog
  ) throws -> (Catalog.LearnerEntry, Settings, on: [String: Settings]) {
    guard let name = json["name"]?.stringValue else { throw UsageError("a learner has no name") }
    let entry = try catalog.learner(named: name)
    func restored(_ json: JSONValue) throws -> Settings {
      var settings = try entry.settings()
      do {
        try settings.restore(from: (json.arrayValue ?? []).compactMap { StoredSetting($0) })
      } catch {
        throw UsageError("the settings of \(name) do not fit: \(error)")
      }
      return settings
    }
    let others = try (json["settingsOn"]?.members ?? []).map { ($0.key, try restored($0.value)) }
    return (entry, try restored(json["settings"] ?? .null), Dictionary(others) { first, _ in first })
  }

  private static func family(
    _ json: JSONValue, _ catalog: Catalog
  ) throws -> (any TaskFamily, EvaluationProtocol) {
    guard let name = json["name"]?.stringValue else { throw UsageError("a family has no name") }
    let family = try catalog.family(namedWithVersion: name, hash: json["trajectoryHash"]?.stringValue)
    guard let evaluation = try? json["evaluation"]?.decoded(as: EvaluationProtocol.self), evaluation.isSound,
      evaluation.taskCount <= family.taskCount(in: evaluation.split) ?? .max
    else { throw UsageError("the evaluation on \(name) cannot be carried out") }
    return (family, evaluation)
  }
}

extension Catalog {
  /// The family of a name with its version, as files have it.
  ///
  /// - Throws: `UsageError` if it behaves otherwise than the one that the file tells of.
  func family(namedWithVersion name: String, hash: String?) throws -> any TaskFamily {
    let family = try family(named: name.split(separator: "@").first.map(String.init) ?? name)
    guard family.card.versionedName == name, hash == nil || family.card.trajectoryHash == hash else {
      let mine = family.card
      throw UsageError(
        "the run was on \(name) (trajectory \(hash ?? "not known")), and this program has \(mine.versionedName) "
          + "(trajectory \(mine.trajectoryHash)): results are not comparable")
    }
    return family
  }
}

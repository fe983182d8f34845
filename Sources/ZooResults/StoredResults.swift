import MetaRL

/// The results that directories hold, read from their files alone.
package struct StoredResults: Sendable {
  package struct FinishedRun: Sendable {
    package var record: RunRecord
    package var curve: RunCurve
    /// The untrained learner's curve; nil if the learner was not trained, or not evaluated before training.
    package var untrained: RunCurve?
  }

  /// A run that was planned and has no result.
  package struct Hole: Sendable {
    package var directory: String
    package var learner: String
    /// The family's name with its version.
    package var family: String
    package var seed: Int
    package var state: RunState
    /// The record of the run, if it has started.
    package var record: RunRecord?

    /// "maml on point-navigation@1, seed 0: not begun".
    package var inWords: String { "\(learner) on \(family), seed \(seed): \(state.inWords)" }
  }

  package let directories: [String]
  /// The runs that have a result, in the order they were planned.
  package private(set) var finished: [FinishedRun] = []
  /// The runs that have none, likewise.
  package private(set) var holes: [Hole] = []
  package let omissions: [Omission]
  /// The names of the learners, in the order they were planned.
  package let learners: [String]
  /// The names of the families with their versions, likewise.
  package let families: [String]

  /// Reads directories, each that of a comparison or of one run.
  package init(reading directories: [String], workers: Workers = Workers(1)) throws {
    guard !directories.isEmpty else { throw UsageError("name at least one directory of results") }
    self.directories = directories
    let entries = try directories.flatMap { try PlannedRuns(in: $0).entries }
    let read = try workers.map(entries.indices) { try Self.run(entries[$0]) }
    let records = read.compactMap { $0.finished?.record ?? $0.hole?.record }
    try Self.refuseMixing(records)
    try Self.refuseRepeats(read)
    finished = read.compactMap(\.finished)
    holes = read.compactMap(\.hole)
    let names = read.map { ($0.learner, $0.family) }
    learners = Self.unique(names.map(\.0))
    families = Self.unique(names.map(\.1))
    omissions = Self.unique(try directories.flatMap(Self.omissions))
  }

  /// Either a run with its result or a hole.
  private enum Read: Sendable {
    case finished(FinishedRun)
    case hole(Hole)

    var finished: FinishedRun? { if case .finished(let run) = self { run } else { nil } }
    var hole: Hole? { if case .hole(let hole) = self { hole } else { nil } }
    var learner: String { finished?.record.learner.name ?? hole?.learner ?? "" }
    var family: String { finished?.record.family.versionedName ?? hole?.family ?? "" }
    var seed: Int { finished.map { Int(clamping: $0.record.seed) } ?? hole?.seed ?? 0 }
    var directory: String { finished?.record.directory ?? hole?.directory ?? "" }
  }

  private static func run(_ entry: PlannedRuns.Entry) throws -> Read {
    let config = entry.directory + "/config.json"
    guard Files.exists(config) else {
      // The manifest may say that the run is done; missing files have to be reported.
      let state = entry.state == .done ? .failed("its directory is gone") : entry.state
      return .hole(
        Hole(
          directory: entry.directory, learner: entry.learner ?? "", family: entry.family ?? "",
          seed: entry.seed ?? 0, state: state))
    }
    let record = try RunRecord(at: entry.directory, lastKnown: entry.state)
    let seed = Int(clamping: record.seed)
    guard entry.learner ?? record.learner.name == record.learner.name,
      entry.family ?? record.family.versionedName == record.family.versionedName, entry.seed ?? seed == seed
    else { throw UsageError("\"\(config)\" is of \(record.title), and the manifest has another run there") }
    guard record.state == .done else {
      return .hole(
        Hole(
          directory: record.directory, learner: record.learner.name, family: record.family.versionedName,
          seed: seed, state: record.state, record: record))
    }
    let untrained = record.cost.environmentSteps > 0 ? try record.untrainedCurve() : nil
    return .finished(
      FinishedRun(record: record, curve: RunCurve(try record.curve()), untrained: untrained.map { RunCurve($0) }))
  }

  private static func refuseRepeats(_ runs: [Read]) throws {
    struct Identity: Hashable {
      var learner: String
      var family: String
      var seed: Int
    }
    var places: [Identity: String] = [:]
    for run in runs {
      let identity = Identity(learner: run.learner, family: run.family, seed: run.seed)
      if let other = places.updateValue(run.directory, forKey: identity) {
        guard other != run.directory else { throw UsageError("\"\(other)\" is named twice: leave one out") }
        throw UsageError(
          "\"\(other)\" and \"\(run.directory)\" are both \(run.learner) on \(run.family), seed \(run.seed): "
            + "leave one of them out")
      }
    }
  }

  private static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }

  private static func omissions(of directory: String) throws -> [Omission] {
    let path = directory + "/suite.json"
    guard Files.exists(path) else { return [] }
    return Omission.list(in: try StoredObject(at: path).json)
  }
}

extension StoredResults {
  /// Refuses results that cannot be compared, and names two directories that differ.
  private static func refuseMixing(_ records: [RunRecord]) throws {
    var families: [String: RunRecord] = [:]
    var learners: [String: RunRecord] = [:]
    for record in records {
      func refuse(_ other: RunRecord, _ what: String) -> UsageError {
        UsageError(
          "\"\(other.directory)\" and \"\(record.directory)\" are not comparable: \(what)")
      }
      let name = record.family.card.name
      if let other = families[name] {
        if let what = record.differenceOfFamily(from: other) { throw refuse(other, what) }
      } else {
        families[name] = record
      }
      let learner = record.learner.name + " on " + name
      if let other = learners[learner] {
        if let what = record.differenceOfSettings(from: other) { throw refuse(other, what) }
      } else {
        learners[learner] = record
      }
    }
  }
}

extension RunRecord {
  /// The reason that the returns of two runs on one family are not comparable; nil if they are.
  fileprivate func differenceOfFamily(from other: RunRecord) -> String? {
    let (mine, theirs) = (family.card, other.family.card)
    if mine.version != theirs.version { return "they are on \(theirs.versionedName) and \(mine.versionedName)" }
    if mine.trajectoryHash != theirs.trajectoryHash {
      return "\(mine.versionedName) behaved differently, with trajectory hashes \(theirs.trajectoryHash) and "
        + mine.trajectoryHash
    }
    if evaluation != other.evaluation {
      return "they were evaluated by the protocols \(other.evaluation.identifier) and \(evaluation.identifier)"
    }
    func isSame(_ first: FamilyCard.Anchor, _ second: FamilyCard.Anchor) -> Bool {
      first.value == second.value || (first.value.isNaN && second.value.isNaN)
    }
    guard isSame(mine.random, theirs.random), isSame(mine.oracle, theirs.oracle) else {
      return "\(mine.versionedName) has other anchors in the one than in the other"
    }
    // Earlier versions of the zoo did not store them.
    if let ours = mine.bayesOptimal, let others = theirs.bayesOptimal, ours.returns != others.returns {
      return "\(mine.versionedName) has other Bayes-optimal returns in the one than in the other"
    }
    return nil
  }

  /// The difference between two runs with the same learner's name; nil if there is none.
  fileprivate func differenceOfSettings(from other: RunRecord) -> String? {
    if steps != other.steps {
      return "\(learner.name) was to be trained for \(other.steps) and for \(steps) environment steps"
    }
    guard settings.map(\.key) == other.settings.map(\.key) else { return "\(learner.name) had other settings" }
    for (mine, theirs) in zip(settings, other.settings) where mine.value != theirs.value {
      return "\(learner.name) had \(mine.key) \(theirs.value.text) and \(mine.value.text)"
    }
    return nil
  }
}

/// A learner that could not play a family.
package struct Omission: Sendable, Hashable {
  package var learner: String
  package var family: String
  package var reason: String

  package init(learner: String, family: String, reason: String) {
    (self.learner, self.family, self.reason) = (learner, family, reason)
  }

  /// Those that the file of a comparison names.
  package static func list(in comparison: JSONValue) -> [Omission] {
    (comparison["omissions"]?.arrayValue ?? []).compactMap { json in
      guard let learner = json["learner"]?.stringValue, let family = json["family"]?.stringValue else { return nil }
      return Omission(learner: learner, family: family, reason: json["reason"]?.stringValue ?? "")
    }
  }

  package var json: JSONValue {
    ["learner": .string(learner), "family": .string(family), "reason": .string(reason)]
  }

  /// "maml on a-family: why".
  package var inWords: String { "\(learner) on \(family): \(reason)" }
}

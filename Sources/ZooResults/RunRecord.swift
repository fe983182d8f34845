import MetaRL

/// A run as the files in its directory describe it; no catalog is needed to read them.
package struct RunRecord: Sendable {
  package let directory: String
  package let learner: StoredLearner
  package let family: StoredFamily
  package let seed: UInt64
  /// The environment steps after which training was to end.
  package let steps: Int
  package var evaluation: EvaluationProtocol
  /// The settings of the learner, in its own order.
  package let settings: [StoredSetting]
  /// The version of the zoo that it was begun with.
  package let version: String
  package private(set) var state: RunState
  package private(set) var cost: RunCost

  /// The environment steps that a run can be asked to take.
  package static let stepsRange = 0...1_000_000_000_000

  /// "maml on point-navigation@1, seed 0".
  package var title: String { "\(learner.name) on \(family.versionedName), seed \(seed)" }
}

/// A learner as files describe it.
package struct StoredLearner: Sendable {
  package var name: String
  package var card: LearnerCard
  /// Whether it acts with the task's descriptor in view, as an oracle does.
  package var seesDescriptor = false

  /// The name; a control's is marked.
  package var titleInTable: String { card.role == .control ? "\(name) (control)" : name }

  /// The name of the row of the same learner before its training.
  package var titleOfUntrained: String { "\(name), untrained" }
}

/// A family as files describe it.
package struct StoredFamily: Sendable {
  /// The card, with its anchors; unknown ones are not numbers.
  package var card: FamilyCard
  package var observationSize: Int
  /// "2 numbers" or "5 choices".
  package var actions: String
  /// The steps after which an episode is cut off.
  package var horizon: Int
  /// The reward channel that returns are summed from.
  package var reportedReward: String
  /// All that the files say, as they say it.
  package var json: JSONValue

  package var versionedName: String { card.versionedName }
}

extension RunRecord {
  /// Reads the directory of a run, all but its rows.
  ///
  /// - Parameters:
  ///   - directory: where its files are.
  ///   - lastKnown: how it stands as far as is known from elsewhere, if its own directory does not say.
  /// - Throws: `UsageError` that names the file and the key.
  package init(at directory: String, lastKnown: RunState = .running) throws {
    try self.init(configIn: directory)
    state = try RunState(saidIn: directory) ?? lastKnown
    cost = try RunCost(ofRunAt: directory)
  }

  /// Reads what a run was to do: its `config.json` alone.
  package init(configIn directory: String) throws {
    let config = try StoredObject(at: directory + "/" + RunFile.config)
    guard config.json["schema"] == 2 else {
      throw config.problem("schema", "2: the files are those of another version of the zoo")
    }
    self.directory = directory
    learner = StoredLearner(
      name: try config.name("learner"), card: try LearnerCard(config.object("learnerCard")),
      seesDescriptor: config.json["seesDescriptor"] == true)
    family = try StoredFamily(config.object("familyCard"))
    guard try config.text("family") == family.versionedName else {
      throw config.problem("family", "\"\(family.versionedName)\", as familyCard has it")
    }
    guard try config.text("trajectoryHash") == family.card.trajectoryHash else {
      throw config.problem("trajectoryHash", "that of familyCard")
    }
    // Files hold seeds as numbers, which most readers of JSON keep exactly up to here.
    seed = UInt64(try config.integer("seed", in: 0...(1 << 53)))
    steps = try config.integer("steps", in: Self.stepsRange)
    evaluation = try EvaluationProtocol(config.object("evaluation"))
    settings = try Self.settings(of: config)
    version = try config.text("version")
    (state, cost) = (.running, RunCost())
  }

  private static func settings(of config: StoredObject) throws -> [StoredSetting] {
    guard let values = config.json["settings"]?.arrayValue else { throw config.problem("settings", "a list") }
    return try values.map { value in
      guard let setting = StoredSetting(value) else {
        throw config.problem("settings", "a list of keys, values and origins")
      }
      return setting
    }
  }
}

extension StoredFamily {
  package init(_ stored: StoredObject) throws {
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
      oracle: try anchor("oracle"),
      bayesOptimal: try stored.optional("bayesOptimal") { try FamilyCard.BayesOptimum(stored.object($0)) },
      trajectoryHash: try stored.text("trajectoryHash"))
    observationSize = try stored.integer("observationSize", in: 0...most)
    actions = try stored.text("actions")
    horizon = try stored.integer("horizon", in: 1...most)
    reportedReward = try stored.text("reportedReward")
    json = stored.json
  }
}

extension FamilyCard.BayesOptimum {
  fileprivate init(_ stored: StoredObject) throws {
    let returns = stored.json["returns"]?.arrayValue?.map(\.numberValue) ?? []
    guard !returns.isEmpty, !returns.contains(nil) else { throw stored.problem("returns", "a list of numbers") }
    self.init(returns.compactMap(\.self), computation: try stored.text("computation"))
  }

  package var json: JSONValue {
    ["returns": .array(returns.map { .number($0) }), "computation": .string(computation)]
  }
}

/// A setting of a learner as files have it.
package struct StoredSetting: Sendable, Hashable {
  package var key: String
  package var value: JSONValue
  /// The origin of the value: default, preset, paper, file or flag.
  package var origin: String
  /// The place in the paper, if it comes from one.
  package var source: String?

  package init(key: String, value: JSONValue, origin: String, source: String?) {
    (self.key, self.value, self.origin, self.source) = (key, value, origin, source)
  }

  /// Reads what `json` has written; nil if it is not that.
  package init?(_ json: JSONValue) {
    guard let key = json["key"]?.stringValue, let value = json["value"], let origin = json["origin"]?.stringValue
    else { return nil }
    self.init(key: key, value: value, origin: origin, source: json["source"]?.stringValue)
  }

  package var json: JSONValue {
    (["key": .string(key), "value": value, "origin": .string(origin)] as JSONValue)
      .appending("source", source.map { .string($0) })
  }
}

/// The version of the zoo.
public let zooVersion = "0.1.0"

/// The names of the files in a run's directory.
package enum RunFile {
  /// Everything that the run depends on.
  package static let config = "config.json"
  package static let status = "status.json"
  package static let log = "log.txt"
  package static let training = "train.jsonl"
  /// One row an episode of evaluation.
  package static let episodes = "episodes.jsonl"
  /// The same of the learner before its training, where it was trained.
  package static let untrained = "untrained.jsonl"
  /// The returns by task, in place of the episodes, where a table of a paper needs no more.
  package static let returns = "returns.json"
  package static let cost = "budget.json"
}

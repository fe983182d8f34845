import MetaRL

/// A run as the files in its directory describe it; no catalog is needed to read them.
struct RunRecord: Sendable {
  /// One setting of the learner.
  struct Setting: Sendable, Hashable {
    /// Its name.
    var key: String
    var value: JSONValue
    /// The origin of the value: default, preset, paper, file or flag.
    var origin: String
    /// The place in the paper, if it comes from one.
    var source: String?
  }

  /// The directory of its files.
  let directory: String
  let learner: StoredLearner
  let family: StoredFamily
  let seed: UInt64
  /// The environment steps after which training was to end.
  let steps: Int
  var evaluation: EvaluationProtocol
  /// The settings of the learner, in its own order.
  let settings: [Setting]
  /// The version of the zoo that it was begun with.
  let version: String
  /// The state.
  let status: RunStatus
  /// The cost so far.
  let cost: RunCost

  /// "maml on point-navigation@1, seed 0".
  var title: String { "\(learner.name) on \(family.versionedName), seed \(seed)" }
}

/// A learner as files describe it.
struct StoredLearner: Sendable {
  var name: String
  var card: LearnerCard
  /// Whether it acts with the task's descriptor in view, as an oracle does.
  var seesDescriptor = false
}

/// A family as files describe it.
struct StoredFamily: Sendable {
  /// The card, with its anchors; unknown ones are not numbers.
  var card: FamilyCard
  /// The numbers in an observation.
  var observationSize: Int
  /// "2 numbers" or "5 choices".
  var actions: String
  /// The steps after which an episode is cut off.
  var horizon: Int
  /// The reward channel that returns are summed from.
  var reportedReward: String
  /// All that the files say, as they say it.
  var json: JSONValue

  /// The name with the version.
  var versionedName: String { card.versionedName }
}

extension RunRecord {
  /// Reads the directory of a run, all but its rows.
  ///
  /// - Parameters:
  ///   - directory: where its files are.
  ///   - lastKnown: how it stands as far as is known from elsewhere, if its own directory does not say.
  /// - Throws: `UsageProblem` that names the file and the key.
  init(at directory: String, lastKnown: RunStatus = .running) throws {
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
    steps = try config.integer("steps", in: Suite.stepsRange)
    evaluation = try EvaluationProtocol(config.object("evaluation"))
    settings = try Self.settings(of: config)
    version = try config.text("version")
    status = try RunStatus(ofRunAt: directory) ?? lastKnown
    cost = try RunCost(ofRunAt: directory)
  }

  private static func settings(of config: StoredObject) throws -> [Setting] {
    guard let values = config.json["settings"]?.arrayValue else { throw config.problem("settings", "a list") }
    return try values.map { value in
      guard let key = value["key"]?.stringValue, let setting = value["value"],
        let origin = value["origin"]?.stringValue
      else { throw config.problem("settings", "a list of keys, values and origins") }
      return Setting(key: key, value: setting, origin: origin, source: value["source"]?.stringValue)
    }
  }
}

extension RunCost {
  /// Reads what a run has cost so far: nothing, if it has not said so yet.
  ///
  /// - Throws: `UsageProblem` that names the file and the key.
  init(ofRunAt directory: String) throws {
    self.init()
    let path = directory + "/" + RunFile.cost
    guard Files.exists(path) else { return }
    try self.init(StoredObject(at: path))
  }

  /// Reads what `json` has written.
  ///
  /// - Throws: `UsageProblem` that names the file and the key.
  init(_ file: StoredObject) throws {
    environmentSteps = try file.integer("environmentSteps", in: 0...(1 << 53))
    evaluationSteps = try file.integer("evaluationSteps", in: 0...(1 << 53))
    untrainedSteps = try file.optional("untrainedSteps") { try file.integer($0, in: 0...(1 << 53)) } ?? 0
    iterations = try file.integer("iterations", in: 0...(1 << 53))
    updates = try file.optional("updates") { try file.integer($0, in: 0...(1 << 53)) }
    wallSeconds = try file.number("wallSeconds", in: 0...1e12)
    processorSeconds = try file.number("processorSeconds", in: 0...1e12)
    peakMemoryBytes = try file.integer("peakMemoryBytes", in: 0...(1 << 53))
  }
}

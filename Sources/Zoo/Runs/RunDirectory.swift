import MetaRL

/// The directory of a run while it is carried out, by the only process that writes in it.
///
/// Whatever happens to that process, the directory can be gone on from: files are replaced at once or, like
/// `train.jsonl`, cut back to what the last checkpoint knows of.
struct RunDirectory: ~Copyable {
  private let path: String
  private let plan: RunPlan
  private let training: OpenFile
  private let log: OpenFile
  private let lock: DirectoryLock

  /// Makes the directory of a run, or opens that of one that was cut off or failed.
  ///
  /// - Throws: `UsageError` if another process writes in it or it belongs to another run, or `FileError`.
  init(at path: String, of plan: RunPlan) throws {
    try Files.makeDirectory(path)
    let lock = try DirectoryLock(on: path)
    Files.removeLeftovers(in: path)
    let config = path + "/" + RunFile.config
    if Files.exists(config) {
      let stored: JSONValue
      do {
        stored = try JSONValue(readingFile: config)
      } catch let problem as UsageError {
        throw UsageError("\(problem.description). Remove it: it is written again.")
      }
      try plan.refuseOtherRun(stored: stored, in: config)
      // A run with a smaller budget continues to the larger one.
      if stored["steps"] != plan.json["steps"] {
        try Files.write(plan.json.indentedText, to: config, isDurable: true)
      }
    } else {
      try Files.write(plan.json.indentedText, to: config, isDurable: true)
    }
    try Files.write(RunState.running.json.indentedText, to: path + "/" + RunFile.status)
    let training = try OpenFile(appendingTo: path + "/" + RunFile.training)
    let log = try OpenFile(appendingTo: path + "/" + RunFile.log)
    (self.path, self.plan) = (path, plan)
    self.training = training
    self.log = log
    self.lock = lock
  }

  /// The last checkpoint, with `train.jsonl` truncated to it; nil if there is none yet.
  ///
  /// - Throws: `UsageError` if it cannot be gone on from.
  func lastCheckpoint<L: MetaLearner>(of type: L.Type) throws -> Checkpoint<L>? {
    let file = path + "/" + CheckpointFile.name
    guard Files.exists(file) else {
      try training.truncate(to: 0)
      return nil
    }
    let checkpoint: Checkpoint<L>
    do {
      checkpoint = try plan.checkpoint(of: type, in: file)
    } catch let problem as UsageError {
      throw UsageError("\(problem.description). Remove it to restart the run.")
    }
    guard (0...training.byteCount).contains(checkpoint.trainingBytes) else {
      throw UsageError(
        "\"\(path)/\(RunFile.training)\" has \(training.byteCount) bytes, and the checkpoint expects "
          + "\(checkpoint.trainingBytes). Remove both to restart the run.")
    }
    try training.truncate(to: checkpoint.trainingBytes)
    return checkpoint
  }

  /// The cost of the run so far; zero if it cannot be read.
  var cost: RunCost { (try? RunCost(ofRunAt: path)) ?? RunCost() }

  /// The environment steps of the evaluation of the untrained learner; nil if it is not there as a whole.
  var untrainedSteps: Int? { (try? RunRecord(at: path).untrainedCurve())?.environmentSteps }

  func append(_ record: TrainingRecord) throws { try training.appendLine(plan.row(record).text) }

  func save<L>(_ run: Run<L>, cost: RunCost) throws {
    // The rows have to be there before the checkpoint says so, also after the machine has gone down.
    try training.synchronize()
    let checkpoint = Checkpoint(run: run, trainingBytes: training.byteCount)
    try Files.write(
      try CheckpointFile.data(of: checkpoint, config: plan.json), to: path + "/" + CheckpointFile.name,
      isDurable: true)
    try Files.write(cost.json.indentedText, to: path + "/" + RunFile.cost)
  }

  func write(_ result: RunResultFile, cost: RunCost) throws {
    try Files.write(result.text, to: path + "/" + result.name, isDurable: true)
    try Files.write(cost.json.indentedText, to: path + "/" + RunFile.cost)
  }

  func end(_ state: RunState) throws {
    try Files.write(state.json.indentedText, to: path + "/" + RunFile.status, isDurable: true)
    note(state.inWords)
  }

  func note(_ text: String) {
    // The results do not depend on it.
    try? log.appendLine("\(Surroundings.time) \(text)")
  }
}

extension RunPlan {
  /// Everything that the run depends on, with origins, and what its report needs to know of learner and family.
  var json: JSONValue {
    let members: JSONValue = [
      "schema": 2, "learner": .string(learner.name), "learnerCard": learner.card.json,
      "family": .string(family.card.versionedName), "familyCard": family.cardJSON,
      "trajectoryHash": .string(family.card.trajectoryHash), "seed": .integer(Int(clamping: seed)),
      "steps": .integer(steps), "evaluation": evaluation.json, "settings": settings.json,
      "version": .string(zooVersion),
    ]
    return members.appending("seesDescriptor", learner.seesDescriptor ? .boolean(true) : nil)
      .appending("software", family.softwareJSON)
  }

  /// Throws if another run has written the directory.
  ///
  /// Learners do not know of the budget, so a run with a smaller one is this run as far as it went.
  func refuseOtherRun(stored: JSONValue, in file: String) throws {
    for key in ["schema", "learner", "family", "trajectoryHash", "seed", "steps", "evaluation"] {
      if key == "steps", let before = stored[key]?.integerValue, (0...steps).contains(before) { continue }
      guard stored[key] == json[key] else {
        throw UsageError(
          "\"\(file)\" is of another run: its \(key) is \(stored[key]?.text ?? "missing"), not \(json[key]?.text ?? "")"
        )
      }
    }
    let values = (stored["settings"]?.arrayValue ?? []).map { ($0["key"]?.stringValue ?? "", $0["value"]) }
    guard values.map(\.0) == settings.keys else {
      throw UsageError("\"\(file)\" is of another run: the learner had other settings")
    }
    for (entry, stored) in zip(settings.entries, values) where entry.value != stored.1 {
      throw UsageError(
        "\"\(file)\" is of another run: \(stored.0) is \(stored.1?.text ?? "missing"), not \(entry.value.text)")
    }
  }
}

extension TaskFamily {
  /// Other software that results depend on; nil if none.
  var softwareJSON: JSONValue? {
    guard !card.software.isEmpty else { return nil }
    return .object(card.software.map { .init(key: $0.name, value: .string($0.version)) })
  }
}

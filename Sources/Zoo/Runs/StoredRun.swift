import MetaRL

extension RunPlan {
  init(storedIn directory: String, catalog: Catalog) throws {
    let record = try RunRecord(configIn: directory)
    let path = directory + "/" + RunFile.config
    let (name, card) = (record.learner.name, record.family.card)
    let entry = try naming(path) { try catalog.learner(named: name) }
    let found = try naming(path) {
      try catalog.family(namedWithVersion: card.versionedName, hash: card.trajectoryHash)
    }
    let available = found.taskCount(in: record.evaluation.split) ?? .max
    guard record.evaluation.taskCount <= available else {
      throw UsageError("\"\(path)\": evaluation.taskCount is more than the \(available) tasks that there are")
    }
    var settings = try entry.settings()
    do {
      try settings.restore(from: record.settings)
    } catch {
      throw UsageError("\"\(path)\": settings do not fit \(name): \(error)")
    }
    self.init(
      learner: entry, settings: settings, family: found, seed: record.seed, steps: record.steps,
      evaluation: record.evaluation)
  }
}

/// Does something with what a file says, and names the file if that is wrong.
func naming<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch {
    throw UsageError("\"\(file)\": \(error)")
  }
}

/// A run read back from its directory.
struct StoredRun {
  let directory: String
  var plan: RunPlan

  init(at directory: String, catalog: Catalog) throws {
    guard Files.exists(directory + "/" + RunFile.config) else { throw Self.missing(from: directory) }
    self.directory = directory
    plan = try RunPlan(storedIn: directory, catalog: catalog)
  }

  /// The error for a directory that is not a run's; a comparison's directory holds runs.
  private static func missing(from directory: String) -> UsageError {
    var place = directory.inside("runs")
    // Below are the learner, the family and the seed.
    for _ in 0..<3 {
      let inside = (try? Files.names(in: place)) ?? []
      if let name = inside.min() { place += "/" + name }
    }
    guard Files.exists(place + "/" + RunFile.config) else {
      return UsageError(
        "\"\(directory)\" is not the directory of a run: \(PlannedRuns.absence(of: RunFile.config, in: directory))")
    }
    return UsageError("\"\(directory)\" holds a whole comparison. Name a run in it, as in \(place)")
  }

  /// The run as its last checkpoint has it.
  func run<L: MetaLearner>(of type: L.Type) throws -> Run<L> {
    let path = directory + "/" + CheckpointFile.name
    guard Files.exists(path) else {
      let isDone = RunState(ofRunAt: directory) == .done
      throw UsageError(
        "\"\(directory)\" has no \(CheckpointFile.name)"
          + (isDone
            ? " any more. Train again to get one." : " yet. Continue it: zoo resume \(directory.shellWord)"))
    }
    return try plan.checkpoint(of: type, in: path).run
  }

  /// Evaluates the stored learner.
  ///
  /// - Throws: `UsageError` if the checkpoint cannot be read, `InterruptedError`, or what evaluation throws.
  func curve(
    _ evaluation: EvaluationProtocol, workers: Workers, isInterrupted: @Sendable () -> Bool
  ) throws -> AdaptationCurve {
    func open<L: MetaLearner>(_ type: L.Type) throws -> AdaptationCurve {
      let run = try run(of: type)
      var plan = plan
      plan.evaluation = evaluation
      return try plan.evaluated(run.learner, on: plan.learner.view(of: plan.family), workers: workers) { _ in
        guard !isInterrupted() else { throw InterruptedError() }
      }
    }
    return try open(plan.learner.type)
  }
}

extension StoredRun {
  /// Lends the stored learner, and its family as the learner is shown it.
  ///
  /// - Throws: `UsageError` if the checkpoint cannot be read, or what `body` throws.
  func withLearner<Result>(_ body: (any MetaLearner, any TaskFamily) throws -> Result) throws -> Result {
    func open<L: MetaLearner>(_ type: L.Type) throws -> Result {
      try body(run(of: type).learner, plan.learner.view(of: plan.family))
    }
    return try open(plan.learner.type)
  }

  /// Refuses a task that the family does not have.
  func checkTask(_ index: Int, in split: TaskID.Split) throws {
    let largest = (plan.family.taskCount(in: split) ?? 100_000) - 1
    guard (0...max(0, largest)).contains(index) else {
      throw UsageError(
        "\(plan.family.card.name) has \(split.rawValue) tasks 0 to \(largest); there is no task \(index)")
    }
  }
}

import MetaRL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension RunPlan {
  /// Reads what a run in a directory was to do.
  ///
  /// - Throws: `UsageError` that names the file and the key.
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

  /// Reads a run's directory.
  ///
  /// - Throws: `UsageError` that names the file.
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
      let inside = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      if let name = inside.min() { place += "/" + name }
    }
    guard Files.exists(place + "/" + RunFile.config) else {
      return UsageError(
        "\"\(directory)\" is not the directory of a run: \(PlannedRuns.absence(of: RunFile.config, in: directory))")
    }
    return UsageError("\"\(directory)\" holds a whole comparison. Name a run in it, as in \(place)")
  }

  /// The run as its last checkpoint has it.
  ///
  /// - Throws: `UsageError` that names the file.
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
  /// - Parameters:
  ///   - evaluation: how.
  ///   - workers: the threads that may be used.
  ///   - isInterrupted: whether to stop.
  /// - Returns: what it did.
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

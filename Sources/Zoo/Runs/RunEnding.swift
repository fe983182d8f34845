import MetaRL

protocol RunEnding: Sendable {
  var comparesWithUntrained: Bool { get }

  /// Evaluates a learner.
  ///
  /// - Parameters:
  ///   - run: the learner as training has left it.
  ///   - plan: what was planned.
  ///   - family: the family, as the learner is shown it.
  ///   - workers: the threads that may be used.
  ///   - didPlay: told of the environment steps just taken; what it throws ends the evaluation.
  /// - Returns: the file that the run's directory gets.
  /// - Throws: what evaluation throws.
  func result<L: MetaLearner>(
    of run: Run<L>, _ plan: RunPlan, on family: any TaskFamily, workers: Workers,
    didPlay: @Sendable (_ environmentSteps: Int) throws -> Void
  ) throws -> RunResultFile
}

extension RunEnding {
  /// No: tables of papers have no such row.
  var comparesWithUntrained: Bool { false }
}

struct RunResultFile: Sendable {
  var name: String
  var text: String
  var evaluationSteps: Int
}

/// The usual ending: an adaptation curve, kept as one row an episode.
struct EpisodesEnding: RunEnding {
  var comparesWithUntrained: Bool { true }

  func result<L: MetaLearner>(
    of run: Run<L>, _ plan: RunPlan, on family: any TaskFamily, workers: Workers,
    didPlay: @Sendable (_ environmentSteps: Int) throws -> Void
  ) throws -> RunResultFile {
    let curve = try plan.evaluated(run.learner, on: family, workers: workers, didPlay: didPlay)
    return RunResultFile(
      name: RunFile.episodes, text: plan.rows(of: curve, after: run.environmentSteps).lines,
      evaluationSteps: curve.environmentSteps)
  }
}

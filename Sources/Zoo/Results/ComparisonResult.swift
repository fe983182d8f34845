import MetaRL

/// The results of stored runs.
struct ComparisonResult: Sendable {
  /// All learners' results on one family.
  struct Section: Sendable {
    var family: StoredFamily
    var evaluation: EvaluationProtocol
    /// One summary a learner, in the order of the suite; learners without a finished run are missing.
    var summaries: [LearnerSummary]
    /// Learners none of whose runs finished, with the number of their seeds.
    var unfinished: [(learner: StoredLearner, seeds: Int)]
    /// The results of untrained learners by name, where they were evaluated.
    var untrained: [String: LearnerSummary]
    /// Warnings about learners, in the order of the summaries.
    var warnings: [ResultWarning]

    var card: FamilyCard { family.card }
  }

  /// The content that was read.
  let results: StoredResults
  /// One section a family that at least one run has begun on.
  let sections: [Section]

  /// Reads the results of directories, each that of a comparison or of one run, and summarizes them.
  ///
  /// - Throws: `UsageProblem` that names the file and the place, also for results that cannot be compared.
  init(reading directories: [String], workers: Workers = Workers(Machine.processorCount)) throws {
    results = try StoredResults(reading: directories, workers: workers)
    sections = try results.byFamily.map { try Section(of: $0, workers) }
  }
}

extension ComparisonResult.Section {
  /// Summarizes what there is of one family.
  ///
  /// - Throws: `UsageProblem` for logs of training that cannot be read.
  init(of results: FamilyResults, _ workers: Workers) throws {
    family = results.family
    evaluation = results.evaluation
    summaries = results.groups.compactMap {
      LearnerSummary(of: $0.finished, holes: $0.holes, workers: workers)
    }
    unfinished = results.groups.filter(\.finished.isEmpty).map { ($0.learner, $0.holes.count) }
    untrained = [:]
    for summary in summaries { untrained[summary.learner.name] = summary.untrained(workers: workers) }
    warnings = []
    warnings = try WarningFinder(section: self, workers: workers).warnings
  }
}

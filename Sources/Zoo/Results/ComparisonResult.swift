import MetaRL

/// What stored results came to.
struct ComparisonResult: Sendable {
  /// What all learners came to on one family.
  struct Section: Sendable {
    /// Which family.
    var family: StoredFamily
    /// How learners were evaluated on it.
    var evaluation: EvaluationProtocol
    /// One summary a learner, in the order of the suite; learners without a finished run are missing.
    var summaries: [LearnerSummary]
    /// Learners none of whose runs finished, with the number of their seeds.
    var unfinished: [(learner: StoredLearner, seeds: Int)]

    /// What the family is.
    var card: FamilyCard { family.card }
  }

  /// What was read.
  let results: StoredResults
  /// One section a family that at least one run has begun on.
  let sections: [Section]

  /// Reads the results of directories, each that of a comparison or of one run, and summarises them.
  ///
  /// - Throws: `UsageProblem` that names the file and the place, also for results that cannot be compared.
  init(reading directories: [String], workers: Workers = Workers(Machine.processorCount)) throws {
    self.init(try StoredResults(reading: directories, workers: workers), workers: workers)
  }

  /// Summarises results.
  init(_ results: StoredResults, workers: Workers = Workers(1)) {
    self.results = results
    sections = results.byFamily.map { Section(of: $0, workers) }
  }
}

extension ComparisonResult.Section {
  /// Summarises what there is of one family.
  init(of results: FamilyResults, _ workers: Workers) {
    family = results.family
    evaluation = results.evaluation
    summaries = results.groups.compactMap {
      LearnerSummary(of: $0.finished, holes: $0.holes, workers: workers)
    }
    unfinished = results.groups.filter(\.finished.isEmpty).map { ($0.learner, $0.holes.count) }
  }
}

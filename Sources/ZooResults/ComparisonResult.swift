import MetaRL

package struct ComparisonResult: Sendable {
  package struct Section: Sendable {
    package var family: StoredFamily
    package var evaluation: EvaluationProtocol
    /// In the order of the suite; learners without a finished run are missing.
    package var learners: [LearnerResult]
    /// Learners none of whose runs finished, with the number of their seeds.
    package var unfinished: [(learner: StoredLearner, seeds: Int)]
    /// The results of untrained learners by name, where they were evaluated.
    package var untrained: [String: LearnerResult]

    /// Warnings about learners, in their order.
    package var warnings: [ResultWarning] { learners.flatMap(\.warnings) }

    package var card: FamilyCard { family.card }

    /// The Bayes-optimal returns, if they are known for lifetimes as long as those of the evaluation.
    package var bayesOptimal: FamilyCard.BayesOptimum? {
      card.bayesOptimal(episodesPerLifetime: evaluation.episodesPerLifetime)
    }
  }

  package let results: StoredResults
  /// One section a family that at least one run has begun on.
  package let sections: [Section]

  /// Reads the results of directories, each that of a comparison or of one run, and summarizes them.
  package init(reading directories: [String], workers: Workers) throws {
    results = try StoredResults(reading: directories, workers: workers)
    sections = try results.byFamily.map { try Section(of: $0, workers) }
  }
}

extension ComparisonResult.Section {
  /// Summarizes what there is of one family.
  ///
  /// - Throws: `UsageError` for logs of training that cannot be read.
  package init(of results: FamilyResults, _ workers: Workers) throws {
    family = results.family
    evaluation = results.evaluation
    learners = results.groups.compactMap {
      LearnerResult(of: $0.finished, holes: $0.holes, workers: workers)
    }
    unfinished = results.groups.filter(\.finished.isEmpty).map { ($0.learner, $0.holes.count) }
    untrained = [:]
    for learner in learners { untrained[learner.name] = learner.untrained(workers: workers) }
    let finder = WarningFinder(section: self, workers: workers)
    for number in learners.indices { learners[number].warnings = try finder.warnings(about: learners[number]) }
  }
}

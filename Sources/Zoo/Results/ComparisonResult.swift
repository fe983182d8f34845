import MetaRL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

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

  /// Writes the tables, the curves and everything as JSON, into a directory that is made if it is missing.
  ///
  /// - Throws: `FileProblem` or `UsageProblem`.
  func write(to directory: String) throws {
    try Files.makeWritableDirectory(directory)
    try Files.write(curvesCSV, to: directory + "/curves.csv")
    for section in sections where !section.summaries.isEmpty {
      try Files.write(CurvePlot(section).svg, to: directory + "/adaptation-\(section.card.name).svg")
    }
    try Files.write(markdown, to: directory + "/table.md")
    try Files.write(json.indentedText, to: directory + "/report.json")
  }

  /// The points of all curves.
  var curvesCSV: String {
    var text = "family,learner,kind,episode,experience_steps,mean,lower,upper,seeds,tasks\n"
    for section in sections {
      for summary in section.summaries {
        for (kind, points) in [("online", summary.online), ("adapted", summary.adapted)] {
          for point in points {
            let interval = point.estimate.interval
            let cells = [
              section.card.versionedName, summary.learner.name, kind, "\(point.episode)",
              "\(point.experienceSteps)",
              "\(point.estimate.value)", interval.map { "\($0.lowerBound)" } ?? "",
              interval.map { "\($0.upperBound)" } ?? "", "\(summary.finished.count)",
              "\(section.evaluation.taskCount)",
            ]
            text += cells.joined(separator: ",") + "\n"
          }
        }
      }
    }
    return text
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

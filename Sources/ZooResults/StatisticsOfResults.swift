/// The statistics of stored results, family by family and metric by metric.
package struct StatisticsOfResults: Sendable {
  package struct Section: Sendable {
    package var results: FamilyResults
    /// One a metric that the family reports.
    package var metrics: [MetricStatistics]
  }

  package let results: StoredResults
  /// One section a family that has a finished run.
  package let sections: [Section]
  /// The learner that the others are held against, if there is another one.
  package let reference: String?
  package let bootstrap: Bootstrap

  /// Computes statistics.
  ///
  /// - Throws: `UsageError` if there is no such learner or family, or nothing to compute with.
  package init(
    _ results: StoredResults, metrics: [Metric]?, reference: String?, family: String?, bootstrap: Bootstrap
  ) throws {
    self.results = results
    self.bootstrap = bootstrap
    let finished = results.finished.map(\.record)
    let learners = results.learners.filter { name in finished.contains { $0.learner.name == name } }
    if let reference, !learners.contains(reference) {
      throw UsageError("--vs: " + unknownName("learner", reference, among: learners))
    }
    var families = results.byFamily.filter { $0.groups.contains { !$0.finished.isEmpty } }
    if let family {
      let names = families.map(\.family.card.name)
      families = families.filter { [$0.family.card.name, $0.family.versionedName].contains(family) }
      guard !families.isEmpty else {
        throw UsageError("--family: " + unknownName("family", family, among: names))
      }
    }
    guard !families.isEmpty else {
      throw UsageError(
        "no run is finished in " + results.directories.map { "\"\($0)\"" }.joined(separator: ", ")
          + (results.missing.first.map { ". \($0)" } ?? ""))
    }
    let first = finished.first { $0.learner.card.role == .learner } ?? finished.first
    let other = learners.count > 1 ? reference ?? first?.learner.name : nil
    self.reference = other
    sections = families.map { family in
      Section(
        results: family,
        metrics: (metrics ?? [.final, .gain, .online, .solved]).compactMap {
          MetricStatistics(of: $0, in: family, versus: other, bootstrap: bootstrap)
        })
    }
    if let metrics, sections.allSatisfy(\.metrics.isEmpty) {
      throw UsageError(
        "--metric \(metrics.map(\.rawValue).joined(separator: ",")): "
          + families.map(\.family.card.name).joined(separator: ", ") + " does not report success")
    }
  }

  package var notes: [String] { results.seedNotes + results.missing }

  package var method: String {
    "[...]: 95 % percentile interval of the stratified bootstrap: seeds are the unit, tasks the strata, "
      + "\(bootstrap.resamples) resamples, seed 0"
  }
}

extension StatisticsOfResults {
  package func text(hasProfiles: Bool) -> String {
    var text = ""
    for section in sections {
      text += section.results.title + "\n"
      for metric in section.metrics {
        text += "\n" + metric.title(on: section.results) + "\n"
        text += metric.table.aligned
        if let reference, metric.learners.contains(where: { $0.versus != nil }) {
          text += "\n" + metric.table(versus: reference).aligned
        }
        if hasProfiles { text += "\nshare of scores above τ\n" + metric.profileTable.aligned }
      }
      text += "\n"
    }
    text += method + "\n" + legend.map { $0 + "\n" }.joined()
    text += notes.map { "note: \($0)\n" }.joined()
    return results.holes.isEmpty ? text + "missing: none\n" : text
  }

  private var legend: [String] {
    let versus = reference.map { reference in
      "P(> \(reference)): the probability that a run beats one of \(reference) on the same task. "
        + "minus \(reference): the mean difference, paired by seed and task"
    }
    return [
      "mean and IQM (interquartile mean): of all seeds and tasks. median, 20th pct: over tasks, of means over seeds",
      versus,
    ].compactMap { $0 }
  }
}

extension MetricStatistics {
  package func title(on results: FamilyResults) -> String {
    let meaning = "\(metric.rawValue): \(metric.meaning(in: results.evaluation))"
    let card = results.family.card
    let (random, oracle) = (NumberText.short(card.random.value), NumberText.short(card.oracle.value))
    guard scale != nil else { return metric == .solved ? meaning : meaning + "; in returns, not normalised" }
    return metric == .gain
      ? meaning + "; 1 is from the random anchor (\(random)) to the oracle anchor (\(oracle))"
      : meaning + "; 0 is the random anchor (\(random)), 1 the oracle anchor (\(oracle))"
  }

  private func number(_ value: Double) -> String {
    scale == nil && metric != .solved ? NumberText.short(value) : NumberText.fixed(value, decimals: 3)
  }

  private func cell(_ estimate: Estimate) -> String {
    guard let interval = estimate.interval else { return number(estimate.value) }
    return "\(number(estimate.value)) [\(number(interval.lowerBound)), \(number(interval.upperBound))]"
  }

  private var inOrder: [LearnerResult.Statistics] {
    learners.filter { $0.learner.card.role == .learner } + learners.filter { $0.learner.card.role == .control }
  }

  /// Each learner's result, learners first, then controls.
  package var table: TextTable {
    var table = TextTable(header: ["learner", "mean", "IQM", "median", "20th pct"])
    if scale != nil { table.header.append("gap to 1") }
    table.header += ["seeds", "steps"]
    for learner in inOrder {
      var row = [
        learner.learner.titleInTable, cell(learner.mean), cell(learner.interquartileMean),
        number(learner.median.value), number(learner.twentiethPercentile.value),
      ]
      if scale != nil { row.append(learner.optimalityGap.map { number($0.value) } ?? "–") }
      let steps = MeanCost(learner.runs).trainingSteps
      table.rows.append(row + ["\(learner.runs.count)", NumberText.count(steps)])
    }
    return table
  }

  package func table(versus reference: String) -> TextTable {
    var table = TextTable(header: ["learner", "P(> \(reference))", "minus \(reference)"])
    for learner in inOrder {
      guard let versus = learner.versus else { continue }
      let pairs = versus.pairedSeeds < learner.runs.count ? " (\(versus.pairedSeeds) pairs)" : ""
      table.rows.append([
        learner.learner.titleInTable, cell(versus.probabilityOfImprovement),
        versus.difference.map { cell($0) + pairs } ?? "–",
      ])
    }
    return table
  }

  /// The performance profiles, every fourth threshold.
  var profileTable: TextTable {
    let shown = thresholds.indices.filter { $0 % 4 == 0 }
    return TextTable(
      header: ["τ"] + shown.map { number(thresholds[$0]) },
      rows: inOrder.map { learner in [learner.learner.titleInTable] + shown.map { cell(learner.profile[$0].share) }
      })
  }
}

/// A table with our results and what is to be said of them.
struct JudgedTable: Sendable {
  struct Cell: Sendable {
    var cell: PaperCell
    /// Our value, in the paper's units; nil if there is no current one.
    var ours: MeasuredValue?
    /// The same over as many tasks as the paper had, where ours are more.
    var ofAsManyTasks: MeasuredValue?
    /// Half of the interval around the published number.
    var reportedHalfWidth: Double
    var verdict: Verdict

    /// Whether a promise is broken: something that has to hold, or to be reached, is not.
    var isBroken: Bool {
      if let least = cell.atLeast, let ours, ours.mean < least { return true }
      guard cell.mustHold else { return false }
      if case .compared(.within, _) = verdict { return false }
      return verdict != .nothingReported
    }
  }

  let table: PaperTable
  let cells: [Cell]
  /// The record that the numbers of an experiment are from.
  let records: [String: PaperResults.Record]
  /// The experiments whose records were made with something else than the table says now.
  let stale: [String]

  /// Judges results.
  ///
  /// - Parameters:
  ///   - table: the table.
  ///   - results: ours.
  ///   - budget: the only one that is looked at; nil for the largest that there are results of.
  ///   - catalog: the learners and families, whose settings and behavior may have changed since.
  init(_ table: PaperTable, _ results: PaperResults, budget: BudgetName? = nil, catalog: Catalog) {
    var (records, stale): ([String: PaperResults.Record], [String]) = ([:], [])
    var all: [String: [PaperResults.Record]] = [:]
    for experiment in table.experiments {
      let those = results.records.filter { $0.experiment == experiment.id && (budget ?? $0.budget) == $0.budget }
      let fresh = those.filter { $0.isMade(asIn: table, catalog) }
      all[experiment.id] = fresh
      records[experiment.id] = fresh.max { $0.budget < $1.budget }
      if fresh.count < those.count { stale.append(experiment.id) }
    }
    (self.table, self.records, self.stale) = (table, records, stale)
    cells = table.cells.map { Self.judged($0, table, all, stale) }
  }

  private static func judged(
    _ cell: PaperCell, _ table: PaperTable, _ records: [String: [PaperResults.Record]], _ stale: [String]
  ) -> Cell {
    var judged = Cell(cell: cell, reportedHalfWidth: cell.printedUnit / 2, verdict: .notRun)
    guard let id = cell.experiment, let measure = cell.measure else {
      if cell.notComparable != nil { judged.verdict = .notComparable }
      return judged
    }
    let involved = [id, measure.against].compactMap { $0 }
    // A paired statistic needs both experiments under one budget, which may be smaller than the largest of one of them.
    let others = measure.against.map { records[$0, default: []] }
    let complete = records[id, default: []].filter { record in
      record.values[measure] != nil && others?.contains { $0.budget == record.budget } ?? true
    }
    guard let record = complete.max(by: { $0.budget < $1.budget }), let value = record.values[measure] else {
      if involved.contains(where: stale.contains) { judged.verdict = .stale }
      if cell.notComparable != nil { judged.verdict = .notComparable }
      return judged
    }
    // What a paired statistic is against may have been run again since.
    let other = others?.first { $0.budget == record.budget }
    if let other, record.runsAgainst[measure] != other.digestOfRuns {
      judged.verdict = cell.notComparable == nil ? .stale : .notComparable
      return judged
    }
    let ours = value.scaled(by: cell.factor)
    judged.ours = ours
    judged.ofAsManyTasks = record.valuesOfAsManyTasks[measure]?.scaled(by: cell.factor)
    guard let reported = cell.reported else {
      judged.verdict = .nothingReported
      return judged
    }
    // Studies print t without its sign.
    let isT = measure.against != nil
    let compared = isT && ours.mean < 0 ? ours.scaled(by: -1) : ours
    judged.reportedHalfWidth = table.rule.halfWidth(
      of: reported, unit: cell.printedUnit, spread: cell.spread, ours: ours, isT: isT)
    let side = table.rule.side(of: compared, beside: reported, halfWidth: judged.reportedHalfWidth, isT: isT)
    judged.verdict = cell.notComparable == nil ? .compared(side, record.budget) : .notComparable
    return judged
  }

  /// The number of cells with each verdict, in the order of first appearance.
  var summary: String {
    var counts: [(verdict: String, count: Int)] = []
    for verdict in cells.map(\.verdict.inWords) {
      if let place = counts.firstIndex(where: { $0.verdict == verdict }) {
        counts[place].count += 1
      } else {
        counts.append((verdict, 1))
      }
    }
    return counts.map { "\($0.count) \($0.verdict)" }.joined(separator: ", ")
  }
}

extension PaperResults.Record {
  /// Whether the table asks for what this was made with.
  func isMade(asIn table: PaperTable, _ catalog: Catalog) -> Bool {
    guard let experiment = table.experiment(experiment),
      let planned = try? PlannedExperiment(experiment, of: table, budget, in: catalog)
    else { return false }
    return planned.isMade(with: identity)
  }
}

import MetaRL

extension ComparisonResult.Section {
  private var lastEpisode: Int { evaluation.probes.last ?? 0 }

  /// The table of one family, learners first and controls behind them.
  func table() -> TextTable {
    let last = lastEpisode
    var table = TextTable(header: [
      "learner", "return k=\(evaluation.probes.first ?? 0)", "return k=\(last)", "IQM k=\(last)",
      "adaptation gain", "score", "seeds", "steps", "time",
    ])
    let ofRole = [LearnerCard.Role.learner, .control].map { role in
      summaries.filter { $0.learner.card.role == role }
    }
    for summary in ofRole.joined() {
      table.rows.append([
        summary.learner.titleInTable, NumberText.short(summary.before.value),
        NumberText.estimate(summary.after), NumberText.estimate(summary.interquartileAfter),
        NumberText.estimate(summary.gain),
        summary.normalisedScore(on: card).map { NumberText.fixed($0, decimals: 2) } ?? "–",
        summary.finished.count == summary.plannedSeeds
          ? "\(summary.plannedSeeds)" : "\(summary.finished.count) of \(summary.plannedSeeds)",
        NumberText.count(summary.environmentSteps), NumberText.duration(summary.wallSeconds),
      ])
    }
    for (plan, seeds) in unfinished {
      let gaps = [String](repeating: "–", count: 5)
      table.rows.append([plan.learner.titleInTable] + gaps + ["0 of \(seeds)", "–", "–"])
    }
    return table
  }

  /// The name, the protocol, and how much stands behind each number.
  var title: String {
    let seeds = summaries.map(\.finished.count).max() ?? 0
    return "\(card.versionedName) · \(seeds) seeds x \(evaluation.taskCount) \(evaluation.split.inWords) tasks x "
      + "\(evaluation.episodesPerProbe) episodes · protocol \(evaluation.identifier)"
  }

  /// What the columns are.
  var legend: [String] {
    [
      "return: adapted return after k episodes of experience, mean [95 % interval: stratified bootstrap, seeds are "
        + "the unit, tasks the strata, 2000 resamples]",
      "IQM: interquartile mean over seeds and tasks. adaptation gain: the last return minus the first, paired",
      "score: 0 is the random anchor (\(NumberText.short(card.random.value))), 1 is the oracle anchor "
        + "(\(NumberText.short(card.oracle.value))). steps: environment steps of meta-training. time: of one run",
    ]
  }
}

extension Catalog.LearnerEntry {
  /// The name; a control's is marked.
  fileprivate var titleInTable: String { card.role == .control ? "\(name) (control)" : name }
}

extension TaskID.Split {
  /// As results call it.
  var inWords: String { self == .test ? "held-out" : rawValue }
}

extension ComparisonResult {
  /// What a reader has to be warned of.
  var notes: [String] {
    var notes: [String] = []
    let seeds = comparison.suite.seeds.count
    if seeds < ScoreMatrix.fewestSeedsForInterval {
      notes.append("no intervals: \(seeds) seeds say nothing about their spread; use at least 5")
    } else if seeds < ScoreMatrix.fewestSeedsForTrust {
      notes.append("intervals over \(seeds) seeds are rough; use at least 5 seeds before concluding anything")
    }
    notes += comparison.omissions.map { "left out: \($0.learner) on \($0.family): \($0.reason)" }
    notes += failures.map { "failed: \($0)" }
    let cut = outcomes.count { $0.status == .interrupted }
    if cut > 0 { notes.append("interrupted: \(cut) runs did not finish") }
    return notes
  }

  /// Tables and plots for the terminal.
  func text(hasColor: Bool) -> String {
    var text = ""
    for section in sections {
      text += "\n" + section.title + "\n\n"
      if !section.summaries.isEmpty { text += TerminalPlot(section).text(hasColor: hasColor) + "\n" }
      text += section.table().aligned + "\n"
      text += section.legend.map { $0 + "\n" }.joined()
    }
    text += notes.map { "note: \($0)\n" }.joined()
    return text + "\(outcomes.count) runs in \(NumberText.duration(seconds)) with \(jobs) threads\n"
  }

  /// Tables as Markdown.
  var markdown: String {
    var text = "# Comparison\n"
    for section in sections {
      text += "\n## \(section.card.versionedName)\n\n\(section.title)\n\n"
      text += section.table().markdown + "\n" + section.legend.map { "- \($0)\n" }.joined()
      text += "\n![Adaptation curves](adaptation-\(section.card.name).svg)\n"
    }
    if !notes.isEmpty { text += "\n## Notes\n\n" + notes.map { "- \($0)\n" }.joined() }
    return text
  }
}

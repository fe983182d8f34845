extension ComparisonResult.Section {
  private var lastEpisode: Int { evaluation.probes.last ?? 0 }

  /// The table of one family, learners first, then controls.
  func table() -> TextTable {
    let last = lastEpisode
    var table = TextTable(header: [
      "learner", "lifetime return", "return k=\(evaluation.probes.first ?? 0)", "return k=\(last)", "IQM k=\(last)",
      "adaptation gain", "score", "seeds", "steps", "time",
    ])
    func numbers(_ result: LearnerResult) -> [String] {
      [
        NumberText.estimate(result.lifetime), NumberText.short(result.before.value),
        NumberText.estimate(result.after), NumberText.estimate(result.interquartileAfter),
        NumberText.estimate(result.gain),
        result.score(on: card).map { NumberText.fixed($0.value, decimals: 2) } ?? "–",
      ]
    }
    for result in learners.filter({ !$0.isControl }) + learners.filter(\.isControl) {
      let learner = result.learner
      table.rows.append(
        [learner.titleInTable + result.mark] + numbers(result) + [
          result.seedsInWords,
          NumberText.count(result.cost.trainingSteps), NumberText.duration(result.cost.wallSeconds),
        ])
      if let untrained = untrained[learner.name] {
        table.rows.append(
          [learner.titleOfUntrained] + numbers(untrained) + ["\(untrained.finished.count)", "0", "–"])
      }
    }
    for (learner, seeds) in unfinished {
      let gaps = [String](repeating: "–", count: 6)
      table.rows.append([learner.titleInTable] + gaps + ["0 of \(seeds)", "–", "–"])
    }
    return table
  }

  func plot(width: Int?) -> TerminalPlot {
    TerminalPlot(
      learners.map { ($0.name, $0.adapted.map { (episode: $0.episode, value: $0.estimate.value) }) },
      probes: evaluation.probes,
      anchors: [("oracle anchor", card.oracle.value), ("random anchor", card.random.value)], width: width)
  }

  /// The name, the protocol, and the sample of each number.
  var title: String {
    let seeds = learners.map(\.finished.count).max() ?? 0
    let counts = [
      NumberText.quantity(seeds, "seed"), evaluation.tasksInWords,
      NumberText.quantity(evaluation.episodesPerProbe, "episode"),
    ]
    return "\(card.versionedName) · \(counts.joined(separator: " x ")) · protocol \(evaluation.identifier)"
  }

  var legend: [String] {
    [
      "lifetime return: mean online return over the lifetime. untrained: the same learner at 0 steps, on the same tasks",
      "return: adapted return after k episodes of experience, mean [95 % interval: stratified bootstrap, seeds are "
        + "the unit, tasks the strata, 2000 resamples]",
      "IQM: interquartile mean over seeds and tasks. adaptation gain: the last return minus the first, paired",
      "score: 0 is the random anchor (\(NumberText.short(card.random.value))), 1 is the oracle anchor "
        + "(\(NumberText.short(card.oracle.value))). steps: environment steps of meta-training. time: of one run",
    ]
  }
}

extension ComparisonResult {
  var notes: [String] {
    var notes = results.seedNotes
    notes += results.omissions.map { "left out: \($0.inWords)" }
    return notes + results.missing
  }

  func text(hasColor: Bool, columns: Int? = nil) -> String {
    var text = ""
    for section in sections {
      text += "\n" + section.title + "\n\n"
      if !section.learners.isEmpty {
        text += section.plot(width: columns).text(hasColor: hasColor) + "\n"
      }
      text += section.table().aligned + "\n"
      text += section.warnings.map { "\(ResultWarning.mark.dropFirst()) \($0.sentence)\n" }.joined()
      text += section.legend.map { $0 + "\n" }.joined()
    }
    text += notes.map { "note: \($0)\n" }.joined()
    return text + cost + "\n"
  }

  /// "5 of 6 runs, 3 min 05 s in all".
  private var cost: String {
    let (done, all) = (results.finished.count, results.finished.count + results.holes.count)
    let seconds = results.finished.reduce(0) { $0 + $1.record.cost.wallSeconds }
    let share = done < all ? "\(done) of " : ""
    return share + NumberText.quantity(all, "run") + ", one after another \(NumberText.duration(seconds))"
  }
}

import MetaRL

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
    if let optimum = bayesOptimal, !learners.isEmpty {
      var cells = [String](repeating: "–", count: table.header.count)
      cells[0] = FamilyCard.BayesOptimum.name
      cells[1] = NumberText.short(optimum.mean)
      for (cell, probe) in [(2, evaluation.probes.first), (3, evaluation.probes.last)] {
        cells[cell] = optimum.text(after: probe)
      }
      table.rows.append(cells)
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
      anchors: [("oracle anchor", card.oracle.value), ("random anchor", card.random.value)] + levels,
      references: curves, width: width)
  }

  /// The Bayes-optimal returns, if they are the same in every episode, and if they are not.
  private var levels: [(name: String, value: Double)] {
    bayesOptimal.flatMap { $0.isLevel ? [(FamilyCard.BayesOptimum.name, $0.mean)] : nil } ?? []
  }

  private var curves: [TerminalPlot.Curve] {
    guard let optimum = bayesOptimal, !optimum.isLevel else { return [] }
    return [
      (FamilyCard.BayesOptimum.name, optimum.returns.enumerated().map { (episode: $0.offset, value: $0.element) })
    ]
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
    ] + (bayesOptimal.map { [$0.meaning] } ?? [])
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

extension FamilyCard.BayesOptimum {
  /// The name in tables and pictures.
  static let name = "Bayes-optimal"

  /// The return of the episode after a number of episodes, as a cell of a table has it.
  func text(after episodes: Int?) -> String {
    guard let episodes, episodes < returns.count else { return "–" }
    return NumberText.short(returns[episodes])
  }

  /// "37.21 in a lifetime (4.00, 11.07, 11.07, 11.07): exact …".
  var inWords: String {
    let each = returns.count > 1 ? " (\(returns.map(NumberText.short).joined(separator: ", ")))" : ""
    return "\(NumberText.short(total)) in a lifetime\(each): \(computation)"
  }

  /// The line of a legend.
  var meaning: String {
    "\(Self.name): an agent that does not know its task and acts optimally; return k is that of its own episode after k. It "
      + "earns \(NumberText.short(total)) in a lifetime (\(computation))"
  }
}

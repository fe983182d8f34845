import MetaRL

extension FamilyContents {
  /// The episodes of experience at the last probe.
  var lastProbe: Int { evaluation.probes.last ?? 0 }

  /// The episodes of experience at the first probe.
  var firstProbe: Int { evaluation.probes.first ?? 0 }

  /// "5 seeds x 20 held-out tasks": the sample of each number.
  var counts: String {
    let seeds = learners.map(\.finished.count)
    let (fewest, most) = (seeds.min() ?? 0, seeds.max() ?? 0)
    let range = fewest < most ? "\(fewest) to " : ""
    return "\(range)\(NumberText.quantity(most, "seed")) x \(evaluation.tasksInWords)"
  }

  /// The results, learners first, then controls.
  var table: TextTable {
    let shown = columns.filter { column in learners.isEmpty || learners.contains { column.cell($0) != nil } }
    var table = TextTable(header: shown.map(\.title))
    table.rows = learners.flatMap { learner in
      let untrained = section.untrained[learner.name].map { result in shown.map { $0.untrained(result) ?? "–" } }
      return [shown.map { $0.cell(learner) ?? "–" }] + (untrained.map { [$0] } ?? [])
    }
    if section.bayesOptimal != nil, !learners.isEmpty { table.rows.append(shown.map { $0.optimum ?? "–" }) }
    for (learner, planned) in section.unfinished {
      table.rows.append(
        shown.map { $0.title == "learner" ? learner.name : $0.title == "seeds" ? "0 of \(planned)" : "–" })
    }
    return table
  }

  private struct Column {
    var title: String
    var cell: (LearnerResult) -> String?
    var untrained: (LearnerResult) -> String?
    /// The Bayes-optimal agent's.
    var optimum: String?

    init(
      _ title: String, _ cell: @escaping (LearnerResult) -> String?,
      _ untrained: @escaping (LearnerResult) -> String? = { _ in nil }, optimum: String? = nil
    ) {
      (self.title, self.cell, self.untrained, self.optimum) = (title, cell, untrained, optimum)
    }
  }

  /// The columns; one that no learner has anything in is left out.
  private var columns: [Column] {
    let (text, optimum) = (NumberText.estimate, section.bayesOptimal)
    return [
      Column(
        "learner", { $0.markedName }, { $0.learner.titleOfUntrained }, optimum: FamilyCard.BayesOptimum.name),
      Column(
        "lifetime return", { text($0.lifetime) }, { text($0.lifetime) },
        optimum: optimum.map { NumberText.short($0.mean) }),
      Column("P(> \(fastest?.name ?? ""))", { $0.improvement.map(text) }),
      Column(
        "return k=\(firstProbe)", { NumberText.short($0.before.value) }, { NumberText.short($0.before.value) },
        optimum: optimum?.text(after: firstProbe)),
      Column(
        "return k=\(lastProbe)", { text($0.after) }, { text($0.after) }, optimum: optimum?.text(after: lastProbe)),
      Column("adaptation gain", { text($0.gain) }, { text($0.gain) }),
      Column("score", { $0.score.map(text) }, { $0.score(on: card).map(text) }),
      Column("IQM of score", { $0.interquartileScore.map(text) }),
      Column("20th percentile", { $0.lowScore.map(text) }),
      Column("solved", { $0.solved.map(text) }),
      Column("seeds", { $0.seedsInWords }, { "\($0.finished.count)" }),
      Column("training steps", { NumberText.count($0.cost.trainingSteps) }, { _ in "0" }),
    ]
  }

  var warnings: [String] { learners.flatMap(\.warnings).map(\.sentence) }

  var legend: [String] {
    var lines = [
      "lifetime return: the mean online return over the \(evaluation.episodesPerLifetime) episodes of a lifetime, "
        + "exploration included: the area under the online curve. It is what \"fastest\" goes by.",
      "return k: the adapted return, that of a frozen copy, after k episodes of experience. adaptation gain: the last "
        + "minus the first, paired.",
    ]
    if let best = fastest?.name, learners.contains(where: { $0.improvement != nil }) {
      lines.append(
        "P(> \(best)): the probability that a run earns more over a lifetime than a run of \(best) in the same task, "
          + "ties counting half.")
    }
    if hasScores {
      lines.append(
        "score: the return after k=\(lastProbe), where 0 is the random anchor (\(NumberText.short(card.random.value))) and 1 "
          + "the oracle anchor (\(NumberText.short(card.oracle.value))). IQM: interquartile mean over seeds and tasks. "
          + "20th percentile: what a fifth of the tasks stay below.")
    }
    if learners.contains(where: { $0.solved != nil }) {
      lines.append("solved: the share of episodes of the last probe that succeeded.")
    }
    if learners.contains(where: { section.untrained[$0.name] != nil }) {
      lines.append(
        "untrained: the same learner before its training, with the same chances on the same tasks. What a learner earns "
          + "above it is what training has taught.")
    }
    if let optimum = section.bayesOptimal { lines.append(optimum.meaning + ".") }
    return lines + [
      "[a, b]: 95 % interval. training steps: environment steps of meta-training in a run, on average."
    ]
  }
}

extension LearnerResult {
  /// The name; that of a control or with a warning is marked.
  var markedName: String { learner.titleInTable + mark }
}

extension FamilyContents {
  /// The other learners whose lifetime returns the fastest one's is not clearly above, since intervals overlap.
  var close: [LearnerResult] {
    guard let fastest else { return [] }
    return learners.filter { other in
      guard !other.isControl, other.name != fastest.name else { return false }
      guard let mine = fastest.lifetime.interval, let its = other.lifetime.interval else { return false }
      return mine.overlaps(its)
    }
  }

  /// The controls that earn at least as much over their lifetimes as the fastest learner.
  var controlsAbove: [LearnerResult] {
    guard let fastest else { return [] }
    return learners.filter { $0.isControl && $0.lifetime.value >= fastest.lifetime.value }
  }
}

extension LearnerResult {
  /// The first point with nine tenths of the gain, if there is a clear gain.
  var nineTenths: CurvePoint? {
    guard let interval = gain.interval, interval.lowerBound > 0 else { return nil }
    return adapted.first { $0.estimate.value >= before.value + 0.9 * gain.value }
  }
}

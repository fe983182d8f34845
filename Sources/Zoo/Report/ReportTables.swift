import MetaRL

extension FamilyContents {
  /// The episodes of experience at the last probe.
  var lastProbe: Int { evaluation.probes.last ?? 0 }

  /// The episodes of experience at the first probe.
  var firstProbe: Int { evaluation.probes.first ?? 0 }

  /// "5 seeds x 20 held-out tasks": how much stands behind each number.
  var counts: String {
    let seeds = learners.map(\.finished)
    let (fewest, most) = (seeds.min() ?? 0, seeds.max() ?? 0)
    let range = fewest < most ? "\(fewest) to " : ""
    return "\(range)\(NumberText.quantity(most, "seed")) x \(evaluation.tasksInWords)"
  }

  /// What they came to, learners first and controls behind them.
  var table: TextTable {
    let hasImprovement = learners.contains { $0.improvement != nil }
    let best = fastest?.name ?? ""
    var table = TextTable(header: [
      "learner", "lifetime return", "return k=\(firstProbe)", "return k=\(lastProbe)", "IQM k=\(lastProbe)",
      "adaptation gain", "score",
    ])
    if hasImprovement { table.header.append("P(> \(best))") }
    table.header += ["seeds", "training steps", "time of a run"]
    for learner in learners {
      var cells = [
        learner.nameInTable, NumberText.estimate(learner.lifetime), NumberText.short(learner.before.value),
        NumberText.estimate(learner.after), NumberText.estimate(learner.interquartileAfter),
        NumberText.estimate(learner.gain), learner.score.map(NumberText.estimate) ?? "–",
      ]
      if hasImprovement { cells.append(learner.improvement.map(NumberText.estimate) ?? "–") }
      let seeds =
        learner.finished == learner.planned
        ? "\(learner.planned)" : "\(learner.finished) of \(learner.planned)"
      cells += [
        seeds, NumberText.count(learner.cost.trainingSteps), NumberText.duration(learner.cost.wallSeconds),
      ]
      table.rows.append(cells)
    }
    for (name, planned) in unfinished {
      let gaps = [String](repeating: "–", count: table.header.count - 4)
      table.rows.append([name] + gaps + ["0 of \(planned)", "–", "–"])
    }
    return table
  }

  /// What the columns of the table are.
  var legend: [String] {
    var lines = [
      "lifetime return: the mean online return over the \(evaluation.episodesPerLifetime) episodes of a lifetime, "
        + "exploration included; the area under the online curve. It is what \"fastest\" goes by.",
      "return k: the adapted return, that of a frozen copy, after k episodes of experience. IQM: its interquartile "
        + "mean over seeds and tasks. adaptation gain: the last return minus the first, paired.",
      "score: 0 is the random anchor (\(NumberText.short(random.value))), 1 is the oracle anchor "
        + "(\(NumberText.short(oracle.value))).",
    ]
    if learners.contains(where: { $0.improvement != nil }), let best = fastest?.name {
      lines.append(
        "P(> \(best)): the probability that a run does better than one of \(best) on the same task, ties counting "
          + "half.")
    }
    return lines + [
      "[a, b]: 95 % interval. training steps, time of a run: environment steps of meta-training and seconds on the "
        + "clock of one run, on average."
    ]
  }
}

extension LearnerContents {
  /// The name; a control's is marked.
  var nameInTable: String { role == .control ? "\(name) (control)" : name }
}

extension FamilyContents {
  /// The learner, not a control, that earns most over its lifetime.
  var fastest: LearnerContents? {
    learners.filter { $0.role == .learner && $0.lifetime.value.isFinite }
      .max { ($0.lifetime.value, $1.name) < ($1.lifetime.value, $0.name) }
  }

  /// The other learners whose lifetime returns the fastest one's is not clearly above, since intervals overlap.
  var close: [LearnerContents] {
    guard let fastest else { return [] }
    return learners.filter { other in
      guard other.role == .learner, other.name != fastest.name else { return false }
      guard let mine = fastest.lifetime.interval, let its = other.lifetime.interval else { return false }
      return mine.overlaps(its)
    }
  }

  /// The controls that earn at least as much over their lifetimes as the fastest learner.
  var controlsAbove: [LearnerContents] {
    guard let fastest else { return [] }
    return learners.filter { $0.role == .control && $0.lifetime.value >= fastest.lifetime.value }
  }
}

extension LearnerContents {
  /// Where nine tenths of the gain are first reached, if there clearly is a gain.
  var nineTenths: CurvePoint? {
    guard let interval = gain.interval, interval.lowerBound > 0 else { return nil }
    return adapted.first { $0.estimate.value >= before.value + 0.9 * gain.value }
  }
}

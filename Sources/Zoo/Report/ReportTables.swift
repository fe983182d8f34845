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
    let shown = columns.filter { column in learners.isEmpty || learners.contains { column.cell($0) != nil } }
    var table = TextTable(header: shown.map(\.title))
    table.rows = learners.map { learner in shown.map { $0.cell(learner) ?? "–" } }
    for (name, planned) in unfinished {
      table.rows.append(
        shown.map { $0.title == "learner" ? name : $0.title == "seeds" ? "0 of \(planned)" : "–" })
    }
    return table
  }

  /// Titles and what learners have below them; a column that nobody has anything in is left out.
  private var columns: [(title: String, cell: (LearnerContents) -> String?)] {
    let text = NumberText.estimate
    let all: [(title: String, cell: (LearnerContents) -> String?)] = [
      ("learner", { $0.nameInTable }),
      ("lifetime return", { text($0.lifetime) }),
      ("P(> \(fastest?.name ?? ""))", { $0.improvement.map(text) }),
      ("return k=\(firstProbe)", { NumberText.short($0.before.value) }),
      ("return k=\(lastProbe)", { text($0.after) }),
      ("adaptation gain", { text($0.gain) }),
      ("score", { $0.score.map(text) }),
      ("IQM of score", { $0.interquartileScore.map(text) }),
      ("20th percentile", { $0.lowScore.map(text) }),
      ("solved", { $0.solved.map(text) }),
      ("seeds", { $0.finished == $0.planned ? "\($0.planned)" : "\($0.finished) of \($0.planned)" }),
      ("training steps", { NumberText.count($0.cost.trainingSteps) }),
    ]
    return all
  }

  /// What the columns of the table are.
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
        "score: the return after k=\(lastProbe), where 0 is the random anchor (\(NumberText.short(random.value))) and 1 "
          + "the oracle anchor (\(NumberText.short(oracle.value))). IQM: interquartile mean over seeds and tasks. "
          + "20th percentile: what a fifth of the tasks stay below.")
    }
    if learners.contains(where: { $0.solved != nil }) {
      lines.append("solved: the share of episodes of the last probe that succeeded.")
    }
    return lines + [
      "[a, b]: 95 % interval. training steps: environment steps of meta-training in a run, on average."
    ]
  }
}

extension LearnerContents {
  /// The name; a control's is marked.
  var nameInTable: String { role == .control ? "\(name) (control)" : name }
}

extension FamilyContents {
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

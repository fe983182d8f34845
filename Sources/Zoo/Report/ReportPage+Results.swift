extension ReportPage {
  /// The fastest learner on each family, and its cost.
  var glance: HTMLText {
    section(
      "glance", "At a glance",
      [
        .paragraph(ReportContents.meaningOfFastest),
        .element("div", [("class", "cards")], of: contents.families.map(card)),
      ] + scores)
  }

  private func card(_ family: FamilyContents) -> HTMLText {
    var content = [HTMLText.element("h3", text: family.name)]
    guard let fastest = family.fastest else {
      content.append(.element("p", [("class", "winner")], text: "no learner yet"))
      content.append(.paragraph("No run of a learner has finished on this family."))
      return .element("div", [("class", "card")], of: content)
    }
    content.append(.element("p", [("class", "winner")], text: fastest.markedName))
    content.append(.paragraph(verdict(fastest, in: family)))
    if !family.warnings.isEmpty {
      let count = NumberText.quantity(family.warnings.count, "warning")
      content.append(.paragraph("\(ResultWarning.mark.dropFirst()) \(count) below the table of this family."))
    }
    let facts = facts(fastest, in: family)
    content.append(
      .element("dl", of: facts.flatMap { [.element("dt", text: $0.0), .element("dd", text: $0.1)] }))
    return .element("div", [("class", "card")], of: content)
  }

  /// The confidence that the learner is ahead.
  private func verdict(_ fastest: LearnerResult, in family: FamilyContents) -> String {
    let others = family.learners.count { !$0.isControl } - 1
    if others == 0 { return "The only learner compared." }
    guard family.learners.contains(where: { $0.lifetime.interval != nil }) else {
      return "Highest mean, but nobody knows how sure that is: an interval takes "
        + "\(ScoreMatrix.fewestSeedsForInterval) seeds."
    }
    let close = family.close.map(\.name)
    if close.isEmpty { return "Ahead of every other learner: the 95 % intervals do not overlap." }
    return "Not clearly ahead of \(close.joined(separator: ", ")): the 95 % intervals overlap."
  }

  private func facts(_ learner: LearnerResult, in family: FamilyContents) -> [(String, String)] {
    var facts = [
      ("lifetime return", NumberText.estimate(learner.lifetime)),
      (
        "adapted return",
        "\(NumberText.short(learner.before.value)) newborn → \(NumberText.estimate(learner.after)) after "
          + NumberText.quantity(family.lastProbe, "episode")
      ),
      ("gain by adapting", gain(learner)),
    ]
    if let reached = learner.nineTenths {
      facts.append(
        (
          "90 % of the gain",
          "after \(NumberText.quantity(reached.episode, "episode")), "
            + "\(NumberText.count(reached.experienceSteps)) environment steps"
        ))
    }
    if let score = learner.score {
      facts.append(("score", "\(NumberText.estimate(score)), where 0 is random and 1 the oracle"))
    }
    facts.append(
      (
        "cost of a run",
        "\(NumberText.count(learner.cost.trainingSteps)) environment steps, "
          + NumberText.duration(learner.cost.wallSeconds)
      ))
    let above = family.controlsAbove.map(\.name)
    facts.append(("controls above it", above.isEmpty ? "none" : above.joined(separator: ", ")))
    return facts
  }

  private func gain(_ learner: LearnerResult) -> String {
    let text = NumberText.estimate(learner.gain)
    guard let interval = learner.gain.interval, interval.lowerBound <= 0 else { return text }
    return text + ", not clearly above 0"
  }

  private var scores: [HTMLText] {
    let table = contents.scoreTable({ HTMLText($0) }, fastest: { .element("strong", text: $0) })
    guard let table else { return [] }
    return [
      .element("h3", text: "Scores after all experience"), .table(header: table.header, rows: table.rows),
      .element("p", [("class", "quiet")], text: ReportContents.meaningOfScores),
    ]
  }

  var overallSection: HTMLText {
    guard !contents.overall.isEmpty else { return HTMLText(markup: "") }
    // Said only where not all have results on the same number of families.
    let isUneven = Set(contents.overall.map(\.families)).count > 1
    let statistics = contents.overall.first?.statistics.map(\.name) ?? []
    let table = TextTable(
      header: ["learner"] + (isUneven ? ["families"] : []) + statistics,
      rows: contents.overall.map { row in
        [row.learner] + (isUneven ? ["\(row.families)"] : [])
          + row.statistics.map { NumberText.estimate($0.estimate) }
      })
    return section("overall", "All families", [self.figures(overall), .table(table)])
  }

  var familySections: String {
    zip(contents.families, figures).enumerated().map { number, pair in
      familySection(pair.0, pair.1, number).markup
    }.joined()
  }

  private func familySection(_ family: FamilyContents, _ figures: [ReportFigure], _ number: Int) -> HTMLText {
    let training = figures.filter { $0.name.hasPrefix("training-") }
    var content: [HTMLText] = [
      .paragraph(family.card.summary),
      .element("p", [("class", "quiet")], text: "\(family.counts); protocol \(family.evaluation.identifier)"),
      self.figures(figures.filter { !$0.name.hasPrefix("training-") }),
      .element("h3", text: "Numbers"), .table(family.table),
    ]
    if !family.warnings.isEmpty {
      content.append(
        .element("div", [("class", "caution")], of: [.element("h4", text: "Warnings"), .list(family.warnings)]))
    }
    content.append(
      .element("div", [("class", "quiet")], of: [.list(family.legend)]))
    if !training.isEmpty {
      content += [
        .element("h3", text: "Meta-training"),
        .element(
          "p", [("class", "quiet")],
          text: "What learners log while they train, at most \(TrainingCurves.mostPoints) points a curve. Learners "
            + "that do not log something have no curve."),
        self.figures(training),
      ]
    }
    return section("family-\(number)", family.name, content)
  }
}

import MetaRL

struct FamilyFigures: Sendable {
  enum Axis: String, CaseIterable, Sendable {
    case episodes, steps

    var label: String {
      switch self {
      case .episodes: "experience in the task (episodes)"
      case .steps: "experience in the task (environment steps)"
      }
    }
  }

  enum Kind: String, CaseIterable, Sendable {
    case adapted, online

    var title: String {
      switch self {
      case .adapted: "Adapted return"
      case .online: "Online return"
      }
    }

    var meaning: String {
      switch self {
      case .adapted: "The return of a frozen copy of the agent, by experience."
      case .online: "What the agent's own episodes earn while it lives, exploration included."
      }
    }
  }

  let family: FamilyContents
  let styles: [String: CurveStyle]

  private var hasIntervals: Bool { family.learners.contains { $0.after.interval != nil } }

  /// The anchors as levels to compare with.
  private var references: [ChartReference] {
    [
      ChartReference(name: "oracle anchor", value: family.card.oracle.value),
      ChartReference(name: "random anchor", value: family.card.random.value),
    ].filter(\.value.isFinite)
  }

  /// The Bayes-optimal return of each episode, as a level if all are the same.
  private var bayesOptimal: [ChartReference] {
    guard let optimum = family.section.bayesOptimal else { return [] }
    guard !optimum.isLevel else {
      return [ChartReference(name: FamilyCard.BayesOptimum.name, value: optimum.mean)]
    }
    let points = optimum.returns.enumerated().map { ChartSeries.Point(x: Double($0.offset), y: $0.element) }
    return [ChartReference(name: FamilyCard.BayesOptimum.name, points: points)]
  }

  func style(_ learner: LearnerResult) -> CurveStyle { styles[learner.name] ?? CurveStyle(0) }

  /// The return against experience in the task.
  func adaptation(_ kind: Kind, by axis: Axis) -> ReportFigure {
    func points(_ learner: LearnerResult) -> [CurvePoint] { kind == .adapted ? learner.adapted : learner.online }
    var chart = LineChart(
      title: "\(kind.title) by \(axis.rawValue), \(family.name)",
      subtitle: "mean over \(family.counts)" + (hasIntervals ? "; bands: 95 % bootstrap intervals" : ""),
      horizontalLabel: axis.label, verticalLabel: "return (sum of rewards of an episode)",
      series: family.learners.map { learner in
        ChartSeries(
          name: style(learner).title(of: learner.name), style: style(learner),
          points: points(learner).map {
            ChartSeries.Point(
              x: axis == .episodes ? Double($0.episode) : $0.experienceSteps, y: $0.estimate.value,
              interval: $0.estimate.interval)
          })
      }, references: references + (axis == .episodes ? bayesOptimal : []))
    chart.isHorizontalWhole = axis == .episodes
    let rows = family.learners.flatMap { learner in
      points(learner).map { point in
        [family.name, learner.name, kind.rawValue, "\(point.episode)", CSVText.number(point.experienceSteps)]
          + CSVText.numbers(point.estimate.value, point.estimate.interval)
      }
    }
    let header = ["family", "learner", "kind", "episode", "experience_steps", "mean", "lower", "upper"]
    return ReportFigure(
      name: ReportFigure.fileName("adaptation", family.name, kind.rawValue, axis.rawValue),
      caption: kind.meaning, svg: chart.svg, csv: CSVText.table(header, rows))
  }

  /// The reward within the first episode, by step; nil if the family does not keep it.
  var withinEpisode: ReportFigure? {
    let learners = family.learners.filter { !$0.withinFirstEpisode.isEmpty }
    guard let count = learners.first?.withinFirstEpisode.count, let horizon = learners[0].horizon else {
      return nil
    }
    let ends = (1...count).map { ($0 * horizon + count - 1) / count }
    func points(_ learner: LearnerResult) -> [ChartSeries.Point] {
      learner.withinFirstEpisode.enumerated().compactMap { part, estimate in
        let start = part == 0 ? 0 : ends[part - 1]
        guard ends[part] > start else { return nil }
        let rate = estimate.mapped { $0 / Double(ends[part] - start) }
        return ChartSeries.Point(x: Double(start + ends[part]) / 2, y: rate.value, interval: rate.interval)
      }
    }
    let chart = LineChart(
      title: "Reward within the first episode, \(family.name)",
      subtitle: "mean over \(family.counts)" + (hasIntervals ? "; bands: 95 % bootstrap intervals" : ""),
      horizontalLabel: "step of the episode", verticalLabel: "reward of a step",
      series: learners.map { learner in
        ChartSeries(name: style(learner).title(of: learner.name), style: style(learner), points: points(learner))
      }, references: [])
    let rows = learners.flatMap { learner in
      points(learner).map { point in
        [family.name, learner.name, CSVText.number(point.x)] + CSVText.numbers(point.y, point.interval)
      }
    }
    return ReportFigure(
      name: ReportFigure.fileName("within-episode", family.name),
      caption: "The reward of a step in the first episode of a newborn agent: agents that adapt before the episode "
        + "ends gain within it.",
      svg: chart.svg, csv: CSVText.table(["family", "learner", "step", "mean", "lower", "upper"], rows))
  }

  /// A strip of tasks next to each mean: the returns of newborn agents in each task, and the final ones.
  var tasks: ReportFigure {
    let label = "return of an episode"
    // There is little room above a column.
    let references = references.map {
      ChartReference(name: $0.name.replacing(" anchor", with: ""), value: $0.value)
    }
    let chart = RowChart(
      title: "Task by task, \(family.name)",
      subtitle: "a dot a task, mean over seeds; above the dots their mean"
        + (hasIntervals ? " and its 95 % interval" : ""),
      columns: [
        RowChart.Column(title: "before: k = \(family.firstProbe)", label: label, references: references),
        RowChart.Column(title: "after: k = \(family.lastProbe)", label: label, references: references),
      ],
      rows: family.learners.map { learner in
        let (before, after) = (learner.before, learner.after)
        return RowChart.Row(
          name: style(learner).title(of: learner.name), style: style(learner),
          cells: [
            RowChart.Cell(dots: learner.tasksBefore, value: before.value, interval: before.interval),
            RowChart.Cell(dots: learner.tasksAfter, value: after.value, interval: after.interval),
          ])
      }, hasOneScale: true)
    let rows = family.learners.flatMap { learner in
      zip(learner.tasksBefore, learner.tasksAfter).enumerated().map { task, returns in
        [family.name, learner.name, "\(task)", CSVText.number(returns.0), CSVText.number(returns.1)]
      }
    }
    return ReportFigure(
      name: ReportFigure.fileName("tasks", family.name),
      caption: "The adapted return task by task, after k episodes of experience. A mean over tasks can hide tasks "
        + "on which a learner fails.",
      svg: chart.svg,
      csv: CSVText.table(["family", "learner", "task", "return_before", "return_after"], rows))
  }
}

extension ReportFigure {
  /// The share of runs, a run in a task each, that score more than any level.
  ///
  /// Without scores, levels are returns.
  static func profile(
    of subject: String, counts: String, hasScores: Bool = true,
    _ profiles: [(name: String, style: CurveStyle, points: [(level: Double, share: Estimate)])]
  ) -> ReportFigure {
    let hasIntervals = profiles.contains { $0.points.contains { $0.share.interval != nil } }
    var chart = LineChart(
      title: "Performance profile, \(subject)",
      subtitle: counts + (hasIntervals ? "; bands: 95 % bootstrap intervals" : ""),
      horizontalLabel: hasScores ? "score τ (0: random anchor, 1: oracle anchor)" : "return τ (sum of rewards)",
      verticalLabel: "share of runs and tasks above τ",
      series: profiles.map { profile in
        ChartSeries(
          name: profile.style.title(of: profile.name), style: profile.style,
          points: profile.points.map {
            ChartSeries.Point(x: $0.level, y: $0.share.value, interval: $0.share.interval)
          })
      })
    chart.isShare = true
    let rows = profiles.flatMap { profile in
      profile.points.map { point in
        [
          subject, profile.name, CSVText.number(point.level),
        ] + CSVText.numbers(point.share.value, point.share.interval)
      }
    }
    return ReportFigure(
      name: ReportFigure.fileName("profile", subject),
      caption:
        "The share of seeds and tasks that end above τ, after all experience: higher is better. Where curves "
        + "cross, neither learner is better throughout.",
      svg: chart.svg,
      csv: CSVText.table(["family", "learner", "score", "share", "lower", "upper"], rows))
  }
}

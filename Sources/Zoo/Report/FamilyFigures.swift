import MetaRL

/// The common parts of one family's figures.
struct FigureSubject: Sendable {
  /// The family's name with its version.
  var family: String
  /// "5 seeds x 20 held-out tasks".
  var counts: String
  /// Whether there are intervals.
  var hasIntervals: Bool
  var references: [ChartReference]

  var subtitle: String { "mean over \(counts)" + (hasIntervals ? "; bands: 95 % bootstrap intervals" : "") }
}

/// Adaptation curves: what is earned, against experience in the task.
struct AdaptationFigure: Sendable {
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

  var subject: FigureSubject
  var kind: Kind
  var axis: Axis
  var curves: [(name: String, style: CurveStyle, points: [CurvePoint])]

  var figure: ReportFigure {
    var chart = LineChart(
      title: "\(kind.title) by \(axis.rawValue), \(subject.family)", subtitle: subject.subtitle,
      horizontalLabel: axis.label,
      verticalLabel: "return (sum of rewards of an episode)",
      series: curves.map { name, style, points in
        ChartSeries(
          name: style.title(of: name), style: style,
          points: points.map {
            ChartSeries.Point(
              x: axis == .episodes ? Double($0.episode) : $0.experienceSteps, y: $0.estimate.value,
              interval: $0.estimate.interval)
          })
      },
      references: subject.references)
    chart.isHorizontalWhole = axis == .episodes
    return ReportFigure(
      name: ReportFigure.fileName("adaptation", subject.family, kind.rawValue, axis.rawValue),
      caption: kind.meaning, svg: chart.svg, csv: csv)
  }

  private var csv: String {
    let header = ["family", "learner", "kind", "episode", "experience_steps", "mean", "lower", "upper"]
    let rows = curves.flatMap { name, _, points in
      points.map { point in
        [
          subject.family, name, kind.rawValue, "\(point.episode)", CSVText.number(point.experienceSteps),
          CSVText.number(point.estimate.value), CSVText.number(point.estimate.interval?.lowerBound),
          CSVText.number(point.estimate.interval?.upperBound),
        ]
      }
    }
    return ([header] + rows).map(CSVText.row).joined()
  }
}

/// A strip of tasks next to each mean: the returns of new agents in each task, and the final ones.
struct TaskFigure: Sendable {
  struct Strip: Sendable {
    var name: String
    var style: CurveStyle
    /// The returns of newborn agents, one a task, means over seeds.
    var before: [Double]
    /// The returns in the end, one a task, means over seeds.
    var after: [Double]
    /// The mean of the first.
    var meanBefore: Estimate
    var meanAfter: Estimate
  }

  var subject: FigureSubject
  /// The episodes of experience at the first and the last probe.
  var probes: (first: Int, last: Int)
  var strips: [Strip]

  var figure: ReportFigure {
    let label = "return of an episode"
    // There is little room above a column.
    let references = subject.references.map {
      ChartReference(name: $0.name.replacing(" anchor", with: ""), value: $0.value)
    }
    let chart = RowChart(
      title: "Task by task, \(subject.family)",
      subtitle: "a dot a task, mean over seeds; above the dots their mean"
        + (subject.hasIntervals ? " and its 95 % interval" : ""),
      columns: [
        RowChart.Column(
          title: "before: k = \(probes.first)", label: label, references: references),
        RowChart.Column(title: "after: k = \(probes.last)", label: label, references: references),
      ],
      rows: strips.map { strip in
        RowChart.Row(
          name: strip.style.title(of: strip.name), style: strip.style,
          cells: [
            RowChart.Cell(
              dots: strip.before, value: strip.meanBefore.value, interval: strip.meanBefore.interval),
            RowChart.Cell(dots: strip.after, value: strip.meanAfter.value, interval: strip.meanAfter.interval),
          ])
      }, hasOneScale: true)
    let rows = strips.flatMap { strip in
      zip(strip.before, strip.after).enumerated().map { task, returns in
        [
          subject.family, strip.name, "\(task)", CSVText.number(returns.0), CSVText.number(returns.1),
        ]
      }
    }
    let header = ["family", "learner", "task", "return_before", "return_after"]
    return ReportFigure(
      name: ReportFigure.fileName("tasks", subject.family),
      caption: "The adapted return task by task, after k episodes of experience. A mean over tasks can hide tasks "
        + "on which a learner fails.",
      svg: chart.svg, csv: ([header] + rows).map(CSVText.row).joined())
  }
}

/// Performance profiles: the share of runs, a run in a task each, that score more than any level.
struct ProfileFigure: Sendable {
  struct Profile: Sendable {
    var name: String
    var style: CurveStyle
    var points: [(level: Double, share: Estimate)]
  }

  /// The subject: a family's name, or that of all families.
  var subject: String
  /// "5 seeds x 20 held-out tasks".
  var counts: String
  /// Whether levels are scores between the two anchors; else they are returns.
  var hasScores = true
  var profiles: [Profile]

  var figure: ReportFigure {
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
          subject, profile.name, CSVText.number(point.level), CSVText.number(point.share.value),
          CSVText.number(point.share.interval?.lowerBound), CSVText.number(point.share.interval?.upperBound),
        ]
      }
    }
    return ReportFigure(
      name: ReportFigure.fileName("profile", subject),
      caption:
        "The share of seeds and tasks that end above τ, after all experience: higher is better. Where curves "
        + "cross, neither learner is better throughout.",
      svg: chart.svg,
      csv: ([["family", "learner", "score", "share", "lower", "upper"]] + rows).map(CSVText.row).joined())
  }
}

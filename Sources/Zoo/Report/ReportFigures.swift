extension ReportContents {
  var overallFigures: [ReportFigure] {
    let grid = scoreGrid
    return (grid.panels.count > 1 ? [grid.figure] : []) + scoreFigures
  }

  private var scoreFigures: [ReportFigure] {
    // A mean over other families is no mean to compare with: the table says over how many each is.
    let overall = self.overall.filter { $0.families == families.count }
    guard let statistics = overall.first?.statistics.map(\.name) else { return [] }
    let styles = styles
    func style(_ name: String) -> CurveStyle { styles[name] ?? CurveStyle(0) }
    let chart = RowChart(
      title: "Scores over \(families.count == 1 ? "1 family" : "\(families.count) families")",
      subtitle: "0: random anchor, 1: oracle anchor; lines: 95 % bootstrap intervals",
      columns: statistics.map { RowChart.Column(title: $0, label: "score") },
      rows: overall.map { row in
        RowChart.Row(
          name: style(row.learner).title(of: row.learner), style: style(row.learner),
          cells: row.statistics.map { RowChart.Cell(value: $0.estimate.value, interval: $0.estimate.interval) })
      })
    let rows = overall.flatMap { row in
      row.statistics.map { statistic in
        [
          row.learner, statistic.name, CSVText.number(statistic.estimate.value),
          CSVText.number(statistic.estimate.interval?.lowerBound),
          CSVText.number(statistic.estimate.interval?.upperBound), "\(row.families)",
        ]
      }
    }
    var scores = ReportFigure(
      name: "scores-overall",
      caption: "Each family counts alike. Optimality gap: how far scores stay below 1 on average; less is better.",
      svg: chart.svg,
      csv: CSVText.table(["learner", "statistic", "value", "lower", "upper", "families"], rows))
    scores.isWide = true
    let profile = ReportFigure.profile(
      of: "all families", counts: "seeds, tasks and families",
      overall.map { (name: $0.learner, style: style($0.learner), points: $0.profile) })
    return [scores, profile]
  }

  func figures(
    of family: FamilyContents, logs: (_ directory: String) throws -> TrainingLog
  ) throws -> [ReportFigure] {
    let makes = FamilyFigures(family: family, styles: styles)
    var figures = FamilyFigures.Kind.allCases.flatMap { kind in
      FamilyFigures.Axis.allCases.map { makes.adaptation(kind, by: $0) }
    }
    figures.append(makes.tasks)
    if let within = makes.withinEpisode { figures.append(within) }
    let profiles = family.learners.map { (name: $0.name, style: makes.style($0), points: $0.profile) }
    if profiles.contains(where: { !$0.points.isEmpty }) {
      figures.append(.profile(of: family.name, counts: family.counts, hasScores: family.hasScores, profiles))
    }
    let training = try family.learners.map {
      TrainingCurves(
        name: $0.name, style: makes.style($0), logs: try $0.finished.map { try logs($0.record.directory) })
    }
    return figures + TrainingCurves.figures(of: training, on: family.name)
  }
}

extension ReportContents {
  fileprivate var scoreGrid: ScoreGrid {
    let styles = styles
    let panels = families.filter(\.hasScores).map { family in
      let (zero, one) = (family.card.random.value, family.card.oracle.value)
      func score(_ value: Double) -> Double { (value - zero) / (one - zero) }
      return ScoreGrid.Panel(
        family: family.name,
        series: family.learners.map { learner in
          ChartSeries(
            name: learner.name, style: styles[learner.name] ?? CurveStyle(0),
            points: learner.adapted.map { point in
              let scored = point.estimate.mapped(score)
              return ChartSeries.Point(x: Double(point.episode), y: scored.value, interval: scored.interval)
            })
        })
    }
    let shown = Set(panels.flatMap(\.series).map(\.name))
    let names = learners.map(\.name).filter { shown.contains($0) }
    return ScoreGrid(panels: panels, legend: names.map { ($0, styles[$0] ?? CurveStyle(0)) })
  }
}

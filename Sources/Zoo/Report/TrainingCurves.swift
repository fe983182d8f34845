/// The training metrics of a learner's finished runs on one family, by run.
package struct TrainingCurves: Sendable {
  package var name: String
  package var style: CurveStyle
  package var logs: [TrainingLog]

  package init(name: String, style: CurveStyle, logs: [TrainingLog]) {
    (self.name, self.style, self.logs) = (name, style, logs)
  }

  package static let mostPoints = 100
  static let mostMetrics = 6

  var metrics: Set<String> { Set(logs.flatMap { $0.metrics.map(\.name) }) }

  /// The metrics to draw: returns first, then those that most learners log; of equals, the first by name.
  package static func chosenMetrics(of all: [TrainingCurves]) -> [String] {
    var counts: [String: Int] = [:]
    for curves in all { for metric in curves.metrics { counts[metric, default: 0] += 1 } }
    let sorted = counts.sorted { a, b in
      let (first, second) = (a.key.hasPrefix("return"), b.key.hasPrefix("return"))
      if first != second { return first }
      // What is earned after adaptation comes before what is earned ahead of it.
      if first, a.key != b.key, a.key == "returnAfter" || b.key == "returnAfter" { return a.key == "returnAfter" }
      return a.value != b.value ? a.value > b.value : a.key < b.key
    }
    return sorted.prefix(mostMetrics).map(\.key)
  }

  /// The mean over runs of a metric, row by row, as long as all runs have rows; the interval holds all runs.
  ///
  /// Runs with the same settings take about as many steps an iteration; a point lies at the mean of theirs. Nothing is
  /// smoothed.
  package func series(of metric: String) -> ChartSeries? {
    let runs = logs.compactMap { log in log.metrics.first { $0.name == metric }?.points }
    let rows = Thinning.evenly(Array(0..<(runs.map(\.count).min() ?? 0)), atMost: Self.mostPoints)
    let points = rows.map { row in
      let values = runs.map { $0[row].value }
      let (low, high) = (values.min() ?? .nan, values.max() ?? .nan)
      return ChartSeries.Point(
        x: average(runs.map { Double($0[row].step) }), y: average(values),
        interval: values.count > 1 && low <= high ? low...high : nil)
    }
    return points.isEmpty ? nil : ChartSeries(name: name, style: style, points: points)
  }
}

extension TrainingCurves {
  /// One figure a metric, of those that matter most.
  static func figures(of all: [TrainingCurves], on family: String) -> [ReportFigure] {
    chosenMetrics(of: all).map { metric in
      let series = all.compactMap { $0.series(of: metric) }
      let isReturn = metric.hasPrefix("return")
      let chart = LineChart(
        title: "\(metric) in training, \(family)",
        subtitle: "mean over seeds; shaded: from the lowest to the highest seed; not smoothed",
        horizontalLabel: "environment steps of meta-training",
        verticalLabel: isReturn ? "return (sum of rewards of an episode)" : "\(metric), as the learner logs it",
        series: series.map {
          ChartSeries(name: $0.style.title(of: $0.name), style: $0.style, points: $0.points)
        })
      let rows = series.flatMap { series in
        series.points.map { point in
          [
            family, series.name, metric, CSVText.number(point.x),
          ] + CSVText.numbers(point.y, point.interval)
        }
      }
      return ReportFigure(
        name: ReportFigure.fileName("training", family, metric),
        caption: "",
        svg: chart.svg,
        csv: CSVText.table(["family", "learner", "metric", "environment_steps", "mean", "lowest", "highest"], rows))
    }
  }
}

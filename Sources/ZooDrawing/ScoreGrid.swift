/// Adaptation curves of several families side by side, as scores, in one picture with one legend.
package struct ScoreGrid: Sendable {
  package struct Panel: Sendable {
    /// The family's name with its version.
    package var family: String
    /// One curve a learner: scores by episodes.
    package var series: [ChartSeries]

    package init(family: String, series: [ChartSeries]) { (self.family, self.series) = (family, series) }
  }

  /// One a family.
  package var panels: [Panel]
  /// All learners, in the order of the legend.
  package var legend: [(name: String, style: CurveStyle)]

  package init(panels: [Panel], legend: [(name: String, style: CurveStyle)]) {
    (self.panels, self.legend) = (panels, legend)
  }

  /// The scores that are drawn; curves beyond run along the edge.
  package static let range = -0.1...1.1
  private static let columns = 4
  private static let (width, panelWidth, panelHeight) = (1120.0, 272.0, 190.0)
  private static let (left, top, right, bottom) = (32.0, 26.0, 12.0, 34.0)
  private static let (head, legendRow) = (58.0, 22.0)

  package var figure: ReportFigure {
    let rows = panels.flatMap { panel in
      panel.series.flatMap { series in
        series.points.map { point in
          [
            panel.family, series.name, CSVText.number(point.x),
          ] + CSVText.numbers(point.y, point.interval)
        }
      }
    }
    var figure = ReportFigure(
      name: "scores-by-episodes",
      caption:
        "The score of a frozen copy of each agent by its episodes of experience in the task, family by "
        + "family. A learner that adapts has a curve that rises; the sooner, the faster.",
      svg: svg,
      csv: CSVText.table(["family", "learner", "episode", "score", "lower", "upper"], rows))
    figure.isWide = true
    return figure
  }

  private var svg: String {
    let lines = legendLines
    let legendTop = Self.head + Double((panels.count + Self.columns - 1) / Self.columns) * Self.panelHeight
    var canvas = SVGCanvas(width: Self.width, height: legendTop + Double(lines.count) * Self.legendRow + 20)
    let title = "Adaptation on \(panels.count) families"
    let hasIntervals = panels.contains { $0.series.contains { $0.points.contains { $0.interval != nil } } }
    canvas.text(title, x: 14, y: 24, size: 15, weight: "bold")
    canvas.text(
      "score (0: random actions, 1: known task) by episodes of experience in the task"
        + (hasIntervals ? "; bands: 95 % bootstrap intervals of learners" : ""),
      x: 14, y: 44, size: 12, color: "#444444")
    for (number, panel) in panels.enumerated() {
      let (row, column) = (number / Self.columns, number % Self.columns)
      draw(
        panel, on: &canvas, x: 14 + Double(column) * Self.panelWidth, y: Self.head + Double(row) * Self.panelHeight)
    }
    for (row, line) in lines.enumerated() {
      let y = legendTop + 16 + Double(row) * Self.legendRow
      for entry in line {
        let x = entry.x
        canvas.curve([(x, y), (x + 14, y), (x + 28, y)], style: entry.style, marksMiddleOnly: true)
        canvas.text(entry.title, x: x + 34, y: y + 4, size: 12)
      }
    }
    return canvas.document(
      title: title,
      description: "Scores by episodes of experience on \(panels.map(\.family).joined(separator: ", ")).")
  }

  private func draw(_ panel: Panel, on canvas: inout SVGCanvas, x: Double, y: Double) {
    let (left, right) = (x + Self.left, x + Self.panelWidth - Self.right)
    let (top, bottom) = (y + Self.top, y + Self.panelHeight - Self.bottom)
    let last = max(panel.series.flatMap(\.points).map(\.x).max() ?? 0, 1)
    func across(_ episode: Double) -> Double { left + 5 + episode / last * (right - left - 10) }
    func up(_ score: Double) -> Double {
      let inside = min(max(score, Self.range.lowerBound), Self.range.upperBound)
      return bottom - (inside - Self.range.lowerBound) / (Self.range.upperBound - Self.range.lowerBound)
        * (bottom - top)
    }
    canvas.text(
      SVGCanvas.cut(panel.family, to: right - left, size: 12), x: left, y: top - 7, size: 12, weight: "bold")
    for score in [0, 0.5, 1] {
      canvas.line(left, up(score), right, up(score), color: "#E6E6E6")
      canvas.text(NumberText.fixed(score, decimals: 1), x: left - 5, y: up(score) + 4, size: 11, anchor: "end")
    }
    for episode in Set([0, (last / 2).rounded(), last]).sorted() {
      canvas.line(across(episode), bottom, across(episode), bottom + 4, color: "#333333")
      canvas.text(
        NumberText.fixed(episode, decimals: 0), x: across(episode), y: bottom + 16, size: 11, anchor: "middle")
    }
    for series in panel.series.reversed() where !series.style.isControl {
      let band = series.points.compactMap { point in
        point.interval.map { (across(point.x), up($0.lowerBound), up($0.upperBound)) }
      }
      canvas.band(band, color: series.style.color, opacity: 0.1)
    }
    for series in panel.series.reversed() {
      canvas.curve(series.points.map { (across($0.x), up($0.y)) }, style: series.style, marksMiddleOnly: true)
    }
    canvas.frame(left, top, right - left, bottom - top)
  }

  /// The legend, in as many lines as it needs.
  private var legendLines: [[(title: String, style: CurveStyle, x: Double)]] {
    var lines: [[(title: String, style: CurveStyle, x: Double)]] = [[]]
    var x = 14 + Self.left
    for entry in legend {
      let title = SVGCanvas.cut(entry.style.title(of: entry.name), to: 300, size: 12)
      let room = 34 + SVGCanvas.width(of: title, size: 12) + 18
      if x + room > Self.width, !(lines.last ?? []).isEmpty {
        lines.append([])
        x = 14 + Self.left
      }
      lines[lines.count - 1].append((title, entry.style, x))
      x += room
    }
    return lines
  }
}

/// A figure of a report: the picture, its data, and its caption.
package struct ReportFigure: Sendable {
  /// The name of its files, without the ending.
  package let name: String
  /// The content and how to read it.
  package let caption: String
  package let svg: String
  package let csv: String
  /// Whether it takes the whole width of a page.
  package var isWide = false

  package init(name: String, caption: String, svg: String, csv: String) {
    (self.name, self.caption, self.svg, self.csv) = (name, caption, svg, csv)
  }

  /// The part of a file's name that stands for a family or a metric: what is awkward in names becomes a hyphen.
  package static func fileName(_ parts: String...) -> String {
    parts.map { part in
      String(part.unicodeScalars.map { isPlain($0) ? Character($0) : "-" }).prefix(80)
    }.joined(separator: "-")
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "@", "-", "_": true
    default: false
    }
  }
}

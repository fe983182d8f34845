/// Rows of dots and intervals, one row a learner, over one horizontal axis or several side by side.
package struct RowChart: Sendable {
  /// A learner's cell in a column.
  package struct Cell: Sendable {
    package var dots: [Double] = []
    package var value: Double?
    package var interval: ClosedRange<Double>?
    /// The previous value, joined to the value by a line.
    package var before: Double?

    /// A learner's cell in a column.
    package init(
      dots: [Double] = [], value: Double? = nil, interval: ClosedRange<Double>? = nil, before: Double? = nil
    ) {
      (self.dots, self.value, self.interval, self.before) = (dots, value, interval, before)
    }
  }

  package struct Row: Sendable {
    package var name: String
    package var style: CurveStyle
    package var cells: [Cell]

    package init(name: String, style: CurveStyle, cells: [Cell]) {
      (self.name, self.style, self.cells) = (name, style, cells)
    }
  }

  package struct Column: Sendable {
    package var title: String
    /// The horizontal axis's label, with its unit.
    package var label: String
    package var references: [ChartReference] = []
    /// Ends that the axis has at least.
    package var holding: [Double] = []

    package init(title: String = "", label: String, references: [ChartReference] = [], holding: [Double] = []) {
      (self.title, self.label, self.references, self.holding) = (title, label, references, holding)
    }
  }

  package var title: String
  package var subtitle: String
  package var columns: [Column]
  package var rows: [Row]
  /// Whether all columns have the axis of the first.
  package var hasOneScale = false
  package var emptyText = "nothing to show: no run has finished"

  /// The most dots that a cell draws; of more, evenly spaced ones of the sorted values are drawn.
  package static let mostDots = 200

  package init(title: String, subtitle: String, columns: [Column], rows: [Row], hasOneScale: Bool = false) {
    (self.title, self.subtitle, self.columns, self.rows) = (title, subtitle, columns, rows)
    self.hasOneScale = hasOneScale
  }
}

extension RowChart {
  package var svg: String { RowChartDrawing(self).svg }
}

private struct RowChartDrawing {
  let chart: RowChart
  let scales: [PlotScale]
  let far: [[ChartReference]]
  let nameWidth: Double
  let columnWidth: Double
  let top: Double
  let rowHeight: Double
  let gap: Double

  init(_ chart: RowChart) {
    self.chart = chart
    let values = chart.columns.indices.map { column in
      chart.rows.flatMap { row -> [Double] in
        guard column < row.cells.count else { return [] }
        let cell = row.cells[column]
        let ends = cell.interval.map { [$0.lowerBound, $0.upperBound] } ?? []
        return (cell.dots + ends + [cell.value, cell.before].compactMap { $0 }).filter(\.isFinite)
      } + chart.columns[column].holding
    }
    let shown = chart.hasOneScale ? values.map { _ in values.flatMap { $0 } } : values
    let near = zip(chart.columns, shown).map { column, values in
      column.references.filter { reference in
        guard reference.value.isFinite else { return false }
        let (low, high) = (values.min() ?? reference.value, values.max() ?? reference.value)
        let reach = max(high - low, 1e-9) * 0.5
        return reference.value >= low - reach && reference.value <= high + reach
      }
    }
    far = zip(chart.columns, near).map { column, near in
      column.references.filter { $0.value.isFinite && !near.contains($0) }
    }
    let count = chart.columns.count > 2 ? 3 : chart.columns.count > 1 ? 4 : 6
    scales = zip(shown, near).map { values, near in
      PlotScale(holding: values + near.map(\.value), count: count)
    }
    let widths = chart.rows.map { SVGCanvas.width(of: $0.name, size: 12) + 30 }
    nameWidth = min(max(widths.max() ?? 0, 90), chart.columns.count > 2 ? 220 : 185)
    gap = chart.columns.count > 2 ? 40 : 26
    // Charts of one or two columns are as wide as charts of curves, so that letters are of one size.
    let columns = Double(max(1, chart.columns.count))
    columnWidth = ((chart.columns.count > 2 ? 1150 : 560) - 14 - nameWidth) / columns - gap
    let hasDots = chart.rows.contains { $0.cells.contains { !$0.dots.isEmpty } }
    rowHeight = hasDots ? 44 : 26
    let hasTitles = chart.columns.contains { !$0.title.isEmpty }
    top = 62 + (hasTitles ? 22 : 0) + (chart.columns.contains { !$0.references.isEmpty } ? 16 : 0)
  }

  var bottom: Double { top + Double(max(chart.rows.count, 2)) * rowHeight + 8 }
  var width: Double { 14 + nameWidth + Double(chart.columns.count) * (columnWidth + gap) }
  func left(_ column: Int) -> Double { 14 + nameWidth + Double(column) * (columnWidth + gap) }
  func x(_ value: Double, _ column: Int) -> Double {
    left(column) + 8 + scales[column].place(value) * (columnWidth - 16)
  }
  func y(_ row: Int) -> Double { top + 4 + (Double(row) + 0.5) * rowHeight }

  var svg: String {
    var canvas = SVGCanvas(width: width, height: bottom + 54)
    canvas.text(SVGCanvas.cut(chart.title, to: width - 28, size: 15), x: 14, y: 24, size: 15, weight: "bold")
    canvas.text(
      SVGCanvas.cut(chart.subtitle, to: width - 28, size: 12), x: 14, y: 44, size: 12, color: "#444444")
    for column in chart.columns.indices { axis(&canvas, column) }
    for (number, row) in chart.rows.enumerated() {
      canvas.text(
        row.name, x: 14 + nameWidth - 26, y: y(number) + 4, size: 12, anchor: "end", fitting: nameWidth - 26)
      canvas.mark(row.style, at: (14 + nameWidth - 13, y(number)))
      for column in chart.columns.indices where column < row.cells.count {
        draw(row.cells[column], row.style, &canvas, number, column)
      }
    }
    if chart.rows.isEmpty, !chart.columns.isEmpty {
      canvas.text(
        chart.emptyText, x: left(0) + columnWidth / 2, y: (top + bottom) / 2, size: 13, color: "#444444",
        anchor: "middle")
    }
    let names = chart.rows.map(\.name).joined(separator: ", ")
    return canvas.document(title: chart.title, description: "rows: \(names). \(chart.subtitle)")
  }

  private func axis(_ canvas: inout SVGCanvas, _ column: Int) {
    let (scale, left) = (scales[column], left(column))
    for row in chart.rows.indices where row % 2 == 1 {
      canvas.box(left, y(row) - rowHeight / 2, columnWidth, rowHeight, color: "#F5F5F5")
    }
    for tick in scale.ticks {
      let place = x(tick, column)
      canvas.line(place, top, place, bottom, color: "#E6E6E6")
      canvas.line(place, bottom, place, bottom + 5, color: "#333333")
    }
    let labels = scale.ticks.map { (place: x($0, column), text: scale.label($0)) }
    var end = -Double.infinity
    for label in labels {
      let half = SVGCanvas.width(of: label.text, size: 12) / 2
      guard label.place - half > end + 4 else { continue }
      canvas.text(label.text, x: label.place, y: bottom + 20, size: 12, anchor: "middle")
      end = label.place + half
    }
    let heading = chart.columns[column]
    if !heading.title.isEmpty { canvas.text(heading.title, x: left, y: 68, size: 13, weight: "bold") }
    canvas.text(heading.label, x: left + columnWidth / 2, y: bottom + 42, size: 12, anchor: "middle")
    references(&canvas, column)
    canvas.frame(left, top, columnWidth, bottom - top)
  }

  /// Dotted lines with their names above the frame, where they do not touch; the others are named by the axis only.
  private func references(_ canvas: inout SVGCanvas, _ column: Int) {
    var taken: [ClosedRange<Double>] = []
    for reference in chart.columns[column].references
    where reference.value.isFinite && !far[column].contains(reference) {
      let place = x(reference.value, column)
      canvas.line(place, top, place, bottom, color: "#777777", dash: "1.5 3", width: 1.5)
      let half = SVGCanvas.width(of: reference.name, size: 12) / 2
      let middle = min(max(place, left(column) + half), left(column) + columnWidth - half)
      let range = middle - half...middle + half
      guard !taken.contains(where: { $0.overlaps(range) }) else { continue }
      taken.append(range)
      canvas.text(reference.name, x: middle, y: top - 6, size: 12, color: "#555555", anchor: "middle")
    }
    guard !far[column].isEmpty, taken.isEmpty else { return }
    let names = far[column].map { "\($0.name) \(NumberText.short($0.value))" }.joined(separator: ", ")
    let text = SVGCanvas.cut("off the plot: " + names, to: columnWidth, size: 12)
    canvas.text(text, x: left(column), y: top - 6, size: 12, color: "#555555")
  }

  private func draw(
    _ cell: RowChart.Cell, _ style: CurveStyle, _ canvas: inout SVGCanvas, _ row: Int, _ column: Int
  ) {
    // Dots lie below what stands for them.
    let middle = y(row) - (cell.dots.isEmpty ? 0 : 11)
    for (place, offset) in swarm(cell.dots.filter(\.isFinite), column) {
      canvas.dot(place, middle + offset, radius: 2.6, color: style.color, opacity: 0.45)
    }
    if let interval = cell.interval {
      let (low, high) = (x(interval.lowerBound, column), x(interval.upperBound, column))
      canvas.line(low, middle, high, middle, color: style.color, width: 2.4)
      for end in [low, high] { canvas.line(end, middle - 5, end, middle + 5, color: style.color, width: 1.6) }
    }
    guard let value = cell.value, value.isFinite else { return }
    if let before = cell.before, before.isFinite {
      let (from, to) = (x(before, column), x(value, column))
      canvas.line(from, middle, to, middle, color: style.color, dash: "2 2", width: 1.4)
      canvas.line(from, middle - 6, from, middle + 6, color: style.color, width: 2)
    }
    canvas.mark(style, at: (x(value, column), middle))
  }

  /// Places for dots, moved up or down so that they touch little.
  private func swarm(_ dots: [Double], _ column: Int) -> [(x: Double, offset: Double)] {
    var sorted = dots.sorted()
    if sorted.count > RowChart.mostDots {
      let last = Double(sorted.count - 1) / Double(RowChart.mostDots - 1)
      sorted = (0..<RowChart.mostDots).map { sorted[Int((Double($0) * last).rounded())] }
    }
    let lanes = [16.0, 21, 26, 11]
    var ends = [Double](repeating: -.infinity, count: lanes.count)
    return sorted.map { value in
      let place = x(value, column)
      let free = lanes.indices.first { ends[$0] + 5 <= place } ?? lanes.indices.min { ends[$0] < ends[$1] } ?? 0
      ends[free] = place
      return (place, lanes[free])
    }
  }
}

package struct ChartSeries: Sendable {
  package var name: String
  package var style: CurveStyle
  /// The curve, from left to right.
  package var points: [Point]

  /// One point of a curve, with its interval if there is one.
  package struct Point: Sendable, Hashable {
    package var x: Double
    package var y: Double
    package var interval: ClosedRange<Double>?

    package init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      (self.x, self.y, self.interval) = (x, y, interval)
    }
  }

  package init(name: String, style: CurveStyle, points: [Point]) {
    (self.name, self.style, self.points) = (name, style, points)
  }
}

/// A level, or a curve, that curves are compared with.
package struct ChartReference: Sendable, Hashable {
  package var name: String
  /// The level, or the end of the curve.
  package var value: Double
  /// The curve from left to right; empty for a level.
  package var points: [ChartSeries.Point] = []

  package init(name: String, value: Double) { (self.name, self.value) = (name, value) }

  /// A curve.
  package init(name: String, points: [ChartSeries.Point]) {
    (self.name, self.points) = (name, points)
    value = points.last?.y ?? .nan
  }

  fileprivate var values: [Double] { points.isEmpty ? [value] : points.map(\.y) }
}

/// Curves over one axis, each named at its end.
package struct LineChart: Sendable {
  package var title: String
  package var subtitle: String
  /// The horizontal axis's label, with its unit.
  package var horizontalLabel: String
  /// The vertical axis's label, with its unit.
  package var verticalLabel: String
  /// The curves; the first is drawn on top.
  package var series: [ChartSeries]
  /// Levels across the chart and curves to compare with; those far from all curves are named below the title only.
  package var references: [ChartReference] = []
  /// Whether marks to the right stand at whole numbers only.
  package var isHorizontalWhole = false
  /// Whether heights are shares, drawn from 0 to 1; names then stand in the order of the curves, not at their ends,
  /// since profiles all end at 0.
  package var isShare = false
  package var emptyText = "nothing to show: no run has finished"

  package init(
    title: String, subtitle: String, horizontalLabel: String, verticalLabel: String, series: [ChartSeries],
    references: [ChartReference] = []
  ) {
    (self.title, self.subtitle) = (title, subtitle)
    (self.horizontalLabel, self.verticalLabel) = (horizontalLabel, verticalLabel)
    (self.series, self.references) = (series, references)
  }
}

extension LineChart {
  package var svg: String { LineChartDrawing(self).svg }
}

private struct LineChartDrawing {
  let chart: LineChart
  let vertical: PlotScale
  let horizontal: PlotScale
  /// The ends of the horizontal axis: those of the data, so that no room is lost.
  let span: ClosedRange<Double>
  let unit: AxisUnit
  let drawn: [ChartReference]
  let far: [ChartReference]

  let left = 74.0
  let top: Double
  let panelWidth: Double
  let panelHeight: Double
  let labelWidth: Double
  static let rowHeight = 16.0
  static let width = 560.0

  init(_ chart: LineChart) {
    self.chart = chart
    let points = chart.series.flatMap(\.points)
    let values = points.flatMap { [$0.y, $0.interval?.lowerBound ?? $0.y, $0.interval?.upperBound ?? $0.y] }
      .filter(\.isFinite)
    let finite = chart.references.filter(\.value.isFinite)
    let reach = max((values.max() ?? 1) - (values.min() ?? 0), 1e-9) * 0.75
    let isNear = { (reference: ChartReference) in
      values.isEmpty
        || reference.values.allSatisfy {
          $0 > (values.min() ?? 0) - reach && $0 < (values.max() ?? 0) + reach
        }
    }
    drawn = finite.filter(isNear)
    far = finite.filter { !isNear($0) }
    top = far.isEmpty ? 62 : 78
    vertical =
      chart.isShare
      ? PlotScale(holding: [0, 1], count: 5)
      : PlotScale(holding: values + drawn.flatMap(\.values), count: 6)
    unit = AxisUnit(reaching: points.map { abs($0.x) }.max() ?? 0, isWhole: chart.isHorizontalWhole)
    let places = points.map { [unit] in $0.x / unit.size }.filter { abs($0) < 1e100 }
    let (first, last) = (places.min() ?? 0, places.max() ?? 0)
    // What begins near 0 begins at 0.
    let start = first > 0 && first < 0.5 * last ? 0 : first
    horizontal = PlotScale(holding: [start, last], count: 6)
    span = last > start ? start...last : horizontal.range
    let rows = chart.series.count + drawn.count
    panelHeight = max(270, Double(rows + 1) * Self.rowHeight)
    let names =
      chart.series.map { SVGCanvas.width(of: $0.name, size: 12) + 32 }
      + drawn.map { SVGCanvas.width(of: Self.text(of: $0), size: 12) + 6 }
    labelWidth = min(max(names.max() ?? 0, 60), 170)
    // All charts have one width, so that adjacent text has one size.
    panelWidth = Self.width - left - 30 - labelWidth
  }

  static func text(of reference: ChartReference) -> String {
    reference.points.isEmpty ? "\(reference.name) \(NumberText.short(reference.value))" : reference.name
  }

  private static func textOffThePlot(of reference: ChartReference) -> String {
    guard let first = reference.points.first else { return text(of: reference) }
    return "\(reference.name) \(NumberText.short(first.y)) to \(NumberText.short(reference.value))"
  }

  var right: Double { left + panelWidth }
  var bottom: Double { top + panelHeight }

  func x(_ value: Double) -> Double {
    let share = (value / unit.size - span.lowerBound) / (span.upperBound - span.lowerBound)
    // Marks stay clear of the frame.
    return left + 8 + min(max(share, 0), 1) * (panelWidth - 16)
  }

  func y(_ value: Double) -> Double { top + 8 + (1 - vertical.place(value)) * (panelHeight - 16) }

  var svg: String {
    var canvas = SVGCanvas(width: Self.width, height: bottom + 54)
    let width = Self.width - 28
    canvas.text(SVGCanvas.cut(chart.title, to: width, size: 15), x: 14, y: 24, size: 15, weight: "bold")
    canvas.text(SVGCanvas.cut(chart.subtitle, to: width, size: 12), x: 14, y: 44, size: 12, color: "#444444")
    let beyond = far.map(Self.textOffThePlot).joined(separator: ", ")
    if !far.isEmpty { canvas.text("off the plot: " + beyond, x: 14, y: 60, size: 12, color: "#444444") }
    axes(&canvas)
    let hasPoints = chart.series.contains { !$0.points.isEmpty }
    if hasPoints {
      curves(&canvas)
      labels(&canvas)
    } else {
      canvas.text(
        chart.emptyText, x: left + panelWidth / 2, y: top + panelHeight / 2, size: 13, color: "#444444",
        anchor: "middle")
    }
    canvas.frame(left, top, panelWidth, panelHeight)
    let names = chart.series.map(\.name).joined(separator: ", ")
    return canvas.document(
      title: chart.title,
      description: "\(chart.verticalLabel) against \(chart.horizontalLabel); curves: \(names). \(chart.subtitle)")
  }

  private func axes(_ canvas: inout SVGCanvas) {
    for tick in vertical.ticks {
      canvas.line(left, y(tick), right, y(tick), color: "#E6E6E6")
      canvas.line(left - 5, y(tick), left, y(tick), color: "#333333")
      canvas.text(vertical.label(tick), x: left - 9, y: y(tick) + 4, size: 12, anchor: "end")
    }
    canvas.upright(chart.verticalLabel, x: 18, y: top + panelHeight / 2, size: 12)
    let ticks = horizontal.ticks.filter { span.contains($0) }
      .filter { !chart.isHorizontalWhole || $0 == $0.rounded() }
    for tick in ticks {
      let place = x(tick * unit.size)
      canvas.line(place, bottom, place, bottom + 5, color: "#333333")
      canvas.text(horizontal.label(tick), x: place, y: bottom + 20, size: 12, anchor: "middle")
    }
    canvas.text(
      chart.horizontalLabel + unit.suffix, x: left + panelWidth / 2, y: bottom + 42, size: 12, anchor: "middle")
  }

  private func curves(_ canvas: inout SVGCanvas) {
    for reference in drawn {
      guard reference.points.isEmpty else {
        canvas.curve(reference.points.map { (x($0.x), y($0.y)) }, style: .reference, hasMarks: false)
        continue
      }
      let style = CurveStyle.reference
      canvas.line(left, y(reference.value), right, y(reference.value), color: style.color, dash: style.dash)
    }
    for series in chart.series.reversed() {
      let band = series.points.compactMap { point in
        point.interval.map { (x(point.x), y($0.lowerBound), y($0.upperBound)) }
      }
      canvas.band(band, color: series.style.color, opacity: chart.series.count > 4 ? 0.1 : 0.16)
    }
    for series in chart.series.reversed() {
      canvas.curve(series.points.map { (x($0.x), y($0.y)) }, style: series.style)
    }
  }

  /// Names at the right, each as near to the end of its curve as its neighbors allow.
  private func labels(_ canvas: inout SVGCanvas) {
    let ends = chart.series.compactMap { series in series.points.last.map { (series, y($0.y)) } }
    let wanted = ends.map { chart.isShare ? top + 8 : $0.1 } + drawn.map { y($0.value) }
    let places = Self.apart(wanted, distance: Self.rowHeight, in: top...bottom)
    for ((series, end), place) in zip(ends, places) {
      if !chart.isShare { canvas.line(right + 1, end, right + 12, place, color: series.style.color) }
      canvas.curve(
        [(right + 12, place), (right + 24, place), (right + 36, place)], style: series.style, marksMiddleOnly: true)
      canvas.text(series.name, x: right + 42, y: place + 4, size: 12, anchor: "start", fitting: labelWidth - 16)
    }
    for (reference, place) in zip(drawn, places.dropFirst(ends.count)) {
      canvas.line(right + 1, y(reference.value), right + 10, place, color: "#777777")
      canvas.text(Self.text(of: reference), x: right + 13, y: place + 4, size: 12, color: "#555555")
    }
  }

  /// Heights that are so far apart, in the same order, as near to the wanted ones as they come.
  static func apart(_ wanted: [Double], distance: Double, in range: ClosedRange<Double>) -> [Double] {
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var places = wanted
    var lowest = range.lowerBound
    for position in order {
      places[position] = max(wanted[position], lowest)
      lowest = places[position] + distance
    }
    var highest = range.upperBound
    for position in order.reversed() {
      places[position] = min(places[position], highest)
      highest = places[position] - distance
    }
    return places
  }
}

/// The unit of the numbers along an axis, which keeps them short.
struct AxisUnit: Sendable, Hashable {
  /// The number of units in one axis unit.
  var size: Double
  /// The text after the name of the axis.
  var suffix: String

  /// The unit of an axis that reaches so far; small whole numbers are counted one by one.
  init(reaching highest: Double, isWhole: Bool) {
    switch highest {
    case 1e6..<1e100: (size, suffix) = (1e6, ", in millions")
    case 1e4..<1e6 where !isWhole: (size, suffix) = (1e3, ", in thousands")
    default: (size, suffix) = (1, "")
    }
  }
}

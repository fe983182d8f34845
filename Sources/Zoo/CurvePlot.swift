import MetaRL

/// Adaptation curves of one family as a picture: what frozen copies earned, and what lifetimes earned.
struct CurvePlot {
  private let section: ComparisonResult.Section
  private let vertical: PlotScale
  private let anchors: (drawn: [(name: String, value: Double)], far: [(name: String, value: Double)])

  private let panelWidth = 380.0
  private let panelHeight = 340.0
  private let left = 84.0
  private let top = 84.0
  private let gap = 36.0
  private let anchorWidth = 140.0
  private let legendWidth = 200.0

  /// A picture of one family.
  init(_ section: ComparisonResult.Section) {
    self.section = section
    let points = section.summaries.flatMap { $0.adapted + $0.online }.map(\.estimate)
    let values = points.flatMap {
      [$0.value, $0.interval?.lowerBound ?? $0.value, $0.interval?.upperBound ?? $0.value]
    }
    anchors = section.anchors(near: values)
    vertical = PlotScale(holding: values + anchors.drawn.map(\.value), count: 6)
  }

  /// The picture.
  var svg: String {
    var canvas = SVGCanvas(
      width: left + 2 * panelWidth + gap + anchorWidth + legendWidth, height: top + panelHeight + 64)
    canvas.text(section.card.versionedName, x: left, y: 30, size: 18, weight: "bold")
    let seeds = section.summaries.map(\.finished.count).max() ?? 0
    let bands = seeds >= ScoreMatrix.fewestSeedsForInterval ? "; bands: 95 % stratified bootstrap interval" : ""
    canvas.text(
      "mean over \(seeds) seeds x \(section.evaluation.taskCount) \(section.evaluation.split.inWords) tasks\(bands)",
      x: left, y: 50, size: 13,
      color: "#444444")
    let last = section.evaluation.probes.last ?? 1
    panel(
      &canvas, "adapted return of a frozen copy", at: left,
      ticks: PlotScale.episodeTicks(for: section.evaluation.probes),
      last: last
    ) {
      $0.adapted
    }
    let episodes = section.evaluation.episodesPerLifetime
    panel(
      &canvas, "online return of the lifetime", at: left + panelWidth + gap,
      ticks: PlotScale.episodeTicks(for: Array(0..<episodes)),
      last: max(1, episodes - 1)
    ) { $0.online }
    yAxis(&canvas)
    anchorNames(&canvas)
    legend(&canvas)
    return canvas.document(title: "Adaptation curves on \(section.card.versionedName)")
  }

  private func y(_ value: Double) -> Double { top + (1 - vertical.place(value)) * panelHeight }

  private func panel(
    _ canvas: inout SVGCanvas, _ title: String, at x: Double, ticks: [Int], last: Int,
    points: (LearnerSummary) -> [CurvePoint]
  ) {
    let bottom = top + panelHeight
    // Marks stay clear of the frame.
    func place(_ episode: Int) -> Double { x + 10 + Double(episode) / Double(max(1, last)) * (panelWidth - 20) }
    canvas.text(title, x: x, y: top - 12, size: 14)
    for tick in vertical.ticks { canvas.line(x, y(tick), x + panelWidth, y(tick), color: "#E6E6E6") }
    for anchor in anchors.drawn {
      canvas.line(x, y(anchor.value), x + panelWidth, y(anchor.value), color: "#666666", dash: "2 3")
    }
    let curves = section.summaries.map(points)
    for (number, curve) in curves.enumerated() {
      let band = curve.compactMap { point in
        point.estimate.interval.map { (place(point.episode), y($0.lowerBound), y($0.upperBound)) }
      }
      canvas.band(band, color: CurveStyle(number).color, opacity: curves.count > 4 ? 0.1 : 0.16)
    }
    for (number, curve) in curves.enumerated().reversed() {
      canvas.curve(curve.map { (place($0.episode), y($0.estimate.value)) }, style: CurveStyle(number))
    }
    canvas.frame(x, top, panelWidth, panelHeight)
    for tick in ticks { canvas.line(place(tick), bottom, place(tick), bottom + 5, color: "#333333") }
    for tick in Self.legible(ticks, place: place) {
      canvas.text("\(tick)", x: place(tick), y: bottom + 20, size: 12, anchor: "middle")
    }
    canvas.text(
      "experience in the task (episodes)", x: x + panelWidth / 2, y: bottom + 44, size: 13, anchor: "middle")
  }

  /// The marks whose numbers do not touch; the last and the first come before those between.
  private static func legible(_ ticks: [Int], place: (Int) -> Double) -> [Int] {
    func halfWidth(_ tick: Int) -> Double { Double("\(tick)".count) * 4 + 3 }
    var chosen: [Int] = []
    for tick in ticks.suffix(1) + ticks.prefix(1) + ticks.reversed() {
      let isFree = chosen.allSatisfy { abs(place($0) - place(tick)) > halfWidth($0) + halfWidth(tick) }
      if isFree { chosen.append(tick) }
    }
    return chosen
  }

  private func yAxis(_ canvas: inout SVGCanvas) {
    for tick in vertical.ticks {
      canvas.line(left - 5, y(tick), left, y(tick), color: "#333333")
      canvas.text(vertical.label(tick), x: left - 9, y: y(tick) + 4, size: 12, anchor: "end")
    }
    canvas.upright("return (sum of rewards of an episode)", x: 22, y: top + panelHeight / 2, size: 13)
  }

  /// Beside the right panel, clear of all curves, since both panels have the same vertical axis.
  private func anchorNames(_ canvas: inout SVGCanvas) {
    for anchor in anchors.drawn {
      canvas.text(
        "\(anchor.name) \(NumberText.short(anchor.value))", x: left + 2 * panelWidth + gap + 6,
        y: y(anchor.value) + 4, size: 11, color: "#555555")
    }
  }

  private func legend(_ canvas: inout SVGCanvas) {
    let x = left + 2 * panelWidth + gap + anchorWidth
    var line = top + 10
    for (number, summary) in section.summaries.enumerated() {
      canvas.curve([(x, line), (x + 20, line), (x + 40, line)], style: CurveStyle(number), marksMiddleOnly: true)
      let role = summary.learner.card.role == .control ? " (control)" : ""
      canvas.text(summary.learner.name + role, x: x + 50, y: line + 4, size: 13)
      line += 24
    }
    for anchor in anchors.far {
      canvas.text(
        "\(anchor.name) \(NumberText.short(anchor.value)), off the plot", x: x, y: line + 12, size: 11,
        color: "#555555")
      line += 18
    }
  }
}

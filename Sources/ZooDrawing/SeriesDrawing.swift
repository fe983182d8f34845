import MetaRL

/// Observations, actions and rewards over the steps of an episode: what can be drawn of any family.
struct SeriesDrawing: Sendable {
  private struct Row: Sendable {
    var task: Int
    var name: String
    /// `[column][repetition][component][step]`.
    var values: [[[[Double]]]]
    /// Whether values lie between steps, as choices and rewards do, and not on a curve.
    var hasMarksOnly: Bool
    var scale: PlotScale

    var componentCount: Int { values.joined().map(\.count).max() ?? 0 }
  }

  private let recording: Recording
  private let rows: [Row]
  private let columns: [String]
  private let steps: Int

  private let left = 78.0
  private let gap = 22.0
  private let height = 104.0
  private let top = 84.0

  init(_ recording: Recording) {
    self.recording = recording
    // Episodes of one step say nothing one by one: then the lifetime is the episode.
    let joins = recording.spec.horizon == 1
    columns = joins ? ["one episode after the other"] : recording.stages.indices.map(recording.caption)
    var rows: [Row] = []
    for (number, task) in recording.tasks.enumerated() {
      let stages = task.episodes.map { $0.map { Series($0) } }
      let played = joins ? [Series.joined(stages.compactMap(\.first))] : stages
      let channel = recording.spec.reportedReward
      rows.append(Self.row(number, "observation", played.map { $0.map(\.observations) }, false))
      let isDiscrete = if case .discrete = recording.spec.actionSpace { true } else { false }
      rows.append(Self.row(number, "action", played.map { $0.map(\.actions) }, isDiscrete))
      rows.append(Self.row(number, "reward", played.map { $0.map { [$0.rewards(channel)] } }, joins))
    }
    self.rows = rows
    steps = max(1, rows.flatMap(\.values).joined().joined().map { $0.count - 1 }.max() ?? 1)
  }

  private var side: Double { columns.count == 1 ? 620 : 250 }

  private static func row(_ task: Int, _ name: String, _ values: [[[[Double]]]], _ hasMarksOnly: Bool) -> Row {
    let shown = values.map { $0.map { Array($0.prefix(Color.palette.count)) } }
    return Row(
      task: task, name: name, values: shown, hasMarksOnly: hasMarksOnly,
      scale: PlotScale(holding: Array(shown.joined().joined().joined()).filter(\.isFinite), count: 3))
  }

  private func frame(_ row: Int, _ column: Int) -> Frame {
    let tasks = Double(rows[row].task)
    let (range, margin) = (rows[row].scale.range, rows.contains { $0.hasMarksOnly } ? 0.4 : 0)
    // Marks on the border would be hard to see.
    let room = (range.upperBound - range.lowerBound) * 0.08
    return Frame(
      left: left + Double(column) * (side + gap), top: top + 26 + Double(row) * (height + 14) + tasks * 46,
      width: side, height: height, horizontal: -margin...Double(steps) + margin,
      vertical: range.lowerBound - room...range.upperBound + room)
  }

  var film: Film {
    let bottom = frame(rows.count - 1, 0).top + height + 44
    let width = max(700, left + Double(columns.count) * (side + gap) + 12)
    var still = Picture(width: Int(width), height: Int(bottom + 34))
    still.marks.append(.text(recording.heading, at: Spot(24, 32), size: 18, isBold: true))
    still.marks.append(.text(recording.actors, at: Spot(24, 54), size: 12, color: .softInk))
    for row in rows.indices {
      for column in columns.indices { still.marks += background(row, column) }
    }
    still.marks += legend(at: bottom + 10)
    return Recording.film(still, steps: steps) { step in
      rows.indices.flatMap { row in columns.indices.flatMap { moving(row, $0, step) } }
    }
  }

  private func background(_ row: Int, _ column: Int) -> [Mark] {
    let (frame, line) = (frame(row, column), rows[row])
    var marks: [Mark] = []
    let isFirst = row == 0 || rows[row - 1].task != line.task
    if isFirst {
      let task = recording.tasks[line.task]
      let prefix = recording.tasks.count > 1 && column == 0 ? "\(recording.name(of: task)): " : ""
      marks.append(
        .text(
          prefix + columns[column], at: Spot(frame.left, frame.top - 24), size: 13,
          color: columns.count == recording.stages.count ? recording.color(column) : .ink, isBold: true))
      if columns.count == recording.stages.count, recording.spec.horizon > 1 {
        marks.append(.text(recording.returnText(task, column), at: Spot(frame.left, frame.top - 8), size: 12))
      }
    }
    if column == 0 {
      marks.append(
        .text(line.name, at: Spot(24, frame.top + height / 2), size: 12, anchor: .middle, isUpright: true))
    }
    for tick in line.scale.ticks where line.scale.range.contains(tick) {
      let y = frame.spot(0, tick).y
      marks.append(.line([Spot(frame.left, y), Spot(frame.left + side, y)], color: Color(0xE6E6E6), width: 1))
      if column == 0 {
        marks.append(.text(line.scale.label(tick), at: Spot(frame.left - 8, y + 4), size: 11, anchor: .end))
      }
    }
    if row == rows.count - 1 { marks += stepAxis(frame) }
    return marks + [frame.border]
  }

  private func stepAxis(_ frame: Frame) -> [Mark] {
    let bottom = frame.top + height
    var marks: [Mark] = []
    for tick in PlotScale(holding: [0, Double(steps)], count: 4).ticks
    where tick <= Double(steps) && tick == tick.rounded() {
      let x = frame.spot(tick, 0).x
      marks.append(.line([Spot(x, bottom), Spot(x, bottom + 4)], color: .softInk, width: 1))
      marks.append(.text(NumberText.plain(tick), at: Spot(x, bottom + 17), size: 11, anchor: .middle))
    }
    let unit = recording.spec.horizon == 1 ? "episode (one step each)" : "step"
    marks.append(.text(unit, at: Spot(frame.left + side / 2, bottom + 34), size: 12, anchor: .middle))
    return marks
  }

  private func moving(_ row: Int, _ column: Int, _ step: Int) -> [Mark] {
    let (frame, line) = (frame(row, column), rows[row])
    var marks: [Mark] = []
    for repetition in line.values[column] {
      for (component, values) in repetition.enumerated() {
        let color = Color.palette[component % Color.palette.count]
        let places = values.prefix(step + 1).enumerated().map { frame.spot(Double($0.offset), $0.element) }
        if !line.hasMarksOnly { marks += frame.clipped(places).map { .line($0, color: color, width: 1.6) } }
        if line.hasMarksOnly || values.count == 1 {
          marks += places.filter(frame.contains).map { .disc($0, radius: 2.6, color: color) }
        }
      }
    }
    return marks
  }

  private func legend(at y: Double) -> [Mark] {
    let largest = rows.map(\.componentCount).max() ?? 1
    guard largest > 1 else { return [] }
    var marks: [Mark] = [.text("component", at: Spot(left, y), size: 12, color: .softInk)]
    for component in 0..<largest {
      let x = left + 84 + Double(component) * 48
      marks.append(
        .line(
          [Spot(x, y - 4), Spot(x + 16, y - 4)], color: Color.palette[component % Color.palette.count], width: 3))
      marks.append(.text("\(component)", at: Spot(x + 22, y), size: 12))
    }
    let size = recording.spec.observationSize
    if size > Color.palette.count {
      marks.append(
        .text(
          "the first \(Color.palette.count) of \(size) numbers of an observation are shown",
          at: Spot(left + 96 + Double(largest) * 48, y), size: 12, color: .softInk))
    }
    return marks
  }
}

/// The numbers of an episode, component by component.
private struct Series: Sendable {
  var observations: [[Double]]
  var actions: [[Double]]
  var dense: [Double]
  var sparse: [Double]

  init(_ episode: Episode) {
    // The last observation is where nothing was done.
    observations = Self.components(episode.observations, steps: episode.stepCount + 1)
    switch episode.actions {
    case .continuous(let values): actions = Self.components(values, steps: episode.stepCount)
    case .discrete(let choices): actions = [choices.map { Double($0) }]
    }
    dense = episode.denseRewards.map { Double($0) }
    sparse = episode.sparseRewards.map { Double($0) }
  }

  func rewards(_ channel: RewardChannel) -> [Double] { channel == .dense ? dense : sparse }

  /// Episodes of one step, one after the other, each with its first observation.
  static func joined(_ parts: [Series]) -> [Series] {
    guard var whole = parts.first else { return [] }
    func row(_ part: KeyPath<Series, [[Double]]>) -> [[Double]] {
      whole[keyPath: part].indices.map { component in parts.map { $0[keyPath: part][component][0] } }
    }
    (whole.observations, whole.actions) = (row(\.observations), row(\.actions))
    (whole.dense, whole.sparse) = (parts.flatMap(\.dense), parts.flatMap(\.sparse))
    return [whole]
  }

  private static func components(_ values: [Float], steps: Int) -> [[Double]] {
    let width = values.count / max(steps, 1)
    return (0..<width).map { component in (0..<steps).map { Double(values[$0 * width + component]) } }
  }
}

import MetaRL

/// Paths in the plane: a row of panels a task, a panel a stage or a run.
struct PlaneDrawing: Sendable {
  private let recording: Recording
  private let scenes: [PlaneScene]
  /// `[task][column][repetition]`, in the coordinates of the plane.
  private let paths: [[[[PlaneScene.Point]]]]
  /// `[task][column][repetition][object]`: where the things are that the agent moves about.
  private let objectPaths: [[[[[PlaneScene.Point]]]]]
  private let horizontal: ClosedRange<Double>
  private let vertical: ClosedRange<Double>

  private let side = 236.0
  private let gap = 20.0
  private let top = 68.0
  private let rowHead = 44.0

  init(_ recording: Recording) {
    self.recording = recording
    let scenes = recording.tasks.compactMap { if case .plane(let scene)? = $0.scene { scene } else { nil } }
    let size = recording.spec.observationSize
    let paths = zip(recording.tasks, scenes).map { task, scene in
      task.episodes.map { repetitions in
        repetitions.enumerated().map { number, episode in
          // Paths that take the same way are drawn side by side.
          let shift = scene.spread * (Double(number) - Double(repetitions.count - 1) / 2)
          return Self.path(of: episode, size, scene).map { PlaneScene.Point($0.x + shift, $0.y + shift) }
        }
      }
    }
    (self.scenes, self.paths) = (scenes, paths)
    objectPaths = zip(recording.tasks, scenes).map { task, scene in
      task.episodes.map { repetitions in
        repetitions.map { episode in scene.objects.map { Self.path(of: episode, size, $0.position) } }
      }
    }
    let points = paths.joined().joined().joined()
    horizontal = Self.range(scenes.map { ($0.bounds.lower.x, $0.bounds.upper.x) }, points.map(\.x))
    vertical = Self.range(scenes.map { ($0.bounds.lower.y, $0.bounds.upper.y) }, points.map(\.y))
  }

  /// The observations of families that show the descriptor are longer than those of the scene.
  private static func path(of episode: Episode, _ size: Int, _ scene: PlaneScene) -> [PlaneScene.Point] {
    scene.path.map { path in path(episode).filter { $0.x.isFinite && $0.y.isFinite } }
      ?? path(of: episode, size, scene.position)
  }

  private static func path(
    of episode: Episode, _ size: Int, _ position: (ArraySlice<Float>) -> PlaneScene.Point
  ) -> [PlaneScene.Point] {
    let width = episode.observations.count / (episode.stepCount + 1)
    return (0...episode.stepCount).map { step in
      position(episode.observations[step * width..<step * width + min(size, width)])
    }.filter { $0.x.isFinite && $0.y.isFinite }
  }

  /// What scenes want to be seen, and where paths go, but not further than half as far again on either side.
  private static func range(_ wanted: [(Double, Double)], _ visited: [Double]) -> ClosedRange<Double> {
    let (lower, upper) = (wanted.map(\.0).min() ?? 0, wanted.map(\.1).max() ?? 1)
    let reach = (upper - lower) / 2
    let margin = (upper - lower) * 0.03
    let low = max(lower - reach, min(lower, (visited.min() ?? lower) - margin))
    return low...max(low + 1e-6, min(upper + reach, max(upper, (visited.max() ?? upper) + margin)))
  }

  private var hasAxes: Bool { scenes.contains { $0.hasAxes } }
  private var left: Double { hasAxes ? 70 : 28 }
  private var height: Double {
    let span = horizontal.upperBound - horizontal.lowerBound
    return min(2, max(0.4, (vertical.upperBound - vertical.lowerBound) / span)) * side
  }

  private func frame(_ task: Int, _ column: Int) -> Frame {
    Frame(
      left: left + Double(column) * (side + gap), top: top + rowHead + Double(task) * (height + rowHead + 14),
      width: side, height: height, horizontal: horizontal, vertical: vertical)
  }

  var film: Film {
    let bottom = frame(scenes.count - 1, 0).top + height + (hasAxes ? 52 : 14)
    let width = max(recording.showsBeliefs ? 820 : 640, left + Double(recording.columns.count) * (side + gap) + 12)
    var still = Picture(width: Int(width), height: Int(bottom + 44))
    still.marks.append(.text(recording.heading, at: Spot(24, 32), size: 18, isBold: true))
    still.marks.append(.text(recording.actors, at: Spot(24, 54), size: 12, color: .softInk))
    for task in scenes.indices {
      for column in recording.columns { still.marks += background(task, column) }
    }
    if hasAxes { still.marks += axes }
    still.marks += legend(at: bottom + 16)
    let steps = paths.joined().joined().map { $0.count - 1 }.max() ?? 0
    return Recording.film(still, steps: steps) { step in
      scenes.indices.flatMap { task in
        recording.columns.flatMap { column in moving(task, column, step) }
      }
    }
  }

  private func background(_ task: Int, _ column: Int) -> [Mark] {
    let frame = frame(task, column)
    let record = recording.tasks[task]
    var marks: [Mark] = []
    let prefix = recording.tasks.count > 1 && column == 0 ? "\(recording.name(of: record)): " : ""
    marks.append(
      .text(
        prefix + recording.caption(column), at: Spot(frame.left, frame.top - 25), size: 13,
        color: recording.color(column), isBold: true))
    marks.append(
      .text(recording.returnText(record, column), at: Spot(frame.left, frame.top - 8), size: 12))
    marks += scenes[task].shapes.flatMap { Self.marks($0.role, $0.shape, frame) }
    // Episodes of a task begin with the same layout, or else the first stands for all.
    for (object, path) in zip(scenes[task].objects, objectPaths[task][column].first ?? []) {
      guard let start = path.first else { continue }
      let shape = PlaneScene.Shape.disc(around: start, radius: object.radius)
      marks += Self.marks(shape, Self.color(of: object), 1, frame)
    }
    marks.append(frame.border)
    return marks
  }

  private static func marks(_ role: PlaneScene.Role, _ shape: PlaneScene.Shape, _ frame: Frame) -> [Mark] {
    let (color, width) = style(role)
    return marks(shape, color, width, frame)
  }

  private static func marks(
    _ shape: PlaneScene.Shape, _ color: Color, _ width: Double, _ frame: Frame
  ) -> [Mark] {
    switch shape {
    case .area(let corners):
      let area = frame.clippedArea(corners.map { frame.spot($0.x, $0.y) })
      return area.count > 2 ? [.area(area, color: color)] : []
    case .line(let points):
      return frame.clipped(points.map { frame.spot($0.x, $0.y) }).map { .line($0, color: color, width: width) }
    }
  }

  private static func style(_ role: PlaneScene.Role) -> (color: Color, width: Double) {
    switch role {
    case .rewardRegion: (Color(0xDCEFE6), 2)
    case .landmark: (Color(0xFFE3A8), 2)
    case .wall: (Color(0x3C3C3C), 4)
    case .hazard: (Color(0x6E6E6E), 2)
    case .goalRegion: (Color(0xB0B0B0), 1)
    case .border: (.faint, 1)
    }
  }

  private static func color(of object: PlaneScene.Object) -> Color {
    object.isWanted ? Color(0xF2C879) : Color(0xE0E0E0)
  }

  /// The ways and the outlines of things that have been moved.
  private func movedObjects(_ task: Int, _ column: Int, _ step: Int) -> [Mark] {
    let frame = frame(task, column)
    return objectPaths[task][column].flatMap { episode in
      zip(scenes[task].objects, episode).flatMap { object, path -> [Mark] in
        let seen = path.prefix(step + 1)
        guard let start = seen.first, let end = seen.last, seen.contains(where: { $0 != start }) else { return [] }
        let color = object.isWanted ? Color(0xC07A00) : Color(0x9A9A9A)
        let outline = PlaneScene.Shape.circle(around: end, radius: object.radius)
        return (outline + [.line(Array(seen))]).flatMap { Self.marks($0, color, 1.2, frame) }
      }
    }
  }

  private func moving(_ task: Int, _ column: Int, _ step: Int) -> [Mark] {
    let frame = frame(task, column)
    let color = recording.color(column)
    var marks = belief(task, column, step) + movedObjects(task, column, step)
    let seen = paths[task][column].map { $0.prefix(step + 1).map { frame.spot($0.x, $0.y) } }
    for path in seen {
      marks += frame.clipped(path).map { .line($0, color: color, width: 1.4) }
    }
    if let goal = scenes[task].goal {
      let spot = frame.spot(goal.x, goal.y)
      if frame.contains(spot) { marks += Self.star(at: spot) }
    }
    for path in seen {
      if let start = path.first, frame.contains(start) {
        marks += [.disc(start, radius: 4, color: .white), .ring(start, radius: 3.6, color: .ink, width: 1.4)]
      }
      if let end = path.last, path.count > 1, frame.contains(end) {
        marks += [.disc(end, radius: 4.6, color: .white), .disc(end, radius: 3.6, color: color)]
      }
    }
    return marks
  }

  /// The cells by what was predicted for them; what is below them shows at their edges.
  private func belief(_ task: Int, _ column: Int, _ step: Int) -> [Mark] {
    guard recording.showsBeliefs,
      let shares = recording.tasks[task].beliefs[column].prefix(step + 1).last
    else { return [] }
    let frame = frame(task, column)
    return zip(scenes[task].cells, shares).flatMap { cell, share -> [Mark] in
      guard case .area(let corners) = cell.area else { return [] }
      let count = Double(max(corners.count, 1))
      let middle = PlaneScene.Point(
        corners.reduce(0) { $0 + $1.x } / count, corners.reduce(0) { $0 + $1.y } / count)
      let inner = corners.map {
        PlaneScene.Point(middle.x + 0.88 * ($0.x - middle.x), middle.y + 0.88 * ($0.y - middle.y))
      }
      return Self.marks(.area(inner), BeliefShade.color(BeliefShade.number(of: share)), 1, frame)
    }
  }

  /// Five points; the cosines and sines of multiples of 36 degrees.
  static func star(at spot: Spot, radius: Double = 10.5) -> [Mark] {
    let directions = [(0, 1), (0.5878, 0.8090), (0.9511, 0.3090), (0.9511, -0.3090), (0.5878, -0.8090)]
    func outline(_ radius: Double) -> [Spot] {
      let corners = directions + [(0.0, -1.0)] + directions.dropFirst().reversed().map { (-$0.0, $0.1) }
      return corners.enumerated().map { number, corner in
        let length = number.isMultiple(of: 2) ? radius : radius * 0.45
        return Spot(spot.x + length * corner.0, spot.y - length * corner.1)
      }
    }
    let corners = outline(radius)
    return [.area(corners, color: .yellow), .line(corners + corners.prefix(1), color: .ink, width: 1.5)]
  }

  private var axes: [Mark] {
    var marks: [Mark] = []
    let (columns, rows) = (
      PlotScale(holding: [horizontal.lowerBound, horizontal.upperBound], count: 4),
      PlotScale(holding: [vertical.lowerBound, vertical.upperBound], count: 4)
    )
    let last = scenes.count - 1
    for column in recording.columns {
      let frame = frame(last, column)
      let bottom = frame.top + frame.height
      for tick in columns.ticks where horizontal.contains(tick) {
        let x = frame.spot(tick, 0).x
        marks.append(.line([Spot(x, bottom), Spot(x, bottom + 4)], color: .softInk, width: 1))
        marks.append(.text(columns.label(tick), at: Spot(x, bottom + 18), size: 11, anchor: .middle))
      }
      marks.append(
        .text("x (position)", at: Spot(frame.left + side / 2, bottom + 36), size: 12, anchor: .middle))
    }
    for task in scenes.indices {
      let frame = frame(task, 0)
      for tick in rows.ticks where vertical.contains(tick) {
        let y = frame.spot(0, tick).y
        marks.append(.line([Spot(frame.left - 4, y), Spot(frame.left, y)], color: .softInk, width: 1))
        marks.append(.text(rows.label(tick), at: Spot(frame.left - 8, y + 4), size: 11, anchor: .end))
      }
      marks.append(
        .text(
          "y (position)", at: Spot(frame.left - 48, frame.top + frame.height / 2), size: 12, anchor: .middle,
          isUpright: true))
    }
    return marks
  }

  private func legend(at y: Double) -> [Mark] {
    let middle = y - 4
    var x = 34.0
    var marks: [Mark] = []
    func entry(_ name: String, _ symbol: [Mark]) {
      marks += symbol
      marks.append(.text(name, at: Spot(x + 22, y), size: 12))
      x += 44 + Double(name.count) * 7.2
    }
    if scenes.contains(where: { $0.goal != nil }) { entry("goal", Self.star(at: Spot(x + 6, middle))) }
    entry("start", [.ring(Spot(x + 8, middle), radius: 3.6, color: .ink, width: 1.4)])
    let endColor = recording.runs.isEmpty ? recording.color(recording.columns.count - 1) : .softInk
    entry("end", [.disc(Spot(x + 8, middle), radius: 4.2, color: endColor)])
    for isWanted in [true, false] {
      guard let object = scenes.lazy.flatMap(\.objects).first(where: { $0.isWanted == isWanted }) else { continue }
      entry(
        isWanted ? "block to be moved" : "other block",
        [.disc(Spot(x + 8, middle), radius: 6, color: Self.color(of: object))])
    }
    let names: [PlaneScene.Role: String] = [
      .rewardRegion: "reward is paid", .landmark: "to be visited before the goal", .wall: "wall", .hazard: "hole",
      .goalRegion: "where goals can be",
    ]
    let roles = Set(scenes.flatMap { $0.shapes.map(\.role) })
    for role in PlaneScene.Role.allCases where roles.contains(role) {
      guard let name = names[role] else { continue }
      let (color, width) = Self.style(role)
      let box = [Spot(x, middle - 6), Spot(x + 15, middle - 6), Spot(x + 15, middle + 6), Spot(x, middle + 6)]
      switch role {
      case .wall: entry(name, [.line([Spot(x, middle), Spot(x + 15, middle)], color: color, width: width)])
      case .goalRegion: entry(name, [.line(box + box.prefix(1), color: color, width: width)])
      default: entry(name, [.area(box, color: color)])
      }
    }
    if recording.showsBeliefs {
      let name = "share of the predicted reward"
      marks.append(.text(name, at: Spot(x, y), size: 12))
      x += 16 + Double(name.count) * 6.2
      let width = 6.0
      func edge(_ number: Int) -> Double { x + Double(number) * width }
      for number in 0..<BeliefShade.count {
        let (left, right) = (edge(number), edge(number + 1))
        let box = [
          Spot(left, middle - 6), Spot(right, middle - 6), Spot(right, middle + 6), Spot(left, middle + 6),
        ]
        marks.append(.area(box, color: BeliefShade.color(number)))
      }
      let right = edge(BeliefShade.count)
      let corners = [
        Spot(x, middle - 6), Spot(right, middle - 6), Spot(right, middle + 6), Spot(x, middle + 6),
        Spot(x, middle - 6),
      ]
      marks.append(.line(corners, color: .faint, width: 1))
      for (share, text) in [(0, "0"), (0.05, "0.05"), (0.25, "0.25"), (1, "1")] {
        let place = edge(BeliefShade.number(of: share)) + width / 2
        marks.append(.text(text, at: Spot(place, y + 18), size: 11, anchor: .middle))
      }
      x = right + 22
    }
    let isCut = paths.joined().joined().joined().contains {
      !horizontal.contains($0.x) || !vertical.contains($0.y)
    }
    if isCut { marks.append(.text("paths are cut off at the frame", at: Spot(x, y), size: 12, color: .softInk)) }
    return marks
  }
}

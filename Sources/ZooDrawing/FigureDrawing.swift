import MetaRL

/// Bodies in motion: a row of panels a task, a panel a stage.
///
/// A panel shows the body, which it follows, and below it the way that the body goes.
struct FigureDrawing: Sendable {
  private let recording: Recording
  private let scenes: [FigureScene]
  /// `[task][stage][step]`, of the first episode of each stage.
  private let postures: [[[FigureScene.Posture]]]
  private let horizontal: ClosedRange<Double>
  private let vertical: ClosedRange<Double>

  private let side = 236.0
  private let gap = 20.0
  private let left = 28.0
  private let top = 68.0
  private let rowHead = 44.0

  init(_ recording: Recording) {
    self.recording = recording
    let scenes = recording.tasks.compactMap { if case .figure(let scene)? = $0.scene { scene } else { nil } }
    let size = recording.spec.observationSize
    let postures = zip(recording.tasks, scenes).map { task, scene in
      task.episodes.map { $0.first.map { scene.postures($0.trimmed(to: size)) } ?? [] }
    }
    (self.scenes, self.postures) = (scenes, postures)
    let places = postures.joined().joined().map(\.place) + scenes.compactMap(\.goal)
    horizontal = Self.range(places.map(\.x))
    vertical = Self.range(places.map(\.y))
  }

  /// The visited range with a margin, at least a meter.
  private static func range(_ visited: [Double]) -> ClosedRange<Double> {
    let (low, high) = (visited.min() ?? 0, visited.max() ?? 0)
    let margin = max(0.05 * (high - low), (1 - (high - low)) / 2)
    return low - margin...high + margin
  }

  private func bodyHeight(_ task: Int) -> Double {
    side * min(1.2, max(0.4, scenes[task].span.y / scenes[task].span.x))
  }

  private var mapHeight: Double {
    let ratio = (vertical.upperBound - vertical.lowerBound) / (horizontal.upperBound - horizontal.lowerBound)
    return side * min(1, max(0.15, ratio))
  }

  private func rowTop(_ task: Int) -> Double {
    (0..<task).reduce(top) { $0 + rowHead + bodyHeight($1) + mapHeight + 24 } + rowHead
  }

  private func mapFrame(_ task: Int, _ stage: Int) -> Frame {
    let height = mapHeight
    // A metre is as long upwards as it is to the right.
    let middle = (vertical.lowerBound + vertical.upperBound) / 2
    let reach = (horizontal.upperBound - horizontal.lowerBound) * height / side / 2
    return Frame(
      left: left + Double(stage) * (side + gap), top: rowTop(task) + bodyHeight(task) + 6, width: side,
      height: height,
      horizontal: horizontal,
      vertical: min(middle - reach, vertical.lowerBound)...max(middle + reach, vertical.upperBound))
  }

  private func bodyFrame(_ task: Int, _ stage: Int, around middle: PlaneScene.Point) -> Frame {
    let height = bodyHeight(task)
    let reach = scenes[task].span.x / 2
    let upwards = reach * height / side
    return Frame(
      left: left + Double(stage) * (side + gap), top: rowTop(task), width: side, height: height,
      horizontal: middle.x - reach...middle.x + reach, vertical: middle.y - upwards...middle.y + upwards)
  }

  var film: Film {
    let last = scenes.count - 1
    let bottom = rowTop(last) + bodyHeight(last) + mapHeight + 24
    let width = max(640, left + Double(recording.stages.count) * (side + gap) + 12)
    var still = Picture(width: Int(width), height: Int(bottom + 28))
    still.marks.append(.text(recording.heading, at: Spot(24, 32), size: 18, isBold: true))
    still.marks.append(.text(recording.actors, at: Spot(24, 54), size: 12, color: .softInk))
    for task in scenes.indices {
      for stage in recording.stages.indices { still.marks += head(task, stage) }
    }
    let scale = "\(NumberText.short(horizontal.upperBound - horizontal.lowerBound)) m wide"
    still.marks.append(
      .text(
        "Above the body; below the way it went, \(scale).", at: Spot(left, bottom + 8), size: 12, color: .softInk))
    let steps = postures.joined().map { $0.count - 1 }.max() ?? 0
    return Recording.film(still, steps: max(0, steps)) { step in
      scenes.indices.flatMap { task in recording.stages.indices.flatMap { moving(task, $0, step) } }
    }
  }

  private func head(_ task: Int, _ stage: Int) -> [Mark] {
    let record = recording.tasks[task]
    let (x, y) = (left + Double(stage) * (side + gap), rowTop(task))
    let prefix = recording.tasks.count > 1 && stage == 0 ? "\(recording.name(of: record)): " : ""
    return [
      .text(
        prefix + recording.caption(stage), at: Spot(x, y - 25), size: 13, color: recording.color(stage),
        isBold: true),
      .text(recording.returnText(record, stage), at: Spot(x, y - 8), size: 12), mapFrame(task, stage).border,
    ]
  }

  private func moving(_ task: Int, _ stage: Int, _ step: Int) -> [Mark] {
    let played = postures[task][stage]
    guard let posture = played.isEmpty ? nil : played[min(step, played.count - 1)] else { return [] }
    let (scene, color) = (scenes[task], recording.color(stage))
    let frame = bodyFrame(task, stage, around: posture.middle)
    var marks = ground(scene, frame)
    let scale = side / scene.span.x
    for part in posture.parts.filter(\.isFar) + posture.parts.filter({ !$0.isFar }) {
      let ends = [part.from, part.to].map { frame.spot($0.x, $0.y) }
      let (shade, radius) = (part.isFar ? Color(0xA8A8A8) : color, max(0.75, part.radius * scale))
      if ends[0] == ends[1] {
        if frame.contains(ends[0]) { marks.append(.disc(ends[0], radius: radius, color: shade)) }
      } else {
        marks += frame.clipped(ends).map { .line($0, color: shade, width: 2 * radius) }
      }
    }
    marks.append(frame.border)
    let map = mapFrame(task, stage)
    let way = played.prefix(step + 1).map { map.spot($0.place.x, $0.place.y) }
    marks += map.clipped(Array(way)).map { .line($0, color: color, width: 1.4) }
    if let goal = scene.goal { marks += PlaneDrawing.star(at: map.spot(goal.x, goal.y), radius: 7) }
    if let start = way.first { marks.append(.ring(start, radius: 3, color: .ink, width: 1.2)) }
    if let end = way.last { marks.append(.disc(end, radius: 3, color: color)) }
    return marks
  }

  /// The ground with a mark every half metre, which shows how fast the body goes.
  private func ground(_ scene: FigureScene, _ frame: Frame) -> [Mark] {
    func marks(_ range: ClosedRange<Double>) -> [Double] {
      (Int((2 * range.lowerBound).rounded(.up))...Int((2 * range.upperBound).rounded(.down))).map { Double($0) / 2 }
    }
    guard let ground = scene.ground else {
      let (columns, rows) = (frame.horizontal, frame.vertical)
      return marks(columns).map {
        .line(
          [frame.spot($0, rows.lowerBound), frame.spot($0, rows.upperBound)], color: Color(0xE6E6E6), width: 1)
      }
        + marks(rows).map {
          .line(
            [frame.spot(columns.lowerBound, $0), frame.spot(columns.upperBound, $0)], color: Color(0xE6E6E6),
            width: 1)
        }
    }
    guard frame.vertical.contains(ground) else { return [] }
    let y = frame.spot(0, ground).y
    return [.line([Spot(frame.left, y), Spot(frame.left + frame.width, y)], color: .ink, width: 1.5)]
      + marks(frame.horizontal).map {
        let x = frame.spot($0, 0).x
        return .line(
          [Spot(x, y), Spot(x, min(y + 7, frame.top + frame.height))], color: .softInk, width: 1)
      }
  }
}

extension Episode {
  /// The episode without what was added to observations for learners that see the descriptor.
  fileprivate func trimmed(to size: Int) -> Episode {
    let width = observations.count / (stepCount + 1)
    guard width > size else { return self }
    var episode = self
    episode.observations = (0...stepCount).flatMap { observations[$0 * width..<$0 * width + size] }
    return episode
  }
}

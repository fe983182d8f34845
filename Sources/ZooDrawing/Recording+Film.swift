import MetaRL

extension Recording {
  /// The episodes as a film, in the way that fits the family.
  package var film: Film {
    if tasks.allSatisfy({ if case .plane? = $0.scene { true } else { false } }) { return PlaneDrawing(self).film }
    if tasks.allSatisfy({ if case .figure? = $0.scene { true } else { false } }) {
      return FigureDrawing(self).film
    }
    if tasks.allSatisfy({ if case .choices? = $0.scene { true } else { false } }) {
      return ChoiceDrawing(self).film
    }
    return SeriesDrawing(self).film
  }

  /// What is drawn where nothing moves: the end of the film or, where beliefs are drawn, moments on the way.
  package var picture: Picture { (showsBeliefs ? inMoments : self).film.last }

  package var columns: Range<Int> {
    moments.isEmpty ? (runs.isEmpty ? stages.indices : runs.indices) : moments.indices
  }

  package func caption(_ column: Int) -> String {
    guard moments.isEmpty else { return "step \(moments[column])" }
    return runs.isEmpty ? caption(of: stages[column]) : runs[column]
  }

  func caption(of moment: Stage) -> String {
    switch moment.kind {
    case .online: "episode \(moment.episode) of the lifetime"
    case .adapted:
      moment.episode == 0 ? "before adaptation" : "after \(NumberText.quantity(moment.episode, "episode"))"
    }
  }

  /// "return -12.3" or, of several episodes, "mean return -12.3".
  func returnText(_ task: TaskRecord, _ column: Int) -> String {
    let mean = NumberText.short(meanReturn(task, column))
    let count = task.episodes[column].count
    guard moments.isEmpty else { return "return so far \(mean)" }
    return count > 1 ? "mean return \(mean) (\(count) episodes)" : "return \(mean)"
  }

  /// The color of a column: of a run, so that behavior before and after adaptation is easy to distinguish.
  package func color(_ stage: Int) -> Color {
    guard runs.isEmpty else { return Color.palette[stage % Color.palette.count] }
    guard moments.isEmpty else { return .vermilion }
    let later = [Color.skyBlue, Color(0x2F8FC9), Color.blue]
    guard stage > 0, stages.count > 1 else { return stages[stage].episode == 0 ? .vermilion : .blue }
    // The last is the darkest.
    let fromEnd = stages.count - 1 - stage
    return later[max(0, later.count - 1 - fromEnd)]
  }

  /// "test task 3" or, of a row of moments, "episode 0" or "test task 3, episode 0".
  package func name(of task: TaskRecord) -> String {
    task.episodeName ?? "\(task.id.split.rawValue) task \(task.id.index)"
  }

  /// The title with the task, if there is but one.
  package var heading: String { tasks.count == 1 ? "\(title) · \(name(of: tasks[0]))" : title }

  var actors: String {
    guard runs.isEmpty else { return actorsOfRuns }
    return switch Set(stages.map(\.kind)) {
    case [.online]: "Episodes of the lifetime itself: the agent learns from them."
    case [.adapted]:
      "Episodes of frozen copies of the agent after the given number of episodes of experience in the task."
    default: "Episodes of the lifetime itself, and of frozen copies of the agent."
    }
  }

  private var actorsOfRuns: String {
    guard let first = stages.first, let last = stages.last else { return "" }
    switch first.kind {
    case .adapted: return "Frozen copies of the agents, taken \(caption(of: first)): one path an episode."
    case .online:
      guard stages.count > 1 else { return "Episode \(first.episode) of a lifetime with each agent." }
      let isRow = stages.indices.allSatisfy { stages[$0].episode == first.episode + $0 }
      let numbers =
        isRow
        ? "\(first.episode) to \(last.episode)" : stages.map { "\($0.episode)" }.joined(separator: ", ")
      return "Episodes \(numbers) of a lifetime with each agent: one path an episode."
    }
  }

  /// A film of `steps` steps with at most the given number of frames; each frame shows its number of steps.
  package static func film(
    _ still: Picture, steps: Int, moving: @escaping @Sendable (_ steps: Int) -> [Mark]
  ) -> Film {
    let frames = min(steps, 60)
    return Film(still: still, frameCount: frames + 1) { frame in
      moving(frames == 0 ? 0 : (frame * steps + frames / 2) / frames)
    }
  }
}

/// A part of a picture in which numbers have places.
struct Frame: Sendable {
  var left, top, width, height: Double
  /// The numbers from left to right.
  var horizontal: ClosedRange<Double>
  /// The numbers from bottom to top.
  var vertical: ClosedRange<Double>

  /// The place of a pair of numbers.
  func spot(_ x: Double, _ y: Double) -> Spot {
    let (columns, rows) = (horizontal, vertical)
    return Spot(
      left + (x - columns.lowerBound) / (columns.upperBound - columns.lowerBound) * width,
      top + height - (y - rows.lowerBound) / (rows.upperBound - rows.lowerBound) * height)
  }

  var border: Mark {
    let (right, bottom) = (left + width, top + height)
    return .line(
      [Spot(left, top), Spot(right, top), Spot(right, bottom), Spot(left, bottom), Spot(left, top)],
      color: Color(0x8A8A8A), width: 1)
  }

  /// The parts of a line that lie inside.
  func clipped(_ places: [Spot]) -> [[Spot]] {
    guard places.count > 1 else { return places.first.map(contains) == true ? [places] : [] }
    var parts: [[Spot]] = []
    for (from, to) in zip(places, places.dropFirst()) {
      guard let (start, end) = inside(from, to) else { continue }
      if let last = parts.last?.last, last == start {
        parts[parts.count - 1].append(end)
      } else {
        parts.append([start, end])
      }
    }
    return parts
  }

  func contains(_ spot: Spot) -> Bool {
    (left...left + width).contains(spot.x) && (top...top + height).contains(spot.y)
  }

  /// The polygon cut off at the border (Sutherland & Hodgman, 1974).
  func clippedArea(_ corners: [Spot]) -> [Spot] {
    let sides: [(Spot) -> Double] = [
      { $0.x - left }, { left + width - $0.x }, { $0.y - top }, { top + height - $0.y },
    ]
    return sides.reduce(corners) { corners, distance in
      zip(corners, corners.dropFirst() + corners.prefix(1)).flatMap { from, to -> [Spot] in
        let (a, b) = (distance(from), distance(to))
        let crossing = (a >= 0) != (b >= 0) ? [Self.between(from, to, a / (a - b))] : []
        return (a >= 0 ? [from] : []) + crossing
      }
    }
  }

  /// The part of a segment that lies inside (Liang & Barsky, 1984).
  private func inside(_ from: Spot, _ to: Spot) -> (Spot, Spot)? {
    var (enter, leave) = (0.0, 1.0)
    let (dx, dy) = (to.x - from.x, to.y - from.y)
    let limits = [
      (-dx, from.x - left), (dx, left + width - from.x), (-dy, from.y - top), (dy, top + height - from.y),
    ]
    for (slope, room) in limits {
      if slope == 0 {
        if room < 0 { return nil }
      } else if slope < 0 {
        enter = max(enter, room / slope)
      } else {
        leave = min(leave, room / slope)
      }
    }
    guard enter <= leave else { return nil }
    return (enter == 0 ? from : Self.between(from, to, enter), leave == 1 ? to : Self.between(from, to, leave))
  }

  private static func between(_ from: Spot, _ to: Spot, _ share: Double) -> Spot {
    Spot(from.x + share * (to.x - from.x), from.y + share * (to.y - from.y))
  }
}

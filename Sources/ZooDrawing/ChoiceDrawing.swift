import MetaRL

/// Choices over a lifetime: a row a choice, a column a step; the value of a choice is next to its row.
struct ChoiceDrawing: Sendable {
  private struct Pull: Sendable {
    var choice: Int
    var reward: Double
  }

  private let recording: Recording
  private let scenes: [ChoiceScene]
  /// `[task][step]`, episode after episode.
  private let pulls: [[Pull]]

  private let left = 86.0
  private let width = 600.0
  private let top = 68.0
  private let head = 44.0

  init(_ recording: Recording) {
    self.recording = recording
    scenes = recording.tasks.compactMap { if case .choices(let scene)? = $0.scene { scene } else { nil } }
    pulls = recording.tasks.map { task in
      task.episodes.joined().flatMap { episode -> [Pull] in
        guard case .discrete(let choices) = episode.actions else { return [] }
        return zip(choices, episode.rewards()).map { Pull(choice: $0, reward: Double($1)) }
      }
    }
  }

  private var rowHeight: Double { min(26, max(7, 320 / Double(max(1, scenes.map(\.names.count).max() ?? 1)))) }

  private func top(of task: Int) -> Double {
    scenes[..<task].reduce(top + head) { $0 + Double($1.names.count) * rowHeight + head + 18 }
  }

  private func frame(_ task: Int) -> Frame {
    let count = Double(max(1, pulls[task].count))
    let rows = Double(scenes[task].names.count)
    return Frame(
      left: left, top: top(of: task), width: width, height: rows * rowHeight, horizontal: -0.5...count - 0.5,
      vertical: 0.5 - rows...0.5)
  }

  var film: Film {
    let last = frame(scenes.count - 1)
    let bottom = last.top + last.height + 52
    var still = Picture(width: Int(left + width + 240), height: Int(bottom + 40))
    still.marks.append(.text(recording.heading, at: Spot(24, 32), size: 18, isBold: true))
    still.marks.append(.text(recording.actors, at: Spot(24, 54), size: 12, color: .softInk))
    for task in scenes.indices { still.marks += background(task) }
    still.marks += axis(last) + legend(at: bottom + 14)
    return Recording.film(still, steps: pulls.map(\.count).max() ?? 0) { step in
      scenes.indices.flatMap { moving($0, step) }
    }
  }

  private func background(_ task: Int) -> [Mark] {
    let (frame, scene) = (frame(task), scenes[task])
    let best = scene.meanRewards.indices.max { scene.meanRewards[$0] < scene.meanRewards[$1] } ?? 0
    let largest = max(scene.meanRewards.max() ?? 1, 1e-9)
    let total = pulls[task].reduce(0) { $0 + $1.reward }
    let hits = pulls[task].count { scene.meanRewards[$0.choice] == scene.meanRewards[best] }
    let name = recording.tasks.count > 1 ? "\(recording.name(of: recording.tasks[task])): " : ""
    var marks: [Mark] = [
      .text(
        "\(name)total reward \(NumberText.short(total)) in \(NumberText.quantity(pulls[task].count, "step")) · "
          + "best choice taken \(NumberText.quantity(hits, "time"))",
        at: Spot(left, frame.top - 12), size: 13, isBold: true),
      .text("mean reward", at: Spot(left + width + 22, frame.top - 12), size: 12, color: .softInk),
    ]
    for choice in scene.names.indices {
      let middle = frame.spot(0, -Double(choice)).y
      let half = rowHeight / 2
      if choice == best {
        let ground = Mark.area(
          [
            Spot(left, middle - half), Spot(left + width, middle - half), Spot(left + width, middle + half),
            Spot(left, middle + half),
          ], color: Color(0xDCEFE6))
        marks.append(ground)
      } else if choice > 0, choice != best + 1 {
        marks.append(
          .line([Spot(left, middle - half), Spot(left + width, middle - half)], color: Color(0xEEEEEE), width: 1))
      }
      // Rows too low for text have none but that of the best.
      let hasText = rowHeight >= 13 || choice == best
      if hasText {
        marks.append(
          .text(
            scene.names[choice], at: Spot(left - 10, middle + 4), size: 12, anchor: .end, isBold: choice == best))
      }
      let length = max(0, scene.meanRewards[choice]) / largest * 120
      let bar = [
        Spot(left + width + 22, middle - half * 0.6), Spot(left + width + 22 + length, middle - half * 0.6),
        Spot(left + width + 22 + length, middle + half * 0.6), Spot(left + width + 22, middle + half * 0.6),
      ]
      marks.append(.area(bar, color: choice == best ? Color(0x009E73) : .faint))
      if hasText {
        marks.append(
          .text(
            NumberText.short(scene.meanRewards[choice]), at: Spot(left + width + 30 + length, middle + 4), size: 12,
            isBold: choice == best))
      }
    }
    return marks + [frame.border]
  }

  private func radius(_ frame: Frame) -> Double {
    let spacing = frame.width / (frame.horizontal.upperBound - frame.horizontal.lowerBound)
    return max(1, min(7, min(spacing, rowHeight) * 0.4))
  }

  private func moving(_ task: Int, _ step: Int) -> [Mark] {
    let frame = frame(task)
    return pulls[task].prefix(step).enumerated().map { number, pull in
      symbol(at: frame.spot(Double(number), -Double(pull.choice)), pull.reward, radius(frame))
    }
  }

  private func symbol(at spot: Spot, _ reward: Double, _ radius: Double) -> Mark {
    reward > 0
      ? .disc(spot, radius: radius, color: .blue)
      : .ring(spot, radius: radius * 0.82, color: .vermilion, width: min(1.8, radius * 0.5))
  }

  private func axis(_ frame: Frame) -> [Mark] {
    let bottom = frame.top + frame.height
    let count = pulls.map(\.count).max() ?? 0
    var marks: [Mark] = []
    for tick in PlotScale.episodeTicks(for: Array(0..<max(count, 1))) {
      let x = frame.spot(Double(tick), 0).x
      marks.append(.line([Spot(x, bottom), Spot(x, bottom + 4)], color: .softInk, width: 1))
      marks.append(.text("\(tick)", at: Spot(x, bottom + 18), size: 11, anchor: .middle))
    }
    let unit = recording.spec.horizon == 1 ? "episode (one step each)" : "step, episode after episode"
    marks.append(.text(unit, at: Spot(frame.left + frame.width / 2, bottom + 36), size: 12, anchor: .middle))
    return marks
  }

  private func legend(at y: Double) -> [Mark] {
    [
      symbol(at: Spot(left + 8, y - 4), 1, 6), .text("reward", at: Spot(left + 22, y), size: 12),
      symbol(at: Spot(left + 98, y - 4), 0, 6), .text("no reward", at: Spot(left + 112, y), size: 12),
      .area(
        [
          Spot(left + 206, y - 11), Spot(left + 222, y - 11), Spot(left + 222, y + 2), Spot(left + 206, y + 2),
        ], color: Color(0xDCEFE6)), .text("best choice", at: Spot(left + 230, y), size: 12),
    ]
  }
}

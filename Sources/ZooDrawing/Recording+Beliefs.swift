import MetaRL

extension Recording {
  var showsBeliefs: Bool { !tasks.isEmpty && tasks.allSatisfy { !$0.beliefs.isEmpty } }

  /// The same episodes with a row each, whose columns are moments of it: up to six, from the first step to the last.
  var inMoments: Recording {
    let steps = tasks.flatMap(\.episodes).joined().map(\.stepCount).max() ?? 0
    let last = max(1, min(5, steps))
    var whole = self
    whole.title = heading
    whole.moments = (0...last).map { ($0 * steps + last / 2) / last }
    whole.tasks = tasks.flatMap { task in
      stages.indices.map { stage in
        TaskRecord(
          id: task.id, scene: task.scene,
          episodes: whole.moments.map { step in task.episodes[stage].map { $0.prefix(step) } },
          beliefs: whole.moments.map { Array(task.beliefs[stage].prefix($0 + 1)) },
          episodeName: (tasks.count > 1 ? name(of: task) + ", " : "") + shortName(of: stages[stage]))
      }
    }
    return whole
  }

  /// The numbers of the cells that were visited, the rewards, and what was believed of each cell before and after every step.
  func beliefs(_ task: TaskRecord, _ column: Int, _ episode: Episode) -> JSONValue {
    guard case .plane(let scene)? = task.scene else { return [:] }
    let width = episode.observations.count / (episode.stepCount + 1)
    let visited = (0...episode.stepCount).map { step in
      scene.cells.firstIndex {
        $0.observation.elementsEqual(episode.observations[step * width..<(step + 1) * width])
      }
    }
    return [
      "cells": .array(visited.map { $0.map { .integer($0) } ?? .null }),
      "rewards": .array(episode.rewards().map { .number(Double($0)) }),
      "beliefs": .array(task.beliefs[column].map { .array($0.map { .number($0) }) }),
    ]
  }

  private func shortName(of stage: Stage) -> String {
    stage.kind == .online ? "episode \(stage.episode)" : caption(of: stage)
  }
}

extension Episode {
  /// What happened up to a step.
  fileprivate func prefix(_ steps: Int) -> Episode {
    let (count, all) = (min(steps, stepCount), max(stepCount, 1))
    var part = self
    part.observations = Array(observations.prefix(observations.count / (stepCount + 1) * (count + 1)))
    part.actions =
      switch actions {
      case .discrete(let choices): .discrete(Array(choices.prefix(count)))
      case .continuous(let vectors): .continuous(Array(vectors.prefix(vectors.count / all * count)))
      }
    part.denseRewards = Array(denseRewards.prefix(count))
    part.sparseRewards = Array(sparseRewards.prefix(count))
    return part
  }
}

/// The shades of cells, from no share of the predicted reward to all of it.
enum BeliefShade {
  /// Few enough for the colors of an animation, all of which are in its legend.
  static let count = 24

  /// The shade of a share; small ones are told apart better than large ones.
  static func number(of share: Double) -> Int {
    Int((max(0, min(1, share)).squareRoot() * Double(count - 1)).rounded())
  }

  /// From white to green.
  static func color(_ number: Int) -> Color {
    let dark: [UInt32] = [0x00, 0x7A, 0x59]
    let part = UInt32(number)
    return Color(dark.reduce(0) { $0 << 8 | (255 - (255 - $1) * part / UInt32(count - 1)) })
  }
}

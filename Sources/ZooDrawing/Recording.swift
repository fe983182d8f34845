import MetaRL

/// A moment of a lifetime that is drawn.
package struct Stage: Sendable, Hashable {
  /// Who acts: the agent itself or a frozen copy.
  package var kind: PlayedEpisodes.Kind
  /// The number of the episode in the lifetime, or of the episodes that the frozen copy had lived through.
  package var episode: Int

  package init(kind: PlayedEpisodes.Kind, episode: Int) { (self.kind, self.episode) = (kind, episode) }
}

/// Episodes of a stored learner, played again as its evaluation has played them.
package struct Recording: Sendable {
  package struct TaskRecord: Sendable {
    package var id: TaskID
    /// The scene, if the family defines one.
    package var scene: TaskScene?
    /// `[stage][repetition]` or, of runs side by side, `[run][episode]`.
    package var episodes: [[Episode]]
    /// What the agent believed before the first step of an episode and after each: the share of each cell of the scene in the
    /// rewards that it predicted, `[column][step][cell]`.
    ///
    /// Empty without cells or predictions, or if a column has several episodes.
    package var beliefs: [[[Double]]]
    /// The name of an episode that has a row of moments.
    package var episodeName: String?

    package init(
      id: TaskID, scene: TaskScene?, episodes: [[Episode]], beliefs: [[[Double]]] = [], episodeName: String? = nil
    ) {
      (self.id, self.scene, self.episodes) = (id, scene, episodes)
      (self.beliefs, self.episodeName) = (beliefs, episodeName)
    }
  }

  /// "maml on point-navigation, seed 0" or, of runs side by side, "side by side on point-navigation".
  package var title: String
  /// Observations without what is added for learners that see the descriptor.
  package var spec: EnvironmentSpec
  package var stages: [Stage]
  package var tasks: [TaskRecord]
  /// The names of the runs that are drawn side by side, a column each; empty if a column is a stage of one run.
  package var runs: [String] = []
  /// The steps after which an episode is drawn, a column each; empty if a column is an episode.
  package var moments: [Int] = []

  package init(title: String, spec: EnvironmentSpec, stages: [Stage], tasks: [TaskRecord]) {
    (self.title, self.spec, self.stages, self.tasks) = (title, spec, stages, tasks)
  }

  package func meanReturn(_ task: TaskRecord, _ column: Int) -> Double {
    let returns = task.episodes[column].map { $0.totalReward }
    return returns.reduce(0, +) / Double(max(returns.count, 1))
  }

  /// Runs on one family side by side: a column holds all that was played in a run.
  ///
  /// - Precondition: there is a run, and all have the same tasks and stages.
  package static func sideBySide(_ played: [(name: String, recording: Recording)], on family: String) -> Recording {
    var whole = played[0].recording
    whole.title = "side by side on \(family)"
    whole.runs = played.map(\.name)
    for number in whole.tasks.indices {
      whole.tasks[number].episodes = played.map { Array($0.recording.tasks[number].episodes.joined()) }
      whole.tasks[number].beliefs = []
    }
    return whole
  }

  /// The drawn numbers, with the keys of `episodes.jsonl`, and beliefs with what they rest on; not for several runs.
  package var rows: [JSONValue] {
    tasks.flatMap { task in
      zip(stages, task.episodes).enumerated().flatMap { column, played in
        let (stage, episodes) = played
        return episodes.enumerated().map { repetition, episode in
          let row: JSONValue = [
            "split": .string(task.id.split.rawValue), "task": .integer(task.id.index),
            "kind": .string(stage.kind.rawValue), "episode": .integer(stage.episode),
            "repetition": .integer(repetition), "return": .number(episode.totalReward),
            "steps": .integer(episode.stepCount), "terminated": .boolean(episode.terminated),
            "succeeded": episode.succeeded.map { .boolean($0) } ?? .null,
          ]
          return task.beliefs.isEmpty ? row : row + beliefs(task, column, episode)
        }
      }
    }
  }
}

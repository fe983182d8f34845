import MetaRL
import Tensors

/// A moment of a lifetime that is drawn.
package struct Stage: Sendable, Hashable {
  /// Who acts: the agent itself or a frozen copy.
  package var kind: PlayedEpisodes.Kind
  /// The number of the episode in the lifetime, or of the episodes that the frozen copy had lived through.
  package var episode: Int
}

/// Episodes of a stored learner, played again as its evaluation has played them.
package struct Recording: Sendable {
  /// One task and what was played in it.
  package struct TaskRecord: Sendable {
    /// The task.
    package var id: TaskID
    /// The scene, if the family defines one.
    package var scene: TaskScene?
    /// `[stage][repetition]` or, of runs side by side, `[run][episode]`.
    package var episodes: [[Episode]]
  }

  /// "maml on point-navigation, seed 0" or, of runs side by side, "side by side on point-navigation".
  package var title: String
  /// Observations without what is added for learners that see the descriptor.
  package var spec: EnvironmentSpec
  /// The moments.
  package var stages: [Stage]
  /// The tasks.
  package var tasks: [TaskRecord]
  /// The names of the runs that are drawn side by side, a column each; empty if a column is a stage of one run.
  package var runs: [String] = []

  /// The mean return of a column in a task.
  func meanReturn(_ task: TaskRecord, _ column: Int) -> Double {
    let returns = task.episodes[column].map { $0.totalReward }
    return returns.reduce(0, +) / Double(max(returns.count, 1))
  }

  /// Runs on one family side by side: a column holds all that was played in a run.
  ///
  /// - Precondition: there is a run, and all have the same tasks and stages.
  static func sideBySide(_ played: [(name: String, recording: Recording)], on family: String) -> Recording {
    var whole = played[0].recording
    whole.title = "side by side on \(family)"
    whole.runs = played.map(\.name)
    for number in whole.tasks.indices {
      whole.tasks[number].episodes = played.map { Array($0.recording.tasks[number].episodes.joined()) }
    }
    return whole
  }

  /// The drawn numbers, with the keys of `episodes.jsonl`; not for several runs.
  var rows: [JSONValue] {
    tasks.flatMap { task in
      zip(stages, task.episodes).flatMap { stage, episodes in
        episodes.enumerated().map { repetition, episode in
          [
            "split": .string(task.id.split.rawValue), "task": .integer(task.id.index),
            "kind": .string(stage.kind.rawValue), "episode": .integer(stage.episode),
            "repetition": .integer(repetition), "return": .number(episode.totalReward),
            "steps": .integer(episode.stepCount), "terminated": .boolean(episode.terminated),
            "succeeded": episode.succeeded.map { .boolean($0) } ?? .null,
          ]
        }
      }
    }
  }
}

/// The plan of a recording.
struct RecordingPlan: Sendable {
  var tasks: [TaskID]
  /// The moments.
  var stages: [Stage]
  /// The episodes of each frozen copy.
  var episodesPerProbe: Int
  /// The seed of the evaluation's streams; nil for that of the run.
  var seed: UInt64?
}

extension StoredRun {
  /// Plays episodes again, from the streams of the evaluation.
  ///
  /// - Throws: `UsageProblem` if the checkpoint cannot be read, or what the learner throws.
  func record(_ wanted: RecordingPlan, isInterrupted: () -> Bool) throws -> Recording {
    try withLearner { learner, family in
      var episodes = wanted.tasks.map { _ in wanted.stages.map { _ in [Episode]() } }
      let evaluation = wanted.evaluation
      func open<L: MetaLearner, F: TaskFamily>(_ learner: L, _ family: F) throws {
        let lifetime = lifetimeRandom(of: wanted.tasks, in: evaluationRandom(seed: wanted.seed ?? plan.seed))
        _ = try live(learner, on: family, wanted.tasks, evaluation, lifetime: lifetime) { played in
          guard !isInterrupted() else { throw Interrupted() }
          let stage = Stage(kind: played.kind, episode: played.episode)
          guard let number = wanted.stages.firstIndex(of: stage) else { return }
          for (lane, episode) in played.episodes.enumerated() { episodes[lane][number].append(episode) }
        }
      }
      try open(learner, family)
      let records = zip(wanted.tasks, episodes).map { id, episodes in
        Recording.TaskRecord(id: id, scene: scene(of: id, in: plan.family), episodes: episodes)
      }
      return Recording(title: plan.title, spec: plan.family.spec, stages: wanted.stages, tasks: records)
    }
  }
}

extension RecordingPlan {
  /// A lifetime as long as is needed, probed where it is drawn.
  fileprivate var evaluation: EvaluationProtocol {
    let probes = stages.filter { $0.kind == .adapted }.map(\.episode)
    let lived = stages.filter { $0.kind == .online }.map { $0.episode + 1 }
    return EvaluationProtocol(
      split: tasks.first?.split ?? .test, taskCount: tasks.count,
      episodesPerLifetime: max(probes.max() ?? 0, lived.max() ?? 0), probes: probes,
      episodesPerProbe: episodesPerProbe)
  }
}

extension TaskFamily {
  /// Whether its tasks are drawn as places in which an agent moves.
  var isPlane: Bool { if case .plane? = scene(of: TaskID(.test, 0), in: self) { true } else { false } }
}

/// The scene of a task, if its family defines one for its actions.
private func scene(of id: TaskID, in family: any TaskFamily) -> TaskScene? {
  func open<F: DrawableFamily>(_ family: F) -> TaskScene { family.scene(of: family.task(id)) }
  guard let drawable = family as? any DrawableFamily else { return nil }
  let scene = open(drawable)
  if case .choices(let choices) = scene, family.spec.actionSpace != .discrete(count: choices.names.count) {
    return nil
  }
  return scene
}

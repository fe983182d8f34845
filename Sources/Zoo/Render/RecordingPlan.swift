import MetaRL
import Tensors

struct RecordingPlan: Sendable {
  var tasks: [TaskID]
  var stages: [Stage]
  var episodesPerProbe: Int
  /// The seed of the evaluation's streams; nil for that of the run.
  var seed: UInt64?
}

extension StoredRun {
  /// Plays episodes again, from the streams of the evaluation.
  ///
  /// - Throws: `UsageError` if the checkpoint cannot be read, or what the learner throws.
  func record(_ wanted: RecordingPlan, isInterrupted: () -> Bool) throws -> Recording {
    try withLearner { learner, family in
      var episodes = wanted.tasks.map { _ in wanted.stages.map { _ in [Episode]() } }
      let scenes = wanted.tasks.map { scene(of: $0, in: plan.family) }
      let cells = scenes.map { $0?.cellObservations(ofSize: family.spec.observationSize) }
      var beliefs = wanted.tasks.map { _ in wanted.stages.map { _ in [[Double]]() } }
      let evaluation = wanted.evaluation
      func open<L: MetaLearner, F: TaskFamily>(_ learner: L, _ family: F) throws {
        let lifetime = lifetimeRandom(of: wanted.tasks, in: evaluationRandom(seed: wanted.seed ?? plan.seed))
        func watch(_ agent: L.LifetimeAgent, _ kind: PlayedEpisodes.Kind, _ episode: Int) {
          guard let agent = agent as? any RewardPredictingAgent,
            let number = wanted.stages.firstIndex(of: Stage(kind: kind, episode: episode))
          else { return }
          for (lane, cells) in cells.enumerated() {
            if let cells { beliefs[lane][number].append(agent.belief(over: cells, lane: lane)) }
          }
        }
        _ = try live(learner, on: family, wanted.tasks, evaluation, lifetime: lifetime, watch: watch) { played in
          guard !isInterrupted() else { throw InterruptedError() }
          let stage = Stage(kind: played.kind, episode: played.episode)
          guard let number = wanted.stages.firstIndex(of: stage) else { return }
          for (lane, episode) in played.episodes.enumerated() { episodes[lane][number].append(episode) }
        }
      }
      try open(learner, family)
      let records = wanted.tasks.indices.map { task in
        let isClear = episodes[task].allSatisfy { $0.count == 1 } && !beliefs[task].contains { $0.isEmpty }
        return Recording.TaskRecord(
          id: wanted.tasks[task], scene: scenes[task], episodes: episodes[task],
          beliefs: isClear ? beliefs[task] : [])
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

extension StoredRun {
  /// Whether its agents predict rewards, and its tasks are drawn with cells to predict them for.
  var predictsRewardsOfCells: Bool {
    func predicts<L: MetaLearner>(_ type: L.Type) -> Bool {
      L.LifetimeAgent.self is any RewardPredictingAgent.Type
    }
    let size = plan.learner.view(of: plan.family).spec.observationSize
    return predicts(plan.learner.type)
      && scene(of: TaskID(.test, 0), in: plan.family)?.cellObservations(ofSize: size) != nil
  }
}

extension TaskScene {
  /// The observations of all cells, `[cell, observation]`, if there are cells and an agent is shown no more.
  fileprivate func cellObservations(ofSize size: Int) -> Tensor? {
    guard case .plane(let scene) = self, !scene.cells.isEmpty,
      scene.cells.allSatisfy({ $0.observation.count == size })
    else { return nil }
    return Tensor(scene.cells.flatMap(\.observation), shape: [scene.cells.count, size])
  }
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

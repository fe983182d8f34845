import MetaRL

/// What one run is to do.
struct RunPlan: Sendable {
  /// Which learner.
  var learner: Catalog.LearnerEntry
  /// Its settings.
  var settings: Settings
  /// Which family.
  var family: any TaskFamily
  /// Which seed.
  var seed: UInt64
  /// The environment steps after which training ends.
  var steps: Int
  /// How it is evaluated in the end.
  var evaluation: EvaluationProtocol

  /// "maml on point-navigation, seed 0".
  var title: String { "\(learner.name) on \(family.card.name), seed \(seed)" }

  /// Where the run's directory is below that of its comparison.
  var path: String { "runs/\(learner.name)/\(family.card.versionedName)/seed-\(seed)" }

  /// The environment steps of the evaluation, at most.
  var evaluationSteps: Int {
    let episodes = evaluation.episodesPerLifetime + evaluation.probes.count * evaluation.episodesPerProbe
    return evaluation.taskCount * episodes * family.spec.horizon
  }

  /// What the learner is told of the family.
  var learnerSpec: EnvironmentSpec {
    learner.view(of: family).learnerSpec(episodesPerLifetime: evaluation.episodesPerLifetime)
  }

  /// The run before its first iteration.
  func makeRun<L: MetaLearner>() throws -> Run<L> {
    let configuration = try settings.configuration(as: L.Configuration.self)
    return try Run<L>(configuration, for: learnerSpec, seed: seed)
  }

  /// What a learner does on the tasks of evaluation of a family that is shown as this learner sees it.
  func evaluated<L: MetaLearner>(
    _ trained: L, on family: any TaskFamily, workers: Workers,
    didPlay: @Sendable (_ environmentSteps: Int) throws -> Void = { _ in }
  ) throws -> AdaptationCurve {
    func open<F: TaskFamily>(_ family: F) throws -> AdaptationCurve {
      try evaluate(
        trained, on: family, evaluation, random: evaluationRandom(seed: seed), workers: workers, didPlay: didPlay)
    }
    return try open(family)
  }

  /// Why the learner cannot play the family, if it cannot; its settings are tried, too.
  ///
  /// - Throws: what is wrong with its settings.
  func obstacle() throws -> String? {
    func open<L: MetaLearner>(_ type: L.Type) throws {
      let _: Run<L> = try makeRun()
    }
    do {
      try open(learner.type)
      return nil
    } catch let unsupported as UnsupportedFamily {
      return unsupported.description
    }
  }
}

/// What became of a run.
struct RunOutcome: Sendable {
  /// How it ended.
  enum Status: Sendable, Equatable {
    /// As planned.
    case done
    /// With an error.
    case failed(String)
    /// By the user's wish; it can be resumed.
    case interrupted
  }

  /// What was planned.
  var plan: RunPlan
  /// How it ended.
  var status = Status.done
  /// What it cost.
  var cost = RunCost()
}

/// What a run cost, counted by the harness.
struct RunCost: Sendable, Hashable {
  /// The environment steps of training.
  var environmentSteps = 0
  /// The environment steps of evaluation.
  var evaluationSteps = 0
  /// The iterations of training, each of which updates the learner.
  var iterations = 0
  /// Seconds on the clock, over all processes that worked on it; work that was lost counts up to its last checkpoint.
  var wallSeconds = 0.0
  /// Seconds of work on processors, likewise.
  var processorSeconds = 0.0
  /// The most memory, in bytes, that a process had while it worked on the run, perhaps on others beside it.
  var peakMemoryBytes = 0

  /// As files have it.
  var json: JSONValue {
    [
      "environmentSteps": .integer(environmentSteps), "evaluationSteps": .integer(evaluationSteps),
      "iterations": .integer(iterations), "wallSeconds": .number(wallSeconds),
      "processorSeconds": .number(processorSeconds), "peakMemoryBytes": .integer(peakMemoryBytes),
    ]
  }
}

/// How a run is watched and stopped.
struct RunControl: Sendable {
  /// The threads that the run may use.
  var threads = 1
  /// Seconds between checkpoints.
  var checkpointSeconds = RunControl.standardCheckpointSeconds
  /// Whether the user wants it to stop; asked between iterations of training and episodes of evaluation, and whenever
  /// work is handed to threads.
  var isInterrupted: @Sendable () -> Bool = { false }
  /// Seconds that an iteration may go on for after that, so that short ones are not lost.
  var patience: Double
  /// Told of the environment steps that were taken before, by another process.
  var didResume: @Sendable (_ environmentSteps: Int) -> Void = { _ in }
  /// Told of all environment steps so far, after each of them.
  var didAdvance: @Sendable (_ environmentSteps: Int) -> Void = { _ in }

  /// Seconds between checkpoints, if nothing is said.
  static let standardCheckpointSeconds = 30.0
}

/// The user wanted it to stop.
struct Interrupted: Error {}

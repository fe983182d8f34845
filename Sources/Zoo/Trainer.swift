import MetaRL
import Synchronization
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

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

  /// The environment steps of the evaluation, at most.
  var evaluationSteps: Int {
    let episodes = evaluation.episodesPerLifetime + evaluation.probes.count * evaluation.episodesPerProbe
    return evaluation.taskCount * episodes * family.spec.horizon
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
    /// By the user's wish.
    case interrupted
  }

  /// What was planned.
  var plan: RunPlan
  /// How it ended.
  var status = Status.done
  /// What was logged.
  var training: [TrainingRecord] = []
  /// What it did on the tasks of evaluation.
  var curve: AdaptationCurve?
  /// What it cost.
  var cost = RunCost()
  /// The learner in the end, encoded.
  var checkpoint: Data?
}

/// What a run cost, counted by the harness.
struct RunCost: Sendable {
  /// The environment steps of training.
  var environmentSteps = 0
  /// The environment steps of evaluation.
  var evaluationSteps = 0
  /// The iterations of training.
  var iterations = 0
  /// Seconds on the clock.
  var wallSeconds = 0.0
  /// Seconds of work on processors, if they can be told from those of other runs.
  var processorSeconds: Double?

  /// As files have it.
  var json: JSONValue {
    [
      "environmentSteps": .integer(environmentSteps), "evaluationSteps": .integer(evaluationSteps),
      "iterations": .integer(iterations), "wallSeconds": .number(wallSeconds),
      "processorSeconds": processorSeconds.map { .number($0) } ?? .null,
    ]
  }
}

/// How a run is watched and stopped.
struct RunControl: Sendable {
  /// The threads that the run may use.
  var workers = Workers(1)
  /// Which processor time it is charged.
  var clock = ProcessorClock.unknown
  /// Whether the user wants it to stop; asked between iterations of training and episodes of evaluation.
  var isInterrupted: @Sendable () -> Bool = { false }
  /// Told of all environment steps so far, after each of them.
  var didAdvance: @Sendable (_ environmentSteps: Int) -> Void = { _ in }
}

/// The user wanted it to stop.
struct Interrupted: Error {}

extension RunPlan {
  /// Trains up to the budget, then evaluates.
  ///
  /// An error becomes the outcome's status, so that other runs go on.
  func carriedOut(under control: RunControl) -> RunOutcome {
    var outcome = RunOutcome(plan: self)
    let start = ContinuousClock.now
    let processorStart = control.clock.seconds
    do {
      try carryOut(learner.type, control, &outcome)
    } catch is Interrupted {
      outcome.status = .interrupted
    } catch {
      outcome.status = .failed("\(error)")
    }
    outcome.cost.wallSeconds = (ContinuousClock.now - start) / .seconds(1)
    if let end = control.clock.seconds, let processorStart { outcome.cost.processorSeconds = end - processorStart }
    return outcome
  }

  private func carryOut<L: MetaLearner>(
    _ type: L.Type, _ control: RunControl, _ outcome: inout RunOutcome
  ) throws {
    let family = learner.view(of: family)
    var run: Run<L> = try makeRun()
    while run.environmentSteps < steps, !run.isExhausted {
      guard !control.isInterrupted() else { throw Interrupted() }
      guard let record = try run.advance(on: family, workers: control.workers) else { break }
      outcome.training.append(record)
      outcome.cost.environmentSteps = run.environmentSteps
      outcome.cost.iterations = run.iteration
      control.didAdvance(run.environmentSteps)
    }
    let taken = Mutex(run.environmentSteps)
    let curve = try evaluated(run.learner, on: family, workers: control.workers) { steps in
      guard !control.isInterrupted() else { throw Interrupted() }
      control.didAdvance(
        taken.withLock {
          $0 += steps
          return $0
        })
    }
    outcome.cost.evaluationSteps = curve.environmentSteps
    outcome.curve = curve
    // Sorted keys make equal learners equal bytes.
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    outcome.checkpoint = try encoder.encode(run)
  }

  /// The run before its first iteration.
  func makeRun<L: MetaLearner>() throws -> Run<L> {
    let configuration = try settings.configuration(as: L.Configuration.self)
    return try Run<L>(configuration, for: learner.view(of: family).spec, seed: seed)
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

import MetaRL
import Synchronization

struct RunPlan: Sendable {
  var learner: Catalog.LearnerEntry
  var settings: Settings
  var family: any TaskFamily
  var seed: UInt64
  /// The environment steps after which training ends.
  var steps: Int
  var evaluation: EvaluationProtocol

  /// "maml on point-navigation, seed 0".
  var title: String { "\(learner.name) on \(family.card.name), seed \(seed)" }

  var path: String { "runs/\(learner.name)/\(family.card.versionedName)/seed-\(seed)" }

  /// The environment steps of the evaluation, at most, that of the untrained learner included.
  var evaluationSteps: Int {
    let all = [evaluation] + (isTrained ? [evaluation.ofUntrained] : [])
    return all.reduce(0) { $0 + $1.mostSteps(horizon: family.spec.horizon) }
  }

  /// Whether there is to be training, as far as is known before it.
  var isTrained: Bool { steps > 0 && learner.card.data != .none }

  /// The most environment steps that training may take, but for the first iteration, which is always made.
  var mostSteps: Double { Double(steps) * (1 + RunCost.tolerance) }

  /// Whether there is to be another iteration: as far as the last one tells, it ends within the budget.
  func goesOn<L>(with run: Run<L>) -> Bool {
    guard run.environmentSteps < steps, !run.isExhausted else { return false }
    return Double(run.environmentSteps + (run.lastIterationSteps ?? 0)) <= mostSteps || run.iteration == 0
  }

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

  /// The reason that the learner cannot play the family, if any; its settings are tried, too.
  ///
  /// - Throws: what is wrong with its settings.
  func obstacle() throws -> String? {
    func open<L: MetaLearner>(_ type: L.Type) throws {
      let _: Run<L> = try makeRun()
    }
    do {
      try open(learner.type)
      return nil
    } catch let unsupported as UnsupportedFamilyError {
      return unsupported.description
    }
  }
}

struct RunOutcome: Sendable {
  var plan: RunPlan
  /// The end of a run: done, failed or interrupted.
  var state = RunState.done
  var cost = RunCost()
}

/// The observation and interruption of a run.
struct RunControl: Sendable {
  var threads = 1
  var checkpointSeconds = RunControl.standardCheckpointSeconds
  /// Whether the user wants it to stop; asked between iterations of training and episodes of evaluation, and whenever
  /// work is handed to threads.
  var isInterrupted: @Sendable () -> Bool = { false }
  /// Seconds that an iteration may continue after that, so that short ones are not lost.
  var patience: Double
  /// Told of the environment steps that were taken before, by another process.
  var didResume: @Sendable (_ environmentSteps: Int) -> Void = { _ in }
  /// Told of all environment steps so far, after each of them.
  var didAdvance: @Sendable (_ environmentSteps: Int) -> Void = { _ in }
  /// Told what a person who may stop the run should know, and of what that holds.
  var didNote: @Sendable (_ of: String, _ text: String) -> Void = { _, _ in }

  /// Seconds between checkpoints, if nothing is said.
  static let standardCheckpointSeconds = 30.0
}

extension Interruption {
  /// Lets an iteration finish after an interruption, if it does so soon.
  final class Patience: Sendable {
    private let control: RunControl
    private let firstSeen = Mutex<ContinuousClock.Instant?>(nil)

    /// Waits as long as `control` says.
    init(_ control: RunControl) { self.control = control }

    /// Whether the wish was first seen so long ago.
    var isAtItsEnd: Bool {
      guard control.isInterrupted() else { return false }
      let now = ContinuousClock.now
      return firstSeen.withLock { first in
        let since = first ?? now
        first = since
        return now - since >= .seconds(control.patience)
      }
    }
  }
}

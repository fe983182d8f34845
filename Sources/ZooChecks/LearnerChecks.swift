import MetaRL

/// The options of a learner's checks.
public struct LearnerCheckOptions: Sendable {
  /// The seed of everything that is drawn.
  public var seed: UInt64 = 0
  /// The tasks that agents live in side by side.
  ///
  /// Few lanes miss rare faults.
  public var laneCount = 60
  /// The episodes of a lifetime.
  ///
  /// Agents that adapt only after more episodes than these are not seen adapting.
  public var episodesPerLifetime = 25
  /// The iterations of meta-training that are compared with others.
  public var iterations = 3
  /// The reason that the learner need not beat agents that do not adapt; nil if it has to.
  public var reasonNotToAdapt: String?
  /// The pulls in a lifetime of the two-armed bandit.
  public var pulls = 60
  /// The seconds after which training on the two-armed bandit is given up.
  public var banditSeconds = 60.0
  /// Whether to stop; asked before every iteration of training.
  public var isInterrupted: @Sendable () -> Bool = { false }

  public init() {}
}

/// The problems of a learner: readable lines, empty if there are none.
///
/// It works with any test framework: `#expect(problems(with: MyLearner.self, on: MyFamily()) == [])`.
public func problems<L: MetaLearner>(
  with type: L.Type, settings: L.Configuration = L.Configuration(), on family: some TaskFamily,
  options: LearnerCheckOptions = LearnerCheckOptions()
) -> [String] {
  checkResults(of: type, settings: settings, on: family, options: options, didFinish: { _ in }).compactMap(
    \.problem)
}

/// The results of every check of a learner, in order.
///
/// - Parameters:
///   - type: the learner's type.
///   - settings: its settings.
///   - family: where it is trained and lives.
///   - options: how thorough to be.
///   - didFinish: told of each result as it comes; what it throws ends the checks.
/// - Returns: the results.
/// - Throws: what `didFinish` throws.
public func checkResults<L: MetaLearner>(
  of type: L.Type, settings: L.Configuration = L.Configuration(), on family: some TaskFamily,
  options: LearnerCheckOptions = LearnerCheckOptions(), didFinish: (CheckResult) throws -> Void
) rethrows -> [CheckResult] {
  let subject = LearnerSubject<L, _>(settings: settings, family: family, options: options)
  let past = TrainedOnce(subject)
  return try results(
    of: [
      Check("works before any training: shapes, finite actions") { try subject.checkActions() },
      Check("same seed, same bytes") { try subject.checkDeterminism(past.history()) },
      Check("1 worker = 4 workers") { try subject.checkWorkers(past.history()) },
      Check("save, load, same actions") { try subject.checkLoading(past.history()) },
      Check("resume = uninterrupted") { try subject.checkResuming(past.history()) },
      Check("lanes never touch") { try subject.checkLanes(past.history()) },
      Check("no state across tasks") { try subject.checkTasks(past.history()) },
      Check("evaluating a copy leaves the agent as it was") { try subject.checkCopies(past.history()) },
      Check("uses only the data it was handed") { try subject.checkPoison(past.history()) },
      Check("trains on training tasks, every step counted") { try subject.checkTraining() },
      Check("beats agents that do not adapt, on two arms") { try subject.checkAdaptation() },
    ], didFinish: didFinish)
}

/// The training that most checks compare with, done when the first of them asks for it.
private final class TrainedOnce<L: MetaLearner, F: TaskFamily> {
  private let subject: LearnerSubject<L, F>
  private var made: [TrainedIteration<L>]?

  init(_ subject: LearnerSubject<L, F>) { self.subject = subject }

  func history() throws -> [TrainedIteration<L>] {
    if let made { return made }
    let history = try subject.train(subject.newborn(), iterations: 0..<subject.options.iterations)
    made = history
    return history
  }
}

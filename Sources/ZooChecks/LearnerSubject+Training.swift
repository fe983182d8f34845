import MetaRL
import Tensors

// What training promises.
extension LearnerSubject {
  /// Agents of a learner that was never trained act, alone and many, and learn without an error.
  func checkActions() throws {
    let learner: L
    do {
      learner = try newborn()
    } catch let unsupported as UnsupportedFamilyError {
      throw CheckError("it cannot play \(family.card.name): \(unsupported)", hint: "name another family")
    }
    for count in [1, 7] { _ = try live(learner, in: lanes(count), on: EndingEarly(base: family)) }
    _ = try encodedBytes(learner.state)
  }

  /// The same seed gives the same learner, metrics and lives.
  func checkDeterminism(_ history: [TrainedIteration<L>]) throws {
    let hint =
      "draw only from the given streams; no global counters, no clock, no order of a Set or Dictionary"
    let again = try train(newborn(), iterations: 0..<1)
    try requireEqual(history, again, hint: hint)
    let lanes = lanes(10)
    try requireEqual(
      try live(history[0].learner, in: lanes, on: family), try live(again[0].learner, in: lanes, on: family),
      as: ("once", "again"), hint: hint)
  }

  func checkWorkers(_ history: [TrainedIteration<L>]) throws {
    try requireEqual(
      history, try train(newborn(), iterations: 0..<1, workers: 4),
      hint: "let nothing depend on session.workers.count or on the order in which threads finish")
  }

  /// A loaded learner acts as the saved one.
  func checkLoading(_ history: [TrainedIteration<L>]) throws {
    guard let learner = history.last?.learner else { return }
    let loaded = try reloaded(learner)
    let lanes = lanes(10)
    try requireEqual(
      try live(learner, in: lanes, on: family), try live(loaded, in: lanes, on: family),
      as: ("before it was saved", "after it was loaded"), hint: try hintToState(of: learner))
    if let place = firstDifference(try encodedBytes(learner.state), try encodedBytes(loaded.state)) {
      throw CheckError(
        "\(place) of the state is not what it was when it was saved", hint: try hintToState(of: learner))
    }
  }

  /// Training that was saved and loaded on its way ends where training without a break does.
  func checkResuming(_ history: [TrainedIteration<L>]) throws {
    guard let first = history.first, history.count > 1 else { return }
    let resumed = try train(reloaded(first.learner), iterations: 1..<history.count)
    try requireEqual(Array(history.dropFirst()), resumed, hint: try hintToState(of: first.learner))
  }

  /// A learner with the state of another, as it is after it was saved and loaded.
  private func reloaded(_ learner: L) throws -> L {
    try L(settings, for: family.learnerSpec(), restoring: savedAndLoaded(learner.state))
  }

  private func hintToState(of learner: L) throws -> String {
    let missing = propertiesMissing(in: try encodedBytes(learner.state), of: learner.state)
    let names = missing.map { "`\($0)`" }.joined(separator: ", ")
    return missing.isEmpty
      ? "`state` is everything that training goes on from: optimizer state, buffers, counters"
      : "include \(names) in `encode(to:)`"
  }

  /// Training asks for training tasks only, and the session knows of every step.
  func checkTraining() throws {
    let ledger = Ledger()
    let trained = try train(newborn(), iterations: 0..<1, on: Watched(base: family, ledger: ledger))
    let others = ledger.splitsAskedOf.subtracting([.train])
    guard others.isEmpty else {
      throw CheckError(
        "it asked for \(others.map(\.rawValue).sorted().joined(separator: " and ")) tasks",
        hint: "take tasks from session.sampleTasks")
    }
    let counted = trained.reduce(0) { $0 + $1.steps }
    guard counted == ledger.liveSteps else {
      throw CheckError(
        "\(ledger.liveSteps) environment steps were taken, and the session counted \(counted)",
        hint: "take steps through session.play")
    }
    try refusesTestTasks()
  }

  /// That tasks are out of reach is the session's promise.
  private func refusesTestTasks() throws {
    for split in [TaskID.Split.test, .validation] {
      var session = TrainingSession(
        family: family, iteration: 0, random: RandomStream(seed: options.seed), workers: Workers(1))
      let learner = try newborn()
      do {
        _ = try session.play(on: [TaskID(split, 0)], episodes: 1, phase: "check") { _, random in
          learner.makeAgent(using: random)
        }
      } catch is RolloutError {
        continue
      }
      throw CheckError("the session played a \(split.rawValue) task")
    }
  }
}

import MetaRL
import Synchronization

extension RunPlan {
  /// Trains up to the budget, evaluates, and writes it all to the run's directory.
  ///
  /// An interrupted or failed run continues from its last checkpoint, and a finished one is skipped: in the
  /// end its files are the same to the last byte as if nothing had happened. An error becomes the outcome's
  /// state, so that other runs continue.
  func carriedOut(
    in path: String, under control: RunControl, ending: some RunEnding = EpisodesEnding()
  ) -> RunOutcome {
    func open<L: MetaLearner>(_ type: L.Type) -> RunOutcome {
      carriedOut(type, in: path, under: control, ending: ending)
    }
    return open(learner.type)
  }

  private func carriedOut<L: MetaLearner>(
    _ type: L.Type, in path: String, under control: RunControl, ending: some RunEnding
  ) -> RunOutcome {
    var outcome = RunOutcome(plan: self)
    do {
      let directory = try RunDirectory(at: path, of: self)
      var work = RunInProgress<L>(plan: self, directory: directory, control: control)
      do {
        try work.carryOut(ending)
        outcome.state = .done
        try work.directory.end(.done)
      } catch let error where error is InterruptedError || error is CancellationError {
        outcome.state = .interrupted
        try work.directory.end(.interrupted)
      } catch {
        outcome.state = .failed("\(error)")
        // Where a file cannot be written, perhaps none can: then the directory looks like that of an interrupted run.
        try? work.directory.end(.failed("\(error)"))
      }
      outcome.cost = work.cost
    } catch {
      outcome.state = .failed("\(error)")
    }
    return outcome
  }
}

private struct RunInProgress<L: MetaLearner>: ~Copyable {
  let plan: RunPlan
  let directory: RunDirectory
  let control: RunControl
  let meter = ProcessorMeter()
  /// The cost at the start of this process's work; `cost` includes it.
  let before: RunCost
  let start = ContinuousClock.now
  private(set) var cost: RunCost
  let clock: LongIteration

  init(plan: RunPlan, directory: consuming RunDirectory, control: RunControl) {
    self.plan = plan
    self.control = control
    let name = "\(plan.learner.name) on \(plan.family.card.versionedName)"
    clock = LongIteration(threshold: .seconds(max(1, control.checkpointSeconds))) { [control] in
      control.didNote(name, $0)
    }
    before = directory.cost
    cost = before
    self.directory = directory
  }

  mutating func carryOut(_ ending: some RunEnding) throws {
    let family = plan.learner.view(of: plan.family)
    if let software = family.softwareJSON { directory.note("with \(software.text)") }
    let interruption = Interruption.Patience(control)
    let workers = Workers(control.threads, meter: meter) { [clock] in
      clock.look()
      return interruption.isAtItsEnd
    }
    var run: Run<L>
    if let checkpoint = try directory.lastCheckpoint(of: L.self) {
      run = checkpoint.run
      directory.note("resumed after iteration \(run.iteration), \(run.environmentSteps) steps")
      control.didResume(run.environmentSteps)
    } else {
      run = try plan.makeRun()
      directory.note("started")
    }
    if ending.comparesWithUntrained, plan.isTrained { try evaluateUntrained(run, ending, on: family, workers) }
    try train(&run, on: family, workers)
    let result = try evaluate(run, plan, ending, on: family, workers)
    cost.evaluationSteps = result.evaluationSteps
    meterCost(run)
    try directory.write(result, cost: cost)
  }

  /// Writes what the learner does before training, if that is not there yet.
  private mutating func evaluateUntrained(
    _ run: Run<L>, _ ending: some RunEnding, on family: any TaskFamily, _ workers: Workers
  ) throws {
    if let steps = directory.untrainedSteps {
      cost.untrainedSteps = steps
    } else {
      var plan = plan
      plan.evaluation = plan.evaluation.ofUntrained
      // A run that was begun by a version without this row is in the middle of its training.
      let untrained: Run<L> = run.iteration == 0 ? run : try plan.makeRun()
      var result = try evaluate(untrained, plan, ending, on: family, workers)
      result.name = RunFile.untrained
      cost.untrainedSteps = result.evaluationSteps
      meterCost(run)
      try directory.write(result, cost: cost)
    }
    control.didAdvance(cost.untrainedSteps + run.environmentSteps)
  }

  private func evaluate(
    _ run: Run<L>, _ plan: RunPlan, _ ending: some RunEnding, on family: any TaskFamily, _ workers: Workers
  ) throws -> RunResultFile {
    let taken = Mutex(cost.untrainedSteps + run.environmentSteps)
    let control = control
    return try meter.counting {
      try ending.result(of: run, plan, on: family, workers: workers) { steps in
        guard !control.isInterrupted() else { throw InterruptedError() }
        control.didAdvance(
          taken.withLock {
            $0 += steps
            return $0
          })
      }
    }
  }

  /// Trains until the budget is spent or there is nothing to train, and leaves a checkpoint however it ends: after the last
  /// finished iteration.
  private mutating func train(_ run: inout Run<L>, on family: any TaskFamily, _ workers: Workers) throws {
    var lastSaved = ContinuousClock.now
    var saving = Duration.zero
    while plan.goesOn(with: run) {
      if control.isInterrupted() {
        try save(run)
        throw InterruptedError()
      }
      let began = ContinuousClock.now
      clock.begin(at: began)
      // What fails or is given up leaves the checkpoint before it: the same steps are taken again.
      guard let record = try meter.counting({ try run.advance(on: family, workers: workers) }) else { break }
      clock.end()
      try directory.append(record)
      control.didAdvance(cost.untrainedSteps + run.environmentSteps)
      if run.iteration == 1, Double(run.environmentSteps) > plan.mostSteps {
        directory.note("the first iteration took \(run.environmentSteps) steps, and the budget is \(plan.steps)")
      }
      let now = ContinuousClock.now
      // The next iteration may be given up if it is about as long as this one: then this one is not lost.
      let mayBeGivenUp = now - began >= max(.seconds(control.patience / 4), saving * 10)
      if now - lastSaved >= .seconds(control.checkpointSeconds) || mayBeGivenUp {
        try save(run)
        lastSaved = ContinuousClock.now
        saving = lastSaved - now
      }
    }
    try save(run)
  }

  private mutating func save(_ run: Run<L>) throws {
    meterCost(run)
    try directory.save(run, cost: cost)
  }

  private mutating func meterCost(_ run: Run<L>) {
    cost.environmentSteps = run.environmentSteps
    cost.iterations = run.iteration
    cost.updates = run.updates
    cost.wallSeconds = before.wallSeconds + (ContinuousClock.now - start) / .seconds(1)
    cost.processorSeconds = before.processorSeconds + meter.seconds
    cost.peakMemoryBytes = max(before.peakMemoryBytes, Machine.peakMemory)
  }
}

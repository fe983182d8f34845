import MetaRL

extension Comparison {
  /// Runs everything that is not done yet, `jobs` runs at a time.
  ///
  /// - Parameters:
  ///   - directory: where to.
  ///   - jobs: threads. Those that are too many for the runs are lent to the runs.
  ///   - checkpointSeconds: seconds between checkpoints of a run.
  ///   - progress: told what happens.
  ///   - isInterrupted: whether to stop.
  /// - Returns: what became of each run, in the order of `plans`.
  func run(
    in directory: borrowing ComparisonDirectory, jobs: Int, checkpointSeconds: Double, progress: Progress,
    isInterrupted: @escaping @Sendable () -> Bool
  ) -> [RunOutcome] {
    let paths = plans.map { directory.path + "/" + $0.path }
    let manifest = directory.manifest
    let isDone = paths.map { RunState(ofRunAt: $0) == .done }
    progress.skipped(plans.indices.filter { isDone[$0] })
    let left = plans.indices.filter { !isDone[$0] }
    let concurrent = max(1, min(jobs, left.count))
    var control = RunControl(isInterrupted: isInterrupted)
    control.threads = max(1, jobs / concurrent)
    control.checkpointSeconds = checkpointSeconds
    let common = control
    let results = try? Workers(concurrent).map(left.count) { place -> RunOutcome in
      let (number, plan) = (left[place], plans[left[place]])
      guard !isInterrupted() else { return RunOutcome(plan: plan, status: .interrupted) }
      var control = common
      control.didResume = { progress.resumed(number, at: $0) }
      control.didAdvance = { progress.advanced(number, to: $0) }
      progress.began(number)
      manifest.note(plan, .running)
      let outcome = plan.carriedOut(in: paths[number], under: control)
      manifest.note(plan, outcome.status.asRunStatus)
      progress.ended(number, outcome)
      return outcome
    }
    var outcomes = zip(plans, isDone).map { RunOutcome(plan: $0, status: $1 ? .done : .interrupted) }
    for (place, outcome) in zip(left, results ?? []) { outcomes[place] = outcome }
    return outcomes
  }
}

extension RunOutcome.Status {
  /// As a run's directory has it.
  var asRunStatus: RunStatus {
    switch self {
    case .done: .done
    case .failed(let cause): .failed(cause)
    case .interrupted: .interrupted
    }
  }
}

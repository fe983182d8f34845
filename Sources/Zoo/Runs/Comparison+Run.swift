import MetaRL

extension Comparison {
  /// Runs everything that is not done yet, as many runs at a time as there are threads.
  ///
  /// - Parameters:
  ///   - directory: where to.
  ///   - control: how runs are stopped and kept, and the threads for all of them. Threads that are too many for the runs are
  ///     lent to the runs.
  ///   - progress: told what happens.
  /// - Returns: the outcome of each run, in the order of `plans`.
  func run(
    in directory: borrowing ComparisonDirectory, under control: RunControl, progress: Progress
  ) -> [RunOutcome] {
    let paths = plans.map { directory.path + "/" + $0.path }
    let manifest = directory.manifest
    let isDone = paths.map { RunState(ofRunAt: $0) == .done }
    progress.skipped(plans.indices.filter { isDone[$0] })
    let left = plans.indices.filter { !isDone[$0] }
    let concurrent = max(1, min(control.threads, left.count))
    let results = try? Workers(concurrent).map(left.indices) { place -> RunOutcome in
      let (number, plan) = (left[place], plans[left[place]])
      guard !control.isInterrupted() else { return RunOutcome(plan: plan, state: .interrupted) }
      var control = control
      control.threads = max(1, control.threads / concurrent)
      control.didResume = { progress.resumed(number, at: $0) }
      control.didAdvance = { progress.advanced(number, to: $0) }
      control.didNote = { progress.noted($0, $1) }
      progress.began(number)
      manifest.note(plan, .running)
      let outcome = plan.carriedOut(in: paths[number], under: control)
      manifest.note(plan, outcome.state)
      progress.ended(number, outcome)
      return outcome
    }
    var outcomes = zip(plans, isDone).map { RunOutcome(plan: $0, state: $1 ? .done : .interrupted) }
    for (place, outcome) in zip(left, results ?? []) { outcomes[place] = outcome }
    return outcomes
  }
}

import MetaRL

extension StoredRun {
  /// Lends the stored learner, and its family as the learner is shown it.
  ///
  /// - Throws: `UsageError` if the checkpoint cannot be read, or what `body` throws.
  func withLearner<Result>(_ body: (any MetaLearner, any TaskFamily) throws -> Result) throws -> Result {
    func open<L: MetaLearner>(_ type: L.Type) throws -> Result {
      try body(run(of: type).learner, plan.learner.view(of: plan.family))
    }
    return try open(plan.learner.type)
  }

  /// Refuses a task that the family does not have.
  ///
  /// - Throws: `UsageError` that names the valid range.
  func checkTask(_ index: Int, in split: TaskID.Split) throws {
    let largest = (plan.family.taskCount(in: split) ?? 100_000) - 1
    guard (0...max(0, largest)).contains(index) else {
      throw UsageError(
        "\(plan.family.card.name) has \(split.rawValue) tasks 0 to \(largest); there is no task \(index)")
    }
  }
}

import MetaRL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension StoredRun {
  /// Lends the stored learner, and its family as the learner is shown it.
  ///
  /// - Throws: `UsageProblem` if the checkpoint cannot be read, or what `body` throws.
  func withLearner<Result>(_ body: (any MetaLearner, any TaskFamily) throws -> Result) throws -> Result {
    func open<L: MetaLearner>(_ type: L.Type) throws -> Result {
      let run: Run<L>
      do {
        run = try JSONDecoder().decode(Run<L>.self, from: Data(checkpoint.utf8))
      } catch {
        throw UsageProblem("learner.json is not a checkpoint of \(plan.learner.name): \(error)")
      }
      let family = plan.learner.view(of: plan.family)
      guard run.spec == family.spec else {
        throw UsageProblem(
          "learner.json was not trained on \(plan.family.card.versionedName), as config.json has it")
      }
      return try body(run.learner, family)
    }
    return try open(plan.learner.type)
  }

  /// Refuses a task that the family does not have.
  ///
  /// - Throws: `UsageProblem` that names the valid range.
  func checkTask(_ index: Int, in split: TaskID.Split) throws {
    let largest = (plan.family.taskCount(in: split) ?? 100_000) - 1
    guard (0...max(0, largest)).contains(index) else {
      throw UsageProblem(
        "\(plan.family.card.name) has \(split.rawValue) tasks 0 to \(largest); there is no task \(index)")
    }
  }
}

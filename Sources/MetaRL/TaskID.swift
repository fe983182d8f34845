import Tensors

/// The name of one task.
///
/// A family turns the same name into the same task on every machine, so test sets, replay buffers and
/// checkpoints store names, never environments.
public struct TaskID: Hashable, Codable, Sendable {
  /// What a task may be used for.
  ///
  /// Tasks of different splits are never drawn from the same stream.
  public enum Split: String, Codable, Sendable, CaseIterable {
    /// Meta-training and tuning.
    case train
    /// Choosing a checkpoint.
    case validation
    /// Evaluation, and nothing else.
    case test
  }

  /// What the task may be used for.
  public var split: Split
  /// Which task of the split: 0 and up.
  public var index: Int

  /// Names a task.
  public init(_ split: Split, _ index: Int) {
    self.split = split
    self.index = index
  }

  /// The stream that this task's own parameters are drawn from, the same for every learner and every seed.
  public func random(family: String) -> RandomStream {
    RandomStream(seed: 0).split("tasks").split(family).split(split.rawValue, index)
  }
}

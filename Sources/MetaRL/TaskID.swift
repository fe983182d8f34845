import Tensors

/// The name of one task: its split and its index.
///
/// A family turns the same name into the same task on every machine, so test sets, replay buffers
/// and checkpoints store names, never environments.
public struct TaskID: Hashable, Codable, Sendable {
  /// The purpose that a task is drawn for.
  ///
  /// Tasks of different splits are never drawn from the same stream.
  public enum Split: String, Codable, Sendable, CaseIterable {
    /// For meta-training, and for tuning settings.
    case train
    /// For choosing a checkpoint among those of a run.
    case validation
    /// For evaluation, and for nothing else.
    case test
  }

  /// The split of the task: training, validation or test.
  public var split: Split
  /// The index in the split, from 0.
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

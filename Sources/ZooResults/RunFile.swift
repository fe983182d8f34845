/// The version of the zoo.
public let zooVersion = "0.1.0"

/// The names of the files in a run's directory.
package enum RunFile {
  /// Everything that the run depends on.
  package static let config = "config.json"
  package static let status = "status.json"
  package static let log = "log.txt"
  package static let training = "train.jsonl"
  /// One row an episode of evaluation.
  package static let episodes = "episodes.jsonl"
  /// The same of the learner before its training, where it was trained.
  package static let untrained = "untrained.jsonl"
  /// The returns by task, in place of the episodes, where a table of a paper needs no more.
  package static let returns = "returns.json"
  package static let cost = "budget.json"
}

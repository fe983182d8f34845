/// A distribution over tasks that share observations and actions.
public protocol TaskFamily: Sendable {
  /// One task, as a value.
  associatedtype TaskParameters: Codable, Sendable
  /// The environment of its tasks.
  associatedtype Lanes: Environment

  /// What the family is, where it comes from, and what its returns are measured against.
  var card: FamilyCard { get }
  /// Observations, actions and horizon.
  var spec: EnvironmentSpec { get }
  /// The task of a name.
  func task(_ id: TaskID) -> TaskParameters
  /// An environment with one lane for each of `tasks`.
  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes
  /// The task as a vector, for learners that may see it: oracles, and encoders in training.
  func descriptor(of task: TaskParameters) -> [Float]
  /// The number of tasks in a split, or nil if a split is drawn anew without end.
  func taskCount(in split: TaskID.Split) -> Int?
}

extension TaskFamily {
  /// By default every split is drawn anew without end.
  public func taskCount(in split: TaskID.Split) -> Int? { nil }

  /// An environment with one lane for each of the named tasks.
  public func makeEnvironment(for tasks: [TaskID]) -> Lanes { makeEnvironment(tasks.map(task)) }

  /// The spec that a learner is given: that of the family, for lifetimes of so many episodes.
  ///
  /// - Parameter episodesPerLifetime: by default as many as the card says.
  /// - Returns: the spec.
  public func learnerSpec(episodesPerLifetime: Int? = nil) -> EnvironmentSpec {
    spec.with(episodesPerLifetime: episodesPerLifetime ?? card.episodesPerLifetime)
  }
}

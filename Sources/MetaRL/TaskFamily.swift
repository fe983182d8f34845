/// A distribution over tasks that share observations and actions.
public protocol TaskFamily: Sendable {
  /// One task, as a value that says all that tasks differ in.
  associatedtype TaskParameters: Codable, Sendable
  /// The environment of its tasks, one task in each lane.
  associatedtype Lanes: Environment

  /// The description, the source and the anchors of the family.
  var card: FamilyCard { get }
  /// Observations, actions and horizon, common to all tasks.
  var spec: EnvironmentSpec { get }
  /// The task of a name, the same on every machine.
  func task(_ id: TaskID) -> TaskParameters
  /// An environment with one lane for each of `tasks`.
  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes
  /// The task as a vector, for learners that may see it: oracles, and encoders in training.
  func descriptor(of task: TaskParameters) -> [Float]
  /// The number of tasks in a split, or nil if tasks are unlimited.
  func taskCount(in split: TaskID.Split) -> Int?
  /// The best choices in a task where this is observed, for learners that may see them in training; none unless the spec
  /// says that the family tells them (`EnvironmentSpec.tellsBestChoices`).
  ///
  /// It is asked only of families in which what is best depends on nothing but the task and the observation.
  func bestChoices(in task: TaskParameters, at observation: [Float]) -> [Int]
}

extension TaskFamily {
  /// By default every split has an unlimited number of tasks.
  public func taskCount(in split: TaskID.Split) -> Int? { nil }

  /// By default a family does not tell.
  public func bestChoices(in task: TaskParameters, at observation: [Float]) -> [Int] { [] }

  /// An environment with one lane for each of the named tasks.
  public func makeEnvironment(for tasks: [TaskID]) -> Lanes { makeEnvironment(tasks.map(task)) }

  /// The spec that a learner receives: the family's, for lifetimes of the given number of episodes.
  ///
  /// - Parameter episodesPerLifetime: by default as many as the card says.
  /// - Returns: the spec.
  public func learnerSpec(episodesPerLifetime: Int? = nil) -> EnvironmentSpec {
    spec.with(episodesPerLifetime: episodesPerLifetime ?? card.episodesPerLifetime)
  }
}

import Tensors

/// The name of one task.
///
/// A family turns the same name into the same task on every machine, so test sets, replay buffers and
/// checkpoints store names, never environments.
public struct TaskID: Hashable, Codable, Sendable {
  /// The purpose of a task.
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

  /// The split of the task.
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

/// The form of an action.
public enum ActionSpace: Hashable, Codable, Sendable {
  /// A vector of the given size. An action of 1 is the full range; larger values are clipped to ±1.
  case continuous(size: Int)
  /// One of the given number of choices, numbered from 0.
  case discrete(count: Int)

  /// The width of an action as a network's output: the vector's size, or one logit a choice.
  public var width: Int {
    switch self {
    case .continuous(let size): size
    case .discrete(let count): count
    }
  }
}

/// The properties of a family that a learner needs to build its networks.
public struct EnvironmentSpec: Hashable, Codable, Sendable {
  /// The numbers in an observation.
  public var observationSize: Int
  /// The form of an action.
  public var actionSpace: ActionSpace
  /// The steps after which an episode is cut off, if the task has not ended it.
  public var horizon: Int
  /// The reward channel that this family reports.
  public var reportedReward: RewardChannel
  /// The episodes of the lifetimes that a learner is to prepare for; the harness says how many.
  public var episodesPerLifetime: Int
  /// The number of states, if an observation begins with the state, one-hot; nil if it does not.
  public var stateCount: Int?
  /// The places of targets in observations; nil unless tasks are supervised.
  public var supervision: Supervision?

  /// Describes a family.
  public init(
    observationSize: Int, actionSpace: ActionSpace, horizon: Int, reportedReward: RewardChannel = .dense,
    episodesPerLifetime: Int = 1, stateCount: Int? = nil, supervision: Supervision? = nil
  ) {
    self.observationSize = observationSize
    self.actionSpace = actionSpace
    self.horizon = horizon
    self.reportedReward = reportedReward
    self.episodesPerLifetime = episodesPerLifetime
    self.stateCount = stateCount
    self.supervision = supervision
  }

  /// The same with another horizon.
  public func with(horizon: Int) -> EnvironmentSpec {
    var spec = self
    spec.horizon = horizon
    return spec
  }

  /// The same for lifetimes of the given number of episodes.
  public func with(episodesPerLifetime: Int) -> EnvironmentSpec {
    var spec = self
    spec.episodesPerLifetime = episodesPerLifetime
    return spec
  }
}

/// The places of inputs and targets in a family whose actions are predictions.
///
/// Targets come after the prediction: the observation that follows a step shows what should have been predicted in it.
public struct Supervision: Hashable, Codable, Sendable {
  /// The numbers of an observation that say where to predict.
  public var inputs: Range<Int>
  /// The numbers of the next observation that say what the prediction should have been.
  public var targets: Range<Int>
  /// The prediction of action 1, in units of the targets.
  public var predictionScale: Double

  /// Describes examples.
  public init(inputs: Range<Int>, targets: Range<Int>, predictionScale: Double) {
    self.inputs = inputs
    self.targets = targets
    self.predictionScale = predictionScale
  }
}

/// A distribution over tasks that share observations and actions.
public protocol TaskFamily: Sendable {
  /// One task, as a value.
  associatedtype Task: Codable, Sendable
  /// The environment of its tasks.
  associatedtype Lanes: Environment

  /// The description, the source and the anchors of the family.
  var card: FamilyCard { get }
  /// Observations, actions and horizon.
  var spec: EnvironmentSpec { get }
  /// The task of a name.
  func task(_ id: TaskID) -> Task
  /// An environment with one lane for each of `tasks`.
  func makeEnvironment(_ tasks: [Task]) -> Lanes
  /// The task as a vector, for learners that may see it: oracles, and encoders in training.
  func descriptor(of task: Task) -> [Float]
  /// The number of tasks in a split, or nil if tasks are unlimited.
  func taskCount(in split: TaskID.Split) -> Int?
  /// Whether what an episode is depends on its number in the lifetime, which the environment counts: then an environment
  /// that was reset is not as good as new.
  var episodesAreNumbered: Bool { get }
  /// Whether agents are tested on tasks of training; nil if descriptors tell.
  var testTasksAreTrainingTasks: Bool? { get }
  /// The extent of the card's trajectory hash.
  var hashedTrajectory: TrajectoryExtent { get }
  /// Other software that results depend on, for a run's record.
  var software: [SoftwareVersion] { get }
}

/// The lanes and steps of a trajectory hash.
public struct TrajectoryExtent: Sendable, Hashable {
  /// The test tasks.
  public var tasks: Int
  /// The episodes of each.
  public var episodes: Int
  /// The steps after which an episode is cut off, if it has not ended and the family does not cut it off earlier.
  public var stepsPerEpisode: Int

  /// Says how much is played.
  public init(tasks: Int = 4, episodes: Int = 10, stepsPerEpisode: Int = .max) {
    self.tasks = tasks
    self.episodes = episodes
    self.stepsPerEpisode = stepsPerEpisode
  }
}

/// A program or a package outside of this one.
public struct SoftwareVersion: Sendable, Hashable {
  /// The name.
  public var name: String
  /// The version.
  public var version: String

  /// Names a version.
  public init(name: String, version: String) {
    self.name = name
    self.version = version
  }
}

extension TaskFamily {
  /// By default every split has an unlimited number of tasks.
  public func taskCount(in split: TaskID.Split) -> Int? { nil }

  /// By default an episode owes nothing to the one before.
  public var episodesAreNumbered: Bool { false }

  /// By default descriptors tell.
  public var testTasksAreTrainingTasks: Bool? { nil }

  /// By default ten whole episodes of four tasks.
  public var hashedTrajectory: TrajectoryExtent { TrajectoryExtent() }

  /// By default nothing.
  public var software: [SoftwareVersion] { [] }

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

/// The description, the source and the anchors of a family.
public struct FamilyCard: Codable, Sendable {
  /// A return that others are measured against.
  public struct Anchor: Codable, Sendable {
    /// The mean return of an episode.
    public var value: Double
    /// The standard error of `value`; 0 if it is exact.
    public var standardError: Double
    /// The method of computation.
    public var computation: String

    /// Names a value and how it was computed.
    public init(_ value: Double, standardError: Double = 0, computation: String) {
      self.value = value
      self.standardError = standardError
      self.computation = computation
    }
  }

  /// What actions are in the task's own units, where the components of a vector differ or choices are not numbered from 0.
  public struct ActionUnits: Codable, Sendable, Hashable {
    /// What -1 and 1 are, for each number of a vector; a number whose ends are the same is held there.
    public var ranges: [ClosedRange<Double>]
    /// Whether numbers are rounded to whole ones.
    public var areWhole: Bool
    /// The task's own number of the first choice.
    public var firstChoice: Int

    /// Says what vectors are.
    public init(ranges: [ClosedRange<Double>], areWhole: Bool = false) {
      (self.ranges, self.areWhole, firstChoice) = (ranges, areWhole, 0)
    }

    /// Says how choices are numbered.
    public init(firstChoice: Int) { (ranges, areWhole, self.firstChoice) = ([], false, firstChoice) }
  }

  /// The name in the catalog.
  public var name: String
  /// Raised by one whenever trajectories change; results of different versions are not compared.
  public var version: Int
  /// One sentence.
  public var summary: String
  /// The paper, or the code whose behavior this family has.
  public var source: String
  /// The value of action 1, the full range, in the task's units.
  public var actionScale: Double
  /// The number of episodes in a lifetime, unless the user says otherwise.
  public var episodesPerLifetime: Int
  /// The return of an untrained agent that acts at random.
  public var random: Anchor
  /// The return of an agent that knows the task.
  public var oracle: Anchor
  /// The digest of a fixed trajectory, pinned by a test: what makes a change of behavior visible.
  ///
  /// It begins with "unpinned" if a library computes trajectories and there is no digest for the release that is there.
  public var trajectoryHash: String
  /// What actions are; nil if every number of a vector is within ±`actionScale`, and choices are numbered from 0.
  public var actionUnits: ActionUnits?

  /// Fills in a card.
  public init(
    name: String, version: Int, summary: String, source: String, actionScale: Double = 1,
    episodesPerLifetime: Int, random: Anchor, oracle: Anchor, trajectoryHash: String,
    actionUnits: ActionUnits? = nil
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.source = source
    self.actionScale = actionScale
    self.episodesPerLifetime = episodesPerLifetime
    self.random = random
    self.oracle = oracle
    self.trajectoryHash = trajectoryHash
    self.actionUnits = actionUnits
  }

  /// The values of -1 and 1 in the task's units, for each component of a vector.
  package func actionRanges(count: Int) -> [ClosedRange<Double>] {
    actionUnits?.ranges ?? [ClosedRange<Double>](repeating: -actionScale...actionScale, count: count)
  }

  /// Whether there is a digest to compare trajectories with.
  package var isPinned: Bool { !trajectoryHash.hasPrefix("unpinned") }

  /// The name with the version, as results state it.
  public var versionedName: String { "\(name)@\(version)" }
}

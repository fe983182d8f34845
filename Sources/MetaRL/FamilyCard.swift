/// The lanes and steps of a trajectory hash.
public struct TrajectoryExtent: Sendable, Hashable {
  /// The number of test tasks, from the first.
  public var tasks: Int
  /// The number of episodes in each task.
  public var episodes: Int
  /// The steps after which an episode is cut off, if it has not ended and the family does not cut it off earlier.
  public var stepsPerEpisode: Int

  /// Says how much is played for the hash; the defaults are those of most families.
  public init(tasks: Int = 4, episodes: Int = 10, stepsPerEpisode: Int = .max) {
    self.tasks = tasks
    self.episodes = episodes
    self.stepsPerEpisode = stepsPerEpisode
  }
}

/// A program or a package outside of this one.
public struct SoftwareVersion: Sendable, Hashable {
  /// The name, as in "mujoco", by which results tell programs apart.
  public var name: String
  /// The version in the program's own words.
  public var version: String

  /// Names a version.
  public init(name: String, version: String) {
    self.name = name
    self.version = version
  }
}

/// The description, the source and the anchors of a family.
public struct FamilyCard: Codable, Sendable {
  /// A return that others are measured against.
  public struct Anchor: Codable, Sendable {
    /// The mean return of an episode; if episodes are numbered, of the last one of a lifetime, which decides the score.
    public var value: Double
    /// The standard error of `value`; 0 if it is exact.
    public var standardError: Double
    /// The method of computation, as it is printed.
    public var computation: String

    /// Names a value and how it was computed.
    public init(_ value: Double, standardError: Double = 0, computation: String) {
      self.value = value
      self.standardError = standardError
      self.computation = computation
    }
  }

  /// The returns of the agent that earns most over lifetimes, on average, of those that do not know their task.
  public struct BayesOptimum: Codable, Sendable, Hashable {
    /// The mean return of each episode of a lifetime.
    public var returns: [Double]
    /// The method of computation, as it is printed.
    public var computation: String

    /// Names the mean return of each episode of a lifetime and how it was computed.
    public init(_ returns: [Double], computation: String) {
      self.returns = returns
      self.computation = computation
    }

    /// The mean return of a whole lifetime.
    package var total: Double { returns.reduce(0, +) }

    /// The mean return of an episode.
    package var mean: Double { total / Double(returns.count) }

    /// Whether all episodes have the same mean return.
    package var isLevel: Bool { Set(returns).count == 1 }
  }

  /// Actions in the task's own units, where the components of a vector differ or choices are not numbered from 0.
  public struct ActionUnits: Codable, Sendable, Hashable {
    /// The values of -1 and 1, for each number of a vector; a number whose ends are the same is held there.
    public var ranges: [ClosedRange<Double>]
    /// Whether numbers are rounded to whole ones.
    public var areWhole: Bool
    /// The task's own number of the first choice.
    public var firstChoice: Int

    /// Says what -1 and 1 mean for each number of a vector.
    public init(ranges: [ClosedRange<Double>], areWhole: Bool = false) {
      (self.ranges, self.areWhole, firstChoice) = (ranges, areWhole, 0)
    }

    /// Says which number the task gives its first choice.
    public init(firstChoice: Int) { (ranges, areWhole, self.firstChoice) = ([], false, firstChoice) }
  }

  /// The name in the catalog, unique among families.
  public var name: String
  /// Raised by one whenever trajectories change; results of different versions are not compared.
  public var version: Int
  /// One sentence on what an agent does and is paid for.
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
  /// The returns of an agent that does not know the task but acts optimally, in lifetimes of `episodesPerLifetime`
  /// episodes; nil if they are not known.
  public var bayesOptimal: BayesOptimum?
  /// The digest of a fixed trajectory, pinned by a test: what makes a change of behavior visible.
  ///
  /// It begins with "unpinned" if a library computes trajectories and there is no digest for the release that is there.
  public var trajectoryHash: String
  /// The units of actions; nil if every number of a vector is within ±`actionScale`, and choices are numbered from 0.
  public var actionUnits: ActionUnits?
  /// The steps of the trajectory hash.
  public var hashedTrajectory = TrajectoryExtent()
  /// Whether an episode depends on its number in the lifetime, which the environment counts: then resetting an
  /// environment does not bring its initial state back.
  public var episodesAreNumbered = false
  /// Whether agents are tested on tasks of training; nil if descriptors tell.
  public var testTasksAreTrainingTasks: Bool?
  /// Whether results keep the rewards within episodes, since an agent can gain from adapting before an episode ends.
  public var keepsRewardsWithinEpisodes = false
  /// Other software that results depend on, for a run's record.
  public var software: [SoftwareVersion] = []

  // What a run stores of a card: the rest is asked of the family itself.
  private enum CodingKeys: String, CodingKey {
    case name, version, summary, source, actionScale, episodesPerLifetime, random, oracle, bayesOptimal,
      trajectoryHash, actionUnits
  }

  /// Fills in a card.
  public init(
    name: String, version: Int, summary: String, source: String, actionScale: Double = 1,
    episodesPerLifetime: Int, random: Anchor, oracle: Anchor, bayesOptimal: BayesOptimum? = nil,
    trajectoryHash: String, actionUnits: ActionUnits? = nil,
    hashedTrajectory: TrajectoryExtent = TrajectoryExtent(), episodesAreNumbered: Bool = false,
    testTasksAreTrainingTasks: Bool? = nil, keepsRewardsWithinEpisodes: Bool = false,
    software: [SoftwareVersion] = []
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.source = source
    self.actionScale = actionScale
    self.episodesPerLifetime = episodesPerLifetime
    self.random = random
    self.oracle = oracle
    self.bayesOptimal = bayesOptimal
    self.trajectoryHash = trajectoryHash
    self.actionUnits = actionUnits
    self.hashedTrajectory = hashedTrajectory
    self.episodesAreNumbered = episodesAreNumbered
    self.testTasksAreTrainingTasks = testTasksAreTrainingTasks
    self.keepsRewardsWithinEpisodes = keepsRewardsWithinEpisodes
    self.software = software
  }

  /// The values of -1 and 1 in the task's own units, for each number of a vector of the given size.
  package func actionRanges(count: Int) -> [ClosedRange<Double>] {
    actionUnits?.ranges ?? [ClosedRange<Double>](repeating: -actionScale...actionScale, count: count)
  }

  /// The Bayes-optimal returns, if they are known for lifetimes of that many episodes.
  package func bayesOptimal(episodesPerLifetime: Int) -> BayesOptimum? {
    bayesOptimal.flatMap { $0.returns.count == episodesPerLifetime ? $0 : nil }
  }

  /// Whether there is a digest to compare trajectories with.
  package var isPinned: Bool { !trajectoryHash.hasPrefix("unpinned") }

  /// The name with the version, as results state it.
  public var versionedName: String { "\(name)@\(version)" }
}

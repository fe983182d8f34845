import Tensors

/// The protocol of evaluation; two results are comparable only if they share it.
public struct EvaluationProtocol: Codable, Sendable, Hashable {
  /// The split that tasks come from.
  public var split: TaskID.Split
  /// The number of tasks, from the first of the split.
  public var taskCount: Int
  /// The number of episodes in a lifetime.
  public var episodesPerLifetime: Int
  /// The numbers of episodes of experience after which a frozen copy is probed; 0 is a newborn agent.
  public var probes: [Int]
  /// The episodes that each frozen copy plays.
  public var episodesPerProbe: Int

  /// Describes a protocol.
  ///
  /// A copy is probed before the first episode and after every one, unless `probes` says otherwise.
  public init(
    split: TaskID.Split = .test, taskCount: Int, episodesPerLifetime: Int, probes: [Int]? = nil,
    episodesPerProbe: Int = 1
  ) {
    self.split = split
    self.taskCount = taskCount
    self.episodesPerLifetime = episodesPerLifetime
    self.probes = probes ?? Array(0...episodesPerLifetime)
    self.episodesPerProbe = episodesPerProbe
  }

  /// The name that results carry, from the numbers of the protocol.
  public var identifier: String {
    let every = probes == Array(0...episodesPerLifetime)
    let points = every ? "each" : probes.map(String.init).joined(separator: ".")
    return "\(split.rawValue)\(taskCount)-episodes\(episodesPerLifetime)-probes\(points)x\(episodesPerProbe)@1"
  }
}

/// The outcome of one episode of an evaluation.
public struct EpisodeResult: Codable, Sendable, Hashable {
  /// The undiscounted sum of the rewards that the family reports.
  public var totalReward: Double
  /// The number of steps, which the horizon bounds.
  public var stepCount: Int
  /// Whether the task ended the episode, not the horizon.
  public var terminated: Bool
  /// Whether it succeeded; nil if the family does not define success.
  public var succeeded: Bool?
  /// The environment steps of experience that the agent had in this task before the episode.
  public var experienceSteps: Int
  /// The sums of the reported rewards in each twentieth of the horizon; empty except in online episodes of a family whose card
  /// asks for them (`FamilyCard.keepsRewardsWithinEpisodes`).
  public var rewardsByPart: [Double] = []

  /// The number of parts of an episode.
  public static let partCount = 20

  /// Creates the outcome of an episode.
  public init(
    totalReward: Double, stepCount: Int, terminated: Bool, succeeded: Bool? = nil, experienceSteps: Int
  ) {
    self.totalReward = totalReward
    self.stepCount = stepCount
    self.terminated = terminated
    self.succeeded = succeeded
    self.experienceSteps = experienceSteps
  }
}

/// The returns of a learner's agents on held-out tasks, after each episode of experience.
public struct AdaptationCurve: Codable, Sendable {
  /// The protocol that the curve was measured by.
  public var evaluation: EvaluationProtocol
  /// The tasks, in the order of the rows below.
  public var tasks: [TaskID]
  /// `[task][episode]`: what the lifetime itself earned, exploration included: the *online return*.
  public var online: [[EpisodeResult]]
  /// `[task][probe][episode of the probe]`: what a frozen copy earned after the experience
  /// of each probe: the *adapted return*.
  public var adapted: [[[EpisodeResult]]]

  /// Creates a curve.
  public init(
    evaluation: EvaluationProtocol, tasks: [TaskID], online: [[EpisodeResult]], adapted: [[[EpisodeResult]]]
  ) {
    self.evaluation = evaluation
    self.tasks = tasks
    self.online = online
    self.adapted = adapted
  }

  /// All environment steps taken, those of probes included.
  public var environmentSteps: Int {
    online.joined().reduce(0) { $0 + $1.stepCount }
      + adapted.joined().joined().reduce(0) { $0 + $1.stepCount }
  }
}

/// Lets newborn agents of a learner live on tasks and records what they earn.
///
/// Each task is one lane. After the episodes that `evaluation.probes` names, a copy of the agent plays on while the
/// original waits; then the copy is discarded. Random streams depend only on the task and the episode,
/// so a task's results do not depend on other tasks.
///
/// - Parameters:
///   - learner: makes the agents; it is not changed.
///   - family: where the tasks come from.
///   - evaluation: which tasks, how long, where to probe.
///   - random: the stream of this evaluation.
///   - workers: the threads that may be used.
///   - didPlay: receives, on any of the threads, the environment steps just taken; an error that it throws ends the
///     evaluation.
/// - Returns: the returns by task and episode.
/// - Throws: `RolloutError`, or what an agent throws when it adapts, or what `didPlay` throws.
public func evaluate<Learner: MetaLearner, Family: TaskFamily>(
  _ learner: Learner, on family: Family, _ evaluation: EvaluationProtocol, random: RandomStream,
  workers: Workers = Workers(1), didPlay: @Sendable (_ environmentSteps: Int) throws -> Void = { _ in }
) throws -> AdaptationCurve {
  let ids = (0..<evaluation.taskCount).map { TaskID(evaluation.split, $0) }
  // Lanes are independent, so the size of a group affects only speed.
  let lanesPerGroup = 10
  let groups = stride(from: 0, to: ids.count, by: lanesPerGroup).map { $0..<min($0 + lanesPerGroup, ids.count) }
  let lives = try workers.map(groups) { group in
    let tasks = Array(ids[group])
    let lifetime = lifetimeRandom(of: tasks, in: random)
    return try liveAndProbe(learner, on: family, tasks, evaluation, lifetime, didPlay)
  }
  return AdaptationCurve(
    evaluation: evaluation, tasks: ids, online: lives.flatMap(\.online), adapted: lives.flatMap(\.adapted))
}

private func liveAndProbe<Learner: MetaLearner, Family: TaskFamily>(
  _ learner: Learner, on family: Family, _ tasks: [TaskID], _ evaluation: EvaluationProtocol,
  _ lifetime: LaneRandom, _ didPlay: (Int) throws -> Void
) throws -> (online: [[EpisodeResult]], adapted: [[[EpisodeResult]]]) {
  var experience = [Int](repeating: 0, count: tasks.count)
  var online = [[EpisodeResult]](repeating: [], count: tasks.count)
  var adapted = [[[EpisodeResult]]](repeating: [], count: tasks.count)

  let (horizon, keepsParts) = (family.spec.horizon, family.card.keepsRewardsWithinEpisodes)
  func result(_ episode: Episode, _ lane: Int) -> EpisodeResult {
    EpisodeResult(
      totalReward: episode.totalReward, stepCount: episode.stepCount,
      terminated: episode.terminated, succeeded: episode.succeeded, experienceSteps: experience[lane])
  }

  _ = try live(learner, on: family, tasks, evaluation, lifetime: lifetime) { played in
    try didPlay(played.episodes.reduce(0) { $0 + $1.stepCount })
    for (lane, episode) in played.episodes.enumerated() {
      switch played.kind {
      case .adapted:
        if played.repetition == 0 { adapted[lane].append([]) }
        adapted[lane][adapted[lane].count - 1].append(result(episode, lane))
      case .online:
        var result = result(episode, lane)
        if keepsParts { result.rewardsByPart = episode.rewardsByPart(horizon: horizon) }
        online[lane].append(result)
        experience[lane] += episode.stepCount
      }
    }
  }
  return (online, adapted)
}

extension Episode {
  /// The sums of the reported rewards in each twentieth of the horizon.
  fileprivate func rewardsByPart(horizon: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: EpisodeResult.partCount)
    for (step, reward) in rewards().enumerated() {
      sums[min(step * sums.count / max(horizon, 1), sums.count - 1)] += Double(reward)
    }
    return sums
  }
}

import Tensors

/// The episodes of one moment of an evaluation, one in every lane.
public struct PlayedEpisodes: Sendable {
  /// Whether the agent itself or a frozen copy played.
  public enum Kind: String, Sendable, Codable {
    /// The agent itself, which learned from them.
    case online
    /// A frozen copy of the agent, which then was thrown away.
    case adapted
  }

  /// Whether the agent itself or a frozen copy played.
  public var kind: Kind
  /// The number of the episode in the lifetime, or of the episodes that the frozen copy had lived through.
  public var episode: Int
  /// The index of the frozen copy's episode; 0 in a lifetime.
  public var repetition: Int
  /// The episodes, in the order of the lanes.
  public var episodes: [Episode]
}

/// The streams of the lifetimes of some tasks in an evaluation, one a lane.
public func lifetimeRandom(of tasks: [TaskID], in random: RandomStream) -> LaneRandom {
  LaneRandom(tasks.map { random.split($0.split.rawValue, $0.index) })
}

/// Lets newborn agents live with their tasks, one a lane, and probes frozen copies of them.
///
/// Evaluation comes through here, and so does whatever shows or exports what an agent became: the
/// same streams give the same episodes.
///
/// - Parameters:
///   - learner: makes the agents.
///   - family: the family, as the learner is shown it.
///   - tasks: one a lane.
///   - evaluation: the length of the lifetime and the probes; its split and its number of tasks are not asked.
///   - lifetime: the streams of the lifetimes, one a lane.
///   - watch: receives an agent before the first step of an episode and after each one, who plays and the number of the
///     episode, as in ``PlayedEpisodes``.
///   - didPlay: receives every episode, in order.
/// - Returns: the agents as they are in the end.
/// - Throws: what the learner throws when it adapts, or what `didPlay` throws.
public func live<Learner: MetaLearner, Family: TaskFamily>(
  _ learner: Learner, on family: Family, _ tasks: [TaskID], _ evaluation: EvaluationProtocol,
  lifetime: LaneRandom,
  watch: (_ agent: Learner.LifetimeAgent, _ kind: PlayedEpisodes.Kind, _ episode: Int) -> Void = { _, _, _ in },
  didPlay: (PlayedEpisodes) throws -> Void
) throws -> Learner.LifetimeAgent {
  let spec = family.spec
  var environment = family.makeEnvironment(for: tasks)
  var agent = learner.makeAgent(using: lifetime.split("birth"))
  for count in 0...evaluation.episodesPerLifetime {
    if evaluation.probes.contains(count) {
      for repetition in 0..<evaluation.episodesPerProbe {
        var (copy, world) = (agent, environment)
        let random = lifetime.split("probe", count).split("repetition", repetition)
        let episodes = try playEpisode(&copy, in: &world, spec: spec, random: random) {
          watch($0, .adapted, count)
        }
        try didPlay(PlayedEpisodes(kind: .adapted, episode: count, repetition: repetition, episodes: episodes))
      }
    }
    guard count < evaluation.episodesPerLifetime else { break }
    let played = try rollout(
      &agent, in: &environment, episodes: count..<count + 1, spec: spec, lifetime: lifetime
    ) { watch($0, .online, count) }
    let episodes = played.flatMap { $0 }
    try didPlay(PlayedEpisodes(kind: .online, episode: count, repetition: 0, episodes: episodes))
  }
  return agent
}

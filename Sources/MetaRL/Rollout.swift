import Tensors

/// Plays one episode in every lane.
///
/// Training and evaluation both come through here, so an agent adapts by the same code in both. All lanes start
/// together; one that ends early idles until the others have ended. The caller tells the agent of the end
/// (`Agent.endEpisode`), since agents that only collect data do not live from one episode to the next.
///
/// - Parameters:
///   - agent: acts and observes.
///   - environment: has as many lanes as `random`.
///   - horizon: the steps after which an episode is cut off.
///   - random: the streams of this episode, one a lane.
/// - Returns: what happened, lane by lane.
/// - Throws: `RolloutFailure` if the agent or the environment returns something of the wrong shape or kind, or a
///   number that is not finite.
public func playEpisode<A: Agent, E: Environment>(
  _ agent: inout A, in environment: inout E, horizon: Int, random: LaneRandom
) throws -> [Episode] {
  let laneCount = environment.laneCount
  precondition(random.count == laneCount, "\(random.count) random streams for \(laneCount) lanes")
  var environmentRandom = random.split("environment")
  var agentRandom = random.split("agent")
  var observations = environment.reset(using: &environmentRandom)
  var recorder = EpisodeRecorder(laneCount: laneCount, horizon: horizon, first: observations)
  var isLive = [Bool](repeating: true, count: laneCount)
  var step = 0
  while step < horizon, isLive.contains(true) {
    let actions = agent.act(on: observations, using: &agentRandom)
    try recorder.check(actions, isLive: isLive, step: step)
    let outcome = environment.step(actions, using: &environmentRandom)
    try recorder.record(actions, outcome, isLive: isLive, step: step)
    step += 1
    let isLast = step == horizon
    agent.observe(
      Transition(
        observations: observations, actions: actions, rewards: outcome.rewards,
        nextObservations: outcome.observations, terminated: outcome.terminated,
        truncated: isLive.indices.map { isLast && isLive[$0] && !outcome.terminated[$0] }, isLive: isLive))
    for lane in isLive.indices where outcome.terminated[lane] { isLive[lane] = false }
    observations = outcome.observations
  }
  return recorder.episodes()
}

/// Plays the next `episodes` episodes of a lifetime in every lane.
///
/// - Parameters:
///   - agent: lives in as many lanes as the environment has.
///   - environment: the tasks.
///   - episodes: the numbers of the episodes in the lifetime; the first is 0.
///   - horizon: the steps after which an episode is cut off.
///   - lifetime: the streams of the whole lifetime, one a lane. Each episode draws from a stream of its own: a lane
///     that ends early must not shift its later episodes.
/// - Returns: `[lane][episode]`.
/// - Throws: what `playEpisode` and the agent throw.
public func rollout<A: Agent, E: Environment>(
  _ agent: inout A, in environment: inout E, episodes: Range<Int>, horizon: Int, lifetime: LaneRandom
) throws -> [[Episode]] {
  var played = [[Episode]](repeating: [], count: environment.laneCount)
  for episode in episodes {
    let random = lifetime.split("episode", episode)
    for (lane, record) in try playEpisode(&agent, in: &environment, horizon: horizon, random: random).enumerated() {
      played[lane].append(record)
    }
    var endRandom = random.split("end")
    try agent.endEpisode(using: &endRandom)
  }
  return played
}

/// An agent or an environment has broken the contract.
public struct RolloutFailure: Error, CustomStringConvertible, Equatable {
  /// What was wrong, in which lane and at which step.
  public let description: String
}

/// Collects the steps of one episode in every lane.
private struct EpisodeRecorder {
  private let observationSize: Int
  private let horizon: Int
  /// `[lane, horizon + 1, observation]`.
  private var observations: [Float]
  /// `[lane, horizon, action]`.
  private var vectors: [Float] = []
  /// `[lane, horizon]`.
  private var choices: [Int] = []
  private var actionSize = 0
  private var dense: [Float]
  private var sparse: [Float]
  private var stepCounts: [Int]
  private var terminated: [Bool]
  private var succeeded: [Bool?]

  init(laneCount: Int, horizon: Int, first: Tensor) {
    self.horizon = horizon
    observationSize = first.shape.dropFirst().reduce(1, *)
    observations = [Float](repeating: 0, count: laneCount * (horizon + 1) * observationSize)
    dense = [Float](repeating: 0, count: laneCount * horizon)
    sparse = dense
    stepCounts = [Int](repeating: 0, count: laneCount)
    terminated = [Bool](repeating: false, count: laneCount)
    succeeded = [Bool?](repeating: nil, count: laneCount)
    let isLive = [Bool](repeating: true, count: laneCount)
    store(first, at: 0, isLive: isLive)
  }

  private var laneCount: Int { stepCounts.count }

  private mutating func store(_ tensor: Tensor, at step: Int, isLive: [Bool]) {
    let (values, size) = (tensor.floats, observationSize)
    for lane in 0..<laneCount where isLive[lane] {
      let (from, to) = (lane * size, (lane * (horizon + 1) + step) * size)
      for i in 0..<size { observations[to + i] = values[from + i] }
    }
  }

  /// Refuses actions that no environment could take.
  mutating func check(_ actions: Actions, isLive: [Bool], step: Int) throws {
    switch actions {
    case .continuous(let tensor):
      guard tensor.shape.count == 2, tensor.shape[0] == laneCount else {
        throw RolloutFailure(
          description: "the agent returned actions of shape \(tensor.shape) for \(laneCount) lanes at step \(step)")
      }
      if vectors.isEmpty {
        actionSize = tensor.shape[1]
        vectors = [Float](repeating: 0, count: laneCount * horizon * actionSize)
      }
      let values = tensor.floats
      for lane in 0..<laneCount where isLive[lane] {
        for i in 0..<actionSize {
          let value = values[lane * actionSize + i]
          guard value.isFinite else {
            throw RolloutFailure(description: "the agent's action in lane \(lane) at step \(step) is \(value)")
          }
          vectors[(lane * horizon + step) * actionSize + i] = value
        }
      }
    case .discrete(let chosen):
      guard chosen.count == laneCount else {
        throw RolloutFailure(
          description: "the agent returned \(chosen.count) actions for \(laneCount) lanes at step \(step)")
      }
      if choices.isEmpty { choices = [Int](repeating: 0, count: laneCount * horizon) }
      for lane in 0..<laneCount { choices[lane * horizon + step] = chosen[lane] }
    }
  }

  /// Keeps a step of the live lanes.
  mutating func record(_ actions: Actions, _ outcome: StepOutcome, isLive: [Bool], step: Int) throws {
    guard outcome.observations.count == laneCount * observationSize, outcome.terminated.count == laneCount,
      outcome.rewards.dense.count == laneCount, outcome.rewards.sparse.count == laneCount
    else {
      throw RolloutFailure(description: "the environment's step \(step) does not have \(laneCount) lanes")
    }
    store(outcome.observations, at: step + 1, isLive: isLive)
    for lane in 0..<laneCount where isLive[lane] {
      let (denseReward, sparseReward) = (outcome.rewards.dense[lane], outcome.rewards.sparse[lane])
      guard denseReward.isFinite, sparseReward.isFinite else {
        throw RolloutFailure(
          description: "the environment's reward in lane \(lane) at step \(step) is not finite")
      }
      dense[lane * horizon + step] = denseReward
      sparse[lane * horizon + step] = sparseReward
      stepCounts[lane] = step + 1
      terminated[lane] = outcome.terminated[lane]
      if !outcome.succeeded.isEmpty {
        succeeded[lane] = (succeeded[lane] ?? false) || outcome.succeeded[lane]
      }
    }
  }

  /// The episodes, one a lane.
  func episodes() -> [Episode] {
    (0..<laneCount).map { lane in
      let (steps, first) = (stepCounts[lane], lane * horizon)
      let observed = lane * (horizon + 1) * observationSize
      let actions: ActionRecord =
        choices.isEmpty
        ? .continuous(Array(vectors[first * actionSize..<(first + steps) * actionSize]))
        : .discrete(Array(choices[first..<first + steps]))
      return Episode(
        observations: Array(observations[observed..<observed + (steps + 1) * observationSize]),
        actions: actions, denseRewards: Array(dense[first..<first + steps]),
        sparseRewards: Array(sparse[first..<first + steps]), terminated: terminated[lane],
        succeeded: succeeded[lane])
    }
  }
}

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
///   - spec: the actions that the environment takes, and the steps after which an episode is cut off.
///   - random: the streams of this episode, one a lane.
///   - watch: receives the agent before the first step and after each one.
/// - Returns: what happened, lane by lane.
/// - Throws: `RolloutError` if the agent or the environment returns something of the wrong shape or kind or a number
///   that is not finite; and what the environment throws.
public func playEpisode<A: Agent, E: Environment>(
  _ agent: inout A, in environment: inout E, spec: EnvironmentSpec, random: LaneRandom,
  watch: (A) -> Void = { _ in }
) throws -> [Episode] {
  let laneCount = environment.laneCount
  precondition(random.count == laneCount, "\(random.count) random streams for \(laneCount) lanes")
  var environmentRandom = random.split("environment")
  var agentRandom = random.split("agent")
  var observations = try environment.reset(using: &environmentRandom)
  var recorder = EpisodeRecorder(laneCount: laneCount)
  var isLive = [Bool](repeating: true, count: laneCount)
  var step = 0
  watch(agent)
  while step < spec.horizon, isLive.contains(true) {
    let actions = agent.act(on: observations, using: &agentRandom)
    try check(actions, spec.actionSpace, isLive: isLive, step: step)
    let outcome = try environment.step(actions, using: &environmentRandom)
    try check(outcome, observationCount: observations.count, isLive: isLive, step: step)
    step += 1
    let isLast = step == spec.horizon
    let transition = Transition(
      observations: observations, actions: actions, rewards: outcome.rewards,
      nextObservations: outcome.observations, terminated: outcome.terminated,
      truncated: isLive.indices.map { isLast && isLive[$0] && !outcome.terminated[$0] }, isLive: isLive,
      reportedReward: spec.reportedReward)
    recorder.append(transition, succeeded: outcome.succeeded)
    agent.observe(transition)
    watch(agent)
    for lane in isLive.indices where outcome.terminated[lane] { isLive[lane] = false }
    observations = outcome.observations
  }
  return recorder.finish()
}

/// Plays the next `episodes` episodes of a lifetime in every lane.
///
/// - Parameters:
///   - agent: lives in as many lanes as the environment has.
///   - environment: the tasks.
///   - episodes: the numbers of the episodes in the lifetime; the first is 0.
///   - spec: the actions that the environment takes, and the steps after which an episode is cut off.
///   - lifetime: the streams of the whole lifetime, one a lane. Each episode draws from its own stream: a lane
///     that ends early must not shift its later episodes.
///   - watch: receives the agent before the first step of each episode and after each step.
/// - Returns: `[lane][episode]`.
/// - Throws: what `playEpisode` and the agent throw.
public func rollout<A: Agent, E: Environment>(
  _ agent: inout A, in environment: inout E, episodes: Range<Int>, spec: EnvironmentSpec, lifetime: LaneRandom,
  watch: (A) -> Void = { _ in }
) throws -> [[Episode]] {
  var played = [[Episode]](repeating: [], count: environment.laneCount)
  for episode in episodes {
    let random = lifetime.split("episode", episode)
    let records = try playEpisode(&agent, in: &environment, spec: spec, random: random, watch: watch)
    for (lane, record) in records.enumerated() { played[lane].append(record) }
    var endRandom = random.split("end")
    try agent.endEpisode(using: &endRandom)
  }
  return played
}

/// An agent or an environment has broken the contract.
public struct RolloutError: Error, CustomStringConvertible, Equatable {
  public let description: String

  /// Says what was wrong, in which lane and at which step.
  public init(_ description: String) { self.description = description }
}

/// Refuses actions that the environment could not take.
private func check(_ actions: Actions, _ space: ActionSpace, isLive: [Bool], step: Int) throws {
  func refuse(_ what: String) -> RolloutError { RolloutError("\(what) at step \(step)") }
  let laneCount = isLive.count
  switch (actions, space) {
  case (.continuous(let tensor), .continuous(let size)):
    guard tensor.shape == [laneCount, size] else {
      throw refuse(
        "the agent returned actions of shape \(tensor.shape) where the family takes [\(laneCount), \(size)]")
    }
    // What a lane chose after its end is ignored, so only a live lane's numbers matter.
    if tensor.isFinite { return }
    let values = tensor.floats
    for lane in 0..<laneCount where isLive[lane] {
      for value in values[lane * size..<(lane + 1) * size] where !value.isFinite {
        throw refuse("the agent's action in lane \(lane) is \(value)")
      }
    }
  case (.discrete(let choices), .discrete(let count)):
    guard choices.count == laneCount else {
      throw refuse("the agent returned \(choices.count) actions for \(laneCount) lanes")
    }
    if let lane = choices.indices.first(where: { !(0..<count).contains(choices[$0]) }) {
      throw refuse(
        "the agent chose \(choices[lane]) in lane \(lane) where the family has choices 0 to \(count - 1)")
    }
  case (.continuous, .discrete): throw refuse("the agent returned vectors where the family takes choices")
  case (.discrete, .continuous): throw refuse("the agent returned choices where the family takes vectors")
  }
}

/// Refuses outcomes of the wrong shape, and rewards and observations that are not finite.
private func check(_ outcome: StepOutcome, observationCount: Int, isLive: [Bool], step: Int) throws {
  let laneCount = isLive.count
  guard outcome.observations.count == observationCount, outcome.terminated.count == laneCount,
    outcome.rewards.dense.count == laneCount, outcome.rewards.sparse.count == laneCount,
    outcome.succeeded.isEmpty || outcome.succeeded.count == laneCount
  else {
    throw RolloutError(
      "the environment's step \(step) does not have \(laneCount) lanes, or its observations changed size")
  }
  let width = observationCount / max(laneCount, 1)
  let allAreFinite = outcome.observations.isFinite
  for lane in 0..<laneCount where isLive[lane] {
    guard outcome.rewards.dense[lane].isFinite, outcome.rewards.sparse[lane].isFinite else {
      throw RolloutError("the environment's reward in lane \(lane) at step \(step) is not finite")
    }
    // What a lane returns after its end is ignored, so only a live lane's numbers matter.
    guard
      allAreFinite
        || outcome.observations.floats[lane * width..<(lane + 1) * width].allSatisfy(\.isFinite)
    else {
      throw RolloutError("the environment's observation in lane \(lane) at step \(step) is not finite")
    }
  }
}

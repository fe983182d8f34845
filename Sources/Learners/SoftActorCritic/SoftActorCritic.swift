import MetaRL
import Networks
import Tensors

/// Soft actor-critic (Haarnoja, Zhou, Abbeel & Levine, 2018, arXiv:1801.01290; Haarnoja et al., 2018, arXiv:1812.05905) on all
/// training tasks at once.
///
/// Two critics learn from everything that was ever played, the policy follows the lesser of them, and what is maximized is
/// reward and entropy. It does not adapt: it is the control that shows what learning off-policy is worth without
/// adaptation and, with the task's descriptor in view, the return of an agent that knows its task.
///
/// Departs from the paper: many updates follow many episodes, in place of one after each step.
///
/// Logs: return, criticLoss, valueLoss (with form v1), policyLoss, entropy, temperature.
public struct SoftActorCritic: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package var update: SoftActorCriticUpdate
  package var replay: ReplayBuffer

  /// Draws initial networks; the buffer is empty.
  ///
  /// - Throws: `UnsupportedFamilyError` if actions are choices.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .continuous(let actionSize) = spec.actionSpace else {
      throw UnsupportedFamilyError("soft actor-critic needs actions that are vectors")
    }
    self.configuration = configuration
    self.spec = spec
    let networks = SoftActorCriticNetworks(
      form: configuration.form, observationSize: spec.observationSize, actionSize: actionSize,
      hiddenSizes: configuration.hiddenSizes)
    let none = Parameters(names: [], tensors: [])
    update = SoftActorCriticUpdate(networks, configuration.options, using: random, others: none)
    replay = ReplayBuffer(for: spec, capacity: configuration.replayCapacity)
  }

  /// Plays some episodes and learns from all that there are.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    if replay.written == 0 {
      let episodes = c.episodesPerTask
      let count = max(1, (c.randomSteps + episodes * spec.horizon - 1) / (episodes * spec.horizon))
      keep(
        try session.play(on: session.sampleTasks(count), episodes: episodes, phase: "random") { [spec] _, _ in
          UniformAgent(space: spec.actionSpace)
        })
    }
    let policy = agent(draws: true)
    let played = try session.play(
      on: session.sampleTasks(c.tasksPerIteration), episodes: c.episodesPerTask, phase: "policy"
    ) { _, _ in policy }
    keep(played)
    var reports: [SoftActorCriticUpdate.Report] = []
    for number in 0..<c.updatesPerIteration {
      let random = session.random("update", number)
      let batches = try shards(random, session.workers)
      reports.append(try update(on: batches, c.options, workers: session.workers, noise: update.noise(random)))
    }
    try update.report(reports, &session)
    session.log("return", mean(played.joined().map(\.totalReward)))
  }

  private mutating func keep(_ played: [[Episode]]) {
    for episode in played.joined() { replay.append(episode) }
  }

  /// The steps of an update, dealt out to threads: the same shards whatever the number of threads.
  private func shards(_ random: RandomStream, _ workers: Workers) throws -> [TransitionBatch] {
    let (rowsPerShard, count, replay) = (512, configuration.batchSize, replay)
    let channel = configuration.trainingReward.channel(for: spec)
    return try workers.map(0..<(count + rowsPerShard - 1) / rowsPerShard) { shard in
      var stream = random.split("steps", shard)
      let rows = min(rowsPerShard, count - shard * rowsPerShard)
      return TransitionBatch(of: replay, rows, channel, using: &stream)
    }
  }

  /// Agents that act by the policy and do not change.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent { agent(draws: false) }

  private func agent(draws: Bool) -> LifetimeAgent {
    LifetimeAgent(
      networks: update.networks, actor: update.theta.selecting(update.networks.actor.parameterNames), draws: draws)
  }

  /// Acts by the policy: by its mean, unless data is collected.
  public struct LifetimeAgent: Agent {
    let networks: SoftActorCriticNetworks
    let actor: Parameters
    let draws: Bool

    /// Draws an action in every lane, or takes that of the mean.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .continuous(networks.act(on: observations, nil, actor, draws: draws, using: &random))
    }
  }
}

struct UniformAgent: Agent {
  let space: ActionSpace

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    switch space {
    case .continuous(let size):
      let numbers = random.uniforms(perLane: size).map { 2 * $0 - 1 }
      return .continuous(Tensor(numbers, shape: [random.count, size]))
    case .discrete(let count):
      return .discrete((0..<random.count).map { random[$0].integer(below: count) })
    }
  }
}

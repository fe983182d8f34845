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

  /// Draws initial networks.
  ///
  /// - Throws: `UnsupportedFamily` if actions are choices.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .continuous(let actionSize) = spec.actionSpace else {
      throw UnsupportedFamily("soft actor-critic needs actions that are vectors")
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
    let policy = agent(mode: .training)
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
    try report(reports, &session)
    let returns = played.joined().map { $0.totalReward(spec.reportedReward) }
    session.log("return", returns.reduce(0, +) / Double(max(returns.count, 1)))
  }

  private mutating func keep(_ played: [[Episode]]) {
    for episode in played.joined() { replay.append(episode) }
  }

  /// The steps of an update, dealt out to threads: the same shards whatever the number of threads.
  private func shards(_ random: RandomStream, _ workers: Workers) throws -> [TransitionBatch] {
    let (rowsPerShard, count, replay) = (512, configuration.batchSize, replay)
    let channel = configuration.trainingReward.channel(for: spec)
    return try workers.map((count + rowsPerShard - 1) / rowsPerShard) { shard in
      var stream = random.split("steps", shard)
      let rows = min(rowsPerShard, count - shard * rowsPerShard)
      return TransitionBatch(of: replay, rows, channel, using: &stream)
    }
  }

  private func report(_ reports: [SoftActorCriticUpdate.Report], _ session: inout TrainingSession) throws {
    try update.checkFinite(session)
    func mean(_ value: (SoftActorCriticUpdate.Report) -> Double) -> Double {
      reports.reduce(0) { $0 + value($1) } / Double(max(reports.count, 1))
    }
    session.log("criticLoss", mean(\.criticLoss))
    if configuration.form == .value { session.log("valueLoss", mean(\.valueLoss)) }
    session.log("policyLoss", mean(\.policyLoss))
    session.log("entropy", -mean(\.logProbability))
    session.log("temperature", update.temperature)
    session.log("updates", Double(reports.count))
  }

  /// Agents that act by the policy and do not change.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> LifetimeAgent { agent(mode: mode) }

  private func agent(mode: AgentMode) -> LifetimeAgent {
    LifetimeAgent(
      networks: update.networks, actor: update.theta.selecting(update.networks.actor.parameterNames), mode: mode)
  }

  /// Acts by the policy: by its mean, unless data is collected.
  public struct LifetimeAgent: Agent {
    let networks: SoftActorCriticNetworks
    let actor: Parameters
    let mode: AgentMode

    /// Draws an action in every lane, or takes that of the mean.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .continuous(networks.act(on: observations, nil, actor, draws: mode == .training, using: &random))
    }
  }
}

/// Acts in uniformly random directions.
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

extension SoftActorCriticNetworks {
  /// Actions, one a lane: draws, or those of the means.
  func act(
    on observations: Tensor, _ z: Tensor?, _ theta: Parameters, draws: Bool, using random: inout LaneRandom
  ) -> Tensor {
    let distributions = policy(observations, z, theta)
    guard draws else { return distributions.mode }
    let noise = random.normals(perLane: actionSize)
    return distributions.sample(Tensor(noise, shape: [observations.shape[0], actionSize])).actions
  }
}

extension SoftActorCriticUpdate {
  /// Refuses parameters that have become useless.
  ///
  /// - Throws: `TrainingFailure`.
  func checkFinite(_ session: TrainingSession) throws {
    guard theta.isFinite, logTemperature.isFinite else {
      throw TrainingFailure("the updates of iteration \(session.iteration) gave parameters that are not finite")
    }
  }
}

import MetaRL
import Networks
import Tensors

/// Probabilistic embeddings for actor-critic reinforcement learning (Rakelly, Zhou, Quillen, Finn & Levine,
/// 2019, arXiv:1903.08254, Algorithms 1 and 2).
///
/// An encoder turns each step that an agent has seen of its task into a normal factor; their product is the posterior of
/// the task, a latent vector z is drawn from it for every episode, and the policy sees z. Soft actor-critic
/// learns from everything that was ever played, while the encoder is shown recent steps only, as an agent will be.
///
/// Departs from the paper: tasks of an iteration are visited side by side, before its updates, as in the authors' code. A
/// recurrent encoder, which that code says is incorrect, is left out.
///
/// Logs: firstReturn and lastReturn (of the first and the last episode of a visit), criticLoss, valueLoss (with form v1),
/// policyLoss, posteriorDivergence (of a task, in nats) and penaltyShare (of the divergences in the loss of critics and
/// encoder), if the divergence has a weight, entropy, temperature, updates.
public struct PEARL: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package let encoder: ContextEncoder
  package var update: SoftActorCriticUpdate
  /// The experience of each training task; none before the first iteration.
  package var memories: [TaskMemory] = []

  /// All that was seen of a training task, and which part of it the encoder is shown.
  package struct TaskMemory: Codable, Sendable {
    /// B in the paper: everything.
    package var replay: ReplayBuffer
    /// Rows of `replay` since the task was last visited: what contexts are drawn from.
    package var recent: Range<Int>
  }

  /// Draws initial networks; buffers are filled in the first iteration.
  ///
  /// - Throws: `UnsupportedFamilyError` if actions are choices, `SettingsError` if a visit to a task does not fit its buffer.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .continuous(let actionSize) = spec.actionSpace else {
      throw UnsupportedFamilyError("PEARL needs actions that are vectors")
    }
    try configuration.check(for: spec)
    self.configuration = configuration
    self.spec = spec
    encoder = ContextEncoder(configuration, for: spec, actionSize: actionSize)
    let networks = SoftActorCriticNetworks(
      form: configuration.form, observationSize: spec.observationSize, actionSize: actionSize,
      latentSize: configuration.latentSize, hiddenSizes: configuration.hiddenSizes)
    update = SoftActorCriticUpdate(
      networks, configuration.options(iteration: 0), using: random,
      others: encoder.network.makeParameters(using: random.split("encoder"), outputBound: 3e-3))
  }

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    if memories.isEmpty { try begin(&session) }
    // Lines 3-9: visit some tasks, and start a new context of each.
    var random = session.random("tasks")
    let visited = (0..<c.tasksPerIteration).map { _ in random.integer(below: memories.count) }
    let played = try visit(visited, &session)
    // Lines 10-20: update all networks.
    let options = c.options(iteration: session.iteration)
    var reports: [SoftActorCriticUpdate.Report] = []
    for number in 0..<c.updatesPerIteration {
      reports.append(try learn(session.random("update", number), options, session.workers))
    }
    let unit = c.divergenceWeight * Double(c.tasksPerBatch)
    session.log("firstReturn", mean(played.map { $0.first?.totalReward ?? 0 }))
    session.log("lastReturn", mean(played.map { $0.last?.totalReward ?? 0 }))
    try update.report(reports, &session, penaltyUnit: unit > 0 ? unit : nil)
  }

  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(model, using: random)
  }

  /// The networks and parameters of agents.
  package var model: Model {
    Model(
      networks: update.networks, encoder: encoder, configuration: configuration, schedule: schedule,
      theta: update.theta.selecting(update.networks.actor.parameterNames + encoder.network.parameterNames))
  }
}

// MARK: Collecting

extension PEARL {
  /// Plays all training tasks with z from the prior.
  private mutating func begin(_ session: inout TrainingSession) throws {
    let c = configuration
    let count = min(c.trainingTasks, session.trainingTaskCount ?? c.trainingTasks)
    memories = [TaskMemory](
      repeating: TaskMemory(replay: ReplayBuffer(for: spec, capacity: c.replayCapacity), recent: 0..<0),
      count: count)
    let model = model
    let played = try session.play(
      on: (0..<count).map { TaskID(.train, $0) }, episodes: schedule.episodes(in: c.initialSteps), phase: "initial"
    ) { _, random in LifetimeAgent(model, collects: true, using: random) }
    for (task, episodes) in played.enumerated() {
      for episode in episodes { memories[task].replay.append(episode) }
      memories[task].recent = memories[task].replay.rows
    }
  }

  /// Lets agents live through the three phases of collection, in tasks of these numbers.
  private mutating func visit(_ tasks: [Int], _ session: inout TrainingSession) throws -> [[Episode]] {
    let (model, phases) = (model, schedule)
    let played = try session.playLifetimes(
      on: tasks.map { TaskID(.train, $0) }, episodes: phases.episodeCount, phase: "visits"
    ) { LifetimeAgent(model, collects: true, using: $0) }.flatMap(\.episodes)
    for (task, episodes) in zip(tasks, played) {
      let start = memories[task].replay.written
      var end = start
      for (number, episode) in episodes.enumerated() {
        memories[task].replay.append(episode)
        if phases.showsEncoder(number) { end = memories[task].replay.written }
      }
      if end > start { memories[task].recent = start..<end }
    }
    return played
  }

  /// The schedule of a rollout's episodes.
  var schedule: CollectionSchedule {
    CollectionSchedule(
      horizon: spec.horizon, priorSteps: configuration.priorSteps, posteriorSteps: configuration.posteriorSteps,
      extraSteps: configuration.extraSteps)
  }
}

// MARK: Learning

extension PEARL {
  /// The steps and the contexts of some tasks of an update.
  package struct Shard: Sendable {
    /// Steps of the tasks, one task after the other, as many of each.
    package var batch: TransitionBatch
    /// The contexts of the tasks, `[task * step, input]`.
    package var context: Tensor
    /// Standard normal numbers for the latent vectors, `[task, latent]`.
    package var noise: Tensor

    package init(batch: TransitionBatch, context: Tensor, noise: Tensor) {
      self.batch = batch
      self.context = context
      self.noise = noise
    }
  }

  /// Lines 11-20 of Algorithm 1 for one meta-batch.
  private mutating func learn(
    _ random: RandomStream, _ options: SoftActorCriticUpdate.Options, _ workers: Workers
  ) throws -> SoftActorCriticUpdate.Report {
    // Line 12: sample contexts and steps.
    let shards = try draw(random, workers)
    let (encoder, c) = (encoder, configuration)
    return try update(
      on: shards.map(\.batch), options, workers: workers, noise: update.noise(random.split("noise"))
    ) {
      shard, theta in
      // Lines 13 and 16: sample z from the posterior; its divergence from the prior is added to the critics' loss.
      encoder.infer(shards[shard], theta, divergenceWeight: c.divergenceWeight)
    }
  }

  /// Draws a meta-batch, dealt out to threads: the same shards whatever the number of threads.
  package func draw(_ random: RandomStream, _ workers: Workers) throws -> [Shard] {
    let (c, encoder) = (configuration, encoder)
    // Few rows are not worth a separate graph: shards cost more than rows.
    let tasksPerShard = max(2, min(256 / c.batchSize, c.tasksPerBatch / 2))
    let (memories, channel) = (memories, c.trainingReward.channel(for: spec))
    var chosen = random.split("tasks")
    let tasks = (0..<c.tasksPerBatch).map { _ in chosen.integer(below: memories.count) }
    return try workers.map(0..<(tasks.count + tasksPerShard - 1) / tasksPerShard) { shard in
      var (rows, context, noise) = (TransitionRows(), [Float](), [Float]())
      let positions = shard * tasksPerShard..<min((shard + 1) * tasksPerShard, tasks.count)
      for position in positions {
        let memory = memories[tasks[position]]
        var stream = random.split("task", position)
        for row in memory.replay.sample(c.batchSize, using: &stream) {
          memory.replay.write(row, channel, to: &rows)
        }
        let recent =
          c.contextEpisodes == 0
          ? memory.replay.sample(c.contextSize, from: memory.recent, using: &stream)
          : memory.replay.sample(c.contextSize, ofEpisodes: c.contextEpisodes, from: memory.recent, using: &stream)
        encoder.write(recent, of: memory.replay, to: &context)
        noise.append(contentsOf: stream.normals(c.latentSize))
      }
      return Shard(
        batch: TransitionBatch(rows),
        context: Tensor(context, shape: [positions.count * c.contextSize, encoder.inputSize]),
        noise: Tensor(noise, shape: [positions.count, c.latentSize]))
    }
  }
}

import MetaRL
import Networks
import Tensors

// MARK: Execution

extension DREAM {
  /// Lifetimes to learn execution and encoders from.
  package struct ExecutionBatch: Sendable {
    /// First episodes, each with the input after its last step.
    package var explored: [ValueSequence]
    /// Second episodes, without z.
    package var executed: [ValueSequence]
    /// `[lifetime, number]`.
    package var descriptors: Tensor
    /// Standard normal numbers, `[lifetime, latent]`.
    package var noise: Tensor
    /// Whether z is F(id), not g(τ).
    package var knowsTask: [Bool]

    fileprivate func part(_ lifetimes: [Int]) -> ExecutionBatch {
      ExecutionBatch(
        explored: lifetimes.map { explored[$0] }, executed: lifetimes.map { executed[$0] },
        descriptors: descriptors.gather(lifetimes), noise: noise.gather(lifetimes),
        knowsTask: lifetimes.map { knowsTask[$0] })
    }

    /// The counts of steps of second episodes, and of prefixes of first ones.
    fileprivate var counts: (steps: Int, prefixes: Int) {
      (executed.reduce(0) { $0 + $1.choices.count }, explored.reduce(0) { $0 + $1.choices.count + 1 })
    }
  }

  /// What an update of execution and encoders moves down.
  package struct ExecutionLosses: Sendable {
    /// The mean of (y - Q)² over steps.
    package var values = 0.0
    /// The mean of ‖f(id) - g(τ up to t)‖² over prefixes.
    package var encoding = 0.0
    /// The mean of ‖f(id)‖² over lifetimes.
    package var latentLength = 0.0
  }

  /// Draws lifetimes with replacement.
  package func executionBatch(using random: RandomStream, _ session: TrainingSession) -> ExecutionBatch {
    let numbers = drawn(using: random)
    var noise = random.split("noise")
    let c = configuration
    return ExecutionBatch(
      explored: numbers.map { sequence($0, of: state.explored, c.reward) },
      executed: numbers.map { sequence($0, of: state.executed, c.trainingReward) },
      descriptors: descriptors(of: numbers.map { TaskID(.train, state.tasks[$0]) }, session),
      noise: Tensor(noise.normals(numbers.count * c.latentSize), shape: [numbers.count, c.latentSize]),
      knowsTask: numbers.indices.map(Self.knowsTask))
  }

  /// z of each lifetime, `[lifetime, latent]`, with f and g of each of its prefixes: one rule for Q and its target.
  package func latents(
    _ batch: ExecutionBatch, _ explored: SequenceBatch, _ theta: Parameters
  ) -> (z: Tensor, tasks: Tensor, trajectories: Tensor) {
    let tasks = encoders.tasks(batch.descriptors, theta)
    let trajectories = encoders.trajectory(explored.inputs, theta)
    let known = Tensor(batch.knowsTask.map { $0 ? 1 : 0 }, shape: [batch.knowsTask.count, 1])
    let noisy = tasks + configuration.latentDeviation * batch.noise
    let z = known * noisy + (Tensor(1) - known) * trajectories.gather(explored.lastRows)
    return (configuration.seesLatent ? z : 0 * z, tasks, trajectories)
  }

  /// The sum of all losses, as a function of the parameters of execution and both encoders, and its parts.
  ///
  /// - Parameters:
  ///   - batch: some lifetimes.
  ///   - theta: the parameters.
  ///   - target: those of the target network.
  ///   - counts: of the lifetimes, steps and prefixes that losses are averaged over.
  /// - Returns: the sum, the losses of values and of g, and f(id) of each lifetime.
  package func executionLoss(
    _ batch: ExecutionBatch, _ theta: Parameters, target: Parameters,
    counts: (lifetimes: Int, steps: Int, prefixes: Int)
  ) -> (total: Tensor, values: Tensor, encoding: Tensor, tasks: Tensor) {
    let explored = SequenceBatch(batch.explored, inputSize: inputs.size)
    let executed = SequenceBatch(batch.executed, inputSize: inputs.size)
    let (z, tasks, trajectories) = latents(batch, explored, theta)
    let values = executor(executed.inputs(with: z), theta)
    let slow = executor(executed.inputs(with: latents(batch, explored, target).z), target)
    let y = executor.targets(of: executed, values, slow, discount: configuration.discount, isDouble: true)
    let ofValues = (1 / Double(counts.steps)) * executor.squaredErrors(of: executed, values, y)
    let encoding = (1 / Double(counts.prefixes)) * encoders.error(tasks, trajectories, of: explored)
    let bottleneck = (1 / Double(counts.lifetimes)) * encoders.bottleneck(tasks)
    return (ofValues + encoding + bottleneck, ofValues, encoding, tasks)
  }

  /// The losses of a batch, and the gradient of their sum.
  package func lossAndGradient(
    of batch: ExecutionBatch, _ session: TrainingSession
  ) throws -> (losses: ExecutionLosses, gradient: Parameters) {
    let (lifetimes, counts) = (batch.executed.count, batch.counts)
    // Small enough to use two threads on few lifetimes.
    let parts = try session.map(Array(batch.executed.indices).parts(ofAtMost: 16)) { [self] part in
      var losses = ExecutionLosses()
      let gradient = valueAndGradient(at: state.execution.theta) { theta in
        let parts = executionLoss(
          batch.part(part), theta, target: state.execution.target,
          counts: (lifetimes, counts.steps, counts.prefixes))
        losses.values = parts.values.scalar
        losses.encoding = parts.encoding.scalar
        losses.latentLength = (parts.tasks * parts.tasks).sum().scalar / Double(lifetimes)
        return parts.total
      }.gradient
      return (losses: losses, gradient: gradient)
    }
    let losses = ExecutionLosses(
      values: parts.reduce(0) { $0 + $1.losses.values }, encoding: parts.reduce(0) { $0 + $1.losses.encoding },
      latentLength: parts.reduce(0) { $0 + $1.losses.latentLength })
    let gradient = Parameters.sum(parts.map(\.gradient))
    try session.checkFinite(losses.values + losses.encoding, gradient)
    return (losses, gradient)
  }
}

extension SequenceBatch {
  /// The inputs, each followed by a latent vector of its sequence, `[sequence, latent]`.
  fileprivate func inputs(with z: Tensor) -> Tensor {
    Tensor.concatenate([inputs, z.broadcast(to: [inputs.shape[0]] + z.shape)], axis: 2)
  }
}

// MARK: Exploration

extension DREAM {
  /// First episodes, drawn with replacement, with the rewards that they have by f and g as they are now.
  package func explorationSequences(
    using random: RandomStream, _ session: TrainingSession
  ) throws -> [ValueSequence] {
    let (c, encoders, theta, size) = (configuration, encoders, state.execution.theta, inputs.size)
    let numbers = drawn(using: random)
    let sequences = numbers.map { sequence($0, of: state.explored, c.reward) }
    let known = descriptors(of: numbers.map { TaskID(.train, state.tasks[$0]) }, session)
    return try session.map(Array(numbers.indices).parts(ofAtMost: 16)) { part in
      let batch = SequenceBatch(part.map { sequences[$0] }, inputSize: size)
      let distances = encoders.distances(known.gather(part), batch, theta)
      return zip(part, distances).map { place, distances in
        var sequence = sequences[place]
        sequence.rewards = TaskEncoders.rewards(
          distances, sign: c.exploration == .reversed ? -1 : 1, cost: c.stepCost)
        return sequence
      }
    }.flatMap { $0 }
  }

  private func drawn(using random: RandomStream) -> [Int] {
    var random = random.split("lifetimes")
    return (0..<configuration.batchSize).map { _ in random.integer(below: state.tasks.count) }
  }

  /// A stored episode, with the input after its last step; the end is terminal, also at the horizon.
  private func sequence(_ number: Int, of store: LifetimeStore, _ rewards: RewardChoice) -> ValueSequence {
    store.sequence(
      number, inputs, shown: configuration.reward.channel(for: spec), trained: rewards.channel(for: spec)
    ).steps
  }
}

// MARK: Metrics

extension DREAM {
  /// The losses and the information of an iteration's updates.
  struct Report {
    var executions: [ExecutionLosses] = []
    var explorationLosses: [Double] = []
    var information: [Double] = []

    mutating func add(explorationLoss loss: Double, _ sequences: [ValueSequence], stepCost: Double) {
      explorationLosses.append(loss)
      information += sequences.map { $0.rewards.reduce(0) { $0 + Double($1) + stepCost } }
    }
  }

  func log(_ played: [[Episode]], _ report: Report, _ exploration: Double, _ session: inout TrainingSession) {
    session.log("lifetimeReturn", mean(played.map { $0.reduce(0) { $0 + $1.totalReward } }))
    session.log("firstReturn", mean(played.map { $0[0].totalReward }))
    session.log("lastReturn", mean(played.map { $0[1].totalReward }))
    if !report.executions.isEmpty {
      session.log("executionLoss", mean(report.executions.map(\.values)))
      session.log("encodingError", mean(report.executions.map(\.encoding)))
      session.log("latentLength", mean(report.executions.map(\.latentLength)))
    }
    if !report.explorationLosses.isEmpty {
      session.log("explorationLoss", mean(report.explorationLosses))
      session.log("information", mean(report.information))
    }
    session.log("exploration", exploration)
    session.log("updates", Double(report.executions.count))
  }
}

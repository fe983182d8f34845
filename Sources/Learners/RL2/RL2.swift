import MetaRL
import Networks
import Tensors

/// Fast reinforcement learning via slow reinforcement learning (Duan, Schulman, Chen, Bartlett, Sutskever & Abbeel,
/// 2016, arXiv:1611.02779; at the same time Wang et al., 2016, arXiv:1611.05763).
///
/// The policy is a network with a memory that sees, with each observation, its last action, its last reward and
/// whether an episode has ended, and whose state lives as long as the task. Meta-training is reinforcement
/// learning of whole lifetimes, so the network itself becomes an algorithm that explores in early episodes what
/// it can use in later ones.
///
/// Departs from the paper: layers are initialized, and states squashed, as is usual (no weight normalization, tanh
/// candidates); Adam on clipped ratios by default, as in the authors' later code, without its line search. Layers before
/// and after the cell, and the last observation, are there if a setting says so.
///
/// Logs: lifetimeReturn, firstReturn and lastReturn (of the first and the last episode), entropy, loss, valueError,
/// updates; with a trust region also divergence and backtracks (-1 if no try was accepted).
public struct RL2: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package let policy: MemoryPolicy
  /// The baseline's network, if it is separate.
  let critic: MemoryNetwork?
  package let inputs: ExperienceInputs
  public var state: State

  public struct State: Codable, Sendable {
    /// The parameters of the policy and of the critic.
    var theta: Parameters
    var optimizer: Adam
    /// Of all rewards that were trained on.
    package var rewardDeviation = RunningMoments()
  }

  /// Draws an initial policy and, if it is separate, an initial critic.
  ///
  /// - Throws: `SettingsError` for settings that contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check()
    self.configuration = configuration
    self.spec = spec
    inputs = ExperienceInputs(
      for: spec, seesExperience: configuration.seesExperience,
      seesLastObservation: configuration.seesLastObservation)
    let readout = configuration.readoutForm(for: spec)
    let makeMemory = { configuration.makeMemory(for: spec, inputSize: $0, prefix: $1) }
    policy = MemoryPolicy(
      inputSize: inputs.size, embeddingSize: configuration.embeddingSize, readout: readout,
      head: StochasticPolicy.Head(for: spec.actionSpace), hasValue: configuration.baseline == .shared,
      memory: makeMemory)
    critic =
      configuration.baseline == .recurrent
      ? MemoryNetwork(
        inputSize: inputs.size, embeddingSize: configuration.embeddingSize, readout: readout, outputSize: 1,
        prefix: "critic.", memory: makeMemory) : nil
    let actor = policy.makeParameters(using: random.split("policy"))
    let values = critic?.makeParameters(using: random.split("critic"))
    state = State(
      theta: values.map(actor.merging) ?? actor,
      optimizer: Adam(stepSize: configuration.outerStepSize, epsilon: configuration.adamEpsilon))
  }

  /// The parameters of the policy and of the critic.
  package var theta: Parameters {
    get { state.theta }
    set { state.theta = newValue }
  }

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    // Collect. An agent keeps the state of its network from one episode of a lifetime to the next; at the first step of an
    // episode it is shown the last action and reward of the one before, since nothing else says what that one ended with.
    let played = try play(&session)
    for lifetime in played {
      let rewards = lifetime.episodes.flatMap { $0.rewards(configuration.trainingReward) }
      state.rewardDeviation.include(sumsOf: rewards, discount: configuration.discount)
    }
    // Advantages over the whole lifetime: the end of an episode ends nothing, so exploring in one is worth what it earns in
    // the next. They are standardized over all steps of the batch, not over those of a lifetime: lifetimes are compared.
    let lifetimes = try withAdvantages(played, session.workers)
    // Update, back through whole lifetimes: what an early action brings is known at the end.
    switch configuration.outerUpdate {
    case .clippedRatio: try updateOnClippedRatios(lifetimes, &session)
    case .trustRegion: try updateInTrustRegion(lifetimes, &session)
    }
    guard theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) gave parameters that are not finite")
    }
    session.log("lifetimeReturn", mean(lifetimes.map(\.totalReward)))
    session.log("firstReturn", mean(lifetimes.map { $0.episodes.first?.totalReward ?? 0 }))
    session.log("lastReturn", mean(lifetimes.map { $0.episodes.last?.totalReward ?? 0 }))
  }

  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count, isRecording: false)
  }
}

// MARK: Lifetimes and advantages

extension RL2 {
  /// Lets agents live with training tasks.
  package func play(_ session: inout TrainingSession) throws -> [RecordedLifetime] {
    let c = configuration
    let episodes = c.episodes(for: spec)
    let tasks = session.sampleTasks(max(1, c.stepsPerBatch / (episodes * spec.horizon)))
    let played = try session.playLifetimes(on: tasks, episodes: episodes, phase: "lifetimes") {
      LifetimeAgent(learner: self, laneCount: $0.count, isRecording: true)
    }
    return played.flatMap { $0.agent.recorded($0.episodes) }
  }

  /// The lifetimes with standardized advantages and targets for values.
  package func withAdvantages(_ lifetimes: [RecordedLifetime], _ workers: Workers) throws -> [RecordedLifetime] {
    let c = configuration
    let scale = c.scalesRewards ? c.rewardScale / state.rewardDeviation.deviation : c.rewardScale
    let rewards = lifetimes.map { lifetime in
      lifetime.episodes.flatMap { $0.rewards(c.trainingReward).map { scale * Double($0) } }
    }
    let values = try values(of: lifetimes, rewards, workers)
    var lifetimes = lifetimes
    for i in lifetimes.indices {
      lifetimes[i].estimateAdvantages(
        values: values[i], rewards: rewards[i], discount: c.discount, lambda: c.advantageDecay)
    }
    lifetimes.standardizeAdvantages()
    return lifetimes
  }

  /// The most lifetimes that a thread takes at a time.
  static let lifetimesPerPart = 32

  /// The baseline at every step of every lifetime.
  private func values(
    of lifetimes: [RecordedLifetime], _ rewards: [[Double]], _ workers: Workers
  ) throws -> [[Double]] {
    switch configuration.baseline {
    case .shared:
      let width = policy.head.width + 1
      return lifetimes.map { lifetime in
        stride(from: width - 1, to: lifetime.outputs.count, by: width).map { Double(lifetime.outputs[$0]) }
      }
    case .recurrent:
      guard let critic else { return [] }
      let parts = Array(lifetimes.indices).parts(ofAtMost: Self.lifetimesPerPart)
      let values = try workers.map(parts) { part in
        batch(part.map { lifetimes[$0] }).outputs(of: critic, theta).doubles
      }.flatMap { $0 }
      var next = 0
      return lifetimes.map { lifetime in
        defer { next += lifetime.stepCount }
        return Array(values[next..<next + lifetime.stepCount])
      }
    case .linear:
      let whole = lifetimes.map { Episode(joining: $0.episodes) }
      let returns = rewards.map { discountedSums($0, discount: configuration.discount) }
      let baseline = LinearFeatureBaseline(fittedTo: whole, returns: returns)
      return whole.map(baseline.values)
    }
  }
}

// MARK: The outer update

extension RL2 {
  package func batch(_ lifetimes: [RecordedLifetime]) -> LifetimeBatch {
    LifetimeBatch(lifetimes, policy: policy, parameters: theta)
  }

  /// The clipped surrogate (Schulman et al., 2017, equation 9) of some lifetimes, as their share of `steps` steps.
  ///
  /// The weight of the entropy is multiplied by `annealing`.
  package func loss(
    _ batch: LifetimeBatch, _ theta: Parameters, steps: Int, annealing: Double = 1
  ) -> (loss: Tensor, entropy: Tensor, valueError: Tensor?) {
    let c = configuration
    let share = 1 / Double(steps)
    let outputs = batch.outputs(of: policy.network, theta)
    let distributions = policy.distributions(outputs, theta)
    let entropy = (Double(batch.stepCount) * share) * distributions.meanEntropy()
    let surrogate = clippedRatioLoss(
      distributions.logProbability(of: batch.actions), reference: batch.logProbabilities,
      weights: share * batch.advantages, clip: c.ratioClip)
    let loss = surrogate - (annealing * c.entropyWeight) * entropy
    guard c.baseline != .linear else { return (loss, entropy, nil) }
    let values = policy.hasValue ? policy.values(outputs) : nil
    let error = valueError(batch, theta, values, share: share)
    return (loss + c.valueWeight * error, entropy, error)
  }

  /// The squared error of values, those of the critic if none are given.
  func valueError(_ batch: LifetimeBatch, _ theta: Parameters, _ values: Tensor?, share: Double) -> Tensor {
    let values = values ?? critic.map { batch.outputs(of: $0, theta).reshaped([batch.stepCount]) }
    let error = (values ?? batch.targets) - batch.targets
    return share * (error * error).sum()
  }

  /// Several passes of Adam over the batch, a part of it at a time.
  private mutating func updateOnClippedRatios(
    _ lifetimes: [RecordedLifetime], _ session: inout TrainingSession
  ) throws {
    let (c, played) = (configuration, self)
    let annealing = annealed(session.iteration, of: c.annealedIterations)
    var updates = 0
    state.optimizer.stepSize = annealing * c.outerStepSize
    for epoch in 0..<c.outerEpochs {
      var random = session.random("order", epoch)
      let order = random.permutation(of: lifetimes.count)
      let count = min(c.partsPerEpoch, lifetimes.count)
      for part in 0..<count {
        let chosen = Array(order[lifetimes.count * part / count..<lifetimes.count * (part + 1) / count])
        let steps = chosen.reduce(0) { $0 + lifetimes[$1].stepCount }
        let shares = try session.map(chosen.parts(ofAtMost: Self.lifetimesPerPart)) { [self] shard in
          let batch = played.batch(shard.map { lifetimes[$0] })
          var (entropy, valueError) = (0.0, 0.0)
          let (loss, gradient) = valueAndGradient(at: theta) { theta in
            let parts = self.loss(batch, theta, steps: steps, annealing: annealing)
            (entropy, valueError) = (parts.entropy.scalar, parts.valueError?.scalar ?? 0)
            return parts.loss
          }
          return (loss: loss.scalar, entropy: entropy, valueError: valueError, gradient: gradient)
        }
        let gradient = Parameters.sum(shares.map(\.gradient))
        let loss = shares.reduce(0) { $0 + $1.loss }
        try session.checkFinite(loss, gradient)
        state.optimizer.update(&state.theta, along: limited(gradient))
        updates += 1
        guard epoch == 0, part == 0 else { continue }
        session.log("loss", loss)
        session.log("entropy", shares.reduce(0) { $0 + $1.entropy })
        if c.baseline != .linear { session.log("valueError", shares.reduce(0) { $0 + $1.valueError }) }
      }
    }
    session.log("updates", Double(updates))
  }

  /// A gradient of bounded length, the critic's apart: while values are far off, its length
  /// would leave nothing to the policy.
  private func limited(_ gradient: Parameters) -> Parameters {
    let length = configuration.gradientLength
    guard let critic else { return gradient.limited(toLength: length) }
    return gradient.selecting(policy.parameterNames).limited(toLength: length)
      .merging(gradient.selecting(critic.parameterNames).limited(toLength: length))
  }
}

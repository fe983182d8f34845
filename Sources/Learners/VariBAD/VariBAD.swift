import MetaRL
import Networks
import Tensors

/// Variational Bayes-adaptive deep reinforcement learning (Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann & Whiteson, 2020,
/// arXiv:1910.08348, VariBAD).
///
/// An encoder turns all experience of a lifetime into a belief, a normal distribution of a latent vector, from which a
/// decoder has to predict the rewards of the whole lifetime, past and future. The policy sees the observation and the belief,
/// mean and variance, so it can tell what it does not know yet, and is trained for the return of the lifetime.
///
/// Departs from the paper: observation, action and reward are shown to the encoder, and observation and belief to the
/// policy, without a layer for each; running moments are held still during an iteration, where the authors' code updates them
/// between acting and learning; PPO, which that code has, begins with the first iteration.
///
/// Logs: lifetimeReturn, firstReturn and lastReturn (of the first and the last episode), entropy, loss, valueError, updates,
/// reconstruction (the mean loss of a predicted step), divergence (between successive beliefs, summed over a lifetime, in
/// nats); both as they were before the last step for encoder and decoder.
public struct VariBAD: MetaLearner {
  package let configuration: Configuration
  package let spec: EnvironmentSpec
  package let model: TaskModel
  package let policy: StochasticPolicy
  /// The baseline: a separate network that sees what the policy sees.
  let critic: MLP
  public var state: State

  public struct State: Codable, Sendable {
    /// The parameters of policy and baseline, θ and ω in the paper, and of encoder and decoder, φ and θ.
    package var theta: Parameters
    /// Moves policy and baseline.
    var optimizer: Adam
    /// Moves encoder and decoder.
    var modelOptimizer: Adam
    /// Of discounted sums of rewards.
    package var rewardMoments = RunningMoments()
    /// Of each number of observation and belief; none if they are not standardized.
    package var inputMoments: [RunningMoments]
    /// What encoder and decoder are trained on.
    package var lifetimes: LifetimeStore
  }

  /// Draws initial networks; the store is filled in the first iteration.
  ///
  /// - Throws: `SettingsError` if the store would be too large.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check(for: spec)
    self.configuration = configuration
    self.spec = spec
    model = TaskModel(configuration, for: spec)
    let inputSize = spec.observationSize + model.beliefSize
    policy = StochasticPolicy(
      observationSize: inputSize, head: StochasticPolicy.Head(for: spec.actionSpace),
      hiddenSizes: configuration.hiddenSizes, activation: .tanh)
    critic = MLP(sizes: [inputSize] + configuration.hiddenSizes + [1], activation: .tanh, prefix: "critic.")
    let actor = policy.makeParameters(using: random.split("policy"), outputGain: 0.01)
      .merging(critic.makeParameters(using: random.split("critic")))
    state = State(
      theta: actor.merging(model.makeParameters(using: random.split("model"))),
      optimizer: Adam(stepSize: configuration.outerStepSize),
      modelOptimizer: Adam(stepSize: configuration.modelStepSize),
      inputMoments: Array(repeating: RunningMoments(), count: configuration.standardizesInputs ? inputSize : 0),
      lifetimes: LifetimeStore(
        for: spec, capacity: configuration.lifetimesKept, episodes: configuration.episodes(for: spec)))
  }

  package var theta: Parameters { state.theta }

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Before the first iteration: lifetimes for encoder and decoder, and moments to begin with.
    if state.lifetimes.count == 0, c.warmUpSteps > 0 {
      remember(try play(steps: c.warmUpSteps, "warm-up", &session))
    }
    // Collect: act by π(a | s, b), and after each step update the belief b, for all episodes of a lifetime.
    let lifetimes = try play(steps: c.stepsPerBatch, "lifetimes", &session)
    // Policy and baseline, on stored observations and beliefs. A belief is data: nothing flows into the encoder.
    try updatePolicy(lifetimes, &session)
    // What was played joins the store; only now do the moments move, so that all of an iteration has the same.
    remember(lifetimes)
    // Encoder and decoder, on lifetimes of the store.
    try updateModel(&session)
    guard theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) gave parameters that are not finite")
    }
    session.log("lifetimeReturn", mean(lifetimes.map(\.totalReward)))
    session.log("firstReturn", mean(lifetimes.map { $0.episodes.first?.totalReward ?? 0 }))
    session.log("lastReturn", mean(lifetimes.map { $0.episodes.last?.totalReward ?? 0 }))
  }

  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(acting, laneCount: random.count, isRecording: false)
  }

  /// The networks and moments that agents act with.
  package var acting: ActingModel {
    ActingModel(
      model: model, policy: policy, moments: configuration.standardizesInputs ? state.inputMoments : nil,
      reward: configuration.reward.channel(for: spec), theta: theta)
  }
}

// MARK: Lifetimes

extension VariBAD {
  /// Lets agents live with training tasks.
  package func play(
    steps: Int, _ phase: String, _ session: inout TrainingSession
  ) throws -> [RecordedLifetime] {
    let (episodes, acting) = (configuration.episodes(for: spec), acting)
    let tasks = session.sampleTasks(max(1, steps / (episodes * spec.horizon)))
    let played = try session.playLifetimes(on: tasks, episodes: episodes, phase: phase) {
      LifetimeAgent(acting, laneCount: $0.count, isRecording: true)
    }
    return played.flatMap { $0.agent.recorded($0.episodes) }
  }

  /// Adds lifetimes to the store, and what was seen and earned to the moments.
  private mutating func remember(_ lifetimes: [RecordedLifetime]) {
    let c = configuration
    for lifetime in lifetimes {
      state.lifetimes.append(lifetime.episodes)
      if c.standardizesInputs { state.inputMoments.include(rows: lifetime.inputs) }
      let rewards = lifetime.episodes.flatMap { $0.rewards(c.trainingReward) }
      state.rewardMoments.include(sumsOf: rewards, discount: c.discount)
    }
  }
}

// MARK: Policy and baseline

extension VariBAD {
  /// Steps to train on, one a row.
  package struct Steps: Sendable {
    /// What the policy saw: observations and beliefs, `[step, number]`.
    package var inputs: Tensor
    package var actions: Actions
    /// The log-probabilities of the actions as they were chosen, `[step]`.
    package var reference: Tensor
    package var advantages: Tensor
    package var targets: Tensor

    package func rows(_ rows: [Int]) -> Steps {
      Steps(
        inputs: inputs.gather(rows), actions: actions.gather(rows), reference: reference.gather(rows),
        advantages: advantages.gather(rows), targets: targets.gather(rows))
    }
  }

  /// The steps of lifetimes, with advantages over the whole lifetime: the end of an episode ends nothing, so what is learned
  /// in one is worth what it earns in the next.
  package func steps(_ lifetimes: [RecordedLifetime]) -> Steps {
    let c = configuration
    var lifetimes = lifetimes
    let count = lifetimes.reduce(0) { $0 + $1.stepCount }
    let seen = lifetimes.flatMap(\.inputs)
    let inputs = acting.standardized(Tensor(seen, shape: [count, seen.count / max(count, 1)]))
    let values = critic(inputs, theta).doubles
    let scale = c.scalesRewards ? 1 / state.rewardMoments.deviation : 1
    var next = 0
    for i in lifetimes.indices {
      let rewards = lifetimes[i].episodes.flatMap { $0.rewards(c.trainingReward) }
      lifetimes[i].estimateAdvantages(
        values: Array(values[next..<next + rewards.count]), rewards: rewards.map { scale * Double($0) },
        discount: c.discount, lambda: c.advantageDecay)
      next += rewards.count
    }
    lifetimes.standardizeAdvantages()
    let actions = Actions(joining: lifetimes.flatMap { $0.episodes.map(\.actions) }, steps: count)
    return Steps(
      inputs: inputs, actions: actions, reference: policy(inputs, theta).logProbability(of: actions),
      advantages: Tensor(lifetimes.flatMap(\.advantages).map { Float($0) }),
      targets: Tensor(lifetimes.flatMap(\.targets).map { Float($0) }))
  }

  /// The names of the parameters of policy and baseline.
  package var actorNames: [String] { policy.parameterNames + critic.parameterNames }

  /// The clipped surrogate (Schulman et al., 2017, equation 9) of some steps, as their share of `count` steps.
  package func policyLoss(
    _ steps: Steps, _ theta: Parameters, of count: Int
  ) -> (loss: Tensor, entropy: Tensor, valueError: Tensor) {
    let c = configuration
    let (rows, share) = (steps.targets.count, 1 / Double(count))
    let distributions = policy(steps.inputs, theta)
    let entropy = (share * Double(rows)) * distributions.meanEntropy()
    let surrogate = clippedRatioLoss(
      distributions.logProbability(of: steps.actions), reference: steps.reference,
      weights: share * steps.advantages, clip: c.ratioClip)
    let error = critic(steps.inputs, theta).reshaped([rows]) - steps.targets
    let valueError = share * (error * error).sum()
    return (surrogate - c.entropyWeight * entropy + c.valueWeight * valueError, entropy, valueError)
  }

  /// Several passes of Adam over single steps, in any order, a part of them at a time.
  private mutating func updatePolicy(
    _ lifetimes: [RecordedLifetime], _ session: inout TrainingSession
  ) throws {
    let (c, all) = (configuration, steps(lifetimes))
    var updates = 0
    for epoch in 0..<c.outerEpochs {
      var random = session.random("order", epoch)
      let order = random.permutation(of: all.targets.count)
      for part in 0..<min(c.partsPerEpoch, order.count) {
        let count = min(c.partsPerEpoch, order.count)
        let chosen = Array(order[order.count * part / count..<order.count * (part + 1) / count])
        let (learner, weights) = (self, theta.selecting(actorNames))
        let shares = try session.map(chosen.parts(ofAtMost: 1024)) { rows in
          let steps = all.rows(rows)
          var (entropy, valueError) = (0.0, 0.0)
          let (loss, gradient) = valueAndGradient(at: weights) { theta in
            let parts = learner.policyLoss(steps, theta, of: chosen.count)
            (entropy, valueError) = (parts.entropy.scalar, parts.valueError.scalar)
            return parts.loss
          }
          return (loss: loss.scalar, entropy: entropy, valueError: valueError, gradient: gradient)
        }
        let gradient = Parameters.sum(shares.map(\.gradient))
        let loss = shares.reduce(0) { $0 + $1.loss }
        try session.checkFinite(loss, gradient)
        // Each bounded apart: while values are far off, their gradient would leave nothing to the policy.
        let limited = gradient.selecting(policy.parameterNames).limited(toLength: c.gradientLength)
          .merging(gradient.selecting(critic.parameterNames).limited(toLength: c.gradientLength))
        var updated = weights
        state.optimizer.update(&updated, along: limited)
        state.theta = theta.replacing(updated)
        updates += 1
        guard epoch == 0, part == 0 else { continue }
        session.log("loss", loss)
        session.log("entropy", shares.reduce(0) { $0 + $1.entropy })
        session.log("valueError", shares.reduce(0) { $0 + $1.valueError })
      }
    }
    session.log("updates", Double(updates))
  }
}

// MARK: Encoder and decoder

extension VariBAD {
  /// Steps of Adam on the evidence lower bounds (equations 7 and 8) of lifetimes of the store, averaged over lifetimes.
  private mutating func updateModel(_ session: inout TrainingSession) throws {
    let (c, model, store) = (configuration, model, state.lifetimes)
    var (reconstruction, divergence, decoded) = (0.0, 0.0, 0.0)
    for update in 0..<c.modelUpdates {
      let random = session.random("model", update)
      var drawn = random.split("lifetimes")
      let lifetimes = (0..<c.lifetimesPerUpdate).map { _ in drawn.integer(below: store.count) }
      let weights = theta.selecting(model.parameterNames)
      // Small enough to use two threads on few lifetimes.
      let shares = try session.map(Array(lifetimes.indices).parts(ofAtMost: 16)) { part in
        let batch = model.batch(
          part.map { lifetimes[$0] }, of: store, using: part.map { random.split("lifetime", $0) })
        var (reconstruction, divergence) = (0.0, 0.0)
        let (loss, gradient) = valueAndGradient(at: weights) { theta in
          let parts = model.loss(batch, theta)
          (reconstruction, divergence) = (parts.reconstruction.scalar, parts.divergence.scalar)
          return (1 / Double(lifetimes.count)) * parts.total
        }
        let decoded = batch.stepWeights.reduce(0) { $0 + Double($1) }
        return (
          loss: loss.scalar, gradient: gradient, reconstruction: reconstruction, divergence: divergence,
          decoded: decoded
        )
      }
      let gradient = Parameters.sum(shares.map(\.gradient))
      try session.checkFinite(shares.reduce(0) { $0 + $1.loss }, gradient)
      var updated = weights
      state.modelOptimizer.update(
        &updated, along: c.modelGradientLength > 0 ? gradient.limited(toLength: c.modelGradientLength) : gradient)
      state.theta = theta.replacing(updated)
      reconstruction = shares.reduce(0) { $0 + $1.reconstruction }
      divergence = shares.reduce(0) { $0 + $1.divergence } / Double(lifetimes.count)
      decoded = shares.reduce(0) { $0 + $1.decoded }
    }
    guard c.modelUpdates > 0 else { return }
    session.log("reconstruction", reconstruction / max(decoded, 1))
    session.log("divergence", divergence)
  }
}

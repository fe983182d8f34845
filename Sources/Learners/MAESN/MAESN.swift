import MetaRL
import Networks
import Tensors

/// Model-agnostic exploration with structured noise (Gupta, Mendonca, Liu, Abbeel
/// & Levine, 2018, arXiv:1802.07245, Algorithm 1).
///
/// A policy sees a latent vector z that is drawn once an episode, so exploration is coherent for as long. Each training task
/// has its own normal distribution of z, kept near the standard normal one; meta-training looks for a policy, for such
/// distributions and for step sizes from which a policy-gradient step on the distribution alone does well. In a new task an
/// agent begins with the standard normal distribution, and adapts nothing but that.
///
/// Departs from the paper: a separate step draws the tasks' distributions to the standard normal one. In the
/// authors' objective, a natural-gradient step shrinks the latents of the tasks of the batch and makes up for it in the
/// policy, which all other tasks, and every newborn, then follow too far (`penaltyUpdate`). Products with Hessians are exact,
/// where the authors' code takes differences. As in that code, step sizes are halved at test, from the third inner step on.
///
/// Logs: returnBefore (with inner steps), returnAfter, priorDivergence (after the update), loss; with a trust region also
/// divergence and backtracks (-1 if no try was accepted); with a joint penalty also penaltyShare.
public struct MAESN: MetaLearner {
  let configuration: Configuration
  /// Sees the observation followed by z.
  package let policy: StochasticPolicy
  /// The policy's parameters, a distribution of z for each training task, and, if they are learned, step sizes.
  public var state: GradientState

  /// The parameters that an inner step changes: φ.
  package struct Adapted: Sendable {
    package var latent: LatentDistribution
    package var weights: Parameters

    var isFinite: Bool { latent.isFinite && weights.isFinite }
  }

  /// The data of an inner step.
  package struct InnerBatch: Sendable {
    /// The z of each episode, and its advantage.
    package let draws: LatentDistribution.Draws
    /// The steps of the episodes, if the policy adapts, too.
    package let steps: (batch: EpisodeBatch, inputs: Tensor)?
    let meanReturn: Double
  }

  /// The data of one task for the outer update.
  package struct MetaTask: Sendable {
    /// The number of the task, its row in the tables.
    package let task: Int
    /// The data of each inner step.
    package let inner: [InnerBatch]
    /// The data of the adapted policy.
    package let outer: EpisodeBatch
    /// The noise of z in each episode, `[episode, latent]`: z is a function of the adapted distribution.
    package let noise: Tensor

    package init(task: Int, inner: [InnerBatch], outer: EpisodeBatch, noise: Tensor) {
      (self.task, self.inner, self.outer, self.noise) = (task, inner, outer, noise)
    }
  }

  /// Draws an initial policy, and the means of z in all training tasks.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    var seen = spec
    seen.observationSize += configuration.latentSize
    policy = StochasticPolicy(
      for: seen, hiddenSizes: configuration.hiddenSizes, activation: configuration.activation)
    let weights = policy.makeParameters(using: random)
    let theta = MetaParameters(
      weights.merging(Self.makeLatents(configuration, using: random.split("latent"))),
      stepSizes: configuration.stepSizes == .learned ? Self.makeStepSizes(configuration, for: weights) : nil)
    state = GradientState(theta.theta, Adam(stepSize: configuration.outerStepSize))
  }

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Sample a batch of training tasks.
    let tasks = drawTasks(session)
    var phi = tasks.map { start(of: $0, in: theta) }
    var inner = tasks.map { _ in [InnerBatch]() }
    // In each, gather data with z from its distribution, and take an inner step.
    for step in 0..<c.innerSteps {
      let (episodes, noise) = try play(&session, on: tasks, with: phi, phase: "inner step \(step)")
      let adapted = try session.map(phi, episodes, noise) { [self] phi, episodes, noise in
        let batch = innerBatch(episodes, z: phi.latent.sample(noise), playedWith: phi, c.innerReward)
        return (phi: innerStep(phi, theta, batch, .first), batch: batch)
      }
      phi = adapted.map(\.phi)
      for task in tasks.indices { inner[task].append(adapted[task].batch) }
    }
    // Gather data with z from the adapted distributions.
    let (episodes, noise) = try play(&session, on: tasks, with: phi, phase: "outer")
    let batches = try session.map(phi, episodes, noise) { [self] in outerBatch($1, playedWith: $0, noise: $2) }
    let data = tasks.indices.map {
      MetaTask(task: tasks[$0], inner: inner[$0], outer: batches[$0], noise: noise[$0])
    }
    // Update the policy, the distributions and the step sizes.
    switch c.outerUpdate {
    case .trustRegion: theta = try objective(data).step(c.trustRegion, from: theta, &session)
    case .adam:
      let loss = try objective(data).step(&state, &session)
      session.log("loss", loss)
    }
    if c.innerSteps > 0 { session.log("returnBefore", mean(inner.map { $0[0].meanReturn })) }
    session.log("returnAfter", mean(data.map(\.outer.meanReturn)))
    if c.penaltyUpdate == .separate { theta = drawnToPrior(tasks, theta) }
    let divergences = tasks.map { start(of: $0, in: theta).latent.divergenceFromPrior().scalar }
    session.log("priorDivergence", mean(divergences))
  }

  /// Newborn agents that draw z from the standard normal distribution.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count)
  }
}

// MARK: Inner steps

extension MAESN {
  /// The inner update: μ and σ after a step on the advantages of the z that were drawn from them; and, if it adapts, too, the
  /// policy after its own step.
  ///
  /// - Parameters:
  ///   - phi: before the step.
  ///   - theta: the meta-parameters; step sizes are taken from them if they are learned.
  ///   - batch: played with `phi`.
  ///   - order: whether a step of the policy can be differentiated.
  ///   - factor: multiplies the step sizes.
  /// - Returns: after the step.
  package func innerStep(
    _ phi: Adapted, _ theta: Parameters, _ batch: InnerBatch, _ order: GradientOrder, factor: Double = 1
  ) -> Adapted {
    let c = configuration
    func size(_ name: String, or fixed: Double) -> Tensor {
      c.stepSizes == .learned
        ? factor * MetaParameters(of: theta).stepSize(name)
        : Tensor(factor * fixed, precision: theta[name].precision)
    }
    let sizes = (size(Self.meanName, or: c.innerStepSize), size(Self.logDeviationName, or: c.innerStepSize))
    var next = phi
    next.latent = phi.latent.step(batch.draws, c.innerEstimator, sizes: sizes)
    guard let steps = batch.steps else { return next }
    let gradient = valueAndGradient(at: phi.weights, order: order) { weights in
      policyGradientLoss(
        c.innerEstimator,
        logProbabilities: policy(steps.inputs, weights).logProbability(of: steps.batch.actions),
        reference: steps.batch.logProbabilities, weights: steps.batch.weights, lengths: steps.batch.lengths,
        lambda: 1)
    }.gradient
    let moves = Parameters(
      names: gradient.names,
      tensors: zip(gradient.names, gradient.tensors).map { size($0, or: c.policyStepSize) * $1 })
    next.weights = phi.weights - moves
    return next
  }

  /// The data of an inner step.
  ///
  /// - Parameters:
  ///   - episodes: of one task.
  ///   - z: of each of them, `[episode, latent]`.
  ///   - phi: what played them.
  ///   - reward: which reward.
  /// - Returns: the data.
  package func innerBatch(
    _ episodes: [Episode], z: Tensor, playedWith phi: Adapted, _ reward: RewardChoice
  ) -> InnerBatch {
    let c = configuration
    let advantages = episodeAdvantages(episodes, reward: reward, discount: c.discount, lambda: c.advantageDecay)
    let draws = LatentDistribution.Draws(z: z, advantages: advantages, from: phi.latent)
    let total = episodes.reduce(0) { $0 + $1.totalReward(reward) }
    let meanReturn = total / Double(max(episodes.count, 1))
    guard c.policyStepSize != 0 else { return InnerBatch(draws: draws, steps: nil, meanReturn: meanReturn) }
    let batch = batch(episodes, reward, phi, z)
    return InnerBatch(draws: draws, steps: (batch, batch.inputs(with: z.detached)), meanReturn: meanReturn)
  }

  /// The data that an adapted policy is judged by.
  package func outerBatch(_ episodes: [Episode], playedWith phi: Adapted, noise: Tensor) -> EpisodeBatch {
    batch(episodes, configuration.trainingReward, phi, phi.latent.sample(noise))
  }

  private func batch(
    _ episodes: [Episode], _ reward: RewardChoice, _ phi: Adapted, _ z: Tensor
  ) -> EpisodeBatch {
    EpisodeBatch(
      episodes, reward: reward, discount: configuration.discount, lambda: configuration.advantageDecay,
      policy: policy, parameters: phi.weights, latents: z)
  }
}

// MARK: The outer update

extension MAESN {
  /// The outer objective for one task, negated: how the adapted policy does and, with a joint penalty, how far the task's
  /// distribution of z is from the standard normal one before it adapts; all inner steps are taken again from `theta`.
  package func outerLoss(
    _ data: MetaTask, _ theta: Parameters, _ order: GradientOrder
  ) -> (loss: Tensor, distributions: ActionDistribution) {
    var phi = start(of: data.task, in: theta)
    let beginning = phi.latent
    for batch in data.inner { phi = innerStep(phi, theta, batch, order) }
    let outer = data.outer
    let distributions = policy(outer.inputs(with: phi.latent.sample(data.noise)), phi.weights)
    let loss = ratioLoss(
      distributions.logProbability(of: outer.actions), reference: outer.logProbabilities, weights: outer.weights)
    guard configuration.penaltyUpdate == .joint else { return (loss, distributions) }
    return (loss + penalty(beginning), distributions)
  }

  /// The joint penalty in the loss of a task with the given initial distribution of z.
  private func penalty(_ beginning: LatentDistribution) -> Tensor {
    configuration.divergenceWeight * beginning.divergenceFromPrior()
  }

  private func objective(_ data: [MetaTask]) -> MetaObjective {
    var objective = MetaObjective(
      taskCount: data.count, order: configuration.innerEstimator.gradientOrder,
      played: { data[$0].outer.distributions }
    ) { task, theta, order in outerLoss(data[task], theta, order) }
    if configuration.penaltyUpdate == .joint {
      objective.penalty = { task, theta in penalty(start(of: data[task].task, in: theta).latent) }
    }
    return objective
  }

  /// θ with the distributions of these tasks moved down the gradient of their divergence from the standard normal one, for as
  /// long as the divergence has weight; a task that is in the batch twice is moved once.
  package func drawnToPrior(_ tasks: [Int], _ theta: Parameters) -> Parameters {
    var (means, logDeviations) = (theta[Self.meanName].floats, theta[Self.logDeviationName].floats)
    let size = configuration.latentSize
    for task in Set(tasks).sorted() {
      let latent = start(of: task, in: theta).latent.drawnToPrior(for: configuration.divergenceWeight)
      means.replaceSubrange(task * size..<(task + 1) * size, with: latent.mean.floats)
      logDeviations.replaceSubrange(task * size..<(task + 1) * size, with: latent.logDeviation.floats)
    }
    let shape = theta[Self.meanName].shape
    return theta.replacing(
      Parameters(
        names: [Self.meanName, Self.logDeviationName],
        tensors: [Tensor(means, shape: shape), Tensor(logDeviations, shape: shape)]))
  }

  /// Numbers of training tasks, none drawn again before all others were.
  private func drawTasks(_ session: TrainingSession) -> [Int] {
    let count = min(configuration.trainingTasks, session.trainingTaskCount ?? configuration.trainingTasks)
    let rounds = (configuration.tasksPerBatch + count - 1) / count
    let order = (0..<rounds).flatMap { round in
      var random = session.random("tasks", round)
      return random.permutation(of: count)
    }
    return Array(order.prefix(configuration.tasksPerBatch))
  }

  /// Plays episodes of tasks, each with its own z.
  ///
  /// - Returns: `[task][episode]`, and what each z was drawn by, `[episode, latent]` for each task.
  private func play(
    _ session: inout TrainingSession, on tasks: [Int], with phi: [Adapted], phase: String
  ) throws -> (episodes: [[Episode]], noise: [Tensor]) {
    let c = configuration
    let noise = tasks.indices.map { task in
      let stream = session.random("latents of \(phase)", task)
      var episodes = LaneRandom((0..<c.episodesPerInnerStep).map { stream.split("episode", $0) })
      return Tensor(episodes.normals(perLane: c.latentSize), shape: [c.episodesPerInnerStep, c.latentSize])
    }
    let episodes = try session.play(
      on: tasks.map { TaskID(.train, $0) }, episodes: c.episodesPerInnerStep, phase: phase
    ) { task, _ in
      PolicyAgent(policy, phi[task].weights, latents: phi[task].latent.sample(noise[task]))
    }
    return (episodes, noise)
  }
}

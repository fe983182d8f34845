import MetaRL
import Networks
import Tensors

/// Model-agnostic meta-learning (Finn, Abbeel & Levine, 2017, arXiv:1703.03400, Algorithm 3).
///
/// Meta-training looks for a policy from which a policy-gradient step on a few episodes of a new task does well. An
/// agent plays those episodes with the meta-policy, takes the step, and plays the rest of its lifetime with the result.
/// Other settings give FOMAML (same paper), ProMP (Rothfuss et al., 2019, arXiv:1810.06784), E-MAML (Stadie et al.,
/// 2018, arXiv:1803.01118), Meta-SGD, ANIL, CAVIA and Reptile (arXiv:1707.09835, 1909.09157, 1810.03642, 1803.02999), and
/// the controls that do not adapt, were not meta-trained, or receive a bonus for rare observations.
///
/// Departs from the paper: inner steps are differentiated with LVC unless `innerEstimator` says otherwise. Departs from the
/// authors' code: products with Hessians are exact, and every inner step has episodes of its task's own policy.
///
/// Logs: returnBefore (with inner steps), returnAfter, loss (except with Reptile); with a trust region also divergence and
/// backtracks (-1 if no try was accepted).
public struct MAML: MetaLearner {
  let configuration: Configuration
  package let adapted: AdaptedParameters
  package let policy: StochasticPolicy
  /// `theta`, which is θ: the policy's parameters and, if step sizes are learned, one for each parameter; and Adam.
  public var state: GradientState

  /// Line 1: draws an initial policy.
  ///
  /// - Throws: `SettingsError` for settings that contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check()
    self.configuration = configuration
    adapted = try AdaptedParameters(configuration.adapted, contextSize: configuration.contextSize)
    var seen = spec
    seen.observationSize += configuration.contextSize
    policy = StochasticPolicy(
      for: seen, hiddenSizes: configuration.hiddenSizes, activation: configuration.activation)
    let weights = adapted.learned(policy.makeParameters(using: random))
    let sizes = adapted.moved(adapted.start(weights)).map {
      Tensor(repeating: configuration.innerStepSize, shape: $0.shape)
    }
    let theta = MetaParameters(weights, stepSizes: configuration.stepSizes == .learned ? sizes : nil).theta
    state = GradientState(theta, Adam(stepSize: configuration.outerStepSize))
  }

  /// Line 2: one iteration of Algorithm 3.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    guard c.outerUpdate != .none else { return }
    // Line 3: sample a batch of tasks.
    let tasks = session.sampleTasks(c.tasksPerBatch)
    // Lines 4-7: in each, play K episodes and take an inner step, as often as there are inner steps.
    var phi = tasks.map { _ in weights(in: theta) }
    var inner = tasks.map { _ in [EpisodeBatch]() }
    for step in 0..<c.innerSteps {
      let batches = try collect(&session, on: tasks, with: phi, c.rewardOfInnerSteps, phase: "inner step \(step)")
      phi = try session.map(phi, batches) { [self] phi, batch in innerStep(phi, theta, batch, .first) }
      for task in tasks.indices { inner[task].append(batches[task]) }
    }
    guard c.outerUpdate != .interpolation else { return try interpolate(towards: phi, inner, &session) }
    // Line 8: play K episodes with each adapted policy.
    let outer = try collect(&session, on: tasks, with: phi, c.trainingReward, phase: "outer")
    // Line 10: θ ← θ − β ∇θ Σ L(adapt(θ)).
    try update(MetaTask.batch(inner, outer, scored: c.scoreTerm), &session)
    if c.innerSteps > 0 { session.log("returnBefore", mean(inner.map { $0[0].meanReturn })) }
    session.log("returnAfter", mean(outer.map(\.meanReturn)))
  }

  /// Newborn agents that act by the meta-policy.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count)
  }

  /// Lines 6 and 7: φ ← φ − α ∇L(φ), on a batch that φ played; where α is learned, it is part of θ.
  ///
  /// With order `.first` the gradient is a constant to later differentiation.
  package func innerStep(
    _ phi: Parameters, _ theta: Parameters, _ batch: EpisodeBatch, _ order: GradientOrder, factor: Double = 1
  ) -> Parameters {
    let sizes = configuration.stepSizes == .learned ? MetaParameters(of: theta).stepSizes : nil
    return (0..<configuration.updatesPerInnerStep).reduce(phi) { phi, _ in
      adapted.step(
        from: phi, order,
        size: { g in sizes.map { factor * ($0 * g) } ?? (factor * configuration.innerStepSize) * g }
      ) { innerLoss(batch, $0) }
    }
  }

  /// Equation 4, in the form of the estimator.
  private func innerLoss(_ batch: EpisodeBatch, _ phi: Parameters) -> Tensor {
    let c = configuration
    let logProbabilities = actions(at: batch.observations, phi).logProbability(of: batch.actions)
    switch c.innerObjective {
    case .policyGradient:
      return policyGradientLoss(
        c.innerEstimator, logProbabilities: logProbabilities, reference: batch.logProbabilities,
        weights: batch.weights, lengths: batch.lengths, lambda: c.loadedDiceDecay)
    case .clippedRatio:
      return clippedRatioLoss(
        logProbabilities, reference: batch.logProbabilities, weights: batch.weights, clip: c.ratioClip)
    }
  }

  /// Lines 5 and 8: episodes of each task, with advantages.
  private func collect(
    _ session: inout TrainingSession, on tasks: [TaskID], with phi: [Parameters], _ reward: RewardChoice,
    phase: String
  ) throws -> [EpisodeBatch] {
    let played = try session.play(on: tasks, episodes: configuration.episodesPerInnerStep, phase: phase) {
      task, _ in
      PolicyAgent(policy, adapted.network(phi[task]))
    }
    return try session.map(played, phi) { batch($0, playedWith: $1, reward) }
  }

  /// The outer loss of one task as a function of the meta-parameters: it takes all inner steps again from them.
  package func outerLoss(
    _ task: MetaTask, _ theta: Parameters, _ order: GradientOrder
  ) -> (loss: Tensor, distributions: ActionDistribution) {
    var (phi, terms) = (weights(in: theta), [Tensor]())
    for batch in task.inner {
      terms += outerTerms(batch, of: task, phi)
      phi = innerStep(phi, theta, batch, order)
    }
    let (outer, distributions) = (task.outer, actions(at: task.outer.observations, phi))
    let logProbabilities = distributions.logProbability(of: outer.actions)
    let loss =
      configuration.outerUpdate == .clippedRatio
      ? clippedRatioLoss(
        logProbabilities, reference: outer.logProbabilities, weights: outer.weights, clip: configuration.ratioClip)
      : ratioLoss(logProbabilities, reference: outer.logProbabilities, weights: outer.weights)
    return (terms.reduce(loss, +), distributions)
  }

  /// A step of trust-region policy optimization on the mean of the outer losses, one step of Adam on it or, on clipped
  /// ratios, several (ProMP, Algorithm 1).
  private mutating func update(_ data: [MetaTask], _ session: inout TrainingSession) throws {
    let c = configuration
    let objective = MetaObjective(
      taskCount: data.count, order: c.innerEstimator.gradientOrder, played: { data[$0].outer.distributions }
    ) { [self] task, theta, order in outerLoss(data[task], theta, order) }
    guard c.outerUpdate != .trustRegion else {
      theta = try objective.step(c.trustRegion, from: theta, &session)
      return
    }
    for epoch in 0..<(c.outerUpdate == .clippedRatio ? c.outerEpochs : 1) {
      let loss = try objective.step(&state, &session)
      if epoch == 0 { session.log("loss", loss) }
    }
    if c.outerUpdate == .clippedRatio { session.log("updates", Double(c.outerEpochs)) }
  }
}

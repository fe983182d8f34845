import MetaRL
import Networks
import Tensors

/// Model-agnostic meta-learning (Finn, Abbeel & Levine, 2017, arXiv:1703.03400, Algorithm 3).
///
/// Meta-training looks for a policy from which a policy-gradient step on a few episodes of a new task does well. An
/// agent plays those episodes with the meta-policy, takes the step, and plays the rest of its lifetime with the result.
/// Other settings give FOMAML (same paper), ProMP (Rothfuss et al., 2019, arXiv:1810.06784), E-MAML (Stadie et al.,
/// 2018, arXiv:1803.01118), and the controls that do not adapt, were not meta-trained, or are paid for what is new to them.
///
/// Departs from the paper: products with Hessians are exact, where the authors' code takes differences; data for
/// every inner step comes from its own task's policy, where the authors' code has the last task's.
///
/// Logs: returnBefore (with inner steps), returnAfter, loss; with a trust region also divergence and backtracks
/// (-1 if no try was accepted).
public struct MAML: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package let policy: StochasticPolicy
  /// The policy's parameters and, if they are learned, a step size for each of them.
  package var theta: Parameters
  var optimizer: Adam

  /// Draws an initial policy.
  ///
  /// - Throws: `InvalidSettings` for settings that contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check()
    self.configuration = configuration
    self.spec = spec
    policy = StochasticPolicy(
      for: spec, hiddenSizes: configuration.hiddenSizes, activation: configuration.activation)
    let weights = policy.makeParameters(using: random)
    theta =
      configuration.stepSizes == .fixed
      ? weights : weights.merging(Self.makeStepSizes(for: weights, configuration.innerStepSize))
    optimizer = Adam(stepSize: configuration.outerStepSize)
  }

  /// One iteration of Algorithm 3.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let (c, learner) = (configuration, self)
    guard c.outerUpdate != .none else { return }
    // Line 3: sample a batch of tasks.
    let tasks = session.sampleTasks(c.tasksPerBatch)
    var phi = tasks.map { _ in learner.weights(in: theta) }
    var inner = tasks.map { _ in [EpisodeBatch]() }
    // Lines 4-7: in each, play K episodes and take an inner step, as often as there are inner steps.
    for step in 0..<c.innerSteps {
      let batches = try collect(&session, on: tasks, with: phi, c.innerReward, phase: "inner step \(step)")
      phi = try session.workers.map(tasks.count) { [phi] task in
        learner.innerStep(phi[task], learner.theta, batches[task], .first)
      }
      for task in tasks.indices { inner[task].append(batches[task]) }
    }
    // Line 8: play K episodes with each adapted policy.
    let outer = try collect(&session, on: tasks, with: phi, c.trainingReward, phase: "outer")
    let data = zip(inner, outer).map { MetaTask(inner: $0, outer: $1, allOuter: outer) }
    // Line 10: θ ← θ − β ∇θ Σ L(adapt(θ)).
    switch c.outerUpdate {
    case .trustRegion: try updateInTrustRegion(data, &session)
    case .clippedRatio, .adam: try updateByAdam(data, &session)
    case .none: break
    }
    if c.innerSteps > 0 { session.log("returnBefore", mean(inner.map { $0[0].meanReturn })) }
    session.log("returnAfter", mean(outer.map(\.meanReturn)))
  }

  /// Newborn agents that act by the meta-policy.
  public func makeAgent(mode: AgentMode, using random: LaneRandom) -> LifetimeAgent {
    let reward = mode == .training ? configuration.innerReward : .reported
    return LifetimeAgent(learner: self, reward: reward, laneCount: random.count)
  }

  /// Acts by its policy and takes an inner step after every N episodes.
  public struct LifetimeAgent: Agent {
    let learner: MAML
    private let reward: RewardChoice
    /// The adapted parameters of each lane; empty while all are the learner's.
    private var phi: [Parameters] = []
    private var recorder: EpisodeRecorder
    /// The episodes since the last inner step, `[lane][episode]`.
    private var recent: [[Episode]]
    /// The visits of each lane in its lifetime.
    private var visits: [VisitCounts]
    private var stepsTaken = 0

    init(learner: MAML, reward: RewardChoice, laneCount: Int) {
      self.learner = learner
      self.reward = reward
      visits = Array(
        repeating: VisitCounts(cellSize: learner.configuration.explorationCellSize), count: laneCount)
      recorder = EpisodeRecorder(laneCount: laneCount)
      recent = Array(repeating: [], count: laneCount)
    }

    /// A lane's parameters.
    func parameters(lane: Int) -> Parameters { phi.isEmpty ? learner.weights(in: learner.theta) : phi[lane] }

    /// Draws an action in every lane.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      if phi.isEmpty { return sample(learner.policy(observations, learner.theta), using: &random) }
      let lanes = phi.indices.map { learner.policy(observations.slice($0..<$0 + 1), phi[$0]) }
      return sample(lanes, using: &random)
    }

    /// Keeps the step.
    public mutating func observe(_ transition: Transition) { recorder.append(transition) }

    /// Takes an inner step in every lane when there are episodes enough.
    ///
    /// - Throws: `TrainingFailure` if the step gives parameters that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      for (lane, episode) in recorder.finish().enumerated() { recent[lane].append(episode) }
      let c = learner.configuration
      guard c.adaptsAtTest, recent.first?.count == c.episodesBeforeStepAtTest else { return }
      if phi.isEmpty { phi = recent.map { _ in learner.weights(in: learner.theta) } }
      let factor = stepsTaken < max(1, c.innerSteps) ? 1 : c.laterStepFactor
      for lane in phi.indices {
        if c.explorationBonus > 0 {
          recent[lane] = visits[lane].addingBonus(c.explorationBonus, to: recent[lane])
        }
        let batch = learner.batch(recent[lane], playedWith: phi[lane], reward)
        phi[lane] = learner.innerStep(phi[lane], learner.theta, batch, .first, factor: factor)
        guard phi[lane].isFinite else {
          throw TrainingFailure("inner step \(stepsTaken + 1) gave parameters that are not finite")
        }
      }
      stepsTaken += 1
      recent = recent.map { _ in [] }
    }
  }
}

/// The data of one task for the outer update.
package struct MetaTask: Sendable {
  /// The data of each inner step.
  package let inner: [EpisodeBatch]
  /// The data of the adapted policy.
  package let outer: EpisodeBatch
  /// The advantage of the adapted policy over those of the other tasks, in units of the outer loss.
  let score: Double

  package init(inner: [EpisodeBatch], outer: EpisodeBatch, allOuter: [EpisodeBatch]) {
    self.inner = inner
    self.outer = outer
    let total = allOuter.reduce(0) { $0 + $1.meanReturn }
    let others = allOuter.count > 1 ? (total - outer.meanReturn) / Double(allOuter.count - 1) : outer.meanReturn
    let stepsPerEpisode = Double(outer.stepCount) / Double(outer.lengths.count)
    // One deviation for all: a task whose advantages happen to be equal must not drown the others.
    let squares = allOuter.reduce(0) { $0 + $1.advantageDeviation * $1.advantageDeviation }
    let deviation = (squares / Double(allOuter.count)).squareRoot()
    score = deviation > 1e-4 ? (outer.meanReturn - others) / (deviation * stepsPerEpisode) : 0
  }
}

// MARK: Inner steps

extension MAML {
  /// Line 6: φ ← φ − α ∇L(φ), on one batch.
  ///
  /// - Parameters:
  ///   - phi: the policy's parameters.
  ///   - theta: the meta-parameters; step sizes are taken from them if they are learned.
  ///   - batch: played with `phi`.
  ///   - order: whether the step can be differentiated.
  ///   - factor: multiplies the step size.
  /// - Returns: the policy's new parameters, without a history if `order` is `.first` and `phi` has none.
  package func innerStep(
    _ phi: Parameters, _ theta: Parameters, _ batch: EpisodeBatch, _ order: GradientOrder, factor: Double = 1
  ) -> Parameters {
    let c = configuration
    return (0..<c.updatesPerInnerStep).reduce(phi) { phi, _ in
      let gradient = valueAndGradient(at: phi, order: order) { innerLoss(batch, $0) }.gradient
      guard c.stepSizes == .learned else { return phi - (factor * c.innerStepSize) * gradient }
      return phi - factor * (stepSizes(in: theta) * gradient)
    }
  }

  /// Equation 4, in the form of the estimator.
  private func innerLoss(_ batch: EpisodeBatch, _ phi: Parameters) -> Tensor {
    let c = configuration
    let logProbabilities = policy(batch.observations, phi).logProbability(of: batch.actions)
    switch c.innerObjective {
    case .policyGradient:
      return Learners.innerLoss(
        c.innerEstimator, logProbabilities: logProbabilities, reference: batch.logProbabilities,
        weights: batch.weights, lengths: batch.lengths, lambda: c.loadedDiceDecay)
    case .clippedRatio:
      return clippedRatioLoss(
        logProbabilities, reference: batch.logProbabilities, weights: batch.weights, clip: c.ratioClip)
    }
  }

  /// Names of learned step sizes begin with this.
  private static let stepSizePrefix = "stepSize."

  private static func makeStepSizes(for weights: Parameters, _ size: Double) -> Parameters {
    Parameters(
      names: weights.names.map { stepSizePrefix + $0 },
      tensors: weights.tensors.map { Tensor(repeating: size, shape: $0.shape) })
  }

  /// The policy's part of the meta-parameters.
  package func weights(in theta: Parameters) -> Parameters {
    theta.selecting(theta.names.filter { !$0.hasPrefix(Self.stepSizePrefix) })
  }

  /// The step sizes among the meta-parameters, under the names of what they are for.
  private func stepSizes(in theta: Parameters) -> Parameters {
    let names = weights(in: theta).names
    return Parameters(names: names, tensors: names.map { theta[Self.stepSizePrefix + $0] })
  }

  private func collect(
    _ session: inout TrainingSession, on tasks: [TaskID], with phi: [Parameters], _ reward: RewardChoice,
    phase: String
  ) throws -> [EpisodeBatch] {
    let learner = self
    let episodes = configuration.episodesPerInnerStep
    let played = try session.play(on: tasks, episodes: episodes, phase: phase) { task, _ in
      PolicyAgent(learner.policy, phi[task])
    }
    return try session.workers.map(tasks.count) { learner.batch(played[$0], playedWith: phi[$0], reward) }
  }

  package func batch(_ episodes: [Episode], playedWith phi: Parameters, _ reward: RewardChoice) -> EpisodeBatch {
    EpisodeBatch(
      episodes, reward: reward.channel(for: spec), discount: configuration.discount,
      lambda: configuration.advantageDecay, policy: policy, parameters: phi)
  }
}

// MARK: The outer update

extension MAML {
  /// The outer loss of one task as a function of the meta-parameters, all inner steps taken again from them.
  package func outerLoss(
    _ task: MetaTask, _ theta: Parameters, _ order: GradientOrder
  ) -> (loss: Tensor, distributions: ActionDistribution) {
    let c = configuration
    var phi = weights(in: theta)
    var penalties: [Tensor] = []
    for batch in task.inner {
      if c.scoreTerm || c.outerUpdate == .clippedRatio {
        let before = policy(batch.observations, phi)
        if c.scoreTerm {
          // The exact gradient has the sum over all steps, whose noise outweighs the rest: the authors of ProMP take the mean.
          let weight = c.scoreWeight > 0 ? c.scoreWeight : 1 / Double(max(batch.stepCount, 1))
          penalties.append(-weight * task.score * before.logProbability(of: batch.actions).sum())
        }
        if c.outerUpdate == .clippedRatio {
          let divergence = batch.distributions.divergence(to: before).mean()
          penalties.append((c.divergencePenalty / Double(task.inner.count)) * divergence)
        }
      }
      phi = innerStep(phi, theta, batch, order)
    }
    let outer = task.outer
    let distributions = policy(outer.observations, phi)
    let logProbabilities = distributions.logProbability(of: outer.actions)
    let loss =
      c.outerUpdate == .clippedRatio
      ? clippedRatioLoss(
        logProbabilities, reference: outer.logProbabilities, weights: outer.weights, clip: c.ratioClip)
      : ratioLoss(logProbabilities, reference: outer.logProbabilities, weights: outer.weights)
    return (penalties.reduce(loss, +), distributions)
  }

  /// One step of trust-region policy optimization on the meta-objective.
  private mutating func updateInTrustRegion(_ data: [MetaTask], _ session: inout TrainingSession) throws {
    theta = try objective(data).step(configuration.trustRegion, from: theta, &session)
  }

  /// Steps of Adam on the meta-objective: one on the policy gradient, or several on clipped ratios (ProMP, algorithm 1).
  private mutating func updateByAdam(_ data: [MetaTask], _ session: inout TrainingSession) throws {
    for epoch in 0..<(configuration.outerUpdate == .clippedRatio ? configuration.outerEpochs : 1) {
      let loss = try objective(data).step(&optimizer, moving: &theta, &session)
      if epoch == 0 { session.log("loss", loss) }
    }
    if configuration.outerUpdate == .clippedRatio { session.log("updates", Double(configuration.outerEpochs)) }
  }

  /// Σ L(adapt(θ)), divided by the number of tasks.
  private func objective(_ data: [MetaTask]) -> MetaObjective {
    let learner = self
    return MetaObjective(
      taskCount: data.count, order: configuration.innerEstimator.gradientOrder,
      played: { data[$0].outer.distributions }
    ) { task, theta, order in learner.outerLoss(data[task], theta, order) }
  }
}

private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(max(numbers.count, 1)) }

import MetaRL
import Networks
import Tensors

/// Model-agnostic meta-learning with an actor and a critic: the learner of the replication study of MAML
/// by Schindler (Ulm University, 2022; csacro-Projects/ModelAgnosticMetaLearning).
///
/// As in MAML, a policy is looked for from which a gradient step on a few episodes does well; but the base learner is the
/// policy gradient of OpenAI's Spinning Up, whose baseline is a network. Its parameters are meta-learned with the actor's,
/// each with its own step sizes, and both outer updates are Adam's. At test an agent takes steps of Adam.
///
/// Departs from the study: the meta-gradient has the product with the exact Hessian. The study's code has in its place
/// the inner gradient multiplied number by number, which `innerDerivative=elementwise` repeats. Rows of episodes that
/// ended early are left out, where that code keeps rows of zeros.
///
/// Logs: returnBefore (with inner steps), returnAfter, loss.
public struct ActorCriticMAML: MetaLearner {
  let configuration: Configuration
  package let actor: StochasticPolicy
  package let critic: MLP
  /// The parameters of actor and critic, and what moves them.
  public var state: State

  public struct State: Codable, Sendable {
    var theta: Parameters
    var optimizer: ActorCriticAdam
  }

  /// Draws an initial actor and an initial critic.
  ///
  /// - Throws: `SettingsError` for settings that contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check()
    self.configuration = configuration
    let c = configuration
    actor = StochasticPolicy(
      for: spec, hiddenSizes: c.hiddenSizes, activation: c.activation, outputActivation: spec.boundedMeans)
    critic = MLP(
      sizes: [spec.observationSize] + c.hiddenSizes + [1], activation: c.activation, prefix: Self.criticPrefix)
    let theta = actor.makeParameters(using: random.split("actor"), .fanIn, logDeviation: c.initialLogDeviation)
      .merging(critic.makeParameters(using: random.split("critic"), .fanIn))
    let optimizer = ActorCriticAdam(actorStepSize: c.outerActorStepSize, criticStepSize: c.outerCriticStepSize)
    state = State(theta: theta, optimizer: optimizer)
  }

  /// The parameters of actor and critic.
  package var theta: Parameters {
    get { state.theta }
    set { state.theta = newValue }
  }

  public func canContinue(from state: State) -> Bool {
    state.theta.hasForm(of: theta) && state.optimizer.canMove(theta)
  }

  /// Names of the critic's parameters begin with this.
  static let criticPrefix = "critic."

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    guard c.outerUpdate != .none else { return }
    let tasks = session.sampleTasks(c.tasksPerBatch)
    var phi = tasks.map { _ in theta }
    var inner = tasks.map { _ in [ActorCriticBatch]() }
    for step in 0..<c.innerSteps {
      let batches = try collect(&session, on: tasks, with: phi, phase: "inner step \(step)")
      phi = try session.map(phi, batches) { [self] in innerStep($0, $1, .first) }
      for task in tasks.indices { inner[task].append(batches[task]) }
    }
    let outer = try collect(&session, on: tasks, with: phi, phase: "outer")
    let results = try session.map(inner, outer) { [self] in metaGradient(inner: $0, outer: $1) }
    let loss = mean(results.map(\.loss))
    let gradient = Parameters.mean(results.map(\.gradient))
    try session.checkFinite(loss, gradient)
    state.optimizer.update(
      &state.theta, along: gradient, factor: annealed(session.iteration, of: c.annealedIterations))
    guard theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) gave parameters that are not finite")
    }
    if c.innerSteps > 0 { session.log("returnBefore", mean(inner.map { $0[0].meanReturn })) }
    session.log("returnAfter", mean(outer.map(\.meanReturn)))
    session.log("loss", loss)
  }

  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count)
  }

  /// Acts by its actor and takes a step after every N episodes.
  public struct LifetimeAgent: Agent {
    let learner: ActorCriticMAML
    /// The adapted parameters of each lane; empty while all are the learner's.
    private var phi: [Parameters] = []
    private var optimizers: [ActorCriticAdam] = []
    private var recent: RecentEpisodes
    private var stepsTaken = 0

    init(learner: ActorCriticMAML, laneCount: Int) {
      self.learner = learner
      recent = RecentEpisodes(every: learner.configuration.episodesBeforeStepAtTest, laneCount: laneCount)
    }

    func parameters(lane: Int) -> Parameters { phi.isEmpty ? learner.theta : phi[lane] }

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      if phi.isEmpty { return sample(learner.actor(observations, learner.theta), using: &random) }
      let lanes = phi.indices.map { learner.actor(observations.slice($0..<$0 + 1), phi[$0]) }
      return sample(lanes, using: &random)
    }

    public mutating func observe(_ transition: Transition) { recent.record(transition) }

    /// Takes a step in every lane when there are episodes enough.
    ///
    /// - Throws: `TrainingError` if the step gives parameters that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      guard let episodes = recent.endEpisode() else { return }
      let c = learner.configuration
      if phi.isEmpty {
        phi = episodes.map { _ in learner.theta }
        optimizers = episodes.map { _ in
          ActorCriticAdam(actorStepSize: c.testActorStepSize, criticStepSize: c.testCriticStepSize)
        }
      }
      for lane in phi.indices {
        let batch = learner.batch(episodes[lane], playedWith: phi[lane])
        switch c.testUpdate {
        case .descent: phi[lane] = learner.innerStep(phi[lane], batch, .first)
        case .adam:
          let gradient = valueAndGradient(at: phi[lane]) { learner.loss(batch, $0) }.gradient
          optimizers[lane].update(
            &phi[lane], along: gradient, factor: annealed(stepsTaken, of: c.annealedTestSteps))
        }
        guard phi[lane].isFinite else {
          throw TrainingError("step \(stepsTaken + 1) gave parameters that are not finite")
        }
      }
      stepsTaken += 1
    }
  }
}

// MARK: Equations

extension ActorCriticMAML {
  /// φ ← φ − α ∇L(φ), with an α for the actor and one for the critic.
  ///
  /// - Parameters:
  ///   - phi: the parameters that played the batch.
  ///   - batch: what to learn from.
  ///   - order: whether the step can be differentiated.
  /// - Returns: new parameters, without a history if `order` is `.first` and `phi` has none.
  package func innerStep(_ phi: Parameters, _ batch: ActorCriticBatch, _ order: GradientOrder) -> Parameters {
    (0..<configuration.updatesPerInnerStep).reduce(phi) { phi, _ in
      gradientStep(from: phi, size: innerStepSize, order: order) { loss(batch, $0, configuration.innerObjective) }
    }
  }

  /// The actor's loss plus the critic's; no parameter is in both.
  package func loss(
    _ batch: ActorCriticBatch, _ phi: Parameters, _ objective: MAML.InnerObjective = .policyGradient
  ) -> Tensor {
    let logProbabilities = actor(batch.observations, phi).logProbability(of: batch.actions)
    let actorLoss =
      switch objective {
      case .policyGradient: -(batch.weights * logProbabilities).sum()
      case .clippedRatio:
        clippedRatioLoss(
          logProbabilities, reference: batch.logProbabilities, weights: batch.weights,
          clip: configuration.ratioClip)
      }
    let errors = critic(batch.observations, phi).reshaped(batch.returns.shape) - batch.returns
    return actorLoss + (errors * errors).mean()
  }

  /// The loss on the outer batch of what the inner steps make of θ.
  package func outerLoss(
    inner: [ActorCriticBatch], outer: ActorCriticBatch, _ theta: Parameters, _ order: GradientOrder
  ) -> Tensor {
    loss(outer, inner.reduce(theta) { innerStep($0, $1, order) })
  }

  /// The gradient of the outer loss of one task at θ, as `innerDerivative` has it.
  package func metaGradient(
    inner: [ActorCriticBatch], outer: ActorCriticBatch
  ) -> (loss: Double, gradient: Parameters) {
    let derivative = configuration.innerDerivative
    guard derivative == .elementwise else {
      let (loss, gradient) = valueAndGradient(at: theta) {
        outerLoss(inner: inner, outer: outer, $0, derivative == .exact ? .higher : .first)
      }
      return (loss.scalar, gradient)
    }
    let points = inner.reduce(into: [theta]) { $0.append(innerStep($0[$0.count - 1], $1, .first)) }
    let (loss, gradient) = valueAndGradient(at: points[points.count - 1]) { self.loss(outer, $0) }
    // The study's code: g ← g − α g ⊙ ∇L(φ), where the Hessian of L belongs in the place of its gradient.
    let product = zip(points, inner).reversed().reduce(gradient) { g, step in
      let innerGradient = valueAndGradient(at: step.0) { self.loss(step.1, $0) }.gradient
      return g - (g * innerGradient).scaled(by: innerStepSize)
    }
    return (loss.scalar, product)
  }

  private func innerStepSize(_ name: String) -> Double {
    name.hasPrefix(Self.criticPrefix) ? configuration.innerCriticStepSize : configuration.innerActorStepSize
  }

  private func collect(
    _ session: inout TrainingSession, on tasks: [TaskID], with phi: [Parameters], phase: String
  ) throws -> [ActorCriticBatch] {
    let played = try session.play(on: tasks, episodes: configuration.episodesPerInnerStep, phase: phase) {
      task, _ in PolicyAgent(actor, phi[task])
    }
    return try session.map(played, phi) { batch($0, playedWith: $1) }
  }

  package func batch(_ episodes: [Episode], playedWith phi: Parameters) -> ActorCriticBatch {
    ActorCriticBatch(
      episodes, discount: configuration.discount,
      lambda: configuration.advantageDecay, actor: actor, critic: critic, parameters: phi)
  }
}

/// Adam for an actor and a critic, each with its own step size.
struct ActorCriticAdam: Codable, Sendable {
  private let sizes: [Double]
  private var actor: Adam
  private var critic: Adam

  init(actorStepSize: Double, criticStepSize: Double) {
    sizes = [actorStepSize, criticStepSize]
    actor = Adam(stepSize: actorStepSize)
    critic = Adam(stepSize: criticStepSize)
  }

  /// Whether what it remembers is of these parameters.
  func canMove(_ parameters: Parameters) -> Bool {
    let names = Self.names(in: parameters)
    return sizes.count == 2 && actor.canMove(parameters.selecting(names.actor))
      && critic.canMove(parameters.selecting(names.critic))
  }

  private static func names(in parameters: Parameters) -> (actor: [String], critic: [String]) {
    let isCritic = { (name: String) in name.hasPrefix(ActorCriticMAML.criticPrefix) }
    return (parameters.names.filter { !isCritic($0) }, parameters.names.filter(isCritic))
  }

  /// Takes one step of both, both sizes multiplied by a factor.
  mutating func update(_ parameters: inout Parameters, along gradient: Parameters, factor: Double) {
    let names = Self.names(in: parameters)
    var parts = (actor: parameters.selecting(names.actor), critic: parameters.selecting(names.critic))
    (actor.stepSize, critic.stepSize) = (factor * sizes[0], factor * sizes[1])
    actor.update(&parts.actor, along: gradient.selecting(names.actor))
    critic.update(&parts.critic, along: gradient.selecting(names.critic))
    parameters = parts.actor.merging(parts.critic).selecting(parameters.names)
  }
}

extension EnvironmentSpec {
  /// Means of vectors stay in the range of actions; logits need no bound.
  fileprivate var boundedMeans: Activation {
    if case .continuous = actionSpace { .tanh } else { .identity }
  }
}

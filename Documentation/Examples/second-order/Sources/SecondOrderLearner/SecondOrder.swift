import MetaRLZoo

/// MAML as its paper has it (Finn, Abbeel & Levine, 2017, arXiv:1703.03400, Algorithm 3), from public parts: the
/// gradient through the inner step, with its second-order term, and a trust region around the meta-policy.
///
/// `Learners.MAML` has more settings; this is the shortest learner of its kind that a package can hold.
///
/// Logs: returnBefore, returnAfter, loss, divergence, backtracks.
public struct SecondOrder: MetaLearner {
  /// The settings.
  public struct Configuration: LearnerConfiguration {
    @Setting("size of an inner step", above: 0, through: 100, symbol: "α", source: "Finn et al. 2017, A.2")
    public var innerStepSize = 0.1
    @Setting("episodes before each inner step", 1...1000, symbol: "K", source: "Finn et al. 2017, A.2")
    public var episodesPerInnerStep = 20
    @Setting("tasks in an iteration", 1...1000, source: "Finn et al. 2017, A.2")
    public var tasksPerBatch = 20
    @Setting("discount of rewards", 0...1, symbol: "γ", source: "a guess")
    public var discount = 0.99

    public init() {}
  }

  let configuration: Configuration
  let policy: StochasticPolicy
  /// θ: a trust region remembers nothing from one iteration to the next.
  public var state: Parameters

  /// Line 1: draws an initial policy.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    policy = StochasticPolicy(for: spec, hiddenSizes: [64, 64], activation: .tanh)
    state = policy.makeParameters(using: random)
  }

  public func canContinue(from state: Parameters) -> Bool { state.hasForm(of: self.state) }

  /// Line 2: one iteration.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let theta = state
    // Lines 3-8: play K episodes of each task, take an inner step, and play K more.
    let tasks = session.sampleTasks(configuration.tasksPerBatch)
    let before = try collect(&session, on: tasks, with: tasks.map { _ in theta }, phase: "before")
    let phi = try session.map(before) { [self] in innerStep(theta, $0, .first) }
    let after = try collect(&session, on: tasks, with: phi, phase: "after")
    // Line 10: the loss of each task as a function of θ, the inner step taken again from it, so that the gradient
    // passes through that step.
    let objective = MetaObjective(
      taskCount: tasks.count, order: .higher, played: { after[$0].distributions }
    ) { [self] task, theta, order in
      let batch = after[task]
      let distributions = policy(batch.observations, innerStep(theta, before[task], order))
      let loss = ratioLoss(
        distributions.logProbability(of: batch.actions), reference: batch.logProbabilities, weights: batch.weights)
      return (loss, distributions)
    }
    state = try objective.step(TrustRegionStep(), from: theta, &session)
    session.log("returnBefore", mean(before))
    session.log("returnAfter", mean(after))
  }

  /// Newborn agents, which act by the meta-policy.
  public func makeAgent(using random: LaneRandom) -> Player {
    Player(
      learner: self, phi: Array(repeating: state, count: random.count),
      recent: RecentEpisodes(every: configuration.episodesPerInnerStep, laneCount: random.count))
  }

  /// Takes an inner step in each of its lanes after every K episodes.
  public struct Player: Agent {
    let learner: SecondOrder
    var phi: [Parameters]
    var recent: RecentEpisodes

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      sample(phi.indices.map { learner.policy(observations.slice($0..<$0 + 1), phi[$0]) }, using: &random)
    }

    public mutating func observe(_ transition: Transition) { recent.record(transition) }

    public mutating func endEpisode(using random: inout LaneRandom) {
      guard let episodes = recent.endEpisode() else { return }
      phi = zip(phi, episodes).map { phi, episodes in
        learner.innerStep(phi, learner.batch(episodes, playedWith: phi), .first)
      }
    }
  }

  /// Line 7: φ = θ − α ∇L(θ), whose gradient is differentiated again if the order says so.
  private func innerStep(_ theta: Parameters, _ batch: EpisodeBatch, _ order: GradientOrder) -> Parameters {
    let gradient = valueAndGradient(at: theta, order: order) {
      policyGradientLoss(
        .lowVarianceCurvature, logProbabilities: policy(batch.observations, $0).logProbability(of: batch.actions),
        reference: batch.logProbabilities, weights: batch.weights, lengths: batch.lengths, lambda: 1)
    }.gradient
    return theta - configuration.innerStepSize * gradient
  }

  private func batch(_ episodes: [Episode], playedWith phi: Parameters) -> EpisodeBatch {
    EpisodeBatch(episodes, discount: configuration.discount, lambda: 1, policy: policy, parameters: phi)
  }

  /// Lines 5 and 8: K episodes of each task, with advantages.
  private func collect(
    _ session: inout TrainingSession, on tasks: [TaskID], with phi: [Parameters], phase: String
  ) throws -> [EpisodeBatch] {
    let played = try session.play(on: tasks, episodes: configuration.episodesPerInnerStep, phase: phase) {
      [policy] task, _ in PolicyAgent(policy, phi[task])
    }
    return try session.map(played, phi) { [self] in batch($0, playedWith: $1) }
  }

  private func mean(_ batches: [EpisodeBatch]) -> Double {
    batches.map(\.meanReturn).reduce(0, +) / Double(batches.count)
  }
}

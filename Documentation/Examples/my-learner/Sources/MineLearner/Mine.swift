import MetaRLZoo

/// Looks for a policy from which one policy-gradient step on a few episodes of a new task does well.
///
/// This is first-order MAML (Finn, Abbeel & Levine, 2017, arXiv:1703.03400) in its shortest form, to start from.
///
/// Logs: returnBefore, returnAfter.
public struct Mine: MetaLearner {
  /// The settings, and the only home of their defaults.
  ///
  /// Every stored property is a `Setting`.
  public struct Configuration: LearnerConfiguration {
    @Setting("size of an inner step", above: 0, through: 100, symbol: "α", source: "a guess")
    public var innerStepSize = 0.5
    @Setting("episodes before each inner step", 1...1000, source: "a guess")
    public var episodesPerInnerStep = 10
    @Setting("tasks in an iteration", 1...1000, source: "a guess")
    public var tasksPerBatch = 10
    @Setting("step size of Adam", above: 0, through: 1, symbol: "β", source: "a guess")
    public var outerStepSize = 0.01
    @Setting("widths of the hidden layers", each: 1...1024, count: 0...4, source: "a guess")
    public var hiddenSizes = [32, 32]
    @Setting("discount of rewards", 0...1, symbol: "γ", source: "a guess")
    public var discount = 0.99

    public init() {}
  }

  let configuration: Configuration
  let policy: StochasticPolicy
  /// What training changes, `theta` and Adam: with the settings, it is all that a checkpoint holds.
  public var state: GradientState

  /// Draws an untrained learner; throw `UnsupportedFamilyError` if yours cannot act in such an environment.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.configuration = configuration
    policy = StochasticPolicy(for: spec, hiddenSizes: configuration.hiddenSizes, activation: .tanh)
    state = GradientState(policy.makeParameters(using: random), Adam(stepSize: configuration.outerStepSize))
  }

  /// One iteration of the outer loop; all steps are taken through the session, which counts them.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let tasks = session.sampleTasks(configuration.tasksPerBatch)
    let before = try collect(&session, on: tasks, with: tasks.map { _ in theta }, phase: "before")
    let phi = try session.map(before) { [self] in adapted(theta, to: $0) }
    let after = try collect(&session, on: tasks, with: phi, phase: "after")
    // First order: the gradient at the adapted parameters is applied to the initial ones.
    let gradients = try session.map(phi, after) { [self] in gradient(at: $0, $1) }
    state.update(along: Parameters.mean(gradients))
    guard theta.isFinite else { throw TrainingError("the parameters are not finite") }
    session.log("returnBefore", meanReturn(before))
    session.log("returnAfter", meanReturn(after))
  }

  /// Newborn agents, one for each stream of `random`: tasks are played side by side, one in each lane.
  public func makeAgent(using random: LaneRandom) -> Player {
    Player(
      learner: self, phi: Array(repeating: theta, count: random.count),
      recent: RecentEpisodes(every: configuration.episodesPerInnerStep, laneCount: random.count))
  }

  /// Acts in its lanes, and takes an inner step in each after every N episodes.
  public struct Player: Agent {
    let learner: Mine
    /// The adapted parameters of each lane.
    var phi: [Parameters]
    /// The episodes of each lane since its last inner step.
    var recent: RecentEpisodes

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      sample(
        phi.indices.map { learner.policy(observations.slice($0..<$0 + 1), phi[$0]) }, using: &random)
    }

    // `RecentEpisodes` ignores lanes whose episode has ended, as every agent must.
    public mutating func observe(_ transition: Transition) { recent.record(transition) }

    public mutating func endEpisode(using random: inout LaneRandom) {
      guard let episodes = recent.endEpisode() else { return }
      phi = zip(phi, episodes).map { learner.adapted($0, to: $1) }
    }
  }

  /// The parameters after an inner step.
  private func adapted(_ parameters: Parameters, to episodes: [Episode]) -> Parameters {
    parameters - configuration.innerStepSize * gradient(at: parameters, episodes)
  }

  /// The gradient of the policy-gradient loss, on episodes that were played with the given parameters.
  private func gradient(at parameters: Parameters, _ episodes: [Episode]) -> Parameters {
    let batch = EpisodeBatch(
      episodes, discount: configuration.discount, lambda: 1, policy: policy, parameters: parameters)
    return valueAndGradient(at: parameters) {
      -(batch.weights * policy(batch.observations, $0).logProbability(of: batch.actions)).sum()
    }.gradient
  }

  private func collect(
    _ session: inout TrainingSession, on tasks: [TaskID], with phi: [Parameters], phase: String
  ) throws -> [[Episode]] {
    try session.play(on: tasks, episodes: configuration.episodesPerInnerStep, phase: phase) {
      [policy] task, _ in PolicyAgent(policy, phi[task])
    }
  }

  private func meanReturn(_ played: [[Episode]]) -> Double {
    let returns = played.joined().map(\.totalReward)
    return returns.reduce(0, +) / Double(max(returns.count, 1))
  }
}

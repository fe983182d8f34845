import MetaRL
import Networks
import Tensors

/// Algorithm distillation (Laskin, Wang, Oh, Parisotto, Spencer, Steigerwald, Strouse, Hansen, Filos, Brooks, Gazeau, Sahni,
/// Singh & Mnih, 2022, arXiv:2210.14215, Algorithm 1).
///
/// A source algorithm learns many tasks, each from nothing, and a causal transformer learns to predict its next action from
/// its whole learning history, so it has to model how the source improves. With frozen weights its own experience becomes the
/// history, and it improves likewise.
///
/// Departs from the paper: one step is one token; histories are played in the course of training, some in every iteration; sources
/// are tabular Q-learning and agents for bandits, where the paper has A3C and DQN.
///
/// Logs: loss and trainingLoss (mean negative log-probability of the source's actions, in nats: of the newest histories before the
/// updates, and of all updates), firstReturn and lastReturn (of the source, in its first and its last episode), storedSteps,
/// updates.
public struct AlgorithmDistillation: MetaLearner {
  /// The algorithm that plays the histories.
  public enum Source: String, Codable, Sendable, CaseIterable {
    /// Thompson sampling, for bandits.
    case thompson
    /// Upper confidence bounds, for bandits.
    case ucb1
    /// Tabular Q-learning.
    case qLearning = "q-learning"
    /// The best choice, with a random one mixed in less and less from episode to episode; the family has to tell best choices.
    case noise
  }

  public struct Configuration: LearnerConfiguration, HistoryModelConfiguration {
    @Setting(
      "The algorithm that is distilled. noise: the best choice, which the family tells, with a random one mixed in, "
        + "always in the first episode and never in the last tenth",
      source: "Laskin et al. 2022 has A3C and DQN; noise: Zisman et al. 2024, arXiv:2312.12275")
    public var source = Source.qLearning
    @Setting(
      "Episodes of a history; 0: as many as in evaluation", 0...1_000_000,
      source: "0: those of evaluation; Laskin et al. 2022 has thousands")
    public var sourceEpisodes = 0
    @Setting(
      "Episodes of a history from one to the next that is learned from together, so that it improves as many times as fast; "
        + "each episode is in one such history",
      1...1_000_000, symbol: "k", source: "1: all of them; Laskin et al. 2022 skip episodes, too")
    public var historySkip = 1
    @Setting(
      "Whether the episodes of a history are kept in random order: a control, in which there is no improvement to learn",
      source: "Laskin et al. 2022: false")
    public var shufflesEpisodes = false
    @Setting(.historyContextLength) public var contextLength = 0
    @Setting(.historyHiddenSize) public var hiddenSize = 32
    @Setting(.historyLayers) public var layers = 4
    @Setting(.historyHeads) public var heads = 4
    @Setting(.historyFeedForwardSize) public var feedForwardSize = 128
    @Setting(.historyPositions) public var positions = CausalTransformer.Positions.none
    @Setting(.historyStepsPerIteration) public var stepsPerIteration = 10_000
    @Setting(.historyStepsKept) public var stepsKept = 1_000_000
    @Setting(.historyUpdatesPerIteration) public var updatesPerIteration = 100
    @Setting(.historyBatchSize) public var batchSize = 64
    @Setting(.historyStepSize) public var stepSize = 1e-3
    @Setting(.historyWeightDecay) public var weightDecay = 0.01
    @Setting(.historyGradientLength) public var gradientLength = 1.0
    @Setting(.historyWarmUpUpdates) public var warmUpUpdates = 100
    @Setting(.historyAnnealedIterations) public var annealedIterations = 0
    @Setting(.choiceRule(source: "Laskin et al. 2022: sampled, as the source explored by chance"))
    public var choice = ChoiceRule.sampled
    @Setting(.historyReward) public var reward = RewardChoice.reported

    public init() {}
  }

  package let configuration: Configuration
  package let spec: EnvironmentSpec
  package let model: HistoryModel
  /// What plays histories; nil for noise.
  private let source: (any MetaLearner)?
  public var state: HistoryModelState

  /// Draws an initial transformer.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices and the source can play the family.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    let episodes = configuration.sourceEpisodes > 0 ? configuration.sourceEpisodes : spec.episodesPerLifetime
    guard configuration.historySkip <= episodes else {
      throw SettingsError(
        "a history of \(episodes) episodes has none \(configuration.historySkip) episodes later: with historySkip "
          + "\(configuration.historySkip), sourceEpisodes has to be as many or more")
    }
    self.configuration = configuration
    self.spec = spec
    model = try HistoryModel(configuration, for: spec, learner: "algorithm-distillation")
    state = HistoryModelState(model, configuration, for: spec, using: random)
    let life = spec.with(episodesPerLifetime: episodes)
    switch configuration.source {
    case .thompson: source = try ThompsonSampling(.init(), for: life, using: random)
    case .ucb1: source = try UCB1(.init(), for: life, using: random)
    case .qLearning: source = try QLearning(.init(), for: life, using: random)
    case .noise:
      guard spec.tellsBestChoices == true else { throw UnsupportedFamilyError(untold("the source noise")) }
      source = nil
    }
  }

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Data: the source learns some tasks, each from nothing, and what it did from the first step to the last is kept.
    let tasks = session.sampleTasks(max(1, c.stepsPerIteration / (episodeCount * spec.horizon)))
    let played = try histories(of: tasks, &session)
    // Model: minimize -log p(aₜ | hₜ₋₁, oₜ), its actions given all before, over windows of many episodes of one history.
    let model = model
    let tasksOfKept = tasks.flatMap { Array(repeating: $0, count: c.historySkip) }
    try state.train(model, c, on: kept(played, session), of: tasksOfKept, &session) { window, _ in
      HistoryModel.Examples(window, targets: model.choices(in: window))
    }
    session.log("firstReturn", mean(played.map { $0.first?.totalReward ?? 0 }))
    session.log("lastReturn", mean(played.map { $0.last?.totalReward ?? 0 }))
  }

  public func makeAgent(using random: LaneRandom) -> HistoryAgent {
    HistoryAgent(model, state.theta, configuration.choice, for: spec, laneCount: random.count)
  }

  public func canContinue(from state: HistoryModelState) -> Bool { state.hasForm(of: self.state, model) }

  /// The episodes of a history.
  private var episodeCount: Int {
    configuration.sourceEpisodes > 0 ? configuration.sourceEpisodes : spec.episodesPerLifetime
  }
}

// MARK: Histories

extension AlgorithmDistillation {
  /// Histories of the source, `[task][episode]`, which learns in each lane from that lane alone.
  package func histories(of tasks: [TaskID], _ session: inout TrainingSession) throws -> [[Episode]] {
    if let source {
      return try session.lifetimes(of: source, on: tasks, episodes: episodeCount, phase: "histories")
    }
    // It does not learn, so its episodes are played side by side.
    let (count, family) = (episodeCount, session)
    let noise = (0..<count).map { max(0, 1 - Double($0) / (0.9 * Double(max(1, count - 1)))) }
    return try session.play(on: tasks, episodes: count, phase: "histories") { task, _ in
      NoisyChoices(count: model.choiceCount, noise: noise) { family.bestChoices(in: tasks[task], at: $0) }
    }
  }

  /// The histories that are learned from: of each that was played k, of every k-th episode, in the order of play.
  package func kept(_ played: [[Episode]], _ session: TrainingSession) -> [[Episode]] {
    let c = configuration
    let histories = played.flatMap { episodes in
      (0..<c.historySkip).map { first in
        stride(from: first, to: episodes.count, by: c.historySkip).map { episodes[$0] }
      }
    }
    guard c.shufflesEpisodes else { return histories }
    return histories.enumerated().map { index, episodes in
      var random = session.random("order", index)
      return random.permutation(of: episodes.count).map { episodes[$0] }
    }
  }
}

extension HistoryModel {
  /// The choices that were made in a window, as distributions `[step, choice]`.
  func choices(in window: HistoryStore.Window) -> [Float] {
    stride(from: inputs.observationSize, to: window.rows.count, by: inputs.observationSize + 3).flatMap { place in
      (0..<choiceCount).map { Float($0) == window.rows[place] ? 1 : 0 }
    }
  }
}

/// Takes a best choice, and with a probability any: in each lane another.
private struct NoisyChoices: Agent {
  let count: Int
  let noise: [Double]
  let best: @Sendable (_ observations: [[Float]]) -> [[Int]]

  func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .discrete(
      best(observations.floatRows).enumerated().map { lane, choices in
        random[lane].uniform() < noise[lane]
          ? random[lane].integer(below: count) : choices[random[lane].integer(below: choices.count)]
      })
  }
}

/// What is wrong with a family that does not tell its best choices.
func untold(_ what: String) -> String {
  "\(what) needs to know the best choices of training tasks, and this family does not tell them; "
    + "bernoulli-bandit-5x10 or dark-room-5 would do."
}

extension AlgorithmDistillation: ExportableLearner {
  /// The parameters of the transformer.
  public var metaParameters: Parameters { state.theta.detached }

  public var adaptation: Adaptation { model.adaptation(configuration) }
}

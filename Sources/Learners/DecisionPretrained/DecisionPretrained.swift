import MetaRL
import Networks
import Tensors

/// The decision-pretrained transformer (Lee, Xie, Pacchiano, Chandak, Finn, Nachum & Brunskill, 2023, arXiv:2306.14892,
/// Algorithm 1).
///
/// A causal transformer learns to predict the best choice in a state from any number of earlier steps in the same task. What it
/// converges to is the posterior of the best choice, so an agent that draws its choices does posterior sampling, without a
/// posterior.
///
/// Labels come from the family, which tells the best choices of training tasks: in training this learner sees what others do not.
///
/// Departs from the paper: each step of a history is a query, at its own observation, where the paper draws one query that the network
/// sees first; the loss has the prediction without any step, too, by which the first action is taken; several best choices
/// are equally likely, where the authors' code takes the first; histories are played in the course of training.
///
/// Logs: loss and trainingLoss (mean negative log-probability of best choices, in nats: of the newest histories before the updates,
/// and of all updates), firstReturn and lastReturn (of the behavior, in its first and its last episode), storedSteps, updates.
public struct DecisionPretrained: MetaLearner {
  /// What plays the histories; it does not know the task.
  public enum Behavior: String, Codable, Sendable, CaseIterable {
    /// Any choice, each as likely.
    case uniform
    /// Thompson sampling, for bandits.
    case thompson
    /// The agents of this learner as they are.
    case own
  }

  public struct Configuration: LearnerConfiguration, HistoryModelConfiguration {
    @Setting(
      "What plays the histories: any choice (uniform), Thompson sampling, or this learner's agents as they are (own)",
      source: "Lee et al. 2023, section 5; own: ours, so that states are seen that agents come to")
    public var behavior = Behavior.uniform
    @Setting(
      "Whether the steps of a history are learned from in random order, where that tells nothing: with uniform behavior, "
        + "in families whose episodes are one step",
      source: "Lee et al. 2023, authors' code")
    public var permutesSteps = true
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
    @Setting(.choiceRule(source: "Lee et al. 2023: sampled while it explores"))
    public var choice = ChoiceRule.sampled
    @Setting(.historyReward) public var reward = RewardChoice.reported

    public init() {}
  }

  package let configuration: Configuration
  package let spec: EnvironmentSpec
  package let model: HistoryModel
  public var state: HistoryModelState

  /// Draws an initial transformer.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices and the family tells the best ones, and the behavior can
  ///   play it.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard spec.tellsBestChoices == true else { throw UnsupportedFamilyError(untold("decision-pretrained")) }
    self.configuration = configuration
    self.spec = spec
    model = try HistoryModel(configuration, for: spec, learner: "decision-pretrained")
    state = HistoryModelState(model, configuration, for: spec, using: random)
    if configuration.behavior == .thompson { _ = try ThompsonSampling(.init(), for: spec, using: random) }
  }

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Data: a behavior that does not know the task lives with some tasks; its steps are the context.
    let lifetime = spec.episodesPerLifetime * spec.horizon
    let tasks = session.sampleTasks(max(1, c.stepsPerIteration / lifetime))
    let played = try histories(of: tasks, &session)
    // Model: minimize -log p(a* | the first j steps, s) over all j, from none to all but the last.
    let (learner, family) = (self, session)
    try state.train(model, c, on: played, of: tasks, &session) { window, random in
      learner.examples(window, using: &random) { family.bestChoices(in: TaskID(.train, window.task), at: $0) }
    }
    session.log("firstReturn", mean(played.map { $0.first?.totalReward ?? 0 }))
    session.log("lastReturn", mean(played.map { $0.last?.totalReward ?? 0 }))
  }

  public func makeAgent(using random: LaneRandom) -> HistoryAgent {
    HistoryAgent(model, state.theta, configuration.choice, for: spec, laneCount: random.count)
  }

  public func canContinue(from state: HistoryModelState) -> Bool { state.hasForm(of: self.state, model) }
}

extension DecisionPretrained {
  /// Histories of the behavior, `[task][episode]`.
  package func histories(of tasks: [TaskID], _ session: inout TrainingSession) throws -> [[Episode]] {
    let (episodes, random) = (spec.episodesPerLifetime, RandomStream(seed: 0))
    func lifetimes(of learner: some MetaLearner) throws -> [[Episode]] {
      try session.lifetimes(of: learner, on: tasks, episodes: episodes, phase: "histories")
    }
    switch configuration.behavior {
    case .uniform: return try lifetimes(of: RandomActions(.init(), for: spec, using: random))
    case .thompson: return try lifetimes(of: ThompsonSampling(.init(), for: spec, using: random))
    case .own: return try lifetimes(of: self)
    }
  }

  /// The best choice at each step of a window, to be predicted from the steps of the window before it.
  package func examples(
    _ window: HistoryStore.Window, using random: inout RandomStream,
    bestChoices: (_ observations: [[Float]]) -> [[Int]]
  ) -> HistoryModel.Examples {
    let (c, size) = (configuration, spec.observationSize)
    var window = window
    // The prediction without any step is trained in every window.
    window.before = []
    var rows = stride(from: 0, to: window.rows.count, by: size + 3).map { Array(window.rows[$0..<$0 + size + 3]) }
    // Of steps that were chosen by what earlier ones gave, some in random order would tell of the others.
    if c.permutesSteps, c.behavior == .uniform, spec.horizon == 1 {
      rows = random.permutation(of: rows.count).map { rows[$0] }
      window.rows = rows.flatMap { $0 }
    }
    let targets = bestChoices(rows.map { Array($0.prefix(size)) }).flatMap { best in
      (0..<model.choiceCount).map { best.contains($0) ? 1 / Float(best.count) : 0 }
    }
    return HistoryModel.Examples(window, targets: targets)
  }
}

extension DecisionPretrained: ExportableLearner {
  /// The parameters of the transformer.
  public var metaParameters: Parameters { state.theta.detached }

  public var adaptation: Adaptation { model.adaptation(configuration) }
}

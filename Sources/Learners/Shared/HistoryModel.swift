import MetaRL
import Networks
import Tensors

/// The settings of a learner whose transformer is trained on histories by supervision.
protocol HistoryModelConfiguration: LearnerConfiguration {
  var hiddenSize: Int { get }
  var layers: Int { get }
  var heads: Int { get }
  var feedForwardSize: Int { get }
  var positions: CausalTransformer.Positions { get }
  var contextLength: Int { get }
  var stepsPerIteration: Int { get }
  var stepsKept: Int { get }
  var updatesPerIteration: Int { get }
  var batchSize: Int { get }
  var stepSize: Double { get }
  var weightDecay: Double { get }
  var gradientLength: Double { get }
  var warmUpUpdates: Int { get }
  var annealedIterations: Int { get }
  var choice: ChoiceRule { get }
  var reward: RewardChoice { get }
}

/// How a choice follows from a distribution over choices.
public enum ChoiceRule: String, Codable, Sendable, CaseIterable {
  /// It is drawn.
  case sampled
  /// The most probable; of several the first.
  case greedy
}

extension SettingDeclaration {
  private static let dicp = "Son et al. 2025, authors' code"
  private static let dpt = "Lee et al. 2023, authors' code"

  static let historyHiddenSize = SettingDeclaration(
    "Numbers in a transformer's token", .integer(1...4096), source: dicp + "; " + dpt)
  static let historyLayers = SettingDeclaration(
    "Layers of the transformer", .integer(1...100), source: dicp + "; " + dpt)
  static let historyHeads = SettingDeclaration(
    "Attention heads in a layer, which divide hiddenSize", .integer(1...256), source: dicp)
  static let historyFeedForwardSize = SettingDeclaration(
    "Rectified units in a layer", .integer(1...16_384), source: dicp)
  static let historyPositions = SettingDeclaration(
    "Description of a step's number in the lifetime; learned ones fail after the steps of training",
    .choice(CausalTransformer.Positions.allCases.map(\.rawValue)), source: "none: as for rl2-transformer")
  static let historyContextLength = SettingDeclaration(
    "Consecutive steps of a history that are learned from together, and the latest steps, the current one included, that "
      + "a step of the transformer sees; 0: as many as a lifetime of evaluation has",
    .integer(0...100_000), source: "0: all; " + dicp + ", dark room, has 80")
  static let historyStepsPerIteration = SettingDeclaration(
    "Environment steps in an iteration, if every episode lasts to its horizon; at least one history",
    .integer(1...10_000_000), source: "small: papers train on a fixed set of histories")
  static let historyStepsKept = SettingDeclaration(
    "Steps of histories that are kept; one takes 4 bytes for each number of an observation, and 12 more",
    .integer(1...100_000_000), source: "all of most runs: papers train on a fixed set of histories")
  static let historyUpdatesPerIteration = SettingDeclaration(
    "Steps of Adam in an iteration", .integer(1...1_000_000), source: "our choice")
  static let historyBatchSize = SettingDeclaration(
    "Histories that such a step is taken on, drawn with replacement", .integer(1...100_000), source: dpt)
  static let historyStepSize = SettingDeclaration(
    "Size of a step of Adam", .numberAbove(0, through: 10), source: dpt + ", dark room; on bandits 0.0001")
  static let historyWeightDecay = SettingDeclaration(
    "Share of a parameter that a step of size 1 would take away", .number(0...1), source: dicp)
  static let historyGradientLength = SettingDeclaration(
    "Longest gradient that Adam is given", .numberAbove(0, through: 1e6),
    source: "Zisman et al. 2024, authors' code")
  static let historyWarmUpUpdates = SettingDeclaration(
    "Steps of Adam over which their size rises from 0, evenly", .integer(0...1_000_000), source: "our choice")
  static let historyAnnealedIterations = SettingDeclaration(
    "Iterations over which stepSize falls along a cosine; 0: it stays", .integer(0...1_000_000),
    source: "0: it stays; " + dicp + " has all")
  static let historyReward = SettingDeclaration(
    "The reward channel that the network is shown", .choice(RewardChoice.allCases.map(\.rawValue)),
    source: "the family's reported channel")
  static func choiceRule(source: String) -> SettingDeclaration {
    SettingDeclaration(
      "How an agent chooses: sampled from the network's distribution, or its most probable choice (greedy)",
      .choice(ChoiceRule.allCases.map(\.rawValue)), source: source)
  }
}

/// A causal transformer from the experience of a lifetime to choices.
///
/// One step is one token, which holds the observation, and the choice, the reward and the end of the step before. The output at
/// a step is a distribution over the choices that are open there, so it has not seen the one that was made.
package struct HistoryModel: Sendable {
  package let inputs: ExperienceInputs
  package let network: MemoryNetwork
  let choiceCount: Int
  /// The most consecutive steps of a history that are learned from together.
  package let windowLength: Int
  let reward: RewardChoice

  /// Describes a model.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices; `SettingsError` if heads do not divide a token.
  init(_ c: some HistoryModelConfiguration, for spec: EnvironmentSpec, learner: String) throws {
    guard case .discrete(let count) = spec.actionSpace else {
      throw UnsupportedFamilyError(
        "\(learner) predicts choices. This family has \(spec.actionsInWords); dark-room-5 would do.")
    }
    guard c.hiddenSize % c.heads == 0 else {
      throw SettingsError(
        "heads divide hiddenSize: \(c.heads) do not divide \(c.hiddenSize); set heads to 1, or hiddenSize to "
          + "\(c.hiddenSize / c.heads * c.heads + c.heads)")
    }
    let lifetime = spec.horizon * spec.episodesPerLifetime
    let window = c.contextLength == 0 ? lifetime : c.contextLength
    let inputs = ExperienceInputs(for: spec)
    network = MemoryNetwork(inputSize: inputs.size, outputSize: count) { size, prefix in
      CausalTransformer(
        inputSize: size, width: c.hiddenSize, layers: c.layers, heads: c.heads, feedForwardSize: c.feedForwardSize,
        normalization: .before, positions: c.positions, contextLength: c.contextLength,
        longest: max(window, lifetime), prefix: prefix)
    }
    (self.inputs, choiceCount, windowLength, reward) = (inputs, count, window, c.reward)
  }

  /// Steps of histories, and what is to be chosen in each.
  package struct Examples: Sendable {
    package var window: HistoryStore.Window
    /// The probability of each choice, `[step, choice]`.
    package var targets: [Float]

    package init(_ window: HistoryStore.Window, targets: [Float]) {
      (self.window, self.targets) = (window, targets)
    }
  }

  /// The sum over all steps of -Σ q(a) log p(a | the steps before, o), with the targets q.
  ///
  /// - Parameters:
  ///   - examples: of at least one history.
  ///   - theta: the parameters.
  /// - Returns: the sum, in nats.
  package func loss(_ examples: [Examples], _ theta: Parameters) -> Tensor {
    let rows = examples.count
    let longest = examples.map { $0.targets.count / choiceCount }.max() ?? 0
    var laid = [Float](repeating: 0, count: longest * rows * inputs.size)
    // Where a shorter history has ended, all targets are 0.
    var targets = [Float](repeating: 0, count: longest * rows * choiceCount)
    func lay(_ numbers: [Float], _ width: Int, _ row: Int, in all: inout [Float]) {
      for (i, number) in numbers.enumerated() { all[(i / width * rows + row) * width + i % width] = number }
    }
    for (row, example) in examples.enumerated() {
      lay(inputs.rows(of: example.window), inputs.size, row, in: &laid)
      lay(example.targets, choiceCount, row, in: &targets)
    }
    let precision = theta.tensors[0].precision
    let logits = network(
      Tensor(laid, shape: [longest, rows, inputs.size]).converted(to: precision), theta)
    return -(logits.logSoftmax() * Tensor(targets, shape: logits.shape).converted(to: precision)).sum()
  }
}

/// What training changes in a learner with such a model.
public struct HistoryModelState: Codable, Sendable {
  /// The parameters of the transformer.
  package var theta: Parameters
  var optimizer: Adam
  /// What it is trained on.
  package var histories: HistoryStore

  init(
    _ model: HistoryModel, _ c: some HistoryModelConfiguration, for spec: EnvironmentSpec,
    using random: RandomStream
  ) {
    theta = model.network.makeParameters(using: random.split("network"), outputGain: 0.01)
    optimizer = Adam(stepSize: c.stepSize, secondDecay: 0.99)
    histories = HistoryStore(for: spec, capacity: c.stepsKept)
  }

  /// Whether it could be that of this model after some iterations, if `other` is its untrained one.
  func hasForm(of other: HistoryModelState, _ model: HistoryModel) -> Bool {
    theta.hasForm(of: other.theta) && optimizer.canMove(theta)
      && histories.hasForm(of: other.histories, choices: model.choiceCount)
  }

  /// Keeps histories and takes steps of Adam with decaying weights (Loshchilov & Hutter, 2019) on windows of stored ones.
  ///
  /// Logs: loss, the mean over steps of the newest histories before they are learned from; trainingLoss, the mean over updates;
  /// storedSteps; updates.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - c: the settings.
  ///   - played: the new histories, `[task][episode]`.
  ///   - tasks: their training tasks.
  ///   - session: the iteration.
  ///   - examples: of a window, and of a stream to draw from: what is to be predicted.
  /// - Throws: `TrainingError` if numbers are not finite.
  mutating func train(
    _ model: HistoryModel, _ c: some HistoryModelConfiguration, on played: [[Episode]], of tasks: [TaskID],
    _ session: inout TrainingSession,
    examples: @Sendable (_ window: HistoryStore.Window, _ random: inout RandomStream) -> HistoryModel.Examples
  ) throws {
    histories.append(played, of: tasks, c.reward)
    let (store, newest) = (histories, max(0, histories.count - played.count)..<histories.count)
    /// The mean loss of a step of some windows, and its gradient.
    func mean(
      over part: Range<Int>, _ random: RandomStream, _ theta: Parameters
    ) throws -> (loss: Double, gradient: Parameters) {
      var drawn = random.split("histories")
      let chosen = (0..<c.batchSize).map { _ in part.lowerBound + drawn.integer(below: part.count) }
      let batch = chosen.indices.map { index in
        var random = random.split("history", index)
        let window = store.window(of: chosen[index], length: model.windowLength, using: &random)
        return examples(window, &random)
      }
      let steps = batch.reduce(0) { $0 + $1.targets.count / model.choiceCount }
      // Small enough to use two threads on few histories.
      let shares = try session.map(batch.parts(ofAtMost: 32)) { part in
        let (loss, gradient) = valueAndGradient(at: theta) { (1 / Double(steps)) * model.loss(part, $0) }
        return (loss: loss.scalar, gradient: gradient)
      }
      return (shares.reduce(0) { $0 + $1.loss }, Parameters.sum(shares.map(\.gradient)))
    }
    session.log("loss", try mean(over: newest, session.random("newest"), theta).loss)
    let annealing = annealed(session.iteration, of: c.annealedIterations)
    var total = 0.0
    for update in 0..<c.updatesPerIteration {
      let (loss, gradient) = try mean(over: 0..<store.count, session.random("update", update), theta)
      try session.checkFinite(loss, gradient)
      let number = session.iteration * c.updatesPerIteration + update + 1
      let warmth = c.warmUpUpdates == 0 ? 1 : min(1, Double(number) / Double(c.warmUpUpdates))
      optimizer.stepSize = warmth * annealing * c.stepSize
      let decay = optimizer.stepSize * c.weightDecay
      let weights = theta
      optimizer.update(&theta, along: gradient.limited(toLength: c.gradientLength))
      if decay > 0 { theta = theta - decay * weights }
      total += loss
    }
    guard theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) gave parameters that are not finite")
    }
    session.log("trainingLoss", total / Double(c.updatesPerIteration))
    session.log("storedSteps", Double(histories.stepCount))
    session.log("updates", Double(c.updatesPerIteration))
  }
}

extension TrainingSession {
  /// Whole lifetimes of newborn agents of a learner, `[task][episode]`.
  mutating func lifetimes(
    of learner: some MetaLearner, on tasks: [TaskID], episodes: Int, phase: String
  ) throws -> [[Episode]] {
    try playLifetimes(on: tasks, episodes: episodes, phase: phase) { learner.makeAgent(using: $0) }
      .flatMap(\.episodes)
  }
}

import MetaRL
import Networks
import Tensors

/// Model-agnostic meta-learning of regression (Finn, Abbeel & Levine, 2017, arXiv:1703.03400, Algorithm 2).
///
/// Meta-training looks for a network from which a gradient step on the squared error of a few points of a new task does
/// well at other points of it. An agent predicts with that network, and steps on the points it has been shown.
///
/// Departs from the paper: weights start with Glorot's bound, where the authors' code has a truncated normal of deviation
/// 0.01. Predictions have no noise.
///
/// Logs: squaredError, of the adapted networks at the points of the outer loss.
public struct RegressionMAML: MetaLearner {
  /// The points of an agent's steps.
  public enum Points: String, Codable, Sendable, CaseIterable {
    /// Those of its first episode, again and again: as many shots as an episode has points.
    case firstEpisode = "first-episode"
    /// All that it has been shown so far.
    case everyEpisode = "every-episode"
  }

  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "Size of an inner step. 0: agents do not adapt", 0...100, symbol: "α",
      source: "Finn et al. 2017, section 5.1")
    public var innerStepSize = 0.01
    @Setting(
      "Inner steps in meta-training, on the same points. 0: one network for all tasks", 0...20,
      source: "Finn et al. 2017, section 5.1")
    public var innerSteps = 1
    @Setting(
      "Episodes with the points of inner steps in meta-training, and of the outer loss", 1...10_000,
      source: "our choice: as many points as at test")
    public var episodesPerInnerStep = 1
    @Setting(
      "Inner steps of an agent after every episode", 0...1000,
      source: "our choice: the curve is that over gradient steps")
    public var stepsPerEpisode = 1
    @Setting("Which points an agent steps on", source: "Finn et al. 2017, section 5.1")
    public var pointsAtTest = Points.firstEpisode
    @Setting("Whether the outer gradient flows through inner gradients (higher)", source: "Finn et al. 2017")
    public var gradientOrder = GradientOrder.higher
    @Setting("Tasks in a meta-batch", 1...10_000, source: "Finn et al. 2017, authors' code")
    public var tasksPerBatch = 25
    @Setting(
      "Size of a step of Adam", above: 0, through: 10, symbol: "β", source: "Finn et al. 2017, authors' code")
    public var outerStepSize = 1e-3
    @Setting("Widths of the hidden layers", each: 1...4096, count: 0...8, source: "Finn et al. 2017, section 5.1")
    public var hiddenSizes = [40, 40]
    @Setting("The function between layers", source: "Finn et al. 2017, section 5.1")
    public var activation = Activation.relu

    /// The defaults.
    public init() {}
  }

  let configuration: Configuration
  let spec: EnvironmentSpec
  let supervision: Supervision
  let network: MLP
  /// The network's parameters, and what moves them.
  public var state: GradientState

  /// Draws an initial network.
  ///
  /// - Throws: `UnsupportedFamilyError` unless the family's actions are predictions.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard let supervision = spec.supervision, spec.actionSpace == .continuous(size: supervision.targets.count)
    else {
      throw UnsupportedFamilyError(
        "Regression needs a family whose actions are predictions and whose observations show the targets; "
          + "sinusoid-regression-10 would do.")
    }
    self.configuration = configuration
    self.spec = spec
    self.supervision = supervision
    let widths = [supervision.inputs.count] + configuration.hiddenSizes + [supervision.targets.count]
    network = MLP(sizes: widths, activation: configuration.activation)
    state = GradientState(network.makeParameters(using: random), Adam(stepSize: configuration.outerStepSize))
  }

  /// One iteration of Algorithm 2.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Line 3: sample a batch of tasks.
    let tasks = session.sampleTasks(c.tasksPerBatch)
    // Lines 5 and 8: K points of each, and as many others. Points do not depend on what is predicted.
    let played = try session.playLifetimes(on: tasks, episodes: 2 * c.episodesPerInnerStep, phase: "points") {
      [supervision] in Constant(laneCount: $0.count, size: supervision.targets.count)
    }
    let episodes = played.flatMap(\.episodes)
    let inner = Examples(episodes.map { Array($0.prefix(c.episodesPerInnerStep)) }, supervision)
    let outer = Examples(episodes.map { Array($0.dropFirst(c.episodesPerInnerStep)) }, supervision)
    let (value, gradient) = valueAndGradient(at: theta) { outerLoss(inner: inner, outer: outer, $0) }
    let error = value.scalar
    // Line 10: θ ← θ − β ∇θ Σ L(φ(θ)), by Adam.
    state.update(along: gradient)
    guard error.isFinite, theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) is not finite; squared error \(error)")
    }
    session.log("squaredError", error)
  }

  /// Equation 2: the mean over tasks at points that were not stepped on, all tasks in one graph.
  package func outerLoss(inner: Examples, outer: Examples, _ theta: Parameters) -> Tensor {
    let phi = (0..<configuration.innerSteps).reduce(stacked(theta, inner.taskCount)) { phi, _ in
      innerStep(phi, inner, configuration.gradientOrder)
    }
    return (1 / Double(max(outer.taskCount, 1))) * outer.squaredError(of: predictions(at: outer.inputs, phi))
  }

  /// Lines 6 and 7: φ ← φ − α ∇L(φ), on the mean squared error, in every task.
  package func innerStep(_ phi: Parameters, _ points: Examples, _ order: GradientOrder) -> Parameters {
    gradientStep(from: phi, size: { _ in configuration.innerStepSize }, order: order) {
      points.squaredError(of: predictions(at: points.inputs, $0))
    }
  }

  /// Copies of the same parameters for N tasks, `[task] + shape`.
  package func stacked(_ theta: Parameters, _ taskCount: Int) -> Parameters {
    theta.map { $0.broadcast(to: [taskCount] + $0.shape) }
  }

  /// `[task, row, target]` at inputs `[task, row, input]`, each task with its own parameters.
  package func predictions(at inputs: Tensor, _ phi: Parameters) -> Tensor {
    let names = network.parameterNames
    return stride(from: 0, to: names.count, by: 2).reduce(inputs) { x, layer in
      let (weights, bias) = (phi[names[layer]], phi[names[layer + 1]])
      let sum = x.matmul(weights) + bias.reshaped([bias.shape[0], 1, bias.shape[1]])
      return layer == names.count - 2 ? sum : sum.applying(network.activation)
    }
  }

  /// Newborn agents that predict by the meta-network.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count)
  }

  /// Predicts, and takes inner steps after every episode on the points it has been shown.
  public struct LifetimeAgent: Agent {
    let learner: RegressionMAML
    /// The adapted parameters of each lane, each a stack of one task; empty while all are the learner's.
    private(set) var phi: [Parameters] = []
    private var recorder: EpisodeRecorder
    /// The episodes that are stepped on, `[lane][episode]`.
    private var shown: [[Episode]]

    init(learner: RegressionMAML, laneCount: Int) {
      self.learner = learner
      recorder = EpisodeRecorder(laneCount: laneCount)
      shown = Array(repeating: [], count: laneCount)
    }

    /// Predicts in every lane.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let inputs = observations.slice(learner.supervision.inputs, axis: 1)
      let (lanes, width) = (inputs.shape[0], inputs.shape[1])
      let predictions =
        phi.isEmpty
        ? learner.predictions(at: inputs.reshaped([1, lanes, width]), learner.stacked(learner.theta, 1))
        : Tensor.concatenate(
          phi.indices.map { learner.predictions(at: inputs.slice($0..<$0 + 1).reshaped([1, 1, width]), phi[$0]) },
          axis: 1)
      let actions = (1 / learner.supervision.predictionScale) * predictions
      return .continuous(actions.reshaped([lanes, actions.count / lanes]))
    }

    /// Keeps the step.
    public mutating func observe(_ transition: Transition) { recorder.append(transition) }

    /// Takes inner steps in every lane.
    ///
    /// - Throws: `TrainingError` if they give parameters that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      let c = learner.configuration
      for (lane, episode) in recorder.finish().enumerated() {
        if shown[lane].isEmpty || c.pointsAtTest == .everyEpisode { shown[lane].append(episode) }
      }
      if phi.isEmpty { phi = shown.map { _ in learner.stacked(learner.theta, 1) } }
      for lane in phi.indices {
        let points = Examples([shown[lane]], learner.supervision)
        for _ in 0..<c.stepsPerEpisode { phi[lane] = learner.innerStep(phi[lane], points, .first) }
        guard phi[lane].isFinite else { throw TrainingError("inner steps gave parameters that are not finite") }
      }
    }
  }
}

/// Predicts 0 and learns nothing: enough to be shown points.
private struct Constant: Agent {
  let laneCount: Int
  let size: Int

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .continuous(Tensor(repeating: 0, shape: [laneCount, size]))
  }
}

extension Tensor {
  /// A function of each number.
  fileprivate func applying(_ activation: Activation) -> Tensor {
    switch activation {
    case .identity: self
    case .tanh: tanh()
    case .relu: relu()
    }
  }
}

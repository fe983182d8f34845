import MetaRL
import Networks
import Tensors

/// Model-agnostic meta-learning of regression (Finn, Abbeel & Levine, 2017, arXiv:1703.03400, Algorithm 2).
///
/// Meta-training looks for a network from which a gradient step on the squared error of a few points of a new task does
/// well at other points of it. An agent predicts with that network, and steps on the points it has been shown. Other
/// settings give Meta-SGD, ANIL, CAVIA and Reptile (arXiv:1707.09835, 1909.09157, 1810.03642, 1803.02999).
///
/// Departs from the paper: weights start with Glorot's bound, where the authors' code has a truncated normal of deviation
/// 0.01. Predictions have no noise.
///
/// Logs: squaredError, of the adapted networks at the points of the outer loss; for Reptile, before the last inner step at
/// its points.
public struct RegressionMAML: MetaLearner {
  let configuration: Configuration
  let adapted: AdaptedParameters
  let spec: EnvironmentSpec
  let supervision: Supervision
  let network: MLP
  /// The network's parameters, and what moves them.
  public var state: GradientState

  /// Draws an initial network.
  ///
  /// - Throws: `UnsupportedFamilyError` unless the family's actions are predictions, `SettingsError` for settings that
  ///   contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard let supervision = spec.supervision, spec.actionSpace == .continuous(size: supervision.targets.count)
    else {
      throw UnsupportedFamilyError(
        "Regression needs a family whose actions are predictions and whose observations show the targets; "
          + "sinusoid-regression-10 would do.")
    }
    try configuration.check()
    self.configuration = configuration
    self.spec = spec
    self.supervision = supervision
    adapted = try AdaptedParameters(configuration.adapted, contextSize: configuration.contextSize)
    let widths =
      [supervision.inputs.count + configuration.contextSize] + configuration.hiddenSizes + [
        supervision.targets.count
      ]
    network = MLP(sizes: widths, activation: configuration.activation)
    let weights = adapted.learned(network.makeParameters(using: random))
    let sizes = adapted.moved(adapted.start(weights)).map {
      Tensor(repeating: configuration.innerStepSize, shape: $0.shape)
    }
    let theta = MetaParameters(weights, stepSizes: configuration.stepSizes == .learned ? sizes : nil).theta
    state = GradientState(theta, Adam(stepSize: configuration.outerStepSize))
    if configuration.optimizerMemory == .carried { state.innerOptimizer = innerOptimizer }
  }

  /// One iteration of Algorithm 2.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Line 3: sample a batch of tasks.
    let tasks = session.sampleTasks(c.tasksPerBatch)
    // Lines 5 and 8: K points of each, and as many others. Points do not depend on what is predicted.
    let (groups, size) = (c.groupsOfPoints, c.episodesPerInnerStep)
    let played = try session.playLifetimes(on: tasks, episodes: groups * size, phase: "points") {
      [supervision] in Constant(laneCount: $0.count, size: supervision.targets.count)
    }
    let points = (0..<groups).map { group in
      Examples(played.flatMap(\.episodes).map { Array($0[group * size..<(group + 1) * size]) }, supervision)
    }
    let error: Double
    if c.outerUpdate == .interpolation {
      error = interpolate(points, session.iteration)
    } else {
      let (value, gradient) = valueAndGradient(at: theta) {
        outerLoss(inner: Array(points.dropLast()), outer: points[groups - 1], $0)
      }
      error = value.scalar
      // Line 10: θ ← θ − β ∇θ Σ L(φ(θ)), by Adam.
      state.update(along: gradient)
    }
    guard error.isFinite, theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) is not finite; squared error \(error)")
    }
    session.log("squaredError", error)
  }

  /// Equation 2: the mean over tasks at points that were not stepped on, all tasks in one graph.
  ///
  /// - Parameters:
  ///   - inner: what each inner step is taken on, or what all of them are.
  ///   - outer: the other points.
  ///   - theta: θ.
  /// - Returns: a scalar.
  package func outerLoss(inner: [Examples], outer: Examples, _ theta: Parameters) -> Tensor {
    let sizes = stepSizes(theta, outer.taskCount)
    let phi = (0..<configuration.innerSteps).reduce(start(theta, outer.taskCount)) { phi, step in
      innerStep(phi, inner[step % inner.count], configuration.gradientOrder, sizes: sizes)
    }
    return (1 / Double(max(outer.taskCount, 1))) * outer.squaredError(of: predictions(at: outer.inputs, phi))
  }

  /// Lines 6 and 7: φ ← φ − α ∇L(φ), on the mean squared error, in every task.
  ///
  /// - Parameters:
  ///   - phi: φ, a stack of tasks.
  ///   - points: those of as many tasks.
  ///   - order: whether the step can be differentiated.
  ///   - sizes: α of each number, if they are learned.
  /// - Returns: φ after the step.
  package func innerStep(
    _ phi: Parameters, _ points: Examples, _ order: GradientOrder, sizes: Parameters? = nil
  ) -> Parameters {
    adapted.step(
      from: phi, order, size: { g in sizes.map { $0 * g } ?? configuration.innerStepSize * g }
    ) { points.squaredError(of: predictions(at: points.inputs, $0)) }
  }

  /// φ before the first step, so many times.
  package func start(_ theta: Parameters, _ taskCount: Int) -> Parameters {
    stacked(adapted.start(MetaParameters(of: theta).weights), taskCount)
  }

  /// The step sizes so many times, if they are learned.
  package func stepSizes(_ theta: Parameters, _ taskCount: Int) -> Parameters? {
    configuration.stepSizes == .learned ? stacked(MetaParameters(of: theta).stepSizes, taskCount) : nil
  }

  /// Copies of the same parameters for N tasks, `[task] + shape`.
  package func stacked(_ theta: Parameters, _ taskCount: Int) -> Parameters {
    theta.map { $0.broadcast(to: [taskCount] + $0.shape) }
  }

  /// `[task, row, target]` at inputs `[task, row, input]`, each task with its own parameters.
  package func predictions(at inputs: Tensor, _ phi: Parameters) -> Tensor {
    let (names, phi) = (network.parameterNames, adapted.network(phi))
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

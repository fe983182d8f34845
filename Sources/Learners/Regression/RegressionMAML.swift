import MetaRL
import Networks
import Tensors

/// Model-agnostic meta-learning of regression (Finn, Abbeel & Levine, 2017, arXiv:1703.03400, Algorithm 2).
///
/// Meta-training looks for a network from which a gradient step on the squared error of a few points of a new task does
/// well at other points of it. An agent predicts with that network, and takes steps on the points it has seen. Other
/// settings give Meta-SGD, ANIL, CAVIA and Reptile (arXiv:1707.09835, 1909.09157, 1810.03642, 1803.02999).
///
/// Departs from the paper: weights start with Glorot's bound, where the authors' code has a truncated normal of deviation
/// 0.01. Predictions have no noise.
///
/// Logs: squaredError, of the adapted networks at the points of the outer loss; with Reptile, before the last inner step, at
/// the points of that step.
public struct RegressionMAML: MetaLearner {
  let configuration: Configuration
  package let model: RegressionNetwork
  /// The network's parameters, among them learned step sizes, and the optimizers.
  public var state: GradientState

  /// Draws an initial network.
  ///
  /// - Throws: `UnsupportedFamilyError` unless the family's actions are predictions, `SettingsError` for settings that
  ///   contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check()
    self.configuration = configuration
    model = try RegressionNetwork(
      for: spec, moving: configuration.adapted, contextSize: configuration.contextSize,
      hiddenSizes: configuration.hiddenSizes, activation: configuration.activation)
    let adapted = model.adapted
    let weights = adapted.learned(model.network.makeParameters(using: random))
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
    // Lines 5 and 8: K points of each task for inner steps, and K others for the outer loss.
    let points = try model.points(
      of: tasks, sets: c.setsOfPoints, episodes: c.episodesPerInnerStep, &session)
    let error: Double
    if c.outerUpdate == .interpolation {
      error = interpolate(points, session.iteration)
    } else {
      let (value, gradient) = valueAndGradient(at: theta) {
        outerLoss(inner: Array(points.dropLast()), outer: points[points.count - 1], $0)
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

  /// Equation 2: the mean over tasks of the loss at the points of no inner step, all tasks in one graph.
  ///
  /// - Parameters:
  ///   - inner: the points of each inner step, or one set for all of them.
  ///   - outer: the points of the outer loss.
  ///   - theta: θ.
  /// - Returns: a scalar.
  package func outerLoss(inner: [Examples], outer: Examples, _ theta: Parameters) -> Tensor {
    let sizes = stepSizes(theta, outer.taskCount)
    let phi = (0..<configuration.innerSteps).reduce(start(theta, outer.taskCount)) { phi, step in
      innerStep(phi, inner[step % inner.count], configuration.gradientOrder, sizes: sizes)
    }
    return (1 / Double(max(outer.taskCount, 1))) * model.squaredError(at: outer, phi)
  }

  /// Lines 6 and 7: φ ← φ − α ∇L(φ), on the mean squared error, in every task.
  ///
  /// - Parameters:
  ///   - phi: φ, a stack of tasks.
  ///   - points: points of the same number of tasks.
  ///   - order: whether the step can be differentiated.
  ///   - sizes: α of each number, if step sizes are learned.
  /// - Returns: φ after the step.
  package func innerStep(
    _ phi: Parameters, _ points: Examples, _ order: GradientOrder, sizes: Parameters? = nil
  ) -> Parameters {
    model.adapted.step(
      from: phi, order, size: { g in sizes.map { $0 * g } ?? configuration.innerStepSize * g }
    ) { model.squaredError(at: points, $0) }
  }

  /// φ before the first step, a stack of N tasks.
  package func start(_ theta: Parameters, _ taskCount: Int) -> Parameters {
    model.adapted.start(MetaParameters(of: theta).weights).stacked(taskCount)
  }

  /// Learned step sizes, a stack of N tasks; nil if they are fixed.
  package func stepSizes(_ theta: Parameters, _ taskCount: Int) -> Parameters? {
    configuration.stepSizes == .learned ? MetaParameters(of: theta).stepSizes.stacked(taskCount) : nil
  }

  /// Newborn agents that predict by the meta-network.
  public func makeAgent(using random: LaneRandom) -> RegressionAgent {
    let (learner, steps, sizes) = (self, configuration.stepsPerEpisode, stepSizes(theta.detached, 1))
    return RegressionAgent(
      laneCount: random.count, model, from: start(theta, 1), points: configuration.pointsAtTest,
      optimizer: innerOptimizer
    ) { phi, points, optimizer in
      for _ in 0..<steps { phi = learner.innerStep(phi, points, .first, sizes: sizes, by: &optimizer) }
    }
  }
}

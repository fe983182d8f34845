import MetaRL
import Networks
import Tensors

/// Meta-learning with implicit gradients, iMAML, for regression (Rajeswaran, Finn, Kakade & Levine, 2019, arXiv:1909.04630).
///
/// An inner solver minimizes a task's loss plus a proximal term, the squared distance to the meta-parameters. The meta-gradient
/// depends only on the inner solution, not on the path to it, and is computed there by conjugate gradients: memory does not
/// grow with the number of inner steps.
///
/// Departs from the authors' code, whose inner solver is gradient descent without a proximal term and whose linear operator
/// differs from the paper's. Adam has ε = 10⁻⁸, where the authors' code has 10⁻³.
///
/// Logs: squaredError, of the adapted networks at the points of the outer loss; innerGradient, the norm of the inner gradient
/// before the last step, root mean square over tasks; negativeCurvature, the share of tasks whose linear system is not
/// positive definite; regularization, if it is learned.
public struct ImplicitMAML: MetaLearner {
  let configuration: Configuration
  private let model: RegressionNetwork
  /// The network's parameters and their optimizer.
  var meta: GradientState
  /// The logarithm of λ, if it is learned, and its optimizer.
  var logRegularization: GradientState

  /// Trained state.
  public struct State: Codable, Sendable {
    var meta: GradientState
    var logRegularization: GradientState
  }

  /// Trained state.
  public var state: State {
    get { State(meta: meta, logRegularization: logRegularization) }
    set { (meta, logRegularization) = (newValue.meta, newValue.logRegularization) }
  }

  /// Whether a stored state fits a network with these settings.
  public func canContinue(from state: State) -> Bool {
    state.meta.hasForm(of: meta) && state.logRegularization.hasForm(of: logRegularization)
  }

  /// Initializes the network at random.
  ///
  /// - Throws: `UnsupportedFamilyError` unless the family's actions are predictions, `SettingsError` for settings that
  ///   contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check()
    self.configuration = configuration
    model = try RegressionNetwork(
      for: spec, hiddenSizes: configuration.hiddenSizes, activation: configuration.activation)
    meta = GradientState(model.network.makeParameters(using: random), Adam(stepSize: configuration.outerStepSize))
    let logarithm = Tensor(configuration.regularization).log()
    let learned = configuration.learnsRegularization
    logRegularization = GradientState(
      Parameters(names: learned ? ["logRegularization"] : [], tensors: learned ? [logarithm] : []),
      Adam(stepSize: configuration.outerStepSize))
  }

  /// The meta-parameters.
  package var theta: Parameters {
    get { meta.theta }
    set { meta.theta = newValue }
  }

  /// The current value of λ.
  package var regularization: Double {
    logRegularization.theta.tensors.first?.exp().scalar ?? configuration.regularization
  }

  /// One iteration of Algorithm 1.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let (c, learner) = (configuration, self)
    // Line 3: sample a batch of tasks, and for each the points of the inner problem and of the outer loss.
    let tasks = session.sampleTasks(c.tasksPerBatch)
    let points = try model.points(of: tasks, sets: 2, episodes: c.episodesPerInnerStep, &session)
    // Lines 4 to 6: the meta-gradient of every task.
    let result = learner.metaGradient(inner: points[0], outer: points[1])
    // Lines 7 and 8: θ ← θ - η 1/M Σ gᵢ, by Adam.
    meta.update(along: result.gradient)
    guard result.squaredError.isFinite, theta.isFinite else {
      throw TrainingError(
        "the step of iteration \(session.iteration) is not finite; squared error \(result.squaredError)")
    }
    if c.learnsRegularization {
      // λ = exp ρ, so the derivative with respect to ρ is λ times that with respect to λ.
      let slope = regularization * result.regularizationDerivative
      logRegularization.update(along: logRegularization.theta.map { _ in Tensor(slope) })
      guard logRegularization.theta.isFinite, Self.regularizations.contains(regularization) else {
        throw TrainingError(
          "the step of iteration \(session.iteration) led to a regularization of \(regularization): a larger initial "
            + "one is needed, as with --set regularization=\(10 * c.regularization)")
      }
      session.log("regularization", regularization)
    }
    session.log("squaredError", result.squaredError)
    session.log("innerGradient", result.innerGradientLength)
    session.log("negativeCurvature", result.negativeCurvatureShare)
  }

  private static let regularizations = 1e-6...1e9

  /// Newborn agents, which predict with the meta-network.
  public func makeAgent(using random: LaneRandom) -> RegressionAgent {
    let (learner, start, steps) = (self, theta.detached.stacked(1), configuration.stepsPerEpisode)
    return RegressionAgent(laneCount: random.count, model, from: start, points: configuration.pointsAtTest) {
      phi, points, _ in phi = learner.descent(from: phi, around: start, on: points, steps: steps).phi
    }
  }
}

// MARK: Equations

extension ImplicitMAML {
  /// The meta-gradient of a batch of tasks, with its metrics.
  package struct MetaGradient: Sendable {
    /// The gradient with respect to the meta-parameters, averaged over tasks.
    package var gradient: Parameters
    /// The mean squared error of adapted networks at the points of the outer loss.
    package var squaredError: Double
    /// The derivative of `squaredError` with respect to λ.
    package var regularizationDerivative: Double
    /// The norm of the inner gradient before the last step, root mean square over tasks: 0 at an exact inner solution.
    package var innerGradientLength: Double
    /// The share of tasks whose linear system is not positive definite.
    package var negativeCurvatureShare: Double
  }

  /// Algorithm 2, averaged over tasks.
  package func metaGradient(inner: Examples, outer: Examples) -> MetaGradient {
    let (c, lambda) = (configuration, regularization)
    let share = 1 / Double(max(outer.taskCount, 1))
    let center = theta.detached.stacked(outer.taskCount)
    guard c.outerDerivative == .implicit else { return unrolled(inner: inner, outer: outer) }
    // Algorithm 2, line 2: φᵢ, by the inner solver.
    let (phi, length) = descent(from: center, around: center, on: inner, steps: c.innerSteps)
    // Line 3: vᵢ = ∇L(φᵢ; test).
    let (error, v) = valueAndGradient(at: phi) { model.squaredError(at: outer, $0) }
    // Line 4: gᵢ solves (I + ∇²L(φᵢ; train) / λ) gᵢ = vᵢ.
    let g = implicitGradient(
      v, at: phi, regularization: lambda, iterations: c.conjugateGradientIterations, damping: c.damping
    ) { model.squaredError(at: inner, $0) }
    return MetaGradient(
      gradient: g.solution.meanOfStack, squaredError: share * error.scalar,
      // -(φ - θ)ᵀ (λ I + H)⁻¹ v, and (λ I + H)⁻¹ v is g / λ.
      regularizationDerivative: -share / lambda * (phi - center).dot(g.solution),
      innerGradientLength: share.squareRoot() * length,
      negativeCurvatureShare: share * Double(g.negativeCurvatures))
  }

  /// The meta-gradient by backpropagation through every inner step, as in MAML, for comparison with the implicit one.
  private func unrolled(inner: Examples, outer: Examples) -> MetaGradient {
    let share = 1 / Double(max(outer.taskCount, 1))
    var length = 0.0
    let (error, gradient) = valueAndGradient(at: theta) { theta in
      let center = theta.stacked(outer.taskCount)
      let found = descent(from: center, around: center, on: inner, steps: configuration.innerSteps, order: .higher)
      length = found.gradientLength
      return share * model.squaredError(at: outer, found.phi)
    }
    return MetaGradient(
      gradient: gradient, squaredError: error.scalar, regularizationDerivative: 0,
      innerGradientLength: share.squareRoot() * length, negativeCurvatureShare: 0)
  }

  /// Equation 3: minimizes the squared error at some points plus (λ/2) |φ - θ|².
  package func descent(
    from phi: Parameters, around center: Parameters, on points: Examples, steps: Int, order: GradientOrder = .first
  ) -> (phi: Parameters, gradientLength: Double) {
    let c = configuration
    if c.innerSolver == .hessianFree {
      return proximalNewton(
        from: phi, around: center, regularization: regularization, steps: steps, products: c.productsPerInnerStep,
        losses: { points.squaredErrors(of: model.predictions(at: points.inputs, $0)) },
        curvature: { phi in
          let leaves = phi.asLeaves
          let predictions = model.predictions(at: points.inputs, leaves)
          return GaussNewtonProduct(of: [predictions], to: leaves) { [2 * ($0[0] * points.weights)] }.callAsFunction
        })
    }
    return proximalDescent(
      from: phi, around: center, regularization: regularization, stepSize: c.innerStepSize,
      steps: steps, tolerance: c.innerTolerance, order: order
    ) { model.squaredError(at: points, $0) }
  }
}

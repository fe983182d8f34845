import MetaRL
import Networks
import Tensors

/// Gradient-based adaptive learner, GrBAL (Nagabandi, Clavera et al., 2019, arXiv:1803.11347, Algorithms 1 and 2).
///
/// Every moment is a task: a model of the dynamics is meta-trained so that a gradient step on the last few steps makes it right
/// for the next few. An agent takes that step anew before each action, and acts by the first of the best actions that it can
/// think of.
///
/// Departs from the paper: rewards are predicted by the model, too, where the authors' planner calls the environment's own
/// function. Departs from the authors' code: data are normalized by statistics of all there are; a fitted model is kept; the
/// newest step is adapted to. There is no early stopping.
///
/// Logs: meanReturn, modelError (of adapted models at the steps that follow, in units of deviations), unadaptedError,
/// innerStepSize.
public struct GrBAL: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  let model: DynamicsModel
  /// The model, with the size of an inner step if it is learned, and D in the paper.
  public var state: DynamicsState

  /// Draws an initial model.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are vectors and episodes long enough.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    let c = configuration
    guard case .continuous(let actionSize) = spec.actionSpace else {
      throw UnsupportedFamilyError(
        "GrBAL plans by vectors of numbers, and this family has choices; faulty-actuator-lite would do.")
    }
    guard spec.horizon >= c.segmentLength else {
      let (past, future) = (spec.horizon / 2, spec.horizon - spec.horizon / 2)
      throw UnsupportedFamilyError(
        "GrBAL learns from adaptationSteps + predictionSteps = \(c.segmentLength) steps of one episode, and an episode of "
          + "this family has \(spec.horizon); faulty-actuator-lite would do"
          + (past > 0 ? ", or --set adaptationSteps=\(past) --set predictionSteps=\(future)." : "."))
    }
    self.configuration = c
    self.spec = spec
    model = DynamicsModel(
      observationSize: spec.observationSize, actionSize: actionSize, hiddenSizes: c.hiddenSizes,
      activation: c.activation)
    let sizes = Parameters(names: [Self.stepSizeName], tensors: [Tensor(c.innerStepSize)])
    let weights = model.network.makeParameters(using: random)
    state = DynamicsState(
      model: GradientState(
        c.learnsInnerStepSize ? weights.merging(sizes) : weights, Adam(stepSize: c.outerStepSize)),
      replay: ReplayBuffer(for: spec, capacity: c.replayCapacity),
      units: DynamicsUnits(observationSize: spec.observationSize, actionSize: actionSize))
  }

  private static let stepSizeName = "innerStepSize"

  /// One iteration of Algorithm 1.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Lines 3 to 5: play, the first time at random, and append to D.
    let episodes = try collect(c.episodesPerIteration, &session)
    let (steps, segments) = state.keep(
      episodes, segmentsOf: c.segmentLength, c.trainingReward.channel(for: spec))
    if !segments.isEmpty {
      var random = session.random("segments")
      // So many updates that each step of D is likely to be seen in every epoch.
      let updates = c.epochsPerIteration * max(1, steps.inputs.shape[0] / (c.segmentsPerStep * c.segmentLength))
      var errors = (adapted: 0.0, unadapted: 0.0)
      for _ in 0..<updates {
        // Line 7: sample segments of M + K steps.
        let chosen = (0..<c.segmentsPerStep).map { _ in segments[random.integer(below: segments.count)] }
        let new = try update(
          past: steps.gathered(chosen.map { Array($0..<$0 + c.adaptationSteps) }),
          future: steps.gathered(chosen.map { Array($0 + c.adaptationSteps..<$0 + c.segmentLength) }),
          iteration: session.iteration)
        errors = (
          errors.adapted + new.adapted / Double(updates), errors.unadapted + new.unadapted / Double(updates)
        )
      }
      session.log("modelError", errors.adapted)
      session.log("unadaptedError", errors.unadapted)
    }
    session.log("innerStepSize", innerStepSize(in: theta).scalar)
    session.log("meanReturn", mean(episodes.map(\.totalReward)))
  }

  /// Lines 8 and 9 of Algorithm 1: θ ← θ - β ∇θ 1/N Σⱼ L(next K; θ'ⱼ), by Adam.
  ///
  /// - Returns: the mean error of adapted models, and that of the model as it was.
  /// - Throws: `TrainingError`.
  package mutating func update(
    past: DynamicsSteps, future: DynamicsSteps, iteration: Int
  ) throws -> (adapted: Double, unadapted: Double) {
    let learner = self
    let count = past.inputs.shape[0]
    let unadapted = model.squaredError(at: future, weights(in: theta).stacked(count)).scalar / Double(max(count, 1))
    let (error, gradient) = valueAndGradient(at: theta) { learner.outerLoss(past: past, future: future, $0) }
    state.model.update(along: gradient)
    guard error.scalar.isFinite, theta.isFinite else {
      throw TrainingError("the step of iteration \(iteration) is not finite; the model's error is \(error.scalar)")
    }
    return (error.scalar, unadapted)
  }

  /// Newborn agents that plan by the model as it was meta-trained.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count)
  }

  /// Adapts its model to the last steps before every action, and plans by it.
  public struct LifetimeAgent: Agent {
    let learner: GrBAL
    private let planner: ShootingPlanner
    /// The model of a newborn agent for each lane.
    private let newborn: Parameters
    /// The last steps of this episode, all lanes in each, in the model's units.
    private var recent: [DynamicsSteps] = []

    init(learner: GrBAL, laneCount: Int) {
      self.learner = learner
      let c = learner.configuration
      planner = ShootingPlanner(
        candidates: c.candidates, horizon: c.planningSteps, refinements: c.crossEntropyIterations)
      newborn = learner.theta.detached.stacked(laneCount)
    }

    /// Lines 4 to 6 of Algorithm 2.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let (learner, c) = (learner, learner.configuration)
      // θ' = θ - ψ ∇L(last M steps; θ): from θ each time.
      let isEnough = recent.count == c.adaptationSteps
      let phi =
        isEnough ? learner.adapted(learner.weights(in: newborn), to: .init(joining: recent), .first) : newborn
      return .continuous(
        planner.plan(actionSize: learner.model.actionSize, using: &random) {
          learner.model.rewards(of: $0, from: observations, phi, learner.state.units)
        })
    }

    /// Keeps the step.
    public mutating func observe(_ transition: Transition) {
      recent.append(DynamicsSteps(transition).scaled(learner.state.units))
      if recent.count > learner.configuration.adaptationSteps { recent.removeFirst() }
    }

    /// Forgets: another episode may be of another task.
    public mutating func endEpisode(using random: inout LaneRandom) { recent = [] }
  }
}

// MARK: Equations

extension GrBAL {
  /// Equation 4: the mean over segments of the error at the next K steps, of models adapted to the last M.
  package func outerLoss(past: DynamicsSteps, future: DynamicsSteps, _ theta: Parameters) -> Tensor {
    let count = past.inputs.shape[0]
    let phi = adapted(
      weights(in: theta).stacked(count), to: past, .higher, size: innerStepSize(in: theta))
    return (1 / Double(max(count, 1))) * model.squaredError(at: future, phi)
  }

  /// Equation 5: θ - ψ ∇θ L(last M; θ), each of a stack with steps of its own.
  func adapted(
    _ phi: Parameters, to past: DynamicsSteps, _ order: GradientOrder, size: Tensor? = nil
  ) -> Parameters {
    gradientStep(from: phi, size: size ?? innerStepSize(in: theta), order: order) {
      model.squaredError(at: past, $0)
    }
  }

  /// ψ.
  package func innerStepSize(in theta: Parameters) -> Tensor {
    configuration.learnsInnerStepSize ? theta[Self.stepSizeName] : Tensor(configuration.innerStepSize)
  }

  /// The parameters of the network.
  func weights(in theta: Parameters) -> Parameters { theta.selecting(model.network.parameterNames) }
}

import MetaRL
import Networks
import Tensors

/// Gradient-based adaptive learner, GrBAL (Nagabandi, Clavera et al., 2019, arXiv:1803.11347, Algorithms 1 and 2).
///
/// Every time step is a task: a dynamics model is meta-trained so that one gradient step on the last M steps makes it accurate
/// for the next K. Before each action, an agent takes that gradient step from the meta-trained model, plans with the adapted
/// model, and executes the first action of the best plan.
///
/// Departs from the paper: the model also predicts rewards, where the authors' planner calls the environment's reward
/// function. Departs from the authors' code: data are normalized by statistics of the whole replay buffer; the fitted model is
/// kept between iterations; the adaptation includes the newest step; there is no early stopping.
///
/// Logs: meanReturn, modelError (of adapted models on the next K steps, in standard deviations), unadaptedError,
/// innerStepSize.
public struct GrBAL: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  let model: DynamicsModel
  /// The model's parameters, among them a learned inner step size; its optimizer; and the replay buffer, D in the paper.
  public var state: DynamicsState

  /// Initializes the model at random.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are vectors and an episode is at least as long as a segment.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    let c = configuration
    guard case .continuous(let actionSize) = spec.actionSpace else {
      throw UnsupportedFamilyError(
        "GrBAL needs continuous actions, and this family has choices; use faulty-actuator-lite, for example.")
    }
    guard spec.horizon >= c.segmentLength else {
      let (past, future) = (spec.horizon / 2, spec.horizon - spec.horizon / 2)
      throw UnsupportedFamilyError(
        "GrBAL needs episodes of at least adaptationSteps + predictionSteps = \(c.segmentLength) steps, and this family has "
          + "\(spec.horizon); use faulty-actuator-lite, for example"
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
    // Lines 3 to 5: collect episodes, in the first iteration with random actions, and append them to D.
    let episodes = try collect(c.episodesPerIteration, &session)
    let (steps, segments) = try state.keep(
      episodes, segmentsOf: c.segmentLength, c.trainingReward.channel(for: spec), iteration: session.iteration)
    if !segments.isEmpty {
      var random = session.random("segments")
      // Enough updates for each epoch to sample as many steps as D has.
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
  /// - Returns: the mean error of the adapted models, and of the model before adaptation.
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

  /// Newborn agents, which plan with the meta-trained model until they have M steps to adapt it to.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count)
  }

  /// Adapts the model to the last steps before every action, and plans with it.
  public struct LifetimeAgent: Agent {
    let learner: GrBAL
    private let planner: ShootingPlanner
    /// The meta-trained model, one copy for each lane.
    private let newborn: Parameters
    /// The last steps of this episode, each of all lanes, normalized.
    private var recent: [DynamicsSteps] = []
    private var isFinite = true

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
      // θ' = θ - ψ ∇L(last M steps; θ), always from the meta-trained θ.
      var phi = newborn
      if learner.adapts, recent.count == c.adaptationSteps {
        phi = learner.adapted(learner.weights(in: newborn), to: .init(joining: recent), .first)
        isFinite = isFinite && phi.isFinite
      }
      return .continuous(
        planner.plan(actionSize: learner.model.actionSize, using: &random) {
          learner.model.rewards(of: $0, from: observations, phi, learner.state.units)
        })
    }

    /// Records the step.
    public mutating func observe(_ transition: Transition) {
      recent.append(DynamicsSteps(transition).scaled(learner.state.units))
      if recent.count > learner.configuration.adaptationSteps { recent.removeFirst() }
    }

    /// Clears the recorded steps: the next episode may have other dynamics.
    ///
    /// - Throws: `TrainingError` if an inner step gave parameters that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      recent = []
      guard isFinite else { throw TrainingError("an inner step gave parameters that are not finite") }
    }
  }
}

// MARK: Equations

extension GrBAL {
  /// Equation 4: the mean over segments of the error on the next K steps, of models adapted to the last M steps.
  package func outerLoss(past: DynamicsSteps, future: DynamicsSteps, _ theta: Parameters) -> Tensor {
    let count = past.inputs.shape[0]
    let phi = adapted(
      weights(in: theta).stacked(count), to: past, .higher, size: innerStepSize(in: theta))
    return (1 / Double(max(count, 1))) * model.squaredError(at: future, phi)
  }

  /// Equation 5: θ - ψ ∇θ L(last M; θ), for each model of a stack on its own steps.
  func adapted(
    _ phi: Parameters, to past: DynamicsSteps, _ order: GradientOrder, size: Tensor? = nil
  ) -> Parameters {
    // Agents see the reported reward. Where another channel is predicted, only observations are adapted to.
    let seesPredicted = configuration.trainingReward.channel(for: spec) == spec.reportedReward
    return gradientStep(from: phi, size: size ?? innerStepSize(in: theta), order: order) {
      model.squaredError(at: past, $0, withRewards: seesPredicted)
    }
  }

  /// Whether inner steps change anything.
  var adapts: Bool { configuration.learnsInnerStepSize || configuration.innerStepSize > 0 }

  /// ψ in the paper.
  package func innerStepSize(in theta: Parameters) -> Tensor {
    configuration.learnsInnerStepSize ? theta[Self.stepSizeName] : Tensor(configuration.innerStepSize)
  }

  /// The network's parameters, without a learned step size.
  func weights(in theta: Parameters) -> Parameters { theta.selecting(model.network.parameterNames) }
}

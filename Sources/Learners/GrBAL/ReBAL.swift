import MetaRL
import Networks
import Tensors

/// Recurrence-based adaptive learner, ReBAL (Nagabandi, Clavera et al., 2019, arXiv:1803.11347, Algorithms 1 and 2).
///
/// GrBAL with a recurrent dynamics model, which adapts through its recurrent state instead of a gradient step. The state is
/// reset at the start of every episode.
///
/// Departs from the paper and from the authors' code as GrBAL does.
///
/// Logs: meanReturn, modelError (in standard deviations).
public struct ReBAL: MetaLearner {
  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting("The recurrent cell of the model", source: code)
    public var cell = RecurrentCell.lstm
    @Setting("Size of the cell's state", 1...4096, source: "our choice; the authors' code has 256")
    public var hiddenSize = 64
    @Setting(
      "Steps of back-propagation through time; at most those of the shortest new episode", 2...10_000, source: code)
    public var sequenceSteps = 100
    @Setting("Size of a step of Adam", above: 0, through: 10, symbol: "β", source: code)
    public var stepSize = 1e-2
    @Setting("Sequences in a step of Adam", 1...10_000, source: code)
    public var sequencesPerStep = 10
    @Setting("Passes over all data in an iteration", 1...10_000, source: code)
    public var epochsPerIteration = 50
    @Setting("Episodes played in an iteration", 1...10_000, source: code)
    public var episodesPerIteration = 5
    @Setting("Capacity of the replay buffer, in observations", 2...1_000_000_000, source: "our choice")
    public var replayCapacity = 1_000_000
    @Setting(.planningCandidates) public var candidates = 100
    @Setting(.planningHorizon) public var planningSteps = 10
    @Setting(.planningRefinements) public var crossEntropyIterations = 2
    @Setting("The reward channel that the model predicts", source: "our choice")
    public var trainingReward = RewardChoice.reported

    /// The defaults.
    public init() {}

    private static let code = "Nagabandi, Clavera et al. 2019, authors' code"
  }

  let configuration: Configuration
  let spec: EnvironmentSpec
  let network: MemoryNetwork
  let actionSize: Int
  /// The model's parameters, its optimizer and the replay buffer, D in the paper.
  public var state: DynamicsState

  /// Initializes the model at random.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are vectors and episodes have at least two steps.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .continuous(let actionSize) = spec.actionSpace, spec.horizon > 1 else {
      throw UnsupportedFamilyError(
        "ReBAL needs continuous actions and episodes of at least two steps; use faulty-actuator-lite, for example.")
    }
    let c = configuration
    (self.configuration, self.spec, self.actionSize) = (c, spec, actionSize)
    network = MemoryNetwork(inputSize: spec.observationSize + actionSize, outputSize: spec.observationSize + 1) {
      RecurrentMemory(cell: c.cell, inputSize: $0, hiddenSize: c.hiddenSize, prefix: $1)
    }
    state = DynamicsState(
      model: GradientState(network.makeParameters(using: random), Adam(stepSize: c.stepSize)),
      replay: ReplayBuffer(for: spec, capacity: c.replayCapacity),
      units: DynamicsUnits(observationSize: spec.observationSize, actionSize: actionSize))
  }

  /// One iteration of Algorithm 1.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // Lines 3 to 5: collect episodes, in the first iteration with random actions, and append them to D.
    let episodes = try collect(c.episodesPerIteration, &session)
    let length = max(2, min(c.sequenceSteps, episodes.map(\.stepCount).min() ?? 0))
    let (steps, segments) = try state.keep(
      episodes, segmentsOf: length, c.trainingReward.channel(for: spec), iteration: session.iteration)
    if !segments.isEmpty {
      var random = session.random("segments")
      let updates = c.epochsPerIteration * max(1, steps.inputs.shape[0] / (c.sequencesPerStep * length))
      var total = 0.0
      for _ in 0..<updates {
        // Line 7: sample sequences.
        let chosen = (0..<c.sequencesPerStep).map { _ in segments[random.integer(below: segments.count)] }
        // Lines 8 and 9: θ ← θ - β ∇θ L(θ), by Adam.
        total += try update(on: steps.gathered((0..<length).map { step in chosen.map { $0 + step } }), session)
      }
      session.log("modelError", total / Double(updates))
    }
    session.log("meanReturn", mean(episodes.map(\.totalReward)))
  }

  /// A step of Adam on the mean squared error of sequences, `[step, sequence, number]`.
  private mutating func update(on sequences: DynamicsSteps, _ session: TrainingSession) throws -> Double {
    let network = network
    let (error, gradient) = valueAndGradient(at: theta) { theta in
      let outputs = network(sequences.inputs, theta)
      let errors = outputs - sequences.outputs.reshaped(outputs.shape)
      return (errors * errors).mean()
    }
    state.model.update(along: gradient)
    guard error.scalar.isFinite, theta.isFinite else {
      throw TrainingError(
        "the step of iteration \(session.iteration) is not finite; the model's error is \(error.scalar)")
    }
    return error.scalar
  }

  /// Newborn agents, whose model has its initial state.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(learner: self, laneCount: random.count)
  }

  /// Updates the model's state throughout an episode, and plans from it.
  public struct LifetimeAgent: Agent {
    let learner: ReBAL
    private let planner: ShootingPlanner
    /// The model's recurrent state in each lane.
    private var memory: MemoryState

    init(learner: ReBAL, laneCount: Int) {
      self.learner = learner
      let c = learner.configuration
      planner = ShootingPlanner(
        candidates: c.candidates, horizon: c.planningSteps, refinements: c.crossEntropyIterations)
      memory = learner.network.birth(rows: laneCount)
    }

    /// Plans in every lane.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let (learner, memory) = (learner, memory)
      return .continuous(
        planner.plan(actionSize: learner.actionSize, using: &random) {
          learner.rewards(of: $0, from: observations, memory)
        })
    }

    /// Updates the model's state by a step.
    public mutating func observe(_ transition: Transition) {
      let step = DynamicsSteps(transition).scaled(learner.state.units)
      memory.append(learner.network.step(step.inputs, from: memory, learner.theta).rows)
    }

    /// Resets the model's state: the next episode may have other dynamics.
    public mutating func endEpisode(using random: inout LaneRandom) {
      memory = learner.network.birth(rows: memory.laneCount)
    }
  }

  /// The predicted return of each candidate action sequence: `[lane, candidate]` row by row.
  private func rewards(of sequences: Tensor, from observations: Tensor, _ memory: MemoryState) -> [Float] {
    let (lanes, steps, candidates) = (sequences.shape[0], sequences.shape[1], sequences.shape[2])
    let rows = (0..<lanes * candidates).map { $0 / candidates }
    var (place, memory) = (observations.gather(rows), memory.gathered(rows))
    var total = Tensor(repeating: 0, shape: [rows.count, 1])
    for step in 0..<steps {
      let actions = sequences.slice(step..<step + 1, axis: 1).reshaped([rows.count, actionSize])
      let inputs = state.units.scaled(inputs: Tensor.concatenate([place, actions], axis: 1))
      let next = network.step(inputs, from: memory, theta)
      let outputs = state.units.unscaled(outputs: next.output)
      memory.append(next.rows)
      place = place + outputs.slice(0..<spec.observationSize, axis: 1)
      total = total + outputs.slice(spec.observationSize..<spec.observationSize + 1, axis: 1)
    }
    return total.floats
  }
}

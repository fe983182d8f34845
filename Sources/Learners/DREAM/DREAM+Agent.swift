import MetaRL
import Networks
import Tensors

extension DREAM {
  /// What agents need of a learner; it does not hold the stores, so that they can grow in place.
  package struct ActingModel: Sendable {
    let explorer: RecurrentActor.Model
    let executor: RecurrentActor.Model
    let encoders: TaskEncoders
    let seesLatent: Bool
    /// The probability of any action, in the first episode and in later ones.
    var randomness = (exploration: 0.0, execution: 0.0)
  }

  /// Latent vectors of tasks, for agents in training.
  struct KnownLatents: Sendable {
    /// `[lane, latent]`.
    let z: Tensor
    /// The lanes that use them, in place of what was explored.
    let isUsed: [Bool]
  }

  /// Explores in its first episode, and then acts on what the encoder made of it.
  public struct LifetimeAgent: Agent {
    private let model: ActingModel
    private let known: KnownLatents?
    private var explorer: RecurrentActor
    private var executor: RecurrentActor
    /// The state of g in each lane.
    private var state: MemoryState
    /// g(τ up to now) in each lane, `[lane, latent]`; nil before the first observation.
    package private(set) var latent: Tensor?
    private var isExploring = true

    init(_ model: ActingModel, laneCount: Int, known: KnownLatents? = nil) {
      (self.model, self.known) = (model, known)
      explorer = RecurrentActor(
        model.explorer, exploration: model.randomness.exploration, laneCount: laneCount)
      executor = RecurrentActor(model.executor, exploration: model.randomness.execution, laneCount: laneCount)
      state = model.encoders.trajectory.birth(rows: laneCount)
    }

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      if latent == nil { encode(observations, where: nil) }
      if isExploring { return explorer.act(on: observations, using: &random) }
      return executor.act(on: observations, z, using: &random)
    }

    public mutating func observe(_ transition: Transition) {
      guard isExploring else { return executor.observe(transition) }
      explorer.observe(transition)
      encode(transition.nextObservations, where: transition.isLive)
    }

    public mutating func endEpisode(using random: inout LaneRandom) {
      isExploring = false
      executor.restart()
    }

    /// Shows g an observation and the step that led to it.
    private mutating func encode(_ observations: Tensor, where isLive: [Bool]?) {
      let (code, rows) = model.encoders.trajectory.step(
        explorer.shown(observations), from: state, model.executor.theta)
      state.append(rows, where: isLive)
      latent = code.rows(where: isLive, else: latent)
    }

    /// What the policy of later episodes sees: g(τ), or what is known of the task.
    private var z: Tensor? {
      guard let latent, model.seesLatent else { return latent.map { 0 * $0 } }
      return known.map { $0.z.rows(where: $0.isUsed, else: latent) } ?? latent
    }
  }
}

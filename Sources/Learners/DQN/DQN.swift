import MetaRL
import Networks
import Tensors

/// Deep Q-networks (Mnih and others, 2015, "Human-level control through deep reinforcement learning", Algorithm 1) on all
/// training tasks at once.
///
/// A network learns what each action is worth from everything that was ever played; what it is compared with
/// comes from a target network that is updated periodically. It does not adapt: it is the off-policy control
/// for choices. Settings give double (van Hasselt, Guez & Silver, 2016, arXiv:1509.06461) and dueling
/// networks (Wang et al., 2016, arXiv:1511.06581).
///
/// Departs from the paper: many updates follow many episodes, in place of one after every four steps; Adam; errors are not
/// clipped, but the gradient is.
///
/// Logs: return, loss, value (the mean of y), exploration.
public struct DQN: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package let network: QNetwork
  package var theta: Parameters
  var target: Parameters
  var optimizer: Adam
  /// Updates since the slow copy was made.
  var updatesSinceTarget = 0
  package var replay: ReplayBuffer

  public struct State: Codable, Sendable {
    var theta: Parameters
    var target: Parameters
    var optimizer: Adam
    var updatesSinceTarget: Int
    var replay: ReplayBuffer
  }

  public var state: State {
    get {
      State(
        theta: theta, target: target, optimizer: optimizer, updatesSinceTarget: updatesSinceTarget, replay: replay)
    }
    set {
      (theta, target, optimizer) = (newValue.theta, newValue.target, newValue.optimizer)
      (updatesSinceTarget, replay) = (newValue.updatesSinceTarget, newValue.replay)
    }
  }

  /// Whether a stored state is that of a network with these settings, and its buffer holds choices that there are.
  public func canContinue(from state: State) -> Bool {
    state.theta.hasForm(of: theta) && state.target.hasForm(of: theta) && state.optimizer.canMove(theta)
      && (0..<1 << 53).contains(state.updatesSinceTarget) && state.replay.hasForm(of: replay)
      && state.replay.holdsChoices(below: network.choices)
  }

  /// Draws an initial network, which the slow copy begins with.
  ///
  /// - Throws: `UnsupportedFamilyError` if actions are vectors.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace else {
      throw UnsupportedFamilyError("deep Q-networks need actions that are choices")
    }
    self.configuration = configuration
    self.spec = spec
    network = QNetwork(
      observationSize: spec.observationSize, choices: count, hiddenSizes: configuration.hiddenSizes,
      isDueling: configuration.isDueling)
    theta = network.makeParameters(using: random)
    target = theta
    optimizer = Adam(stepSize: configuration.stepSize)
    replay = ReplayBuffer(for: spec, capacity: configuration.replayCapacity)
  }

  /// Plays some episodes and learns from all that there are.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    let exploration = annealed(
      from: c.explorationStart, to: c.explorationEnd, at: session.iteration, of: c.explorationIterations)
    let agent = LifetimeAgent(network: network, theta: theta, exploration: exploration)
    let tasks = session.sampleTasks(c.tasksPerIteration)
    let played = try session.play(on: tasks, episodes: c.episodesPerTask, phase: "episodes") { _, _ in agent }
    // Algorithm 1: store the transitions in D.
    for episode in played.joined() { replay.append(episode) }
    var (losses, values): ([Double], [Double]) = ([], [])
    for number in 0..<c.updatesPerIteration {
      try session.workers.checkCancellation()
      var random = session.random("update", number)
      // Sample a minibatch of transitions from D, and set y.
      let batch = TransitionBatch(of: replay, c.batchSize, c.trainingReward.channel(for: spec), using: &random)
      let targets = targets(of: batch)
      let (loss, gradient) = valueAndGradient(at: theta) { self.loss(batch, targets, $0) }
      try session.checkFinite(loss.scalar, gradient)
      // A step down the gradient of (y - Q)².
      optimizer.update(&theta, along: gradient.limited(toLength: c.gradientLength))
      // Every C updates: Q⁻ ← Q.
      updatesSinceTarget += 1
      if updatesSinceTarget >= c.updatesPerTarget { (target, updatesSinceTarget) = (theta, 0) }
      losses.append(loss.scalar)
      values.append(targets.mean().scalar)
    }
    let returns = played.joined().map { $0.totalReward }
    session.log("return", mean(returns))
    session.log("loss", mean(losses))
    session.log("value", mean(values))
    session.log("exploration", exploration)
    session.log("updates", Double(losses.count))
  }

  /// y = r + γ max Q⁻(s', ·), or with the best action according to Q, `[row]`.
  ///
  /// The horizon is no end.
  package func targets(of batch: TransitionBatch) -> Tensor {
    let copy = network(batch.nextObservations, target).floatRows
    let chosen = configuration.isDouble ? network(batch.nextObservations, theta).floatRows : copy
    let next = zip(copy, chosen).map { $0[greatest($1)] }
    return batch.rewards + configuration.discount * (batch.continues * Tensor(next))
  }

  /// The mean of (y - Q(s, a))².
  private func loss(_ batch: TransitionBatch, _ targets: Tensor, _ theta: Parameters) -> Tensor {
    let values = network(batch.observations, theta).values(of: batch.actions.floats.map { Int($0) })
    let error = values - targets
    return (error * error).mean()
  }

  /// Agents that do what is worth most and do not change.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(network: network, theta: theta, exploration: 0)
  }

  /// Does what is worth most and, now and then, anything.
  public struct LifetimeAgent: Agent {
    let network: QNetwork
    let theta: Parameters
    let exploration: Double

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      // With probability ε, any action.
      network(observations, theta).greedyActions(exploration: exploration, using: &random)
    }
  }
}

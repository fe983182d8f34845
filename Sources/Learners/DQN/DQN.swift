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
    let exploration = exploration(in: session.iteration)
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

  private func exploration(in iteration: Int) -> Double {
    let c = configuration
    let part = c.explorationIterations == 0 ? 1 : min(1, Double(iteration) / Double(c.explorationIterations))
    return c.explorationStart + part * (c.explorationEnd - c.explorationStart)
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
    let count = network.choices
    var mask = [Float](repeating: 0, count: batch.rowCount * count)
    for (row, choice) in batch.actions.floats.enumerated() { mask[row * count + Int(choice)] = 1 }
    let values = network(batch.observations, theta) * Tensor(mask, shape: [batch.rowCount, count])
    let error = values.sum(axis: 1) - targets
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
      let values = network(observations, theta).floatRows
      return .discrete(
        values.indices.map { lane in
          var stream = random[lane]
          defer { random[lane] = stream }
          // With probability ε, any action.
          let explores = stream.uniform() < exploration
          let any = stream.integer(below: network.choices)
          return explores ? any : greatest(values[lane])
        })
    }
  }
}

/// The number of the greatest value, the first where there are several.
private func greatest(_ values: [Float]) -> Int {
  values.indices.dropFirst().reduce(0) { values[$1] > values[$0] ? $1 : $0 }
}

/// The value of each choice at an observation.
package struct QNetwork: Sendable, Hashable {
  package let choices: Int
  let isDueling: Bool
  let network: MLP

  init(observationSize: Int, choices: Int, hiddenSizes: [Int], isDueling: Bool) {
    self.choices = choices
    self.isDueling = isDueling
    network = MLP(sizes: [observationSize] + hiddenSizes + [choices + (isDueling ? 1 : 0)], activation: .relu)
  }

  func makeParameters(using random: RandomStream) -> Parameters { network.makeParameters(using: random) }

  /// The values `[row, choice]` at observations `[row, observation]`.
  package func callAsFunction(_ observations: Tensor, _ theta: Parameters) -> Tensor {
    let outputs = network(observations, theta)
    guard isDueling else { return outputs }
    // What actions add is counted from their mean in each row.
    let added = outputs.slice(0..<choices, axis: 1)
    let mean = (1 / Double(choices)) * added.summed(to: [observations.shape[0], 1])
    return outputs.slice(choices..<choices + 1, axis: 1) + added - mean
  }
}

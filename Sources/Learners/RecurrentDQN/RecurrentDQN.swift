import MetaRL
import Networks
import Tensors

/// Deep Q-networks with a memory (Ni, Ma, Eysenbach & Bacon, 2023, arXiv:2307.03864, after Hausknecht & Stone, 2015,
/// arXiv:1507.06527), on whole lifetimes.
///
/// What a choice is worth depends on everything that was seen in the lifetime, and is learned off-policy from all lifetimes
/// that were ever played. Values flow from one episode to the next, so the network can learn to explore in an episode
/// what it uses in later ones: the off-policy counterpart of RL² for choices.
///
/// Departs from the paper: the network is also shown the last reward and the end of an episode, as RL² is; many updates
/// follow several lifetimes, in place of one after every four steps; stretches of lifetimes start from an empty memory.
///
/// Logs: lifetimeReturn, firstReturn and lastReturn (of the first and the last episode), loss, value (the mean of y),
/// exploration, updates.
public struct RecurrentDQN: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package let network: RecurrentQNetwork
  package let inputs: ExperienceInputs
  public var state: State

  public struct State: Codable, Sendable {
    /// Q and Q⁻.
    package var values: FollowedParameters
    package var lifetimes: LifetimeStore
    /// The environment steps of training.
    var steps = 0
  }

  /// Whether a stored state is that of a network with these settings, and its store holds choices that there are.
  public func canContinue(from state: State) -> Bool {
    state.values.hasForm(of: self.state.values) && state.lifetimes.hasForm(of: self.state.lifetimes)
      && state.lifetimes.steps.holdsChoices(below: spec.actionSpace.width) && (0..<1 << 53).contains(state.steps)
  }

  /// Draws an initial network, which the target network begins with.
  ///
  /// - Throws: `UnsupportedFamilyError` if actions are vectors, `SettingsError` for settings that contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete = spec.actionSpace else {
      throw UnsupportedFamilyError("recurrent deep Q-networks need actions that are choices")
    }
    try configuration.check(for: spec)
    self.configuration = configuration
    self.spec = spec
    inputs = ExperienceInputs(for: spec)
    network = configuration.makeNetwork(for: spec, inputSize: inputs.size)
    state = State(
      values: FollowedParameters(
        network.network.makeParameters(using: random), stepSize: configuration.stepSize),
      lifetimes: LifetimeStore(
        for: spec, capacity: configuration.lifetimesKept, episodes: configuration.episodes(for: spec)))
  }

  package var theta: Parameters { state.values.theta }

  /// Plays some lifetimes and learns from all that there are.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    let exploration = annealed(
      from: c.explorationStart, to: c.explorationEnd, at: state.steps, of: c.explorationSteps)
    let (tasks, model) = (session.sampleTasks(c.lifetimesPerIteration), actingModel)
    let played = try session.playLifetimes(on: tasks, episodes: c.episodes(for: spec), phase: "lifetimes") {
      LifetimeAgent(actor: RecurrentActor(model, exploration: exploration, laneCount: $0.count))
    }.flatMap(\.episodes)
    // Store the lifetimes, whole.
    for lifetime in played { state.lifetimes.append(lifetime) }
    state.steps += session.environmentSteps
    let updates =
      state.lifetimes.count < c.lifetimesBeforeUpdates ? 0 : max(1, session.environmentSteps / c.stepsPerUpdate)
    var (losses, values): ([Double], [Double]) = ([], [])
    for number in 0..<updates {
      try session.workers.checkCancellation()
      // Sample lifetimes, or stretches of them, and set y.
      let sequences = sample(using: session.random("update", number))
      let (loss, value, gradient) = try network.lossAndGradient(
        of: sequences, state.values, discount: c.discount, isDouble: c.isDouble, session)
      // A step down the gradient of (y - Q)²; then the target network follows.
      state.values.update(
        along: gradient.limited(toLength: c.gradientLength), updatesPerTarget: c.updatesPerTarget,
        targetRate: c.targetRate)
      losses.append(loss)
      values.append(value)
    }
    session.log("lifetimeReturn", mean(played.map { $0.reduce(0) { $0 + $1.totalReward } }))
    session.log("firstReturn", mean(played.map { $0.first?.totalReward ?? 0 }))
    session.log("lastReturn", mean(played.map { $0.last?.totalReward ?? 0 }))
    if updates > 0 {
      session.log("loss", mean(losses))
      session.log("value", mean(values))
    }
    session.log("exploration", exploration)
    session.log("updates", Double(updates))
  }

  /// Agents that do what is worth most.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(actor: RecurrentActor(actingModel, exploration: 0, laneCount: random.count))
  }

  /// Does what is worth most and, now and then, anything; the state of the network lasts for a lifetime.
  public struct LifetimeAgent: Agent {
    var actor: RecurrentActor

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      actor.act(on: observations, using: &random)
    }

    public mutating func observe(_ transition: Transition) { actor.observe(transition) }
  }
}

// MARK: Updates

extension RecurrentDQN {
  /// What agents act by; it does not hold the store, so that the store can grow in place.
  private var actingModel: RecurrentActor.Model {
    RecurrentActor.Model(
      network: network, inputs: inputs, reward: configuration.reward.channel(for: spec), theta: theta)
  }

  /// Draws lifetimes, or stretches of them, with replacement.
  package func sample(using random: RandomStream) -> [ValueSequence] {
    let (c, store) = (configuration, state.lifetimes)
    var random = random
    return (0..<c.batchSize).map { _ in
      let number = random.integer(below: store.count)
      let (lifetime, terminated) = store.sequence(
        number, inputs, shown: c.reward.channel(for: spec), trained: c.trainingReward.channel(for: spec))
      let count = lifetime.choices.count
      let length = c.sequenceLength > 0 ? min(c.sequenceLength, count) : count
      let first = random.integer(below: count - length + 1)
      let (born, end) = (max(0, first - c.burnInSteps), first + length)
      // The end of a lifetime is terminal, unless a setting continues a lifetime that only the horizon has cut off.
      let continues = end < count || (c.bootstrapsAtEnd && !terminated)
      return ValueSequence(
        inputs: Array(lifetime.inputs[born * inputs.size..<(end + (continues ? 1 : 0)) * inputs.size]),
        choices: Array(lifetime.choices[born..<end]), rewards: Array(lifetime.rewards[born..<end]),
        burnIn: first - born, continues: continues)
    }
  }
}

import MetaRL
import Networks
import Tensors

/// Decoupling exploration and execution in meta-reinforcement learning without sacrifices (Liu, Raghunathan, Liang & Finn,
/// 2021, arXiv:2008.02790, DREAM).
///
/// The first episode of a lifetime explores, later ones execute. Execution is learned from a latent vector that an encoder
/// makes of the task's descriptor, through a bottleneck that leaves only what is useful; exploration is rewarded for steps
/// from which another encoder can tell that vector. So neither has to wait until the other is learned.
///
/// Departs from the paper's code: the descriptor takes the place of the task's number; the exploration policy and the encoder
/// of its trajectory are also shown rewards and ends of episodes; the execution policy sees z at the cell, too; target
/// networks have z by the same rule; every second lifetime of a batch has z from the descriptor; an
/// exploration episode does not end where the goal of a hidden instruction is; one layer follows a recurrent network.
///
/// Logs: lifetimeReturn, firstReturn and lastReturn (of the first and the last episode), explorationLoss, executionLoss,
/// information (the mean decrease of the squared distance in an exploration episode), encodingError, latentLength (the mean
/// of ‖f‖²), exploration (ε of the first episode), updates.
public struct DREAM: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package let encoders: TaskEncoders
  /// Values of the first episode.
  package let explorer: RecurrentQNetwork
  /// Values of later episodes; its inputs end with z.
  package let executor: RecurrentQNetwork
  package let inputs: ExperienceInputs
  public var state: State

  public struct State: Codable, Sendable {
    /// The values of the first episode.
    package var exploration: FollowedParameters
    /// The values of later episodes, and both encoders; that of tasks is there from the first iteration on, since only tasks
    /// show the length of descriptors.
    package var execution: FollowedParameters
    /// First episodes, and second episodes of the same lifetimes.
    package var explored: LifetimeStore
    package var executed: LifetimeStore
    /// The index of each lifetime's training task.
    package var tasks: [Int] = []
    /// The environment steps of first episodes and of later ones, each since they are learned from.
    var explorationSteps = 0, executionSteps = 0
  }

  /// Draws initial networks.
  ///
  /// - Throws: `UnsupportedFamilyError` if actions are vectors or a lifetime has one episode, `SettingsError` if the stores
  ///   would be too large.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace else {
      throw UnsupportedFamilyError("DREAM needs actions that are choices")
    }
    guard spec.episodesPerLifetime > 1 else {
      throw UnsupportedFamilyError("DREAM explores in the first of two or more episodes")
    }
    let c = configuration
    try c.check(for: spec)
    (self.configuration, self.spec) = (c, spec)
    inputs = ExperienceInputs(for: spec)
    encoders = TaskEncoders(c, inputSize: inputs.size)
    func network(_ prefix: String, inputSize: Int) -> RecurrentQNetwork {
      RecurrentQNetwork(
        inputSize: inputSize, choices: count, isDueling: true, readoutSize: c.readoutSize, prefix: prefix
      ) { RecurrentMemory(cell: .lstm, inputSize: $0, hiddenSize: c.hiddenSize, prefix: $1) }
    }
    explorer = network("explorer.", inputSize: inputs.size)
    executor = network("executor.", inputSize: inputs.size + c.latentSize)
    let execution = executor.network.makeParameters(using: random.split("executor"))
      .merging(encoders.trajectory.makeParameters(using: random.split("trajectory")))
    let store = LifetimeStore(for: spec, capacity: c.lifetimesKept, episodes: 1)
    state = State(
      exploration: FollowedParameters(
        explorer.network.makeParameters(using: random.split("explorer")), stepSize: c.stepSize),
      execution: FollowedParameters(execution, stepSize: c.stepSize), explored: store, executed: store)
  }

  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // A task u for each lifetime, and in its episodes instructions, which the family draws.
    let tasks = session.sampleTasks(c.lifetimesPerIteration)
    try makeTaskEncoder(for: tasks, session)
    // Roll out: the first episode by Q of exploration, the second by Q of execution, with z = F(u) in every other lifetime
    // and g(τ) in the others.
    let exploration = randomness.exploration
    let played = try play(tasks, &session)
    remember(played, of: tasks)
    var report = Report()
    for number in 0..<max(1, session.environmentSteps / c.stepsPerUpdate) {
      try session.workers.checkCancellation()
      let random = session.random("update", number)
      // Execution, with gradients into f or g; the prediction error of g; the bottleneck of f.
      if state.tasks.count >= c.lifetimesBeforeExecution {
        let batch = executionBatch(using: random.split("execution"), session)
        let (losses, gradient) = try lossAndGradient(of: batch, session)
        update(&state.execution, along: gradient)
        report.executions.append(losses)
      }
      // Exploration, on rewards by the f and g of now, without a gradient into them.
      if state.tasks.count >= c.lifetimesBeforeExploration, c.exploration != .random {
        let sequences = try explorationSequences(using: random.split("exploration"), session)
        let (loss, _, gradient) = try explorer.lossAndGradient(
          of: sequences, state.exploration, discount: c.discount, isDouble: true, session)
        update(&state.exploration, along: gradient)
        report.add(explorationLoss: loss, sequences, stepCost: c.stepCost)
      }
    }
    log(played, report, exploration, &session)
  }

  /// Agents that explore by what is worth most, and execute by what is worth most after that.
  public func makeAgent(using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(
      actingModel(exploration: configuration.exploration == .random ? 1 : 0, execution: 0), laneCount: random.count)
  }

  private func update(_ parameters: inout FollowedParameters, along gradient: Parameters) {
    let c = configuration
    parameters.update(
      along: gradient.limited(toLength: c.gradientLength), updatesPerTarget: c.updatesPerTarget,
      targetRate: c.targetRate)
  }
}

// MARK: Lifetimes

extension DREAM {
  private func actingModel(exploration: Double, execution: Double) -> ActingModel {
    let reward = configuration.reward.channel(for: spec)
    return ActingModel(
      explorer: .init(network: explorer, inputs: inputs, reward: reward, theta: state.exploration.theta),
      executor: .init(network: executor, inputs: inputs, reward: reward, theta: state.execution.theta),
      encoders: encoders, seesLatent: configuration.seesLatent, randomness: (exploration, execution))
  }

  /// The probability of any action, in the first episode and in later ones.
  private var randomness: (exploration: Double, execution: Double) {
    let c = configuration
    func now(_ steps: Int) -> Double {
      annealed(from: c.randomStart, to: c.randomEnd, at: steps, of: c.randomSteps)
    }
    return (c.exploration == .random ? 1 : now(state.explorationSteps), now(state.executionSteps))
  }

  /// Draws f when tasks first show the length of their descriptors.
  ///
  /// - Throws: `TrainingError` if there is nothing to tell tasks by.
  private mutating func makeTaskEncoder(for tasks: [TaskID], _ session: TrainingSession) throws {
    guard encoders.descriptorSize(in: state.execution.theta) == nil else { return }
    let size = session.descriptors(of: Array(tasks.prefix(1)))[0].count
    guard size > 0 else { throw TrainingError("DREAM encodes descriptors, and the tasks of this family have none") }
    state.execution.add(encoders.task(descriptorSize: size).makeParameters(using: session.random("task encoder")))
  }

  /// F(id) = f(id) + noise, `[task, latent]`.
  private func noisyLatents(
    of tasks: [TaskID], _ session: TrainingSession, using random: RandomStream
  ) -> Tensor {
    var random = random
    let noise = Tensor(
      random.normals(tasks.count * configuration.latentSize), shape: [tasks.count, configuration.latentSize])
    return encoders.tasks(descriptors(of: tasks, session), state.execution.theta)
      + configuration.latentDeviation * noise
  }

  /// The descriptors of training tasks, `[task, number]`.
  func descriptors(of tasks: [TaskID], _ session: TrainingSession) -> Tensor {
    let rows = session.descriptors(of: tasks)
    return Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }

  /// Lets agents live with tasks for two episodes.
  package func play(_ tasks: [TaskID], _ session: inout TrainingSession) throws -> [[Episode]] {
    let model = actingModel(exploration: randomness.exploration, execution: randomness.execution)
    let known = noisyLatents(of: tasks, session, using: session.random("acting"))
    return try session.playLifetimes(on: tasks, episodes: 2, phase: "lifetimes") { part, random in
      let latents = KnownLatents(z: known.slice(part), isUsed: part.map(Self.knowsTask))
      return LifetimeAgent(model, laneCount: random.count, known: latents)
    }.flatMap(\.episodes)
  }

  /// Whether z is F(id) in the lifetime of a place, in acting and in learning.
  static func knowsTask(_ place: Int) -> Bool { place % 2 == 1 }

  private mutating func remember(_ played: [[Episode]], of tasks: [TaskID]) {
    for (lifetime, task) in zip(played, tasks) {
      state.explored.append([lifetime[0]])
      state.executed.append([lifetime[1]])
      state.tasks.append(task.index)
    }
    state.tasks.removeFirst(state.tasks.count - state.explored.count)
    let (c, count) = (configuration, state.tasks.count)
    func steps(_ episode: Int) -> Int { played.reduce(0) { $0 + $1[episode].stepCount } }
    if count >= c.lifetimesBeforeExploration { state.explorationSteps += steps(0) }
    if count >= c.lifetimesBeforeExecution { state.executionSteps += steps(1) }
  }
}

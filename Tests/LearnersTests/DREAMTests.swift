import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

private func small(
  on family: any TaskFamily, _ change: (inout DREAM.Configuration) -> Void = { _ in }
) throws -> DREAM {
  try untrained(DREAM.self, on: family, episodes: 2) {
    ($0.latentSize, $0.taskEncoderSizes, $0.hiddenSize, $0.encoderSize, $0.readoutSize) = (3, [5], 6, 7, 8)
    ($0.lifetimesPerIteration, $0.batchSize, $0.stepsPerUpdate) = (6, 18, 100)
    ($0.lifetimesBeforeExecution, $0.lifetimesBeforeExploration) = (1, 1)
    change(&$0)
  }
}

/// A learner after some iterations, and another session of the family.
private func trained(
  on family: any TaskFamily, _ change: (inout DREAM.Configuration) -> Void = { _ in }
) throws -> (learner: DREAM, session: TrainingSession) {
  var learner = try small(on: family, change)
  try train(&learner, on: family, iterations: 0..<3, episodes: 2)
  return (learner, session(on: family, iteration: 3, episodes: 2))
}

private let stream = RandomStream(seed: 7).split("update")

@Suite struct DREAMTests {
  static let families: [any TaskFamily] = [GridWorld(), BusCity(), Cooking(), PayToLook()]

  @Test("Rewards sum up to d(0) - d(T) - c T, from the empty prefix on", arguments: 0..<4)
  func telescopingSum(family: Int) throws {
    let (learner, session) = try trained(on: Self.families[family])
    let sequences = try learner.explorationSequences(using: stream, session)
    #expect(sequences.count == 18)
    // Distances by themselves, sequence by sequence, from the latent vectors of both encoders.
    let theta = learner.state.execution.theta
    var drawn = stream.split("lifetimes")
    for sequence in sequences {
      let number = drawn.integer(below: learner.state.tasks.count)
      let descriptor = session.descriptors(of: [TaskID(.train, learner.state.tasks[number])])[0]
      let f = learner.encoders.tasks(Tensor(descriptor, shape: [1, descriptor.count]), theta).doubles
      let steps = sequence.choices.count
      let inputs = Tensor(sequence.inputs, shape: [steps + 1, 1, learner.inputs.size])
      let distances = learner.encoders.trajectory(inputs, theta).floatRows.map { g in
        zip(f, g).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
      }
      #expect(distances.count == steps + 1 && sequence.rewards.count == steps)
      let sum = sequence.rewards.reduce(0) { $0 + Double($1) }
      #expect(abs(sum - (distances[0] - distances[steps] - 0.1 * Double(steps))) < 1e-4 * max(1, distances[0]))
      for (step, reward) in sequence.rewards.enumerated() {
        #expect(abs(Double(reward) - (distances[step] - distances[step + 1] - 0.1)) < 1e-4 * max(1, distances[0]))
      }
    }
  }

  @Test func rewardsComputedByHand() {
    #expect(TaskEncoders.rewards([4, 1, 1.5], cost: 0.25) == [2.75, -0.75])
    #expect(TaskEncoders.rewards([4, 1, 1.5], sign: -1, cost: 0.25) == [-3.25, 0.25])
    #expect(TaskEncoders.rewards([4], cost: 0.25) == [])
  }

  /// ‖(3, 1)‖² = 10, ‖(1, 2)‖² = 5, ‖(4, 0)‖² = 16.
  @Test("The bottleneck is the squared length above its bound and the bound below it") func bottleneck() throws {
    let learner = try small(on: PayToLook())
    let codes = Parameters(names: ["f"], tensors: [Tensor([3, 1, 1, 2, 4, 0], shape: [3, 2])])
    let (value, gradient) = valueAndGradient(at: codes) { learner.encoders.bottleneck($0["f"]) }
    #expect(value.scalar == 10 + 10 + 16)
    #expect(gradient.tensors[0].floats == [0, 0, 0, 0, 8, 0])
  }

  @Test("Rewards of exploration are those of today's encoders, and no gradient reaches them", arguments: 0..<4)
  func rewardsAreRecomputed(family: Int) throws {
    let (made, session) = try trained(on: Self.families[family])
    var learner = made
    let before = try learner.explorationSequences(using: stream, session)
    let execution = learner.state.execution.theta
    let found = try learner.explorer.lossAndGradient(
      of: before, learner.state.exploration, discount: 0.99, isDouble: true, session)
    // The loss of exploration depends on the parameters of exploration alone.
    #expect(Set(found.gradient.names).isDisjoint(with: execution.names) && length(found.gradient) > 0)
    // The same episodes after another iteration has moved f and g.
    var later = learner
    try train(&later, on: Self.families[family], iterations: 3..<4, episodes: 2)
    learner.state.execution = later.state.execution
    let after = try learner.explorationSequences(using: stream, session)
    for (before, after) in zip(before, after) {
      #expect(before.inputs == after.inputs && before.choices == after.choices && before.rewards != after.rewards)
    }
  }

  @Test("Losses of execution: the gradient is that of differences, with y and f in the error of g held still")
  func gradientOfExecution() throws {
    for family in Self.families {
      let (learner, session) = try trained(on: family)
      let batch = learner.executionBatch(using: stream, session)
      let gradient = try learner.lossAndGradient(of: batch, session).gradient
      let parameters = learner.state.execution
      let explored = SequenceBatch(batch.explored, inputSize: learner.inputs.size)
      let executed = SequenceBatch(batch.executed, inputSize: learner.inputs.size)
      func shown(_ z: Tensor) -> Tensor {
        Tensor.concatenate([executed.inputs, z.broadcast(to: [executed.inputs.shape[0]] + z.shape)], axis: 2)
      }
      func values(_ theta: Parameters) -> Tensor {
        learner.executor(shown(learner.latents(batch, explored, theta).z), theta)
      }
      let y = learner.executor.targets(
        of: executed, values(parameters.theta), values(parameters.target), discount: 0.99, isDouble: true)
      let still = learner.encoders.tasks(batch.descriptors, parameters.theta)
      let prefixes = batch.explored.reduce(0) { $0 + $1.choices.count + 1 }
      func total(_ theta: Parameters) -> Double {
        let (_, tasks, trajectories) = learner.latents(batch, explored, theta)
        let ofValues = learner.executor.squaredErrors(of: executed, values(theta), y).scalar
        return ofValues / Double(executed.stepCount)
          + learner.encoders.error(still, trajectories, of: explored).scalar / Double(prefixes)
          + learner.encoders.bottleneck(tasks).scalar / Double(batch.executed.count)
      }
      let wide = parameters.theta.map { $0.converted(to: .double) }
      let direction = wide.direction(3)
      expectDerivative(
        gradient.map { $0.converted(to: .double) }.dot(direction), of: total, at: wide, along: direction,
        within: 2e-4)
      for prefix in ["task.", "trajectory.", "executor."] {
        #expect(length(gradient.selecting(gradient.names.filter { $0.hasPrefix(prefix) })) > 0)
      }
    }
  }

  /// With z from f in one half of the lifetimes and from g in the other, f and g each have a gradient of values.
  @Test("One rule gives z to the network and to its target: f(id) plus noise, or g at the end") func latentVectors()
    throws
  {
    let (learner, session) = try trained(on: BusCity())
    let batch = learner.executionBatch(using: stream, session)
    let explored = SequenceBatch(batch.explored, inputSize: learner.inputs.size)
    #expect(batch.knowsTask == (0..<18).map { $0 % 2 == 1 })
    for theta in [learner.state.execution.theta, learner.state.execution.target] {
      let z = learner.latents(batch, explored, theta).z.floatRows
      let tasks = learner.encoders.tasks(batch.descriptors, theta).floatRows
      let noise = batch.noise.floatRows
      for lane in 0..<18 {
        let episode = batch.explored[lane]
        let inputs = Tensor(episode.inputs, shape: [episode.choices.count + 1, 1, learner.inputs.size])
        let end = try #require(learner.encoders.trajectory(inputs, theta).floatRows.last)
        let due = lane % 2 == 1 ? zip(tasks[lane], noise[lane]).map { $0 + 0.1 * $1 } : end
        for (number, due) in zip(z[lane], due) { #expect(abs(number - due) < 1e-5) }
      }
    }
    let (blind, another) = try trained(on: BusCity()) { $0.seesLatent = false }
    let zeros = blind.latents(blind.executionBatch(using: stream, another), explored, blind.state.execution.theta).z
    #expect(zeros.floats.allSatisfy { $0 == 0 })
  }

  @Test("The latent vector of acting has the bits of the stored episode's", arguments: 0..<4)
  func latentOfActing(family: Int) throws {
    func check(_ family: some TaskFamily) throws {
      let (learner, _) = try trained(on: family)
      let random = LaneRandom(seed: 5, lanes: 9)
      var agent = learner.makeAgent(using: random)
      var environment = family.makeEnvironment(for: (0..<9).map { TaskID(.train, $0) })
      let played = try rollout(&agent, in: &environment, episodes: 0..<1, spec: family.spec, lifetime: random)
      let acted = try #require(agent.latent).floatRows
      for (lane, episodes) in played.enumerated() {
        let (inputs, count) = (learner.inputs, episodes[0].stepCount)
        var memory = inputs.newborn
        var shown: [Float] = []
        for step in 0...count {
          let seen = Array(
            episodes[0].observations[step * inputs.observationSize..<(step + 1) * inputs.observationSize])
          shown += seen + memory
          guard step < count, case .discrete(let choices) = episodes[0].actions else { break }
          memory = (0..<inputs.memorySize - 2).map { $0 == choices[step] ? 1 : 0 }
          memory += [episodes[0].rewards()[step], step == count - 1 ? 1 : 0]
        }
        let codes = learner.encoders.trajectory(
          Tensor(shown, shape: [count + 1, 1, inputs.size]), learner.state.execution.theta)
        #expect(acted[lane] == codes.floatRows.last)
      }
    }
    try check(Self.families[family])
  }

  @Test(arguments: 0..<4, DREAM.Exploration.allCases)
  func trainingHasTheSameBits(family: Int, exploration: DREAM.Exploration) throws {
    let learner = try small(on: Self.families[family]) {
      ($0.exploration, $0.lifetimesKept, $0.updatesPerTarget, $0.lifetimesBeforeExploration) = (
        exploration, 15, 2, 10
      )
    }
    try expectSameBits(learner, on: Self.families[family], episodes: 2)
  }

  @Test func whatCannotBeLearnedIsRefused() {
    #expect(throws: UnsupportedFamilyError.self) { try untrained(DREAM.self, on: TMaze()) }
    #expect(throws: SettingsError.self) {
      try small(on: PayToLook()) { ($0.lifetimesKept, $0.lifetimesBeforeExploration) = (10, 11) }
    }
  }
}

/// Whether it learns where looking costs: each claim goes with controls that fail where it succeeds.
@Suite struct DREAMLearningTests {
  /// The mean return of each episode of a lifetime.
  private func earned(_ change: (inout DREAM.Configuration) -> Void = { _ in }) throws -> [Double] {
    let family = PayToLook()
    var learner = try untrained(DREAM.self, on: family, seed: 1) {
      ($0.latentSize, $0.taskEncoderSizes, $0.hiddenSize, $0.encoderSize, $0.readoutSize) = (8, [16], 16, 16, 16)
      ($0.randomSteps, $0.stepsPerUpdate, $0.stepSize) = (3000, 4, 1e-3)
      ($0.updatesPerTarget, $0.lifetimesBeforeExecution, $0.lifetimesBeforeExploration) = (50, 100, 500)
      change(&$0)
    }
    try train(&learner, on: family, steps: 10_000, seed: 1)
    let evaluation = EvaluationProtocol(taskCount: 200, episodesPerLifetime: 2, probes: [])
    return try meanReturns(of: learner, on: family, evaluation).online
  }

  /// Skipping earns 0.1 and then a half; looking earns nothing in the mean, and then 1.
  @Test("Looking is learned although it costs, and not if nothing rewards it") func payToLook() throws {
    let dream = try earned()
    #expect(dream.reduce(0, +) > 0.9, "\(dream)")
    let reversed = try earned { $0.exploration = .reversed }
    #expect(reversed.reduce(0, +) < 0.75, "\(reversed)")
    let random = try earned { $0.exploration = .random }
    #expect(random.reduce(0, +) < 0.93, "\(random)")
    let blind = try earned { $0.seesLatent = false }
    #expect(blind[1] < 0.6, "\(blind)")
  }

  /// The control of the family: a half in the second episode, and 0.1 for not looking.
  @Test("RL², which learns both episodes as one from what it does itself, does not look") func coupledLearner()
    throws
  {
    let family = PayToLook()
    var learner = try untrained(RL2.self, on: family, seed: 1) { ($0.hiddenSize, $0.stepsPerBatch) = (16, 400) }
    try train(&learner, on: family, steps: 20_000, seed: 1)
    let evaluation = EvaluationProtocol(taskCount: 200, episodesPerLifetime: 2, probes: [])
    let online = try meanReturns(of: learner, on: family, evaluation).online
    #expect(online.reduce(0, +) < 0.7, "\(online)")
  }
}

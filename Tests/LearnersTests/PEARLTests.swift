import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

private let robot = PointRobot(.halfCircle)

private func newborn(_ change: (inout PEARL.Configuration) -> Void = { _ in }) throws -> PEARL {
  try untrained(PEARL.self, on: robot) {
    ($0.hiddenSizes, $0.encoderSizes, $0.latentSize) = ([16, 16], [12], 3)
    ($0.trainingTasks, $0.tasksPerIteration, $0.initialSteps) = (5, 3, 40)
    ($0.priorSteps, $0.posteriorSteps, $0.extraSteps) = (20, 40, 20)
    ($0.updatesPerIteration, $0.tasksPerBatch, $0.batchSize, $0.contextSize) = (3, 5, 20, 12)
    ($0.replayCapacity, $0.trainingReward) = (500, .dense)
    change(&$0)
  }
}

private func trained(
  _ iterations: Int = 1, _ change: (inout PEARL.Configuration) -> Void = { _ in }
) throws -> PEARL {
  var learner = try newborn(change)
  try train(&learner, on: robot, iterations: 0..<iterations)
  return learner
}

private func changed(_ before: Parameters, _ after: Parameters, _ prefix: String) -> Bool {
  before.names.contains { $0.hasPrefix(prefix) && before[$0].floats != after[$0].floats }
}

private func transition(_ place: Float, reward: Float = 0) -> Transition {
  Transition(
    observations: Tensor([place, place], shape: [1, 2]),
    actions: .continuous(Tensor([0.5, place], shape: [1, 2])),
    rewards: Rewards([reward]), nextObservations: Tensor([place + 1, place], shape: [1, 2]), terminated: [false],
    truncated: [false], isLive: [true], reportedReward: .dense)
}

/// The latent vectors of an agent in the episode that begins now.
private func latents(_ agent: inout PEARL.LifetimeAgent, lanes: Int = 1, seed: UInt64 = 1) -> [Float] {
  var random = LaneRandom(seed: seed, lanes: lanes)
  _ = agent.act(on: Tensor(repeating: 0, shape: [lanes, 2]), using: &random)
  return agent.z
}

@Suite struct PEARLTests {
  /// Losses with z connected to the encoder, each on its own.
  @Test(
    "The critic loss reaches the encoder and its target does not", arguments: SoftActorCriticNetworks.Form.allCases)
  func lossesThatReachTheEncoder(form: SoftActorCriticNetworks.Form) throws {
    let learner = try trained { $0.form = form }
    let shard = try learner.draw(RandomStream(seed: 1), Workers(1))[0]
    var options = SoftActorCriticUpdate.Options()
    options.rewardScale = 100
    func noise(_ rows: Int) -> Tensor {
      var random = RandomStream(seed: 2)
      return Tensor(random.normals(2 * rows), shape: [rows, 2])
    }
    func gradient(_ loss: (Parameters) -> Tensor) -> Double {
      valueAndGradient(at: learner.update.theta, of: loss).gradient.selecting(
        learner.encoder.network.parameterNames
      ).tensors.reduce(0) { sum, tensor in tensor.doubles.reduce(sum) { $0 + abs($1) } }
    }
    func z(_ theta: Parameters) -> Tensor { learner.encoder.infer(shard, theta, divergenceWeight: 1).z }
    #expect(gradient { learner.update.criticLoss(shard.batch, z($0), $0, options, noise: noise) } > 1e-3)
    #expect(gradient { learner.update.nextValues(shard.batch, z($0).detached, noise: noise).sum() } == 0)
    // Nothing but the constant z keeps these from reaching it: what the update hands over has no history.
    #expect(gradient { learner.update.policyLoss(shard.batch, z($0), $0, options, noise: noise).loss } > 1e-6)
    #expect(
      gradient { learner.update.policyLoss(shard.batch, z($0).detached, $0, options, noise: noise).loss } == 0)
    if form == .value {
      let targets = Tensor(repeating: 1, shape: [shard.batch.rowCount])
      #expect(gradient { learner.update.valueLoss(shard.batch, z($0), targets, $0) } > 1e-6)
      #expect(gradient { learner.update.valueLoss(shard.batch, z($0).detached, targets, $0) } == 0)
    }
  }

  /// One whole update from parameters in which policy and value network were replaced: where the encoder and the critics
  /// arrive owes nothing to them.
  @Test("An update moves the encoder by the critics and the divergence alone") func updateOfTheEncoder() throws {
    let learner = try trained { $0.updatesPerIteration = 1 }
    let shards = try learner.draw(RandomStream(seed: 1), Workers(1))
    let encoder = learner.encoder
    func updated(without prefix: String?, weight: Double = 0.1) throws -> Parameters {
      var update = learner.update
      if let prefix {
        let chosen = update.theta.names.filter { $0.hasPrefix(prefix) }
        update.theta = update.theta.replacing(update.theta.selecting(chosen).map { 0.5 * $0 })
      }
      _ = try update(
        on: shards.map(\.batch), SoftActorCriticUpdate.Options(), workers: Workers(1),
        noise: update.noise(RandomStream(seed: 3))
      ) { encoder.infer(shards[$0], $1, divergenceWeight: weight) }
      return update.theta
    }
    let usual = try updated(without: nil)
    for prefix in ["actor.", "value."] {
      let other = try updated(without: prefix)
      #expect(changed(usual, other, prefix))
      #expect(!changed(usual, other, "encoder.") && !changed(usual, other, "critic"))
    }
    #expect(changed(usual, try updated(without: "critic"), "encoder."))
    #expect(changed(usual, try updated(without: nil, weight: 0), "encoder."))
    #expect(changed(learner.update.theta, usual, "encoder."))
  }

  @Test func theDivergenceIsSummedOverTheMetaBatch() throws {
    let learner = try trained()
    let shards = try learner.draw(RandomStream(seed: 1), Workers(1))
    #expect(shards.map { $0.noise.shape[0] } == [2, 2, 1])
    let penalties = shards.map {
      learner.encoder.infer($0, learner.update.theta, divergenceWeight: 0.5).penalty?.scalar ?? 0
    }
    var due = 0.0
    for shard in shards {
      let (means, variances) = learner.encoder.factors(shard.context, learner.update.theta)
      for task in 0..<shard.noise.shape[0] {
        var posterior = LatentPosterior(size: 3)
        for step in task * 12..<(task + 1) * 12 {
          posterior.include(means: means.floatRows[step], variances: variances.floatRows[step])
        }
        due += 0.5 * posterior.divergence
      }
    }
    #expect(abs(penalties.reduce(0, +) - due) < 1e-4 * due)
  }

  @Test("All steps of a task see one latent vector, whatever the order of its context")
  func oneLatentVectorATask() throws {
    let learner = try trained()
    var shard = try learner.draw(RandomStream(seed: 1), Workers(1))[0]
    func rows() -> [[Float]] { learner.encoder.infer(shard, learner.update.theta, divergenceWeight: 1).z.floatRows }
    let z = rows()
    #expect(z.count == 40 && Set(z[..<20]).count == 1 && Set(z[20...]).count == 1 && z[0] != z[20])
    shard.context = shard.context.gather(Array((0..<12).reversed()) + Array(12..<24))
    for (a, b) in zip(z.joined(), rows().joined()) { #expect(abs(a - b) < 1e-5) }
    // The context of another task changes its own latent vector alone.
    shard.context = shard.context.gather(Array(0..<12) + Array(repeating: 12, count: 12))
    #expect(rows()[20] != z[20])
  }

  @Test("The latent vector is held for an episode and inferred from those before")
  func latentVectorIsHeld() throws {
    let learner = try trained { $0.explorationEpisodes = 1 }
    let lifetime = LaneRandom([RandomStream(seed: 5)])
    /// The latent vectors at every step of three episodes of two steps at these places.
    func live(_ places: [[Float]]) -> [[Float]] {
      var agent = learner.makeAgent(using: lifetime)
      var held: [[Float]] = []
      for (number, episode) in places.enumerated() {
        for (step, place) in episode.enumerated() {
          held.append(latents(&agent, seed: UInt64(10 * number + step)))
          agent.observe(transition(place))
        }
        var random = lifetime.split("episode", number)
        agent.endEpisode(using: &random)
      }
      return held
    }
    let usual = live([[0, 1], [2, 3], [4, 5]])
    #expect(usual[0] == usual[1] && usual[2] == usual[3] && usual[4] == usual[5])
    #expect(Set(usual).count == 3)
    let otherSecond = live([[0, 1], [9, 8], [4, 5]])
    #expect(otherSecond[..<4] == usual[..<4] && otherSecond[4] != usual[4])
    let otherFirst = live([[7, 1], [2, 3], [4, 5]])
    #expect(otherFirst[..<2] == usual[..<2] && otherFirst[2] != usual[2])
  }

  @Test("Exploration is played with the prior and all of it counts afterwards")
  func explorationWithThePrior() throws {
    let learner = try trained { $0.explorationEpisodes = 3 }
    let lifetime = LaneRandom(seed: 5, lanes: 2000)
    var agent = learner.makeAgent(using: lifetime)
    func moments(_ seed: UInt64) -> (mean: Double, variance: Double) {
      let z = latents(&agent, lanes: 2000, seed: seed).map { Double($0) }
      let middle = mean(z)
      return (middle, mean(z.map { ($0 - middle) * ($0 - middle) }))
    }
    let steps = Transition(
      observations: Tensor(repeating: 0.1, shape: [2000, 2]),
      actions: .continuous(Tensor(repeating: 0.2, shape: [2000, 2])),
      rewards: Rewards([Float](repeating: 1, count: 2000)),
      nextObservations: Tensor(repeating: 0.3, shape: [2000, 2]), terminated: [Bool](repeating: false, count: 2000),
      truncated: [Bool](repeating: false, count: 2000), isLive: (0..<2000).map { $0 != 7 }, reportedReward: .dense)
    for episode in 0..<3 {
      let (mean, variance) = moments(UInt64(episode))
      // Five standard errors of 6000 normal numbers.
      #expect(abs(mean) < 0.065 && abs(variance - 1) < 0.092, "\(mean), \(variance)")
      for _ in 0..<4 { agent.observe(steps) }
      var random = lifetime.split("episode", episode)
      agent.endEpisode(using: &random)
      #expect(agent.posteriors[0].factorCount == 4 * (episode + 1) && agent.posteriors[7].factorCount == 0)
    }
    #expect(moments(3).variance < 0.5)
  }

  @Test("The network that is exported does at an agent's latent vector what the agent does")
  func exportedNetwork() throws {
    let learner = try trained(2) { $0.explorationActions = .mean }
    var agent = learner.makeAgent(using: LaneRandom([RandomStream(seed: 3)]))
    var random = LaneRandom([RandomStream(seed: 4)])
    for episode in 0..<3 {
      let network = agent.policyNetwork(lane: 0)
      let observations = Tensor([0.3 * Float(episode), -0.5], shape: [1, 2])
      let actions = try #require(agent.act(on: observations, using: &random).vectors)
      let z = Tensor(agent.z, shape: [1, 3])
      for (value, due) in zip(network(observations, z).floats, actions.floats) { #expect(abs(value - due) < 1e-6) }
      #expect(network.observationSize == 2 && network.latentSize == 3)
      #expect(network.latent?.mean.floats == agent.posteriors[0].mean.map { Float($0) })
      agent.observe(transition(Float(episode), reward: 1))
      agent.endEpisode(using: &random)
    }
    #expect(agent.posteriors[0].factorCount == 3)
  }

  @Test("In evaluation, agents act by the mean; while collecting they draw") func actionsInEvaluation() throws {
    let learner = try trained { $0.explorationActions = .mean }
    let streams = LaneRandom([RandomStream(seed: 5)])
    /// The second action of an episode that began in the same way.
    func actions(collects: Bool, _ seed: UInt64) -> [Float] {
      var agent = PEARL.LifetimeAgent(learner.model, collects: collects, using: streams)
      _ = latents(&agent)
      var random = LaneRandom([RandomStream(seed: seed)])
      return agent.act(on: Tensor(repeating: 0, shape: [1, 2]), using: &random).vectors?.floats ?? []
    }
    #expect(actions(collects: false, 1) == actions(collects: false, 2))
    #expect(actions(collects: true, 1) != actions(collects: true, 2))
  }

  /// From the same streams, two agents that act by the mean do the same, and two of other streams too.
  @Test(arguments: PEARL.ExplorationActions.allCases)
  func explorationIsPlayedByDrawsAndTheRestByTheMean(actions: PEARL.ExplorationActions) throws {
    let learner = try trained { ($0.explorationEpisodes, $0.explorationActions) = (2, actions) }
    let observation = Tensor([0.1, -0.2], shape: [1, 2])
    var random = LaneRandom([RandomStream(seed: 5)])
    var agent = learner.makeAgent(using: random.split("birth"))
    for episode in 0..<4 {
      var copies = Set<[Float]>()
      // The latent vector is drawn at the first action of an episode: after that, only actions can differ.
      _ = agent.act(on: observation, using: &random)
      for seed in 0..<5 {
        var (copy, stream) = (agent, LaneRandom([RandomStream(seed: UInt64(seed))]))
        copies.insert(try #require(copy.act(on: observation, using: &stream).vectors).floats)
      }
      #expect((copies.count == 5) == (episode < 2 && actions == .sampled), "\(episode): \(copies)")
      agent.observe(transition(0.1))
      agent.endEpisode(using: &random)
    }
  }

  @Test(arguments: [0, 2]) func onlySoManyEpisodesAreShownToTheEncoder(shown: Int) throws {
    let learner = try trained { $0.shownEpisodes = shown }
    var random = LaneRandom([RandomStream(seed: 5)])
    var agent = learner.makeAgent(using: random.split("birth"))
    var factors: [Int] = []
    for _ in 0..<4 {
      _ = agent.act(on: Tensor([0.1, -0.2], shape: [1, 2]), using: &random)
      agent.observe(transition(0.1))
      agent.endEpisode(using: &random)
      factors.append(agent.posteriors[0].factorCount)
    }
    #expect(factors == (shown == 0 ? [1, 2, 3, 4] : [1, 2, 2, 2]))
  }

  @Test("Copies that probe an agent draw their own latent vectors") func copiesDrawTheirOwnVectors() throws {
    let agent = try trained().makeAgent(using: LaneRandom([RandomStream(seed: 5)]))
    var copies = [agent, agent, agent]
    let drawn = copies.indices.map { latents(&copies[$0], seed: UInt64($0 / 2)) }
    #expect(drawn[0] == drawn[1] && drawn[0] != drawn[2])
  }

  @Test("A visit has three phases, of which the encoder is shown two") func phasesOfAVisit() throws {
    var learner = try newborn()
    // Two episodes in each of five tasks, then four in each of three visits.
    #expect(try train(&learner, on: robot, iterations: 0..<1)[0].steps == 20 * (2 * 5 + 4 * 3))
    let rows = learner.memories.reduce(0) { $0 + $1.replay.written }
    #expect(rows == 21 * (2 * 5 + 4 * 3))
    for memory in learner.memories {
      let episodes = memory.replay.written / 21
      if episodes == 2 {
        #expect(memory.recent == 0..<42)
      } else {
        // The prior and the posterior phase of the last visit, and not its last episode.
        #expect(memory.recent == (episodes - 4) * 21..<(episodes - 1) * 21)
      }
    }
    #expect(learner.memories.contains { $0.replay.written > 42 })
    #expect(try train(&learner, on: robot, iterations: 1..<2)[0].steps == 20 * 4 * 3)
  }

  @Test("A context is drawn from as many episodes as are asked for", arguments: [0, 1])
  func episodesOfAContext(count: Int) throws {
    let learner = try trained { ($0.contextEpisodes, $0.contextSize) = (count, 100) }
    let shards = try learner.draw(RandomStream(seed: 0), Workers(1))
    // The first steps of episodes begin at the origin; each has an action of its own.
    let contexts = shards.flatMap { shard in
      let rows = shard.context.floatRows
      return stride(from: 0, to: rows.count, by: 100).map { Array(rows[$0..<$0 + 100]) }
    }
    let firstSteps = contexts.map { Set($0.filter { $0[0] == 0 && $0[1] == 0 }).count }
    #expect(count == 0 ? firstSteps.contains { $0 > 1 } : firstSteps.allSatisfy { $0 <= 1 })
  }

  @Test func buffersAreBounded() throws {
    let learner = try trained(6) { $0.replayCapacity = 90 }
    #expect(learner.memories.allSatisfy { $0.replay.rows.count <= 90 })
    #expect(learner.memories.contains { $0.replay.written > 90 })
    #expect(throws: SettingsError.self) { try newborn { $0.replayCapacity = 83 } }
  }

  @Test func theSizeOfAStepFallsFromOneIterationToTheNext() throws {
    func theta(_ iterations: Int, annealed: Int) throws -> Parameters {
      try trained(iterations) { $0.annealedIterations = annealed }.update.theta
    }
    let (one, two) = (try theta(1, annealed: 0), try theta(2, annealed: 0))
    let shorter = try theta(2, annealed: 1)
    #expect(try theta(1, annealed: 1).tensors.map(\.floats) == one.tensors.map(\.floats))
    // In the second of one annealed iteration a step is half as long, and three steps of Adam go one way at first.
    func length(_ end: Parameters) -> Double { (end - one).dot(end - one).squareRoot() }
    #expect(0.3 * length(two) < length(shorter) && length(shorter) < 0.7 * length(two))
  }

  @Test(arguments: [(256, 5, [512, 512, 256]), (16, 40, [256, 256, 128]), (16, 8, [64, 64])])
  func aShardHasTwoTasksOrAsManyAsMakeTwoHundredRows(batchSize: Int, tasks: Int, rows: [Int]) throws {
    let learner = try trained {
      ($0.batchSize, $0.tasksPerBatch, $0.updatesPerIteration) = (batchSize, tasks, 0)
    }
    #expect(try learner.draw(RandomStream(seed: 0), Workers(1)).map(\.batch.rowCount) == rows)
  }

  @Test("A visit of which the encoder is shown nothing is refused") func visitsThatShowNothing() {
    #expect(throws: SettingsError.self) {
      try newborn { ($0.priorSteps, $0.posteriorSteps, $0.extraSteps) = (0, 0, 40) }
    }
  }

  @Test("Where nothing is shown to the encoder, rewards change nothing") func withoutAContext() throws {
    for sees in [true, false] {
      let learner = try trained { $0.seesContext = sees }
      let lifetime = LaneRandom([RandomStream(seed: 5)])
      func after(_ reward: Float) -> [Float] {
        var agent = learner.makeAgent(using: lifetime)
        agent.observe(transition(0.2, reward: reward))
        var random = lifetime
        agent.endEpisode(using: &random)
        return latents(&agent)
      }
      #expect((after(1) == after(0)) == !sees)
    }
  }

  @Test func pointsTellWithoutDoubt() throws {
    let learner = try trained { $0.context = .deterministic }
    var agent = learner.makeAgent(using: LaneRandom([RandomStream(seed: 5)]))
    #expect(latents(&agent) == [0, 0, 0])
    agent.observe(transition(0.2, reward: 1))
    var random = LaneRandom([RandomStream(seed: 6)])
    agent.endEpisode(using: &random)
    #expect(agent.posteriors[0].variance == [0, 0, 0] && latents(&agent).contains { $0 != 0 })
  }

  @Test(arguments: SoftActorCriticNetworks.Form.allCases, [false, true])
  func trainingHasTheSameBits(form: SoftActorCriticNetworks.Form, hasNext: Bool) throws {
    let learner = try newborn {
      ($0.form, $0.learnsTemperature) = (form, form == .twoCritics)
      ($0.seesNextObservations, $0.replayCapacity) = (hasNext, 100)
    }
    try expectSameBits(learner, on: robot)
  }
}

/// Whether PEARL learns to adapt, with controls that fail where it succeeds.
@Suite struct PEARLLearningTests {
  private let family = Signs(episodesPerLifetime: 4)

  /// The mean return of an episode in new tasks, by the number of episodes before it.
  private func returns(
    seed: UInt64 = 1, _ change: (inout PEARL.Configuration) -> Void = { _ in }
  ) throws -> [Double] {
    let evaluation = EvaluationProtocol(taskCount: 100, episodesPerLifetime: 4, probes: [])
    return try meanReturns(of: trained(seed: seed, change).learner, on: family, evaluation).online
  }

  /// A learner after 25 iterations, and what it logged in the last.
  private func trained(
    seed: UInt64 = 1, _ change: (inout PEARL.Configuration) -> Void = { _ in }
  ) throws -> (learner: PEARL, metrics: [String: Double]) {
    var learner = try untrained(PEARL.self, on: family, seed: seed) {
      ($0.hiddenSizes, $0.encoderSizes, $0.latentSize) = ([32, 32], [32, 32], 3)
      ($0.trainingTasks, $0.tasksPerIteration, $0.initialSteps) = (10, 4, 200)
      ($0.priorSteps, $0.extraSteps) = (20, 20)
      ($0.updatesPerIteration, $0.tasksPerBatch, $0.batchSize, $0.contextSize) = (50, 8, 16, 16)
      ($0.discount, $0.targetRate, $0.stepSize) = (0.5, 0.02, 3e-3)
      change(&$0)
    }
    let records = try train(&learner, on: family, iterations: 0..<25, seed: seed, workers: 2)
    return (learner, records[24].metrics)
  }

  /// The control is a weight that a nat is not worth.
  @Test("Where the task shows in rewards, the posterior tells of it", arguments: [1, 2, 3] as [UInt64])
  func posteriorTellsTheTask(seed: UInt64) throws {
    let speaking = try trained(seed: seed).metrics["posteriorDivergence"]
    #expect(try #require(speaking) > 0.5)
    let silent = try trained(seed: seed) { $0.divergenceWeight = 100 }.metrics["posteriorDivergence"]
    #expect(try #require(silent) < 0.1)
  }

  /// 5 is the most there is, and 0 the most without knowing the sign.
  @Test(arguments: [1, 2, 3] as [UInt64], SoftActorCriticNetworks.Form.allCases)
  func theSignIsFoundAfterOneEpisode(seed: UInt64, form: SoftActorCriticNetworks.Form) throws {
    let adapting = try returns(seed: seed) { $0.form = form }
    #expect(abs(adapting[0]) < 1.5, "\(adapting)")
    #expect(adapting[1...].allSatisfy { $0 > 3 }, "\(adapting)")
  }

  @Test func withoutAContextItIsNotFound() throws {
    let blind = try returns { $0.seesContext = false }
    #expect(blind.allSatisfy { abs($0) < 1 }, "\(blind)")
  }

  /// The control: a posterior that may tell nothing.
  @Test func withAPosteriorThatMayTellNothingItIsNotFound() throws {
    let silent = try returns { $0.divergenceWeight = 100 }
    #expect(silent.allSatisfy { abs($0) < 1 }, "\(silent)")
  }
}

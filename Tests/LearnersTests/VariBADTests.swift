import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// Settings for families whose observations are one-hot states, small enough for tests.
private func grid(_ c: inout VariBAD.Configuration) {
  (c.rewardModel, c.rewardError, c.boundTerms, c.decodedSteps) = (.states, .bernoulli, 0, 0)
}

private func small(
  on family: any TaskFamily, episodes: Int? = 3, _ change: (inout VariBAD.Configuration) -> Void = { _ in }
) throws -> VariBAD {
  try untrained(VariBAD.self, on: family, episodes: episodes) {
    ($0.hiddenSize, $0.latentSize, $0.decoderSizes, $0.hiddenSizes) = (6, 2, [5], [8])
    ($0.stepsPerBatch, $0.warmUpSteps, $0.lifetimesPerUpdate, $0.modelUpdates) = (300, 100, 5, 2)
    change(&$0)
  }
}

/// A learner after some iterations, and lifetimes that it played then.
private func trained(
  on family: any TaskFamily, _ change: (inout VariBAD.Configuration) -> Void = { _ in }
) throws -> (learner: VariBAD, lifetimes: [RecordedLifetime]) {
  var learner = try small(on: family, change)
  try train(&learner, on: family, iterations: 0..<2, episodes: 3)
  var session = session(on: family, iteration: 2, episodes: 3)
  return (learner, try learner.play(steps: 200, "lifetimes", &session))
}

private func streams(_ count: Int, seed: UInt64 = 7) -> [RandomStream] {
  (0..<count).map { RandomStream(seed: seed).split("lifetime", $0) }
}

@Suite struct VariBADTests {
  /// Choices that end early, vectors, and one-step episodes.
  static let families: [any TaskFamily] = [GridWorld(), Short(PointNavigation(), horizon: 7), BernoulliBandit()]

  @Test("Divergences of successive beliefs are those computed by hand") func divergencesOfAChain() {
    let means: [Float] = [0, 0, 0.1, -0.2, 0.5, 0, 0.7, 0.4]
    let logVariances: [Float] = [0, 0, -0.1, 0.2, -0.5, -0.3, -1.2, -0.9]
    func distributions(_ rows: Range<Int>) -> DiagonalGaussian {
      DiagonalGaussian(
        mean: Tensor(means, shape: [4, 2]).slice(rows),
        logDeviation: 0.5 * Tensor(logVariances, shape: [4, 2]).slice(rows))
    }
    let found = distributions(1..<4).divergence(to: distributions(0..<3)).doubles
    for (number, due) in zip(found, [0.0381200881, 0.1932136414, 0.3136616]) { #expect(abs(number - due) < 1e-6) }
  }

  @Test("Moments are those of all rows, and bring columns to mean 0 and deviation 1") func runningMoments() {
    var random = RandomStream(seed: 3)
    let rows = (0..<200).flatMap { _ in [Float(random.uniform(-1, 3)), 5, Float(random.uniform(10, 11))] }
    var moments = [RunningMoments](repeating: RunningMoments(), count: 3)
    moments.include(rows: Array(rows[..<300]))
    moments.include(rows: Array(rows[300...]))
    let standardized = moments.standardizing(Tensor(rows, shape: [200, 3])).doubles
    for column in 0..<3 {
      let numbers = stride(from: column, to: standardized.count, by: 3).map { standardized[$0] }
      #expect(abs(mean(numbers)) < 1e-5)
      #expect(abs(mean(numbers.map { $0 * $0 }) - (column == 1 ? 0 : 1)) < 1e-5)
    }
    // What was constant so far has no deviation to divide by.
    #expect(moments.standardizing(Tensor([0, 5.5, 1e6], shape: [1, 3])).doubles[1...] == [0.5, 10])
  }

  @Test("The store keeps the last lifetimes whole", arguments: 0..<3) func lastLifetimesAreKept(family: Int) throws
  {
    let family = Self.families[family]
    let learner = try small(on: family) { $0.lifetimesKept = 4 }
    var session = session(on: family, episodes: 3)
    let played = try learner.play(steps: 500, "lifetimes", &session)
    #expect(played.count > 6)
    var store = LifetimeStore(for: learner.spec, capacity: 4, episodes: 3)
    for (number, lifetime) in played.enumerated() {
      store.append(lifetime.episodes)
      #expect(store.count == min(number + 1, 4))
    }
    for (number, lifetime) in played.suffix(4).enumerated() {
      let batch = learner.model.batch([number], of: store, using: streams(1))
      let rewards = lifetime.episodes.flatMap { $0.rewards() }
      #expect(batch.steps.rewards.floats == rewards)
      let size = learner.spec.observationSize
      #expect(batch.steps.before.floats == lifetime.episodes.flatMap { Array($0.observations.dropLast(size)) })
      #expect(batch.steps.after.floats == lifetime.episodes.flatMap { Array($0.observations.dropFirst(size)) })
    }
  }

  /// On grids with holes, so that lanes idle, and neither states nor beliefs may move meanwhile.
  @Test("Beliefs in acting have the bits of the whole lifetime's", arguments: 0..<3)
  func beliefsOfActing(family: Int) throws {
    let (learner, lifetimes) = try trained(on: Self.families[family])
    var store = LifetimeStore(for: learner.spec, capacity: 100, episodes: 3)
    for lifetime in lifetimes { store.append(lifetime.episodes) }
    let batch = learner.model.batch(Array(lifetimes.indices), of: store, using: streams(lifetimes.count))
    let born = learner.model.newborn(rows: 1, learner.theta).floats
    let computed = learner.model.encoder(batch.inputs, learner.theta).floatRows
    let (size, width) = (learner.spec.observationSize, learner.model.beliefSize)
    for (lane, lifetime) in lifetimes.enumerated() {
      for step in 0..<lifetime.stepCount {
        let start = step * (size + width) + size
        let acted = Array(lifetime.inputs[start..<start + width])
        #expect(acted == (step == 0 ? born : computed[(step - 1) * lifetimes.count + lane]))
      }
    }
  }

  @Test("The ratio is exactly 1 before the first step, in any part of the batch", arguments: 0..<3)
  func ratios(family: Int) throws {
    let (learner, lifetimes) = try trained(on: Self.families[family])
    let steps = learner.steps(lifetimes)
    var random = RandomStream(seed: 1)
    let part = steps.rows(Array(random.permutation(of: steps.targets.count).prefix(37)))
    let now = learner.policy(part.inputs, learner.theta).logProbability(of: part.actions)
    #expect(now.floats == part.reference.floats)
  }

  @Test("Nothing flows from the policy's loss into encoder and decoder, nor back", arguments: 0..<3)
  func flowOfGradients(family: Int) throws {
    let (learner, lifetimes) = try trained(on: Self.families[family])
    let steps = learner.steps(lifetimes)
    let batch = learner.model.batch([0, 1, 2], of: learner.state.lifetimes, using: streams(3))
    let ofPolicy = valueAndGradient(at: learner.theta) {
      learner.policyLoss(steps, $0, of: steps.targets.count).loss
    }.gradient
    let ofModel = valueAndGradient(at: learner.theta) { learner.model.loss(batch, $0).total }.gradient
    for (moved, still, gradient) in [
      (learner.actorNames, learner.model.parameterNames, ofPolicy),
      (learner.model.parameterNames, learner.actorNames, ofModel),
    ] {
      #expect(gradient.selecting(still).tensors.allSatisfy { $0.floats.allSatisfy { $0 == 0 } })
      #expect(length(gradient.selecting(moved)) > 0)
    }
  }

  /// The bound of equation 8 for each lifetime by itself, step by step, in double precision.
  private func bound(
    _ learner: VariBAD, _ batch: TaskModel.Batch, lifetime: Int, of lifetimes: Int, lengths: [Int],
    _ theta: Parameters
  ) -> (reconstruction: Double, divergence: Double) {
    let (model, c) = (learner.model, learner.configuration)
    let longest = batch.inputs.shape[0]
    let size = c.latentSize
    let born = model.newborn(rows: 1, theta).doubles
    let rows = model.encoder(batch.inputs, theta).doubles
    func belief(_ t: Int) -> [Double] {
      if t < 0 { return [Double](repeating: 0, count: 2 * size) }
      let start = ((t - 1) * lifetimes + lifetime) * 2 * size
      return t == 0 ? born : Array(rows[start..<start + 2 * size])
    }
    func row(_ tensor: Tensor, _ number: Int) -> [Double] {
      let width = tensor.shape.dropFirst().reduce(1, *)
      return Array(tensor.doubles[number * width..<(number + 1) * width])
    }
    func output(_ network: MLP, _ inputs: [Double]) -> [Double] {
      network(Tensor(inputs, shape: [1, inputs.count], precision: .double), theta).doubles
    }
    func exponential(_ x: Double) -> Double { Tensor(x, precision: .double).exp().scalar }
    var (reconstruction, divergence) = (0.0, 0.0)
    let termCount = batch.terms.count / lifetimes
    for t in 0...lengths[lifetime] {
      let (now, before) = (belief(t), belief(t - 1))
      for i in 0..<size {
        let (m, v, n, w) = (now[i], now[size + i], before[i], before[size + i])
        divergence += 0.5 * (w - v + (exponential(v) + (m - n) * (m - n)) * exponential(-w) - 1)
      }
      let noise = row(batch.noise, lifetime * termCount + t)
      let z = (0..<size).map { now[$0] + exponential(0.5 * now[size + $0]) * noise[$0] }
      for step in 0..<lengths[lifetime] {
        if c.decodes == .past, step >= t { continue }
        let number = lifetime * longest + step
        let (from, action) = (row(batch.steps.before, number), row(batch.steps.actions, number))
        let (to, reward) = (row(batch.steps.after, number), batch.steps.rewards.doubles[number])
        let predicted =
          switch c.rewardModel {
          case .states: zip(output(model.decoder.rewards, z), to).reduce(0) { $0 + $1.0 * $1.1 }
          case .step: output(model.decoder.rewards, z + from + action + to)[0]
          }
        switch c.rewardError {
        case .squared: reconstruction += (predicted - reward) * (predicted - reward)
        case .bernoulli:
          let probability = 1 / (1 + exponential(-predicted))
          reconstruction -= Tensor(reward > 0 ? probability : 1 - probability, precision: .double).log().scalar
        }
        if let states = model.decoder.states {
          let errors = zip(output(states, z + from + action), to).map { ($0 - $1) * ($0 - $1) }
          reconstruction += c.stateWeight * errors.reduce(0, +) / Double(errors.count)
        }
      }
    }
    return (reconstruction, divergence)
  }

  /// Each with lifetimes of several lengths.
  static let losses: [(TransitionDecoder.RewardModel, TransitionDecoder.RewardError, Double, VariBAD.Decoded)] = [
    (.states, .bernoulli, 0, .all), (.states, .squared, 0.5, .past), (.step, .squared, 0.5, .all),
    (.step, .bernoulli, 0, .past),
  ]

  private func problem(_ loss: Int) throws -> (learner: VariBAD, batch: TaskModel.Batch, lengths: [Int]) {
    let (model, error, weight, decodes) = Self.losses[loss]
    let (learner, lifetimes) = try trained(on: Short(GridWorld(), horizon: 4)) {
      ($0.rewardModel, $0.rewardError, $0.stateWeight, $0.decodes) = (model, error, weight, decodes)
      ($0.boundTerms, $0.decodedSteps, $0.divergenceWeight) = (0, 0, 0.3)
    }
    var store = LifetimeStore(for: learner.spec, capacity: 100, episodes: 3)
    let shortest = lifetimes.min { $0.stepCount < $1.stepCount }
    let chosen = [try #require(shortest)] + lifetimes.prefix(2)
    for lifetime in chosen { store.append(lifetime.episodes) }
    return (learner, learner.model.batch([0, 1, 2], of: store, using: streams(3)), chosen.map(\.stepCount))
  }

  @Test("The loss is the bound of each lifetime, summed over all terms and steps", arguments: losses.indices)
  func lossByEnumeration(loss: Int) throws {
    let (learner, batch, lengths) = try problem(loss)
    #expect(Set(lengths).count > 1)
    let theta = learner.theta.map { $0.converted(to: .double).detached }
    let parts = learner.model.loss(batch, theta)
    let due = lengths.indices.map { bound(learner, batch, lifetime: $0, of: 3, lengths: lengths, theta) }
    let (reconstruction, divergence) = due.reduce((0.0, 0.0)) { ($0.0 + $1.reconstruction, $0.1 + $1.divergence) }
    #expect(abs(parts.reconstruction.scalar - reconstruction) < 1e-8 * reconstruction)
    #expect(abs(parts.divergence.scalar - divergence) < 1e-8 * divergence)
    #expect(abs(parts.total.scalar - reconstruction - 0.3 * divergence) < 1e-8 * reconstruction)
  }

  @Test("The gradient of the loss equals differences", arguments: losses.indices)
  func gradientOfTheLoss(loss: Int) throws {
    let (learner, batch, _) = try problem(loss)
    let theta = learner.theta.selecting(learner.model.parameterNames).map { $0.converted(to: .double).detached }
    func total(_ theta: Parameters) -> Tensor { learner.model.loss(batch, theta).total }
    let gradient = valueAndGradient(at: theta, of: total).gradient
    for seed in 4..<7 as Range<UInt64> {
      let v = theta.direction(seed)
      expectDerivative(gradient.dot(v), of: { total($0).scalar }, at: theta, along: v, step: 1e-6, within: 1e-5)
    }
  }

  @Test("Terms and steps are drawn where there are more than a setting allows") func drawnTermsAndSteps() throws {
    let (learner, _) = try trained(on: Short(PointNavigation(), horizon: 7)) {
      ($0.boundTerms, $0.decodedSteps) = (4, 9)
    }
    let batch = learner.model.batch([0, 1, 2], of: learner.state.lifetimes, using: streams(3))
    #expect(batch.terms.count == 12 && batch.termWeights.floats.allSatisfy { $0 == 1 })
    for lane in 0..<3 {
      for term in 0..<4 {
        #expect(batch.terms[lane * 4 + term] % 3 == lane && batch.terms[lane * 4 + term] / 3 <= 21)
        let weights = batch.stepWeights[(lane * 4 + term) * 21..<(lane * 4 + term + 1) * 21]
        #expect(weights.reduce(0, +) == 9)
      }
    }
    let other = learner.model.batch([0, 1, 2], of: learner.state.lifetimes, using: streams(3, seed: 8))
    #expect(other.terms != batch.terms && other.stepWeights != batch.stepWeights)
  }

  /// One step that stays where it is, and a draw: the loss tells what was predicted.
  @Test("Predicted rewards are those that losses are computed from", arguments: losses.indices)
  func predictedRewards(loss: Int) throws {
    let (learner, _, _) = try problem(loss)
    let (decoder, error) = (learner.model.decoder, Self.losses[loss].1)
    let (cells, stay) = (identity(9), identity(4).slice(3..<4))
    let z = Tensor([0.3, -1.2, 0.7, 0.1], shape: [2, 2])
    let predicted = (0..<2).map {
      decoder.rewards(at: cells, by: stay, from: z.slice($0..<$0 + 1), learner.theta)
    }
    for (cell, row) in cells.floatRows.enumerated() {
      let place = Tensor(row, shape: [1, 9])
      let steps = TransitionDecoder.Steps(
        lifetimeCount: 1, before: place, actions: stay, after: place, rewards: Tensor([1]))
      for vector in 0..<2 {
        let weights: [Float] = vector == 0 ? [1, 0] : [0, 1]
        let loss = decoder.losses(of: steps, from: z, weights: weights, learner.theta).rewards.scalar
        let found = predicted[vector][cell]
        let due =
          switch error {
          case .squared: (1 - found) * (1 - found)
          case .bernoulli: -Tensor(found, precision: .double).log().scalar
          }
        #expect(abs(loss - due) < 1e-5)
      }
    }
    let both = decoder.rewards(at: cells, by: stay, from: z, learner.theta)
    for cell in 0..<9 { #expect(abs(both[cell] - (predicted[0][cell] + predicted[1][cell]) / 2) < 1e-6) }
    #expect(predicted[0] != predicted[1])
  }

  private func identity(_ size: Int) -> Tensor {
    Tensor((0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 }, shape: [size, size])
  }

  @Test("Agents predict rewards of every lane from its own experience, with any decoder", arguments: losses.indices)
  func predictionsOfAgents(loss: Int) throws {
    let (learner, _, _) = try problem(loss)
    let family = Short(GridWorld(), horizon: 4)
    let random = LaneRandom(seed: 3, lanes: 2)
    var (agent, environment) = (
      learner.makeAgent(using: random.split("birth")),
      family.makeEnvironment(for: [TaskID(.test, 0), TaskID(.test, 1)])
    )
    let cells = identity(9)
    var beliefs: [[[Double]]] = [[], []]
    _ = try rollout(&agent, in: &environment, episodes: 0..<2, spec: family.spec, lifetime: random) { agent in
      for lane in 0..<2 { beliefs[lane].append(agent.belief(over: cells, lane: lane)) }
    }
    #expect(beliefs[0].first == beliefs[1].first && beliefs[0].last != beliefs[1].last)
    for belief in beliefs.joined() {
      #expect(belief.count == 9 && belief.allSatisfy { $0 >= 0 })
      #expect(abs(belief.reduce(0, +) - 1) < 1e-9)
    }
  }

  @Test(arguments: 0..<3, [true, false]) func trainingHasTheSameBits(family: Int, standardizes: Bool) throws {
    let learner = try small(on: Self.families[family]) {
      ($0.lifetimesPerUpdate, $0.stateWeight, $0.modelGradientLength) = (40, 1, 1)
      ($0.standardizesInputs, $0.lifetimesKept) = (standardizes, 20)
    }
    try expectSameBits(learner, on: Self.families[family], episodes: 3)
  }

  @Test func aStoreOfTooManyRowsIsRefused() {
    #expect(throws: SettingsError.self) {
      try small(on: Short(PointNavigation(), horizon: 1000)) { $0.lifetimesKept = 1_000_000 }
    }
  }
}

/// What beliefs are worth: each claim goes with a control that fails where it succeeds.
@Suite struct VariBADLearningTests {
  private func trained(
    steps: Int, _ change: (inout VariBAD.Configuration) -> Void = { _ in }
  ) throws -> VariBAD {
    var learner = try untrained(VariBAD.self, on: GridNavigation(), seed: 1) {
      grid(&$0)
      ($0.stepsPerBatch, $0.outerStepSize, $0.advantageDecay, $0.entropyWeight) = (2000, 6e-3, 0.8, 0.03)
      ($0.modelUpdates, $0.lifetimesPerUpdate) = (20, 25)
      change(&$0)
    }
    try train(&learner, on: GridNavigation(), steps: steps, seed: 1)
    return learner
  }

  private func lifetimeReturn(of learner: VariBAD) throws -> Double {
    let evaluation = EvaluationProtocol(taskCount: 21, episodesPerLifetime: 4, probes: [])
    return try meanReturns(of: learner, on: GridNavigation(), evaluation).online.reduce(0, +)
  }

  /// The mean return of lifetimes with all goals, of agents that are shown what happens in the next lane.
  private func lifetimeReturnByBeliefsOfOthers(_ learner: VariBAD) throws -> Double {
    let (family, random) = (GridNavigation(), LaneRandom(seed: 5, lanes: 21))
    var environment = family.makeEnvironment(for: (0..<21).map { TaskID(.test, $0) })
    var agent = ShownAnotherLane(agent: learner.makeAgent(using: random.split("birth")))
    let lifetimes = try rollout(&agent, in: &environment, episodes: 0..<4, spec: family.spec, lifetime: random)
    return mean(lifetimes.map { $0.reduce(0) { $0 + $1.totalReward } })
  }

  /// An agent whose beliefs are those of the next lane.
  private struct ShownAnotherLane<A: Agent>: Agent {
    var agent: A

    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      agent.act(on: observations, using: &random)
    }

    mutating func observe(_ transition: Transition) {
      let others = transition.isLive.indices.map { ($0 + 1) % transition.isLive.count }
      var shown = transition
      shown.actions = transition.actions.gather(others)
      shown.rewards = Rewards(others.map { transition.rewards.dense[$0] })
      shown.observations = transition.observations.gather(others)
      shown.nextObservations = transition.nextObservations.gather(others)
      agent.observe(shown)
    }

    mutating func endEpisode(using random: inout LaneRandom) throws { try agent.endEpisode(using: &random) }
  }

  /// Means over the steps of lifetimes with all goals.
  private struct Beliefs {
    /// From the exact belief, in nats: until the goal is found, and from then on.
    var (searching, knowing) = (0.0, 0.0)
    /// The share of a cell that has been ruled out, before the goal is found, in units of that of a cell if all are alike.
    var ruledOut = 0.0
    /// The share of the goal once it is found.
    var found = 0.0
  }

  private func beliefs(of learner: VariBAD) throws -> Beliefs {
    let (family, random) = (GridNavigation(), LaneRandom(seed: 5, lanes: 21))
    var environment = family.makeEnvironment(for: (0..<21).map { TaskID(.test, $0) })
    var agent = learner.makeAgent(using: random.split("birth"))
    let cells = Tensor((0..<625).map { $0 % 26 == 0 ? 1 : 0 }, shape: [25, 25])
    var steps = [[[Double]]](repeating: [], count: 21)
    let lifetimes = try rollout(&agent, in: &environment, episodes: 0..<4, spec: family.spec, lifetime: random) {
      for lane in 0..<21 { steps[lane].append($0.belief(over: cells, lane: lane)) }
    }
    var (searching, knowing, ruledOut, found) = ([Double](), [Double](), [Double](), [Double]())
    for (lane, lifetime) in lifetimes.enumerated() {
      let beliefs = (0..<4).map { Array(steps[lane][16 * $0..<16 * ($0 + 1)]) }
      let goals = family.possibleGoals(along: lifetime)
      let all = goals[0][0]
      for (episode, divergences) in family.divergences(of: beliefs, along: lifetime).enumerated() {
        for (step, divergence) in divergences.enumerated() {
          let (possible, belief) = (goals[episode][step], beliefs[episode][step])
          if possible.count == 1 {
            knowing.append(divergence)
            found.append(belief[possible[0]])
          } else {
            searching.append(divergence)
            ruledOut += all.filter { !possible.contains($0) }.map { 25 * belief[$0] }
          }
        }
      }
    }
    return Beliefs(
      searching: mean(searching), knowing: mean(knowing), ruledOut: mean(ruledOut), found: mean(found))
  }

  /// 37.2 is the most there is.
  @Test(
    "Hidden goals are found again, and beliefs are near the exact ones, only if beliefs are one's own and made to predict rewards"
  )
  func hiddenGoals() throws {
    let (learner, control) = (try trained(steps: 300_000), try trained(steps: 300_000) { $0.decodes = .nothing })
    #expect(try lifetimeReturn(of: learner) > 12)
    #expect(try lifetimeReturn(of: control) < 4)
    #expect(try lifetimeReturnByBeliefsOfOthers(learner) < 4)
    let (learned, untrained) = (try beliefs(of: learner), try beliefs(of: control))
    // The decoder of the control is untrained. What is ruled out is learned last: that is a claim of longer training.
    #expect(learned.knowing < 0.2 && learned.found > 0.85, "\(learned)")
    #expect(untrained.knowing > 2 && untrained.found < 0.1, "\(untrained)")
    #expect(learned.searching < 0.9 * untrained.searching && learned.ruledOut < 0.9 * untrained.ruledOut)
  }

  /// On lifetimes whose actions do not depend on rewards, the steps to come do not tell the goal either.
  ///
  /// So the reward in a cell that may still be the goal is one of m: it costs h(1/m) nats at least to predict it. Less would be a leak.
  @Test("No belief predicts rewards that it cannot know, and beliefs predict those that they can")
  func floorOfTheLoss() throws {
    let family = GridNavigation()
    var learner = try untrained(VariBAD.self, on: family, seed: 2) {
      grid(&$0)
      ($0.stepsPerBatch, $0.modelUpdates, $0.outerStepSize, $0.warmUpSteps) = (2000, 40, 1e-12, 0)
      $0.lifetimesPerUpdate = 25
    }
    // A policy that sees nothing: its last layer has no weights.
    let blind = try #require(learner.actorNames.last { !$0.hasPrefix("critic.") && $0.hasSuffix(".weights") })
    learner.state.theta = learner.theta.replacing(
      Parameters(names: [blind], tensors: [0 * learner.theta[blind]]))
    try train(&learner, on: family, iterations: 0..<40, workers: 2)
    var session = session(on: family, iteration: 1000, workers: 2)
    let lifetimes = try learner.play(steps: 24_000, "lifetimes", &session)
    var store = LifetimeStore(for: learner.spec, capacity: 1000, episodes: 4)
    for lifetime in lifetimes { store.append(lifetime.episodes) }
    let batch = learner.model.batch(Array(lifetimes.indices), of: store, using: streams(lifetimes.count))
    // The loss at birth of each step that enters a cell where the goal can be.
    let cells = batch.steps.after.floatRows.map { row in row.firstIndex(of: 1) ?? 0 }
    let possible = cells.map { $0 % 5 > 1 || $0 / 5 > 1 }
    var weights = [Float](repeating: 0, count: batch.stepWeights.count)
    for lane in lifetimes.indices {
      for step in 0..<60 where possible[lane * 60 + step] { weights[lane * 61 * 60 + step] = 1 }
    }
    let belief = learner.model.distributions(learner.model.newborn(rows: batch.terms.count, learner.theta))
    let atBirth =
      learner.model.decoder.losses(
        of: batch.steps, from: belief.sample(batch.noise), weights: weights, learner.theta
      ).rewards.scalar / Double(weights.reduce(0, +))
    // h(1/21), for the goals of these lifetimes are a sample.
    #expect(atBirth > 0.17 && atBirth < 0.24, "\(atBirth)")
    // At the end of a lifetime most of it is known.
    var late = [Float](repeating: 0, count: weights.count)
    for lane in lifetimes.indices {
      for step in 0..<60 where possible[lane * 60 + step] { late[(lane * 61 + 60) * 60 + step] = 1 }
    }
    let parts = learner.model.distributions(
      Tensor.concatenate([
        learner.model.newborn(rows: lifetimes.count, learner.theta),
        learner.model.encoder(batch.inputs, learner.theta),
      ]).gather(batch.terms))
    let atTheEnd =
      learner.model.decoder.losses(
        of: batch.steps, from: parts.sample(batch.noise), weights: late, learner.theta
      ).rewards.scalar / Double(late.reduce(0, +))
    #expect(atTheEnd < 0.6 * atBirth, "\(atTheEnd)")
  }
}

import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

private func small(
  on family: any TaskFamily, episodes: Int? = 3, _ change: (inout RecurrentDQN.Configuration) -> Void = { _ in }
) throws -> RecurrentDQN {
  try untrained(RecurrentDQN.self, on: family, episodes: episodes) {
    ($0.hiddenSize, $0.readoutSize, $0.feedForwardSize) = (8, 6, 5)
    ($0.lifetimesPerIteration, $0.batchSize, $0.stepsPerUpdate) = (5, 18, 40)
    change(&$0)
  }
}

/// A learner that has played and not learned, always by its values.
private func played(
  on family: any TaskFamily, _ change: (inout RecurrentDQN.Configuration) -> Void = { _ in }
) throws -> RecurrentDQN {
  var learner = try small(on: family) {
    ($0.explorationStart, $0.explorationEnd, $0.lifetimesBeforeUpdates) = (0, 0, 1000)
    change(&$0)
  }
  try train(&learner, on: family, iterations: 0..<1, episodes: 3)
  return learner
}

@Suite struct RecurrentDQNTests {
  static let families: [any TaskFamily] = [GridWorld(), BernoulliBandit(), TMaze()]

  /// Two steps of which nothing follows the last, and the last two of three steps after which a value follows; γ = 0.5.
  private let batch = SequenceBatch(
    [
      ValueSequence(inputs: [1, 2], choices: [0, 1], rewards: [1, 10]),
      ValueSequence(inputs: [3, 4, 5, 6], choices: [1, 0, 1], rewards: [9, 2, 3], burnIn: 1, continues: true),
    ], inputSize: 1)

  /// Q and Q⁻, by row: step after step of the first sequence and the second.
  private let values = Tensor([1, 2, 0, 0, 5, 3, 4, 6, 0, 0, 7, 8, 0, 0, 2, 1], shape: [8, 2])
  private let slow = Tensor([9, 9, 9, 9, 1, 8, 9, 9, 9, 9, 3, 2, 9, 9, 4, 6], shape: [8, 2])

  @Test("Sequences lie side by side, and steps without a successor have none") func layout() {
    #expect(batch.inputs.shape == [4, 2, 1] && batch.inputs.floats == [1, 3, 2, 4, 0, 5, 0, 6])
    #expect(batch.rows == [0, 2, 3, 5] && batch.nextRows == [2, 2, 5, 7])
    #expect(batch.choices == [0, 1, 0, 1] && batch.continues.floats == [1, 0, 1, 1])
  }

  /// The first step of the first sequence: 1 + 0.5 · 8 by the greatest of Q⁻, and 1 + 0.5 · 1 where Q chooses.
  @Test(arguments: [(false, [5, 10, 3.5, 6]), (true, [1.5, 10, 3, 5])])
  func targetsAreThoseComputedByHand(isDouble: Bool, due: [Float]) throws {
    let learner = try small(on: BernoulliBandit())
    let y = learner.network.targets(of: batch, values, slow, discount: 0.5, isDouble: isDouble)
    #expect(y.floats == due)
    let named = Parameters(names: ["values"], tensors: [values])
    let (loss, gradient) = valueAndGradient(at: named) {
      learner.network.squaredErrors(of: batch, $0["values"], y)
    }
    // Q of what was chosen: 1, 3, 4 and 8.
    let errors = zip([1, 3, 4, 8], due).map { $0 - $1 }
    #expect(loss.scalar == errors.reduce(0) { $0 + Double($1 * $1) })
    var slopes = [Float](repeating: 0, count: 16)
    for (place, error) in zip([0, 5, 6, 11], errors) { slopes[place] = 2 * error }
    #expect(gradient.tensors[0].floats == slopes)
  }

  @Test("The gradient of the loss is that of differences, with y held fixed", arguments: RL2.MemoryKind.allCases)
  func gradient(memory: RL2.MemoryKind) throws {
    let family = GridWorld()
    var learner = try small(on: family) { ($0.memory, $0.isDueling, $0.embeddingSize) = (memory, true, 5) }
    try train(&learner, on: family, iterations: 0..<3, episodes: 3)
    let sequences = Array(learner.sample(using: RandomStream(seed: 3)).prefix(5))
    let session = session(on: family, episodes: 3)
    let found = try learner.network.lossAndGradient(
      of: sequences, learner.state.values, discount: 0.99, isDouble: true, session)
    let (network, theta) = (learner.network, learner.theta)
    let batch = SequenceBatch(sequences, inputSize: learner.inputs.size)
    let y = network.targets(
      of: batch, network(batch.inputs, theta), network(batch.inputs, learner.state.values.target), discount: 0.99,
      isDouble: true)
    func loss(_ theta: Parameters) -> Double {
      network.squaredErrors(of: batch, network(batch.inputs, theta), y).scalar / Double(batch.stepCount)
    }
    let wide = theta.map { $0.converted(to: .double) }
    #expect(abs(found.loss - loss(theta)) < 1e-5 * max(1, found.loss))
    let direction = wide.direction(4)
    expectDerivative(
      found.gradient.map { $0.converted(to: .double) }.dot(direction), of: loss, at: wide, along: direction,
      within: 1e-4)
  }

  /// What is stored is what was shown: the values of stored inputs choose what was done, also in later episodes.
  @Test(arguments: 0..<3, RL2.MemoryKind.allCases)
  func valuesOfStoredLifetimesAreThoseThatAgentsActedBy(family: Int, memory: RL2.MemoryKind) throws {
    let learner = try played(on: Self.families[family]) { $0.memory = memory }
    for sequence in learner.sample(using: RandomStream(seed: 1)) {
      let batch = SequenceBatch([sequence], inputSize: learner.inputs.size)
      let values = learner.network(batch.inputs, learner.theta).floatRows
      #expect(values.count == sequence.choices.count && !sequence.continues)
      for (row, choice) in zip(values, sequence.choices) { #expect(row[choice] == row.max()) }
    }
  }

  @Test("A stretch is a part of a lifetime, and what follows it counts") func stretches() throws {
    let family = TMaze()
    let whole = try played(on: family).sample(using: RandomStream(seed: 1))
    let parts = try played(on: family) {
      ($0.sequenceLength, $0.burnInSteps, $0.batchSize) = (4, 2, 100)
    }
    let size = parts.inputs.size
    var (burnIns, ends): (Set<Int>, Set<Bool>) = ([], [])
    for part in parts.sample(using: RandomStream(seed: 2)) {
      #expect(part.choices.count - part.burnIn == 4 && part.choices.count == part.rewards.count)
      #expect(part.inputs.count == (part.choices.count + (part.continues ? 1 : 0)) * size)
      let isThere = whole.contains { lifetime in
        stride(from: 0, through: lifetime.inputs.count - part.inputs.count, by: size).contains {
          lifetime.inputs[$0..<$0 + part.inputs.count].elementsEqual(part.inputs)
        }
      }
      #expect(isThere || part.continues)
      burnIns.insert(part.burnIn)
      ends.insert(part.continues)
    }
    #expect(burnIns == [0, 1, 2] && ends == [false, true])
  }

  @Test("After the horizon of the last episode there is a value only if a setting says so, and after an end none")
  func endsOfLifetimes() throws {
    // The last step of a bandit's episode is an end, that of a maze the horizon.
    for (family, continues) in [(TMaze() as any TaskFamily, true), (BernoulliBandit(), false)] {
      let learner = try played(on: family) { $0.bootstrapsAtEnd = true }
      for sequence in learner.sample(using: RandomStream(seed: 1)) {
        #expect(sequence.continues == continues)
      }
    }
  }

  @Test(arguments: RL2.MemoryKind.allCases, [0, 7])
  func trainingHasTheSameBits(memory: RL2.MemoryKind, length: Int) throws {
    let learner = try small(on: GridWorld()) {
      ($0.memory, $0.sequenceLength, $0.burnInSteps) = (memory, length, 3)
      ($0.lifetimesKept, $0.updatesPerTarget) = (12, 3)
    }
    try expectSameBits(learner, on: GridWorld(), episodes: 3)
  }

  @Test("With a rate of 1 the target is a copy of the network as it was at the last move")
  func copiedTarget() throws {
    var learner = try small(on: BernoulliBandit()) {
      ($0.targetRate, $0.updatesPerTarget, $0.stepsPerUpdate, $0.lifetimesBeforeUpdates) = (1, 2, 1000, 1)
    }
    let born = learner.theta
    func same(_ a: Parameters, _ b: Parameters) -> Bool { a.tensors.map(\.floats) == b.tensors.map(\.floats) }
    // One update in an iteration.
    try train(&learner, on: BernoulliBandit(), iterations: 0..<1, episodes: 3)
    #expect(same(learner.state.values.target, born) && !same(learner.theta, born))
    try train(&learner, on: BernoulliBandit(), iterations: 1..<2, episodes: 3)
    #expect(same(learner.state.values.target, learner.theta))
  }
}

/// Whether it learns: each claim goes with a control that fails where it succeeds.
@Suite struct RecurrentDQNLearningTests {
  private func earned(
    on family: some TaskFamily, steps: Int, _ change: (inout RecurrentDQN.Configuration) -> Void
  ) throws -> Double {
    var learner = try untrained(RecurrentDQN.self, on: family, seed: 1) {
      ($0.hiddenSize, $0.explorationSteps, $0.stepsPerUpdate) = (32, 10_000, 8)
      change(&$0)
    }
    try train(&learner, on: family, steps: steps, seed: 1)
    let evaluation = EvaluationProtocol(
      taskCount: 2, episodesPerLifetime: family.card.episodesPerLifetime, probes: [])
    return try meanReturns(of: learner, on: family, evaluation).online.reduce(0, +)
  }

  /// 1 is the most there is, and 0.5 the most without a memory: one of the two arms.
  @Test("A sign is remembered along a corridor by memories and by nothing else")
  func signInACorridor() throws {
    #expect(try earned(on: TMaze(), steps: 30_000) { $0.memory = .lstm } == 1)
    #expect(try earned(on: TMaze(), steps: 30_000) { $0.memory = .transformer } == 1)
    let control = try earned(on: TMaze(), steps: 30_000) { ($0.memory, $0.contextLength) = (.transformer, 1) }
    #expect(control <= 0.5, "\(control)")
  }

  /// 1.5 is the most there is in three episodes, and 1 the most without what the first told.
  @Test("What the first episode tells is used in the third, if values flow that far") func laterEpisodes() throws {
    func total(_ change: (inout RecurrentDQN.Configuration) -> Void = { _ in }) throws -> Double {
      try earned(on: RepeatWinner(), steps: 12_000) {
        ($0.explorationSteps, $0.stepsPerUpdate, $0.lifetimesPerIteration) = (4000, 2, 20)
        change(&$0)
      }
    }
    #expect(try total() == 1.5)
    #expect(try total { ($0.memory, $0.contextLength) = (.transformer, 1) } <= 1)
  }
}

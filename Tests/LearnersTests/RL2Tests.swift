import Environments
import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// Settings that train in a moment.
private func small(_ change: (inout RL2.Configuration) -> Void = { _ in }) -> RL2.Configuration {
  var c = RL2.Configuration()
  c.hiddenSize = 8
  c.stepsPerBatch = 200
  change(&c)
  return c
}

private func session(
  on family: any TaskFamily, iteration: Int = 0, seed: UInt64 = 0, workers: Int = 1, episodes: Int? = nil
) -> TrainingSession {
  TrainingSession(
    family: family, iteration: iteration, random: RandomStream(seed: seed).split("train"),
    workers: Workers(workers), episodesPerLifetime: episodes)
}

private func makeLearner(
  on family: any TaskFamily, episodes: Int? = nil, seed: UInt64 = 0, _ configuration: RL2.Configuration
) throws -> RL2 {
  try RL2(
    configuration, for: family.learnerSpec(episodesPerLifetime: episodes),
    using: RandomStream(seed: seed).split("init"))
}

/// Lifetimes of three episodes, of which some end early.
private func recorded(
  _ family: any TaskFamily, _ change: (inout RL2.Configuration) -> Void = { _ in }
) throws -> (learner: RL2, lifetimes: [RecordedLifetime]) {
  let learner = try makeLearner(on: family, episodes: 3, small(change))
  var session = session(on: family, episodes: 3)
  return (learner, try learner.withAdvantages(learner.play(&session), Workers(1)))
}

@Suite struct RL2Tests {
  static let families: [any TaskFamily] = [GridWorld(), Short(PointNavigation(), horizon: 7), BernoulliBandit()]

  private func layered(_ c: inout RL2.Configuration) {
    (c.embeddingSize, c.readoutSize, c.seesLastObservation) = (5, 6, true)
  }

  /// With neither discount nor decay, the target of a lifetime's first value is the sum of its rewards.
  @Test func theNetworkIsShownOneRewardAndLearnsFromTheOther() throws {
    let family = PointRobot(.wideHalfCircle)
    let (_, sparse) = try recorded(family) { ($0.discount, $0.advantageDecay) = (1, 1) }
    let (_, dense) = try recorded(family) {
      ($0.discount, $0.advantageDecay, $0.trainingReward) = (1, 1, .dense)
    }
    #expect(dense.map(\.inputs) == sparse.map(\.inputs))
    #expect(sparse.contains { $0.totalReward > 0 })
    for (lifetimes, channel) in [(sparse, RewardChoice.sparse), (dense, .dense)] {
      for lifetime in lifetimes {
        #expect(
          abs(try #require(lifetime.targets.first) - Episode(joining: lifetime.episodes).totalReward(channel))
            < 1e-4)
      }
    }
  }

  /// Long lifetimes of evaluation make no batch of more steps than were asked for.
  @Test(arguments: [PointNavigation(), WheeledRobotLite(), BernoulliBandit(), TabularMDP()] as [any TaskFamily])
  func aBatchHasNoMoreStepsThanItIsToHave(family: any TaskFamily) throws {
    let learner = try makeLearner(on: family, small { $0.stepsPerBatch = 10_000 })
    var session = session(on: family)
    let lifetimes = try learner.play(&session)
    #expect(session.environmentSteps <= 10_000 && session.environmentSteps > 9000, "\(session.environmentSteps)")
    #expect(lifetimes.count >= 10)
    #expect(lifetimes.allSatisfy { $0.episodes.count >= 2 })
  }

  @Test func lifetimesOfAGivenLengthArePlayedWhateverTheBatch() throws {
    let family = PointNavigation()
    let learner = try makeLearner(on: family, small { ($0.stepsPerBatch, $0.episodesPerLifetime) = (1000, 20) })
    var session = session(on: family)
    #expect(try learner.play(&session).map(\.episodes.count) == [20])
  }

  @Test func theDeviationOfRewardsIsThatOfTheirDiscountedSums() {
    var random = RandomStream(seed: 1)
    let lifetimes = (0..<7).map { _ in (0..<50).map { _ in Float(random.uniform(-3, 1)) } }
    var running = RewardDeviation()
    #expect(running.value == 1)
    var sums: [Double] = []
    for lifetime in lifetimes {
      running.include(lifetime, discount: 0.9)
      for step in lifetime.indices {
        sums.append((0...step).reduce(0) { 0.9 * $0 + Double(lifetime[$1]) })
      }
    }
    let mean = sums.reduce(0, +) / Double(sums.count)
    let variance = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sums.count)
    #expect(abs(running.value - variance.squareRoot()) < 1e-9)
    var nothing = RewardDeviation()
    nothing.include([0, 0, 0], discount: 0.9)
    #expect(nothing.value == 1)
  }

  /// With neither discount nor decay, the target of a lifetime's first value is the sum of its rewards.
  @Test(arguments: [true, false]) func valuesAreLearnedInUnitsOfTheDeviationIfASettingSaysSo(scales: Bool) throws {
    let family = Short(PointNavigation(), horizon: 7)
    var learner = try makeLearner(
      on: family, episodes: 3,
      small { ($0.discount, $0.advantageDecay, $0.scalesRewards, $0.rewardScale) = (1, 1, scales, 0.5) })
    var session = session(on: family, episodes: 3)
    let played = try learner.play(&session)
    for lifetime in played {
      learner.state.rewardDeviation.include(lifetime.episodes.flatMap { $0.rewards(.dense) }, discount: 1)
    }
    let unit = scales ? learner.state.rewardDeviation.value : 1
    for lifetime in try learner.withAdvantages(played, Workers(1)) {
      let expected = 0.5 * lifetime.totalReward / unit
      #expect(abs(try #require(lifetime.targets.first) - expected) < 1e-4 * abs(expected))
    }
  }

  @Test(arguments: 0..<3, RecurrentCell.allCases)
  func theRatioIsExactlyOneWithLayersAndTheLastObservation(family: Int, cell: RecurrentCell) throws {
    for memory in RL2.Memory.allCases {
      let (learner, lifetimes) = try recorded(Self.families[family]) {
        layered(&$0)
        ($0.cell, $0.memoryLasts) = (cell, memory)
      }
      let batch = learner.batch(lifetimes)
      let now = learner.policy.distributions(
        batch.outputs(of: learner.policy.network, learner.theta), learner.theta)
      #expect(now.logProbability(of: batch.actions).floats == batch.logProbabilities.floats)
    }
  }

  /// On grids with holes lanes idle, and what they remember must not move meanwhile.
  @Test(arguments: 0..<2, [true, false])
  func theLastObservationStandsBeforeTheActionThatWasTakenOnIt(family: Int, seesExperience: Bool) throws {
    let (learner, lifetimes) = try recorded(Self.families[family]) {
      ($0.seesLastObservation, $0.seesExperience) = (true, seesExperience)
    }
    let spec = Self.families[family].spec
    let (size, width) = (spec.observationSize, spec.actionSpace.width)
    #expect(learner.inputs.size == 2 * size + width + 2)
    for lifetime in lifetimes {
      var last = [Float](repeating: 0, count: size)
      var row = 0
      for episode in lifetime.episodes {
        for step in 0..<episode.stepCount {
          let input = Array(lifetime.inputs[row * learner.inputs.size..<(row + 1) * learner.inputs.size])
          let seen = Array(episode.observations[step * size..<(step + 1) * size])
          #expect(Array(input[..<size]) == seen)
          #expect(Array(input[size..<2 * size]) == (seesExperience ? last : last.map { _ in 0 }))
          #expect(input.last == (seesExperience && step == 0 ? 1 : 0))
          last = seen
          row += 1
        }
      }
      #expect(row == lifetime.stepCount)
    }
  }

  @Test(arguments: RL2.OuterUpdate.allCases, RecurrentCell.allCases)
  func aCopyReadFromACheckpointTrainsToTheSameBits(update: RL2.OuterUpdate, cell: RecurrentCell) throws {
    let untrained = try makeLearner(
      on: GridWorld(), episodes: 3,
      small {
        layered(&$0)
        ($0.outerUpdate, $0.cell) = (update, cell)
      })
    var learner = untrained
    var first = session(on: GridWorld(), episodes: 3)
    try learner.metaTrain(&first)
    let before = learner.theta.tensors.map(\.floats)
    var copy = try reloaded(learner, into: untrained)
    var (one, other) = (
      session(on: GridWorld(), iteration: 1, episodes: 3), session(on: GridWorld(), iteration: 1, episodes: 3)
    )
    try learner.metaTrain(&one)
    try copy.metaTrain(&other)
    #expect(copy.theta.names == learner.theta.names)
    #expect(copy.theta.tensors.map(\.floats) == learner.theta.tensors.map(\.floats))
    #expect(learner.theta.tensors.map(\.floats) != before)
  }

  @Test(arguments: 0..<3, RecurrentCell.allCases)
  func stepsThatAreComputedAgainGiveTheSameGradient(family: Int, cell: RecurrentCell) throws {
    let gradients = try [0, 2].map { steps in
      let (learner, lifetimes) = try recorded(Self.families[family]) {
        ($0.cell, $0.recomputedSteps) = (cell, steps)
      }
      let batch = learner.batch(lifetimes)
      return valueAndGradient(at: learner.theta) { learner.loss(batch, $0, steps: batch.stepCount).loss }.gradient
    }
    let error = gradients[0] - gradients[1]
    #expect(error.dot(error) < 1e-8 * gradients[0].dot(gradients[0]))
  }

  @Test(arguments: 0..<3, RecurrentCell.allCases)
  func theRatioIsExactlyOneBeforeTheFirstStep(family: Int, cell: RecurrentCell) throws {
    for memory in RL2.Memory.allCases {
      let (learner, lifetimes) = try recorded(Self.families[family]) {
        $0.cell = cell
        $0.memoryLasts = memory
      }
      let batch = learner.batch(lifetimes)
      let now = learner.policy.distributions(
        batch.outputs(of: learner.policy.network, learner.theta), learner.theta)
      #expect(now.logProbability(of: batch.actions).floats == batch.logProbabilities.floats)
      #expect(batch.stepCount == lifetimes.reduce(0) { $0 + $1.stepCount })
    }
  }

  /// On grids with holes, so that lanes idle, and their states must not move meanwhile.
  @Test(arguments: 0..<2, [true, false])
  func inputsAreTheObservationAndTheLastActionRewardAndEnd(family: Int, seesExperience: Bool) throws {
    let (learner, lifetimes) = try recorded(Self.families[family]) { $0.seesExperience = seesExperience }
    let spec = Self.families[family].spec
    for lifetime in lifetimes {
      var expected: [Float] = []
      var last = [Float](repeating: 0, count: spec.actionSpace.width) + [0, 1]
      for episode in lifetime.episodes {
        for step in 0..<episode.stepCount {
          expected += episode.observations[step * spec.observationSize..<(step + 1) * spec.observationSize]
          expected += seesExperience ? last : last.map { _ in 0 }
          switch episode.actions {
          case .discrete(let choices): last = (0..<spec.actionSpace.width).map { $0 == choices[step] ? 1 : 0 }
          case .continuous(let values): last = values[step * 2..<step * 2 + 2].map { min(max($0, -1), 1) }
          }
          last += [episode.denseRewards[step], step == episode.stepCount - 1 ? 1 : 0]
        }
      }
      #expect(lifetime.inputs == expected)
    }
    #expect(learner.inputs.size == spec.observationSize + spec.actionSpace.width + 2)
  }

  @Test func advantagesRunAcrossTheEndsOfEpisodes() {
    func episode(_ rewards: [Float]) -> Episode {
      Episode(
        observations: [Float](repeating: 0, count: rewards.count + 1),
        actions: .discrete([Int](repeating: 0, count: rewards.count)), denseRewards: rewards,
        sparseRewards: rewards, terminated: true)
    }
    let episodes = [episode([1, 0]), episode([2]), episode([-1, 3])]
    var lifetime = RecordedLifetime(inputs: [], outputs: [], episodes: episodes, sequenceLengths: [5])
    let (rewards, values) = ([1.0, 0, 2, -1, 3], [0.5, 0.4, 0.3, 0.2, 0.1])
    lifetime.estimateAdvantages(values: values, rewards: rewards, discount: 0.9, lambda: 0.7)
    let errors = rewards.indices.map { rewards[$0] + 0.9 * ($0 < 4 ? values[$0 + 1] : 0) - values[$0] }
    for step in 0..<5 {
      var (sum, factor) = (0.0, 1.0)
      for later in step..<5 {
        sum += factor * errors[later]
        factor *= 0.9 * 0.7
      }
      #expect(abs(lifetime.advantages[step] - sum) < 1e-12)
      #expect(abs(lifetime.targets[step] - sum - values[step]) < 1e-12)
    }
  }

  @Test(arguments: RL2.Baseline.allCases, RecurrentCell.allCases)
  func theGradientOfTheLossEqualsDifferences(baseline: RL2.Baseline, cell: RecurrentCell) throws {
    let (learner, lifetimes) = try recorded(GridWorld()) {
      $0.baseline = baseline
      $0.cell = cell
      $0.hiddenSize = 3
    }
    let batch = learner.batch(Array(lifetimes.prefix(4)))
    let theta = learner.theta.map { $0.converted(to: .double).detached }
    func loss(_ theta: Parameters) -> Tensor { learner.loss(batch, theta, steps: 100).loss }
    let gradient = valueAndGradient(at: theta, of: loss).gradient
    var random = RandomStream(seed: 4)
    for _ in 0..<3 {
      let direction = theta.map { tensor in
        Tensor((0..<tensor.count).map { _ in random.uniform(-1, 1) }, shape: tensor.shape, precision: .double)
      }
      // One-sided kinks of clipping are not met this close to ratios of 1.
      let h = 1e-6
      let difference = (loss(theta + h * direction).scalar - loss(theta - h * direction).scalar) / (2 * h)
      #expect(abs(gradient.dot(direction) - difference) < 1e-6 * max(1, abs(difference)))
    }
  }

  @Test(arguments: RL2.OuterUpdate.allCases, [RL2.Baseline.recurrent, .linear])
  func trainingHasTheSameBitsOnAnyNumberOfThreads(update: RL2.OuterUpdate, baseline: RL2.Baseline) throws {
    let thetas = try [1, 3].map { workers in
      var learner = try makeLearner(
        on: GridWorld(), episodes: 3,
        small {
          $0.outerUpdate = update
          $0.baseline = baseline
          $0.stepsPerBatch = 1500
        })
      for iteration in 0..<2 {
        var session = session(on: GridWorld(), iteration: iteration, workers: workers, episodes: 3)
        try learner.metaTrain(&session)
      }
      return learner.theta
    }
    #expect(thetas[0].tensors.map(\.floats) == thetas[1].tensors.map(\.floats))
  }

  @Test func aTrustRegionStepStaysInItsRegionAndLowersTheLoss() throws {
    var learner = try makeLearner(
      on: BernoulliBandit(),
      small {
        $0.outerUpdate = .trustRegion
        $0.stepsPerBatch = 1000
      })
    var session = session(on: BernoulliBandit())
    try learner.metaTrain(&session)
    let metrics = Dictionary(uniqueKeysWithValues: session.metrics.map { ($0.name, $0.value) })
    #expect(metrics["backtracks"] ?? -1 >= 0)
    let divergence = metrics["divergence"] ?? 0
    #expect(divergence > 1e-4 && divergence <= 0.01)
  }

  @Test func aSharedBaselineContradictsATrustRegion() {
    let configuration = small {
      $0.outerUpdate = .trustRegion
      $0.baseline = .shared
    }
    #expect(throws: SettingsError.self) { try makeLearner(on: BernoulliBandit(), configuration) }
  }

  @Test func lifetimesAreAsLongAsThoseOfTheEvaluation() throws {
    let learner = try makeLearner(on: BernoulliBandit(), episodes: 4, small())
    var given = session(on: BernoulliBandit(), episodes: 4)
    #expect(try learner.play(&given).allSatisfy { $0.episodes.count == 4 })
    let longer = try makeLearner(on: BernoulliBandit(), episodes: 4, small { $0.episodesPerLifetime = 6 })
    var other = session(on: BernoulliBandit(), episodes: 4)
    #expect(try longer.play(&other).allSatisfy { $0.episodes.count == 6 })
  }
}

/// Two pulls, of which the first has an arm that pays 1, but with the second pull; the other pays 0.5 at once.
///
/// An agent that reckons episode by episode takes the other.
private struct PaidLater: TaskFamily {
  struct TaskParameters: Codable, Sendable {}

  var card: FamilyCard {
    FamilyCard(
      name: "paid-later", version: 1, summary: "Pays in the next episode.", source: "none", episodesPerLifetime: 2,
      random: .init(0.375, computation: "exact"), oracle: .init(0.5, computation: "exact"), trajectoryHash: "")
  }
  var spec: EnvironmentSpec { EnvironmentSpec(observationSize: 1, actionSpace: .discrete(count: 2), horizon: 1) }
  func task(_ id: TaskID) -> TaskParameters { TaskParameters() }
  func descriptor(of task: TaskParameters) -> [Float] { [] }
  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(laneCount: tasks.count) }

  struct Lanes: Environment {
    let laneCount: Int
    var pulls = 0
    var owed: [Float] = []

    mutating func reset(using random: inout LaneRandom) -> Tensor {
      Tensor(repeating: Double(pulls), shape: [laneCount, 1])
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      guard case .discrete(let choices) = actions else { preconditionFailure("choices are checked") }
      let rewards = pulls == 0 ? choices.map { $0 == 0 ? 0 : 0.5 } : owed
      owed = choices.map { $0 == 0 ? 1 : 0 }
      pulls += 1
      return StepOutcome(
        observations: Tensor(repeating: 0, shape: [laneCount, 1]), rewards: Rewards(rewards),
        terminated: [Bool](repeating: true, count: laneCount))
    }
  }
}

/// Whether RL² learns: each claim goes with controls that fail where it succeeds.
@Suite struct RL2LearningTests {
  /// The mean total of a lifetime of new tasks after training.
  private func lifetimeReturn(
    on family: some TaskFamily, iterations: Int, seed: UInt64, _ change: (inout RL2.Configuration) -> Void
  ) throws -> Double {
    var c = RL2.Configuration()
    c.hiddenSize = 32
    c.advantageDecay = 0.95
    change(&c)
    var learner = try makeLearner(on: family, seed: seed, c)
    for iteration in 0..<iterations {
      var session = session(on: family, iteration: iteration, seed: seed, workers: 2)
      try learner.metaTrain(&session)
    }
    let evaluation = EvaluationProtocol(
      taskCount: min(1000, family.taskCount(in: .test) ?? 1000),
      episodesPerLifetime: family.card.episodesPerLifetime, probes: [])
    let curve = try evaluate(
      learner, on: family, evaluation, random: RandomStream(seed: seed).split("evaluation"), workers: Workers(2))
    return curve.online.reduce(0) { $0 + $1.reduce(0) { $0 + $1.totalReward } } / Double(evaluation.taskCount)
  }

  /// 6.66 is the most there is, 5 is chance.
  @Test func banditsArePlayedWellOnlyWithActionsAndRewardsInView() throws {
    func total(_ change: (inout RL2.Configuration) -> Void) throws -> Double {
      try lifetimeReturn(on: BernoulliBandit(), iterations: 60, seed: 1) {
        $0.stepsPerBatch = 4000
        $0.advantageDecay = 0.3
        $0.outerStepSize = 3e-3
        change(&$0)
      }
    }
    #expect(try total { _ in } > 6)
    #expect(try total { $0.seesExperience = false } < 5.2)
  }

  /// 1.5 is the most there is, and 1 the most without what the first episode told.
  @Test func theFirstEpisodeIsRememberedInTheThirdOnlyByAStateThatIsKeptAndFed() throws {
    func total(_ change: (inout RL2.Configuration) -> Void) throws -> Double {
      var c = RL2.Configuration()
      c.hiddenSize = 16
      c.stepsPerBatch = 1500
      c.outerStepSize = 5e-3
      c.advantageDecay = 0.95
      change(&c)
      var learner = try makeLearner(on: RepeatWinner(), seed: 1, c)
      for iteration in 0..<80 {
        var session = session(on: RepeatWinner(), iteration: iteration, seed: 1, workers: 2)
        try learner.metaTrain(&session)
      }
      // Its two tasks are those of training: chances are new.
      var other = session(on: RepeatWinner(), iteration: 1000, seed: 1)
      let lifetimes = try learner.play(&other)
      return lifetimes.reduce(0) { $0 + $1.totalReward } / Double(lifetimes.count)
    }
    #expect(try total { _ in } > 1.4)
    #expect(try total { $0.seesExperience = false } < 1.1)
    #expect(try total { $0.memoryLasts = .episode } < 1.1)
  }

  @Test func whatIsPaidInTheNextEpisodeIsLearnedOnlyIfTheNextEpisodeCounts() throws {
    func total(discount: Double) throws -> Double {
      try lifetimeReturn(on: PaidLater(), iterations: 60, seed: 1) {
        $0.stepsPerBatch = 400
        $0.hiddenSize = 8
        $0.discount = discount
        $0.outerStepSize = 1e-2
      }
    }
    #expect(try total(discount: 0.99) > 0.95)
    #expect(try total(discount: 0) < 0.55)
  }

  /// The mean return of an episode in lifetimes of 50 in new tasks, after 400,000 steps with the defaults.
  ///
  /// Chosen on validation tasks, where they earned -3 (papers/comparison/trials). Staying at the origin earns -38.
  private func navigation(seed: UInt64, _ change: (inout RL2.Configuration) -> Void = { _ in }) throws -> Double {
    var c = RL2.Configuration()
    change(&c)
    let family = PointNavigation()
    var learner = try makeLearner(on: family, seed: seed, c)
    var (iteration, steps) = (0, 0)
    while steps < 400_000 {
      var session = session(on: family, iteration: iteration, seed: seed, workers: 2)
      try learner.metaTrain(&session)
      iteration += 1
      steps += session.environmentSteps
    }
    let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 50, probes: [])
    let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 9), workers: Workers(2))
    return curve.online.joined().reduce(0) { $0 + $1.totalReward } / 1000
  }

  /// Over five seeds of the standing comparison it is -8.2 [-13.3, -4.3]: single seeds differ by as much, so the claim is of a
  /// mean.
  @Test func goalsInThePlaneAreFoundWithinTheBudgetOfALaptop() throws {
    let earned = try (1...4).map { try navigation(seed: $0) }
    #expect(earned.reduce(0, +) / 4 > -12, "\(earned)")
  }

  /// The control: a network that is shown neither actions nor rewards.
  @Test func whatIsNotShownItsRewardsFindsNoGoal() throws {
    let earned = try navigation(seed: 1) { $0.seesExperience = false }
    #expect(earned < -30, "\(earned)")
  }
}

import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

private func small(
  on family: any TaskFamily, episodes: Int? = nil, _ change: (inout RL2.Configuration) -> Void = { _ in }
) throws -> RL2 {
  try untrained(RL2.self, on: family, episodes: episodes) {
    ($0.hiddenSize, $0.stepsPerBatch) = (8, 200)
    change(&$0)
  }
}

/// Lifetimes of three episodes, of which some end early.
private func recorded(
  _ family: any TaskFamily, _ change: (inout RL2.Configuration) -> Void = { _ in }
) throws -> (learner: RL2, lifetimes: [RecordedLifetime]) {
  let learner = try small(on: family, episodes: 3, change)
  var session = session(on: family, episodes: 3)
  return (learner, try learner.withAdvantages(learner.play(&session), Workers(1)))
}

@Suite struct RL2Tests {
  static let families: [any TaskFamily] = [GridWorld(), Short(PointNavigation(), horizon: 7), BernoulliBandit()]

  static let recurrent: [RL2.MemoryKind] = [.gru, .lstm]

  private func layered(_ c: inout RL2.Configuration) {
    (c.embeddingSize, c.readoutSize, c.seesLastObservation) = (5, 6, true)
  }

  /// With neither discount nor decay, the target of a lifetime's first value is the sum of its rewards.
  @Test("The network is shown one reward, and learns from the other") func shownAndLearnedRewards() throws {
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
    let learner = try small(on: family) { $0.stepsPerBatch = 10_000 }
    var session = session(on: family)
    let lifetimes = try learner.play(&session)
    #expect(session.environmentSteps <= 10_000 && session.environmentSteps > 9000, "\(session.environmentSteps)")
    #expect(lifetimes.count >= 10)
    #expect(lifetimes.allSatisfy { $0.episodes.count >= 2 })
  }

  @Test("Lifetimes of a given length are played, whatever the batch") func lifetimesOfAGivenLength() throws {
    let family = PointNavigation()
    let learner = try small(on: family) { ($0.stepsPerBatch, $0.episodesPerLifetime) = (1000, 20) }
    var session = session(on: family)
    #expect(try learner.play(&session).map(\.episodes.count) == [20])
  }

  @Test("The deviation of rewards is that of their discounted sums") func deviationOfRewards() {
    var random = RandomStream(seed: 1)
    let lifetimes = (0..<7).map { _ in (0..<50).map { _ in Float(random.uniform(-3, 1)) } }
    var running = RunningMoments()
    #expect(running.deviation == 1)
    var sums: [Double] = []
    for lifetime in lifetimes {
      running.include(sumsOf: lifetime, discount: 0.9)
      for step in lifetime.indices {
        sums.append((0...step).reduce(0) { 0.9 * $0 + Double(lifetime[$1]) })
      }
    }
    let middle = mean(sums)
    #expect(abs(running.deviation - mean(sums.map { ($0 - middle) * ($0 - middle) }).squareRoot()) < 1e-9)
    var nothing = RunningMoments()
    nothing.include(sumsOf: [0, 0, 0], discount: 0.9)
    #expect(nothing.deviation == 1)
  }

  /// With neither discount nor decay, the target of a lifetime's first value is the sum of its rewards.
  @Test("Values are learned in units of the deviation if a setting says so", arguments: [true, false])
  func unitsOfValues(scales: Bool) throws {
    let family = Short(PointNavigation(), horizon: 7)
    var learner = try small(on: family, episodes: 3) {
      ($0.discount, $0.advantageDecay, $0.scalesRewards, $0.rewardScale) = (1, 1, scales, 0.5)
    }
    var session = session(on: family, episodes: 3)
    let played = try learner.play(&session)
    for lifetime in played {
      learner.state.rewardDeviation.include(
        sumsOf: lifetime.episodes.flatMap { $0.rewards(.dense) }, discount: 1)
    }
    let unit = scales ? learner.state.rewardDeviation.deviation : 1
    for lifetime in try learner.withAdvantages(played, Workers(1)) {
      let expected = 0.5 * lifetime.totalReward / unit
      #expect(abs(try #require(lifetime.targets.first) - expected) < 1e-4 * abs(expected))
    }
  }

  @Test(arguments: RL2.OuterUpdate.allCases, RL2.MemoryKind.allCases)
  func trainingHasTheSameBits(update: RL2.OuterUpdate, memory: RL2.MemoryKind) throws {
    for baseline in [RL2.Baseline.recurrent, .linear] {
      let learner = try small(on: GridWorld(), episodes: 3) {
        layered(&$0)
        ($0.outerUpdate, $0.memory, $0.baseline, $0.stepsPerBatch) = (update, memory, baseline, 1500)
      }
      try expectSameBits(learner, on: GridWorld(), episodes: 3)
    }
  }

  @Test(arguments: 0..<3, recurrent)
  func stepsThatAreComputedAgainGiveTheSameGradient(family: Int, memory: RL2.MemoryKind) throws {
    let gradients = try [0, 2].map { steps in
      let (learner, lifetimes) = try recorded(Self.families[family]) {
        ($0.memory, $0.recomputedSteps) = (memory, steps)
      }
      let batch = learner.batch(lifetimes)
      return valueAndGradient(at: learner.theta) { learner.loss(batch, $0, steps: batch.stepCount).loss }.gradient
    }
    let error = gradients[0] - gradients[1]
    #expect(error.dot(error) < 1e-8 * gradients[0].dot(gradients[0]))
  }

  @Test(arguments: 0..<3, RL2.MemoryKind.allCases)
  func theRatioIsExactlyOneBeforeTheFirstStep(family: Int, memory: RL2.MemoryKind) throws {
    for (span, readout) in RL2.MemorySpan.allCases.flatMap({ span in Readout.Kind.allCases.map { (span, $0) } }) {
      let (learner, lifetimes) = try recorded(Self.families[family]) {
        if readout != .learned || span == .episode { layered(&$0) }
        ($0.memory, $0.memoryLasts, $0.readout) = (memory, span, readout)
        // Parameters that generate are 0 at first.
        $0.generatorInitializer = .kaiming
      }
      let batch = learner.batch(lifetimes)
      let now = learner.policy.distributions(
        batch.outputs(of: learner.policy.network, learner.theta), learner.theta)
      #expect(now.logProbability(of: batch.actions).floats == batch.logProbabilities.floats)
      #expect(batch.stepCount == lifetimes.reduce(0) { $0 + $1.stepCount })
    }
  }

  /// On grids with holes, so that lanes idle, and neither states nor what is remembered may move meanwhile.
  @Test(
    "Inputs are the observation, the last one if a setting says so, and the last action, reward and end",
    arguments: 0..<2, [true, false])
  func inputsOfTheNetwork(family: Int, seesExperience: Bool) throws {
    let spec = Self.families[family].spec
    let (size, width) = (spec.observationSize, spec.actionSpace.width)
    for seesLast in [false, true] {
      let (learner, lifetimes) = try recorded(Self.families[family]) {
        ($0.seesExperience, $0.seesLastObservation) = (seesExperience, seesLast)
      }
      #expect(learner.inputs.size == (seesLast ? 2 : 1) * size + width + 2)
      for lifetime in lifetimes {
        var expected: [Float] = []
        var (before, last) = ([Float](repeating: 0, count: size), [Float](repeating: 0, count: width) + [0, 1])
        for episode in lifetime.episodes {
          for step in 0..<episode.stepCount {
            let observation = Array(episode.observations[step * size..<(step + 1) * size])
            let experience = (seesLast ? before : []) + last
            expected += observation + (seesExperience ? experience : experience.map { _ in 0 })
            switch episode.actions {
            case .discrete(let choices): last = (0..<width).map { $0 == choices[step] ? 1 : 0 }
            case .continuous(let values): last = values[step * 2..<step * 2 + 2].map { min(max($0, -1), 1) }
            }
            before = observation
            last += [episode.denseRewards[step], step == episode.stepCount - 1 ? 1 : 0]
          }
        }
        #expect(lifetime.inputs == expected)
      }
    }
  }

  @Test func advantagesRunAcrossTheEndsOfEpisodes() {
    let episodes = [[1, 0], [2], [-1, 3]].map { (rewards: [Float]) in
      var episode = Episode([Float](repeating: 0, count: rewards.count + 1), rewards: rewards)
      episode.terminated = true
      return episode
    }
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

  @Test("A context that is shorter than the lifetime leaves the ratio at exactly one", arguments: 0..<3)
  func ratioOfShortContexts(family: Int) throws {
    let (learner, lifetimes) = try recorded(Self.families[family]) {
      ($0.memory, $0.contextLength) = (.transformer, 2)
    }
    let batch = learner.batch(lifetimes)
    let now = learner.policy.distributions(
      batch.outputs(of: learner.policy.network, learner.theta), learner.theta)
    #expect(now.logProbability(of: batch.actions).floats == batch.logProbabilities.floats)
  }

  /// A bandit's observations are all the same, and each of its episodes is one step.
  @Test(
    "What lasts for an episode leaves no trace in the next, bit by bit",
    arguments: RL2.MemoryKind.allCases, RL2.MemorySpan.allCases)
  func tracesInTheNextEpisode(memory: RL2.MemoryKind, span: RL2.MemorySpan) throws {
    let (learner, lifetimes) = try recorded(BernoulliBandit()) { ($0.memory, $0.memoryLasts) = (memory, span) }
    let width = learner.policy.network.outputSize
    for lifetime in lifetimes {
      let first = lifetime.outputs[..<width]
      let isRepeated = (1..<3).allSatisfy { lifetime.outputs[$0 * width..<($0 + 1) * width] == first }
      #expect(isRepeated == (span == .episode))
    }
  }

  @Test(arguments: RL2.Baseline.allCases, RL2.MemoryKind.allCases)
  func theGradientOfTheLossEqualsDifferences(baseline: RL2.Baseline, memory: RL2.MemoryKind) throws {
    let (learner, lifetimes) = try recorded(GridWorld()) {
      ($0.baseline, $0.memory, $0.hiddenSize, $0.heads) = (baseline, memory, 4, 2)
    }
    let batch = learner.batch(Array(lifetimes.prefix(4)))
    let theta = learner.theta.map { $0.converted(to: .double).detached }
    func loss(_ theta: Parameters) -> Tensor { learner.loss(batch, theta, steps: 100).loss }
    let gradient = valueAndGradient(at: theta, of: loss).gradient
    for seed in 4..<7 as Range<UInt64> {
      let v = theta.direction(seed)
      // One-sided kinks of clipping are not met this close to ratios of 1.
      expectDerivative(
        gradient.dot(v), of: { loss($0).scalar }, at: theta, along: v, step: 1e-6,
        within: memory == .transformer ? 1e-5 : 1e-6)
    }
  }

  @Test("A trust region step stays in its region and lowers the loss") func trustRegionStep() throws {
    var learner = try small(on: BernoulliBandit()) { ($0.outerUpdate, $0.stepsPerBatch) = (.trustRegion, 1000) }
    let metrics = try train(&learner, on: BernoulliBandit(), iterations: 0..<1)[0].metrics
    #expect(metrics["backtracks"] ?? -1 >= 0)
    let divergence = metrics["divergence"] ?? 0
    #expect(divergence > 1e-4 && divergence <= 0.01)
  }

  @Test("Settings that do not fit together are refused") func contradictions() {
    #expect(throws: SettingsError.self) { try small(on: BernoulliBandit()) { $0.readout = .generated } }
    #expect(throws: SettingsError.self) {
      try small(on: BernoulliBandit()) { ($0.memory, $0.hiddenSize, $0.heads) = (.transformer, 10, 4) }
    }
  }

  @Test func aSharedBaselineContradictsATrustRegion() {
    #expect(throws: SettingsError.self) {
      try small(on: BernoulliBandit()) { ($0.outerUpdate, $0.baseline) = (.trustRegion, .shared) }
    }
  }

  /// 0 episodes stand for as many as the evaluation has.
  @Test(arguments: [(0, 4), (6, 6)]) func lifetimesAreAsLongAsThoseOfTheEvaluation(chosen: Int, due: Int) throws {
    let learner = try small(on: BernoulliBandit(), episodes: 4) { $0.episodesPerLifetime = chosen }
    var session = session(on: BernoulliBandit(), episodes: 4)
    #expect(try learner.play(&session).allSatisfy { $0.episodes.count == due })
  }
}

/// Two pulls, of which the first has an arm that pays 1, but with the second pull; the other pays 0.5 at once.
///
/// An agent that reckons episode by episode takes the other.
private struct PaidLater: OneTaskFamily {
  var card: FamilyCard { .madeUp(episodesPerLifetime: 2) }
  var spec: EnvironmentSpec { EnvironmentSpec(observationSize: 1, actionSpace: .discrete(count: 2), horizon: 1) }
  func makeLanes(_ count: Int) -> Lanes { Lanes(laneCount: count) }

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
  private func lifetimeReturn(
    on family: some TaskFamily, iterations: Int, seed: UInt64, _ change: (inout RL2.Configuration) -> Void
  ) throws -> Double {
    var learner = try untrained(RL2.self, on: family, seed: seed) {
      ($0.hiddenSize, $0.advantageDecay) = (32, 0.95)
      change(&$0)
    }
    try train(&learner, on: family, iterations: 0..<iterations, seed: seed, workers: 2)
    let evaluation = EvaluationProtocol(
      taskCount: min(1000, family.taskCount(in: .test) ?? 1000),
      episodesPerLifetime: family.card.episodesPerLifetime, probes: [])
    let random = RandomStream(seed: seed).split("evaluation")
    return try meanReturns(of: learner, on: family, evaluation, random: random).online.reduce(0, +)
  }

  /// 6.66 is the most there is, 5 is chance.
  @Test("Bandits are played well only with actions and rewards in view", arguments: RL2.MemoryKind.allCases)
  func banditsNeedExperience(memory: RL2.MemoryKind) throws {
    func total(_ change: (inout RL2.Configuration) -> Void) throws -> Double {
      try lifetimeReturn(on: BernoulliBandit(), iterations: 60, seed: 1) {
        ($0.stepsPerBatch, $0.advantageDecay, $0.outerStepSize, $0.memory) = (4000, 0.3, 3e-3, memory)
        if memory == .transformer { $0.outerStepSize = 1e-3 }
        change(&$0)
      }
    }
    #expect(try total { _ in } > 6)
    #expect(try total { $0.seesExperience = false } < 5.2)
  }

  /// 1.5 is the most there is, and 1 the most without what the first episode told.
  @Test(
    "The first episode is remembered in the third only by a state that is kept and fed",
    arguments: RL2.MemoryKind.allCases)
  func memoryOfTheFirstEpisode(memory: RL2.MemoryKind) throws {
    func total(_ change: (inout RL2.Configuration) -> Void) throws -> Double {
      var learner = try untrained(RL2.self, on: RepeatWinner(), seed: 1) {
        ($0.hiddenSize, $0.stepsPerBatch, $0.outerStepSize, $0.advantageDecay) = (16, 1500, 5e-3, 0.95)
        ($0.memory, $0.feedForwardSize) = (memory, 32)
        if memory == .transformer { $0.outerStepSize = 1e-3 }
        change(&$0)
      }
      try train(&learner, on: RepeatWinner(), iterations: 0..<80, seed: 1, workers: 2)
      // Its two tasks are those of training: chances are new.
      var other = session(on: RepeatWinner(), iteration: 1000, seed: 1)
      return mean(try learner.play(&other).map(\.totalReward))
    }
    #expect(try total { _ in } > 1.4)
    #expect(try total { $0.seesExperience = false } < 1.1)
    #expect(try total { $0.memoryLasts = .episode } < 1.1)
  }

  @Test("What is paid in the next episode is learned only if the next episode counts")
  func rewardsOfTheNextEpisode() throws {
    func total(discount: Double) throws -> Double {
      try lifetimeReturn(on: PaidLater(), iterations: 60, seed: 1) {
        ($0.stepsPerBatch, $0.hiddenSize, $0.discount, $0.outerStepSize) = (400, 8, discount, 1e-2)
      }
    }
    #expect(try total(discount: 0.99) > 0.95)
    #expect(try total(discount: 0) < 0.55)
  }

  /// The mean return of an episode in lifetimes of 50 in new tasks, after 400,000 steps with the defaults.
  ///
  /// Chosen on validation tasks, where they earned -3 (papers/comparison/trials). Staying at the origin earns -38.
  private func navigation(seed: UInt64, _ change: (inout RL2.Configuration) -> Void = { _ in }) throws -> Double {
    let family = PointNavigation()
    var learner = try untrained(RL2.self, on: family, seed: seed, change)
    try train(&learner, on: family, steps: 400_000, seed: seed)
    let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 50, probes: [])
    return mean(try meanReturns(of: learner, on: family, evaluation, random: RandomStream(seed: 9)).online)
  }

  /// Over five seeds of the standing comparison it is -8.2 [-13.3, -4.3]: single seeds differ by as much, so the claim is of a
  /// mean.
  @Test("Goals in the plane are found within the budget of a laptop") func goalsInThePlane() throws {
    let earned = try (1...4).map { try navigation(seed: $0) }
    #expect(mean(earned) > -12, "\(earned)")
  }

  /// The control: a network that is shown neither actions nor rewards.
  @Test func whatIsNotShownItsRewardsFindsNoGoal() throws {
    let earned = try navigation(seed: 1) { $0.seesExperience = false }
    #expect(earned < -30, "\(earned)")
  }
}

import Environments
import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// A family that is not what it seems: labels of other tasks, or no rewards.
private struct Altered<Base: TaskFamily>: TaskFamily {
  enum Change { case labelsOfAnotherTask, noRewards }

  let base: Base
  let change: Change

  struct TaskParameters: Codable, Sendable {
    let own: Base.TaskParameters
    let other: Base.TaskParameters
  }

  var card: FamilyCard { base.card }
  var spec: EnvironmentSpec { base.spec }
  func task(_ id: TaskID) -> TaskParameters {
    TaskParameters(own: base.task(id), other: base.task(TaskID(id.split, id.index ^ 1)))
  }
  func descriptor(of task: TaskParameters) -> [Float] { base.descriptor(of: task.own) }
  func bestChoices(in task: TaskParameters, at observation: [Float]) -> [Int] {
    base.bestChoices(in: change == .labelsOfAnotherTask ? task.other : task.own, at: observation)
  }
  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes {
    Lanes(base: base.makeEnvironment(tasks.map(\.own)), pays: change != .noRewards)
  }

  struct Lanes: Environment {
    var base: Base.Lanes
    let pays: Bool
    var laneCount: Int { base.laneCount }
    mutating func reset(using random: inout LaneRandom) throws -> Tensor { try base.reset(using: &random) }
    mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome {
      var outcome = try base.step(actions, using: &random)
      if !pays { outcome.rewards = Rewards(outcome.rewards.dense.map { _ in 0 }) }
      return outcome
    }
  }
}

private let bandit = BernoulliBandit(arms: 5, pulls: 10)

private func distillation(
  on family: any TaskFamily, episodes: Int? = nil,
  _ change: (inout AlgorithmDistillation.Configuration) -> Void = { _ in }
) throws -> AlgorithmDistillation {
  try untrained(AlgorithmDistillation.self, on: family, episodes: episodes) {
    ($0.hiddenSize, $0.layers, $0.heads, $0.feedForwardSize) = (8, 2, 2, 8)
    ($0.stepsPerIteration, $0.updatesPerIteration, $0.batchSize) = (200, 3, 40)
    change(&$0)
  }
}

private func pretrained(
  on family: any TaskFamily, episodes: Int? = nil,
  _ change: (inout DecisionPretrained.Configuration) -> Void = { _ in }
) throws -> DecisionPretrained {
  try untrained(DecisionPretrained.self, on: family, episodes: episodes) {
    ($0.hiddenSize, $0.layers, $0.heads, $0.feedForwardSize) = (8, 2, 2, 8)
    ($0.stepsPerIteration, $0.updatesPerIteration, $0.batchSize) = (200, 3, 40)
    change(&$0)
  }
}

@Suite struct HistoryStoreTests {
  /// A history whose observations are 10 times the task's number and the step's in the lifetime.
  private func history(task: Int, lengths: [Int]) -> [Episode] {
    var step = 0
    return lengths.map { length in
      defer { step += length }
      return Episode(
        (0...length).map { Float(100 * task + step + $0) }, rewards: (0..<length).map { Float($0) / 2 },
        actions: .discrete((0..<length).map { ($0 + task) % 3 }))
    }
  }

  private func store(_ tasks: Range<Int>, capacity: Int = 1000) -> HistoryStore {
    var store = HistoryStore(
      for: EnvironmentSpec(observationSize: 1, actionSpace: .discrete(count: 3), horizon: 9), capacity: capacity)
    for task in tasks {
      store.append([history(task: task, lengths: [2, 3, 1])], of: [TaskID(.train, task)], .reported)
    }
    return store
  }

  @Test("The newest histories are kept whole, as many as there is room for") func capacity() {
    let store = store(0..<7, capacity: 20)
    #expect(store.count == 3 && store.stepCount == 18)
    var random = RandomStream(seed: 0)
    #expect((0..<3).map { store.window(of: $0, length: 9, using: &random).task } == [4, 5, 6])
    // One is kept, however long it is.
    #expect(self.store(0..<3, capacity: 2).count == 1)
  }

  @Test("A window lies inside one history, begins anywhere in it, and knows the step before") func windows() {
    let store = store(0..<4)
    var random = RandomStream(seed: 1)
    var starts: Set<Float> = []
    for _ in 0..<200 {
      let window = store.window(of: 2, length: 4, using: &random)
      let observed = stride(from: 0, to: 16, by: 4).map { window.rows[$0] }
      #expect(window.task == 2 && window.rows.count == 16)
      #expect(observed == (0..<4).map { observed[0] + Float($0) })
      #expect(observed[0] >= 200 && observed[3] < 206)
      #expect(window.before.first == (observed[0] == 200 ? nil : observed[0] - 1))
      starts.insert(observed[0])
    }
    #expect(starts == [200, 201, 202])
  }

  @Test("A store that is written and read is the same, and one that is spoiled is refused") func encoding() throws {
    let store = store(0..<3)
    let data = try encoded(store)
    let copy = try JSONDecoder().decode(HistoryStore.self, from: data)
    #expect(try encoded(copy) == data && copy.count == 3 && copy.stepCount == 18)
    let text = String(decoding: data, as: UTF8.self)
    let spoiled = text.replacing("\"lengths\":[6,6,6]", with: "\"lengths\":[6,7,6]")
    #expect(spoiled != text)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(HistoryStore.self, from: Data(spoiled.utf8))
    }
  }
}

@Suite struct InContextTests {
  /// Plays a lifetime of one lane, and notes the logits of every step as it acts.
  private func life(
    _ agent: HistoryAgent, on family: some TaskFamily, episodes: Int
  ) throws -> (episodes: [Episode], logits: [Float]) {
    var (agent, random) = (agent, LaneRandom(seed: 3, lanes: 1))
    var environment = family.makeEnvironment(for: [TaskID(.train, 4)])
    var (played, logits) = ([Episode](), [Float]())
    for _ in 0..<episodes {
      var recorder = EpisodeRecorder(laneCount: 1)
      var observations = try environment.reset(using: &random)
      for step in 0..<family.spec.horizon {
        logits += agent.networkStep(on: observations).output.floats
        let actions = agent.act(on: observations, using: &random)
        let outcome = try environment.step(actions, using: &random)
        let isLast = step == family.spec.horizon - 1
        let transition = Transition(
          observations: observations, actions: actions, rewards: outcome.rewards,
          nextObservations: outcome.observations, terminated: outcome.terminated,
          truncated: [isLast && !outcome.terminated[0]], isLive: [true], reportedReward: .dense)
        recorder.append(transition, succeeded: [])
        agent.observe(transition)
        observations = outcome.observations
        if outcome.terminated[0] { break }
      }
      played += recorder.finish()
      try agent.endEpisode(using: &random)
    }
    return (played, logits)
  }

  /// With a context that is shorter than the lifetime, too; on grids with holes, so that episodes end early.
  @Test("Acting has the bits of learning, step by step", arguments: [0, 5])
  func bitsOfActing(contextLength: Int) throws {
    let family = GridWorld()
    let learner = try distillation(on: family, episodes: 4) { $0.contextLength = contextLength }
    let (episodes, logits) = try life(
      learner.makeAgent(using: LaneRandom(seed: 0, lanes: 1)), on: family, episodes: 4)
    var store = HistoryStore(for: family.spec, capacity: 100)
    store.append([episodes], of: [TaskID(.train, 4)], .reported)
    let steps = episodes.reduce(0) { $0 + $1.stepCount }
    var random = RandomStream(seed: 0)
    let window = store.window(of: 0, length: steps, using: &random)
    // The loss of the logits that were computed in acting, against that of the model on the stored history.
    let targets = (0..<steps * 4).map { Float($0 % 4 == 1 ? 0.75 : $0 % 4 == 2 ? 0.25 : 0) }
    let acted = -(Tensor(logits, shape: [steps, 4]).logSoftmax() * Tensor(targets, shape: [steps, 4])).sum()
    let loss = learner.model.loss([.init(window, targets: targets)], learner.state.theta)
    #expect(loss.floats == acted.floats)
  }

  @Test("Training has the same bits with more workers, and if it continues from a stored state") func sameBits()
    throws
  {
    try expectSameBits(distillation(on: bandit) { $0.source = .thompson }, on: bandit)
    try expectSameBits(distillation(on: GridWorld(), episodes: 3), on: GridWorld(), episodes: 3)
    let family = DarkRoom(size: .small)
    try expectSameBits(
      distillation(on: family, episodes: 4) { ($0.source, $0.historySkip) = (.noise, 2) }, on: family, episodes: 4)
    try expectSameBits(pretrained(on: bandit), on: bandit)
    try expectSameBits(
      pretrained(on: family, episodes: 3) { ($0.behavior, $0.contextLength, $0.stepsKept) = (.own, 12, 400) },
      on: family, episodes: 3)
  }

  @Test("The gradient of the loss equals differences") func gradient() throws {
    let learner = try distillation(on: GridWorld(), episodes: 3) { $0.positions = .learned }
    var session = session(on: GridWorld(), episodes: 3)
    let tasks = session.sampleTasks(3)
    var store = HistoryStore(for: learner.spec, capacity: 1000)
    store.append(try learner.histories(of: tasks, &session), of: tasks, .reported)
    var random = RandomStream(seed: 2)
    let examples = (0..<3).map { history in
      let window = store.window(of: history, length: 30, using: &random)
      let steps = window.rows.count / store.width
      return HistoryModel.Examples(window, targets: (0..<steps * 4).map { Float($0 % 3) / 4 })
    }
    let theta = learner.state.theta.map { $0.converted(to: .double).detached }
    func loss(_ theta: Parameters) -> Tensor { 0.01 * learner.model.loss(examples, theta) }
    let gradient = valueAndGradient(at: theta, of: loss).gradient
    for seed in 4..<7 as Range<UInt64> {
      let v = theta.direction(seed)
      expectDerivative(gradient.dot(v), of: { loss($0).scalar }, at: theta, along: v, step: 1e-6, within: 1e-5)
    }
  }

  @Test("A source learns from its own lane alone") func lanesOfSources() throws {
    for source in [AlgorithmDistillation.Source.thompson, .ucb1, .qLearning] {
      let learner = try distillation(on: bandit) { $0.source = source }
      func histories(_ tasks: [Int]) throws -> [[Episode]] {
        var session = session(on: bandit)
        return try learner.histories(of: tasks.map { TaskID(.train, $0) }, &session)
      }
      // The task of the other lane is another; its own history stays.
      #expect(try histories([3, 8])[0] == histories([3, 9])[0])
      #expect(try histories([3, 8])[1] != histories([3, 9])[1])
    }
  }

  @Test("Noise falls from all to none, and the last tenth is the best that there is") func noise() throws {
    let family = DarkRoom(size: .small)
    let learner = try distillation(on: family, episodes: 41) { $0.source = .noise }
    var session = session(on: family, episodes: 41)
    let tasks = session.sampleTasks(30)
    let played = try learner.histories(of: tasks, &session)
    func returns(_ episodes: Range<Int>) -> [Double] { played.flatMap { $0[episodes].map(\.totalReward) } }
    expect(estimate(returns(0..<1)), toBe: family.card.random.value)
    #expect(estimate(returns(36..<41)).mean > 8)
    for (task, episodes) in zip(tasks, played) {
      let goal = family.task(task).goal
      let distance = abs(goal % 5 - 2) + abs(goal / 5 - 2)
      for episode in episodes[37...] { #expect(episode.totalReward == Double(11 - distance)) }
    }
  }

  @Test("Every k-th episode makes a history, from each start; a control shuffles them")
  func skippedEpisodes() throws {
    let family = GridWorld()
    let learner = try distillation(on: family, episodes: 11) { $0.historySkip = 4 }
    var session = session(on: family, episodes: 11)
    let played = try learner.histories(of: session.sampleTasks(5), &session)
    let all = (0..<4).map { first in stride(from: first, to: 11, by: 4) }
    #expect(learner.kept(played, session) == played.flatMap { episodes in all.map { $0.map { episodes[$0] } } })
    let shuffled = try distillation(on: family, episodes: 11) { $0.shufflesEpisodes = true }.kept(played, session)
    #expect(shuffled != played)
    for (a, b) in zip(shuffled, played) {
      #expect(
        a.map(\.observations).sorted { "\($0)" < "\($1)" } == b.map(\.observations).sorted { "\($0)" < "\($1)" })
    }
  }

  /// The family's anchor is computed in a separate test.
  @Test("Best choices earn what an agent earns that knows the task")
  func bestChoices() throws {
    func expectOracle<F: TaskFamily>(_ family: F, steps: Int) throws {
      let count = family.taskCount(in: .test) ?? 400
      let ids = (0..<count).map { TaskID(.test, $0) }
      var environment = family.makeEnvironment(for: ids)
      var random = LaneRandom(seed: 0, lanes: count)
      var observations = try environment.reset(using: &random)
      var total = 0.0
      for _ in 0..<steps {
        let rows = observations.floatRows
        let choices = ids.indices.map { lane in
          family.bestChoices(in: family.task(ids[lane]), at: rows[lane]).last ?? -1
        }
        let outcome = try environment.step(.discrete(choices), using: &random)
        observations = outcome.observations
        total += outcome.rewards.dense.reduce(0) { $0 + Double($1) }
      }
      let due = family.card.oracle.value
      let tolerance = F.self == BernoulliBandit.self ? 0.1 : 1e-4
      #expect(abs(total / Double(count) - due) < tolerance, "\(family.card.name): \(total / Double(count))")
    }
    for size in [DarkRoom.Size.small, .standard, .fromCorner] {
      try expectOracle(DarkRoom(size: size), steps: size == .small ? 10 : size == .standard ? 20 : 100)
    }
    try expectOracle(PermutedDarkRoom(), steps: 50)
    for variant in GridNavigation.Variant.allCases { try expectOracle(GridNavigation(variant), steps: 15) }
    try expectOracle(bandit, steps: 1)
    // Seen with its descriptor a family tells the same.
    let room = WithDescriptor(DarkRoom(size: .small))
    let (task, row) = (DarkRoom.TaskParameters(goal: 4), [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0] as [Float])
    #expect(room.bestChoices(in: task, at: row + room.descriptor(of: task)) == [2, 3])
  }

  @Test("Several best choices are equally likely labels, and only steps that tell nothing are permuted")
  func labels() throws {
    let family = DarkRoom(size: .small)
    let learner = try pretrained(on: family, episodes: 2)
    var session = session(on: family, episodes: 2)
    let tasks = session.sampleTasks(4)
    var store = HistoryStore(for: learner.spec, capacity: 1000)
    store.append(try learner.histories(of: tasks, &session), of: tasks, .reported)
    var random = RandomStream(seed: 0)
    for (history, id) in tasks.enumerated() {
      let window = store.window(of: history, length: 20, using: &random)
      let examples = learner.examples(window, using: &random) { session.bestChoices(in: id, at: $0) }
      #expect(examples.window.rows == window.rows)
      let goal = family.task(id).goal
      for step in 0..<20 {
        let row = Array(window.rows[step * 14..<(step + 1) * 14])
        let (x, y) = (row[..<5].firstIndex(of: 1)!, row[5..<10].firstIndex(of: 1)! - 5)
        // Stay, up, right, down, left.
        let (dx, dy) = (goal % 5 - x, goal / 5 - y)
        let isBest = [
          dx == 0 && dy == 0, dy > 0 || (dx == 0 && dy == 0 && y == 4), dx > 0 || (dx == 0 && dy == 0 && x == 4),
          dy < 0 || (dx == 0 && dy == 0 && y == 0), dx < 0 || (dx == 0 && dy == 0 && x == 0),
        ]
        let count = Float(isBest.count { $0 })
        #expect(Array(examples.targets[step * 5..<(step + 1) * 5]) == isBest.map { $0 ? 1 / count : 0 })
      }
    }
    for (behavior, isPermuted) in [(DecisionPretrained.Behavior.uniform, true), (.thompson, false)] {
      let learner = try pretrained(on: bandit) { $0.behavior = behavior }
      let window = HistoryStore.Window(task: 0, rows: (0..<40).map(Float.init), before: [1, 1, 1, 1])
      let examples = learner.examples(window, using: &random) { $0.map { _ in [0] } }
      #expect((examples.window.rows != window.rows) == isPermuted && examples.window.before.isEmpty)
      #expect(examples.window.rows.sorted() == window.rows)
    }
  }

  /// With more layers it does: what a step adds to the context depends on what it saw.
  @Test("In one layer without positions the order of the context makes no difference") func orderOfContext() throws
  {
    let learner = try pretrained(on: bandit) { $0.layers = 1 }
    var random = RandomStream(seed: 4)
    func lastLogits(_ order: [Int]) -> Tensor {
      var agent = learner.makeAgent(using: LaneRandom(seed: 0, lanes: 1))
      let nothing = Tensor(repeating: 0, shape: [1, 1])
      for pull in order {
        _ = agent.networkStep(on: nothing)
        var lanes = LaneRandom(seed: 0, lanes: 1)
        _ = agent.act(on: nothing, using: &lanes)
        agent.observe(
          Transition(
            observations: nothing, actions: .discrete([pull % 5]), rewards: Rewards([pull < 4 ? 1 : 0]),
            nextObservations: nothing, terminated: [true], truncated: [false], isLive: [true],
            reportedReward: .dense))
      }
      return agent.networkStep(on: nothing).output
    }
    // The last step stays the last: it is the token that asks.
    let reference = lastLogits(Array(0..<8)).doubles
    let permuted = lastLogits(random.permutation(of: 7) + [7]).doubles
    #expect(lastLogits([8, 1, 2, 3, 4, 5, 6, 7]).doubles != reference)
    for (a, b) in zip(reference, permuted) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("Families that they cannot play are refused") func refusals() {
    #expect(throws: UnsupportedFamilyError.self) { try distillation(on: PointNavigation()) }
    #expect(throws: UnsupportedFamilyError.self) { try distillation(on: GridWorld()) { $0.source = .thompson } }
    #expect(throws: UnsupportedFamilyError.self) { try distillation(on: GridWorld()) { $0.source = .noise } }
    #expect(throws: UnsupportedFamilyError.self) { try pretrained(on: GridWorld()) }
    #expect(throws: UnsupportedFamilyError.self) {
      try pretrained(on: DarkRoom(size: .small)) { $0.behavior = .thompson }
    }
    #expect(throws: SettingsError.self) { try pretrained(on: bandit) { $0.heads = 3 } }
  }
}

/// Against exact values of the bandit with five arms and ten pulls.
@Suite struct InContextLearningTests {
  @Test("Probabilities of being the best arm are integrals of beta posteriors") func posteriorOfBestArm() {
    func expect(_ records: [(Int, Int)], _ due: [Double]) {
      let found = probabilitiesOfBest(records.map { ArmRecord(successes: $0.0, failures: $0.1) })
      for (a, b) in zip(found, due) { #expect(abs(a - b) < 1e-9, "\(found)") }
    }
    expect([(3, 1), (1, 1), (0, 0)], [0.5158730159, 0.2023809524, 0.2817460317])
    expect([(2, 0), (0, 1)], [0.9, 0.1])
    expect([(1, 0), (0, 0)], [2.0 / 3, 1.0 / 3])
  }

  @Test("Posterior sampling earns 5.833304 in ten pulls of five arms, the most probably best arm 6.655084")
  func exactReturns() {
    let sampled = expectedReturn(arms: 5, pulls: 10, rule: probabilitiesOfBest)
    #expect(abs(sampled - 5.833304) < 1e-6, "\(sampled)")
    let greedy = expectedReturn(arms: 5, pulls: 10) { records in
      let probabilities = probabilitiesOfBest(records)
      let highest = probabilities.max() ?? 0
      let ties = probabilities.map { $0 > highest - 1e-9 }
      return ties.map { $0 ? 1 / Double(ties.count { $0 }) : 0 }
    }
    #expect(abs(greedy - 6.655084) < 1e-6, "\(greedy)")
  }

  /// A small transformer, which is enough for five arms.
  private func trainedToPredict(
    on family: any TaskFamily, choice: ChoiceRule = .sampled, iterations: Int = 11
  ) throws -> DecisionPretrained {
    var learner = try untrained(DecisionPretrained.self, on: family) {
      ($0.layers, $0.feedForwardSize, $0.stepsPerIteration) = (2, 64, 20_000)
      ($0.stepSize, $0.annealedIterations) = (2e-3, 10)
      $0.choice = choice
    }
    try train(&learner, on: family, iterations: 0..<iterations, workers: 2)
    return learner
  }

  /// The losses and hits of a model at the prediction after n steps of new histories.
  private func predictions(
    _ model: HistoryModel, _ theta: Parameters, _ examples: [HistoryModel.Examples], after n: Int
  ) -> [Double] {
    // One history at a time, so that there is a spread of losses.
    examples.map { example in
      var example = example
      for place in example.targets.indices where place / 5 != n { example.targets[place] = 0 }
      return model.loss([example], theta).scalar
    }
  }

  private func examples(
    of learner: DecisionPretrained, on family: any TaskFamily, count: Int
  ) throws -> [HistoryModel.Examples] {
    var session = session(on: family, iteration: 1000, seed: 9)
    let tasks = session.sampleTasks(count)
    var store = HistoryStore(for: learner.spec, capacity: 1_000_000)
    store.append(try learner.histories(of: tasks, &session), of: tasks, .reported)
    var random = RandomStream(seed: 11)
    return tasks.indices.map { history in
      let window = store.window(of: history, length: 10, using: &random)
      return learner.examples(window, using: &random) { session.bestChoices(in: tasks[history], at: $0) }
    }
  }

  @Test("Trained on labels it comes near the floor of the loss, not below; choices earn what the posterior earns")
  func predictionsOfTheBestArm() throws {
    let learner = try trainedToPredict(on: bandit)
    let examples = try examples(of: learner, on: bandit, count: 3000)
    for (pulls, floor) in [(0, 1.609438), (1, 1.549758), (2, 1.494814), (5, 1.353924)] {
      let found = estimate(predictions(learner.model, learner.state.theta, examples, after: pulls))
      #expect(found.mean > floor - 4 * found.standardError, "after \(pulls): \(found)")
      #expect(found.mean < floor + 0.04 + 2 * found.standardError, "after \(pulls): \(found)")
    }
    func earned(_ choice: ChoiceRule) throws -> (mean: Double, standardError: Double) {
      var settings = learner.configuration
      settings.choice = choice
      let actor = try DecisionPretrained(settings, for: learner.spec, restoring: learner.state)
      let played = try lived(actor, on: bandit, episodes: 10, random: LaneRandom(seed: 6, lanes: 3000)).played
      return estimate(played.map { $0.reduce(0) { $0 + $1.totalReward } })
    }
    let (sampled, greedy) = (try earned(.sampled), try earned(.greedy))
    #expect(sampled.mean < 5.833304 + 4 * sampled.standardError && sampled.mean > 5.65, "\(sampled)")
    #expect(greedy.mean < 6.659988 + 4 * greedy.standardError && greedy.mean > 6.3, "\(greedy)")
  }

  @Test("With labels of another task, or without rewards, nothing is learned of the best arm")
  func predictionsWithoutInformation() throws {
    for change in [Altered<BernoulliBandit>.Change.labelsOfAnotherTask, .noRewards] {
      let family = Altered(base: bandit, change: change)
      let learner = try trainedToPredict(on: family, choice: .greedy, iterations: 3)
      let examples = try examples(of: learner, on: family, count: 2000)
      let found = estimate(predictions(learner.model, learner.state.theta, examples, after: 9))
      #expect(abs(found.mean - log(5)) < 0.01 + 4 * found.standardError, "\(change): \(found)")
      let played = try lived(learner, on: bandit, episodes: 10, random: LaneRandom(seed: 6, lanes: 2000)).played
      let earned = estimate(played.map { $0.reduce(0) { $0 + $1.totalReward } })
      #expect(abs(earned.mean - 5) < 0.25 + 4 * earned.standardError, "\(change): \(earned)")
    }
  }

  @Test(
    "Distilled from Thompson sampling it comes near the floor of the loss and earns as much; with one step in view it does not"
  )
  func distilledThompsonSampling() throws {
    func trained(contextLength: Int) throws -> AlgorithmDistillation {
      var learner = try untrained(AlgorithmDistillation.self, on: bandit) {
        ($0.source, $0.contextLength) = (.thompson, contextLength)
        ($0.layers, $0.feedForwardSize, $0.stepsPerIteration) = (2, 64, 20_000)
        ($0.stepSize, $0.annealedIterations) = (2e-3, 10)
      }
      try train(&learner, on: bandit, iterations: 0..<11, workers: 2)
      return learner
    }
    let learner = try trained(contextLength: 0)
    var session = session(on: bandit, iteration: 1000, seed: 9)
    let tasks = session.sampleTasks(3000)
    let played = try learner.histories(of: tasks, &session)
    var store = HistoryStore(for: learner.spec, capacity: 1_000_000)
    store.append(played, of: tasks, .reported)
    var random = RandomStream(seed: 11)
    let losses = tasks.indices.map { history in
      let window = store.window(of: history, length: 10, using: &random)
      let targets = played[history].flatMap { episode -> [Float] in
        guard case .discrete(let choices) = episode.actions else { return [] }
        return choices.flatMap { choice in (0..<5).map { $0 == choice ? 0.1 : 0 } }
      }
      return learner.model.loss([.init(window, targets: targets)], learner.state.theta).scalar
    }
    let found = estimate(losses)
    #expect(found.mean > 1.375038 - 4 * found.standardError, "\(found)")
    #expect(found.mean < 1.375038 + 0.03 + 2 * found.standardError, "\(found)")
    func rewards(_ learner: AlgorithmDistillation) throws -> [[Double]] {
      try lived(learner, on: bandit, episodes: 10, random: LaneRandom(seed: 6, lanes: 3000)).played
        .map { $0.map(\.totalReward) }
    }
    let (whole, control) = (try rewards(learner), try rewards(trained(contextLength: 1)))
    let earned = estimate(whole.map { $0.reduce(0, +) })
    #expect(earned.mean < 5.833304 + 4 * earned.standardError && earned.mean > 5.65, "\(earned)")
    expect(estimate(whole.map { $0[0] }), toBe: 0.5)
    // What one step tells is known after the first: from then on the control's rewards stay the same.
    let gain = estimate(control.map { $0[9] - $0[1] })
    #expect(gain.mean < 4 * gain.standardError + 0.02, "\(gain)")
    #expect(estimate(whole.map { $0[9] - $0[1] }).mean > 0.05)
  }
}

import Environments
import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

// MARK: Learners

/// An untrained learner with the defaults, some of them changed.
func untrained<L: MetaLearner>(
  _ type: L.Type, on family: any TaskFamily, episodes: Int? = nil, seed: UInt64 = 0,
  _ change: (inout L.Configuration) -> Void = { _ in }
) throws -> L {
  var c = L.Configuration()
  change(&c)
  let spec = family.learnerSpec(episodesPerLifetime: episodes)
  return try L(c, for: spec, using: RandomStream(seed: seed).split("init"))
}

/// An untrained learner of the family of MAML that trains in a moment.
func makeLearner(
  on family: any TaskFamily, seed: UInt64 = 0, _ change: (inout MAML.Configuration) -> Void = { _ in }
) throws -> MAML {
  try untrained(MAML.self, on: family, seed: seed) {
    ($0.hiddenSizes, $0.tasksPerBatch, $0.episodesPerInnerStep) = ([8], 3, 3)
    change(&$0)
  }
}

func session(
  on family: any TaskFamily, iteration: Int = 0, seed: UInt64 = 0, workers: Int = 1, episodes: Int? = nil
) -> TrainingSession {
  TrainingSession(
    family: family, iteration: iteration, random: RandomStream(seed: seed).split("train"),
    workers: Workers(workers), episodesPerLifetime: episodes)
}

/// Runs some iterations of a learner's outer loop.
///
/// - Returns: the environment steps and the metrics of each iteration.
@discardableResult func train(
  _ learner: inout some MetaLearner, on family: any TaskFamily, iterations: Range<Int>, seed: UInt64 = 0,
  workers: Int = 1, episodes: Int? = nil
) throws -> [(steps: Int, metrics: [String: Double])] {
  try iterations.map { iteration in
    var session = session(on: family, iteration: iteration, seed: seed, workers: workers, episodes: episodes)
    try learner.metaTrain(&session)
    let metrics = Dictionary(uniqueKeysWithValues: session.metrics.map { ($0.name, $0.value) })
    return (session.environmentSteps, metrics)
  }
}

/// Trains until a number of environment steps are taken.
func train(_ learner: inout some MetaLearner, on family: any TaskFamily, steps: Int, seed: UInt64) throws {
  var (iteration, taken) = (0, 0)
  while taken < steps {
    taken += try train(&learner, on: family, iterations: iteration..<iteration + 1, seed: seed, workers: 2)[0].steps
    iteration += 1
  }
}

/// All that training has changed in a learner, bit for bit.
func bytes(_ learner: some MetaLearner) throws -> Data { try encoded(learner.state) }

func encoded(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  return try encoder.encode(value)
}

/// An untrained learner that goes on from the state of another, as it is after it was written and read.
func reloaded<L: MetaLearner>(_ learner: L, into untrained: L) throws -> L {
  let state = try JSONDecoder().decode(L.State.self, from: bytes(learner))
  try #require(untrained.canContinue(from: state))
  var copy = untrained
  copy.state = state
  return copy
}

/// Expects that training has the same bits with more workers, and if it goes on from a stored state.
func expectSameBits(_ untrained: some MetaLearner, on family: any TaskFamily, episodes: Int? = nil) throws {
  var (alone, together) = (untrained, untrained)
  let first = try train(&alone, on: family, iterations: 0..<2, episodes: episodes)
  #expect(try bytes(alone) != bytes(untrained))
  var copy = try reloaded(alone, into: untrained)
  #expect(try bytes(copy) == bytes(alone))
  let last = try train(&alone, on: family, iterations: 2..<3, episodes: episodes)
  try train(&copy, on: family, iterations: 2..<3, episodes: episodes)
  #expect(try bytes(copy) == bytes(alone))
  let all = try train(&together, on: family, iterations: 0..<3, workers: 3, episodes: episodes)
  #expect(try bytes(together) == bytes(alone))
  #expect(all.map(\.metrics) == (first + last).map(\.metrics) && all.map(\.steps) == (first + last).map(\.steps))
}

/// The learners of the family of MAML that have an outer loop.
enum Variant: String, CaseIterable, Sendable {
  case trustRegion, firstOrder, promp, emaml, adam, dice, learnedStepSizes, innerPPO, twoSteps, joint
  case anil, cavia, caviaOfLearnedSizes, startOfContextLearned, reptile

  func apply(to c: inout MAML.Configuration) {
    switch self {
    case .trustRegion: break
    case .firstOrder: c.innerEstimator = .firstOrder
    case .promp: c.outerUpdate = .clippedRatio
    case .emaml: (c.innerEstimator, c.scoreTerm) = (.naive, true)
    case .adam: c.outerUpdate = .adam
    case .dice: c.innerEstimator = .dice
    case .learnedStepSizes: c.stepSizes = .learned
    case .innerPPO: (c.innerObjective, c.updatesPerInnerStep) = (.clippedRatio, 2)
    case .twoSteps: c.innerSteps = 2
    case .joint: c.innerSteps = 0
    case .anil: c.adapted = .lastLayer
    case .cavia: (c.adapted, c.contextSize) = (.context, 3)
    case .caviaOfLearnedSizes: (c.adapted, c.contextSize, c.stepSizes) = (.context, 3, .learned)
    case .startOfContextLearned: (c.adapted, c.contextSize) = (.allAndContext, 3)
    case .reptile: (c.outerUpdate, c.innerSteps, c.outerStepSize) = (.interpolation, 2, 0.5)
    }
  }
}

// MARK: Episodes and lifetimes

extension Actions {
  var vectors: Tensor? { if case .continuous(let vectors) = self { vectors } else { nil } }
  var choices: [Int]? { if case .discrete(let choices) = self { choices } else { nil } }
}

extension ActionDistribution {
  var gaussian: DiagonalGaussian? { if case .gaussian(let gaussian) = self { gaussian } else { nil } }
  var categorical: Categorical? { if case .categorical(let categorical) = self { categorical } else { nil } }
}

extension Episode {
  /// An episode that its task did not end; by default nothing is done, and the sparse reward is the dense one.
  init(_ observations: [Float], rewards: [Float], sparse: [Float]? = nil, actions: ActionRecord? = nil) {
    self.init(
      observations: observations, actions: actions ?? .discrete(rewards.map { _ in 0 }), denseRewards: rewards,
      sparseRewards: sparse ?? rewards, terminated: false)
  }
}

extension LaneRandom {
  /// Streams of some lanes, all of one seed.
  init(seed: UInt64, _ name: String = "lane", lanes: Int) {
    self.init((0..<lanes).map { RandomStream(seed: seed).split(name, $0) })
  }
}

/// Episodes of one training task, side by side.
func episodes(
  of agent: some Agent, on family: some TaskFamily, task: Int = 0, horizon: Int? = nil, random: LaneRandom
) throws -> [Episode] {
  var agent = agent
  var environment = family.makeEnvironment(for: (0..<random.count).map { _ in TaskID(.train, task) })
  let spec = family.spec.with(horizon: horizon ?? family.spec.horizon)
  return try playEpisode(&agent, in: &environment, spec: spec, random: random)
}

/// Agents that have lived on test tasks, one a lane, and the episodes of each.
func lived<L: MetaLearner>(
  _ learner: L, on family: some TaskFamily, episodes: Int, random: LaneRandom, birth: LaneRandom? = nil
) throws -> (agent: L.LifetimeAgent, played: [[Episode]]) {
  var agent = learner.makeAgent(using: birth ?? random)
  var environment = family.makeEnvironment(for: (0..<random.count).map { TaskID(.test, $0) })
  let played = try rollout(&agent, in: &environment, episodes: 0..<episodes, spec: family.spec, lifetime: random)
  return (agent, played)
}

/// The returns of the lifetimes on test tasks of an untrained learner: `[task][episode]`.
func episodeReturns<L: MetaLearner, F: TaskFamily>(
  _ type: L.Type, on family: F, tasks: Int, _ change: (inout L.Configuration) -> Void = { _ in }
) throws -> [[Double]] {
  var configuration = L.Configuration()
  change(&configuration)
  let learner = try L(configuration, for: family.learnerSpec(), using: RandomStream(seed: 0))
  let evaluation = EvaluationProtocol(
    taskCount: tasks, episodesPerLifetime: family.card.episodesPerLifetime, probes: [])
  let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 1), workers: Workers(2))
  return curve.online.map { $0.map(\.totalReward) }
}

/// The mean total of such lifetimes.
func lifetimeReturn<L: MetaLearner, F: TaskFamily>(
  _ type: L.Type, on family: F, tasks: Int, _ change: (inout L.Configuration) -> Void = { _ in }
) throws -> (mean: Double, standardError: Double) {
  estimate(try episodeReturns(type, on: family, tasks: tasks, change).map { $0.reduce(0, +) })
}

func estimate(_ values: [Double]) -> (mean: Double, standardError: Double) {
  let (count, average) = (Double(values.count), mean(values))
  return (average, (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / (count - 1) / count).squareRoot())
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// Expects that an estimate is within four standard errors of a number, which may have an error, too.
func expect(
  _ found: (mean: Double, standardError: Double), toBe due: Double, _ errorOfDue: Double = 0, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let bound = 4 * (found.standardError * found.standardError + errorOfDue * errorOfDue).squareRoot()
  let message: Comment = "\(what) \(found.mean) ± \(found.standardError), not \(due)"
  #expect(abs(found.mean - due) < bound, message, sourceLocation: sourceLocation)
}

/// The mean returns of an evaluation: of each episode of lifetimes, and of the agents at each probe.
func meanReturns(
  of learner: some MetaLearner, on family: some TaskFamily, _ evaluation: EvaluationProtocol,
  random: RandomStream = RandomStream(seed: 2)
) throws -> (online: [Double], adapted: [Double]) {
  let curve = try evaluate(learner, on: family, evaluation, random: random, workers: Workers(2))
  return (
    (0..<evaluation.episodesPerLifetime).map { n in mean(curve.online.map { $0[n].totalReward }) },
    evaluation.probes.indices.map { probe in mean(curve.adapted.flatMap { $0[probe].map(\.totalReward) }) }
  )
}

// MARK: Families

/// A family whose episodes are cut short.
struct Short<Family: TaskFamily>: TaskFamily {
  let family: Family
  let horizon: Int

  init(_ family: Family, horizon: Int) { (self.family, self.horizon) = (family, horizon) }

  var card: FamilyCard { family.card }
  var spec: EnvironmentSpec { family.spec.with(horizon: horizon) }
  func task(_ id: TaskID) -> Family.TaskParameters { family.task(id) }
  func makeEnvironment(_ tasks: [Family.TaskParameters]) -> Family.Lanes { family.makeEnvironment(tasks) }
  func descriptor(of task: Family.TaskParameters) -> [Float] { family.descriptor(of: task) }
  func taskCount(in split: TaskID.Split) -> Int? { family.taskCount(in: split) }
  func bestChoices(in task: Family.TaskParameters, at observation: [Float]) -> [Int] {
    family.bestChoices(in: task, at: observation)
  }
}

let smallFamilies: [any TaskFamily] = [Short(PointNavigation(), horizon: 9), Short(GridWorld(), horizon: 6)]

extension FamilyCard {
  /// The card of a family that only tests know.
  static func madeUp(episodesPerLifetime: Int) -> FamilyCard {
    FamilyCard(
      name: "made-up", version: 1, summary: "", source: "", episodesPerLifetime: episodesPerLifetime,
      random: .init(0, computation: ""), oracle: .init(1, computation: ""), trajectoryHash: "")
  }
}

/// A family of one task.
protocol OneTaskFamily: TaskFamily where TaskParameters == OneTask {
  func makeLanes(_ count: Int) -> Lanes
}

struct OneTask: Codable, Sendable {}

extension OneTaskFamily {
  var card: FamilyCard { .madeUp(episodesPerLifetime: 1) }
  func task(_ id: TaskID) -> OneTask { OneTask() }
  func descriptor(of task: OneTask) -> [Float] { [] }
  func makeEnvironment(_ tasks: [OneTask]) -> Lanes { makeLanes(tasks.count) }
}

/// Some numbers in ±1 pay themselves, or their opposites: which of the two is the task.
struct Signs: TaskFamily {
  struct TaskParameters: Codable, Sendable { var sign: Float }

  var episodesPerLifetime = 20
  /// Multiplies rewards.
  var pay: Float = 1

  var card: FamilyCard { .madeUp(episodesPerLifetime: episodesPerLifetime) }
  var spec: EnvironmentSpec { EnvironmentSpec(observationSize: 1, actionSpace: .continuous(size: 1), horizon: 5) }
  func task(_ id: TaskID) -> TaskParameters { TaskParameters(sign: id.index.isMultiple(of: 2) ? pay : -pay) }
  func descriptor(of task: TaskParameters) -> [Float] { [task.sign] }
  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(signs: tasks.map(\.sign)) }

  struct Lanes: Environment {
    let signs: [Float]
    var laneCount: Int { signs.count }
    private var observations: Tensor { Tensor(repeating: 0, shape: [laneCount, 1]) }

    mutating func reset(using random: inout LaneRandom) -> Tensor { observations }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      guard case .continuous(let vectors) = actions else { preconditionFailure("actions are checked") }
      let rewards = zip(signs, vectors.floats).map { $0 * min(max($1, -1), 1) }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards), terminated: signs.map { _ in false })
    }
  }
}

import Environments
import Foundation
import Learners
import MetaRL
import Tensors
import Testing

/// Settings of a learner that trains in a moment.
func smallConfiguration(_ change: (inout MAML.Configuration) -> Void = { _ in }) -> MAML.Configuration {
  var c = MAML.Configuration()
  c.hiddenSizes = [8]
  c.tasksPerBatch = 3
  c.episodesPerInnerStep = 3
  change(&c)
  return c
}

/// An untrained learner.
func makeLearner(
  on family: any TaskFamily, seed: UInt64 = 0, _ change: (inout MAML.Configuration) -> Void = { _ in }
) throws -> MAML {
  try MAML(smallConfiguration(change), for: family.spec, using: RandomStream(seed: seed).split("init"))
}

/// Runs some iterations of a learner's outer loop.
///
/// - Returns: the environment steps and the metrics of each iteration.
@discardableResult
func train(
  _ learner: inout some MetaLearner, on family: any TaskFamily, iterations: Range<Int>, seed: UInt64 = 0,
  workers: Int = 1
) throws -> [(steps: Int, metrics: [String: Double])] {
  try iterations.map { iteration in
    var session = TrainingSession(
      family: family, iteration: iteration, random: RandomStream(seed: seed).split("train"),
      workers: Workers(workers))
    try learner.metaTrain(&session)
    let metrics = Dictionary(uniqueKeysWithValues: session.metrics.map { ($0.name, $0.value) })
    return (session.environmentSteps, metrics)
  }
}

/// All that training has changed in a learner, bit for bit.
func bytes(_ learner: some MetaLearner) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  return try encoder.encode(learner.state)
}

/// An untrained learner that goes on from the state of another, as it is after it was written and read.
func reloaded<L: MetaLearner>(_ learner: L, into untrained: L) throws -> L {
  let state = try JSONDecoder().decode(L.State.self, from: bytes(learner))
  try #require(untrained.canContinue(from: state))
  var copy = untrained
  copy.state = state
  return copy
}

/// A family whose episodes are cut short.
struct Short<Family: TaskFamily>: TaskFamily {
  let family: Family
  let horizon: Int

  init(_ family: Family, horizon: Int) {
    self.family = family
    self.horizon = horizon
  }

  var card: FamilyCard { family.card }
  var spec: EnvironmentSpec {
    var spec = family.spec
    spec.horizon = horizon
    return spec
  }
  func task(_ id: TaskID) -> Family.TaskParameters { family.task(id) }
  func makeEnvironment(_ tasks: [Family.TaskParameters]) -> Family.Lanes { family.makeEnvironment(tasks) }
  func descriptor(of task: Family.TaskParameters) -> [Float] { family.descriptor(of: task) }
  func taskCount(in split: TaskID.Split) -> Int? { family.taskCount(in: split) }
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
    case .emaml:
      c.innerEstimator = .naive
      c.scoreTerm = true
    case .adam: c.outerUpdate = .adam
    case .dice: c.innerEstimator = .dice
    case .learnedStepSizes: c.stepSizes = .learned
    case .innerPPO:
      c.innerObjective = .clippedRatio
      c.updatesPerInnerStep = 2
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

/// Families with vectors and with choices for actions.
let smallFamilies: [any TaskFamily] = [Short(PointNavigation(), horizon: 9), Short(GridWorld(), horizon: 6)]

import Learners
import MetaRL
import Tensors
import Testing

/// A number in ±1 pays itself, or its opposite: which of the two is the task.
private struct Signs: TaskFamily {
  struct TaskParameters: Codable, Sendable { var sign: Float }

  var card: FamilyCard {
    FamilyCard(
      name: "signs", version: 1, summary: "A number pays itself or its opposite.", source: "none",
      episodesPerLifetime: 4, random: .init(0, computation: "exact"), oracle: .init(5, computation: "exact"),
      trajectoryHash: "")
  }
  var spec: EnvironmentSpec { EnvironmentSpec(observationSize: 1, actionSpace: .continuous(size: 1), horizon: 5) }
  func task(_ id: TaskID) -> TaskParameters { TaskParameters(sign: id.index.isMultiple(of: 2) ? 1 : -1) }
  func descriptor(of task: TaskParameters) -> [Float] { [task.sign] }
  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(signs: tasks.map(\.sign)) }

  struct Lanes: Environment {
    let signs: [Float]
    var laneCount: Int { signs.count }
    private var observations: Tensor { Tensor(repeating: 0, shape: [laneCount, 1]) }

    mutating func reset(using random: inout LaneRandom) -> Tensor { observations }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      guard case .continuous(let vectors) = actions else { preconditionFailure("actions are checked") }
      let rewards = zip(signs, vectors.floats).map { $0 * $1 }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards), terminated: signs.map { _ in false })
    }
  }
}

/// Whether PEARL learns to adapt, with controls that fail where it succeeds.
@Suite struct PEARLLearningTests {
  /// The mean return of an episode in new tasks, by the number of episodes before it.
  private func returns(seed: UInt64 = 1, _ change: (inout PEARL.Configuration) -> Void = { _ in }) throws
    -> [Double]
  {
    let learner = try trained(seed: seed, change).learner
    let evaluation = EvaluationProtocol(taskCount: 100, episodesPerLifetime: 4, probes: [])
    let curve = try evaluate(learner, on: Signs(), evaluation, random: RandomStream(seed: 2), workers: Workers(2))
    return (0..<4).map { episode in curve.online.reduce(0) { $0 + $1[episode].totalReward } / 100 }
  }

  /// A learner after 25 iterations, and what it logged in the last.
  private func trained(
    seed: UInt64 = 1, _ change: (inout PEARL.Configuration) -> Void = { _ in }
  ) throws -> (learner: PEARL, metrics: [String: Double]) {
    var c = PEARL.Configuration()
    c.hiddenSizes = [32, 32]
    c.encoderSizes = [32, 32]
    c.latentSize = 3
    c.trainingTasks = 10
    c.initialSteps = 200
    c.tasksPerIteration = 4
    c.priorSteps = 20
    c.extraSteps = 20
    c.updatesPerIteration = 50
    c.tasksPerBatch = 8
    c.batchSize = 16
    c.contextSize = 16
    c.discount = 0.5
    c.targetRate = 0.02
    c.stepSize = 3e-3
    change(&c)
    var learner = try PEARL(c, for: Signs().learnerSpec(), using: RandomStream(seed: seed).split("init"))
    var metrics: [String: Double] = [:]
    for iteration in 0..<25 {
      var session = TrainingSession(
        family: Signs(), iteration: iteration, random: RandomStream(seed: seed).split("train"), workers: Workers(2))
      try learner.metaTrain(&session)
      metrics = Dictionary(uniqueKeysWithValues: session.metrics.map { ($0.name, $0.value) })
    }
    return (learner, metrics)
  }

  /// The control is a weight that a nat is not worth.
  @Test(arguments: [1, 2, 3] as [UInt64]) func whereTheTaskShowsInRewardsThePosteriorTellsOfIt(seed: UInt64) throws
  {
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

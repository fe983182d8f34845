import Environments
import Learners
import MetaRL
import Tensors
import Testing

/// Whether PEARL learns to adapt, with controls that fail where it succeeds.
@Suite struct PEARLLearningTests {
  /// The mean return of an episode of point robots at new goals, by the number of episodes before it.
  private func returns(_ change: (inout PEARL.Configuration) -> Void = { _ in }) throws -> [Double] {
    var c = PEARL.Configuration()
    c.hiddenSizes = [64, 64]
    c.encoderSizes = [32, 32]
    c.latentSize = 3
    c.initialSteps = 100
    c.tasksPerIteration = 10
    c.priorSteps = 40
    c.posteriorSteps = 0
    c.extraSteps = 40
    c.updatesPerIteration = 100
    c.tasksPerBatch = 16
    c.batchSize = 32
    c.contextSize = 32
    c.rewardScale = 20
    c.discount = 0.9
    c.targetRate = 0.02
    c.stepSize = 1e-3
    c.divergenceWeight = 0.1
    change(&c)
    let family = PointRobot()
    var learner = try PEARL(c, for: family.learnerSpec(), using: RandomStream(seed: 1).split("init"))
    for iteration in 0..<20 {
      var session = TrainingSession(
        family: family, iteration: iteration, random: RandomStream(seed: 1).split("train"), workers: Workers(2))
      try learner.metaTrain(&session)
    }
    let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 4, probes: [])
    let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 2), workers: Workers(2))
    return (0..<4).map { episode in curve.online.reduce(0) { $0 + $1[episode].totalReward } / 20 }
  }

  /// -5.365 is the most there is; a robot that does not know its goal stays in the middle and earns about -16.
  @Test func newGoalsAreFoundAfterOneEpisodeAndOnlyWithAContext() throws {
    let adapting = try returns()
    #expect(adapting[1...].allSatisfy { $0 > adapting[0] + 4 }, "\(adapting)")
    #expect(adapting[3] > -10, "\(adapting)")
    let blind = try returns { $0.seesContext = false }
    #expect(blind.allSatisfy { $0 < -13 }, "\(blind)")
  }
}

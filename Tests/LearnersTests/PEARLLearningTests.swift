import Learners
import MetaRL
import Tensors
import Testing

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
  @Test(arguments: [1, 2, 3] as [UInt64])
  func whereTheTaskShowsInRewardsThePosteriorTellsOfIt(seed: UInt64) throws {
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

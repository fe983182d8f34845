import Environments
import Foundation
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct MetaTrainingTests {
  @Test(arguments: Variant.allCases, [0, 1])
  func learnersDoNotDependOnTheNumberOfWorkers(variant: Variant, family: Int) throws {
    var alone = try makeLearner(on: smallFamilies[family], variant.apply)
    let untrained = try bytes(alone)
    var together = alone
    let first = try train(&alone, on: smallFamilies[family], iterations: 0..<2, workers: 1)
    let second = try train(&together, on: smallFamilies[family], iterations: 0..<2, workers: 2)
    #expect(try bytes(alone) == bytes(together))
    #expect(try bytes(alone) != untrained)
    #expect(first.map(\.metrics) == second.map(\.metrics))
    #expect(first.map(\.steps) == second.map(\.steps))
  }

  @Test(arguments: Variant.allCases, [0, 1])
  func aDecodedLearnerGoesOnAsTheOriginal(variant: Variant, family: Int) throws {
    var learner = try makeLearner(on: smallFamilies[family], variant.apply)
    try train(&learner, on: smallFamilies[family], iterations: 0..<1)
    var copy = try reloaded(learner, into: makeLearner(on: smallFamilies[family], variant.apply))
    try train(&learner, on: smallFamilies[family], iterations: 1..<2)
    try train(&copy, on: smallFamilies[family], iterations: 1..<2)
    #expect(try bytes(learner) == bytes(copy))
  }

  /// All but E-MAML, which compares tasks.
  @Test(arguments: Variant.allCases.filter { $0 != .emaml })
  func oneTaskOneEpisodeAndOneStepAreEnough(variant: Variant) throws {
    let family = BernoulliBandit(arms: 3)
    for count in [1, 4] {
      var learner = try makeLearner(on: family) {
        $0.tasksPerBatch = 1
        $0.episodesPerInnerStep = count
        variant.apply(to: &$0)
      }
      let records = try train(&learner, on: family, iterations: 0..<3)
      #expect(learner.theta.isFinite)
      let phases = variant == .joint ? 1 : variant == .twoSteps ? 3 : 2
      #expect(records.map(\.steps) == [phases * count, phases * count, phases * count])
    }
  }

  @Test func everyPhaseTakesItsEpisodes() throws {
    let family = Short(PointNavigation(), horizon: 9)
    for steps in 0...3 {
      var learner = try makeLearner(on: family) { $0.innerSteps = steps }
      let record = try train(&learner, on: family, iterations: 0..<1)[0]
      #expect(record.steps == (steps + 1) * 3 * 3 * 9)
      #expect((record.metrics["returnBefore"] != nil) == (steps > 0))
      #expect(record.metrics["returnAfter"] != nil)
    }
  }

  @Test func withoutAnOuterUpdateNothingIsPlayedAndNothingChanges() throws {
    for family in smallFamilies {
      var learner = try makeLearner(on: family) { $0.outerUpdate = .none }
      let before = try bytes(learner)
      #expect(try train(&learner, on: family, iterations: 0..<2).map(\.steps) == [0, 0])
      #expect(try bytes(learner) == before)
    }
  }

  /// With no inner step and with one of length 0 the outer gradient is that of plain policy optimization.
  @Test func anInnerStepOfLengthZeroLeavesThePolicy() throws {
    let problem = try SmallProblem({ $0.innerStepSize = 0 })
    let adapted = problem.learner.innerStep(
      problem.learner.theta, problem.learner.theta, problem.tasks[0].inner[0], .first)
    #expect(adapted.tensors.map(\.doubles) == problem.learner.theta.tensors.map(\.doubles))
  }

  @Test func theTrustRegionBoundsTheDivergence() throws {
    for family in smallFamilies {
      var learner = try makeLearner(on: family) {
        $0.maximumDivergence = 0.003
        $0.tasksPerBatch = 5
        $0.episodesPerInnerStep = 6
      }
      for record in try train(&learner, on: family, iterations: 0..<4) {
        let divergence = try #require(record.metrics["divergence"])
        #expect(divergence <= 0.003)
        let backtracks = try #require(record.metrics["backtracks"])
        #expect((backtracks >= 0) == (divergence > 0))
      }
    }
  }

  /// The order of the episodes of a batch is no more than the order of a sum.
  @Test(arguments: InnerEstimator.allCases)
  func episodesMayBePermuted(estimator: InnerEstimator) throws {
    let problem = try SmallProblem({ $0.innerEstimator = estimator })
    let (learner, family) = (problem.learner, PointNavigation())
    func play(_ phi: Parameters, _ name: String) throws -> [Episode] {
      let random = LaneRandom((0..<6).map { RandomStream(seed: 3).split(name, $0) })
      var environment = family.makeEnvironment(Array(repeating: family.task(TaskID(.train, 0)), count: 6))
      var agent = PolicyAgent(learner.policy, phi.map { $0.converted(to: .float) })
      return try playEpisode(&agent, in: &environment, spec: family.spec.with(horizon: 12), random: random)
    }
    let episodes = (inner: try play(learner.theta, "inner"), outer: try play(learner.theta, "outer"))
    func gradient(_ order: [Int]) -> (Parameters, [Double]) {
      let inner = learner.batch(order.map { episodes.inner[$0] }, playedWith: learner.theta, .reported)
      let phi = learner.innerStep(learner.theta, learner.theta, inner, .first)
      let outer = learner.batch(order.map { episodes.outer[$0] }, playedWith: phi, .reported)
      let task = MetaTask.batch([[inner]], [outer], scored: true)[0]
      let gradient = valueAndGradient(at: learner.theta) {
        learner.outerLoss(task, $0, estimator.gradientOrder).loss
      }.gradient
      return (gradient, inner.advantages.doubles)
    }
    let (inOrder, advantages) = gradient([0, 1, 2, 3, 4, 5])
    let (permuted, otherAdvantages) = gradient([3, 0, 5, 4, 1, 2])
    #expect(length(permuted - inOrder) < 1e-12 * length(inOrder))
    #expect(advantages != otherAdvantages)
    #expect(advantages.sorted() == otherAdvantages.sorted())
  }
}

/// Settings that nobody should choose.
@Suite struct AbsurdSettingsTests {
  /// Trains, then evaluates; says how it failed, if it did.
  private func failure(
    on family: some TaskFamily, _ change: (inout MAML.Configuration) -> Void
  ) -> (any Error)? {
    do {
      var learner = try makeLearner(on: family, change)
      try train(&learner, on: family, iterations: 0..<4)
      #expect(learner.theta.isFinite, "training ended well with parameters that are not finite")
      _ = try evaluate(
        learner, on: family, EvaluationProtocol(taskCount: 2, episodesPerLifetime: 7, probes: [0, 7]),
        random: RandomStream(seed: 1))
      return nil
    } catch {
      return error
    }
  }

  private func isExpected(_ error: (any Error)?) -> Bool { error is TrainingError || error is RolloutError }

  @Test(arguments: Variant.allCases, [1e30, 1e38, .infinity])
  func absurdInnerStepsEndInAnErrorAndNotInATrap(variant: Variant, size: Double) {
    guard variant != .joint else { return }
    for discrete in [false, true] {
      let change: (inout MAML.Configuration) -> Void = {
        variant.apply(to: &$0)
        $0.innerStepSize = size
      }
      let error =
        discrete
        ? failure(on: Short(GridWorld(), horizon: 6), change)
        : failure(on: Short(PointNavigation(), horizon: 9), change)
      // Large logits give a deterministic policy, which is valid. So are actions at their bounds, if only one layer's
      // parameters grow.
      let movesOneLayer = [.anil, .cavia, .caviaOfLearnedSizes].contains(variant)
      #expect(
        isExpected(error) || ((discrete || movesOneLayer) && error == nil), "\(String(describing: error))")
    }
  }

  @Test(arguments: [Variant.adam, .promp], [1e30, 1e38, .infinity])
  func absurdOuterStepsEndInAnErrorAndNotInATrap(variant: Variant, size: Double) {
    for discrete in [false, true] {
      let change: (inout MAML.Configuration) -> Void = {
        variant.apply(to: &$0)
        $0.outerStepSize = size
      }
      let error =
        discrete
        ? failure(on: Short(GridWorld(), horizon: 6), change)
        : failure(on: Short(PointNavigation(), horizon: 9), change)
      #expect(isExpected(error) || (discrete && error == nil), "\(String(describing: error))")
    }
  }

  /// An infinite step leaves nothing that could be trained on, even in the iteration that takes it.
  @Test(arguments: [Variant.adam, .promp])
  func noIterationEndsWellWithParametersThatAreNotFinite(variant: Variant) throws {
    for family in smallFamilies {
      var learner = try makeLearner(on: family) {
        variant.apply(to: &$0)
        $0.outerStepSize = .infinity
      }
      #expect(throws: TrainingError.self) { try train(&learner, on: family, iterations: 0..<1) }
    }
  }
}

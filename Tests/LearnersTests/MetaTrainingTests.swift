import Environments
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct MetaTrainingTests {
  @Test(arguments: Variant.allCases, smallFamilies.indices)
  func trainingHasTheSameBits(variant: Variant, family: Int) throws {
    try expectSameBits(makeLearner(on: smallFamilies[family], variant.apply), on: smallFamilies[family])
  }

  /// All but E-MAML, which compares tasks.
  @Test(arguments: Variant.allCases.filter { $0 != .emaml })
  func oneTaskOneEpisodeAndOneStepAreEnough(variant: Variant) throws {
    let family = BernoulliBandit(arms: 3)
    for count in [1, 4] {
      var learner = try makeLearner(on: family) {
        ($0.tasksPerBatch, $0.episodesPerInnerStep) = (1, count)
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

  @Test("Without an outer update, nothing is played and nothing changes") func noOuterUpdate() throws {
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
    let adapted = problem.learner.innerStep(problem.theta, problem.theta, problem.tasks[0].inner[0], .first)
    #expect(adapted.tensors.map(\.doubles) == problem.theta.tensors.map(\.doubles))
  }

  @Test func theTrustRegionBoundsTheDivergence() throws {
    for family in smallFamilies {
      var learner = try makeLearner(on: family) {
        ($0.maximumDivergence, $0.tasksPerBatch, $0.episodesPerInnerStep) = (0.003, 5, 6)
      }
      for record in try train(&learner, on: family, iterations: 0..<4) {
        let divergence = try #require(record.metrics["divergence"])
        #expect(divergence <= 0.003)
        #expect((try #require(record.metrics["backtracks"]) >= 0) == (divergence > 0))
      }
    }
  }

  /// The order of the episodes of a batch is no more than the order of a sum.
  @Test(arguments: InnerEstimator.allCases)
  func episodesMayBePermuted(estimator: InnerEstimator) throws {
    let problem = try SmallProblem({ $0.innerEstimator = estimator })
    let learner = problem.learner
    func play(_ name: String) throws -> [Episode] {
      let agent = PolicyAgent(learner.policy, learner.theta.map { $0.converted(to: .float) })
      return try episodes(
        of: agent, on: PointNavigation(), horizon: 12, random: LaneRandom(seed: 3, name, lanes: 6))
    }
    let played = (inner: try play("inner"), outer: try play("outer"))
    func gradient(_ order: [Int]) -> (Parameters, [Double]) {
      let inner = learner.batch(order.map { played.inner[$0] }, playedWith: learner.theta, .reported)
      let phi = learner.innerStep(learner.theta, learner.theta, inner, .first)
      let outer = learner.batch(order.map { played.outer[$0] }, playedWith: phi, .reported)
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

  @Test("Meta-parameters are taken apart as they were put together") func metaParameters() {
    let weights = Parameters(names: ["a", "b"], tensors: [Tensor([1, 2], shape: [2]), Tensor([3], shape: [1])])
    let theta = MetaParameters(weights, stepSizes: weights.map { 0.5 * $0 }).theta
    #expect(theta.names == ["a", "b", "stepSize.a", "stepSize.b"])
    let parts = MetaParameters(of: theta)
    #expect(parts.weights.names == ["a", "b"] && parts.stepSizes.names == ["a", "b"])
    #expect(parts.stepSizes["a"].floats == [0.5, 1] && parts.stepSize("b").floats == [1.5])
    #expect(MetaParameters(weights, stepSizes: nil).theta.names == ["a", "b"])
  }
}

@Suite struct AbsurdSettingsTests {
  /// Trains, then evaluates.
  private func expectError(
    _ variant: Variant, mayEndWell: Bool = false, _ change: (inout MAML.Configuration) -> Void
  ) {
    func check(_ family: some TaskFamily, mayEndWell: Bool) {
      do {
        var learner = try makeLearner(on: family) {
          variant.apply(to: &$0)
          change(&$0)
        }
        try train(&learner, on: family, iterations: 0..<4)
        #expect(learner.theta.isFinite, "training ended well with parameters that are not finite")
        let evaluation = EvaluationProtocol(taskCount: 2, episodesPerLifetime: 7, probes: [0, 7])
        _ = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 1))
        #expect(mayEndWell, "\(variant) ended well")
      } catch {
        #expect(error is TrainingError || error is RolloutError, "\(error)")
      }
    }
    check(Short(PointNavigation(), horizon: 9), mayEndWell: mayEndWell)
    // A choice among few may be certain, however large the logits: that is a policy, too.
    check(Short(GridWorld(), horizon: 6), mayEndWell: true)
  }

  @Test(arguments: Variant.allCases.filter { $0 != .joint }, [1e30, 1e38, .infinity])
  func absurdInnerStepsEndInAnErrorAndNotInATrap(variant: Variant, size: Double) {
    // Actions at their bounds are valid, if only one layer's parameters grow.
    let movesOneLayer = [.anil, .cavia, .caviaOfLearnedSizes].contains(variant)
    expectError(variant, mayEndWell: movesOneLayer) { $0.innerStepSize = size }
  }

  @Test(arguments: [Variant.adam, .promp], [1e30, 1e38, .infinity])
  func absurdOuterStepsEndInAnErrorAndNotInATrap(variant: Variant, size: Double) {
    expectError(variant) { $0.outerStepSize = size }
  }

  /// An infinite step leaves nothing that could be trained on, even in the iteration that takes it.
  @Test("No iteration ends well with parameters that are not finite", arguments: [Variant.adam, .promp])
  func parametersAreFinite(variant: Variant) throws {
    for family in smallFamilies {
      var learner = try makeLearner(on: family) {
        variant.apply(to: &$0)
        $0.outerStepSize = .infinity
      }
      #expect(throws: TrainingError.self) { try train(&learner, on: family, iterations: 0..<1) }
    }
  }
}

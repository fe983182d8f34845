import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// Tasks with the loss ½ a (w - c)² of the weight of a line, and b² of its bias.
///
/// The mean of squared inputs is a/2, and each input occurs with both signs; all numbers are exact in any precision.
private enum Quadratic: CaseIterable {
  case first, second

  var curvature: Double { self == .first ? 1 : 3 }
  var center: Double { self == .first ? 0 : 1 }

  static func points(_ tasks: [Quadratic]) -> Examples {
    let x: [Double] = tasks.flatMap { $0 == .first ? [1, -1, 1, -1, 0, 0, 0, 0] : [1, -1, 1, -1, 2, -2, 0, 0] }
    let y = x.indices.map { tasks[$0 / 8].center * x[$0] }
    let shape = [tasks.count, 8, 1]
    return Examples(
      inputs: Tensor(x, shape: shape, precision: .double), targets: Tensor(y, shape: shape, precision: .double),
      weights: Tensor(x.map { _ in 0.125 }, shape: shape, precision: .double))
  }
}

@Suite struct ReptileTests {
  private func line(
    at weight: Double = 0.2, _ change: (inout RegressionMAML.Configuration) -> Void
  ) throws -> RegressionMAML {
    var learner = try regressionLearner {
      ($0.hiddenSizes, $0.innerStepSize) = ([], 0.1)
      change(&$0)
    }
    learner.theta = Parameters(
      names: ["layer1.weights", "layer1.bias"],
      tensors: [Tensor([weight], shape: [1, 1], precision: .double), Tensor([0], shape: [1], precision: .double)])
    return learner
  }

  private func reptile(
    at weight: Double = 0.2, steps: Int, share: Double = 0.5,
    _ change: (inout RegressionMAML.Configuration) -> Void = { _ in }
  ) throws -> RegressionMAML {
    try line(at: weight) {
      ($0.outerUpdate, $0.innerSteps, $0.outerStepSize) = (.interpolation, steps, share)
      change(&$0)
    }
  }

  private func weight(of learner: RegressionMAML) -> Double { learner.theta["layer1.weights"].scalar }

  /// The learners that take inner steps on points, and joint training.
  enum Learner: CaseIterable, Sendable {
    case joint, reptile, firstOrder, maml
  }

  /// The change of the weight in an iteration; for learners other than Reptile, the negative gradient.
  private func change(_ learner: Learner, steps: Int, at start: Double) throws -> Double {
    let both = Quadratic.points(Quadratic.allCases)
    if learner == .reptile {
      var reptile = try reptile(at: start, steps: steps)
      _ = reptile.interpolate([both], 0)
      return weight(of: reptile) - start
    }
    let descending = try line(at: start) {
      $0.innerSteps = learner == .joint ? 0 : steps
      $0.gradientOrder = learner == .maml ? .higher : .first
    }
    return -valueAndGradient(at: descending.theta) { descending.outerLoss(inner: [both], outer: both, $0) }
      .gradient["layer1.weights"].scalar
  }

  /// The fixed point of the change, which is linear in the weight.
  @Test(arguments: [
    (1, 0.75000000, 0.70000000, 0.64473684), (2, 0.72857143, 0.64473684, 0.52332171),
    (5, 0.67013307, 0.46059194, 0.19552023), (20, 0.53216263, 0.01930919, 0.00012921),
  ])
  func eachLearnerConvergesToADifferentWeight(
    steps: Int, reptile: Double, firstOrder: Double, maml: Double
  ) throws {
    for (learner, expected) in zip(Learner.allCases, [0.75, reptile, firstOrder, maml]) {
      let (atZero, atOne) = (
        try change(learner, steps: steps, at: 0), try change(learner, steps: steps, at: 1)
      )
      let settled = atZero / (atZero - atOne)
      #expect(abs(settled - expected) < 6e-9, "\(learner): \(settled)")
    }
  }

  @Test func reptileConvergesToItsFixedPoint() throws {
    var learner = try reptile(steps: 5, share: 1)
    for _ in 0..<200 { _ = learner.interpolate([Quadratic.points(Quadratic.allCases)], 0) }
    #expect(abs(weight(of: learner) - 0.67013307) < 1e-8)
  }

  @Test func singleTasksAndABatchGiveDifferentWeights() throws {
    var serial = try reptile(steps: 2)
    _ = serial.interpolate([Quadratic.points([.first])], 0)
    #expect(abs(weight(of: serial) - 0.181) < 1e-12)
    _ = serial.interpolate([Quadratic.points([.second])], 1)
    #expect(abs(weight(of: serial) - 0.389845) < 1e-12)
    var batch = try reptile(steps: 2)
    _ = batch.interpolate([Quadratic.points([.first, .second])], 0)
    #expect(abs(weight(of: batch) - 0.2925) < 1e-12)
  }

  @Test(arguments: [(RegressionMAML.OptimizerMemory.carried, 0.26713663), (.fresh, 0.21528302)])
  func adamKeepsItsMemoryOrIsReset(memory: RegressionMAML.OptimizerMemory, expected: Double) throws {
    var learner = try reptile(steps: 2) { ($0.innerOptimizer, $0.optimizerMemory) = (.adam, memory) }
    _ = learner.interpolate([Quadratic.points([.first])], 0)
    #expect(abs(weight(of: learner) - 0.11837248) < 1e-8, "\(weight(of: learner))")
    _ = learner.interpolate([Quadratic.points([.second])], 1)
    #expect(abs(weight(of: learner) - expected) < 1e-8, "\(weight(of: learner))")
  }

  @Test func withOneInnerStepItIsTheJointGradient() throws {
    var learner = try reptile(steps: 1, share: 0.3)
    let both = Quadratic.points(Quadratic.allCases)
    let joint = try line { $0.innerSteps = 0 }
    let gradient = valueAndGradient(at: joint.theta) { joint.outerLoss(inner: [both], outer: both, $0) }.gradient
    let due = learner.theta - (0.3 * 0.1) * gradient
    _ = learner.interpolate([both], 0)
    #expect(length(learner.theta - due) < 1e-12)
  }

  @Test(
    "The order of a batch matters only with a carried memory",
    arguments: [nil, .fresh, .carried] as [RegressionMAML.OptimizerMemory?])
  func orderOfABatch(memory: RegressionMAML.OptimizerMemory?) throws {
    func end(_ tasks: [Quadratic]) throws -> Double {
      var learner = try reptile(steps: 1) {
        $0.innerOptimizer = memory == nil ? .descent : .adam
        $0.optimizerMemory = memory ?? .fresh
      }
      _ = learner.interpolate([Quadratic.points(tasks)], 0)
      return weight(of: learner)
    }
    let difference = abs(try end([.first, .second]) - end([.second, .first]))
    #expect(memory == .carried ? difference > 1e-3 : difference < 1e-14, "\(difference)")
  }

  @Test func aWeightOfZeroLeavesTheBits() throws {
    let random = RandomStream(seed: 4)
    for (share, annealed, iteration) in [(0.0, 0, 0), (0.5, 3, 3), (0.5, 3, 7)] {
      var c = RegressionMAML.Configuration()
      (c.outerUpdate, c.outerStepSize, c.annealedIterations) = (.interpolation, share, annealed)
      var learner = try RegressionMAML(c, for: SinusoidRegression().spec, using: random)
      learner.theta = learner.theta.map { $0.converted(to: .double) }
      let before = learner.theta.tensors.map(\.doubles)
      _ = learner.interpolate([points([1, 2], [0, 1])], iteration)
      #expect(learner.theta.tensors.map(\.doubles) == before)
    }
  }

  @Test func theWeightDecaysLinearly() {
    #expect((0...5).map { linearlyAnnealed($0, of: 4) } == [1, 0.75, 0.5, 0.25, 0, 0])
    #expect(linearlyAnnealed(1000, of: 0) == 1)
  }

  // MARK: In training

  private let family = SinusoidRegression(phases: .full)

  private func train(_ learner: inout RegressionMAML, _ iterations: Range<Int>) throws -> [Int] {
    try LearnersTests.train(&learner, on: family, iterations: iterations).map(\.steps)
  }

  private func makeLearner(
    _ change: (inout RegressionMAML.Configuration) -> Void
  ) throws -> RegressionMAML {
    var c = RegressionMAML.Configuration()
    (c.outerUpdate, c.innerSteps, c.trainingPoints, c.innerStepSize) = (.interpolation, 5, .fresh, 0.02)
    (c.outerStepSize, c.tasksPerBatch, c.activation) = (0.1, 3, .tanh)
    change(&c)
    return try RegressionMAML(c, for: family.spec, using: RandomStream(seed: 1).split("init"))
  }

  @Test func anIterationPlaysOnlyThePointsItUses() throws {
    var learner = try makeLearner { _ in }
    #expect(try train(&learner, 0..<1) == [3 * 5 * 10])
    var same = try makeLearner { $0.trainingPoints = .same }
    #expect(try train(&same, 0..<1) == [3 * 10])
    var maml = try makeLearner { $0.outerUpdate = .adam }
    #expect(try train(&maml, 0..<1) == [3 * 6 * 10])
  }

  @Test(arguments: [RegressionMAML.OptimizerMemory.fresh, .carried])
  func aCarriedMemoryIsPartOfTheState(memory: RegressionMAML.OptimizerMemory) throws {
    func untrained() throws -> RegressionMAML {
      try makeLearner { ($0.innerOptimizer, $0.optimizerMemory) = (.adam, memory) }
    }
    var learner = try untrained()
    _ = try train(&learner, 0..<3)
    #expect((learner.state.innerOptimizer != nil) == (memory == .carried))
    var copy = try reloaded(learner, into: untrained())
    _ = try train(&learner, 3..<5)
    _ = try train(&copy, 3..<5)
    #expect(try bytes(learner) == bytes(copy))
    // A learner with the other setting cannot continue from this state.
    let other = try makeLearner {
      ($0.innerOptimizer, $0.optimizerMemory) = (.adam, memory == .fresh ? .carried : .fresh)
    }
    #expect(!other.canContinue(from: learner.state))
  }

  /// After a reset, Adam's first step has the same length in every parameter; large second moments make it shorter.
  @Test func newbornAgentsHaveTheMemoryOfTraining() throws {
    func firstStep(_ memory: RegressionMAML.OptimizerMemory) throws -> Double {
      var learner = try makeLearner {
        ($0.innerOptimizer, $0.optimizerMemory, $0.hiddenSizes) = (.adam, memory, [])
      }
      learner.theta = 0 * learner.theta
      if memory == .carried {
        var (phi, optimizer) = (learner.start(learner.theta, 1), learner.state.innerOptimizer)
        optimizer?.update(&phi, along: phi.map { Tensor(repeating: 100, shape: $0.shape) })
        learner.state.innerOptimizer = optimizer
      }
      let streams = LaneRandom([RandomStream(seed: 4).split("lane")])
      var agent = learner.makeAgent(using: streams)
      var environment = family.makeEnvironment(for: [TaskID(.test, 0)])
      _ = try rollout(&agent, in: &environment, episodes: 0..<1, spec: family.spec, lifetime: streams)
      var random = streams
      guard case .continuous(let action) = agent.act(on: Tensor([0, 0], shape: [1, 2]), using: &random) else {
        return 0
      }
      return abs(10 * action.scalar)
    }
    let fresh = try firstStep(.fresh)
    #expect(abs(fresh - 0.02) < 1e-5, "\(fresh)")
    #expect(try firstStep(.carried) < 0.2 * fresh)
  }

  @Test func contradictingSettingsAreRefused() {
    func refusal(_ change: (inout RegressionMAML.Configuration) -> Void) -> String {
      do {
        _ = try makeLearner(change)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal { _ in } == "")
    #expect(refusal { $0.innerSteps = 0 }.contains("--set innerSteps=3"))
    #expect(refusal { ($0.adapted, $0.contextSize) = (.context, 2) }.contains("--set adapted=all"))
    #expect(refusal { $0.adapted = .lastLayer }.contains("--set adapted=all"))
    #expect(refusal { $0.stepSizes = .learned }.contains("--set stepSizes=fixed"))
    #expect(refusal { $0.optimizerMemory = .carried }.contains("--set innerOptimizer=adam"))
    #expect(
      refusal { ($0.outerUpdate, $0.innerOptimizer) = (.adam, .adam) }.contains("--set outerUpdate=interpolation"))
    #expect {
      try LearnersTests.makeLearner(on: GridWorld()) {
        ($0.outerUpdate, $0.scoreTerm) = (.interpolation, true)
      }
    } throws: { "\($0)".contains("--set outerUpdate=trpo") }
  }

  // MARK: Policies

  @Test(arguments: [1, 3]) func aPolicyPlaysOnlyItsInnerSteps(steps: Int) throws {
    let family = Short(PointNavigation(), horizon: 9)
    var learner = try LearnersTests.makeLearner(on: family) {
      ($0.outerUpdate, $0.innerSteps) = (.interpolation, steps)
    }
    let record = try LearnersTests.train(&learner, on: family, iterations: 0..<1)[0]
    #expect(record.steps == steps * 3 * 3 * 9)
    #expect(record.metrics["loss"] == nil)
    #expect((record.metrics["returnBefore"] == record.metrics["returnAfter"]) == (steps == 1))
  }

  @Test func aPolicyIsInterpolated() throws {
    let family = Short(PointNavigation(), horizon: 9)
    func end(_ share: Double, iteration: Int = 0) throws -> Parameters {
      var learner = try LearnersTests.makeLearner(on: family) {
        ($0.outerUpdate, $0.innerSteps, $0.outerStepSize) = (.interpolation, 2, share)
        $0.annealedIterations = 10
      }
      // Every call trains the same iteration from the same policy.
      try LearnersTests.train(&learner, on: family, iterations: iteration..<iteration + 1)
      return learner.theta
    }
    let (start, half, all) = (try end(0), try end(0.5), try end(1))
    #expect(length(all - start) > 1e-3)
    #expect(length(half - 0.5 * (start + all)) < 1e-6 * length(all))
    #expect(try end(1, iteration: 10).tensors.map(\.doubles) == start.tensors.map(\.doubles))
  }
}

import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// A linear model Δv = w u of data Δv = k u: closed forms of the loss after a gradient step.
@Suite struct LinearAdaptationTests {
  private func scalar(_ x: Double) -> Tensor { Tensor(x, precision: .double) }
  private func row(_ x: [Double]) -> Tensor { Tensor(x, shape: [1, x.count], precision: .double) }

  /// The mean squared error of each segment, summed: w `[segment, 1]`, u `[segment, row]`, k `[segment, 1]`.
  private func loss(_ w: Tensor, _ u: Tensor, _ k: Tensor) -> Tensor {
    let errors = (w - k) * u
    return (1 / Double(u.shape[1])) * (errors * errors).sum()
  }

  private func stepped(_ w: Tensor, _ u: Tensor, _ k: Tensor, _ size: Tensor, _ order: GradientOrder) -> Tensor {
    gradientStep(from: Parameters(names: ["w"], tensors: [w]), size: size, order: order) { loss($0["w"], u, k) }[
      "w"]
  }

  @Test("A gradient step and its derivatives have the values computed by hand")
  func stepByHand() {
    let (inner, outer, k) = (row([0.5, -1, 0.25, 0.75]), row([1, -0.5]), row([-1]))
    let start = Parameters(names: ["w", "size"], tensors: [row([0.2]), scalar(0.5)])
    let gradient = valueAndGradient(at: start) { loss($0["w"], inner, k) }.gradient
    #expect(abs(gradient["w"].scalar - 1.125) < 1e-12)
    #expect(abs(stepped(row([0.2]), inner, k, scalar(0.5), .first).scalar - -0.3625) < 1e-12)
    func judged(_ order: GradientOrder) -> (value: Tensor, gradient: Parameters) {
      valueAndGradient(at: start) { loss(stepped($0["w"], inner, k, $0["size"], order), outer, k) }
    }
    #expect(abs(judged(.higher).value.scalar - 0.25400391) < 1e-8)
    #expect(abs(judged(.first).gradient["w"].scalar - 0.796875) < 1e-8)
    #expect(abs(judged(.higher).gradient["w"].scalar - 0.42333984) < 1e-8)
    #expect(abs(judged(.higher).gradient["size"].scalar - -0.89648438) < 1e-8)
  }

  private func inputs(_ segments: Int, _ rows: Int, using random: inout RandomStream) -> Tensor {
    Tensor(
      (0..<segments * rows).map { _ in random.uniform(-1, 1) }, shape: [segments, rows], precision: .double)
  }

  private func gains(_ segments: Int) -> Tensor {
    Tensor((0..<segments).map { $0.isMultiple(of: 2) ? 1 : -1 }, shape: [segments, 1], precision: .double)
  }

  /// The expected share is 1 - 4 ψ E m + 4 ψ² E m², where m is the mean of u².
  @Test(arguments: [
    (4, 1.25, 0.1666667), (8, 1.3636364, 0.0909091), (16, 1.4285714, 0.0476190), (32, 1.4634146, 0.0243902),
    (16, 0.001, 0.99867), (16, 0.01, 0.98671), (16, 0.1, 0.87133), (16, 1, 0.13333),
  ]) func aStepLeavesTheExpectedShareOfTheLoss(rows: Int, size: Double, share: Double) {
    let segments = 20_000
    var random = RandomStream(seed: UInt64(rows))
    let (u, k) = (inputs(segments, rows, using: &random), gains(segments))
    let w = Tensor(repeating: 0, shape: [segments, 1], precision: .double)
    let left = (stepped(w, u, k, scalar(size), .first) - k).doubles.map { $0 * $0 }
    let mean = left.reduce(0, +) / Double(segments)
    let variance = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(segments - 1)
    #expect(abs(mean - share) < 4 * (variance / Double(segments)).squareRoot() + 1e-5, "\(mean), not \(share)")
  }

  @Test func aLearnedStepSizeConvergesToTheOptimum() {
    var random = RandomStream(seed: 1)
    var theta = Parameters(names: ["w", "size"], tensors: [row([0]), scalar(0.1)])
    var optimizer = Adam(stepSize: 0.02)
    var late: [Double] = []
    for update in 0..<600 {
      let (past, future, k) = (inputs(100, 16, using: &random), inputs(100, 16, using: &random), gains(100))
      let gradient = valueAndGradient(at: theta) {
        0.01 * loss(stepped($0["w"].broadcast(to: [100, 1]), past, k, $0["size"], .higher), future, k)
      }.gradient
      optimizer.update(&theta, along: gradient)
      if update >= 300 { late.append(theta["size"].scalar) }
    }
    let mean = late.reduce(0, +) / Double(late.count)
    #expect(abs(mean - 1.4285714) < 0.03, "\(mean)")
  }
}

@Suite struct ShootingPlannerTests {
  private func lanes(_ count: Int) -> LaneRandom {
    LaneRandom((0..<count).map { RandomStream(seed: 3).split("lane", $0) })
  }

  /// The distances covered by carts of known gains, for sequences `[lane, step, candidate, 1]`.
  private func ways(_ gains: [Float]) -> (Tensor) -> [Float] {
    { sequences in
      let (steps, candidates) = (sequences.shape[1], sequences.shape[2])
      let pushes = sequences.floats
      return gains.indices.flatMap { lane in
        (0..<candidates).map { candidate in
          var (speed, way): (Float, Float) = (0, 0)
          for step in 0..<steps {
            let push = pushes[(lane * steps + step) * candidates + candidate]
            speed += 0.1 * (gains[lane] * push - speed)
            way += 0.1 * speed
          }
          return way
        }
      }
    }
  }

  /// The best of many random sequences of ten pushes does not have ten full pushes; refinements bring it near them.
  @Test(arguments: [(0, 0.94, 0.6, 0.85), (3, 1, 0.9, 1)])
  func withTheTrueModelTheFirstPushIsForward(refinements: Int, forward: Double, least: Double, most: Double) {
    let gains: [Float] = (0..<300).map { $0.isMultiple(of: 2) ? 1 : -1 }
    var random = lanes(gains.count)
    let planner = ShootingPlanner(candidates: refinements == 0 ? 500 : 200, horizon: 10, refinements: refinements)
    let pushes = planner.plan(actionSize: 1, using: &random, worth: ways(gains)).floats
    let along = zip(pushes, gains).map { Double($0 * $1) }
    #expect(Double(along.count { $0 > 0 }) >= forward * 300, "\(along.count { $0 > 0 })")
    #expect((least...most).contains(along.reduce(0, +) / 300), "\(along.reduce(0, +) / 300)")
    #expect(pushes.allSatisfy { (-1...1).contains($0) })
  }

  @Test func lanesDoNotTouch() {
    let gains: [Float] = [1, -1, 0.5]
    let planner = ShootingPlanner(candidates: 20, horizon: 4, refinements: 2)
    var random = lanes(3)
    let together = planner.plan(actionSize: 1, using: &random, worth: ways(gains)).floats
    for lane in 0..<3 {
      var alone = lanes(3)[lane...lane]
      #expect(planner.plan(actionSize: 1, using: &alone, worth: ways([gains[lane]])).floats == [together[lane]])
    }
  }

  @Test func theBestOfOneCandidateIsUniform() {
    var random = lanes(1000)
    let actions = ShootingPlanner(candidates: 1, horizon: 1).plan(actionSize: 2, using: &random) {
      [Float](repeating: 0, count: $0.shape[0])
    }
    #expect(actions.shape == [1000, 2])
    let (least, most) = (actions.floats.min() ?? 0, actions.floats.max() ?? 0)
    #expect(least >= -1 && least < -0.98 && most <= 1 && most > 0.98)
  }
}

/// Carts with gains of 1 and -1.
private struct FullGains: TaskFamily {
  let family: FaultyActuatorLite
  var card: FamilyCard { family.card }
  var spec: EnvironmentSpec { family.spec }
  func task(_ id: TaskID) -> FaultyActuatorLite.TaskParameters { .init(gain: id.index.isMultiple(of: 2) ? 1 : -1) }
  func makeEnvironment(_ tasks: [FaultyActuatorLite.TaskParameters]) -> FaultyActuatorLite.Lanes {
    family.makeEnvironment(tasks)
  }
  func descriptor(of task: FaultyActuatorLite.TaskParameters) -> [Float] { family.descriptor(of: task) }
}

@Suite struct GrBALTests {
  private let family = FaultyActuatorLite()

  private func makeLearner(_ change: (inout GrBAL.Configuration) -> Void = { _ in }) throws -> GrBAL {
    var c = GrBAL.Configuration()
    (c.hiddenSizes, c.candidates, c.outerStepSize) = ([16], 60, 3e-3)
    change(&c)
    return try GrBAL(c, for: family.spec, using: RandomStream(seed: 1).split("init"))
  }

  private func trained(
    _ iterations: Int, _ change: (inout GrBAL.Configuration) -> Void = { _ in }
  ) throws -> (learner: GrBAL, metrics: [String: Double]) {
    var learner = try makeLearner(change)
    let metrics = try train(&learner, on: family, iterations: 0..<iterations, seed: 1).last?.metrics
    return (learner, metrics ?? [:])
  }

  /// The mean return of the first episode on carts with gains of 1 and -1.
  private func firstReturn(of learner: some MetaLearner, switches: Bool = false) throws -> Double {
    let tested = FullGains(family: FaultyActuatorLite(switches: switches))
    let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 1, probes: [])
    let curve = try evaluate(learner, on: tested, evaluation, random: RandomStream(seed: 2))
    return curve.online.joined().reduce(0) { $0 + $1.totalReward } / 20
  }

  /// Segments of random pushes with outputs on a scale near 1, `[segment, step, number]`.
  private func segments(_ count: Int, using random: inout RandomStream) -> (
    past: DynamicsSteps, future: DynamicsSteps
  ) {
    var (inputs, outputs): ([Double], [Double]) = ([], [])
    for _ in 0..<count {
      let gain = random.uniform(0.5, 1) * (random.uniform() < 0.5 ? -1 : 1)
      var (speed, last) = (random.uniform(-0.5, 0.5), random.uniform(-1, 1))
      for _ in 0..<32 {
        let push = random.uniform(-1, 1)
        let next = speed + 0.1 * (gain * push - speed)
        inputs += [speed, last, push]
        outputs += [10 * (next - speed), push - last, 10 * next]
        (speed, last) = (next, push)
      }
    }
    func part(_ x: [Double], _ steps: Range<Int>) -> Tensor {
      Tensor(x, shape: [count, 32, 3], precision: .float).slice(steps, axis: 1)
    }
    return (
      DynamicsSteps(inputs: part(inputs, 0..<16), outputs: part(outputs, 0..<16)),
      DynamicsSteps(inputs: part(inputs, 16..<32), outputs: part(outputs, 16..<32))
    )
  }

  @Test func theMetaGradientEqualsDifferences() throws {
    var learner = try makeLearner { $0.hiddenSizes = [4] }
    learner.theta = learner.theta.map { $0.converted(to: .double) }
    var random = RandomStream(seed: 3)
    let (past, future) = segments(3, using: &random)
    let v = learner.theta.map { t in
      Tensor((0..<t.count).map { _ in random.uniform(-1, 1) }, shape: t.shape, precision: .double)
    }
    func loss(_ theta: Parameters) -> Double { learner.outerLoss(past: past, future: future, theta).scalar }
    let exact = valueAndGradient(at: learner.theta) { learner.outerLoss(past: past, future: future, $0) }.gradient
    let difference = (loss(learner.theta + 1e-5 * v) - loss(learner.theta - 1e-5 * v)) / 2e-5
    #expect(abs(exact.dot(v) - difference) < 1e-6 * abs(difference), "\(exact.dot(v)) against \(difference)")
    #expect(abs(exact["innerStepSize"].scalar) > 1e-6)
  }

  /// Control: segments whose halves are of different tasks teach the model not to adapt.
  @Test("A model learns to adapt if the two halves of segments are of the same task")
  func halvesOfSegments() throws {
    func errors(shuffled: Bool) throws -> (adapted: Double, unadapted: Double) {
      var learner = try makeLearner()
      var random = RandomStream(seed: 4)
      for _ in 0..<800 {
        let (past, future) = segments(10, using: &random)
        let order = Array(1..<10) + [0]
        let turned =
          shuffled
          ? DynamicsSteps(inputs: future.inputs.gather(order), outputs: future.outputs.gather(order)) : future
        _ = try learner.update(past: past, future: turned, iteration: 0)
      }
      let (past, future) = segments(200, using: &random)
      return try learner.update(past: past, future: future, iteration: 0)
    }
    let (together, apart) = (try errors(shuffled: false), try errors(shuffled: true))
    #expect(together.adapted < 0.3 * together.unadapted, "\(together)")
    #expect(apart.adapted > 0.8 * apart.unadapted, "\(apart)")
  }

  @Test("Trained agents drive forward within their first episode")
  func trainedAgentsDriveForward() throws {
    let (learner, metrics) = try trained(6)
    let adapting = try firstReturn(of: learner)
    #expect(adapting > 6, "\(adapting) \(metrics)")
    let switched = try firstReturn(of: learner, switches: true)
    #expect(switched > 3, "\(switched)")
    // Controls: a trained model that does not adapt, and an untrained model that does.
    let fixed = try trained(6) { ($0.innerStepSize, $0.learnsInnerStepSize) = (0, false) }.learner
    #expect(abs(try firstReturn(of: fixed)) < 1)
    var untrained = learner
    untrained.theta = try makeLearner { $0.learnsInnerStepSize = true }.theta
    #expect(try firstReturn(of: untrained) < 4)
  }

  /// Control: the same model before training.
  @Test func aTrainedRecurrentModelDrivesForward() throws {
    var c = ReBAL.Configuration()
    (c.hiddenSize, c.candidates, c.epochsPerIteration) = (16, 60, 30)
    var learner = try ReBAL(c, for: family.spec, using: RandomStream(seed: 1).split("init"))
    #expect(try firstReturn(of: learner) < 2)
    try train(&learner, on: family, iterations: 0..<8, seed: 1)
    let after = try firstReturn(of: learner)
    #expect(after > 5, "\(after)")
  }

  @Test func rewardsWithinEpisodesAddUpToTheReturn() throws {
    func results(on family: some TaskFamily) throws -> [EpisodeResult] {
      let learner = RandomActions(.init(), for: family.spec, using: RandomStream(seed: 0))
      let evaluation = EvaluationProtocol(taskCount: 3, episodesPerLifetime: 2, probes: [])
      return try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 1)).online.flatMap { $0 }
    }
    for result in try results(on: family) {
      #expect(result.rewardsByPart.count == EpisodeResult.partCount)
      #expect(abs(result.rewardsByPart.reduce(0, +) - result.totalReward) < 1e-9)
    }
    #expect(try results(on: PointNavigation()).allSatisfy { $0.rewardsByPart.isEmpty })
  }

  @Test func segmentsNeverCrossTheEndOfAnEpisode() {
    func episode(_ steps: Int) -> Episode {
      let rewards = [Float](repeating: 0, count: steps)
      return Episode(
        observations: [Float](repeating: 0, count: steps + 1), actions: .continuous(rewards),
        denseRewards: rewards, sparseRewards: rewards, terminated: steps == 2)
    }
    var buffer = ReplayBuffer(observationSize: 1, actionSize: 1, capacity: 12)
    for steps in [4, 2, 3] { buffer.append(episode(steps)) }
    #expect(buffer.stepRows == [0, 1, 2, 3, 5, 6, 8, 9, 10])
    #expect(buffer.segments(ofLength: 3) == [0, 1, 6])
    #expect(buffer.segments(ofLength: 1) == Array(0..<9))
    #expect(buffer.segments(ofLength: 5) == [])
    // An episode whose beginning was overwritten counts as a shorter one.
    buffer.append(episode(1))
    #expect(buffer.stepRows == [2, 3, 5, 6, 8, 9, 10, 12])
    #expect(buffer.segments(ofLength: 3) == [4])
  }

  @Test func familiesWithChoicesOrShortEpisodesAreRefused() {
    for (spec, word) in [
      (GridWorld().spec, "choices"), (family.spec.with(horizon: 31), "--set adaptationSteps=15"),
    ] {
      let error = #expect(throws: UnsupportedFamilyError.self) {
        try GrBAL(.init(), for: spec, using: RandomStream(seed: 0))
      }
      #expect(error?.description.contains(word) == true)
    }
  }
}

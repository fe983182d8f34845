import Environments
import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// Settings that train in a moment.
private func small(_ change: (inout MAESN.Configuration) -> Void = { _ in }) -> MAESN.Configuration {
  var c = MAESN.Configuration()
  c.hiddenSizes = [6]
  c.activation = .tanh
  c.trainingTasks = 5
  c.tasksPerBatch = 3
  c.episodesPerInnerStep = 4
  change(&c)
  return c
}

private func newborn(
  on family: any TaskFamily, _ change: (inout MAESN.Configuration) -> Void = { _ in }
) throws -> MAESN {
  try MAESN(small(change), for: family.learnerSpec(), using: RandomStream(seed: 0).split("init"))
}

private func floats(_ parameters: Parameters) -> [[Float]] { parameters.tensors.map(\.floats) }

/// A learner in double precision with data of two tasks, small enough for differences of everything.
private struct SmallLatentProblem {
  var learner: MAESN
  var tasks: [MAESN.MetaTask] = []

  init(
    on family: some TaskFamily = PointRobot(), steps: Int = 1, _ change: (inout MAESN.Configuration) -> Void
  ) throws {
    let c = small {
      $0.innerSteps = steps
      change(&$0)
    }
    let spec = family.spec.with(horizon: 7)
    learner = try MAESN(c, for: spec, using: RandomStream(seed: 5))
    learner.theta = learner.theta.map { $0.converted(to: .double) }
    for task in [1, 3] {
      var phi = learner.start(of: task, in: learner.theta)
      var inner: [MAESN.InnerBatch] = []
      for step in 0...steps {
        let streams = RandomStream(seed: 6).split("\(task) \(step)")
        var random = LaneRandom((0..<c.episodesPerInnerStep).map { streams.split("episode", $0) })
        let noise = Tensor(
          random.normals(perLane: c.latentSize), shape: [c.episodesPerInnerStep, c.latentSize]
        ).converted(to: .double)
        let z = phi.latent.sample(noise)
        var environment = family.makeEnvironment(
          Array(repeating: family.task(TaskID(.train, task)), count: c.episodesPerInnerStep))
        var agent = PolicyAgent(
          learner.policy, phi.weights.map { $0.converted(to: .float) }, latents: z.converted(to: .float))
        let episodes = try playEpisode(&agent, in: &environment, spec: spec, random: random)
        if step == steps {
          let outer = learner.outerBatch(episodes, playedWith: phi, noise: noise)
          tasks.append(MAESN.MetaTask(task: task, inner: inner, outer: outer, noise: noise))
        } else {
          inner.append(learner.innerBatch(episodes, z: z, playedWith: phi, .reported))
          phi = learner.innerStep(phi, learner.theta, inner[step], .first)
        }
      }
    }
  }

  func direction(_ seed: UInt64) -> Parameters {
    var random = RandomStream(seed: seed)
    return learner.theta.map { t in
      Tensor((0..<t.count).map { _ in random.uniform(-1, 1) }, shape: t.shape, precision: .double)
    }
  }

  func loss(_ theta: Parameters) -> Double {
    tasks.reduce(0) { $0 + learner.outerLoss($1, theta, .first).loss.scalar }
  }

  func gradient() -> Parameters {
    valueAndGradient(at: learner.theta) { theta in
      tasks.map { learner.outerLoss($0, theta, .higher).loss }.reduce(Tensor(0, precision: .double), +)
    }.gradient
  }
}

@Suite struct MAESNGradientTests {
  /// Of everything: policy, distributions of z, step sizes; with the policy's own inner step, too.
  @Test(arguments: [InnerEstimator.naive, .lowVarianceCurvature], [0, 1, 2])
  func theMetaGradientEqualsDifferencesWithFrozenData(estimator: InnerEstimator, steps: Int) throws {
    for policyStepSize in [0, 0.3] {
      let problem = try SmallLatentProblem(steps: steps) {
        $0.innerEstimator = estimator
        $0.policyStepSize = policyStepSize
      }
      let (theta, h) = (problem.learner.theta, 1e-5)
      let gradient = problem.gradient()
      for seed in 1...3 as ClosedRange<UInt64> {
        let v = problem.direction(seed)
        let difference = (problem.loss(theta + h * v) - problem.loss(theta - h * v)) / (2 * h)
        let exact = gradient.dot(v)
        #expect(abs(exact - difference) < 1e-6 * max(1, abs(exact)), "\(exact) against \(difference)")
      }
      // Each part has a gradient of its own.
      for name in theta.names where name.hasPrefix("latent.") || steps > 0 {
        #expect(gradient[name].doubles.contains { abs($0) > 1e-9 }, "\(name)")
      }
    }
  }

  @Test func theMetaGradientAmongChoicesEqualsDifferences() throws {
    let problem = try SmallLatentProblem(on: GridWorld()) { $0.episodesPerInnerStep = 12 }
    let (theta, v, h) = (problem.learner.theta, problem.direction(4), 1e-5)
    let difference = (problem.loss(theta + h * v) - problem.loss(theta - h * v)) / (2 * h)
    #expect(abs(problem.gradient().dot(v) - difference) < 1e-6 * max(1, abs(difference)))
  }

  /// μ' = μ - α g, with the gradient of the outer loss v there: -g v for α, v - α H v for μ.
  @Test func theGradientOfStepSizesIsMinusTheInnerGradientTimesTheOuterOne() throws {
    let problem = try SmallLatentProblem { $0.divergenceWeight = 0 }
    let (learner, task) = (problem.learner, problem.tasks[0])
    let start = learner.start(of: task.task, in: learner.theta)
    let inner = start.latent.gradient(task.inner[0].draws, .naive)
    let end = learner.innerStep(start, learner.theta, task.inner[0], .first).latent
    let outer = valueAndGradient(
      at: Parameters(names: ["mean", "logDeviation"], tensors: [end.mean, end.logDeviation])
    ) { p in
      let z = LatentDistribution(mean: p["mean"], logDeviation: p["logDeviation"]).sample(task.noise)
      let now = learner.policy(task.outer.inputs(with: z), start.weights)
      return ratioLoss(
        now.logProbability(of: task.outer.actions), reference: task.outer.logProbabilities,
        weights: task.outer.weights)
    }.gradient
    let ours = valueAndGradient(at: learner.theta) { learner.outerLoss(task, $0, .higher).loss }.gradient
    func compare(_ name: String, _ inner: Tensor, _ outer: Tensor) {
      let expected = zip(inner.doubles, outer.doubles).map { -$0 * $1 }
      #expect(zip(ours[name].doubles, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(name)")
    }
    compare("stepSize.latent.mean", inner.mean, outer["mean"])
    compare("stepSize.latent.logDeviation", inner.logDeviation, outer["logDeviation"])
  }

  @Test func aJointPenaltyIsOfTheDistributionBeforeTheStep() throws {
    func gradients(_ weight: Double) throws -> (SmallLatentProblem, Parameters) {
      let problem = try SmallLatentProblem { ($0.divergenceWeight, $0.penaltyUpdate) = (weight, .joint) }
      return (problem, problem.gradient())
    }
    let ((problem, with), (_, without)) = (try gradients(0.7), try gradients(0))
    let theta = problem.learner.theta
    let difference = with - without
    for task in 0..<5 {
      let isVisited = problem.tasks.contains { $0.task == task }
      for i in 0..<2 {
        let (mean, rho) = (
          theta["latent.mean"].doubles[2 * task + i], theta["latent.logDeviation"].doubles[2 * task + i]
        )
        let variance = Tensor(2 * rho, precision: .double).exp().scalar
        let (ofMean, ofRho) = (isVisited ? 0.7 * mean : 0, isVisited ? 0.7 * (variance - 1) : 0)
        #expect(abs(difference["latent.mean"].doubles[2 * task + i] - ofMean) < 1e-12)
        #expect(abs(difference["latent.logDeviation"].doubles[2 * task + i] - ofRho) < 1e-12)
      }
    }
    #expect(
      problem.learner.weights(in: difference).tensors.allSatisfy { $0.doubles.allSatisfy { abs($0) < 1e-12 } })
  }

  @Test(arguments: [InnerEstimator.naive, .lowVarianceCurvature])
  func theFisherProductEqualsTheHessianOfTheDivergenceThroughTheInnerStep(estimator: InnerEstimator) throws {
    let problem = try SmallLatentProblem { $0.innerEstimator = estimator }
    let (learner, task, order) = (problem.learner, problem.tasks[0], estimator.gradientOrder)
    let leaves = learner.theta.asLeaves
    let distributions = learner.outerLoss(task, leaves, order).distributions
    let fisher = GaussNewtonProduct(of: distributions.outputs, to: leaves, metric: distributions.fisher())
    func gradient(_ theta: Parameters) -> Parameters {
      valueAndGradient(at: theta) {
        task.outer.distributions.divergence(to: learner.outerLoss(task, $0, order).distributions).mean()
      }.gradient
    }
    let (v, h) = (problem.direction(3), 1e-5)
    let difference = (1 / (2 * h)) * (gradient(learner.theta + h * v) - gradient(learner.theta - h * v))
    let product = fisher(v)
    #expect(length(product - difference) < 1e-5 * length(product))
    #expect(product["stepSize.latent.mean"].doubles.contains { abs($0) > 1e-9 })
  }

  @Test func theRatioIsExactlyOneWhereTheDataWerePlayed() throws {
    let problem = try SmallLatentProblem { _ in }
    for task in problem.tasks {
      let again = problem.learner.outerLoss(task, problem.learner.theta, .first).distributions
      #expect(again.logProbability(of: task.outer.actions).doubles == task.outer.logProbabilities.doubles)
    }
  }
}

@Suite struct MAESNTests {
  private let family = Short(PointRobot(.halfCircle), horizon: 6)

  /// Lives episode by episode; says what z was at each step, and what the agent was in the end.
  private func life(
    _ learner: MAESN, lanes: Int = 2, episodes: Int, reward: RewardChoice = .reported
  ) throws -> (z: [[[Float]]], agent: MAESN.LifetimeAgent) {
    let streams = LaneRandom((0..<lanes).map { RandomStream(seed: 4).split("lane", $0) })
    var environment = family.makeEnvironment(for: (0..<lanes).map { TaskID(.test, $0) })
    var agent = MAESN.LifetimeAgent(learner: learner, laneCount: lanes, reward: reward)
    var z: [[[Float]]] = []
    for number in 0..<episodes {
      var random = streams.split("episode", number)
      var observations = environment.reset(using: &random)
      z.append([])
      for step in 0..<6 {
        let actions = agent.act(on: observations, using: &random)
        z[number].append(agent.z)
        let outcome = environment.step(actions, using: &random)
        agent.observe(
          Transition(
            observations: observations, actions: actions, rewards: outcome.rewards,
            nextObservations: outcome.observations, terminated: outcome.terminated,
            truncated: outcome.terminated.map { _ in step == 5 }, isLive: outcome.terminated.map { _ in true },
            reportedReward: family.spec.reportedReward))
        observations = outcome.observations
      }
      try agent.endEpisode(using: &random)
    }
    return (z, agent)
  }

  @Test func zIsHeldForAnEpisodeAndDrawnAnewForTheNext() throws {
    let z = try life(newborn(on: family), episodes: 9).z
    for episode in z {
      #expect(episode.allSatisfy { $0 == episode[0] })
      #expect(Array(episode[0][0..<2]) != Array(episode[0][2..<4]), "two lanes share a z")
    }
    #expect(Set(z.map { $0[0] }).count == 9)
  }

  @Test func atTestThePolicyStaysAndWhatZIsDrawnFromDoesNot() throws {
    var learner = try newborn(on: family) {
      $0.trainingTasks = 3
      $0.innerReward = .dense
    }
    try train(&learner, on: family, iterations: 0..<2)
    let (before, agent) = (try bytes(learner), try life(learner, episodes: 12, reward: .dense).agent)
    for lane in 0..<2 {
      #expect(floats(agent.phi[lane].weights) == floats(learner.weights(in: learner.theta)))
      #expect(agent.phi[lane].latent.mean.floats != [0, 0])
      #expect(agent.phi[lane].latent.logDeviation.floats != [0, 0])
    }
    #expect(agent.phi[0].latent.mean.floats != agent.phi[1].latent.mean.floats)
    #expect(try bytes(learner) == before)
  }

  @Test func withAStepSizeOfItsOwnThePolicyAdaptsToo() throws {
    let learner = try newborn(on: family) {
      $0.policyStepSize = 0.1
      $0.innerReward = .dense
    }
    let agent = try life(learner, episodes: 4, reward: .dense).agent
    #expect(floats(agent.phi[0].weights) != floats(learner.weights(in: learner.theta)))
    #expect(learner.theta.names.contains("stepSize.layer1.weights"))
  }

  /// Far from every goal nothing is paid.
  @Test func withoutAnyRewardNothingAdapts() throws {
    let agent = try life(newborn(on: family) { $0.innerStepSize = 5 }, episodes: 12).agent
    for lane in 0..<2 {
      #expect(
        agent.phi[lane].latent.mean.floats == [0, 0] && agent.phi[lane].latent.logDeviation.floats == [0, 0])
    }
  }

  @Test func stepsAreTakenAfterAsManyEpisodesAsAreAskedFor() throws {
    for (asked, due) in [(0, 4), (2, 2), (6, 6)] {
      let learner = try newborn(on: family) {
        $0.episodesPerTestStep = asked
        $0.innerReward = .dense
      }
      #expect(try life(learner, episodes: due - 1, reward: .dense).agent.phi[0].latent.mean.floats == [0, 0])
      #expect(try life(learner, episodes: due, reward: .dense).agent.phi[0].latent.mean.floats != [0, 0])
    }
  }

  /// A factor of 0 shows which steps it multiplies.
  @Test func stepSizesAreMultipliedFromTheThirdStepOn() throws {
    func means(_ factor: Double) throws -> [[Float]] {
      let learner = try newborn(on: family) {
        $0.laterStepFactor = factor
        $0.innerReward = .dense
      }
      return try (1...4).map {
        try life(learner, episodes: 4 * $0, reward: .dense).agent.phi[0].latent.mean.floats
      }
    }
    let (halted, usual) = (try means(0), try means(1))
    #expect(halted[0] == usual[0] && halted[1] == usual[1] && halted[0] != halted[1])
    #expect(halted[2] == halted[1] && halted[3] == halted[1])
    #expect(usual[2] != usual[1] && usual[3] != usual[2])
  }

  @Test func whatIsNotVisitedStaysAsItIs() throws {
    // The sparse reward may be 0 in a few episodes, and then step sizes have nothing to learn from.
    var learner = try newborn(on: family) { ($0.innerReward, $0.trainingReward) = (.dense, .dense) }
    let before = learner.theta
    var moved = Set<Int>()
    let record = try train(&learner, on: family, iterations: 0..<1)[0]
    #expect(record.metrics["backtracks"] ?? -1 >= 0)
    for name in ["latent.mean", "latent.logDeviation"] {
      let (old, new) = (before[name].floatRows, learner.theta[name].floatRows)
      moved.formUnion((0..<5).filter { old[$0] != new[$0] })
    }
    #expect(moved.count == 3)
    for name in ["layer1.weights", "stepSize.latent.mean", "stepSize.latent.logDeviation"] {
      #expect(before[name].floats != learner.theta[name].floats, "\(name)")
    }
  }

  /// A batch of more tasks than there are takes each as often as any other, but for one.
  @Test func tasksComeAgainOnlyAfterAllOthers() throws {
    let family = Short(CornerNavigation(), horizon: 6)
    var learner = try newborn(on: family) {
      $0.trainingTasks = 100
      $0.tasksPerBatch = 4
      $0.trainingReward = .dense
    }
    let before = learner.theta["latent.mean"].floatRows
    let record = try train(&learner, on: family, iterations: 0..<1)[0]
    let moved = (0..<100).filter { before[$0] != learner.theta["latent.mean"].floatRows[$0] }
    #expect(moved == [0, 1, 2, 3])
    #expect(record.steps == 2 * 4 * 4 * 6)
  }

  @Test func theTrustRegionBoundsTheDivergence() throws {
    var learner = try newborn(on: family) {
      $0.maximumDivergence = 0.003
      $0.trainingReward = .dense
      $0.innerReward = .dense
    }
    for record in try train(&learner, on: family, iterations: 0..<4) {
      let divergence = try #require(record.metrics["divergence"])
      #expect(divergence <= 0.003)
      #expect((try #require(record.metrics["backtracks"]) >= 0) == (divergence > 0))
    }
  }

  private static let variants: [@Sendable (inout MAESN.Configuration) -> Void] = [
    { _ in }, { $0.outerUpdate = .adam }, { $0.policyStepSize = 0.1 },
    { $0.innerEstimator = .lowVarianceCurvature }, { $0.innerEstimator = .firstOrder },
    {
      $0.innerSteps = 0
      $0.stepSizes = .fixed
    }, { $0.innerSteps = 2 },
  ]

  @Test(arguments: variants.indices, [0, 1])
  func aLearnerOwesNothingToWorkersAndGoesOnWhenDecoded(variant: Int, family: Int) throws {
    let family = smallFamilies[family]
    var alone = try newborn(on: family, Self.variants[variant])
    var together = alone
    let first = try train(&alone, on: family, iterations: 0..<1)
    let second = try train(&together, on: family, iterations: 0..<1, workers: 2)
    #expect(try bytes(alone) == bytes(together))
    #expect(first.map(\.metrics) == second.map(\.metrics))
    var copy = try reloaded(alone, into: newborn(on: family, Self.variants[variant]))
    try train(&alone, on: family, iterations: 1..<2)
    try train(&copy, on: family, iterations: 1..<2)
    #expect(try bytes(alone) == bytes(copy))
    #expect(alone.theta.isFinite)
  }

  @Test func theExportedNetworkIsThePolicyAtTheMeanOfZ() throws {
    for hidden in [[], [5], [7, 3]] {
      let learner = try newborn(on: family) {
        $0.hiddenSizes = hidden
        $0.innerReward = .dense
      }
      let agent = try life(learner, episodes: 4, reward: .dense).agent
      let observations = Tensor([0.1, -0.2, 0.7, 0.3], shape: [2, 2])
      for lane in 0..<2 {
        let latents = Tensor.concatenate(
          Array(repeating: agent.phi[lane].latent.mean.reshaped([1, 2]), count: 2))
        guard
          case .gaussian(let due) = learner.policy(
            Tensor.concatenate([observations, latents], axis: 1), learner.theta)
        else {
          Issue.record("actions are vectors")
          return
        }
        let network = agent.policyNetwork(lane: lane)
        #expect(network.observationSize == 2)
        #expect(zip(network(observations).floats, due.mean.floats).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }
}

/// Some numbers between -1 and 1 pay themselves, or their opposites: which of the two is the task.
private struct Sides: TaskFamily {
  struct TaskParameters: Codable, Sendable { var sign: Float }

  /// Multiplies rewards.
  var pay: Float = 1

  var card: FamilyCard {
    FamilyCard(
      name: "sides", version: 1, summary: "A number pays itself or its opposite.", source: "none",
      episodesPerLifetime: 20, random: .init(0, computation: "exact"), oracle: .init(5, computation: "exact"),
      trajectoryHash: "")
  }
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

/// What the penalty does where nothing is paid, so that nothing else moves anything.
@Suite struct MAESNPenaltyTests {
  /// How far the means of a newborn's actions are from where they began, at most, for z between -2 and 2.
  private func drift(_ penalty: MAESN.PenaltyUpdate) throws -> (drift: Double, divergences: [Double]) {
    let c = small {
      $0.hiddenSizes = [16]
      $0.trainingTasks = 10
      $0.tasksPerBatch = 5
      $0.penaltyUpdate = penalty
    }
    let family = Sides(pay: 0)
    var learner = try MAESN(c, for: family.learnerSpec(), using: RandomStream(seed: 3).split("init"))
    let sides: [Float] = [-2, -1, 0, 1, 2]
    let rows: [[Float]] = sides.flatMap { first in sides.map { second in [0, first, second] } }
    func means(_ learner: MAESN) -> [Float] {
      let distributions = learner.policy(Tensor(rows.flatMap { $0 }, shape: [25, 3]), learner.theta)
      guard case .gaussian(let gaussian) = distributions else { return [] }
      return gaussian.mean.floats
    }
    let before = means(learner)
    var divergences: [Double] = []
    for iteration in 0..<30 {
      var session = TrainingSession(
        family: family, iteration: iteration, random: RandomStream(seed: 3).split("train"), workers: Workers(1))
      try learner.metaTrain(&session)
      divergences.append(session.metrics.first { $0.name == "priorDivergence" }?.value ?? .nan)
    }
    let drift = zip(means(learner), before).map { Double(abs($0 - $1)) }.max() ?? .nan
    return (drift, divergences)
  }

  @Test func aSeparatePenaltyDrawsTheTasksToThePriorAndLeavesANewbornAlone() throws {
    let (drift, divergences) = try drift(.separate)
    #expect(drift == 0)
    #expect(try #require(divergences.last) < 0.2 * divergences[0], "\(divergences)")
  }

  /// The control: in the outer objective the same penalty moves the policy, too.
  @Test func aJointPenaltyMovesANewborn() throws {
    #expect(try drift(.joint).drift > 0.01)
  }
}

/// Whether MAESN learns to adapt, with controls that fail where it succeeds.
@Suite struct MAESNLearningTests {
  /// The mean return in new tasks of newborn agents and of those that have taken two inner steps.
  private func returns(
    seed: UInt64, iterations: Int = 40, _ change: (inout MAESN.Configuration) -> Void = { _ in }
  ) throws -> (before: Double, after: Double) {
    let c = small {
      $0.hiddenSizes = [16]
      $0.latentSize = 1
      $0.trainingTasks = 10
      $0.tasksPerBatch = 10
      $0.episodesPerInnerStep = 10
      change(&$0)
    }
    var learner = try MAESN(c, for: Sides().learnerSpec(), using: RandomStream(seed: seed).split("init"))
    for iteration in 0..<iterations {
      var session = TrainingSession(
        family: Sides(), iteration: iteration, random: RandomStream(seed: seed).split("train"), workers: Workers(2))
      try learner.metaTrain(&session)
    }
    let evaluation = EvaluationProtocol(
      taskCount: 40, episodesPerLifetime: 20, probes: [0, 20], episodesPerProbe: 5)
    let curve = try evaluate(learner, on: Sides(), evaluation, random: RandomStream(seed: 2), workers: Workers(2))
    func mean(_ probe: Int) -> Double {
      curve.adapted.flatMap { $0[probe].map(\.totalReward) }.reduce(0, +) / 200
    }
    return (mean(0), mean(1))
  }

  /// 5 is the most there is, and 0 the most without knowing the side.
  @Test(arguments: [1, 2, 3] as [UInt64], [InnerEstimator.naive, .lowVarianceCurvature])
  func theSideIsFoundByAdaptingZAlone(seed: UInt64, estimator: InnerEstimator) throws {
    let outcome = try returns(seed: seed) { $0.innerEstimator = estimator }
    #expect(abs(outcome.before) < 1, "\(outcome)")
    #expect(outcome.after > 2.5, "\(outcome)")
  }

  /// The control: everything but inner steps.
  @Test(arguments: [1, 2] as [UInt64])
  func withStepsOfSizeZeroItIsNotFound(seed: UInt64) throws {
    let outcome = try returns(seed: seed) {
      $0.innerStepSize = 0
      $0.stepSizes = .fixed
    }
    #expect(abs(outcome.after) < 1, "\(outcome)")
  }

  /// The control: inner steps, but a policy that was never trained to listen to z.
  @Test func withoutTrainingItIsNotFound() throws {
    let outcome = try returns(seed: 1, iterations: 0)
    #expect(outcome.after < 1.5, "\(outcome)")
  }

  /// What lifetimes of 50 episodes earn an episode in new tasks of point navigation, and newborn agents at first.
  private func navigation(
    seed: UInt64, steps: Int, _ change: (inout MAESN.Configuration) -> Void = { _ in }
  ) throws -> (lifetime: Double, newborn: Double) {
    var c = MAESN.Configuration()
    (c.tasksPerBatch, c.episodesPerInnerStep) = (10, 10)
    change(&c)
    let family = PointNavigation()
    var learner = try MAESN(c, for: family.learnerSpec(), using: RandomStream(seed: seed).split("init"))
    var (iteration, taken) = (0, 0)
    while taken < steps {
      var session = TrainingSession(
        family: family, iteration: iteration, random: RandomStream(seed: seed).split("train"), workers: Workers(2))
      try learner.metaTrain(&session)
      iteration += 1
      taken += session.environmentSteps
    }
    let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 50, probes: [0], episodesPerProbe: 4)
    let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 2), workers: Workers(2))
    let newborn = curve.adapted.flatMap { $0[0].map(\.totalReward) }.reduce(0, +) / 80
    return (curve.online.joined().reduce(0) { $0 + $1.totalReward } / 1000, newborn)
  }

  /// The control is the penalty inside of the outer objective: newborn agents then are worse than untrained ones.
  @Test(arguments: [1, 2] as [UInt64]) func trainingDoesNoHarm(seed: UInt64) throws {
    let untrained = try navigation(seed: seed, steps: 0)
    let trained = try navigation(seed: seed, steps: 400_000)
    #expect(trained.lifetime > untrained.lifetime + 10 && trained.newborn > untrained.newborn + 10)
    let joint = try navigation(seed: seed, steps: 400_000) { $0.penaltyUpdate = .joint }
    #expect(joint.newborn < untrained.newborn, "\(joint), untrained \(untrained)")
  }
}

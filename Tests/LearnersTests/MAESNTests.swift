import Environments
import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

private func small(_ c: inout MAESN.Configuration) {
  (c.hiddenSizes, c.activation) = ([6], .tanh)
  (c.trainingTasks, c.tasksPerBatch, c.episodesPerInnerStep) = (5, 3, 4)
}

private func newborn(
  on family: any TaskFamily, seed: UInt64 = 0, _ change: (inout MAESN.Configuration) -> Void = { _ in }
) throws -> MAESN {
  try untrained(MAESN.self, on: family, seed: seed) {
    small(&$0)
    change(&$0)
  }
}

private func floats(_ parameters: Parameters) -> [[Float]] { parameters.tensors.map(\.floats) }

private struct SmallLatentProblem: SmallMetaProblem {
  var learner: MAESN
  var tasks: [MAESN.MetaTask] = []

  init(
    on family: some TaskFamily = PointRobot(), steps: Int = 1,
    _ change: (inout MAESN.Configuration) -> Void = { _ in }
  ) throws {
    var c = MAESN.Configuration()
    small(&c)
    c.innerSteps = steps
    change(&c)
    learner = try MAESN(c, for: family.spec.with(horizon: 7), using: RandomStream(seed: 5))
    learner.theta = learner.theta.map { $0.converted(to: .double) }
    for task in [1, 3] {
      var phi = learner.start(of: task, in: learner.theta)
      var inner: [MAESN.InnerBatch] = []
      for step in 0...steps {
        let streams = RandomStream(seed: 6).split("\(task) \(step)")
        var random = LaneRandom((0..<c.episodesPerInnerStep).map { streams.split("episode", $0) })
        let normals = random.normals(perLane: c.latentSize)
        let noise = Tensor(normals, shape: [random.count, c.latentSize]).converted(to: .double)
        let z = phi.latent.sample(noise)
        let agent = PolicyAgent(
          learner.policy, phi.weights.map { $0.converted(to: .float) }, latents: z.converted(to: .float))
        let played = try episodes(of: agent, on: family, task: task, horizon: 7, random: random)
        if step == steps {
          let outer = learner.outerBatch(played, playedWith: phi, noise: noise)
          tasks.append(MAESN.MetaTask(task: task, inner: inner, outer: outer, noise: noise))
        } else {
          inner.append(learner.innerBatch(played, z: z, playedWith: phi, .reported))
          phi = learner.innerStep(phi, learner.theta, inner[step], .first)
        }
      }
    }
  }

  var theta: Parameters { learner.theta }

  var played: ActionDistribution { tasks[0].outer.distributions }

  func outer(_ theta: Parameters, _ order: GradientOrder) -> [(loss: Tensor, distributions: ActionDistribution)] {
    tasks.map { learner.outerLoss($0, theta, order) }
  }
}

@Suite struct MAESNGradientTests {
  /// Of everything: policy, distributions of z, step sizes; with the policy's own inner step, too.
  @Test("The meta-gradient equals differences with frozen data", arguments: replayed, [0, 1, 2])
  func metaGradientEqualsDifferences(estimator: InnerEstimator, steps: Int) throws {
    for policyStepSize in [0, 0.3] {
      let problem = try SmallLatentProblem(steps: steps) {
        $0.innerEstimator = estimator
        $0.policyStepSize = policyStepSize
      }
      for seed in 1...3 as ClosedRange<UInt64> { problem.expectGradientOfDifferences(seed: seed) }
      let gradient = problem.gradient()
      for name in gradient.names where name.hasPrefix("latent.") || steps > 0 {
        #expect(gradient[name].doubles.contains { abs($0) > 1e-9 }, "\(name)")
      }
    }
  }

  @Test func theMetaGradientAmongChoicesEqualsDifferences() throws {
    try SmallLatentProblem(on: GridWorld()) { $0.episodesPerInnerStep = 12 }.expectGradientOfDifferences(seed: 4)
  }

  /// μ' = μ - α g, with the gradient of the outer loss v there: -g v for α, v - α H v for μ.
  @Test("The gradient of step sizes is minus the inner gradient times the outer one")
  func gradientOfStepSizes() throws {
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

  @Test("The Fisher product equals the Hessian of the divergence through the inner step", arguments: replayed)
  func fisherProductEqualsTheHessian(estimator: InnerEstimator) throws {
    let problem = try SmallLatentProblem { $0.innerEstimator = estimator }
    let v = problem.theta.direction(3)
    let product = problem.fisherProduct(estimator.gradientOrder)(v)
    problem.expectFisherProductOfDifferences(product, along: v, estimator.gradientOrder)
    #expect(product["stepSize.latent.mean"].doubles.contains { abs($0) > 1e-9 })
  }

  @Test func theRatioIsExactlyOneWhereTheDataWerePlayed() throws {
    let problem = try SmallLatentProblem()
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
    let streams = LaneRandom(seed: 4, lanes: lanes)
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

  @Test("At test, the policy stays, and what z is drawn from does not") func atTestOnlyZAdapts() throws {
    var learner = try newborn(on: family) { ($0.trainingTasks, $0.innerReward) = (3, .dense) }
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
    let learner = try newborn(on: family) { ($0.policyStepSize, $0.innerReward) = (0.1, .dense) }
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
      let learner = try newborn(on: family) { ($0.episodesPerTestStep, $0.innerReward) = (asked, .dense) }
      #expect(try life(learner, episodes: due - 1, reward: .dense).agent.phi[0].latent.mean.floats == [0, 0])
      #expect(try life(learner, episodes: due, reward: .dense).agent.phi[0].latent.mean.floats != [0, 0])
    }
  }

  /// A factor of 0 shows which steps it multiplies.
  @Test func stepSizesAreMultipliedFromTheThirdStepOn() throws {
    func means(_ factor: Double) throws -> [[Float]] {
      let learner = try newborn(on: family) { ($0.laterStepFactor, $0.innerReward) = (factor, .dense) }
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
      ($0.trainingTasks, $0.tasksPerBatch, $0.trainingReward) = (100, 4, .dense)
    }
    let before = learner.theta["latent.mean"].floatRows
    let record = try train(&learner, on: family, iterations: 0..<1)[0]
    let moved = (0..<100).filter { before[$0] != learner.theta["latent.mean"].floatRows[$0] }
    #expect(moved == [0, 1, 2, 3])
    #expect(record.steps == 2 * 4 * 4 * 6)
  }

  @Test func theTrustRegionBoundsTheDivergence() throws {
    var learner = try newborn(on: family) {
      ($0.maximumDivergence, $0.trainingReward, $0.innerReward) = (0.003, .dense, .dense)
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
    { ($0.innerSteps, $0.stepSizes) = (0, .fixed) }, { $0.innerSteps = 2 },
  ]

  @Test(arguments: variants.indices, smallFamilies.indices)
  func trainingHasTheSameBits(variant: Int, family: Int) throws {
    let family = smallFamilies[family]
    try expectSameBits(newborn(on: family, Self.variants[variant]), on: family)
  }

  @Test func theExportedNetworkIsThePolicyAtTheMeanOfZ() throws {
    for hidden in [[], [5], [7, 3]] {
      let learner = try newborn(on: family) { ($0.hiddenSizes, $0.innerReward) = (hidden, .dense) }
      let agent = try life(learner, episodes: 4, reward: .dense).agent
      let observations = Tensor([0.1, -0.2, 0.7, 0.3], shape: [2, 2])
      for lane in 0..<2 {
        let latents = Tensor.concatenate(Array(repeating: agent.phi[lane].latent.mean.reshaped([1, 2]), count: 2))
        let inputs = Tensor.concatenate([observations, latents], axis: 1)
        let due = try #require(learner.policy(inputs, learner.theta).gaussian)
        let network = agent.policyNetwork(lane: lane)
        #expect(network.observationSize == 2)
        #expect(zip(network(observations).floats, due.mean.floats).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }
}

/// What the penalty does where nothing is paid, so that nothing else moves anything.
@Suite struct MAESNPenaltyTests {
  /// How far the means of a newborn's actions are from where they began, at most, for z between -2 and 2.
  private func drift(_ penalty: MAESN.PenaltyUpdate) throws -> (drift: Double, divergences: [Double]) {
    let family = Signs(pay: 0)
    var learner = try newborn(on: family, seed: 3) {
      ($0.hiddenSizes, $0.trainingTasks, $0.tasksPerBatch, $0.penaltyUpdate) = ([16], 10, 5, penalty)
    }
    let numbers: [Float] = [-2, -1, 0, 1, 2]
    let rows: [[Float]] = numbers.flatMap { first in numbers.map { second in [0, first, second] } }
    func means(_ learner: MAESN) -> [Float] {
      let distributions = learner.policy(Tensor(rows.flatMap { $0 }, shape: [25, 3]), learner.theta)
      return distributions.gaussian?.mean.floats ?? []
    }
    let before = means(learner)
    let divergences = try train(&learner, on: family, iterations: 0..<30, seed: 3).map {
      $0.metrics["priorDivergence"] ?? .nan
    }
    let drift = zip(means(learner), before).map { Double(abs($0 - $1)) }.max() ?? .nan
    return (drift, divergences)
  }

  @Test("A separate penalty draws the tasks to the prior and leaves a newborn alone")
  func separatePenalty() throws {
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
    var learner = try newborn(on: Signs(), seed: seed) {
      ($0.hiddenSizes, $0.latentSize) = ([16], 1)
      ($0.trainingTasks, $0.tasksPerBatch, $0.episodesPerInnerStep) = (10, 10, 10)
      change(&$0)
    }
    try train(&learner, on: Signs(), iterations: 0..<iterations, seed: seed, workers: 2)
    let evaluation = EvaluationProtocol(
      taskCount: 40, episodesPerLifetime: 20, probes: [0, 20], episodesPerProbe: 5)
    let adapted = try meanReturns(of: learner, on: Signs(), evaluation).adapted
    return (adapted[0], adapted[1])
  }

  /// 5 is the most there is, and 0 the most without knowing the sign.
  @Test(arguments: [1, 2, 3] as [UInt64], replayed)
  func theSignIsFoundByAdaptingZAlone(seed: UInt64, estimator: InnerEstimator) throws {
    let outcome = try returns(seed: seed) { $0.innerEstimator = estimator }
    #expect(abs(outcome.before) < 1, "\(outcome)")
    #expect(outcome.after > 2.5, "\(outcome)")
  }

  /// The control: everything but inner steps.
  @Test(arguments: [1, 2] as [UInt64])
  func withStepsOfSizeZeroItIsNotFound(seed: UInt64) throws {
    let outcome = try returns(seed: seed) { ($0.innerStepSize, $0.stepSizes) = (0, .fixed) }
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
    let family = PointNavigation()
    var learner = try untrained(MAESN.self, on: family, seed: seed) {
      ($0.tasksPerBatch, $0.episodesPerInnerStep) = (10, 10)
      change(&$0)
    }
    try train(&learner, on: family, steps: steps, seed: seed)
    let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 50, probes: [0], episodesPerProbe: 4)
    let (online, adapted) = try meanReturns(of: learner, on: family, evaluation)
    return (mean(online), adapted[0])
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

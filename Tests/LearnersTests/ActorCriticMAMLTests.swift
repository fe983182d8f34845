import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// A learner in double precision with data of one task, small enough for differences of everything.
private struct ActorCriticProblem {
  var learner: ActorCriticMAML
  var inner: [ActorCriticBatch] = []
  let outer: ActorCriticBatch

  init<Family: TaskFamily>(
    on family: Family, innerSteps: Int = 1, _ change: (inout ActorCriticMAML.Configuration) -> Void = { _ in }
  ) throws {
    var c = ActorCriticMAML.Configuration()
    (c.hiddenSizes, c.activation) = ([5], .tanh)
    (c.innerActorStepSize, c.innerCriticStepSize) = (0.5, 0.02)
    (c.innerSteps, c.episodesPerInnerStep) = (innerSteps, 3)
    change(&c)
    learner = try ActorCriticMAML(c, for: family.spec.with(horizon: 7), using: RandomStream(seed: 5))
    learner.theta = learner.theta.map { $0.converted(to: .double) }
    let learner = learner
    func play(_ phi: Parameters, _ name: String) throws -> ActorCriticBatch {
      let random = LaneRandom((0..<3).map { RandomStream(seed: 6).split(name).split("episode", $0) })
      let agent = PolicyAgent(learner.actor, phi.map { $0.converted(to: .float) })
      return learner.batch(try episodes(of: agent, on: family, horizon: 7, random: random), playedWith: phi)
    }
    var phi = learner.theta
    for step in 0..<innerSteps {
      let batch = try play(phi, "inner \(step)")
      inner.append(batch)
      phi = learner.innerStep(phi, batch, .first)
    }
    outer = try play(phi, "outer")
  }

  func outerLoss(_ theta: Parameters) -> Double {
    learner.outerLoss(inner: inner, outer: outer, theta, .first).scalar
  }

  var metaGradient: Parameters { learner.metaGradient(inner: inner, outer: outer).gradient }
}

@Suite struct ActorCriticMAMLTests {
  @Test(
    "The meta-gradient equals differences of the outer loss",
    arguments: [MAML.InnerObjective.policyGradient, .clippedRatio], [1, 2])
  func metaGradient(objective: MAML.InnerObjective, steps: Int) throws {
    func compare(_ family: some TaskFamily) throws {
      let problem = try ActorCriticProblem(on: family, innerSteps: steps) {
        $0.innerObjective = objective
        $0.updatesPerInnerStep = objective == .clippedRatio ? 2 : 1
      }
      let (theta, v) = (problem.learner.theta, problem.learner.theta.direction(1))
      expectDerivative(problem.metaGradient.dot(v), of: problem.outerLoss, at: theta, along: v)
    }
    try compare(PointNavigation())
    try compare(GridWorld())
  }

  /// And so it is not what differences say.
  @Test("Without derivatives of inner steps, the meta-gradient is that where they lead")
  func firstOrderMetaGradient() throws {
    let problem = try ActorCriticProblem(on: PointNavigation(), innerSteps: 2) { $0.innerDerivative = .firstOrder }
    let phi = problem.inner.reduce(problem.learner.theta) { problem.learner.innerStep($0, $1, .first) }
    let expected = valueAndGradient(at: phi) { problem.learner.loss(problem.outer, $0) }.gradient
    let ours = problem.metaGradient
    #expect(length(ours - expected) < 1e-12 * length(expected))
    let other = try ActorCriticProblem(on: PointNavigation(), innerSteps: 2).metaGradient
    #expect(length(ours - other) > 1e-3 * length(other))
  }

  @Test("The gradient of the study's code has the inner gradient where the Hessian belongs")
  func elementwiseMetaGradient() throws {
    let problem = try ActorCriticProblem(on: PointNavigation()) { $0.innerDerivative = .elementwise }
    let (learner, theta) = (problem.learner, problem.learner.theta)
    let inner = valueAndGradient(at: theta) { learner.loss(problem.inner[0], $0) }.gradient
    let phi = learner.innerStep(theta, problem.inner[0], .first)
    let outer = valueAndGradient(at: phi) { learner.loss(problem.outer, $0) }.gradient
    let ours = problem.metaGradient
    for name in theta.names {
      let size = name.hasPrefix("critic.") ? 0.02 : 0.5
      for (i, got) in ours[name].doubles.enumerated() {
        let (g, h) = (outer[name].doubles[i], inner[name].doubles[i])
        #expect(abs(got - (g - size * g * h)) < 1e-12)
      }
    }
  }

  /// One episode that the task ended and one that the horizon cut off, worked out by hand.
  @Test("Advantages and returns go on with the critic where the horizon cut them off") func criticAtTheHorizon() {
    let spec = EnvironmentSpec(observationSize: 1, actionSpace: .continuous(size: 1), horizon: 2)
    let actor = StochasticPolicy(for: spec, hiddenSizes: [], activation: .tanh)
    let critic = MLP(sizes: [1, 1], activation: .tanh, prefix: "critic.")
    // The critic says 2 x + 1.
    let parameters = actor.makeParameters(using: RandomStream(seed: 0)).merging(
      Parameters(names: critic.parameterNames, tensors: [Tensor([2], shape: [1, 1]), Tensor([1])]))
    let cut = Episode([0, 1, 2], rewards: [1, 3], actions: .continuous([1, 3]))
    var ended = Episode([1, 4], rewards: [5], actions: .continuous([5]))
    ended.terminated = true
    let batch = ActorCriticBatch(
      [cut, ended], reward: .dense, discount: 0.5, lambda: 0.5, actor: actor, critic: critic, parameters: parameters
    )
    // Values 1, 3 and, after the cut, 5; then 3 and, after the end, 0. Returns 3 + 5 / 2, 1 + 5.5 / 2 and 5; errors
    // 1 + 3 / 2 - 1, 3 + 5 / 2 - 3 and 5 - 3, of which the second goes into the first advantage by a quarter.
    #expect(batch.returns.floats == [3.75, 5.5, 5])
    let due = standardized([2.125, 2.5, 2]).numbers
    for (ours, due) in zip(batch.advantages.doubles, due) { #expect(abs(ours - due) < 1e-6) }
    #expect(batch.observations.floats == [0, 1, 1])
    #expect(batch.meanReturn == 4.5)
  }

  @Test func stepSizesFallAlongACosine() {
    let due = [1, 0.8535533905932737, 0.5, 0.14644660940672627, 0.14644660940672627]
    for step in 0...4 { #expect(abs(annealed(step, of: 3) - due[step]) < 1e-12) }
    #expect(annealed(7, of: 0) == 1)
    #expect(annealed(100, of: 100) < 3e-4 && annealed(100, of: 100) > 0)
  }

  @Test func theFirstNetworksAreThoseOfTheStudy() throws {
    let learner = try untrained(ActorCriticMAML.self, on: PointNavigation()) { $0.hiddenSizes = [100, 100] }
    for prefix in ["", "critic."] {
      for (layer, inputs) in [(1, 2), (2, 100), (3, 100)] {
        let bound = 1 / Double(inputs).squareRoot()
        for part in ["weights", "bias"] {
          let numbers = learner.theta["\(prefix)layer\(layer).\(part)"].doubles
          #expect(numbers.allSatisfy { abs($0) <= bound })
          #expect(numbers.count < 100 || numbers.contains { abs($0) > 0.9 * bound })
        }
      }
    }
    #expect(learner.theta["logDeviation"].floats == [-0.5, -0.5])
    let far = learner.theta.map { 100 * $0 }
    let policy = try #require(learner.actor(Tensor([3, -4], shape: [1, 2]), far).gaussian)
    #expect(policy.mean.doubles.allSatisfy { abs($0) <= 1 })
  }

  @Test("The study's product is refused for several updates a step") func elementwiseProductIsRefused() {
    #expect(throws: SettingsError.self) {
      try untrained(ActorCriticMAML.self, on: PointNavigation()) {
        ($0.innerDerivative, $0.updatesPerInnerStep) = (.elementwise, 2)
      }
    }
  }

  /// An agent of Adam moves every number of its policy by the step size, whatever the gradient.
  @Test func theFirstStepAtTestIsOneOfAdam() throws {
    let family = Short(PointNavigation(), horizon: 9)
    // With tanh every gradient is something.
    let learner = try untrained(ActorCriticMAML.self, on: family) {
      ($0.hiddenSizes, $0.activation, $0.episodesPerTestStep) = ([6], .tanh, 2)
    }
    let agent = try lived(learner, on: family, episodes: 2, random: LaneRandom(seed: 4, lanes: 2)).agent
    let (before, after) = (learner.theta["layer2.weights"].doubles, agent.policyNetwork(lane: 1).layers[1].weights)
    for (old, new) in zip(before, after.doubles) { #expect(abs(abs(new - old) - 0.0029) < 1e-4) }
  }

  private func navigate(
    _ iterations: Int, _ change: (inout ActorCriticMAML.Configuration) -> Void = { _ in }
  ) throws -> [Double] {
    let family = PointNavigation()
    var learner = try untrained(ActorCriticMAML.self, on: family, seed: 1) {
      ($0.hiddenSizes, $0.tasksPerBatch, $0.episodesPerInnerStep, $0.episodesPerTestStep) = ([32, 32], 10, 10, 0)
      ($0.testUpdate, $0.annealedIterations) = (.descent, 0)
      ($0.innerActorStepSize, $0.outerActorStepSize, $0.outerCriticStepSize) = (1, 0.01, 0.01)
      change(&$0)
    }
    try train(&learner, on: family, iterations: 0..<iterations, seed: 1)
    let evaluation = EvaluationProtocol(
      taskCount: 20, episodesPerLifetime: 10, probes: [0, 10], episodesPerProbe: 5)
    return try meanReturns(of: learner, on: family, evaluation).adapted
  }

  /// The control learns what is good on average, and nothing of a new task.
  @Test func itLearnsToAdaptAndWithoutInnerStepsItDoesNot() throws {
    let adapting = try navigate(40)
    #expect(adapting[1] > adapting[0] + 8, "\(adapting)")
    #expect(adapting[1] > -36, "\(adapting)")
    let fixed = try navigate(20) { $0.innerActorStepSize = 0 }
    #expect(abs(fixed[1] - fixed[0]) < 4, "\(fixed)")
    #expect(fixed[1] < -38, "\(fixed)")
  }
}

import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

@Suite struct RegressionMAMLTests {
  private let family = SinusoidRegression(points: 5)

  private func makeLearner(
    _ change: (inout RegressionMAML.Configuration) -> Void = { _ in }
  ) throws -> RegressionMAML {
    try untrained(RegressionMAML.self, on: family, seed: 1, change)
  }

  /// The mean squared error after training and 0 to 3 episodes of experience, at points that were not seen before.
  private func errors(
    iterations: Int, _ change: (inout RegressionMAML.Configuration) -> Void = { _ in }
  ) throws -> [Double] {
    var learner = try makeLearner(change)
    try train(&learner, on: family, iterations: 0..<iterations, seed: 1)
    let evaluation = EvaluationProtocol(taskCount: 200, episodesPerLifetime: 3, episodesPerProbe: 4)
    return try meanReturns(of: learner, on: family, evaluation).adapted.map { $0 / -5 }
  }

  private func episodes(_ tasks: Int, _ name: String) throws -> [[Episode]] {
    var environment = family.makeEnvironment(for: (0..<tasks).map { TaskID(.train, $0) })
    let random = LaneRandom(seed: 7, name, lanes: tasks)
    var agent = try makeLearner().makeAgent(using: random)
    return try playEpisode(&agent, in: &environment, spec: family.spec, random: random).map { [$0] }
  }

  private func examples(_ tasks: Int, _ name: String) throws -> Examples {
    Examples(try episodes(tasks, name), try #require(family.spec.supervision))
  }

  @Test(arguments: [1, 3]) func theMetaGradientEqualsDifferences(steps: Int) throws {
    var learner = try makeLearner {
      ($0.hiddenSizes, $0.activation, $0.innerStepSize, $0.innerSteps) = ([4, 3], .tanh, 0.3, steps)
    }
    learner.theta = learner.theta.map { $0.converted(to: .double) }
    let (inner, outer) = (try examples(2, "inner"), try examples(2, "outer"))
    let (theta, v) = (learner.theta, learner.theta.direction(3))
    func loss(_ theta: Parameters) -> Tensor { learner.outerLoss(inner: [inner], outer: outer, theta) }
    let exact = valueAndGradient(at: theta, of: loss).gradient.dot(v)
    expectDerivative(exact, of: { loss($0).scalar }, at: theta, along: v, within: 1e-6 * min(1, abs(exact)))
  }

  /// Plain loops over rows, with the gradient of a linear network worked out by hand.
  @Test func anInnerStepOfALineIsThatOfLeastSquares() throws {
    let learner = try makeLearner { ($0.hiddenSizes, $0.innerStepSize) = ([], 0.1) }
    let points = try examples(2, "inner")
    let phi = learner.theta.stacked(2)
    let stepped = learner.innerStep(phi, points, .first)
    let (x, y) = (points.inputs.doubles, points.targets.doubles)
    let (weight, bias) = (learner.theta["layer1.weights"].scalar, learner.theta["layer1.bias"].scalar)
    for task in 0..<2 {
      var (weightGradient, biasGradient) = (0.0, 0.0)
      for row in 5 * task..<5 * task + 5 {
        let error = weight * x[row] + bias - y[row]
        weightGradient += 2 * error * x[row] / 5
        biasGradient += 2 * error / 5
      }
      #expect(abs(stepped["layer1.weights"].doubles[task] - (weight - 0.1 * weightGradient)) < 1e-5)
      #expect(abs(stepped["layer1.bias"].doubles[task] - (bias - 0.1 * biasGradient)) < 1e-5)
    }
  }

  /// Rows that fill up to the longest task count for nothing.
  @Test func tasksOfDifferentLengthsDoNotTouch() throws {
    let learner = try makeLearner()
    let played = try episodes(2, "inner")
    let long = [played[0] + (try episodes(1, "more"))[0], played[1]]
    let supervision = try #require(family.spec.supervision)
    let together = learner.innerStep(learner.theta.stacked(2), Examples(long, supervision), .first)
    let alone = learner.innerStep(learner.theta.stacked(1), Examples([played[1]], supervision), .first)
    for name in learner.theta.names {
      let half = together[name].doubles.suffix(alone[name].count)
      for (a, b) in zip(half, alone[name].doubles) { #expect(abs(a - b) < 1e-6) }
    }
  }

  @Test("An agent steps on the points of its first episode or on all") func pointsOfAStep() throws {
    for points in RegressionAgent.Points.allCases {
      let learner = try makeLearner { ($0.pointsAtTest, $0.stepsPerEpisode) = (points, 2) }
      let supervision = try #require(family.spec.supervision)
      let streams = LaneRandom(seed: 4, lanes: 1)
      var (agent, lifetimes) = try lived(learner, on: family, episodes: 2, random: streams)
      let played = lifetimes.removeFirst()
      var phi = learner.theta.stacked(1)
      for shown in [[played[0]], points == .firstEpisode ? [played[0]] : played] {
        let examples = Examples([shown], supervision)
        for _ in 0..<2 { phi = learner.innerStep(phi, examples, .first) }
      }
      let place = Tensor([1.5, 0], shape: [1, 2])
      var random = streams
      let action = try #require(agent.act(on: place, using: &random).vectors)
      let due = learner.model.predictions(at: Tensor([1.5], shape: [1, 1, 1]), phi)
      #expect(abs(10 * action.scalar - due.scalar) < 1e-6)
    }
  }

  /// The controls do not adapt, or were trained as one network for all tasks; predicting 0 has an error of 4.25.
  @Test("A step on five points fits the rest of the wave after training and not otherwise")
  func trainedStepsFitTheWave() throws {
    let trained = try errors(iterations: 2500)
    #expect(trained[1] < 1.6, "\(trained)")
    #expect(trained[0] > 2 * trained[1], "\(trained)")
    #expect(trained[3] < trained[1], "\(trained)")
    let fixed = try errors(iterations: 500) { $0.innerStepSize = 0 }
    #expect(abs(fixed[3] - fixed[0]) < 0.5 && fixed[3] > 2.5, "\(fixed)")
    let joint = try errors(iterations: 1500) { $0.innerSteps = 0 }
    #expect(joint[1] > 2, "\(joint)")
  }
}

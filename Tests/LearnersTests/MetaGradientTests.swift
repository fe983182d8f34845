import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

struct SmallProblem: SmallMetaProblem {
  var learner: MAML
  var tasks: [MetaTask]

  init<Family: TaskFamily>(
    on family: Family = PointNavigation(), _ change: (inout MAML.Configuration) -> Void = { _ in },
    innerSteps: Int = 1
  ) throws {
    var c = MAML.Configuration()
    c.hiddenSizes = [5]
    c.innerStepSize = 0.5
    c.innerSteps = innerSteps
    c.episodesPerInnerStep = 3
    change(&c)
    learner = try MAML(c, for: family.spec.with(horizon: 7), using: RandomStream(seed: 5))
    learner.theta = learner.theta.map { $0.converted(to: .double) }
    let learner = learner
    var played: [(inner: [EpisodeBatch], outer: EpisodeBatch)] = []
    for task in 0..<2 {
      var phi = learner.weights(in: learner.theta)
      var inner: [EpisodeBatch] = []
      for step in 0...innerSteps {
        let streams = RandomStream(seed: 6).split("\(task) \(step)")
        let random = LaneRandom((0..<c.episodesPerInnerStep).map { streams.split("episode", $0) })
        let agent = PolicyAgent(learner.policy, learner.adapted.network(phi).map { $0.converted(to: .float) })
        let episodes = try episodes(of: agent, on: family, task: task, horizon: 7, random: random)
        let batch = learner.batch(episodes, playedWith: phi, .reported)
        if step == innerSteps {
          played.append((inner, batch))
        } else {
          inner.append(batch)
          phi = learner.innerStep(phi, learner.theta, batch, .first)
        }
      }
    }
    tasks = MetaTask.batch(played.map(\.inner), played.map(\.outer), scored: true)
  }

  var theta: Parameters { learner.theta }

  var played: ActionDistribution { tasks[0].outer.distributions }

  func outer(_ theta: Parameters, _ order: GradientOrder) -> [(loss: Tensor, distributions: ActionDistribution)] {
    tasks.map { learner.outerLoss($0, theta, order) }
  }
}

extension SmallProblem {
  /// The loss of an inner step, written out.
  func innerLoss(_ batch: EpisodeBatch, _ estimator: InnerEstimator, decay: Double = 1) -> (Parameters) -> Tensor {
    { phi in
      policyGradientLoss(
        estimator, logProbabilities: learner.policy(batch.observations, phi).logProbability(of: batch.actions),
        reference: batch.logProbabilities, weights: batch.weights, lengths: batch.lengths, lambda: decay)
    }
  }

  /// The meta-gradient by the chain rule, step by step from the last: v ← v - Hₖ (αₖ v), with the Hessian of the
  /// estimator's own loss; and of step sizes -Σₖ gₖ v.
  func gradientByRecursion(
    _ estimator: InnerEstimator, decay: Double, stepSize: Double
  ) -> (weights: Parameters, stepSizes: Parameters) {
    let start = learner.weights(in: learner.theta)
    var total = (weights: 0 * start, stepSizes: 0 * start)
    for task in tasks {
      var points = [start]
      for batch in task.inner {
        let phi = points[points.count - 1]
        let gradient = valueAndGradient(at: phi, of: innerLoss(batch, .naive)).gradient
        points.append(phi - stepSize * gradient)
      }
      var v = valueAndGradient(at: points[points.count - 1]) { phi in
        let logProbabilities = learner.policy(task.outer.observations, phi).logProbability(of: task.outer.actions)
        return ratioLoss(logProbabilities, reference: task.outer.logProbabilities, weights: task.outer.weights)
      }.gradient
      for (phi, batch) in zip(points, task.inner).reversed() {
        let product = HessianVectorProduct(at: phi, of: innerLoss(batch, estimator, decay: decay))
        total.stepSizes = total.stepSizes - product.gradient * v
        if estimator != .firstOrder { v = v - product(stepSize * v) }
      }
      total.weights = total.weights + v
    }
    return total
  }
}

@Suite struct MetaGradientTests {
  @Test("The meta-gradient equals differences of the composite with frozen data", arguments: replayed, [1, 2])
  func metaGradientEqualsDifferences(estimator: InnerEstimator, steps: Int) throws {
    try SmallProblem({ $0.innerEstimator = estimator }, innerSteps: steps).expectGradientOfDifferences(seed: 1)
  }

  @Test(
    "The meta-gradient is that of the chain rule with the estimator's Hessian",
    arguments: InnerEstimator.allCases, [1, 2])
  func metaGradientFollowsTheChainRule(estimator: InnerEstimator, steps: Int) throws {
    func compare(_ family: some TaskFamily) throws {
      for sizes in MAML.StepSizes.allCases {
        let problem = try SmallProblem(
          on: family,
          {
            ($0.innerEstimator, $0.loadedDiceDecay) = (estimator, 0.7)
            ($0.stepSizes, $0.episodesPerInnerStep) = (sizes, 40)
          }, innerSteps: steps)
        let expected = problem.gradientByRecursion(estimator, decay: 0.7, stepSize: 0.5)
        let ours = problem.gradient(estimator.gradientOrder)
        let names = expected.weights.names
        #expect(length(ours.selecting(names) - expected.weights) < 1e-12 * length(expected.weights))
        guard sizes == .learned else { continue }
        let stepSizes = Parameters(names: names, tensors: names.map { ours["stepSize.\($0)"] })
        #expect(length(stepSizes - expected.stepSizes) < 1e-12 * length(expected.stepSizes))
      }
    }
    try compare(PointNavigation())
    try compare(GridWorld())
  }

  @Test("Products with sampled Hessians equal differences of the surrogate's gradient", arguments: replayed)
  func sampledHessianProducts(estimator: InnerEstimator) throws {
    func compare(_ family: some TaskFamily) throws {
      let problem = try SmallProblem(on: family, { $0.episodesPerInnerStep = 40 })
      let loss = problem.innerLoss(problem.tasks[0].inner[0], estimator)
      let (theta, v) = (problem.theta, problem.theta.direction(5))
      func gradient(_ x: Parameters) -> Parameters { valueAndGradient(at: x, of: loss).gradient }
      let product = HessianVectorProduct(at: theta, of: loss)(v)
      expectProduct(product, of: gradient, at: theta, along: v, within: 1e-6)
    }
    try compare(PointNavigation())
    try compare(GridWorld())
  }

  @Test func aTaskOfEqualReturnsDoesNotBlowUpTheScoreTerm() throws {
    // Without rewards nothing deviates, in any task: there is no score at all.
    let problem = try SmallProblem(on: GridWorld()) {
      ($0.innerEstimator, $0.scoreTerm, $0.episodesPerInnerStep) = (.naive, true, 1)
    }
    for loss in problem.outer(problem.theta, .first).map(\.loss.scalar) { #expect(abs(loss) < 1e3, "\(loss)") }
  }

  /// Credit to the policy before the step: how much better its task went than the others, for all it did.
  @Test("The score term is the score of the inner data times the task's advantage") func scoreTerm() throws {
    func compare(_ family: some TaskFamily) throws {
      func gradients(
        _ scoreTerm: Bool, weight: Double = 1
      ) throws -> (problem: SmallProblem, gradients: [Parameters]) {
        let problem = try SmallProblem(on: family) {
          ($0.innerEstimator, $0.episodesPerInnerStep) = (.naive, 40)
          ($0.scoreTerm, $0.scoreWeight) = (scoreTerm, weight)
        }
        let gradients = problem.tasks.map { task in
          valueAndGradient(at: problem.learner.theta) { problem.learner.outerLoss(task, $0, .higher).loss }.gradient
        }
        return (problem, gradients)
      }
      let (with, without, mean) = (try gradients(true), try gradients(false), try gradients(true, weight: 0))
      let (learner, tasks) = (with.problem.learner, with.problem.tasks)
      for i in 0..<2 {
        let (inner, outer) = (tasks[i].inner[0], tasks[i].outer)
        let better = outer.meanReturn - tasks[1 - i].outer.meanReturn
        let stepsPerEpisode = Double(outer.lengths.reduce(0, +)) / 40
        let score = valueAndGradient(at: learner.theta) {
          learner.policy(inner.observations, $0).logProbability(of: inner.actions).sum()
        }.gradient
        let squares = tasks.map { $0.outer.advantageDeviation * $0.outer.advantageDeviation }
        let deviation = (squares.reduce(0, +) / 2).squareRoot()
        let expected = (-better / (deviation * stepsPerEpisode)) * score
        #expect(length(with.gradients[i] - without.gradients[i] - expected) < 1e-12 * length(with.gradients[i]))
        // With weight 0 it is the mean over steps.
        let share = (1 / Double(inner.stepCount)) * expected
        #expect(length(mean.gradients[i] - without.gradients[i] - share) < 1e-12 * length(with.gradients[i]))
      }
    }
    try compare(PointNavigation())
    try compare(GridWorld())
  }

  /// Away from where the data were played, with two inner steps taken again from there.
  @Test("The outer loss of ProMP is the clipped ratio and the divergence before each step")
  func outerLossOfProMP() throws {
    let problem = try SmallProblem(
      { ($0.outerUpdate, $0.divergencePenalty, $0.ratioClip) = (.clippedRatio, 0.7, 0.05) }, innerSteps: 2)
    let (learner, task) = (problem.learner, problem.tasks[0])
    let theta = learner.theta + 0.2 * learner.theta.direction(6)
    var (phi, penalty) = (theta, 0.0)
    for batch in task.inner {
      let divergences = batch.distributions.divergence(to: learner.policy(batch.observations, phi)).doubles
      penalty += 0.7 / 2 * divergences.reduce(0, +) / Double(divergences.count)
      phi = phi - 0.5 * valueAndGradient(at: phi, of: problem.innerLoss(batch, .lowVarianceCurvature)).gradient
    }
    let outer = task.outer
    let logProbabilities = learner.policy(outer.observations, phi).logProbability(of: outer.actions)
    let ratios = (logProbabilities - outer.logProbabilities).exp().doubles
    let surrogate = zip(ratios, outer.weights.doubles).reduce(0.0) { sum, step in
      let (ratio, weight) = step
      return sum - min(weight * ratio, weight * min(max(ratio, 0.95), 1.05))
    }
    #expect(ratios.contains { $0 > 1.05 })
    #expect(penalty > 1e-4)
    let ours = learner.outerLoss(task, theta, .first).loss.scalar
    #expect(abs(ours - surrogate - penalty) < 1e-12)
  }

  @Test func learnedStepSizesHaveTheGradientOfDifferences() throws {
    let problem = try SmallProblem({ ($0.stepSizes, $0.innerEstimator) = (.learned, .naive) })
    #expect(problem.theta.names.contains("stepSize.layer1.weights"))
    problem.expectGradientOfDifferences(seed: 2)
  }

  /// DiCE and first order are left out: their Jacobians are by design not those of the replayed step.
  @Test(
    "The Fisher product equals the Hessian of the divergence through the inner steps", arguments: replayed, [1, 2])
  func fisherProductEqualsTheHessian(estimator: InnerEstimator, steps: Int) throws {
    let problem = try SmallProblem({ $0.innerEstimator = estimator }, innerSteps: steps)
    let fisher = problem.fisherProduct(estimator.gradientOrder)
    let (u, v) = (problem.theta.direction(4), problem.theta.direction(3))
    let product = fisher(v)
    problem.expectFisherProductOfDifferences(product, along: v, estimator.gradientOrder)
    #expect(abs(u.dot(product) - v.dot(fisher(u))) < 1e-10 * max(1, abs(u.dot(product))))
    #expect(v.dot(product) >= 0)
  }

  @Test(
    "The Fisher product equals the explicit Jacobian through the inner steps",
    arguments: InnerEstimator.allCases, [1, 2])
  func fisherProductEqualsTheJacobian(estimator: InnerEstimator, steps: Int) throws {
    let problem = try SmallProblem({ $0.innerEstimator = estimator }, innerSteps: steps)
    let leaves = problem.learner.theta.asLeaves
    let distributions = problem.learner.outerLoss(problem.tasks[0], leaves, estimator.gradientOrder).distributions
    let fisher = GaussNewtonProduct(of: distributions.outputs, to: leaves, metric: distributions.fisher())
    let pullback = Pullback(of: distributions.outputs, to: leaves.tensors)
    let v = problem.theta.direction(3)
    // J v, one reverse pass a number; then M and Jᵀ.
    let pushed = distributions.outputs.indices.map { output in
      let like = distributions.outputs[output]
      let numbers = (0..<like.count).map { i in
        let upstream = distributions.outputs.indices.map { other in
          var one = [Double](repeating: 0, count: distributions.outputs[other].count)
          if other == output { one[i] = 1 }
          return Tensor(one, shape: distributions.outputs[other].shape, precision: .double)
        }
        return Parameters(names: leaves.names, tensors: pullback(upstream)).dot(v)
      }
      return Tensor(numbers, shape: like.shape, precision: .double)
    }
    let expected = Parameters(names: leaves.names, tensors: pullback(distributions.fisher()(pushed)))
    #expect(length(fisher(v) - expected) < 1e-10 * length(expected))
  }

  @Test func tasksAndEpisodesMayBePermuted() throws {
    let problem = try SmallProblem()
    var swapped = problem
    swapped.tasks.reverse()
    #expect(length(problem.gradient() - swapped.gradient()) < 1e-12 * length(problem.gradient()))
  }

  @Test func theRatioIsExactlyOneWhereTheDataWerePlayed() throws {
    let problem = try SmallProblem()
    let batch = problem.tasks[0].inner[0]
    let again = problem.learner.policy(batch.observations, problem.learner.theta).logProbability(of: batch.actions)
    #expect(again.doubles == batch.logProbabilities.doubles)
  }
}

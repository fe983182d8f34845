import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// A learner in double precision with data of two tasks, small enough for differences of everything.
struct SmallProblem {
  var learner: MAML
  var tasks: [MetaTask]

  init(_ change: (inout MAML.Configuration) -> Void = { _ in }, innerSteps: Int = 1) throws {
    var c = MAML.Configuration()
    c.hiddenSizes = [5]
    c.innerStepSize = 0.5
    c.innerSteps = innerSteps
    c.episodesPerInnerStep = 3
    change(&c)
    let family = PointNavigation()
    var spec = family.spec
    spec.horizon = 7
    learner = try MAML(c, for: spec, using: RandomStream(seed: 5))
    learner.theta = learner.theta.map { $0.converted(to: .double) }
    let learner = learner
    var played: [(inner: [EpisodeBatch], outer: EpisodeBatch)] = []
    for task in 0..<2 {
      var phi = learner.weights(in: learner.theta)
      var inner: [EpisodeBatch] = []
      for step in 0...innerSteps {
        let random = LaneRandom((0..<3).map { RandomStream(seed: 6).split("\(task) \(step)", $0) })
        var environment = family.makeEnvironment(Array(repeating: family.task(TaskID(.train, task)), count: 3))
        var agent = PolicyAgent(learner.policy, phi.map { $0.converted(to: .float) })
        let episodes = try playEpisode(&agent, in: &environment, horizon: 7, random: random)
        let batch = learner.batch(episodes, playedWith: phi, .reported)
        if step == innerSteps {
          played.append((inner, batch))
        } else {
          inner.append(batch)
          phi = learner.innerStep(phi, learner.theta, batch, .first)
        }
      }
    }
    tasks = played.map { MetaTask(inner: $0.inner, outer: $0.outer, allOuter: played.map(\.outer)) }
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

func length(_ x: Parameters) -> Double { x.dot(x).squareRoot() }

@Suite struct MetaGradientTests {
  @Test(
    arguments: [InnerEstimator.naive, .lowVarianceCurvature], [1, 2])
  func theMetaGradientEqualsDifferencesOfTheCompositeWithFrozenData(estimator: InnerEstimator, steps: Int) throws {
    let problem = try SmallProblem({ $0.innerEstimator = estimator }, innerSteps: steps)
    let (v, h) = (problem.direction(1), 1e-5)
    let theta = problem.learner.theta
    let difference = (problem.loss(theta + h * v) - problem.loss(theta - h * v)) / (2 * h)
    let exact = problem.gradient().dot(v)
    #expect(abs(exact - difference) < 1e-6 * max(1, abs(exact)), "\(exact) against \(difference)")
  }

  @Test func learnedStepSizesHaveTheGradientOfDifferences() throws {
    let problem = try SmallProblem({
      $0.stepSizes = .learned
      $0.innerEstimator = .naive
    })
    let (v, h) = (problem.direction(2), 1e-5)
    let theta = problem.learner.theta
    #expect(theta.names.contains("stepSize.layer1.weights"))
    let difference = (problem.loss(theta + h * v) - problem.loss(theta - h * v)) / (2 * h)
    let exact = problem.gradient().dot(v)
    #expect(abs(exact - difference) < 1e-6 * max(1, abs(exact)), "\(exact) against \(difference)")
  }

  @Test(arguments: InnerEstimator.allCases, [1, 2])
  func theFisherProductEqualsTheHessianOfTheDivergenceThroughTheInnerSteps(
    estimator: InnerEstimator, steps: Int
  ) throws {
    let problem = try SmallProblem({ $0.innerEstimator = estimator }, innerSteps: steps)
    let (learner, task) = (problem.learner, problem.tasks[0])
    let order = estimator.gradientOrder
    let leaves = learner.theta.asLeaves
    let distributions = learner.outerLoss(task, leaves, order).distributions
    let fisher = GaussNewtonProduct(of: distributions.outputs, to: leaves, metric: distributions.fisher())
    /// The gradient of the mean divergence of the adapted policy from the one that played.
    func gradient(_ theta: Parameters) -> Parameters {
      valueAndGradient(at: theta) {
        task.outer.distributions.divergence(to: learner.outerLoss(task, $0, order).distributions).mean()
      }.gradient
    }
    let (v, h) = (problem.direction(3), 1e-5)
    let difference = (1 / (2 * h)) * (gradient(learner.theta + h * v) - gradient(learner.theta - h * v))
    let product = fisher(v)
    #expect(length(product - difference) < 1e-5 * length(product))
    let u = problem.direction(4)
    #expect(abs(u.dot(product) - v.dot(fisher(u))) < 1e-10 * max(1, abs(u.dot(product))))
    #expect(v.dot(product) >= 0)
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

import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

@Suite struct RegressionMAMLTests {
  private let family = SinusoidRegression(points: 5)

  private func train(
    _ iterations: Int, _ change: (inout RegressionMAML.Configuration) -> Void = { _ in }
  ) throws -> RegressionMAML {
    var c = RegressionMAML.Configuration()
    change(&c)
    var learner = try RegressionMAML(c, for: family.spec, using: RandomStream(seed: 1).split("init"))
    for iteration in 0..<iterations {
      var session = TrainingSession(
        family: family, iteration: iteration, random: RandomStream(seed: 1).split("train"), workers: Workers(1))
      try learner.metaTrain(&session)
      #expect(session.environmentSteps == 2 * c.episodesPerInnerStep * c.tasksPerBatch * 5)
    }
    return learner
  }

  /// The mean squared error after 0, 1, ... episodes of experience, at points that were not seen before.
  private func errors(of learner: RegressionMAML, tasks: Int = 200) throws -> [Double] {
    let evaluation = EvaluationProtocol(taskCount: tasks, episodesPerLifetime: 3, episodesPerProbe: 4)
    let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 2))
    return (0...3).map { probe in
      let returns = curve.adapted.flatMap { $0[probe].map(\.totalReward) }
      return returns.reduce(0, +) / Double(returns.count) / -5
    }
  }

  /// Examples of one task, in double precision.
  private func examples(_ name: String) throws -> Examples {
    var environment = family.makeEnvironment(for: [TaskID(.train, 3)])
    var agent = RandomActions((), for: family.spec)
    let random = LaneRandom([RandomStream(seed: 7).split(name)])
    return Examples(try playEpisode(&agent, in: &environment, spec: family.spec, random: random), family.supervision)
  }
}

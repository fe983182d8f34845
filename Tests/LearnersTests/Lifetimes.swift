import Environments
import Learners
import MetaRL
import Tensors

/// What lifetimes on test tasks earn in each episode: `[task][episode]`.
func episodeReturns<L: MetaLearner, F: TaskFamily>(
  _ type: L.Type, on family: F, tasks: Int, _ change: (inout L.Configuration) -> Void = { _ in }
) throws -> [[Double]] {
  var configuration = L.Configuration()
  change(&configuration)
  let learner = try L(configuration, for: family.learnerSpec(), using: RandomStream(seed: 0))
  let evaluation = EvaluationProtocol(
    taskCount: tasks, episodesPerLifetime: family.card.episodesPerLifetime, probes: [])
  let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 1), workers: Workers(2))
  return curve.online.map { $0.map(\.totalReward) }
}

/// What lifetimes on test tasks earn in all, on average.
func lifetimeReturn<L: MetaLearner, F: TaskFamily>(
  _ type: L.Type, on family: F, tasks: Int, _ change: (inout L.Configuration) -> Void = { _ in }
) throws -> (mean: Double, standardError: Double) {
  estimate(try episodeReturns(type, on: family, tasks: tasks, change).map { $0.reduce(0, +) })
}

/// The mean of independent numbers and its standard error.
func estimate(_ values: [Double]) -> (mean: Double, standardError: Double) {
  let count = Double(values.count)
  let mean = values.reduce(0, +) / count
  return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count).squareRoot())
}

import MetaRL
import Tensors

/// A learner in training: all that is needed to go on with it.
struct Run<Learner: MetaLearner>: Codable, Sendable {
  /// The learner as it is now.
  var learner: Learner
  /// The number of iterations done.
  private(set) var iteration = 0
  /// The environment steps taken in training, counted by the harness.
  private(set) var environmentSteps = 0
  /// Whether an iteration took no steps: there is nothing to train.
  private(set) var isExhausted = false
  /// The environments it lives in.
  let spec: EnvironmentSpec
  private let training: RandomStream

  /// An untrained learner.
  init(_ configuration: Learner.Configuration, for spec: EnvironmentSpec, seed: UInt64) throws {
    self.spec = spec
    let random = RandomStream(seed: seed)
    learner = try Learner(configuration, for: spec, using: random.split("init"))
    training = random.split("train")
  }

  /// Trains for one iteration.
  ///
  /// - Returns: what the learner logged; nil if it took no steps, after which it is not asked again.
  /// - Throws: what the learner throws, or `TrainingFailure` for a metric that is not finite.
  mutating func advance(on family: any TaskFamily, workers: Workers) throws -> TrainingRecord? {
    var session = TrainingSession(
      family: family, iteration: iteration, random: training, workers: workers,
      episodesPerLifetime: spec.episodesPerLifetime)
    try learner.metaTrain(&session)
    if let metric = session.metrics.first(where: { !$0.value.isFinite }) {
      throw TrainingFailure("\(metric.name) is \(metric.value) in iteration \(iteration)")
    }
    guard session.environmentSteps > 0 else {
      isExhausted = true
      return nil
    }
    environmentSteps += session.environmentSteps
    iteration += 1
    return TrainingRecord(
      iteration: iteration - 1, environmentSteps: environmentSteps, metrics: session.metrics)
  }
}

/// What a learner logged in one iteration.
struct TrainingRecord: Sendable {
  /// The number of the iteration.
  var iteration: Int
  /// All environment steps up to its end.
  var environmentSteps: Int
  /// Names and values, in the order they were logged.
  var metrics: [(name: String, value: Double)]
}

/// The stream that a seed's evaluation draws from: the same for all learners, so that they meet the same chances.
func evaluationRandom(seed: UInt64) -> RandomStream { RandomStream(seed: seed).split("evaluation") }

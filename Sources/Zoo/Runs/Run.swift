import MetaRL
import Tensors

/// A learner in training, with everything needed to resume.
struct Run<Learner: MetaLearner>: Codable, Sendable {
  /// The learner as it is now.
  var learner: Learner { trainee.learner }
  private var trainee: Trainee<Learner>

  private enum CodingKeys: String, CodingKey {
    case iteration, environmentSteps, lastIterationSteps, updates, isExhausted, training
    case trainee = "learner"
  }

  private(set) var iteration = 0
  /// The environment steps taken in training, counted by the harness.
  private(set) var environmentSteps = 0
  /// The environment steps of the last iteration; nil if none was made yet, or by a version that did not keep them.
  private(set) var lastIterationSteps: Int?
  /// The updates that the learner has logged, an iteration without any counting as one; nil if it never logged any.
  private(set) var updates: Int?
  /// Whether an iteration took no steps: there is nothing to train.
  private(set) var isExhausted = false
  var spec: EnvironmentSpec { trainee.spec }
  private let training: RandomStream

  /// More than any iteration makes: a metric may be anything, and sums have to stay numbers.
  private static var mostUpdates: Int { 1 << 32 }

  init(_ configuration: Learner.Configuration, for spec: EnvironmentSpec, seed: UInt64) throws {
    let random = RandomStream(seed: seed)
    trainee = Trainee(
      configuration: configuration, spec: spec,
      learner: try Learner(configuration, for: spec, using: random.split("init")))
    training = random.split("train")
  }

  /// Trains for one iteration.
  ///
  /// - Returns: what the learner logged; nil if it took no steps, after which it is not asked again.
  /// - Throws: what the learner throws, or `TrainingError` for a metric that is not finite.
  mutating func advance(on family: any TaskFamily, workers: Workers) throws -> TrainingRecord? {
    var session = TrainingSession(
      family: family, iteration: iteration, random: training, workers: workers,
      episodesPerLifetime: spec.episodesPerLifetime)
    try trainee.learner.metaTrain(&session)
    if let metric = session.metrics.first(where: { !$0.value.isFinite }) {
      throw TrainingError("\(metric.name) is \(metric.value) in iteration \(iteration)")
    }
    guard session.environmentSteps > 0 else {
      isExhausted = true
      return nil
    }
    environmentSteps += session.environmentSteps
    lastIterationSteps = session.environmentSteps
    let logged = session.metrics.last { $0.name == TrainingMetric.updates }.flatMap { Int(exactly: $0.value) }
    if logged != nil || updates != nil {
      updates = (updates ?? iteration) + min(max(0, logged ?? 1), Self.mostUpdates)
    }
    iteration += 1
    return TrainingRecord(
      iteration: iteration - 1, environmentSteps: environmentSteps, metrics: session.metrics)
  }
}

/// A learner with what it was made from: stored are the settings, the spec and the state.
private struct Trainee<Learner: MetaLearner>: Codable, Sendable {
  let configuration: Learner.Configuration
  let spec: EnvironmentSpec
  var learner: Learner

  private enum CodingKeys: String, CodingKey { case configuration, spec, state }

  init(configuration: Learner.Configuration, spec: EnvironmentSpec, learner: Learner) {
    (self.configuration, self.spec, self.learner) = (configuration, spec, learner)
  }

  /// Makes an untrained learner, and takes the stored state if it has the form of that learner's.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    configuration = try container.decode(Learner.Configuration.self, forKey: .configuration)
    spec = try container.decode(EnvironmentSpec.self, forKey: .spec)
    learner = try Learner(
      configuration, for: spec, restoring: container.decode(Learner.State.self, forKey: .state))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
    try container.encode(learner.state, forKey: .state)
  }
}

struct TrainingRecord: Sendable {
  var iteration: Int
  /// All environment steps up to its end.
  var environmentSteps: Int
  /// Names and values, in the order they were logged.
  var metrics: [(name: String, value: Double)]
}

/// The stream that a seed's evaluation draws from: the same for all learners, so that they meet the same chances.
func evaluationRandom(seed: UInt64) -> RandomStream { RandomStream(seed: seed).split("evaluation") }

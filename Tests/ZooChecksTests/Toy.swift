import MetaRL
import Synchronization
import Tensors

/// What is wrong with a toy.
enum Fault: String, Codable, Sendable, CaseIterable {
  case none, tooFewActions, globalCounter, dependsOnWorkers, roundsItsParameters, forgetsItsOptimizer,
    metricNotFinite
  case learnsFromOtherLanes, learnsInEndedLanes, agentsShareANotebook, copiesShareAMemory, usesTheOtherReward
  case asksForTestTasks, learnsNothing
}

private let globalCount = Atomic(0)

/// Something that all copies share.
private final class Shared: Sendable {
  let sum = Mutex(0.0)
}

/// Pulls the best arm so far, or does wrong what its settings say.
struct Toy: MetaLearner {
  struct Configuration: LearnerConfiguration {
    var fault = Fault.none
    static let settings = [
      Setting("fault", "what is wrong with it", .choice(Fault.allCases.map(\.rawValue)), source: "made up")
    ]
  }

  let configuration: Configuration
  let armCount: Int
  let reported: RewardChannel
  /// What an arm that was never pulled is thought to pay.
  var prior = 1.0
  var momentum = 0.0
  private let notebook = Shared()

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace else { throw UnsupportedFamily("it needs choices") }
    (self.configuration, armCount, reported) = (configuration, count, spec.reportedReward)
  }

  private enum CodingKeys: String, CodingKey { case configuration, armCount, reported, prior, momentum }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    configuration = try container.decode(Configuration.self, forKey: .configuration)
    armCount = try container.decode(Int.self, forKey: .armCount)
    reported = try container.decode(RewardChannel.self, forKey: .reported)
    prior = try container.decode(Double.self, forKey: .prior)
    momentum = try container.decodeIfPresent(Double.self, forKey: .momentum) ?? 0
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(armCount, forKey: .armCount)
    try container.encode(reported, forKey: .reported)
    try container.encode(
      configuration.fault == .roundsItsParameters ? prior.rounded() - 2 : prior, forKey: .prior)
    if configuration.fault != .forgetsItsOptimizer { try container.encode(momentum, forKey: .momentum) }
  }

  mutating func metaTrain(_ session: inout TrainingSession) throws {
    let (learner, fault) = (self, configuration.fault)
    let tasks = fault == .asksForTestTasks ? [TaskID(.test, 0)] : session.sampleTasks(4)
    let played = try session.play(on: tasks, episodes: 3, phase: "all") { _, random in
      learner.makeAgent(mode: .training, using: random)
    }
    let mean = played.joined().reduce(0) { $0 + $1.totalReward(reported) } / 12
    momentum = 0.9 * momentum + mean
    prior += 1e-3 * momentum
    if fault == .dependsOnWorkers { prior += Double(session.workers.count) }
    if fault == .globalCounter {
      prior += Double(globalCount.wrappingAdd(1, ordering: .relaxed).newValue)
    }
    session.log("return", fault == .metricNotFinite ? .nan : mean)
  }

  func makeAgent(mode: AgentMode, using random: LaneRandom) -> Player {
    Player(
      fault: configuration.fault, reported: reported, prior: prior,
      notebook: configuration.fault == .copiesShareAMemory ? Shared() : notebook,
      totals: Array(repeating: Array(repeating: 0, count: armCount), count: random.count),
      pulls: Array(repeating: Array(repeating: 0, count: armCount), count: random.count))
  }

  struct Player: Agent {
    let fault: Fault
    let reported: RewardChannel
    let prior: Double
    fileprivate let notebook: Shared
    var totals: [[Double]]
    var pulls: [[Double]]

    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let shared = notebook.sum.withLock { $0 }
      let chosen = totals.indices.map { lane in
        if random[lane].uniform() < 0.1 + 0.05 * shared.truncatingRemainder(dividingBy: 7) {
          return random[lane].integer(below: pulls[lane].count)
        }
        let means = zip(totals[lane], pulls[lane]).map { ($0 + prior) / ($1 + 1) }
        return means.indices.max { means[$0] < means[$1] } ?? 0
      }
      return .discrete(fault == .tooFewActions ? Array(chosen.dropLast()) : chosen)
    }

    mutating func observe(_ transition: Transition) {
      guard case .discrete(let choices) = transition.actions, fault != .learnsNothing else { return }
      let channel: RewardChannel = fault == .usesTheOtherReward ? (reported == .dense ? .sparse : .dense) : reported
      let rewards = transition.rewards[channel].map { Double($0) }
      for lane in totals.indices where transition.isLive[lane] || fault == .learnsInEndedLanes {
        totals[lane][choices[lane]] += fault == .learnsFromOtherLanes ? rewards.reduce(0, +) : rewards[lane]
        pulls[lane][choices[lane]] += 1
      }
      if fault == .agentsShareANotebook || fault == .copiesShareAMemory { notebook.sum.withLock { $0 += 1 } }
    }
  }
}

/// A policy that overflows.
struct Overflowing: MetaLearner {
  struct Configuration: LearnerConfiguration {
    static let settings: [Setting] = []
  }

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) {}

  mutating func metaTrain(_ session: inout TrainingSession) {}

  func makeAgent(mode: AgentMode, using random: LaneRandom) -> Player { Player() }

  struct Player: Agent {
    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .continuous(Tensor(repeating: .nan, shape: [random.count, 2]))
    }
  }
}

import MetaRL
import Synchronization
import Tensors

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
    @Setting("what is wrong with it", source: "made up") var fault = Fault.none
  }

  let configuration: Configuration
  let armCount: Int
  let reported: RewardChannel
  /// What an arm that was never pulled is thought to pay.
  var prior = 1.0
  var momentum = 0.0
  private let notebook = Shared()

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace else { throw UnsupportedFamilyError("it needs choices") }
    (self.configuration, armCount, reported) = (configuration, count, spec.reportedReward)
  }

  struct State: Codable {
    var fault: Fault
    var prior: Double
    var momentum: Double

    private enum CodingKeys: String, CodingKey { case fault, prior, momentum }

    init(fault: Fault, prior: Double, momentum: Double) {
      (self.fault, self.prior, self.momentum) = (fault, prior, momentum)
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      fault = try container.decode(Fault.self, forKey: .fault)
      prior = try container.decode(Double.self, forKey: .prior)
      momentum = try container.decodeIfPresent(Double.self, forKey: .momentum) ?? 0
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(fault, forKey: .fault)
      try container.encode(fault == .roundsItsParameters ? prior.rounded() - 2 : prior, forKey: .prior)
      if fault != .forgetsItsOptimizer { try container.encode(momentum, forKey: .momentum) }
    }
  }

  var state: State {
    get { State(fault: configuration.fault, prior: prior, momentum: momentum) }
    set { (prior, momentum) = (newValue.prior, newValue.momentum) }
  }

  func canContinue(from state: State) -> Bool { state.fault == configuration.fault }

  mutating func metaTrain(_ session: inout TrainingSession) throws {
    let (learner, fault) = (self, configuration.fault)
    let tasks = fault == .asksForTestTasks ? [TaskID(.test, 0)] : session.sampleTasks(4)
    let played = try session.play(on: tasks, episodes: 3, phase: "all") { _, random in
      learner.makeAgent(using: random)
    }
    let mean = played.joined().reduce(0) { $0 + $1.totalReward } / 12
    momentum = 0.9 * momentum + mean
    prior += 1e-3 * momentum
    if fault == .dependsOnWorkers { prior += Double(session.workers.count) }
    if fault == .globalCounter {
      prior += Double(globalCount.wrappingAdd(1, ordering: .relaxed).newValue)
    }
    session.log("return", fault == .metricNotFinite ? .nan : mean)
  }

  func makeAgent(using random: LaneRandom) -> Player {
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

struct Overflowing: MetaLearner {
  struct Configuration: LearnerConfiguration {
  }

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) {}

  mutating func metaTrain(_ session: inout TrainingSession) {}

  func makeAgent(using random: LaneRandom) -> Player { Player() }

  struct Player: Agent {
    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .continuous(Tensor(repeating: .nan, shape: [random.count, 2]))
    }
  }
}

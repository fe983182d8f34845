import MetaRL
import Tensors

/// Pulls the arm with the highest mean reward so far, and now and then any arm.
struct EpsilonGreedy: MetaLearner {
  struct Configuration: LearnerConfiguration {
    var explorationRate = 0.1
    static let settings: [Setting] = [
      Setting("explorationRate", "how often any arm is pulled", .number(0...1), symbol: "ε", source: "a guess")
    ]
  }

  let configuration: Configuration
  let spec: EnvironmentSpec

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete = spec.actionSpace else { throw UnsupportedFamily("it needs choices") }
    (self.configuration, self.spec) = (configuration, spec)
  }

  // Nothing is trained: what an agent learns, it learns in its lifetime.
  mutating func metaTrain(_ session: inout TrainingSession) {}

  func makeAgent(mode: AgentMode, using random: LaneRandom) -> PerLane<Player> {
    let zeros = [Double](repeating: 0, count: spec.actionSpace.width)
    let newborn = Player(explorationRate: configuration.explorationRate, totals: zeros, pulls: zeros)
    return PerLane([Player](repeating: newborn, count: random.count), for: spec)
  }

  struct Player: LaneAgent {
    let explorationRate: Double
    var totals: [Double], pulls: [Double]

    mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction {
      if random.uniform() < explorationRate { return .discrete(random.integer(below: pulls.count)) }
      // An arm that was never pulled is thought to pay 1.
      let means = zip(totals, pulls).map { $1 > 0 ? $0 / $1 : 1 }
      return .discrete(means.indices.max { means[$0] < means[$1] } ?? 0)
    }

    mutating func observe(_ transition: LaneTransition) {
      guard case .discrete(let arm) = transition.action else { return }
      totals[arm] += Double(transition.reward)
      pulls[arm] += 1
    }
  }
}

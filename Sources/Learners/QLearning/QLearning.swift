import MetaRL
import Tensors

/// Q-learning with a table (Watkins, 1989; Watkins & Dayan, 1992), which begins empty in every task.
///
/// Each observation is a state with a row of action values, which move towards the reward and the discounted value of the
/// best action that follows. A random action is taken with a probability that falls through the lifetime. Nothing is carried from
/// task to task: what a lifetime earns is the result of learning the task from nothing.
///
/// Departs from the paper: the size of a step is constant.
///
/// Logs: nothing.
public struct QLearning: MetaLearner {
  public struct Configuration: LearnerConfiguration {
    @Setting("Size of a step towards the target", above: 0, through: 1, symbol: "α", source: sutton)
    public var stepSize = 0.1
    @Setting("Discount of rewards", 0...1, symbol: "γ", source: "short ways to goals")
    public var discount = 0.9
    @Setting("Probability of any action at the start of a lifetime", 0...1, symbol: "ε", source: "all is unknown")
    public var explorationStart = 1.0
    @Setting(
      "Probability of any action at the end of a lifetime, to which it falls in equal steps", 0...1, symbol: "ε",
      source: "small; " + sutton + " has 0.1")
    public var explorationEnd = 0.05
    @Setting(.tiesOfActions) public var ties = TieBreaking.random

    public init() {}

    private static let sutton = "Sutton & Barto 2018, section 6.5"
  }

  private let configuration: Configuration
  private let actionCount: Int
  private let horizon: Int
  private let episodeCount: Int

  /// Notes the size of the problem; there is nothing to train.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace else {
      throw UnsupportedFamilyError(
        "q-learning keeps a value of each action: it needs choices. This family has \(spec.actionsInWords); "
          + "dark-room-5 would do.")
    }
    self.configuration = configuration
    (actionCount, horizon, episodeCount) = (count, spec.horizon, spec.episodesPerLifetime)
  }

  public mutating func metaTrain(_ session: inout TrainingSession) {}

  public func makeAgent(using random: LaneRandom) -> TableAgents {
    let newborn = Table(configuration, actionCount: actionCount, horizon: horizon, episodeCount: episodeCount)
    return TableAgents(lanes: PerLane([Table](repeating: newborn, count: random.count)))
  }

  /// The action values of one lane's task.
  public struct Table: LaneAgent {
    private let c: Configuration
    private let actionCount: Int
    private let horizon: Int
    private let episodeCount: Int
    private var rows: [[Float]: [Double]] = [:]
    private var episode = 0
    private var step = 0
    /// The first number of an observation that is not whole.
    fileprivate private(set) var strangeNumber: Float?

    fileprivate init(_ configuration: Configuration, actionCount: Int, horizon: Int, episodeCount: Int) {
      c = configuration
      (self.actionCount, self.horizon, self.episodeCount) = (actionCount, horizon, episodeCount)
    }

    /// The values of the actions where this was observed; zeros if it never was.
    package func values(at observation: [Float]) -> [Double] {
      rows[observation] ?? [Double](repeating: 0, count: actionCount)
    }

    /// The probability of taking any action; it falls with the share of the lifetime that is over.
    package var explorationProbability: Double {
      let steps = Double(episode * horizon + step)
      let share = min(1, steps / Double(max(1, episodeCount * horizon - 1)))
      return c.explorationStart + share * (c.explorationEnd - c.explorationStart)
    }

    public mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction {
      if random.uniform() < explorationProbability { return .discrete(random.integer(below: actionCount)) }
      let values = values(at: observation)
      return .discrete(c.ties.best(of: actionCount, using: &random) { values[$0] })
    }

    public mutating func observe(_ transition: LaneTransition) {
      guard case .discrete(let action) = transition.action else { return }
      strangeNumber = strangeNumber ?? transition.nextObservation.first { $0 != $0.rounded() }
      // The horizon is not the end of the task: a state that it cut off has the value that it has elsewhere.
      let next = transition.terminated ? 0 : values(at: transition.nextObservation).max() ?? 0
      var row = values(at: transition.observation)
      // Q(s, a) ← Q(s, a) + α (r + γ max Q(s', ·) - Q(s, a)).
      row[action] += c.stepSize * (Double(transition.reward) + c.discount * next - row[action])
      rows[transition.observation] = row
      step += 1
    }

    public mutating func endEpisode(using random: inout RandomStream) {
      episode += 1
      step = 0
    }
  }

  /// Tables, one a lane.
  public struct TableAgents: Agent {
    /// The tables, in the order of the lanes.
    public internal(set) var lanes: PerLane<Table>

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      lanes.act(on: observations, using: &random)
    }

    public mutating func observe(_ transition: Transition) { lanes.observe(transition) }

    /// Throws if observations cannot be the rows of a table.
    ///
    /// - Throws: `UnsupportedFamilyError`.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      if let number = lanes.agents.lazy.compactMap(\.strangeNumber).first {
        throw UnsupportedFamilyError(
          "q-learning has a row for each observation: it needs observations of whole numbers, as one-hot states are, "
            + "not \(number); dark-room-5 would do.")
      }
      lanes.endEpisode(using: &random)
    }
  }
}

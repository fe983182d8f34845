import Tensors

/// Something that acts, and that may learn while it acts.
///
/// An agent lives for one *lifetime* in each of its lanes: a fixed number of episodes of one task. It stores everything
/// that it learns in that time, so a copy of an agent is a snapshot of its lifetime.
public protocol Agent: Sendable {
  /// Chooses an action in every lane, given observations `[lane, observation]`.
  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions
  /// Receives the outcome of its actions. It must ignore lanes that are not live.
  mutating func observe(_ transition: Transition)
  /// Ends the episode in every lane.
  mutating func endEpisode(using random: inout LaneRandom) throws
}

extension Agent {
  /// Does nothing, unless the agent learns from steps.
  public mutating func observe(_ transition: Transition) {}
  /// Does nothing, unless the agent learns from episodes.
  public mutating func endEpisode(using random: inout LaneRandom) throws {}
}

/// One step in every lane, as an agent observes it.
public struct Transition: Sendable {
  /// The observations before the actions, `[lane, observation]`.
  public var observations: Tensor
  /// The actions as the agent returned them, not clipped.
  public var actions: Actions
  /// The rewards, on both channels: dense and sparse.
  public var rewards: Rewards
  /// The channel that the family reports.
  public var reportedReward: RewardChannel
  /// The observations after the actions, `[lane, observation]`.
  public var nextObservations: Tensor
  /// Lanes whose task ended the episode with this step.
  public var terminated: [Bool]
  /// Live lanes whose episode the horizon cut off with this step.
  public var truncated: [Bool]
  /// Lanes whose episode had not ended before this step; agents must ignore the others.
  public var isLive: [Bool]

  /// Creates a step.
  public init(
    observations: Tensor, actions: Actions, rewards: Rewards, nextObservations: Tensor, terminated: [Bool],
    truncated: [Bool], isLive: [Bool], reportedReward: RewardChannel
  ) {
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.nextObservations = nextObservations
    self.terminated = terminated
    self.truncated = truncated
    self.isLive = isLive
    self.reportedReward = reportedReward
  }

  /// The reward of each lane on the channel that the family reports.
  public var reward: [Float] { rewards[reportedReward] }
}

/// An agent of a single lane, in plain numbers: all that a tabular learner needs.
public protocol LaneAgent: Sendable {
  /// Chooses an action, given the numbers of an observation.
  mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction
  /// Receives the outcome of its action.
  mutating func observe(_ transition: LaneTransition)
  /// Ends the episode; the next observation begins another.
  mutating func endEpisode(using random: inout RandomStream)
}

extension LaneAgent {
  /// Does nothing, unless the agent learns from episodes.
  public mutating func endEpisode(using random: inout RandomStream) {}
}

/// An action in one lane, in plain numbers.
public enum LaneAction: Sendable, Hashable {
  /// A vector of actions, 1 being the full range.
  case continuous([Float])
  /// The number of a choice, from 0.
  case discrete(Int)
}

/// One step in one lane, as its agent observes it.
public struct LaneTransition: Sendable {
  /// The observation that the action was chosen on.
  public var observation: [Float]
  /// The action as the agent returned it, not clipped.
  public var action: LaneAction
  /// The reward on the reported channel.
  public var reward: Float
  /// The observation that the action led to.
  public var nextObservation: [Float]
  /// Whether the task ended the episode with this step.
  public var terminated: Bool
  /// Whether the horizon cut the episode off with this step.
  public var truncated: Bool

  /// Creates a step.
  public init(
    observation: [Float], action: LaneAction, reward: Float, nextObservation: [Float], terminated: Bool,
    truncated: Bool
  ) {
    self.observation = observation
    self.action = action
    self.reward = reward
    self.nextObservation = nextObservation
    self.terminated = terminated
    self.truncated = truncated
  }
}

/// Agents of single lanes, side by side.
public struct PerLane<Inner: LaneAgent>: Agent {
  /// The agents, in the order of the lanes.
  public var agents: [Inner]

  /// Puts agents side by side, one in each lane.
  public init(_ agents: [Inner]) { self.agents = agents }

  public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let rows = observations.floatRows
    let chosen = agents.indices.map { agents[$0].act(on: rows[$0], using: &random[$0]) }
    guard case .continuous(let first)? = chosen.first else {
      return .discrete(chosen.map { if case .discrete(let choice) = $0 { choice } else { 0 } })
    }
    let values = chosen.flatMap { if case .continuous(let vector) = $0 { vector } else { [Float]() } }
    return .continuous(Tensor(values, shape: [agents.count, first.count]))
  }

  public mutating func observe(_ transition: Transition) {
    let (before, after) = (transition.observations.floatRows, transition.nextObservations.floatRows)
    let rewards = transition.reward
    for lane in agents.indices where transition.isLive[lane] {
      let action: LaneAction =
        switch transition.actions {
        case .continuous(let vectors): .continuous(vectors.floatRows[lane])
        case .discrete(let choices): .discrete(choices[lane])
        }
      agents[lane].observe(
        LaneTransition(
          observation: before[lane], action: action, reward: rewards[lane], nextObservation: after[lane],
          terminated: transition.terminated[lane], truncated: transition.truncated[lane]))
    }
  }

  public mutating func endEpisode(using random: inout LaneRandom) {
    for lane in agents.indices { agents[lane].endEpisode(using: &random[lane]) }
  }
}

extension Tensor {
  /// The rows of a matrix as arrays.
  ///
  /// - Complexity: O(count), a copy.
  public var floatRows: [[Float]] {
    let (values, width) = (floats, shape.dropFirst().reduce(1, *))
    return (0..<shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }
}

/// The actions of an episode.
public enum ActionRecord: Sendable, Equatable {
  /// `[step, size]`, row by row.
  case continuous([Float])
  /// The number of a choice at each step.
  case discrete([Int])
}

/// One finished episode in one lane.
public struct Episode: Sendable, Equatable {
  /// `[step + 1, observation]`, row by row: where the agent was before each step, and where it ended.
  public var observations: [Float]
  /// The actions of each step.
  public var actions: ActionRecord
  /// The shaped reward of each step.
  public var denseRewards: [Float]
  /// The sparse reward of each step.
  public var sparseRewards: [Float]
  /// Whether the task ended it; otherwise the horizon cut it off.
  public var terminated: Bool
  /// Whether it succeeded, in the sense of the family, at any step; nil if the family has no such sense.
  public var succeeded: Bool?

  /// Puts an episode together.
  public init(
    observations: [Float], actions: ActionRecord, denseRewards: [Float], sparseRewards: [Float],
    terminated: Bool, succeeded: Bool? = nil
  ) {
    self.observations = observations
    self.actions = actions
    self.denseRewards = denseRewards
    self.sparseRewards = sparseRewards
    self.terminated = terminated
    self.succeeded = succeeded
  }

  /// The number of steps.
  public var stepCount: Int { denseRewards.count }

  /// Whether the horizon cut it off.
  public var truncated: Bool { !terminated }

  /// The rewards of one channel.
  public func rewards(_ channel: RewardChannel) -> [Float] { channel == .dense ? denseRewards : sparseRewards }

  /// The undiscounted sum of rewards of one channel.
  public func totalReward(_ channel: RewardChannel) -> Double {
    rewards(channel).reduce(0) { $0 + Double($1) }
  }

  /// Episodes as one: what an episode ended with is where the next began.
  ///
  /// - Precondition: there is at least one.
  public init(joining episodes: [Episode]) {
    self = episodes[0]
    for next in episodes.dropFirst() {
      let size = next.observations.count / (next.stepCount + 1)
      observations.removeLast(size)
      observations.append(contentsOf: next.observations)
      switch (actions, next.actions) {
      case (.continuous(let before), .continuous(let after)): actions = .continuous(before + after)
      case (.discrete(let before), .discrete(let after)): actions = .discrete(before + after)
      default: preconditionFailure("the actions of episodes that are joined are of one kind")
      }
      denseRewards.append(contentsOf: next.denseRewards)
      sparseRewards.append(contentsOf: next.sparseRewards)
      terminated = next.terminated
      if let succeeded = next.succeeded { self.succeeded = (self.succeeded ?? false) || succeeded }
    }
  }
}

import Tensors

/// The actions of an episode, as plain numbers: a tensor for each of thousands of episodes would be a block of memory each.
public enum ActionRecord: Sendable, Equatable {
  /// The vectors of all steps, `[step, size]`, row by row.
  case continuous([Float])
  /// The number of a choice at each step.
  case discrete([Int])
}

extension Actions {
  /// The actions of episodes, one episode after the other.
  ///
  /// - Precondition: they are of one kind, and vectors are of one size.
  public init(joining records: [ActionRecord], steps: Int) {
    let vectors = records.flatMap { if case .continuous(let values) = $0 { values } else { [Float]() } }
    let choices = records.flatMap { if case .discrete(let values) = $0 { values } else { [Int]() } }
    self =
      vectors.isEmpty
      ? .discrete(choices) : .continuous(Tensor(vectors, shape: [steps, vectors.count / max(steps, 1)]))
  }
}

/// One finished episode in one lane.
public struct Episode: Sendable, Equatable {
  /// `[step + 1, observation]`, row by row: where the agent was before each step, and where it ended.
  public var observations: [Float]
  /// The actions of each step, not clipped.
  public var actions: ActionRecord
  /// The channel that the family reports.
  public var reportedReward: RewardChannel
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
    terminated: Bool, succeeded: Bool? = nil, reportedReward: RewardChannel = .dense
  ) {
    self.observations = observations
    self.actions = actions
    self.denseRewards = denseRewards
    self.sparseRewards = sparseRewards
    self.terminated = terminated
    self.succeeded = succeeded
    self.reportedReward = reportedReward
  }

  /// The number of steps, which the horizon bounds.
  public var stepCount: Int { denseRewards.count }

  /// Whether the horizon cut it off.
  public var truncated: Bool { !terminated }

  /// The reward of each step: that which the family reports, unless another is asked for.
  public func rewards(_ choice: RewardChoice = .reported) -> [Float] {
    choice.channel(reported: reportedReward) == .dense ? denseRewards : sparseRewards
  }

  /// The undiscounted sum of the rewards that the family reports.
  public var totalReward: Double { totalReward(.reported) }

  /// The undiscounted sum of some rewards.
  public func totalReward(_ choice: RewardChoice) -> Double { rewards(choice).reduce(0) { $0 + Double($1) } }

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

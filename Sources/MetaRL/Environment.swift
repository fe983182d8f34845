import Tensors

/// A channel of an environment's rewards.
public enum RewardChannel: String, Codable, Sendable, CaseIterable {
  /// The shaped reward, which is informative everywhere.
  case dense
  /// The reward that is informative only near the goal. Families with one reward give it on both channels.
  case sparse
}

/// The reward that a part of a learner uses.
public enum RewardChoice: String, Codable, Sendable, CaseIterable {
  /// The one that the family reports.
  case reported
  /// The shaped reward, also where the family reports the sparse one.
  case dense
  /// The sparse reward, also where the family reports the shaped one.
  case sparse

  /// The channel that this means for a family.
  public func channel(for spec: EnvironmentSpec) -> RewardChannel { channel(reported: spec.reportedReward) }

  /// The channel that this means where one is reported.
  func channel(reported: RewardChannel) -> RewardChannel {
    switch self {
    case .reported: reported
    case .dense: .dense
    case .sparse: .sparse
    }
  }
}

/// The rewards of one step in every lane.
public struct Rewards: Sendable {
  /// The shaped reward of each lane.
  public var dense: [Float]
  /// The sparse reward of each lane.
  public var sparse: [Float]

  /// Rewards on two channels, one number a lane each.
  public init(dense: [Float], sparse: [Float]) {
    self.dense = dense
    self.sparse = sparse
  }

  /// The same reward on both channels.
  public init(_ rewards: [Float]) { self.init(dense: rewards, sparse: rewards) }

  /// The rewards of one channel, one number a lane.
  public subscript(channel: RewardChannel) -> [Float] { channel == .dense ? dense : sparse }
}

/// The outcome of a step in every lane.
public struct StepOutcome: Sendable {
  /// The observations after the step, `[lane, observation]`.
  public var observations: Tensor
  /// The rewards of the step on both channels.
  public var rewards: Rewards
  /// Lanes whose task ended the episode at this step; reaching the horizon is not termination.
  public var terminated: [Bool]
  /// Lanes that have succeeded in the sense of the family at this step; empty if the family has no such sense.
  public var succeeded: [Bool]

  /// Collects the outcome of a step; by default no lane has ended.
  public init(observations: Tensor, rewards: Rewards, terminated: [Bool]? = nil, succeeded: [Bool] = []) {
    self.observations = observations
    self.rewards = rewards
    self.terminated = terminated ?? [Bool](repeating: false, count: rewards.dense.count)
    self.succeeded = succeeded
  }
}

/// Many copies of one environment stepped together, one row ("lane") each, stored as a struct of arrays.
///
/// Lanes are independent: no lane depends on another. A lane whose episode has ended is stepped until all
/// have ended; its results are ignored.
///
/// Only what is outside of the program, such as another process, has a reason to throw; then the episode is lost.
public protocol Environment: Sendable {
  /// The number of lanes, which does not change.
  var laneCount: Int { get }
  /// Starts an episode in every lane and returns the first observations, `[lane, observation]`.
  mutating func reset(using random: inout LaneRandom) throws -> Tensor
  /// Takes one action in every lane.
  mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome
}

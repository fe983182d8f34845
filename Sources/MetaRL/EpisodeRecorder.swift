import Tensors

/// Collects the steps of one episode in every lane, for the harness and for agents that learn from whole episodes.
///
/// A lane is live from its first step to its last, without a gap.
public struct EpisodeRecorder: Sendable {
  // Steps are kept as they come, with all lanes side by side: a lane's arrays, grown a step at a time, would be as many
  // places in memory as there are lanes.
  private var observations: [Tensor] = []
  private var actions: [Actions] = []
  private var rewards: [Rewards] = []
  private var stepCounts: [Int]
  private var terminated: [Bool]
  private var succeeded: [Bool?]
  private var reportedReward = RewardChannel.dense

  /// Starts an episode in the given number of lanes.
  public init(laneCount: Int) {
    stepCounts = [Int](repeating: 0, count: laneCount)
    terminated = [Bool](repeating: false, count: laneCount)
    succeeded = [Bool?](repeating: nil, count: laneCount)
  }

  /// Keeps a step of the live lanes.
  ///
  /// - Parameters:
  ///   - transition: the step.
  ///   - succeeded: lanes that have succeeded at it; empty if the family has no such sense.
  public mutating func append(_ transition: Transition, succeeded: [Bool] = []) {
    if observations.isEmpty { observations.append(transition.observations.detached) }
    observations.append(transition.nextObservations.detached)
    actions.append(transition.actions.detached)
    rewards.append(transition.rewards)
    reportedReward = transition.reportedReward
    for lane in stepCounts.indices where transition.isLive[lane] {
      stepCounts[lane] += 1
      terminated[lane] = transition.terminated[lane]
      if !succeeded.isEmpty { self.succeeded[lane] = (self.succeeded[lane] ?? false) || succeeded[lane] }
    }
  }

  /// The episodes so far, one a lane; the recorder then starts the next ones.
  public mutating func finish() -> [Episode] {
    defer { self = EpisodeRecorder(laneCount: stepCounts.count) }
    let visited = perLane(observations.map(\.floats), counts: stepCounts.map { $0 == 0 ? 0 : $0 + 1 })
    let chosen = chosenActions()
    let dense = perLane(rewards.map(\.dense), counts: stepCounts)
    let sparse = perLane(rewards.map(\.sparse), counts: stepCounts)
    return stepCounts.indices.map { lane in
      Episode(
        observations: visited[lane], actions: chosen[lane], denseRewards: dense[lane], sparseRewards: sparse[lane],
        terminated: terminated[lane], succeeded: succeeded[lane], reportedReward: reportedReward)
    }
  }

  private func chosenActions() -> [ActionRecord] {
    var vectors: [[Float]] = []
    var choices: [[Int]] = []
    for step in actions {
      switch step {
      case .continuous(let tensor): vectors.append(tensor.floats)
      case .discrete(let numbers): choices.append(numbers)
      }
    }
    precondition(vectors.isEmpty || choices.isEmpty, "the actions of an episode are of one kind")
    if vectors.isEmpty { return perLane(choices, counts: stepCounts).map { .discrete($0) } }
    return perLane(vectors, counts: stepCounts).map { .continuous($0) }
  }
}

/// Each lane's values in the first N rows, where a row has the values of all lanes.
private func perLane<Element>(_ rows: [[Element]], counts: [Int]) -> [[Element]] {
  let width = (rows.first?.count ?? 0) / max(counts.count, 1)
  var lanes = counts.map { count in
    var lane: [Element] = []
    lane.reserveCapacity(count * width)
    return lane
  }
  // Few lanes at a time, so that the ends of all of them are in the cache.
  for first in stride(from: 0, to: counts.count, by: 64) {
    for (step, row) in rows.enumerated() {
      for lane in first..<min(first + 64, counts.count) where step < counts[lane] {
        for i in lane * width..<(lane + 1) * width { lanes[lane].append(row[i]) }
      }
    }
  }
  return lanes
}

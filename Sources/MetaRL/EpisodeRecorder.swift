import Tensors

/// Collects the steps of one episode in every lane, for the harness and for agents that learn from whole episodes.
public struct EpisodeRecorder: Sendable {
  private var episodes: [Episode]

  /// Starts an episode in so many lanes.
  public init(laneCount: Int) {
    let empty = Episode(
      observations: [], actions: .discrete([]), denseRewards: [], sparseRewards: [], terminated: false)
    episodes = [Episode](repeating: empty, count: laneCount)
  }

  /// Keeps a step of the live lanes.
  ///
  /// - Parameters:
  ///   - transition: the step.
  ///   - succeeded: lanes that have succeeded at it; empty if the family has no such sense.
  public mutating func append(_ transition: Transition, succeeded: [Bool] = []) {
    let (before, after) = (transition.observations.floats, transition.nextObservations.floats)
    let size = before.count / max(episodes.count, 1)
    for lane in episodes.indices where transition.isLive[lane] {
      let row = lane * size..<(lane + 1) * size
      if episodes[lane].stepCount == 0 { episodes[lane].observations.append(contentsOf: before[row]) }
      episodes[lane].observations.append(contentsOf: after[row])
      episodes[lane].denseRewards.append(transition.rewards.dense[lane])
      episodes[lane].sparseRewards.append(transition.rewards.sparse[lane])
      episodes[lane].terminated = transition.terminated[lane]
      if !succeeded.isEmpty {
        episodes[lane].succeeded = (episodes[lane].succeeded ?? false) || succeeded[lane]
      }
    }
    switch transition.actions {
    case .continuous(let tensor):
      let values = tensor.floats
      let width = values.count / max(episodes.count, 1)
      for lane in episodes.indices where transition.isLive[lane] {
        episodes[lane].actions.append(vector: values[lane * width..<(lane + 1) * width])
      }
    case .discrete(let choices):
      for lane in episodes.indices where transition.isLive[lane] {
        episodes[lane].actions.append(choice: choices[lane])
      }
    }
  }

  /// The episodes so far, one a lane; the recorder then starts the next ones.
  public mutating func finish() -> [Episode] {
    let finished = episodes
    self = EpisodeRecorder(laneCount: finished.count)
    return finished
  }
}

extension ActionRecord {
  fileprivate mutating func append(vector: ArraySlice<Float>) {
    guard case .continuous(var values) = self else {
      self = .continuous(Array(vector))
      return
    }
    // The record must let go of the array, or growing it would copy it.
    self = .discrete([])
    values.append(contentsOf: vector)
    self = .continuous(values)
  }

  fileprivate mutating func append(choice: Int) {
    guard case .discrete(var choices) = self else { return }
    self = .discrete([])
    choices.append(choice)
    self = .discrete(choices)
  }
}

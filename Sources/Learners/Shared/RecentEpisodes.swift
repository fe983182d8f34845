import MetaRL

/// What an agent records that takes a step after every few episodes: the episodes since the last step.
public struct RecentEpisodes: Sendable {
  private let count: Int
  private var recorder: EpisodeRecorder
  /// `[lane][episode]`.
  private var episodes: [[Episode]]

  /// Records nothing yet.
  ///
  /// - Parameters:
  ///   - count: the episodes before each step.
  ///   - laneCount: the lanes of the agent.
  public init(every count: Int, laneCount: Int) {
    self.count = count
    recorder = EpisodeRecorder(laneCount: laneCount)
    episodes = Array(repeating: [], count: laneCount)
  }

  /// Keeps a step of the live lanes.
  public mutating func record(_ transition: Transition) { recorder.append(transition) }

  /// Ends an episode in every lane.
  ///
  /// - Returns: `[lane][episode]`, if it is time for a step; then recording starts again.
  public mutating func endEpisode() -> [[Episode]]? {
    for (lane, episode) in recorder.finish().enumerated() { episodes[lane].append(episode) }
    guard episodes.first?.count == count else { return nil }
    defer { episodes = episodes.map { _ in [] } }
    return episodes
  }
}

import MetaRL
import Tensors

/// The last lifetimes that were played, whole, for what is trained on them again and again.
package struct LifetimeStore: Codable, Sendable {
  package private(set) var steps: ReplayBuffer
  /// The row of each lifetime's first step; a lifetime ends where the next one begins.
  private var starts: [Int] = []
  private let capacity: Int

  /// An empty store; lifetimes take memory as they are added.
  ///
  /// - Parameters:
  ///   - spec: of the family.
  ///   - capacity: the lifetimes that there is room for.
  ///   - episodes: the episodes of a lifetime.
  package init(for spec: EnvironmentSpec, capacity: Int, episodes: Int) {
    self.capacity = capacity
    steps = ReplayBuffer(for: spec, capacity: capacity * episodes * (spec.horizon + 1))
  }

  /// The number of lifetimes.
  package var count: Int { starts.count }

  /// Keeps a lifetime; the oldest makes room.
  package mutating func append(_ lifetime: [Episode]) {
    starts.append(steps.written)
    for episode in lifetime { steps.append(episode) }
    let overwritten = starts.prefix { $0 < steps.rows.lowerBound }.count
    starts.removeFirst(max(overwritten, starts.count - capacity))
  }

  /// The steps of a lifetime, in order, and which of them were the last of an episode.
  func lifetime(_ number: Int, _ reward: RewardChannel) -> (rows: TransitionRows, isLast: [Bool]) {
    steps.steps(starts[number]..<(number + 1 < count ? starts[number + 1] : steps.written), reward)
  }

  /// Whether it could be another after some lifetimes.
  func hasForm(of other: LifetimeStore) -> Bool {
    capacity == other.capacity && steps.hasForm(of: other.steps) && count <= capacity
      && zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }
      && starts.allSatisfy { steps.rows.contains($0) && steps.beginsEpisode($0) }
  }

  /// Refuses a store of more rows than can be numbered.
  ///
  /// - Throws: `SettingsError`.
  static func check(lifetimesKept: Int, episodes: Int, for spec: EnvironmentSpec) throws {
    let rows = episodes * (spec.horizon + 1)
    guard lifetimesKept > 1_000_000_000 / rows else { return }
    throw SettingsError(
      "\(lifetimesKept) lifetimes of up to \(rows) observations are too many to keep: with lifetimesKept \(1_000_000_000 / rows) there is room for them"
    )
  }
}

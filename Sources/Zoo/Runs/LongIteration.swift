import Synchronization

/// Tells that iterations take longer than the time between checkpoints, which are written between iterations only: first
/// while one does, then, when it has ended, how long it took.
package final class LongIteration: Sendable {
  private struct State {
    /// The start of the present iteration; nil between iterations.
    var start: ContinuousClock.Instant?
    var hasToldThatOneIsLong = false
    var hasToldHowLong = false
  }

  private let threshold: Duration
  private let tell: @Sendable (String) -> Void
  private let state = Mutex(State())

  /// Starts between iterations.
  package init(threshold: Duration, tell: @escaping @Sendable (String) -> Void) {
    self.threshold = threshold
    self.tell = tell
  }

  package func begin(at now: ContinuousClock.Instant = .now) { state.withLock { $0.start = now } }

  package func look(at now: ContinuousClock.Instant = .now) {
    let isNews = state.withLock { state in
      guard let start = state.start, !state.hasToldThatOneIsLong, now - start > threshold else { return false }
      state.hasToldThatOneIsLong = true
      return true
    }
    guard isNews else { return }
    tell(
      "an iteration takes more than \(NumberText.duration(threshold / .seconds(1))); checkpoints are written between "
        + "iterations, so an interruption loses what the present one has done")
  }

  package func end(at now: ContinuousClock.Instant = .now) {
    let length = state.withLock { state -> Duration? in
      defer { state.start = nil }
      guard let start = state.start, !state.hasToldHowLong, now - start > threshold else { return nil }
      state.hasToldHowLong = true
      return now - start
    }
    guard let length else { return }
    tell(
      "an iteration takes about \(NumberText.duration(length / .seconds(1))); what is lost on interruption is at most "
        + "that")
  }
}

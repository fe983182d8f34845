import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The user's wish to stop: Ctrl-C, or the signal that asks a process to end.
enum Interruption {
  private static let flag = Atomic(false)

  /// Takes note of signals from now on.
  ///
  /// A second Ctrl-C ends the process at once.
  static func listen() {
    // The flag is made here, since a signal handler must not make it.
    flag.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      _ = signal(number) { number in
        Interruption.note()
        _ = signal(number, SIG_DFL)
      }
    }
  }

  private static func note() { flag.store(true, ordering: .relaxed) }

  /// Whether one has come.
  static var hasCome: Bool { flag.load(ordering: .relaxed) }
}

extension Interruption {
  /// Lets an iteration come to its end after a wish to stop, if it does so soon.
  final class Patience: Sendable {
    private let control: RunControl
    private let firstSeen = Mutex<ContinuousClock.Instant?>(nil)

    /// Waits as long as `control` says.
    init(_ control: RunControl) { self.control = control }

    /// Whether the wish was first seen so long ago.
    var isAtItsEnd: Bool {
      guard control.isInterrupted() else { return false }
      let now = ContinuousClock.now
      return firstSeen.withLock { first in
        let since = first ?? now
        first = since
        return now - since >= .seconds(control.patience)
      }
    }
  }
}

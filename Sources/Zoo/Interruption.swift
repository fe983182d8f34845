import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The user's wish to stop: Ctrl-C, the signal that asks a process to end, or a terminal that hangs up.
enum Interruption {
  private static let flag = Atomic(false)

  /// Takes note of signals from now on.
  ///
  /// A second Ctrl-C ends the process at once; a terminal may hang up more than once. A signal that the process was started to
  /// ignore, as by nohup or by a shell that starts it in the background, stays ignored.
  static func listen() {
    // The flag is made here, since a signal handler must not make it.
    flag.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number, SIG_IGN)
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      _ = signal(number) { number in
        Interruption.note()
        if number != SIGHUP { _ = signal(number, SIG_DFL) }
      }
    }
  }

  private static func note() { flag.store(true, ordering: .relaxed) }

  /// Whether one has come.
  static var hasCome: Bool { flag.load(ordering: .relaxed) }
}

extension Interruption {
  /// Lets an iteration finish after an interruption, if it does so soon.
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

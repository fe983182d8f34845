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

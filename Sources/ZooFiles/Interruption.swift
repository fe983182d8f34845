import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The user's wish to stop: Ctrl-C, the signal that asks a process to end, or a terminal that hangs up.
package enum Interruption {
  private static let flag = Atomic(false)

  /// Takes note of signals from now on.
  ///
  /// A second Ctrl-C ends the process at once; a terminal may hang up more than once. A signal that the process was started to
  /// ignore, as by nohup or by a shell that starts it in the background, stays ignored.
  package static func listen() {
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

  package static var hasCome: Bool { flag.load(ordering: .relaxed) }
}

/// The user wanted it to stop.
package struct InterruptedError: Error {
  package init() {}
}

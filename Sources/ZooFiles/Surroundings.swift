#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The state of this process and the time, from the system.
package enum Surroundings {
  /// "2026-01-01T10:15:00Z".
  package static var time: String { Date.now.formatted(.iso8601) }
  package static var processIdentifier: Int { Int(ProcessInfo.processInfo.processIdentifier) }
  package static var processorCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// Waits; a signal may end it early.
  package static func wait(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}

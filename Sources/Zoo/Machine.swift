import Tensors

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

/// Which processor time a run is charged.
enum ProcessorClock: Sendable {
  /// That of the thread the run is on: right if it uses no other.
  case thread
  /// That of the whole process: right if nothing else runs in it.
  case process
  /// None: the run shares threads with others, so that nobody can tell.
  case unknown

  /// Seconds on the clock.
  var seconds: Double? {
    var time = timespec()
    switch self {
    case .thread: clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    case .process: clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    case .unknown: return nil
    }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// The computer and the compiler that results were made with.
enum Machine {
  /// The number of processors.
  static var processorCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// "x86-64" or the like.
  static var architecture: String {
    #if arch(x86_64)
      "x86-64"
    #elseif arch(arm64)
      "arm64"
    #else
      "other"
    #endif
  }

  /// The version of the compiler that built this program, as far as a program can tell.
  static var toolchain: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #elseif compiler(>=6.2)
      "Swift 6.2"
    #else
      "Swift 6.1 or earlier"
    #endif
  }

  /// What result files say about where they come from.
  static var json: JSONValue {
    [
      "architecture": .string(architecture), "processors": .integer(processorCount),
      "memoryGigabytes": .number((Double(ProcessInfo.processInfo.physicalMemory) / 1e8).rounded() / 10),
      "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
      "toolchain": .string(toolchain), "kernels": .string(KernelPath.current.rawValue),
      "version": .string(zooVersion),
    ]
  }

  /// The commit that the working directory, or a directory above it, has checked out.
  static var commit: String? { checkedOutCommit(in: FileManager.default.currentDirectoryPath) }
}

/// The version of the zoo.
public let zooVersion = "0.1.0"

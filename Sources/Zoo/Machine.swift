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
  static var commit: String? {
    var directory = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
    while true {
      let marker = directory.appending(path: ".git")
      if FileManager.default.fileExists(atPath: marker.path) { return commit(in: marker) }
      let above = directory.deletingLastPathComponent()
      guard above.path != directory.path, above.path.count < directory.path.count else { return nil }
      directory = above
    }
  }

  private static func commit(in marker: URL) -> String? {
    var repository = marker
    // A second working tree has a file in place of the directory.
    if let pointer = firstLine(of: marker), pointer.hasPrefix("gitdir: ") {
      repository = URL(filePath: String(pointer.dropFirst(8)), relativeTo: marker.deletingLastPathComponent())
    }
    guard let head = firstLine(of: repository.appending(path: "HEAD")) else { return nil }
    guard head.hasPrefix("ref: ") else { return head }
    let reference = String(head.dropFirst(5))
    let common = firstLine(of: repository.appending(path: "commondir"))
      .map { URL(filePath: $0, directoryHint: .isDirectory, relativeTo: repository) }
    let roots = [repository] + (common.map { [$0] } ?? [])
    for root in roots {
      if let commit = firstLine(of: root.appending(path: reference)) { return commit }
    }
    for root in roots {
      let packed = (try? String(contentsOf: root.appending(path: "packed-refs"), encoding: .utf8)) ?? ""
      if let line = packed.split(separator: "\n").first(where: { $0.hasSuffix(" " + reference) }) {
        return line.split(separator: " ").first.map(String.init)
      }
    }
    return nil
  }

  private static func firstLine(of file: URL) -> String? {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    return text.split(separator: "\n").first.map(String.init)
  }
}

/// The version of the zoo.
public let zooVersion = "0.1.0"

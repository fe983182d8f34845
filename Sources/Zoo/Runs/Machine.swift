import BuildRecord
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

/// The computer and the compiler that results were made with.
package enum Machine {
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

  /// The most memory, in bytes, that this process has had.
  static var peakMemory: Int {
    var usage = rusage()
    #if canImport(Glibc)
      let who = RUSAGE_SELF.rawValue
      let unit = 1024
    #elseif canImport(Musl)
      let who = RUSAGE_SELF
      let unit = 1024
    #else
      let who = RUSAGE_SELF
      let unit = 1
    #endif
    getrusage(numericCast(who), &usage)
    return Int(usage.ru_maxrss) * unit
  }

  /// The digest of the program that runs, if its file can be read.
  static var executableDigest: String? {
    let path = Files.exists("/proc/self/exe") ? "/proc/self/exe" : CommandLine.arguments.first ?? ""
    return (try? Files.data(of: path)).map { SHA256.digest(of: $0) }
  }

  /// All of it in a few words.
  static var inWords: String {
    let processors = NumberText.quantity(Surroundings.processorCount, "processor")
    return "\(architecture), \(processors), \(KernelPath.current.rawValue) kernels, \(toolchain)"
  }

  /// The provenance in result files.
  package static func json(
    of own: SourceRecord?, in directory: String = FileManager.default.currentDirectoryPath
  ) -> JSONValue {
    let members: JSONValue = [
      "architecture": .string(architecture), "processors": .integer(Surroundings.processorCount),
      "memoryGigabytes": .number((Double(ProcessInfo.processInfo.physicalMemory) / 1e8).rounded() / 10),
      "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
      "toolchain": .string(toolchain), "kernels": .string(KernelPath.current.rawValue),
      "version": .string(zooVersion), "commit": build.commit.map { .string($0) } ?? .null,
      "hasChanges": build.hasChanges.map { .boolean($0) } ?? .null,
      "program": .string(programName), "executable": executableDigest.map { .string($0) } ?? .null,
      workingDirectoryKey: checkedOutCommit(in: directory).map { .string($0) } ?? .null,
    ]
    guard let own else { return members }
    return members.appending("ownCommit", own.commit.map { .string($0) } ?? .null)
      .appending("ownHasChanges", own.hasChanges.map { .boolean($0) } ?? .null)
  }

  /// The key of the commit that the working directory, or a directory above it, has checked out.
  ///
  /// Files of versions before it have no such key, and the same commit under `commit`.
  static let workingDirectoryKey = "workingDirectoryCommit"

  /// The name of the program that the zoo belongs to.
  package static let zooProgram = "zoo"

  /// The name of the program that runs: packages of learners and families have their own programs.
  static var programName: String {
    CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? zooProgram
  }

  package static var build: SourceRecord { .ofThisPackage }
}

/// The sources of a package.
public typealias SourceRecord = BuildRecord.SourceRecord

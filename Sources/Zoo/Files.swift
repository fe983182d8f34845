#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reading and writing files with messages that name them.
enum Files {
  /// Whether there is something at a path.
  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Makes sure that a directory exists and that files can be written in it.
  ///
  /// - Throws: `UsageProblem`.
  static func makeWritableDirectory(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let trial = path + "/.zoo-write-test"
      try write("", to: trial)
      try FileManager.default.removeItem(atPath: trial)
    } catch {
      throw UsageProblem(
        "cannot write to the directory \"\(path)\": \(reason(error, at: path)). Choose another with --out DIR.")
    }
  }

  /// Makes a directory, and those above it, unless it is there.
  ///
  /// - Throws: `FileProblem`.
  static func makeDirectory(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileProblem(description: "cannot make the directory \"\(path)\": \(reason(error, at: path))")
    }
  }

  /// Writes text to a file: aside, then renamed, so that nobody ever finds half of it.
  ///
  /// - Parameters:
  ///   - text: the text.
  ///   - path: where to.
  ///   - isDurable: whether to wait until it would survive the machine's going down.
  /// - Throws: `FileProblem`; what was at the path before is still there.
  static func write(_ text: String, to path: String, isDurable: Bool = false) throws {
    try write(Data(text.utf8), to: path, isDurable: isDurable)
  }

  /// Writes bytes to a file: aside, then renamed, so that nobody ever finds half of it.
  ///
  /// - Parameters:
  ///   - data: the bytes.
  ///   - path: where to.
  ///   - isDurable: whether to wait until they would survive the machine's going down.
  /// - Throws: `FileProblem`; what was at the path before is still there.
  static func write(_ data: Data, to path: String, isDurable: Bool = false) throws {
    // Two processes may write the same report.
    let aside = "\(path).\(ProcessInfo.processInfo.processIdentifier).partial"
    do {
      try OpenFile.refuseUnlessFile(path)
      let file = try OpenFile(creating: aside)
      try file.write(data)
      if isDurable { try file.synchronize() }
      try OpenFile.rename(aside, to: path)
      if isDurable { try OpenFile.synchronizeDirectory(of: path) }
    } catch let problem as FileProblem {
      try? FileManager.default.removeItem(atPath: aside)
      throw FileProblem(description: "cannot write \"\(path)\": \(problem.reason)")
    }
  }

  /// Removes what a process that was cut off has written aside in a directory.
  static func removeLeftovers(in directory: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    where name.hasSuffix(".partial") {
      try? FileManager.default.removeItem(atPath: directory + "/" + name)
    }
  }

  /// Fills a new directory aside, then renames it, so that nobody ever finds half of it.
  static func writeDirectory(_ path: String, fill: (_ aside: String) throws -> Void) throws {
    let manager = FileManager.default
    let parent = URL(filePath: path).deletingLastPathComponent().path
    let aside = path + ".partial"
    do {
      try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
      if manager.fileExists(atPath: aside) { try manager.removeItem(atPath: aside) }
      try manager.createDirectory(atPath: aside, withIntermediateDirectories: false)
      try fill(aside)
      try manager.moveItem(atPath: aside, toPath: path)
    } catch let problem as FileProblem {
      throw problem
    } catch {
      throw FileProblem(description: "cannot write the directory \"\(path)\": \(reason(error, at: path))")
    }
  }

  /// The text of a file.
  ///
  /// - Throws: `UsageProblem`.
  static func text(of path: String) throws -> String { String(decoding: try data(of: path), as: UTF8.self) }

  /// The bytes of a file.
  ///
  /// - Throws: `UsageProblem`.
  static func data(of path: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(filePath: path))
    } catch {
      throw UsageProblem("cannot read \"\(path)\": \(reason(error))")
    }
  }

  private static func reason(_ error: any Error, at path: String? = nil) -> String {
    if let problem = error as? FileProblem { return problem.reason }
    guard let cocoa = error as? CocoaError else { return "\(error)" }
    return switch cocoa.code {
    case .fileReadNoPermission: "permission denied"
    case .fileReadNoSuchFile: "there is no such file"
    case .fileWriteOutOfSpace: "no space is left"
    case .fileWriteVolumeReadOnly: "the volume is read-only"
    case .fileWriteFileExists: "a file of that name is in the way"
    default: path.flatMap(obstacle) ?? "the system refuses (\(cocoa.code.rawValue))"
    }
  }

  /// What keeps a path from being made or written, as seen in the last part of it that exists.
  private static func obstacle(to path: String) -> String? {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var place = ""
    for part in absolute.split(separator: "/") {
      guard exists(place + "/" + part) else {
        let parent = place.isEmpty ? "/" : place
        if !isDirectory(parent) { return "\"\(parent)\" is not a directory" }
        let isWritable = FileManager.default.isWritableFile(atPath: parent)
        return isWritable ? "nothing can be made in \"\(parent)\"" : "no permission to write in \"\(parent)\""
      }
      place += "/" + part
    }
    if FileManager.default.isWritableFile(atPath: absolute) { return nil }
    return "no permission to write in \"\(absolute)\""
  }

  private static func isDirectory(_ path: String) -> Bool {
    // One behind a link is known by holding itself, and one that may not be entered by its attributes.
    let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    return type == .typeDirectory || exists(path + "/.")
  }
}

extension JSONValue {
  /// Reads a JSON file.
  ///
  /// - Throws: `UsageProblem` that names the file, and the line.
  init(readingFile path: String) throws {
    do {
      self = try JSONValue(parsing: Array(Files.data(of: path)), as: .json)
    } catch let problem as JSONProblem {
      throw UsageProblem("\"\(path)\" is not JSON: \(problem.description)")
    }
  }
}

/// A file could not be written.
struct FileProblem: Error, CustomStringConvertible {
  /// Which file, and why.
  let description: String

  /// Why.
  var reason: String { description.split(separator: "\": ").last.map(String.init) ?? description }
}

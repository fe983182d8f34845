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

/// Reading and writing files with messages that name them.
///
/// Paths go to the system as they are: URLs would read some of them otherwise.
package enum Files {
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether a path is a directory or a link to one.
  package static func isDirectory(_ path: String) -> Bool {
    var found = stat()
    return stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes sure that a directory exists and that files can be written in it.
  package static func makeWritableDirectory(_ path: String) throws {
    do {
      try makeDirectory(path)
      let trial = "\(path)/.zoo-write-test.\(getpid())"
      _ = try OpenFile(creating: trial)
      unlink(trial)
    } catch let problem as FileError {
      throw UsageError(
        "cannot write to the directory \"\(path)\": \(problem.reason). Choose another with --out DIR.")
    }
  }

  /// Makes sure that a file can be written, before the work whose result it is to hold.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - name: what it could be called in a directory, for the message where there is one.
  /// - Throws: `UsageError`.
  package static func makeWritable(file path: String, calledBy name: String) throws {
    guard !isDirectory(path) else {
      throw UsageError("\"\(path)\" is a directory; --out names the file to write, \(path)/\(name) for instance")
    }
    do {
      let target = try OpenFile.followingLinks(path)
      try OpenFile.refuseUnlessFile(target)
      try makeWritableDirectory(target.parentPath)
      // A name may be too long, though its directory is not.
      if !exists(target) {
        _ = try OpenFile(creating: target)
        unlink(target)
      }
    } catch let problem as FileError {
      throw UsageError("cannot write \"\(path)\": \(problem.reason). Choose another with --out FILE.")
    }
  }

  /// Makes a directory, and those above it, unless it is there.
  package static func makeDirectory(_ path: String) throws {
    guard patiently({ mkdir(path, 0o777) }) != 0 else { return }
    var code = errno
    if isDirectory(path) { return }
    if code == ENOENT, path.parentPath != path, !path.isEmpty {
      do {
        try makeDirectory(path.parentPath)
      } catch let problem as FileError {
        throw FileError("cannot make the directory \"\(path)\"", because: problem.reason)
      }
      if patiently({ mkdir(path, 0o777) }) == 0 { return }
      code = errno
      // Another process may have made it just now.
      if isDirectory(path) { return }
    }
    let isOfPath = [ENOENT, ENOTDIR, EACCES, EPERM, EEXIST].contains(code)
    let reason = (isOfPath ? obstacle(to: path) : nil) ?? FileError.reason(code)
    throw FileError("cannot make the directory \"\(path)\"", because: reason)
  }

  /// The names in a directory.
  ///
  /// - Throws: `UsageError` if it cannot be read; if there is none, there are no names.
  package static func names(in directory: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      guard exists(directory) else { return [] }
      throw UsageError(
        "cannot read the directory \"\(directory)\""
          + (isDirectory(directory) ? ": permission denied" : ": a file of that name is in the way"))
    }
  }

  /// Removes a file, if it is there.
  package static func remove(_ path: String) { unlink(path) }

  /// Writes text to a file: aside, then renamed, so that nobody ever finds half of it.
  package static func write(_ text: String, to path: String, isDurable: Bool = false) throws {
    try write(Data(text.utf8), to: path, isDurable: isDurable)
  }

  /// Writes bytes to a file: aside, then renamed, so that nobody ever finds half of it.
  ///
  /// - Parameters:
  ///   - data: the bytes.
  ///   - path: where to; what a link leads to is replaced, and the link stays.
  ///   - isDurable: whether to wait until they would survive the machine's going down.
  /// - Throws: `FileError`; what was at the path before is still there.
  package static func write(_ data: Data, to path: String, isDurable: Bool = false) throws {
    var aside: String?
    do {
      let target = try OpenFile.followingLinks(path)
      try OpenFile.refuseUnlessFile(target)
      let place = asidePath(of: target)
      aside = place
      var file = try OpenFile(creating: place)
      try file.write(data)
      if isDurable { try file.synchronize() }
      try file.close()
      try OpenFile.rename(place, to: target)
      if isDurable { try OpenFile.synchronizeDirectory(of: target) }
    } catch let problem as FileError {
      if let aside { unlink(aside) }
      throw FileError("cannot write \"\(path)\"", because: problem.reason)
    }
  }

  /// Where a file is written before it gets its name: two processes may write the same report.
  private static func asidePath(of path: String) -> String {
    let name = path.lastPathPart
    // A name can have 255 bytes.
    let short = name.utf8.count > 200 ? SHA256.digest(of: Data(name.utf8)) : name
    return path.parentPath.inside("\(short).\(getpid()).partial")
  }

  /// Removes what a process that was cut off has written aside in a directory.
  package static func removeLeftovers(in directory: String) {
    for name in (try? names(in: directory)) ?? [] where name.hasSuffix(".partial") {
      unlink(directory + "/" + name)
    }
  }

  /// Fills a new directory aside, then renames it, so that nobody ever finds half of it.
  package static func writeDirectory(_ path: String, fill: (_ aside: String) throws -> Void) throws {
    do {
      let target = try OpenFile.followingLinks(path)
      let aside = target + ".partial"
      try makeDirectory(target.parentPath)
      try? FileManager.default.removeItem(atPath: aside)
      try makeDirectory(aside)
      do {
        try fill(aside)
        // An empty one that is there is replaced.
        try OpenFile.rename(aside, to: target)
      } catch {
        try? FileManager.default.removeItem(atPath: aside)
        throw error
      }
    } catch let problem as FileError {
      throw FileError("cannot write the directory \"\(path)\"", because: problem.reason)
    }
  }

  package static func text(of path: String) throws -> String { String(decoding: try data(of: path), as: UTF8.self) }

  package static func data(of path: String) throws -> Data {
    do {
      return try OpenFile.bytes(of: path)
    } catch {
      throw UsageError("cannot read \"\(path)\": \(error.reason)")
    }
  }

  /// The reason that a path cannot be created or written, from the last part of it that exists.
  private static func obstacle(to path: String) -> String? {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var place = ""
    for part in absolute.split(separator: "/") {
      guard exists(place + "/" + part) else {
        let parent = place.isEmpty ? "/" : place
        if !isDirectory(parent) { return "\"\(parent)\" is not a directory" }
        var link = stat()
        if lstat(place + "/" + part, &link) == 0 { return "\"\(place)/\(part)\" is a link that leads nowhere" }
        let isWritable = access(parent, W_OK) == 0
        return isWritable ? "nothing can be made in \"\(parent)\"" : "no permission to write in \"\(parent)\""
      }
      place += "/" + part
    }
    if !isDirectory(absolute) { return "a file of that name is in the way" }
    if access(absolute, W_OK) == 0 { return nil }
    return "no permission to write in \"\(absolute)\""
  }
}

extension JSONValue {
  /// Reads a JSON file.
  package init(readingFile path: String) throws {
    do {
      self = try JSONValue(parsing: Array(Files.data(of: path)), as: .json)
    } catch let problem as JSONError {
      throw UsageError("\"\(path)\" is not JSON: \(problem.description)")
    }
  }
}

package struct FileError: Error, CustomStringConvertible {
  package let description: String
  package let reason: String

  init(_ what: String, because reason: String) {
    description = "\(what): \(reason)"
    self.reason = reason
  }

  /// A refusal of the system to write a file.
  init(_ path: String, _ code: Int32) { self.init("cannot write \"\(path)\"", because: Self.reason(code)) }

  /// A refusal of the system in words.
  package static func reason(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "no space is left"
    case EFBIG: "a file may not be larger here (ulimit -f)"
    case EACCES, EPERM: "permission denied"
    case EROFS: "the volume is read-only"
    case EISDIR: "a directory of that name is in the way"
    case ENOENT: "there is no such directory"
    case ENOTDIR: "a part of the path is not a directory"
    case EMFILE, ENFILE: "too many files are open"
    case ENAMETOOLONG: "the name is too long"
    case ELOOP: "its links lead in a circle"
    default: String(cString: strerror(code))
    }
  }
}

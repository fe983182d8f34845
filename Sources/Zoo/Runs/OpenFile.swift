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

/// A file that is open for writing, closed when its owner is gone.
///
/// What the system refuses is told in words, with the path.
struct OpenFile: ~Copyable {
  /// The path it was opened with.
  let path: String
  private let descriptor: Int32

  /// Makes a new file, or empties one that is there.
  ///
  /// - Throws: `FileProblem`.
  init(creating path: String) throws { try self.init(path, O_WRONLY | O_CREAT | O_TRUNC) }

  /// Opens a file to write behind what it holds; it is made if it is not there.
  ///
  /// - Throws: `FileProblem`.
  init(appendingTo path: String) throws { try self.init(path, O_WRONLY | O_CREAT | O_APPEND) }

  /// Opens a file to lock it; it is made if it is not there, and keeps what it holds.
  ///
  /// - Throws: `FileProblem`.
  init(locking path: String) throws { try self.init(path, O_RDWR | O_CREAT) }

  private init(_ path: String, _ flags: Int32) throws {
    self.path = path
    descriptor = open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileProblem(path, errno) }
  }

  deinit { close(descriptor) }

  /// The bytes it holds.
  var byteCount: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Writes bytes.
  ///
  /// - Throws: `FileProblem`; some of them may have been written.
  func write(_ bytes: some Sequence<UInt8>) throws {
    var rest = ArraySlice(Array(bytes))
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { posixWrite(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileProblem(path, count < 0 ? errno : ENOSPC) }
      rest = rest.dropFirst(count)
    }
  }

  /// Writes a line, or nothing of it: a reader of a file with half a line would be misled.
  ///
  /// - Throws: `FileProblem`.
  func appendLine(_ text: String) throws {
    let before = byteCount
    do {
      try write((text + "\n").utf8)
    } catch {
      try? truncate(to: before)
      throw error
    }
  }

  /// Cuts off what lies behind so many bytes.
  ///
  /// - Throws: `FileProblem`.
  func truncate(to count: Int) throws {
    guard ftruncate(descriptor, off_t(count)) == 0 else { throw FileProblem(path, errno) }
  }

  /// Waits until everything written would survive the machine's going down.
  ///
  /// - Throws: `FileProblem`.
  func synchronize() throws {
    // Some file systems cannot, and say so with EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileProblem(path, errno) }
  }

  /// Asks to be the only one that has locked the file, without waiting.
  ///
  /// The system takes the lock back when the process ends, however it ends.
  ///
  /// - Returns: whether it was granted.
  func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Whether this is still the file at its path, and not one that was removed.
  var isAtPath: Bool {
    var (mine, found) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &found) == 0 && mine.st_ino == found.st_ino
      && mine.st_dev == found.st_dev
  }

  /// Refuses a path at which there is something that must not be replaced by a file, such as a device.
  ///
  /// - Throws: `FileProblem`.
  static func refuseUnlessFile(_ path: String) throws {
    var found = stat()
    guard lstat(path, &found) == 0 else { return }
    let kind = found.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFLNK || kind == S_IFDIR else {
      throw FileProblem(description: "cannot write \"\(path)\": it is no file that could be replaced")
    }
  }

  /// Waits until the names in the directory of a file would survive the machine's going down.
  ///
  /// - Throws: `FileProblem`.
  static func synchronizeDirectory(of path: String) throws {
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let descriptor = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileProblem(parent, errno) }
    defer { close(descriptor) }
    // Some file systems cannot, and say so with EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileProblem(parent, errno) }
  }

  /// Whether another process has locked a file; nil if there is no such file.
  static func isLocked(_ path: String) -> Bool? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT ? nil : true }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Gives a file another path, where one that is there is replaced at once.
  ///
  /// - Throws: `FileProblem`.
  static func rename(_ path: String, to other: String) throws {
    guard posixRename(path, other) == 0 else { throw FileProblem(other, errno) }
  }
}

private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

private func posixRename(_ path: String, _ other: String) -> Int32 { rename(path, other) }

extension Files {
  /// The bytes at the end of a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - count: how many, at most.
  /// - Returns: nil if it cannot be read.
  static func lastBytes(of path: String, count: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let end = Int(lseek(descriptor, 0, SEEK_END))
    let start = max(0, end - count)
    guard end >= 0, lseek(descriptor, off_t(start), SEEK_SET) >= 0 else { return nil }
    return [UInt8](unsafeUninitializedCapacity: end - start) { buffer, filled in
      while filled < end - start {
        let got = read(descriptor, buffer.baseAddress.map { $0 + filled }, end - start - filled)
        guard got > 0 else { return }
        filled += got
      }
    }
  }
}

extension FileProblem {
  /// A refusal of the system.
  init(_ path: String, _ code: Int32) {
    let reason =
      switch code {
      case ENOSPC, EDQUOT: "no space is left"
      case EACCES, EPERM: "permission denied"
      case EROFS: "the volume is read-only"
      case EISDIR: "a directory of that name is in the way"
      case ENOENT: "there is no such directory"
      case ENOTDIR: "a part of the path is not a directory"
      case EMFILE, ENFILE: "too many files are open"
      default: String(cString: strerror(code))
      }
    self.init(description: "cannot write \"\(path)\": \(reason)")
  }
}

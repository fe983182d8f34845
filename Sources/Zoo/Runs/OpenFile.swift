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

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
/// Errors of the system are thrown with a message and the path.
package struct OpenFile: ~Copyable {
  package let path: String
  private var descriptor: Int32

  /// Makes a new file, or empties one that is there.
  package init(creating path: String) throws { try self.init(path, O_WRONLY | O_CREAT | O_TRUNC) }

  /// Opens a file for appending; creates it if it does not exist.
  package init(appendingTo path: String) throws { try self.init(path, O_WRONLY | O_CREAT | O_APPEND) }

  /// Opens a file to lock it; it is made if it is not there, and keeps what it holds.
  package init(locking path: String) throws { try self.init(path, O_RDWR | O_CREAT) }

  private init(_ path: String, _ flags: Int32) throws {
    self.path = path
    descriptor = patiently { open(path, flags | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw FileError(path, errno) }
  }

  deinit { if descriptor >= 0 { _ = posixClose(descriptor) } }

  /// Closes the file: some file systems tell only then that there was no space.
  package mutating func close() throws {
    let code = posixClose(descriptor)
    descriptor = -1
    // Where it was interrupted, it is closed nevertheless.
    guard code == 0 || errno == EINTR else { throw FileError(path, errno) }
  }

  package var byteCount: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Writes bytes.
  ///
  /// - Throws: `FileError`; some of them may have been written.
  package func write(_ bytes: some Sequence<UInt8>) throws {
    var rest = ArraySlice(Array(bytes))
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { posixWrite(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError(path, count < 0 ? errno : ENOSPC) }
      rest = rest.dropFirst(count)
    }
  }

  /// Writes a line, or nothing of it: a reader of a file with half a line would be misled.
  package func appendLine(_ text: String) throws {
    let before = byteCount
    do {
      try write((text + "\n").utf8)
    } catch {
      try? truncate(to: before)
      throw error
    }
  }

  package func truncate(to count: Int) throws {
    guard patiently({ ftruncate(descriptor, off_t(count)) }) == 0 else { throw FileError(path, errno) }
  }

  /// Waits until everything written would survive the machine's going down.
  package func synchronize() throws {
    // Some file systems cannot, and say so with EINVAL.
    guard patiently({ fsync(descriptor) }) == 0 || errno == EINVAL else { throw FileError(path, errno) }
  }

  /// Asks to be the only one that has locked the file, without waiting.
  ///
  /// The system takes the lock back when the process ends, however it ends.
  ///
  /// - Returns: whether it was granted.
  package func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Whether this is still the file at its path, and not one that was removed.
  var isAtPath: Bool {
    var (mine, found) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &found) == 0 && mine.st_ino == found.st_ino
      && mine.st_dev == found.st_dev
  }

  /// Refuses a path at which there is something that must not be replaced by a file, such as a device.
  static func refuseUnlessFile(_ path: String) throws {
    var found = stat()
    guard lstat(path, &found) == 0 else { return }
    let kind = found.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFLNK || kind == S_IFDIR else {
      throw FileError("cannot write \"\(path)\"", because: "it is no file that could be replaced")
    }
  }

  /// Waits until the names in the directory of a file would survive the machine's going down.
  static func synchronizeDirectory(of path: String) throws {
    let parent = path.parentPath
    let descriptor = patiently { open(parent, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileError(parent, errno) }
    defer { _ = posixClose(descriptor) }
    // Some file systems cannot, and say so with EINVAL.
    guard patiently({ fsync(descriptor) }) == 0 || errno == EINVAL else { throw FileError(parent, errno) }
  }

  /// The place that a path leads to, also where there is nothing yet.
  ///
  /// - Throws: `FileError` for links that lead in a circle.
  static func followingLinks(_ path: String) throws -> String {
    var place = path
    for _ in 0..<40 {
      let most = Int(PATH_MAX)
      var bytes = [CChar](repeating: 0, count: most)
      let count = readlink(place, &bytes, most)
      guard count > 0 else { return place }
      let target = String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      place = target.hasPrefix("/") ? target : place.parentPath.inside(target)
    }
    throw FileError(path, ELOOP)
  }

  package static func bytes(of path: String) throws(FileError) -> Data {
    func problem(_ code: Int32) -> FileError {
      let known = [ENOENT: "there is no such file", EISDIR: "it is a directory"]
      return FileError("cannot read \"\(path)\"", because: known[code] ?? FileError.reason(code))
    }
    let descriptor = patiently { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw problem(errno) }
    defer { _ = posixClose(descriptor) }
    var status = stat()
    // One byte more tells the end; a pipe has no size.
    let expected = fstat(descriptor, &status) == 0 ? Int(status.st_size) + 1 : 0
    var data = Data(count: max(expected, 65_536))
    var filled = 0
    while true {
      if filled == data.count { data.count *= 2 }
      let count = data.withUnsafeMutableBytes { bytes in
        patiently { read(descriptor, bytes.baseAddress.map { $0 + filled }, bytes.count - filled) }
      }
      guard count >= 0 else { throw problem(errno) }
      if count == 0 { break }
      filled += count
    }
    data.count = filled
    return data
  }

  /// Whether another process has locked a file; nil if there is no such file.
  static func isLocked(_ path: String) -> Bool? {
    let descriptor = patiently { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return errno == ENOENT ? nil : true }
    defer { _ = posixClose(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Gives a file another path, where one that is there is replaced at once.
  static func rename(_ path: String, to other: String) throws {
    guard patiently({ posixRename(path, other) }) == 0 else { throw FileError(other, errno) }
  }
}

private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

private func posixClose(_ descriptor: Int32) -> Int32 { close(descriptor) }

/// Calls the system again as long as a signal interrupts it.
func patiently<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    guard result < 0, errno == EINTR else { return result }
  }
}

private func posixRename(_ path: String, _ other: String) -> Int32 { rename(path, other) }

extension Files {
  /// The bytes at the end of a file.
  ///
  /// - Returns: nil if it cannot be read.
  package static func lastBytes(of path: String, count: Int) -> [UInt8]? {
    let descriptor = patiently { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    defer { _ = posixClose(descriptor) }
    let end = Int(lseek(descriptor, 0, SEEK_END))
    let start = max(0, end - count)
    guard end >= 0, lseek(descriptor, off_t(start), SEEK_SET) >= 0 else { return nil }
    return [UInt8](unsafeUninitializedCapacity: end - start) { buffer, filled in
      while filled < end - start {
        let got = patiently { read(descriptor, buffer.baseAddress.map { $0 + filled }, end - start - filled) }
        guard got > 0 else { return }
        filled += got
      }
    }
  }
}

/// The right to write in a directory, which one process has at a time.
///
/// The system takes it back when the process ends, even by force, so nothing is left that would keep others
/// out.
package struct DirectoryLock: ~Copyable {
  private let file: OpenFile

  /// Takes the right.
  ///
  /// - Parameters:
  ///   - directory: where.
  ///   - attempts: the times it is asked for, a hundredth of a second apart: who only asks whether it is held holds it
  ///     for an instant.
  /// - Throws: `UsageError` that names the process that has it, or `FileError`.
  package init(on directory: String, attempts: Int = 10) throws {
    let path = Self.path(in: directory)
    var refusals = 0
    while true {
      let file = try OpenFile(locking: path)
      guard file.lock() else {
        refusals += 1
        guard refusals < attempts else { throw UsageError(Self.refusal(directory)) }
        Surroundings.wait(milliseconds: 10)
        continue
      }
      // Between opening and locking, its last owner may have removed it.
      guard file.isAtPath else { continue }
      try? file.truncate(to: 0)
      // The content is information for others: the lock holds without it.
      try? file.write("\(Surroundings.processIdentifier)\n".utf8)
      self.file = file
      return
    }
  }

  /// Takes the right as soon as nobody has it, within a minute.
  package static func waiting(on directory: String) throws -> DirectoryLock {
    try DirectoryLock(on: directory, attempts: 6000)
  }

  deinit { Files.remove(file.path) }

  /// Whether some process has the right to write in a directory.
  package static func isHeld(on directory: String) -> Bool { OpenFile.isLocked(path(in: directory)) ?? false }

  private static func path(in directory: String) -> String { directory + "/lock" }

  private static func refusal(_ directory: String) -> String {
    let text = (try? Files.text(of: path(in: directory))) ?? ""
    let holder = Int(text.filter { !$0.isWhitespace }).map { "process \($0)" } ?? "another process"
    return
      "\(holder) is writing in \"\(directory)\". Wait until it is done, or stop it; zoo watch \(directory.shellWord) shows it."
  }
}

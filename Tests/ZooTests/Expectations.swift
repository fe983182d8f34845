import Foundation
import Testing

/// The root of the repository.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@discardableResult
func expectCode(_ code: Int32, _ ended: Ended, sourceLocation: SourceLocation = #_sourceLocation) -> Ended {
  #expect(ended.code == code, "\(ended.errors)", sourceLocation: sourceLocation)
  return ended
}

/// Expects that a command did what it was asked for.
@discardableResult func expectDone(_ ended: Ended, sourceLocation: SourceLocation = #_sourceLocation) -> Ended {
  expectCode(0, ended, sourceLocation: sourceLocation)
}

/// Ends the test if a command did not do what it was asked for.
@discardableResult
func requireDone(_ ended: Ended, sourceLocation: SourceLocation = #_sourceLocation) throws -> Ended {
  try #require(ended.code == 0, "\(ended.errors)", sourceLocation: sourceLocation)
  return ended
}

/// Expects that a command ended with an exit code and a message.
@discardableResult func expectError(
  _ ended: Ended, code: Int32 = 2, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
) -> Ended {
  expectCode(code, ended, sourceLocation: sourceLocation)
  #expect(ended.errors.contains(message), "\(ended.errors)", sourceLocation: sourceLocation)
  return ended
}

/// Expects that a command line is refused in one line, and that nothing else is printed.
@discardableResult func expectRefusal(
  _ ended: Ended, _ message: String = "error: ", sourceLocation: SourceLocation = #_sourceLocation
) -> Ended {
  expectError(ended, message, sourceLocation: sourceLocation)
  #expect(ended.errors.hasPrefix("error: "), "\(ended.errors)", sourceLocation: sourceLocation)
  #expect(ended.errors.count { $0 == "\n" } == 1, "\(ended.errors)", sourceLocation: sourceLocation)
  #expect(ended.output.isEmpty, "\(ended.output)", sourceLocation: sourceLocation)
  return ended
}

/// Expects that two directories hold files of the same bytes.
func expectEqualFiles(
  _ files: [String], in first: String, _ second: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for file in files {
    let isEqual = try contents(first + "/" + file) == contents(second + "/" + file)
    #expect(isEqual, "\(file)", sourceLocation: sourceLocation)
  }
}

func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

func save(_ text: String, to path: String) throws {
  try text.write(toFile: path, atomically: true, encoding: .utf8)
}

/// Leaves a run as if it had been interrupted.
func interrupt(_ run: String) throws { try save("{\"status\":\"interrupted\"}", to: run + "/status.json") }

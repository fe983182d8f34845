import Foundation
import Zoo

/// What a command line did.
struct Ended {
  var code: Int32
  var output: String
  var errors: String
}

/// Runs a command line, given as one line without spaces in its words.
func zoo(
  _ line: String, in catalog: Catalog = testCatalog(), patience: Double = 2,
  isInterrupted: @escaping @Sendable () -> Bool = { false }
) -> Ended {
  let (output, errors) = (CapturedText(), CapturedText())
  let words = line.split(separator: " ").map(String.init)
  let code = catalog.run(words, output: output, errors: errors, patience: patience, isInterrupted: isInterrupted)
  return Ended(code: code, output: output.text, errors: errors.text)
}

func makeDirectory() throws -> String {
  let directory = FileManager.default.temporaryDirectory.appending(path: "zoo-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  return directory
}

func removeDirectory(_ directory: String) { try? FileManager.default.removeItem(atPath: directory) }

/// Lends a new directory, which is removed afterwards.
func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let directory = try makeDirectory()
  defer { removeDirectory(directory) }
  return try body(directory)
}

func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

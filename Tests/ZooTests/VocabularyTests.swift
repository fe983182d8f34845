import Foundation
import Testing

/// The table of words in CONTRIBUTING.md, against the names in the code.
@Suite struct VocabularyTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The last column of the table.
  private func forbiddenWords() throws -> Set<String> {
    let text = try String(contentsOf: Self.root.appending(path: "CONTRIBUTING.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| **") }
    return Set(
      rows.flatMap { row in
        row.split(separator: "|")[2].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      }.filter { !$0.isEmpty })
  }

  /// The words of the names in a text, as in `inner` and `step` for `innerStep`; constants of C are left out.
  private func words(of source: String) -> Set<String> {
    let code = source.replacing(/"(?:[^"\\\n]|\\.)*"/, with: "").replacing(/\/\/[^\n]*/, with: "")
    let names = code.matches(of: /[A-Za-z_][A-Za-z0-9_]*/).map { String($0.output) }
    return Set(
      names.filter { $0.contains { $0.isLowercase } }
        .flatMap { $0.matches(of: /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/).map { $0.output.lowercased() } })
  }

  @Test func noNameHasAWordThatTheTableForbids() throws {
    let forbidden = try forbiddenWords()
    #expect(forbidden.isSuperset(of: ["env", "done", "params", "algo"]))
    #expect(words(of: "let innerStep = doneSteps(\"envs\") // obs") == ["let", "inner", "step", "done", "steps"])
    for module in ["MetaRL", "Networks", "Environments", "Learners", "Locomotion", "ZooChecks"] {
      let folder = Self.root.appending(path: "Sources/\(module)").path()
      let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      #expect(files.contains { $0.hasSuffix(".swift") })
      for file in files where file.hasSuffix(".swift") {
        let found = try words(of: String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8))
          .intersection(forbidden)
        #expect(found.isEmpty, "\(module)/\(file) has names with \(found.sorted().joined(separator: ", "))")
      }
    }
  }
}

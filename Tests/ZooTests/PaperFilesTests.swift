import Foundation
import StandardZoo
import Testing
import Zoo

/// The tables in `papers/`, against the catalogue and the results beside them.
@Suite struct PaperFilesTests {
  private static let papers = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "papers").path

  /// Every learner, family and setting that a table names exists, no result is stale, what has to hold holds, and the
  /// page of all tables is fresh. If only that fails: zoo reproduce check --write
  @Test func everyTableAndResultIsInOrder() {
    let ended = zoo("reproduce check --papers \(Self.papers)", in: .standard)
    #expect(ended.code == 0, "\(ended.errors)")
  }

  @Test(arguments: [
    "duan2016-rl2", "mishra2018-snail", "finn2017-maml", "schindler2022-replication", "zintgraf2020-varibad",
  ])
  func everyPaperHasTablesAndNotes(paper: String) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.papers + "/" + paper)
    #expect(files.contains("notes.md"))
    let names = files.filter { $0.hasSuffix(".json") && !$0.hasSuffix(".results.json") }.map { $0.dropLast(5) }
    #expect(!names.isEmpty)
    for name in names {
      let shown = zoo("reproduce show \(paper)/\(name) --papers \(Self.papers)", in: .standard)
      #expect(shown.code == 0, "\(shown.errors)")
    }
  }
}

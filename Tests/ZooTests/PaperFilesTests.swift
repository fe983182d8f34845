import Foundation
import StandardZoo
import Testing
import Zoo

/// The tables in `papers/`, against the catalog and the results beside them.
@Suite struct PaperFilesTests {
  private static let papers = repository.appending(path: "papers").path

  /// Every learner, family and setting that a table names exists, no result is stale, what has to hold holds, and the
  /// page of all tables is fresh. If only that fails: zoo reproduce check --write
  @Test func everyTableAndResultIsInOrder() {
    expectDone(zoo("reproduce check --papers \(Self.papers)", in: .standard))
  }

  /// Paths below `papers/`.
  private static func files(endingIn ending: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: papers).filter { $0.hasSuffix(ending) }.sorted()
  }

  @Test func everyTableCanBeShownAndHasNotes() throws {
    let results = try Self.files(endingIn: ".results.json")
    #expect(results.count > 8)
    for path in results {
      let name = path.dropLast(".results.json".count)
      expectDone(zoo("reproduce show \(name) --papers \(Self.papers)", in: .standard))
      let folder = Self.papers + "/" + path.prefix { $0 != "/" }
      #expect(FileManager.default.fileExists(atPath: folder + "/notes.md"), "\(folder)")
    }
  }

  /// Learners, families and all settings: a run of each learner, cut short.
  @Test func everySuiteBesideResultsIsStillUnderstood() throws {
    let suites = try Self.files(endingIn: ".json5")
    #expect(!suites.isEmpty)
    for suite in suites {
      try withDirectory { directory in
        let text = try read("\(Self.papers)/\(suite)")
        func has(_ learners: [String]) -> Bool { learners.contains { text.contains("\"\($0)\"") } }
        let short =
          "--seeds 0 --steps 1 --tasks 1 --episodes 1"
          + (has(["grbal", "meta-gradient", "trmrl", "algorithm-distillation", "dream"])
            ? "" : " --set tasksPerBatch=2")
          + (has(["trmrl", "dream"]) ? " --set stepsPerBatch=200" : "")
          + (has(["algorithm-distillation"]) ? " --set updatesPerIteration=1" : "")
          + (has(["maml", "maesn"]) ? " --set episodesPerInnerStep=2" : "")
          + (has(["pearl"]) ? " --set pearl.updatesPerIteration=1" : "")
        expectDone(zoo("compare \(Self.papers)/\(suite) \(short) --quiet --out \(directory)/r", in: .standard))
      }
    }
  }
}

import Foundation
import StandardZoo
import Testing
import Zoo

/// What the README says, against what there is.
@Suite struct ReadmeTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
  }

  /// The commands of the README that call `zoo`, without the program's name.
  private func commands() throws -> [String] {
    var (lines, isInside): ([String], Bool) = ([], false)
    for line in try text("README.md").split(separator: "\n") {
      if line.hasPrefix("```") { isInside = line == "```sh" }
      guard isInside, let name = line.range(of: ".build/release/zoo ") else { continue }
      lines.append(String(line[name.upperBound...]))
    }
    return lines
  }

  @Test(arguments: [
    "Sources/MineLearner/Mine.swift", "Sources/MineCommand/main.swift", "Tests/MineTests/MineTests.swift",
  ])
  func theExampleInTheReadmeIsTheOneThatIsBuilt(file: String) throws {
    let listing = "```swift\n" + (try text("Documentation/Examples/my-learner/" + file)) + "```\n"
    #expect(try text("README.md").contains(listing), "README.md and Documentation/Examples/my-learner/\(file) differ")
  }

  @Test func theReadmeListsEveryLearnerAndFamilyAndNoOther() throws {
    let lines = try text("README.md").split(separator: "\n", omittingEmptySubsequences: false)
    func names(inTableWithHeader header: String) throws -> [String] {
      let start = try #require(lines.firstIndex { $0.hasPrefix("| \(header) |") })
      return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.flatMap { row in
        let cell = row.dropFirst(2).components(separatedBy: " | ")[0]
        let quoted = cell.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        // After a name, "-10x10" is the name with another size.
        let stem = quoted.first?.split(separator: "-").dropLast().joined(separator: "-") ?? ""
        return quoted.map { $0.hasPrefix("-") ? stem + $0 : $0 }
      }
    }
    #expect(try names(inTableWithHeader: "learner | role") == Catalog.standard.learners.map(\.name))
    let catalog = Catalog.standard
    #expect(
      try names(inTableWithHeader: "family | what it is") + names(inTableWithHeader: "robot family")
        == catalog.families.map(\.card.name) + catalog.absentFamilies.flatMap(\.names))
  }

  @Test func theTablesInTheReadmeAreThoseOfTheResults() throws {
    for part in try text("README.md").components(separatedBy: "<!-- table: ").dropFirst() {
      let (file, rest) = (part.components(separatedBy: " -->")[0], part.components(separatedBy: " -->\n")[1])
      // Until there is a result, the README shows none.
      let result = (try? text(file)) ?? ""
      for row in rest.components(separatedBy: "<!-- end")[0].split(separator: "\n") where row.hasPrefix("|") {
        #expect(result.contains(row), "README.md has a row that \(file) lacks")
      }
    }
  }

  @Test func theReadmeShowsEveryCommand() throws {
    let shown = Set(try commands().compactMap { $0.split(separator: " ").first.map(String.init) })
    #expect(
      shown == [
        "list", "describe", "train", "evaluate", "compare", "resume", "status", "stats", "report", "render",
        "export", "reproduce", "check", "new", "help",
      ])
  }

  @Test func theSuiteInTheReadmeIsTheFileThatIsRun() throws {
    let listing = "```json5\n" + (try text("Tests/Suites/bandits.json5")) + "```\n"
    #expect(try text("README.md").contains(listing), "README.md and Tests/Suites/bandits.json5 differ")
  }
}

import Foundation
import StandardZoo
import Testing
import Zoo

/// The README and the pages of the documentation, against the code and the results that they describe.
///
/// `Documentation/check` runs their commands.
@Suite struct DocumentationTests {
  private static let guides = "Documentation/MetaRLZoo.docc/Guides/"

  /// The README and the pages, by their path in the repository.
  private static let pages: [String] = {
    let folder = "Documentation/MetaRLZoo.docc"
    let files =
      FileManager.default.enumerator(atPath: repository.appending(path: folder).path())?
      .compactMap { $0 as? String } ?? []
    return ["README.md"] + files.filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }.sorted()
  }()

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOf: repository.appending(path: path), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The lines that satisfy `isInside` after each line `<!-- KIND: NAME -->`.
  private func parts(
    _ kind: String, of page: String, where isInside: (String) -> Bool
  ) throws -> [(name: String, lines: [String])] {
    let all = try lines(page)
    let start = "<!-- \(kind): "
    return all.indices.filter { all[$0].hasPrefix(start) }.map { index in
      let name = all[index].dropFirst(start.count).components(separatedBy: " -->")[0]
      let rest = all[(index + 1)...].drop { !isInside($0) }
      return (name, Array(rest.prefix(while: isInside)))
    }
  }

  @Test func thereArePagesOfEveryKind() {
    for page in ["MetaRLZoo", "Guides/Concepts", "Guides/WritingALearner", "Learners/MAMLPage", "RunsAndResults"] {
      #expect(Self.pages.contains("Documentation/MetaRLZoo.docc/\(page).md"))
    }
  }

  /// So every Swift listing is compiled, every Python listing is run, and every suite file is read.
  @Test(arguments: pages)
  func everyListingIsPartOfTheFileThatItNames(page: String) throws {
    let all = try lines(page)
    for index in all.indices where all[index].hasPrefix("```") {
      let above = index > 0 ? all[index - 1] : ""
      guard let file = above.wholeMatch(of: /<!-- listing: (.*) -->/)?.output.1 else {
        let needsFile = ["```swift", "```python"].contains(all[index])
        #expect(!needsFile, "\(page), line \(index + 1): a listing without the name of its file")
        continue
      }
      let listing = all[(index + 1)...].prefix { $0 != "```" }
      let source = try lines(String(file))
      let first = try #require(listing.first)
      // The page may have moved the listing to the left, but by the same number of spaces in each line.
      let isThere = source.indices.contains { start in
        guard source[start].hasSuffix(first), start + listing.count <= source.count else { return false }
        let indentation = source[start].dropLast(first.count)
        guard indentation.allSatisfy({ $0 == " " }) else { return false }
        return zip(listing, source[start...]).allSatisfy { $0.isEmpty ? $1.isEmpty : indentation + $0 == $1 }
      }
      #expect(isThere, "\(page), line \(index + 1): \(file) has no such lines")
    }
  }

  @Test(arguments: pages)
  func everyLineOfPseudocodeIsWhereThePageSays(page: String) throws {
    for (file, rows) in try parts("code", of: page, where: { $0.hasPrefix("|") }) {
      let source = try lines(file).map { $0.trimmingCharacters(in: .whitespaces) }
      #expect(rows.count > 2, "\(page) has an empty table of pseudocode")
      for row in rows.dropFirst(2) {
        let code = try #require(row.split(separator: "`").dropFirst().first.map(String.init))
        #expect(source.contains(code), "\(file) has no line \(code)")
      }
    }
  }

  /// A page may leave out columns and rows.
  @Test(arguments: pages)
  func everyTableIsThatOfTheFileThatItNames(page: String) throws {
    for (file, rows) in try parts("table", of: page, where: { $0.hasPrefix("|") }) {
      #expect(rows.count > 2, "\(page) has no table where one of \(file) is due")
      let shown = rows.map(cells)
      let header = try #require(shown.first)
      var (columns, source): ([Int]?, Set<[String]>) = (nil, [])
      for line in try lines(file) {
        guard line.hasPrefix("|") else {
          columns = nil
          continue
        }
        let cells = cells(line)
        // The first line of a table names its columns.
        if columns == nil {
          let places = header.compactMap { cells.firstIndex(of: $0) }
          columns = places.count == header.count ? places : []
        }
        if let columns, !columns.isEmpty { source.insert(columns.map { $0 < cells.count ? cells[$0] : "" }) }
      }
      for row in shown { #expect(source.contains(row), "\(page) has a row that \(file) lacks: \(row)") }
    }
  }

  private func cells(_ row: String) -> [String] {
    row.dropFirst().dropLast().components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// The cells of the rows of the table whose header begins with `header`.
  private func table(_ header: String, of page: String) throws -> [[String]] {
    let all = try lines(page)
    let start = try #require(all.firstIndex { $0.hasPrefix("| \(header) |") }, "\(page) has no table \(header)")
    return all[(start + 2)...].prefix { $0.hasPrefix("|") }.map(cells)
  }

  /// The names in a cell or a line; after a name, "-10x10" is the same family in another size.
  private func names(in text: String) -> [String] {
    let quoted = text.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    let stem = quoted.first?.split(separator: "-").dropLast().joined(separator: "-") ?? ""
    return quoted.map { $0.hasPrefix("-") ? stem + $0 : $0 }
  }

  @Test func theTableOfLearnersIsTheCatalogue() throws {
    let rows = try table("learner | role", of: Self.guides + "AllLearners.md")
    let due = Catalog.standard.learners.map {
      ["`\($0.name)`", $0.card.role.rawValue, $0.card.summary, $0.card.adaptsBy, $0.card.paper ?? "–"]
    }
    #expect(rows == due)
  }

  @Test func theTablesOfFamiliesAreTheCatalogue() throws {
    let catalog = Catalog.standard
    let page = Self.guides + "AllFamilies.md"
    let rows = try table("family | what it is", of: page) + table("robot family", of: page)
    #expect(
      rows.flatMap { names(in: $0[0]) }
        == catalog.families.map(\.card.name) + catalog.absentFamilies.flatMap(\.names))
    let summaries = Dictionary(uniqueKeysWithValues: catalog.families.map { ($0.card.name, $0.card.summary) })
    for row in rows {
      let names = names(in: row[0])
      guard names.count == 1, let summary = summaries[names[0]] else { continue }
      #expect(row[1] == summary, "\(page): the summary of \(names[0])")
    }
  }

  @Test func theReadmeNamesEveryLearnerAndNoOther() throws {
    let section = try lines("README.md").drop { $0 != "## Learners" }.dropFirst().prefix { !$0.hasPrefix("#") }
    #expect(section.flatMap(names).sorted() == Catalog.standard.learners.map(\.name).sorted())
  }

  @Test func theReadmeIsShort() throws {
    let lines = try lines("README.md")
    #expect(lines.count <= 181)
    #expect(lines.reduce(0) { $0 + $1.utf8.count + 1 } <= 12 << 10)
  }

  @Test func theReadmeSaysHowLongItsFilesAre() throws {
    for row in try table("file | lines, about", of: "README.md") {
      let file = try #require(row[0].wholeMatch(of: /\[.*\]\((.*)\)/)?.output.1)
      let (stated, count) = (try #require(Double(row[1])), Double(try lines(String(file)).count - 1))
      #expect(abs(count - stated) <= 0.15 * stated, "README.md: \(file) has \(Int(count)) lines")
    }
  }

  @Test func thePageOfTheCommandLineShowsEveryCommand() throws {
    let shown = try lines(Self.guides + "CommandLine.md").compactMap {
      $0.firstMatch(of: /\.build\/release\/zoo ([a-z]+)/)?.output.1
    }
    let help = zoo("help", in: .standard).output
    let commands = help.split(separator: "\n").compactMap { $0.prefixMatch(of: #/  ([a-z]+) .*  /#)?.output.1 }
    #expect(commands.count > 10)
    #expect(Set(shown) == Set(commands))
  }

  @Test func theWordsInTheGuideAreAllOfThoseInContributing() throws {
    func words(_ page: String) throws -> [String] { try lines(page).filter { $0.hasPrefix("| **") } }
    #expect(try words(Self.guides + "Concepts.md") == words("CONTRIBUTING.md"))
  }

  @Test("The pages of MAML name the settings of every variant", arguments: ["MAMLPage", "RegressionMAMLPage"])
  func settingsOfVariants(page: String) throws {
    let page = "Documentation/MetaRLZoo.docc/Learners/\(page).md"
    let rows = try #require(parts("presets", of: page, where: { $0.hasPrefix("|") }).first).lines.dropFirst(2)
    #expect(!rows.isEmpty)
    for row in rows {
      let code = row.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
      let name = try #require(code.first)
      let entries = try Catalog.standard.learner(named: name).settings().entries
      let presets = entries.filter { $0.origin == .preset }.map { "\($0.setting.key)=\($0.value.typed)" }
      #expect(code.dropFirst() == presets[...], "the settings of \(name)")
    }
  }

  @Test func everyLearnerOfTheCatalogHasAPage() throws {
    let pages = try Self.pages.filter { $0.contains("/Learners/") }.flatMap { try lines($0) }.joined(
      separator: "\n")
    for learner in Catalog.standard.learners {
      #expect(pages.contains("`\(learner.name)`"), "no page describes \(learner.name)")
    }
  }
}

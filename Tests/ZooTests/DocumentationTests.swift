import Foundation
import StandardZoo
import Testing
import Zoo

/// What the pages of the documentation say, against what there is.
///
/// Their commands are run by `Documentation/check`.
@Suite struct DocumentationTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The pages, by their path in the repository.
  private static let pages: [String] = {
    let folder = root.appending(path: "Documentation").path()
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return files.filter { $0.hasSuffix(".md") }.map { "Documentation/" + $0 }.sorted()
  }()

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// What comes after each line `<!-- KIND: NAME -->`, as far as `isInside` holds after the first line that it holds for.
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

  /// So everything that is shown as Swift is compiled, and most of it is tested; what is shown as Python is run.
  @Test(arguments: pages)
  func everyListingIsPartOfTheFileThatItNames(page: String) throws {
    let all = try lines(page)
    for index in all.indices where ["```swift", "```python"].contains(all[index]) {
      let above = index > 0 ? all[index - 1] : ""
      guard let file = above.wholeMatch(of: /<!-- listing: (.*) -->/)?.output.1 else {
        Issue.record("\(page), line \(index + 1): a listing without the name of its file")
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

  @Test(arguments: pages)
  func everyTableIsThatOfTheFileThatItNames(page: String) throws {
    for (file, rows) in try parts("table", of: page, where: { $0.hasPrefix("|") }) {
      let source = Set(try lines(file))
      #expect(!rows.isEmpty, "\(page) has no table where one of \(file) is due")
      for row in rows { #expect(source.contains(row), "\(page) has a row that \(file) lacks") }
    }
  }

  @Test func theWordsInTheGuideAreAllOfThoseInContributing() throws {
    func words(_ page: String) throws -> [String] { try lines(page).filter { $0.hasPrefix("| **") } }
    #expect(try words("Documentation/MetaRLZoo.docc/Guides/Concepts.md") == words("CONTRIBUTING.md"))
  }

  @Test func thePageOfMAMLNamesEverySettingThatMakesAVariant() throws {
    let page = "Documentation/MetaRLZoo.docc/Learners/MAMLPage.md"
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
      #expect(pages.contains("`\(learner.name)`"), "no page says anything of \(learner.name)")
    }
  }
}

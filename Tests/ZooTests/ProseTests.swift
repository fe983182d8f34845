import Foundation
import MetaRL
import StandardZoo
import Testing
import Zoo

/// The rules of *Prose* and *The words* in CONTRIBUTING, as far as a search can check them.
@Suite struct ProseTests {
  /// Phrases that are never right in this project.
  private static let phrases = [
    "what came of", "what comes of", "what became of", "what it came to", "what they came to", "so many", "so much",
    "so few", "anew", "beside", "besides", "goes on with", "go on with", "going on with", "of ours", "of its own",
    "of their own", "is told", "are told", "be told", "what is believed",
  ]

  private static func files(in folder: String, endingIn ending: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: repository.appending(path: folder).path)
      .filter { $0.hasSuffix(ending) && !$0.contains(".build/") }.map { "\(folder)/\($0)" }.sorted()
  }

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: repository.appending(path: path), encoding: .utf8)
  }

  private func expectPlain(_ text: String, _ place: String) {
    for (number, line) in text.components(separatedBy: "\n").enumerated() {
      for phrase in Self.phrases {
        let isThere = line.range(of: "\\b\(phrase)\\b", options: [.regularExpression, .caseInsensitive]) != nil
        #expect(!isThere, "\(place), line \(number + 1): \"\(phrase)\"; see Prose in CONTRIBUTING.md")
      }
    }
  }

  @Test func pagesAreInPlainEnglish() throws {
    let pages = try Self.files(in: "Documentation", endingIn: ".md")
    #expect(pages.count > 20)
    for page in ["README.md", "Benchmarks/README.md"] + pages { expectPlain(try Self.text(page), page) }
  }

  @Test func helpAndCatalogAreInPlainEnglish() {
    let help = zoo("help", in: .standard).output
    expectPlain(help, "zoo help")
    for command in help.split(separator: "\n").compactMap({ $0.prefixMatch(of: #/  ([a-z]+) .*  /#)?.output.1 }) {
      expectPlain(zoo("help \(command)", in: .standard).output, "zoo help \(command)")
    }
    for list in ["learners", "families"] {
      expectPlain(zoo("list \(list)", in: .standard).output, "zoo list \(list)")
    }
    for learner in Catalog.standard.learners {
      expectPlain(zoo("describe \(learner.name)", in: .standard).output, "zoo describe \(learner.name)")
    }
  }

  /// The words of an identifier: `meanReturn` is mean, return.
  private static func words(_ identifier: Substring) -> [String] {
    identifier.matches(of: /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/).map { $0.output.lowercased() }
  }

  @Test func codeAvoidsTheWordsThatTheTableForbids() throws {
    let rows = try Self.text("CONTRIBUTING.md").split(separator: "\n").filter { $0.hasPrefix("| **") }
    let forbidden = rows.flatMap { row -> [[String]] in
      let cell = row.dropLast().split(separator: "|").last?.trimmingCharacters(in: .whitespaces) ?? "–"
      return cell == "–" ? [] : cell.components(separatedBy: ", ").map { $0.components(separatedBy: " ") }
    }
    #expect(forbidden.contains(["env"]) && forbidden.contains(["fast", "update"]))
    for module in ["MetaRL", "Networks", "Environments", "Learners"] {
      for file in try Self.files(in: "Sources/\(module)", endingIn: ".swift") {
        for (number, line) in try Self.text(file).components(separatedBy: "\n").enumerated() {
          // Comments and texts are not code.
          let code = line.replacing(/"(\\.|[^"\\])*"/, with: "").components(separatedBy: "//")[0]
          for identifier in code.matches(of: /[A-Za-z_]+/).map(\.output) {
            let words = Self.words(identifier)
            let found = forbidden.first { !words.ranges(of: $0).isEmpty }
            #expect(found == nil, "\(file), line \(number + 1): \(identifier); see The words in CONTRIBUTING.md")
          }
        }
      }
    }
  }
}

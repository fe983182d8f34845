import Foundation
import MetaRL
import StandardZoo
import Tensors
import Testing
import Zoo

@Suite(.temporaryDirectory) struct HelpTests {
  private let directory = TemporaryDirectory.path

  private let commands = [
    "list", "describe", "train", "evaluate", "compare", "resume", "status", "watch", "stats", "report", "render",
    "export", "reproduce", "check", "new", "help",
  ]

  @Test func everyCommandHasTwoExamplesAndTheExitCodes() {
    for command in commands {
      let help = expectDone(zoo("\(command) --help"))
      #expect(help.output == zoo("help \(command)").output)
      #expect(examples(in: help.output).count >= 2)
      #expect(help.output.contains("3 some runs failed"))
    }
    #expect(zoo("").output == zoo("help").output)
    #expect(zoo("--version").output.hasPrefix("zoo \(zooVersion) (\(KernelPath.current.rawValue) kernels)"))
  }

  @Test func theExamplesOfHelpWork() throws {
    let suite = "{ learners: ['random'], families: ['bernoulli-bandit-5x10'], seeds: [0, 1, 2], steps: 1 }"
    try save(suite, to: directory + "/suite.json5")
    for (run, learner) in [("maml", "maml"), ("pearl", "random")] {
      expectDone(
        zoo(
          "train --learner \(learner) --family point-robot --steps 1 --tasks 2 --out \(directory)/runs/\(run)",
          in: .standard))
    }
    for command in commands {
      for (number, example) in examples(in: zoo("help \(command)").output).enumerated() {
        var line = example
        for name in ["runs/first", "runs/second", "runs/maml", "runs/pearl", "suite.json5", "runs/both"] {
          line.replace(name, with: "\(directory)/\(name)")
        }
        if ["train", "compare", "new"].contains(command), !line.contains("--dry-run"), !line.contains("runs/") {
          line = "\(line.components(separatedBy: " --out")[0]) --out \(directory)/\(command)-\(number)"
        }
        if command == "compare", !line.contains("--learners") { line += " --learners random" }
        // One iteration is enough.
        line.replace("--steps 200000", with: "")
        if command == "train" || command == "compare" { line += " --steps 1" }
        expectDone(zoo(line, in: .standard))
      }
    }
  }

  @Test func listsAndDescriptionsNameEverything() throws {
    let catalog = Catalog.standard
    let learners = zoo("list learners", in: catalog).output
    let families = zoo("list families", in: catalog).output
    for entry in catalog.learners {
      #expect(learners.contains(entry.name))
      let text = zoo("describe \(entry.name)", in: catalog).output
      for setting in try entry.settings().entries {
        #expect(text.contains("\(setting.setting.key) = "))
        #expect(text.contains(setting.setting.meaning))
        #expect(text.contains(setting.setting.source))
      }
    }
    for family in catalog.families {
      #expect(lists(families, family.card), "\(family.card.name)")
      let text = zoo("describe \(family.card.name)", in: catalog).output
      #expect(text.contains(family.card.random.computation))
      #expect(text.contains("Bayes-optimal") == (family.card.bayesOptimal != nil))
    }
    for line in ["list learners", "list families", "describe random", "describe point-navigation"] {
      #expect(throws: Never.self) { try JSONValue(parsing: zoo("\(line) --json", in: catalog).output) }
    }
  }

  @Test func helpStatesTheDefaultsOfTheCatalog() {
    let help = zoo("help compare").output
    #expect(help.contains("which learners (default: best-arm,wanderer)"))
    #expect(help.contains("which families (default: bernoulli-bandit-5x10)"))
    #expect(help.contains("(default: 0,1,2)"))
    #expect(help.contains("(default: 100)"))
    #expect(help.contains("(default: 8, or all if the family has fewer)"))
    #expect(zoo("compare --help", in: .standard).output.contains("which learners (default: maml,"))
    #expect(zoo("help evaluate").output.contains("(default: as in the run)"))
  }

  @Test func listsAreNarrowAndTellLearnersApart() {
    let learners = zoo("list learners", in: .standard).output
    let families = zoo("list families", in: .standard).output
    for line in (learners + families).split(separator: "\n") { #expect(line.count <= 115, "\(line)") }
    #expect(learners.contains("outer update on clipped ratios"))
    #expect(learners.contains("A control gives the learners' numbers their meaning."))
    func row(_ name: String) -> Substring? { families.split(separator: "\n").first { $0.hasPrefix(name + "@") } }
    #expect(row("point-navigation")?.contains("  fresh  ") == true)
    #expect(row("point-navigation-two-goals")?.contains("  2, same  ") == true)
    #expect(row("grid-world")?.contains("  4, same  ") == true)
  }

  /// Whether a list has a family, in a row of its own or as one of the sizes of a row.
  private func lists(_ families: String, _ card: FamilyCard) -> Bool {
    if families.contains("\n\(card.versionedName) ") { return true }
    let parts = card.name.split(separator: "-")
    let row = "\n\(parts.dropLast().joined(separator: "-"))-SIZE@\(card.version) "
    guard let place = families.range(of: row), let size = parts.last else { return false }
    let text = families[place.upperBound...].split(separator: "\n").dropFirst().prefix { $0.hasPrefix("  ") }
      .joined(separator: " ")
    return text.split { !$0.isLetter && !$0.isNumber }.contains(size)
  }

  private func examples(in help: String) -> [String] {
    help.split(separator: "\n").filter { $0.hasPrefix("  zoo ") }.map { String($0.dropFirst(6)) }
  }
}

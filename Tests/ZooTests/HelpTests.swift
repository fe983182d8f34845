import StandardZoo
import Testing
import Zoo

@Suite struct HelpTests {
  private let commands = ["list", "describe", "train", "evaluate", "compare", "help"]

  @Test func everyCommandHasTwoExamplesAndTheExitCodes() {
    for command in commands {
      let help = zoo("\(command) --help")
      #expect(help.code == 0)
      #expect(help.output == zoo("help \(command)").output)
      #expect(examples(in: help.output).count >= 2)
      #expect(help.output.contains("3 some runs failed"))
    }
    #expect(zoo("").output == zoo("help").output)
    #expect(zoo("--version").output.hasPrefix("zoo "))
  }

  @Test func theExamplesOfHelpWork() throws {
    try withDirectory { directory in
      for command in commands {
        for example in examples(in: zoo("help \(command)").output) {
          var line = example
          if line.hasPrefix("evaluate") {
            line = line.split(separator: " ").map { $0 == "runs/first" ? "\(directory)/first" : $0 }
              .joined(separator: " ")
          } else if line.contains("runs/first") {
            line = line.split(separator: " ").map { $0 == "runs/first" ? "\(directory)/first" : $0 }
              .joined(separator: " ")
          } else if line.hasPrefix("train") || (line.hasPrefix("compare") && !line.contains("--dry-run")) {
            line += " --out \(directory)/\(line.count)"
          }
          if line.hasPrefix("compare"), !line.contains("--learners") { line += " --learners random" }
          let ended = zoo(line, in: .standard)
          #expect(ended.code == 0, "\(line): \(ended.errors)")
        }
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
      #expect(families.contains(family.card.versionedName))
      #expect(zoo("describe \(family.card.name)", in: catalog).output.contains(family.card.random.computation))
    }
    for line in ["list learners", "list families", "describe random", "describe point-navigation"] {
      #expect(throws: Never.self) { try JSONValue(parsing: zoo("\(line) --json", in: catalog).output) }
    }
  }

  private func examples(in help: String) -> [String] {
    help.split(separator: "\n").filter { $0.hasPrefix("  zoo ") }.map { String($0.dropFirst(6)) }
  }
}

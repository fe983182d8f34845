import Environments
import Foundation
import Testing
import Zoo

/// Settings that a suite file lays over some families only.
@Suite struct SuiteFileGroupTests {
  private static func catalog() -> Catalog {
    var catalog = testCatalog()
    catalog.add(GridWorld())
    catalog.addPreset(
      of: BestArm.self, "best-arm", on: "grid-world", source: "a book, page 7"
    ) {
      $0.tasksPerBatch = 7
      $0.exploration = 0.5
      $0.optimism = .high
    }
    return catalog
  }

  private static func suite(_ more: String) -> String {
    """
    { learners: ["best-arm", "wanderer"], families: ["bernoulli-bandit-5x10", "grid-world"], seeds: [3],
      steps: 20, tasks: 2, episodes: 2, \(more) }
    """
  }

  private func compare<Result>(
    _ text: String, _ options: String = "", _ body: (Ended, String) throws -> Result
  ) throws -> Result {
    try withDirectory { directory in
      try text.write(toFile: directory + "/suite.json5", atomically: true, encoding: .utf8)
      let ended = zoo(
        "compare \(directory)/suite.json5 --quiet --out \(directory)/r \(options)", in: Self.catalog())
      return try body(ended, directory + "/r")
    }
  }

  /// Value, origin and source of a setting of a run.
  private func setting(_ key: String, of learner: String, on family: String, in directory: String) throws -> String
  {
    let config = try JSONValue(parsing: read("\(directory)/runs/\(learner)/\(family)@1/seed-3/config.json"))
    let entry = try #require(config["settings"]?.arrayValue?.first { $0["key"]?.stringValue == key })
    return ["value", "origin", "source"].compactMap { entry[$0]?.typed }.joined(separator: " ")
  }

  @Test func aGroupLiesOverTheFileAndUnderTheFlagsOnItsFamiliesOnly() throws {
    let text = Self.suite(
      """
      settings: { tasksPerBatch: 2, "best-arm": { hiddenSizes: [3] } },
      groups: {
        grids: {
          families: ["grid-world", "point-navigation"],
          settings: {
            tasksPerBatch: 3, hiddenSizes: [4],
            "best-arm": { exploration: { value: 0.25, paper: "Nobody 1999" }, isGreedy: true },
          },
        },
      },
      """)
    try compare(text, "--set best-arm.isGreedy=false") { ended, directory in
      #expect(ended.code == 0, "\(ended.errors)")
      let expected = [
        ("tasksPerBatch", "best-arm", "bernoulli-bandit-5x10", "2 file"),
        ("hiddenSizes", "best-arm", "bernoulli-bandit-5x10", "3 file"),
        ("exploration", "best-arm", "bernoulli-bandit-5x10", "0.2 default made up"),
        ("tasksPerBatch", "best-arm", "grid-world", "3 file group grids"),
        ("tasksPerBatch", "wanderer", "grid-world", "3 file group grids"),
        ("hiddenSizes", "best-arm", "grid-world", "4 file group grids"),
        ("exploration", "best-arm", "grid-world", "0.25 paper Nobody 1999"),
        ("optimism", "best-arm", "grid-world", "high preset a book, page 7"),
        ("isGreedy", "best-arm", "grid-world", "false flag"),
        ("isGreedy", "wanderer", "grid-world", "false default made up"),
      ]
      for (key, learner, family, value) in expected {
        let found = try setting(key, of: learner, on: family, in: directory)
        #expect(found == value, "\(learner) \(family) \(key)")
      }
      let page = try read(directory + "/report/report.html")
      #expect(page.contains(" file, group grids"))
    }
  }

  @Test func aGroupWhoseFamiliesAreNotComparedChangesNothing() throws {
    let groups = #"groups: { grids: { families: ["grid-world"], settings: { "best-arm": { isGreedy: true } } } }"#
    try compare(Self.suite(groups), "--families bernoulli-bandit-5x10") { ended, directory in
      #expect(ended.code == 0, "\(ended.errors)")
      let value = try setting("isGreedy", of: "best-arm", on: "bernoulli-bandit-5x10", in: directory)
      #expect(value == "false default made up")
      #expect(!FileManager.default.fileExists(atPath: directory + "/runs/best-arm/grid-world@1"))
    }
    try compare(Self.suite(groups), "--learners wanderer") { ended, _ in #expect(ended.code == 0, "\(ended.errors)")
    }
  }

  @Test func whatIsResumedHasTheSettingsOfItsGroup() throws {
    let groups = "groups: { grids: { families: ['grid-world@1'], settings: { tasksPerBatch: 3 } } }"
    try compare(Self.suite(groups)) { ended, directory in
      #expect(ended.code == 0, "\(ended.errors)")
      try FileManager.default.removeItem(atPath: directory + "/runs")
      let resumed = zoo("resume \(directory) --quiet", in: Self.catalog())
      #expect(resumed.code == 0, "\(resumed.errors)")
      let value = try setting("tasksPerBatch", of: "wanderer", on: "grid-world", in: directory)
      #expect(value == "3 file group grids")
    }
  }

  @Test(
    arguments: [
      ("[]", "groups is an object"), ("{g: 1}", "groups.g is an object"), ("{g: {}}", "groups.g has no families"),
      ("{g: {families: ['grid-world'], settings: {}}}", "groups.g has no settings"),
      ("{g: {families: ['grid-world']}}", "groups.g has no settings"),
      ("{g: {families: [], settings: {isGreedy: true}}}", "groups.g.families is a list of names"),
      (
        "{g: {families: ['grid-wrld'], settings: {isGreedy: true}}}",
        "groups.g.families: unknown family \"grid-wrld\""
      ),
      (
        "{g: {families: ['grid-world', 'grid-world@1'], settings: {isGreedy: true}}}",
        "groups.g.families: grid-world is named twice"
      ),
      (
        """
        {g: {families: ['grid-world'], settings: {isGreedy: true}},
        h: {families: ['grid-world'], settings: {isGreedy: true}}}
        """, "groups.h.families: grid-world is named twice, here and in groups.g.families"
      ),
      ("{g: {family: 'grid-world'}}", "groups.g: unknown key \"family\". Nearest: families."),
      ("{g: {families: ['grid-world'], families: ['grid-world']}}", "groups.g.families is given twice"),
      ("{g: {families: ['grid-world'], settings: {isGreedy: true}}, g: {}}", "groups.g is given twice"),
      ("{g: {families: ['grid-world'], settings: 3}}", "groups.g.settings is an object"),
      (
        "{g: {families: ['point-navigation'], settings: {'best-amr': {isGreedy: true}}}}",
        "groups.g.settings.best-amr.isGreedy: unknown learner \"best-amr\". Nearest: best-arm."
      ),
      (
        "{g: {families: ['point-navigation'], settings: {'best-arm': {greedy: true}}}}",
        "groups.g.settings.best-arm.greedy: unknown key \"greedy\". Nearest: isGreedy."
      ),
      (
        "{g: {families: ['grid-world'], settings: {exploration: 3}}}",
        "groups.g.settings.exploration: exploration is a number from 0 to 1, not 3."
      ),
      (
        "{g: {families: ['grid-world'], settings: {exploration: null}}}",
        "groups.g.settings.exploration is a value"
      ),
    ])
  func aMistakeInAGroupIsNamedWithItsPlace(groups: String, message: String) throws {
    try compare(Self.suite("groups: \(groups)")) { ended, _ in
      #expect(ended.code == 2, "\(ended.output)")
      #expect(ended.errors.contains(message), "\(ended.errors)")
      #expect(ended.errors.contains(/suite\.json5"( is not JSON5: line 2, column \d+)?: groups/), "\(ended.errors)")
      #expect(ended.errors.count { $0 == "\n" } == 1, "\(ended.errors)")
    }
  }
}

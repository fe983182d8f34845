import Environments
import Foundation
import Testing
import Zoo

/// Value, origin and source of a setting of a run, with spaces between.
func setting(_ key: String, of run: String) throws -> String {
  let config = try JSONValue(parsing: read(run + "/config.json"))
  let entry = try #require(config["settings"]?.arrayValue?.first { $0["key"]?.stringValue == key })
  return ["value", "origin", "source"].compactMap { entry[$0]?.typed }.joined(separator: " ")
}

/// Settings that a suite file lays over some families only.
@Suite(.temporaryDirectory) struct SuiteFileGroupTests {
  private let directory = TemporaryDirectory.path

  private static func catalog() -> Catalog {
    var catalog = testCatalog()
    catalog.add(GridWorld())
    catalog.addPreset(of: BestArm.self, "best-arm", on: "grid-world", source: "a book, page 7") {
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

  private func compare(_ text: String, _ options: String = "") throws -> (ended: Ended, results: String) {
    try save(text, to: directory + "/suite.json5")
    let results = "\(directory)/results\(options.filter { $0 != " " })"
    let line = "compare \(directory)/suite.json5 --quiet --out \(results) \(options)"
    return (zoo(line, in: Self.catalog()), results)
  }

  @Test("A group lies over the file and under the flags on its families only") func groupsAndFlags() throws {
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
    let (ended, results) = try compare(text, "--set best-arm.isGreedy=false")
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
      let found = try setting(key, of: "\(results)/runs/\(learner)/\(family)@1/seed-3")
      #expect(found == value, "\(learner) \(family) \(key)")
    }
    let page = try read(results + "/report/report.html")
    #expect(page.contains(" file, group grids"))
  }

  @Test("A group whose families are not compared changes nothing") func groupsOfOtherFamilies() throws {
    let groups = #"groups: { grids: { families: ["grid-world"], settings: { "best-arm": { isGreedy: true } } } }"#
    let (ended, results) = try compare(Self.suite(groups), "--families bernoulli-bandit-5x10")
    #expect(ended.code == 0, "\(ended.errors)")
    let value = try setting("isGreedy", of: results + "/runs/best-arm/bernoulli-bandit-5x10@1/seed-3")
    #expect(value == "false default made up")
    #expect(!FileManager.default.fileExists(atPath: results + "/runs/best-arm/grid-world@1"))
    expectDone(try compare(Self.suite(groups), "--learners wanderer").ended)
  }

  @Test func whatIsResumedHasTheSettingsOfItsGroup() throws {
    let groups = "groups: { grids: { families: ['grid-world@1'], settings: { tasksPerBatch: 3 } } }"
    let (ended, results) = try compare(Self.suite(groups))
    #expect(ended.code == 0, "\(ended.errors)")
    try FileManager.default.removeItem(atPath: results + "/runs")
    expectDone(zoo("resume \(results) --quiet", in: Self.catalog()))
    let value = try setting("tasksPerBatch", of: results + "/runs/wanderer/grid-world@1/seed-3")
    #expect(value == "3 file group grids")
  }

  @Test(arguments: [
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
    ("{g: {families: ['grid-world'], settings: {exploration: null}}}", "groups.g.settings.exploration is a value"),
  ])
  func aMistakeInAGroupIsNamedWithItsPlace(groups: String, message: String) throws {
    let ended = expectRefusal(try compare(Self.suite("groups: \(groups)")).ended, message)
    #expect(ended.errors.contains(/suite\.json5"( is not JSON5: line 2, column \d+)?: groups/), "\(ended.errors)")
  }
}

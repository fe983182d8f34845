import Foundation
import StandardZoo
import Testing
import Zoo

@Suite(.temporaryDirectory) struct SuiteFileTests {
  private let directory = TemporaryDirectory.path

  private func compare(_ text: String, _ options: String = "") throws -> Ended {
    try save(text, to: directory + "/suite.json5")
    return zoo("compare \(directory)/suite.json5 --quiet --out \(directory)/r \(options)")
  }

  private func config(_ learner: String) throws -> JSONValue {
    try JSONValue(parsing: read("\(directory)/r/runs/\(learner)/bernoulli-bandit-5x10@1/seed-3/config.json"))
  }

  private func setting(_ key: String, in config: JSONValue) -> JSONValue? {
    config["settings"]?.arrayValue?.first { $0["key"]?.stringValue == key }
  }

  @Test("A file with comments says what to compare and flags lie over it") func filesAndFlags() throws {
    let ended = try compare(
      """
      // What we want to know.
      {
        learners: ['best-arm', "wanderer"], families: ["bernoulli-bandit-5x10"],
        seeds: [3, 4], steps: 4e1, tasks: 2, episodes: 3, probeEpisodes: 2, split: "validation",
        settings: {
          tasksPerBatch: 2, /* of both */
          "best-arm": { optimism: "high", exploration: { value: 0.25, paper: "Nobody 1999, Table 2" }, },
        },
      }
      """, "--seeds 3 --set best-arm.hiddenSizes=3,4")
    #expect(ended.code == 0, "\(ended.errors)")
    let best = try config("best-arm")
    #expect(best["steps"] == 40)
    #expect(best["evaluation"]?["identifier"] == "validation2-episodes3-probeseachx2@1")
    let expected: [(String, JSONValue, JSONValue)] = [
      ("tasksPerBatch", 2, "file"), ("optimism", "high", "file"), ("exploration", 0.25, "paper"),
      ("hiddenSizes", [3, 4], "flag"), ("isGreedy", false, "default"),
    ]
    for (key, value, origin) in expected {
      #expect(setting(key, in: best)?["value"] == value, "\(key)")
      #expect(setting(key, in: best)?["origin"] == origin, "\(key)")
    }
    #expect(setting("exploration", in: best)?["source"] == "Nobody 1999, Table 2")
    #expect(setting("tasksPerBatch", in: try config("wanderer"))?["value"] == 2)
    #expect(setting("optimism", in: try config("wanderer"))?["origin"] == "default")
  }

  @Test(arguments: [
    ("{learners: [}", "is not JSON5"), ("{\n  seeds: [1],\n  steps 1,\n}", "line 3"),
    ("{steps: 1x}", "line 1, column 9: \"1x\" is not a number"),
    ("{steps: 1, steps: 2}", "steps is given twice"),
    ("{/* never ends }", "line 1, column 2: a comment does not end"), ("{seeds: +.5.}", "is not a number"),
    ("[1]", "it is not an object"), ("", "is not JSON5"),
    ("{learnres: ['best-arm']}", "unknown key \"learnres\". Nearest: learners."),
    ("{learners: 'best-arm'}", "learners is a list of names"),
    ("{learners: ['best-amr']}", "unknown learner \"best-amr\". Nearest: best-arm."),
    ("{seeds: '2..0'}", "seeds is a list of whole numbers"),
    ("{seeds: [1.5]}", "seeds is a list of whole numbers"),
    ("{steps: -1}", "steps is a whole number from 0"), ("{steps: 'many'}", "not \"many\""),
    ("{split: 'tests'}", "unknown split \"tests\". Nearest: test."),
    (
      "{settings: {explorations: 1}}",
      "suite.json5\": settings.explorations: unknown key \"explorations\". Nearest: exploration."
    ),
    ("{settings: {exploration: 3}}", "settings.exploration: exploration is a number from 0 to 1, not 3."),
    ("{settings: {'best-arm': {exploration: null}}}", "settings.best-arm.exploration is a value"),
    ("{settings: {'best-arms': {exploration: 1}}}", "unknown learner \"best-arms\". Nearest: best-arm."),
    ("{settings: 3}", "settings is an object"),
    ("{settings: {tasksPerBatch: [2]}}", "tasksPerBatch is a whole number from"),
    ("{settings: {hiddenSizes: ['2,3']}}", "not [\"2,3\"]"),
    ("{settings: {exploration: {value: 0.1}}}", "settings.exploration is a value, or { value: …, paper: "),
    ("{settings: {'best-arm': {exploration: {paper: 'x'}}}}", "settings.best-arm.exploration is a value, or {"),
    ("{settings: {exploration: Infinity}}", "settings.exploration is Infinity, and has to be a finite number"),
    ("{settings: {exploration: 0.1, exploration: 0.2}}", "settings.exploration is given twice, first in line 1"),
    ("{seeds: 9007199254740993}", "seeds: 9007199254740993 is too large. Seeds are whole numbers from 0 to"),
    ("{seeds: '0..9007199254740993'}", "is too large"), ("{seeds: 04}", "type 4"),
    ("{steps: 1000.00000000000000001}", "steps is 1000.00000000000000001, which 64 bits do not hold"),
  ])
  func aMistakeInAFileIsNamedWithItsPlace(text: String, message: String) throws {
    let ended = expectRefusal(try compare(text), message)
    #expect(ended.errors.contains("suite.json5\""), "\(ended.errors)")
  }

  /// What editors and other programs leave in files.
  @Test(arguments: [
    "\u{FEFF}{ learners: ['best-arm'], seeds: [3], steps: 0x28, tasks: 2, episodes: 3 }\r\n",
    "{ learners: ['best-arm'],\u{A0}seeds: '3', steps: +4.e1, tasks: 2.0, episodes: 3 }\r",
    "{ le\\u0061rners: ['best-\\x61rm'], seeds: 3.0, steps: 40, tasks: 2, episodes: 3 }// last\u{2028}",
  ])
  func filesAsEditorsSaveThemSayTheSame(text: String) throws {
    let ended = try compare(text, "--families bernoulli-bandit-5x10")
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(try config("best-arm")["steps"] == 40)
  }

  @Test func aFileInUTF16IsNamed() throws {
    try "{ seeds: [1] }".write(toFile: directory + "/s.json5", atomically: true, encoding: .utf16)
    expectError(
      zoo("compare \(directory)/s.json5 --dry-run"),
      "s.json5\" is not JSON5: line 1, column 1: it is written in UTF-16")
  }
}

import MetaRL
import StandardZoo
import Testing
import Zoo

@Suite struct SettingsTests {
  private func problem(_ key: String, _ value: String) -> String {
    do {
      var settings = try Settings(BestArm.Configuration.self)
      try settings.set(key, to: value)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("Every shipped learner describes exactly what it stores") func learnersDescribeTheirSettings() {
    func problems<L: MetaLearner>(_ type: L.Type) -> [String] { settingProblems(of: L.Configuration.self) }
    for entry in Catalog.standard.learners { #expect(problems(entry.type) == [], "\(entry.name)") }
  }

  @Test func theCheckFindsWhatIsNotDescribedOrOutOfRange() {
    #expect(
      settingProblems(of: Undeclared.self) == [
        "secret of Undeclared is stored without @Setting",
        "the default of share in Undeclared, 2, is not a number from 0 to 1",
      ])
  }

  @Test("An unknown key names the nearest and where all are listed") func unknownKeys() {
    let message = problem("explorations", "0.1")
    #expect(message.contains("unknown key \"explorations\". Nearest: exploration."))
    #expect(message.hasSuffix("See: zoo describe LEARNER"))
    #expect(!problem("colour", "0.1").contains("Nearest"))
  }

  @Test(
    "A value out of range names the range and the nearest value",
    arguments: [
      ("exploration", "2", "a number from 0 to 1", "exploration=1"),
      ("tasksPerBatch", "0", "a whole number from 1 to 100", "tasksPerBatch=1"),
      ("tasksPerBatch", "1e99", "a whole number from 1 to 100", "tasksPerBatch=100"),
      ("hiddenSizes", "8,100", "whole numbers, each from 1 to 64", "hiddenSizes=8,64"),
      ("hiddenSizes", "8,8,8,8", "from 1 to 3 whole numbers", "hiddenSizes=8,8,8"),
      ("optimism", "higher", "one of none, high", "optimism=high"),
      ("isGreedy", "ture", "true or false", "isGreedy=true"),
    ])
  func valuesOutOfRange(key: String, value: String, range: String, nearest: String) {
    let message = problem(key, value)
    #expect(message.contains(range), "\(message)")
    #expect(message.hasSuffix("Nearest: \(nearest)"), "\(message)")
  }

  @Test(
    "A value that is near nothing is answered with an example",
    arguments: [
      ("exploration", "nan", "exploration=0.2"), ("exploration", "lots", "exploration=0.2"),
      ("tasksPerBatch", "many", "tasksPerBatch=4"), ("hiddenSizes", "[]", "hiddenSizes=8,8"),
      ("hiddenSizes", "8,x", "hiddenSizes=8,8"), ("optimism", "orange", "optimism=none"),
      ("isGreedy", "1", "isGreedy=false"),
    ])
  func valuesNearNothing(key: String, value: String, example: String) {
    let message = problem(key, value)
    #expect(message.hasSuffix("Example: \(example)"), "\(message)")
  }

  @Test func everyValueKnowsWhereItComesFrom() throws {
    var settings = try Settings(BestArm.Configuration.self) { $0.exploration = 0.5 }
    try settings.set("hiddenSizes", to: "[16, 32]")
    try settings.set("isGreedy", to: "true")
    let origins = Dictionary(uniqueKeysWithValues: settings.entries.map { ($0.setting.key, $0.origin) })
    #expect(origins["exploration"] == .preset)
    #expect(origins["hiddenSizes"] == .flag)
    #expect(origins["tasksPerBatch"] == .default)
    let configuration = try settings.configuration(as: BestArm.Configuration.self)
    #expect(configuration.hiddenSizes == [16, 32])
    #expect(configuration.exploration == 0.5)
    #expect(configuration.isGreedy)
  }

  @Test func jsonSurvivesARoundTripWithItsOrder() throws {
    let text = #"{"b":[1,2.5,-3e-05,true,null],"a":{"text":"é\n\"😀"},"empty":{},"list":[]}"#
    let value = try JSONValue(parsing: text)
    #expect(try JSONValue(parsing: value.text) == value)
    #expect(try JSONValue(parsing: value.indentedText) == value)
    #expect(value.text.hasPrefix(#"{"b":[1,2.5"#))
    #expect(try JSONValue(parsing: #""\ud83d\ude00""#) == "😀")
  }

  @Test(arguments: ["", "{", "[1,", "{\"a\"}", "nul", "1 2", "\"x", "[1e999]", "+1", "\"\\q\"", "\"\\u12\""])
  func whatIsNotJSONIsRefusedWithItsLine(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func deepNestingIsRefused() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
  }
}

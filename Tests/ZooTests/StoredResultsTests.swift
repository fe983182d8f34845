import Foundation
import Tensors
import Testing
import Zoo

/// Results read back from files that may say anything.
@Suite(.temporaryDirectory) struct StoredResultsTests {
  private let directory = TemporaryDirectory.path

  private let family = "bernoulli-bandit-5x10@1"
  private let run = "runs/wanderer/bernoulli-bandit-5x10@1/seed-1"

  /// The directory of a small comparison.
  private func comparison(_ options: String = "") -> String {
    expectDone(zoo("compare --tasks 3 --steps 20 --quiet --out \(directory)/r \(options)"))
    return directory + "/r"
  }

  private func replace(_ text: String, by other: String, in path: String) throws {
    let before = try read(path)
    #expect(before.contains(text), "\(path) has no \(text)")
    try save(before.replacingOccurrences(of: text, with: other), to: path)
  }

  private func refusal(_ line: String) -> String { expectRefusal(zoo(line)).errors }

  private func refusal(
    afterReplacing text: String, by other: String, in file: String, _ message: String
  ) throws -> String {
    let results = comparison()
    try replace(text, by: other, in: results + "/" + file)
    return expectRefusal(zoo("stats \(results)"), message).errors
  }

  @Test func statisticsAreThoseOfTheEpisodesInTheFiles() throws {
    let results = comparison()
    let ended = zoo("stats \(results) --metric final,online --json")
    let json = try JSONValue(parsing: ended.output)
    let metrics = try #require(json["families"]?.arrayValue?.first?["metrics"]?.arrayValue)
    let (random, oracle) = (0.5, try #require(metrics[0]["one"]?.numberValue))
    for (metric, kind, wanted) in [(metrics[0], "adapted", 10), (metrics[1], "online", nil)] {
      let learner = try #require(metric["learners"]?.arrayValue?.first)
      #expect(learner["learner"] == "best-arm")
      for seed in 0..<3 {
        let path = "\(results)/runs/best-arm/\(family)/seed-\(seed)/episodes.jsonl"
        let rows = try read(path).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        for task in 0..<3 {
          let mine = rows.filter { row in
            row["task"] == .integer(task) && row["kind"] == .string(kind)
              && (wanted.map { row["episode"] == .integer($0) } ?? true)
          }
          let returns = mine.compactMap { $0["return"]?.numberValue }
          let score = (returns.reduce(0, +) / Double(returns.count) - random) / (oracle - random)
          let told = try #require(learner["scores"]?.arrayValue?[seed].arrayValue?[task].numberValue)
          #expect(abs(told - score) < 1e-12)
        }
      }
    }
  }

  @Test func aRowMayHaveOtherKeysInAnyOrder() throws {
    let results = comparison()
    let before = zoo("stats \(results) --json").output
    let path = "\(results)/\(run)/episodes.jsonl"
    let rows = try read(path).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let turned = rows.map { row -> String in
      let extra = "\"more\":{\"a\":[1,{\"b\":\"}\\\"\"}]},\"note\":\"x,y\""
      let members = (row.members ?? []).reversed().map { "\"\($0.key)\" : \($0.value.text)" }
      return "{ \(extra), " + members.joined(separator: " ,") + "}\n"
    }
    try save(turned.reversed().joined(), to: path)
    #expect(zoo("stats \(results) --json").output == before)
  }

  @Test(arguments: [
    ("\"kind\":\"online\",\"episode\":4", "\"kind\":\"online\",\"episode\":3", "line 5: the same episode"),
    ("\"steps\":1,", "\"steps\":-1,", "line 1: steps is -1, not a whole number from 0 up"),
    ("\"return\":", "\"return\":nan,\"x\":", "line 1: return is nan, not a number"),
    ("\"return\":", "\"return\":1e999,\"x\":", "line 1: return is 1e999, not a number"),
    ("\"task\":2", "\"task\":3", "task 3 is not one of 3"),
    ("\"seed\":1", "\"seed\":2", "line 1: seed is 2, not 1, as config.json has it"),
    ("wanderer", "wonderer", "line 1: learner is \"wonderer\", not \"wanderer\", as config.json has it"),
    ("\"kind\":\"online\"", "\"kind\":\"offline\"", "line 1: kind is \"offline\", not \"online\" or \"adapted\""),
    (",\"terminated\":true", "", "line 1: terminated is missing"),
    ("\"experienceSteps\":10}", "\"experienceSteps\":10", "a comma is missing, or the row is cut off"),
    ("\"episode\":10,", "\"episode\":99999999999999999999,", "is 99999999999999999999, not a whole number"),
  ])
  func aBrokenRowIsNamedByFileAndLine(text: String, other: String, message: String) throws {
    let problem = try refusal(afterReplacing: text, by: other, in: "\(run)/episodes.jsonl", message)
    #expect(problem.hasPrefix("error: \"\(directory)/r/\(run)/episodes.jsonl\", line "), "\(problem)")
  }

  @Test func rowsThatAreMissingAreMissed() throws {
    let results = comparison()
    let path = "\(results)/\(run)/episodes.jsonl"
    let rows = try read(path).split(separator: "\n")
    try save(rows.dropLast().map { $0 + "\n" }.joined(), to: path)
    #expect(refusal("stats \(results)").contains("there is no row of task 2, adapted, episode 10, repetition 0"))
    try FileManager.default.removeItem(atPath: path)
    #expect(refusal("stats \(results)").contains("there is no \"\(path)\""))
  }

  @Test(arguments: [
    ("\"schema\": 2", "\"schema\": 1", "schema is 1, and should be 2"),
    ("\"taskCount\": 3", "\"taskCount\": 100000", "evaluation.identifier is"),
    ("\"taskCount\": 3", "\"taskCount\": -3", "evaluation.taskCount is -3"),
    (
      "\"role\": \"control\"", "\"role\": \"boss\"",
      "learnerCard.role is \"boss\", and should be learner or control"
    ),
    ("\"steps\": 20", "\"steps\": 1e300", "steps is 1e+300"),
    ("\"seed\": 1", "\"seed\": 2", "the manifest has another run there"),
    ("\"version\": 1", "\"version\": 2", "family is \"bernoulli-bandit-5x10@1\""),
    ("\"value\": 0.5", "\"value\": \"0.5\"", "familyCard.random.value is \"0.5\""),
    ("\"returns\": [", "\"returns\": [null, ", "familyCard.bayesOptimal.returns is"),
    (
      "\"bayesOptimal\": {", "\"bayesOptimal\": 1, \"other\": {",
      "familyCard.bayesOptimal is 1, and should be an object"
    ),
  ])
  func aConfigurationThatCannotBeIsNamedByFileAndKey(text: String, other: String, message: String) throws {
    let problem = try refusal(afterReplacing: text, by: other, in: "\(run)/config.json", message)
    #expect(problem.contains("\"\(directory)/r/\(run)/config.json\""), "\(problem)")
  }

  @Test func aProtocolThatNoFileCanHoldTakesNoMemory() throws {
    let results = comparison()
    let path = "\(results)/\(run)/config.json"
    try replace("\"taskCount\": 3", by: "\"taskCount\": 100000", in: path)
    try replace("test3-episodes10", by: "test100000-episodes10", in: path)
    #expect(refusal("stats \(results)").contains("there are too few rows"))
  }

  @Test(arguments: [
    ("\"seed\":1", "\"seed\":-1", "line 3: learner, family or seed is missing"),
    ("\"state\":\"planned\"", "\"state\":\"hoped\"", "line 1: state is not planned"),
    ("runs/wanderer", "../wanderer", "run is not a path below runs/"),
    ("seed-1", "seed-0", "is planned twice"), ("{", "[", "line 1: it is not a JSON object"),
  ])
  func aManifestThatCannotBeIsNamedByLine(text: String, other: String, message: String) throws {
    let problem = try refusal(afterReplacing: text, by: other, in: "manifest.jsonl", message)
    #expect(problem.hasPrefix("error: \"\(directory)/r/manifest.jsonl\", line "), "\(problem)")
  }

  @Test func missingSeedsAreHolesWithTheirCauses() throws {
    let results = comparison("--seeds 0..4")
    let run = "\(results)/runs/wanderer/\(family)/seed-"
    try save("{\"status\":\"failed\",\"cause\":\"no luck\"}", to: run + "1/status.json")
    try FileManager.default.removeItem(atPath: run + "4")
    // A last line that was cut off is not there.
    let manifest = results + "/manifest.jsonl"
    try save(read(manifest) + "{\"run\":\"runs/wan", to: manifest)
    let ended = expectDone(zoo("stats \(results) --metric final"))
    #expect(ended.output.contains("note: missing: wanderer on \(family), seed 1: failed: no luck\n"))
    #expect(ended.output.contains("note: missing: wanderer on \(family), seed 4: failed: its directory is gone\n"))
    #expect(ended.output.contains("3 to 5 seeds x 3 held-out tasks"))
    let json = try JSONValue(parsing: zoo("stats \(results) --metric final --json").output)
    let learners = json["families"]?.arrayValue?.first?["metrics"]?.arrayValue?.first?["learners"]?.arrayValue
    #expect(learners?[1]["seeds"] == [0, 2, 3])
    #expect(learners?[1]["versus"]?["pairedSeeds"] == 3)
  }

  @Test func resultsOfDirectoriesAreJoined() throws {
    let all = "compare --tasks 3 --steps 20 --quiet --out \(directory)/"
    for line in ["all --seeds 0..3", "a --seeds 0..1", "b --seeds 2..3"] { #expect(zoo(all + line).code == 0) }
    func metrics(_ line: String) throws -> JSONValue? {
      // The clock is not the same twice.
      let lines = zoo(line + " --json").output.split(separator: "\n").filter { !$0.contains("\"wallSeconds\"") }
      return try JSONValue(parsing: lines.joined(separator: "\n"))["families"]
    }
    let joined = try metrics("stats \(directory)/a \(directory)/b")
    #expect(joined != nil)
    #expect(try metrics("stats \(directory)/all") == joined)
    // A run by itself, and runs without a manifest, are read likewise.
    try FileManager.default.removeItem(atPath: directory + "/b/manifest.jsonl")
    #expect(try metrics("stats \(directory)/a \(directory)/b") == joined)
    let one = zoo("stats \(directory)/a/runs/wanderer/\(family)/seed-1")
    #expect(one.output.contains("no intervals: the spread is unknown with 1 seed"), "\(one.errors)")
  }

  @Test func whatIsNotComparableIsNotMixed() throws {
    let line = "compare --steps 20 --quiet --out \(directory)/"
    #expect(zoo(line + "a --tasks 3 --seeds 0..1").code == 0)
    #expect(zoo(line + "b --tasks 4 --seeds 2..3").code == 0)
    #expect(zoo(line + "c --tasks 3 --seeds 4..5 --set best-arm.tasksPerBatch=2").code == 0)
    #expect(refusal("stats \(directory)/a \(directory)/a").contains("seed-0\" is named twice: leave one out"))
    #expect(zoo(line + "d --tasks 3 --seeds 0").code == 0)
    #expect(refusal("stats \(directory)/a \(directory)/d").contains("are both best-arm on \(family), seed 0"))
    let other = refusal("stats \(directory)/a \(directory)/b")
    #expect(other.contains("evaluated by the protocols test3-") && other.contains("test4-"), "\(other)")
    let settings = refusal("stats \(directory)/a \(directory)/c")
    #expect(settings.contains("best-arm had tasksPerBatch 4 and 2"), "\(settings)")
    for run in ["best-arm", "wanderer"] {
      for seed in 4...5 {
        let path = "\(directory)/c/runs/\(run)/\(family)/seed-\(seed)/config.json"
        let hash = try #require(try JSONValue(parsing: read(path))["trajectoryHash"]?.stringValue)
        try replace(hash, by: "0123", in: path)
      }
    }
    #expect(refusal("stats \(directory)/a \(directory)/c").contains("behaved differently"))
  }

  @Test(arguments: [
    ("stats", "stats needs the directory"), ("stats nowhere", "\"nowhere\" holds neither a comparison nor a run"),
    ("stats DIR --metric finale", "unknown metric \"finale\". Nearest: final."),
    ("stats DIR --vs wandrer", "--vs: unknown learner \"wandrer\". Nearest: wanderer."),
    ("stats DIR --family bernouli-bandit-5x10", "--family: unknown family"),
    ("stats DIR --resamples 10", "--resamples is a whole number from 100"),
    ("stats DIR --metric solved", "does not report success"),
  ])
  func aMistakeGivesOneMessage(line: String, message: String) throws {
    let results = comparison()
    expectRefusal(zoo(line.replacingOccurrences(of: "DIR", with: results)), message)
  }

  @Test func noSpoiledResultTraps() throws {
    let results = comparison("--seeds 0 --learners best-arm")
    let run = "\(results)/runs/best-arm/\(family)/seed-0"
    for (number, path) in [
      run + "/config.json", run + "/episodes.jsonl", run + "/status.json", run + "/budget.json",
      results + "/manifest.jsonl",
    ].enumerated() {
      var refused = 0
      try spoiling(path, times: 200, seed: UInt64(number)) { _ in
        let ended = zoo("stats \(results) --metric final --resamples 100")
        #expect(ended.code == 0 || ended.code == 2)
        if ended.code == 2 {
          refused += 1
          #expect(ended.errors.contains(results) && ended.errors.hasSuffix("\n"), "\(ended.errors)")
        }
      }
      #expect(refused > 0, "\(path)")
    }
  }
}

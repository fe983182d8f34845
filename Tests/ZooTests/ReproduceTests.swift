import Environments
import Foundation
import StandardZoo
import Synchronization
import Testing
import Zoo

@Suite(.temporaryDirectory) struct ReproduceTests {
  private let directory = TemporaryDirectory.path

  @Test(
    "What is wrong in a table is said in one line that names the file",
    arguments: [
      ("\"schema\": 1", "\"schema\": 2", "schema is 2, and should be 1"),
      ("\"caption\"", "\"captoin\"", "unknown key \"captoin\". Nearest: caption."),
      ("try2020/table1", "try2020/table2", "name is \"try2020/table2\", and should be try2020/table1"),
      ("\"year\": 2020", "\"year\": \"2020\"", "citation.year is \"2020\""),
      ("\"smoke\": {\"trainingSteps\": 60, ", "\"smoke\": {", "budgets.smoke.trainingSteps is missing"),
      ("12e2", "12e-1", "budgets.paper.trainingSteps is 1.2, and should be a whole number"),
      ("0..1", "0..x", "budgets.paper.seeds is a list of whole numbers"),
      ("0..1", "0..1,1", "budgets.paper.seeds: seed 1 is named twice"),
      ("\"testTasks\": 30", "\"testTaks\": 30", "unknown key \"testTaks\". Nearest: testTasks. in budgets.laptop"),
      ("\"id\": \"wander\"", "\"id\": \"best\"", "experiment best is described twice"),
      ("\"id\": \"wander\"", "\"id\": \"../wander\"", "experiments[1].id is \"../wander\""),
      (
        "\"experiment\": \"wander\"", "\"experiment\": \"wonder\"",
        "unknown experiment \"wonder\". Nearest: wander."
      ),
      ("\"against\": \"wander\"", "\"against\": \"wandr\"", "cells[5].against: unknown experiment"),
      ("\"measure\": \"onlineReturn\"", "\"measure\": \"onlineRetrun\"", "cells[3].measure is \"onlineRetrun\""),
      ("\"episode\": 3", "\"episode\": 10", "cells[3].episode is 10, and should be at most 9"),
      ("\"kind\": \"confidence95\"", "\"kind\": \"sd\"", "cells[4].spread.kind is \"sd\""),
      ("\"times\": -20", "\"times\": 0", "cells[4].times is 0, and should be a number other than 0"),
      ("\"mustHold\": true", "\"mustHold\": \"yes\"", "cells[1].mustHold is \"yes\", and should be true or false"),
      ("\"column\": \"random\"", "\"column\": \"best\"", "the cell n=10 · best appears twice"),
      ("{\"value\": 0.1, \"source\": \"section 3\"}", "0.1", "experiments[0].settings.exploration is 0.1"),
      (", \"source\": \"section 3\"", "", "experiments[0].settings.exploration.source is missing"),
      ("\"best-arm\"", "\"best-amr\"", "experiment best: unknown learner \"best-amr\". Nearest: best-arm"),
      (
        "\"best-arm\", \"family\": \"bernoulli", "\"best-arm\", \"family\": \"bernuolli",
        "Nearest: bernoulli-bandit-5x10."
      ),
      ("\"exploration\": {", "\"explration\": {", "unknown key \"explration\". Nearest: exploration."),
      ("\"value\": 0.1", "\"value\": 1.5", "exploration is a number from 0 to 1, not 1.5. Nearest: exploration=1"),
      (
        "\"best-arm\", \"family\": \"bernoulli-bandit-5x10\"", "\"best-arm\", \"family\": \"point-navigation\"",
        "it needs choices"
      ),
      ("\"rule\": {", "\"rule\": {\"words\": \"twice\", ", "rule.words is given twice"),
      ("\"cells\": [", "\"cells\": [ 1, ", "cells is [1"),
      ("\"caption\": \"Bandits\",", "\"caption\": \"Bandits\"", "is not JSON: line "),
    ])
  func wrongTables(old: String, new: String, message: String) throws {
    #expect(PaperExample.table.contains(old))
    let example = try PaperExample(in: directory, replacing: old, with: new)
    let ended = expectRefusal(example.run("--budget smoke", to: "out"), message)
    #expect(ended.errors.contains("table1.json"), "\(ended.errors)")
    #expect(!FileManager.default.fileExists(atPath: directory + "/out"))
  }

  @Test(arguments: [
    ("run try2020/tabel1", "unknown table \"try2020/tabel1\". Nearest: try2020/table1."),
    ("run", "reproduce run needs the name of one table"),
    ("shwo try2020/table1", "unknown word \"shwo\". Nearest: show."),
    ("run try2020/table1 --budget papre", "unknown budget \"papre\". Nearest: paper."),
    ("run try2020/table1 --only wandr", "--only: unknown experiment \"wandr\". Nearest: wander."),
    ("", "reproduce list, show, run or check?"),
    ("run try2020/table1 --seeds 0,1,0", "--seeds: seed 0 is named twice"),
    ("check --json", "reproduce check does not take --json; it takes --papers, --write, --jobs"),
  ])
  func whatIsWrongInTheCommandLineIsSaid(line: String, message: String) throws {
    expectError(try PaperExample(in: directory).reproduce(line), message)
  }

  @Test func withoutACheckoutItIsSaidWhereTheTablesAre() {
    expectError(
      zoo("reproduce list --papers /nowhere/papers"),
      "run this in a clone of it, or name its folder with --papers DIR")
  }

  @Test func aTableIsRunShownListedAndChecked() throws {
    let example = try PaperExample(in: directory)
    let ended = expectDone(example.run(to: "out"))
    #expect(ended.output.contains("(laptop budget)"))
    #expect(!ended.output.contains("reproduced"), "a laptop's budget reproduces nothing")
    #expect(ended.output.contains("other") && ended.output.contains("not run"))
    #expect(example.reproduce("show try2020/table1").output.hasPrefix(ended.output))
    let sources = example.reproduce("show try2020/table1").output
    for text in [
      "exploration=0.1 (section 3)", "departs: it wanders", "times -20 (made up)", "1200 steps, 40 tasks",
    ] {
      #expect(sources.contains(text), "\(text)")
    }
    #expect(example.reproduce("list").output.contains("try2020/table1"))
    expectDone(example.reproduce("check"))
    for line in ["list --json", "show try2020/table1 --json"] {
      #expect(throws: Never.self) { try JSONValue(parsing: example.reproduce(line).output) }
    }
    let page = try read(example.papers + "/README.md")
    #expect(page.contains("| n=10 | other | 6.7 | – |"))
    #expect(page.contains("| best | laptop | 600 | 30 | 0, 1 |"))
  }

  @Test func mediansAreShownWhereResultsHaveThem() throws {
    let example = try PaperExample(in: directory)
    let ended = expectDone(example.run(to: "out"))
    #expect(ended.output.contains("MEDIAN"))
    let page = try read(example.papers + "/README.md")
    #expect(page.contains("| published | ours | median | ours on 12 tasks | verdict |"))
    // The median is that of the returns of all tasks and seeds, which the file has beside it.
    let record = try #require(JSONValue(parsing: read(example.results))["results"]?.arrayValue?.first)
    let value = try #require(
      record["values"]?.arrayValue?.first { $0["measure"] == "lifetimeReturn" && $0["against"] == nil })
    let returns = try #require(value["returnsByTask"]?.arrayValue).flatMap { $0.arrayValue ?? [] }
      .compactMap(\.numberValue).sorted()
    #expect(returns.count == 60)
    #expect(value["median"]?.numberValue == (returns[29] + returns[30]) / 2)
    #expect(record["tasks"]?.arrayValue?.count == 30)
    #expect(record["tasks"]?.arrayValue?.first?.arrayValue?.count == 5, "the chances of five arms")

    // Results from before medians were stored are as good as others.
    let old = try read(example.results).replacingOccurrences(of: "\"median\"", with: "\"other\"")
      .replacingOccurrences(of: "\"returnsByTask\"", with: "\"others\"")
    try save(old, to: example.results)
    #expect(example.reproduce("check --write").code == 0)
    #expect(!example.reproduce("show try2020/table1").output.contains("MEDIAN"))
    #expect(try !read(example.papers + "/README.md").contains("| median |"))
  }

  @Test func smokeLeavesNothingBesideTheTable() throws {
    let example = try PaperExample(in: directory)
    let ended = expectDone(example.run("--budget smoke", to: "out"))
    #expect(ended.output.contains("(smoke budget)"))
    #expect(!FileManager.default.fileExists(atPath: example.results))
    #expect(!FileManager.default.fileExists(atPath: example.papers + "/README.md"))
    #expect(FileManager.default.fileExists(atPath: directory + "/out/results.json"))
  }

  /// The numbers of a file of results, without times, dates, and what depends on them.
  private func numbers(_ path: String) throws -> [[[JSONValue.Member]]] {
    let results = try #require(JSONValue(parsing: read(path))["results"]?.arrayValue)
    return try results.map {
      try #require($0["values"]?.arrayValue).map { ($0.members ?? []).filter { $0.key != "runsAgainst" } }
    }
  }

  @Test("What is interrupted anywhere goes on to the same numbers", arguments: [0, 1, 4, 12, 25, 60])
  func interruptedTables(questionsBefore: Int) throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run("--jobs 2", to: "whole"))
    let whole = try numbers(example.results)
    try FileManager.default.removeItem(atPath: example.results)
    let questions = Atomic(0)
    let line = "run try2020/table1 --jobs 1 --checkpoint-seconds 0 --quiet --out \(directory)/cut"
    let cut = expectCode(
      4, example.reproduce(line) { questions.wrappingAdd(1, ordering: .relaxed).newValue > questionsBefore })
    #expect(cut.errors.contains("to continue: repeat the command"))
    expectDone(example.reproduce(line))
    #expect(try numbers(example.results) == whole)
    for seed in 0...1 {
      let rows = try ["whole", "cut"].map { try read("\(directory)/\($0)/best/seed-\(seed)/train.jsonl") }
      #expect(rows[0] == rows[1])
    }
  }

  @Test func partsOfATableAreMergedAndSeedsAdded() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run("--only wander", to: "parts"))
    #expect(try numbers(example.results).count == 1)
    for seed in 0...1 { expectDone(example.run("--only best --seeds \(seed)", to: "parts")) }
    let parts = try numbers(example.results)
    #expect(parts.count == 2)
    expectDone(example.run(to: "whole"))
    #expect(try numbers(example.results) == parts)
  }

  @Test func fewerSeedsDoNotReplaceMore() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run("--only best", to: "both"))
    let both = try read(example.results)
    expectDone(example.run("--only best --seeds 1", to: "one"))
    #expect(try read(example.results) == both)
    try example.write(replacing: "\"value\": 0.1", with: "\"value\": 0.3")
    expectDone(example.run("--only best --seeds 1", to: "new"))
    #expect(try read(example.results) != both)
  }

  @Test("A paired statistic is stale once what it is against was run again") func stalePairs() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run(to: "all"))
    #expect(!example.reproduce("show try2020/table1").output.contains("stale"))
    expectDone(example.run("--only wander", to: "again"))
    #expect(example.reproduce("show try2020/table1").output.contains("stale"))
    #expect(example.reproduce("check").code == 6)
    expectDone(example.run(to: "again"))
    #expect(!example.reproduce("show try2020/table1").output.contains("stale"))
    expectDone(example.run("--only wander --budget paper", to: "paper"))
    #expect(!example.reproduce("show try2020/table1").output.contains("stale"))
    #expect(example.reproduce("check").code == 0)
  }

  @Test func aPairIsShownUnderTheLargestBudgetThatBothHave() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run(to: "laptop"))
    func pair() -> Substring? {
      example.reproduce("show try2020/table1").output.split(separator: "\n").first { $0.hasPrefix("t ") }
    }
    let before = try #require(pair())
    #expect(!before.contains("not run"))
    expectDone(example.run("--only best --budget paper", to: "paper"))
    #expect(pair() == before)
  }

  @Test(arguments: [
    ("{\"explration\": {\"value\": 0.4, \"source\": \"x\"}}", "unknown key \"explration\". Nearest: exploration."),
    ("{\"exploration\": {\"value\": 4, \"source\": \"x\"}}", "exploration is a number from 0 to 1"),
  ])
  func checkFindsWhatIsWrongInTheSettingsOfAnyBudget(settings: String, message: String) throws {
    let example = try PaperExample(
      in: directory, replacing: "\"settings\": {",
      with: "\"budgets\": {\"laptop\": {\"settings\": \(settings)}}, \"settings\": {")
    expectError(example.reproduce("check --write"), code: 6, message)
  }

  @Test func aBudgetMayHaveItsOwnSettings() throws {
    let own = """
      "budgets": {"laptop": {"settings": {"exploration": {"value": 0.4, "source": "short training"}}}}, "settings": {
      """
    let example = try PaperExample(in: directory, replacing: "\"settings\": {", with: own)
    for (budget, value) in [("smoke", "0.1"), ("laptop", "0.4")] {
      expectDone(example.run("--budget \(budget) --only best", to: budget))
      #expect(try read("\(directory)/\(budget)/results.json").contains("\"exploration\": \(value)"))
    }
    #expect(example.reproduce("show try2020/table1").output.contains("exploration=0.4 (short training)"))
  }

  @Test("A larger budget of training goes on where the smaller ended") func largerBudgets() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run("--only best", to: "both"))
    try example.write(replacing: "\"laptop\": {\"trainingSteps\": 600", with: "\"laptop\": {\"trainingSteps\": 900")
    expectDone(example.run("--only best", to: "both"))
    let grown = try numbers(example.results)
    #expect(try read("\(directory)/both/best/seed-0/log.txt").contains("resumed after iteration 30, 600 steps"))
    expectDone(example.run("--only best", to: "new"))
    #expect(try numbers(example.results) == grown)
  }

  @Test func runsOfOtherSettingsAreNotGoneOnWith() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run("--only best", to: "out"))
    try example.write(replacing: "\"value\": 0.1", with: "\"value\": 0.3")
    expectError(example.run("--only best", to: "out"), "is of another run: exploration is 0.1, not 0.3. Remove ")
  }

  @Test func checkFindsWhatIsStaleAndWhatDoesNotHold() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run(to: "out"))
    #expect(example.reproduce("check").code == 0)
    func expect(_ old: String, _ new: String, _ message: String) throws {
      try example.write(replacing: old, with: new)
      expectError(example.reproduce("check try2020/table1 --write"), code: 6, message)
    }
    let stale = "the result of best does not match the current table"
    try expect("\"value\": 0.1", "\"value\": 0.2", stale)
    try expect("\"testTasks\": 30", "\"testTasks\": 31", stale)
    try expect("\"trainingSteps\": 600", "\"trainingSteps\": 601", stale)
    try expect("\"reported\": 5.0", "\"reported\": 8.0", "n=10 · random: ")
    try expect("\"reported\": 6.4", "\"reported\": 6.4, \"atLeast\": 9.5", "not the 9.50 promised")
    try example.write(replacing: "", with: "")
    try save("another page", to: example.papers + "/README.md")
    expectError(example.reproduce("check"), code: 6, "Write it again: zoo reproduce check --write")
    #expect(example.reproduce("check --write").code == 0)
    #expect(example.reproduce("check").code == 0)
  }

  @Test("A setting that is new and at its default makes nothing stale") func newSettings() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run(to: "out"))
    let text = try read(example.results)
    let without = text.replacing("\"isGreedy\": false,", with: "")
    #expect(without != text)
    try save(without, to: example.results)
    #expect(example.reproduce("check").code == 0)
    let other = text.replacing("\"isGreedy\": false,", with: "\"isGreedy\": true,")
    try save(other, to: example.results)
    #expect(example.reproduce("check").code == 6)
  }

  @Test("What needs an engine that the program lacks is judged and refused to run") func missingEngine() throws {
    let example = try PaperExample(in: directory)
    expectDone(example.run(to: "out"))
    func lacking(_ line: String) -> Ended {
      zoo("reproduce \(line) --papers \(example.papers)", in: testCatalog(hasBandits: false))
    }
    #expect(lacking("check").code == 0)
    let listed = lacking("list")
    #expect(listed.output.contains("needs an engine, which this program was built without; "))
    #expect(!example.reproduce("list").output.contains("needs an engine"))
    expectError(
      lacking("run try2020/table1 --quiet --out \(directory)/again"),
      "needs an engine, which this program was built without. To get it: install engine")
    try example.write(replacing: "\"value\": 0.1", with: "\"value\": 0.2")
    #expect(lacking("check").code == 6)
  }

  @Test func aResultOfAnotherReleaseOfAnEngineIsNotStale() throws {
    let example = try PaperExample(in: directory)
    func reproduce(_ line: String, release: String?) -> Ended {
      var catalog = testCatalog()
      if let release { catalog.add(BanditsOfEngine(release: release)) }
      return zoo("reproduce \(line) --papers \(example.papers)", in: catalog)
    }
    let run = "run try2020/table1 --quiet --out \(directory)/out"
    #expect(reproduce(run, release: "1.0").code == 0)
    let text = try read(example.results)
    #expect(text.contains("\"engine\": \"1.0\""))
    // Its runs are not gone on with by another release.
    let refused = expectCode(2, reproduce(run, release: "2.0"))
    #expect(refused.errors.contains("it was made with {") && refused.errors.contains("}, and this program has {"))

    let hash = BernoulliBandit().card.trajectoryHash
    try save(text.replacing(hash, with: "other"), to: example.results)
    #expect(reproduce("check --write", release: "2.0").code == 0)
    #expect(reproduce("check --write", release: nil).code == 0)
    // The same release has to give the same trajectories.
    expectError(
      reproduce("check --write", release: "1.0"), code: 6, "the result of best does not match the current table")
  }
}

import Foundation
import Testing
import Zoo

/// What the runs of one learner are made to have done: every episode of a seed returns the same.
private struct MadeUp {
  /// The adapted return of a seed.
  var after: [Double]
  /// The online return of a seed; nil for the adapted one.
  var lifetime: [Double]?
  /// Both of the untrained learner.
  var untrained = 0.5
  /// The iterations in the budget.
  var iterations = 20
  /// What is logged: of each metric ten rows, the last of which are the fifth that counts.
  var metrics: [String: [Double]] = [:]

  /// A return that hardly differs from seed to seed.
  init(_ mean: Double) { after = [mean, mean + 0.002, mean + 0.004] }
}

@Suite struct WarningTests {
  private static let family = "bernoulli-bandit-5x10@1"
  private static let random = "random"

  private static var catalog: Catalog {
    var catalog = testCatalog()
    catalog.add("third", BestArm.self, card: LearnerCard(summary: "A third.", adaptsBy: "counts"))
    catalog.add(
      "all-seeing", BestArm.self, card: LearnerCard(role: .control, summary: "Sees.", adaptsBy: "nothing"),
      seesDescriptor: true)
    catalog.add(
      random, BestArm.self, card: LearnerCard(role: .control, summary: "Random.", adaptsBy: "nothing", data: .none)
    ) { $0.exploration = 1 }
    return catalog
  }

  /// Nothing to warn of: learners differ more than seeds, all are above random and what they were, and the oracle is
  /// above all.
  private static let sound: [String: MadeUp] = [
    "best-arm": MadeUp(0.6), "best-arm-twin": MadeUp(0.65), "third": MadeUp(0.7), "all-seeing": MadeUp(0.8),
    "random": MadeUp(0.5),
  ]

  /// Makes results up and reads which learners a report warns of, and by which kinds.
  private func warnings(
    _ results: [String: MadeUp], check: (_ directory: String, _ report: JSONValue) throws -> Void = { _, _ in }
  ) throws -> [String: [String]] {
    try withDirectory { directory in
      let line =
        "compare --learners \(results.keys.sorted().joined(separator: ",")) --seeds 0..2 --steps 400 --tasks 2 "
        + "--episodes 2 --quiet --out \(directory)/r"
      #expect(zoo(line, in: Self.catalog).code == 0)
      for (name, result) in results {
        for seed in 0..<3 { try write(result, seed, in: "\(directory)/r/runs/\(name)/\(Self.family)/seed-\(seed)") }
      }
      let ended = zoo("report \(directory)/r", in: Self.catalog)
      #expect(ended.code == 0, "\(ended.errors)")
      let report = try JSONValue(parsing: read("\(directory)/r/report/report.json"))
      try check(directory, report)
      var found: [String: [String]] = [:]
      for learner in try #require(report["families"]?.arrayValue?.first?["learners"]?.arrayValue) {
        let kinds = try #require(learner["warnings"]?.arrayValue).compactMap { $0["kind"]?.stringValue }
        if !kinds.isEmpty { found[try #require(learner["learner"]?.stringValue)] = kinds }
      }
      return found
    }
  }

  private func write(_ result: MadeUp, _ seed: Int, in directory: String) throws {
    func replace(_ file: String, _ body: (String) -> String) throws {
      let path = directory + "/" + file
      guard FileManager.default.fileExists(atPath: path) else { return }
      let lines = try read(path).split(separator: "\n").map { body(String($0)) + "\n" }
      try lines.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }
    try replace("episodes.jsonl") { row in
      let value = row.contains("\"online\"") ? (result.lifetime ?? result.after)[seed] : result.after[seed]
      return row.replacing(#/"return":[-+.e0-9]+/#, with: "\"return\":\(value)")
    }
    try replace("untrained.jsonl") {
      $0.replacing(#/"return":[-+.e0-9]+/#, with: "\"return\":\(result.untrained)")
    }
    try replace("budget.json") {
      $0.replacing(#/"iterations": [1-9][0-9]*/#, with: "\"iterations\": \(result.iterations)")
    }
    guard !result.metrics.isEmpty else { return }
    let rows = (0..<10).map { row in
      let members = result.metrics.map { "\"\($0.key)\":\($0.value[row])" }.joined(separator: ",")
      return "{\"environmentSteps\":\(row + 1),\"metrics\":{\(members)}}\n"
    }
    try rows.joined().write(toFile: directory + "/train.jsonl", atomically: true, encoding: .utf8)
  }

  @Test func soundResultsRaiseNone() throws {
    #expect(try warnings(Self.sound) == [:])
  }

  @Test func fewIterationsAreWarnedOf() throws {
    var results = Self.sound
    results["third"]?.iterations = 19
    #expect(try warnings(results) == ["third": ["few-iterations"]])
  }

  @Test func aCollapsedPosteriorIsWarnedOfByTheEndOfTraining() throws {
    var results = Self.sound
    let (low, high) = ([Double](repeating: 0.01, count: 8), [Double](repeating: 2, count: 8))
    results["third"]?.metrics = ["posteriorDivergence": high + [0.05, 0.14]]
    results["best-arm"]?.metrics = ["posteriorDivergence": low + [0.05, 0.16]]
    #expect(try warnings(results) == ["third": ["collapsed-posterior"]])
  }

  @Test func aDominantPenaltyIsWarnedOfByTheEndOfTraining() throws {
    var results = Self.sound
    let (low, high) = ([Double](repeating: 0.1, count: 8), [Double](repeating: 0.9, count: 8))
    results["third"]?.metrics = ["penaltyShare": low + [0.4, 0.7]]
    results["best-arm"]?.metrics = ["penaltyShare": high + [0.4, 0.5]]
    #expect(try warnings(results) == ["third": ["dominant-penalty"]])
  }

  @Test func harmByTrainingIsWarnedOf() throws {
    var results = Self.sound
    results["third"]?.untrained = 0.71
    #expect(try warnings(results) == ["third": ["worse-than-untrained"]])
    // The interval of the difference reaches 0.
    results["third"]?.untrained = 0.702
    #expect(try warnings(results) == [:])
  }

  @Test func lessThanActingAtRandomIsWarnedOf() throws {
    var results = Self.sound
    results["third"]?.lifetime = [0.48, 0.482, 0.484]
    results["third"]?.untrained = 0.4
    #expect(try warnings(results) == ["third": ["worse-than-random"]])
    results["third"]?.lifetime = [0.48, 0.482, 0.6]
    #expect(try warnings(results) == [:])
    // Without the learner that acts at random, the score tells.
    results[Self.random] = nil
    results["third"] = MadeUp(0.48)
    results["third"]?.untrained = 0.4
    #expect(try warnings(results) == ["third": ["worse-than-random"]])
  }

  @Test func anOracleBelowALearnerIsWarnedOf() throws {
    var results = Self.sound
    results["all-seeing"] = MadeUp(0.68)
    #expect(try warnings(results) == ["all-seeing": ["weak-oracle"]])
    // Intervals overlap.
    results["all-seeing"] = MadeUp(0.698)
    #expect(try warnings(results) == [:])
  }

  @Test func seedsThatDifferMoreThanLearnersAreWarnedOf() throws {
    var results = Self.sound
    results["third"]?.after = [0.6, 0.7, 0.8]
    #expect(try warnings(results) == ["third": ["seeds-disagree"]])
    // Two learners have no spread to speak of.
    results["best-arm-twin"] = nil
    #expect(try warnings(results) == [:])
  }

  @Test func aWarningStandsBesideItsRowEverywhere() throws {
    var results = Self.sound
    results["third"]?.iterations = 7
    _ = try warnings(results) { directory, report in
      let sentence = "third: 7 iterations of training, with a batch of 57 environment steps each; fewer than 20"
      let table = try read("\(directory)/r/report/table.md")
      #expect(table.contains("\n| third ⚠ | ") && table.contains("\n| best-arm | "))
      #expect(table.contains("\nWarnings:\n\n- \(sentence)"), "\(table)")
      let page = try read("\(directory)/r/report/report.html")
      #expect(page.contains("<li>\(sentence)") && page.contains("third ⚠"))
      #expect(!(try read("\(directory)/r/report/table.tex")).contains("26A0"))
      let text = zoo("resume \(directory)/r --quiet", in: Self.catalog).output
      #expect(text.contains("\nthird ⚠  ") && text.contains("\n⚠ \(sentence)"), "\(text)")
    }
  }

  @Test func anUntrainedRowIsBelowItsLearnerAndRankedNowhere() throws {
    var results = Self.sound
    results["best-arm"]?.untrained = 0.9
    _ = try warnings(results) { directory, report in
      let rows = try read("\(directory)/r/report/table.md").split(separator: "\n").filter { $0.hasPrefix("| ") }
      let place = try #require(rows.firstIndex { $0.hasPrefix("| best-arm ⚠ | 0.602") })
      #expect(rows[place + 1].hasPrefix("| best-arm, untrained | 0.900 [0.900, 0.900] | – | 0.900 | "))
      let family = try #require(report["families"]?.arrayValue?.first)
      #expect(family["fastest"] == "third")
      #expect(family["learners"]?.arrayValue?.count == 5)
      let first = try #require(family["learners"]?.arrayValue?.first)
      #expect(first["untrained"]?["lifetime"]?["value"]?.numberValue == 0.9)
      // What does not train has no such row.
      #expect(!rows.contains { $0.contains("random, untrained") })
      let drawn = try read("\(directory)/r/report/curves.csv")
      #expect(!drawn.contains("untrained"))
    }
  }

  @Test func resultsOfEarlierVersionsHaveNoSuchRowAndNoWarning() throws {
    try withDirectory { directory in
      let line = "compare --learners best-arm,all-seeing --seeds 0..2 --steps 400 --quiet --out \(directory)/r"
      #expect(zoo(line, in: Self.catalog).code == 0)
      for learner in ["best-arm", "all-seeing"] {
        for seed in 0..<3 {
          let run = "\(directory)/r/runs/\(learner)/\(Self.family)/seed-\(seed)"
          try FileManager.default.removeItem(atPath: run + "/untrained.jsonl")
          for (file, pattern) in [
            ("budget.json", #/,\s*"untrainedSteps": [0-9]+/#), ("config.json", #/"seesDescriptor": true,\s*/#),
          ] {
            let text = try read("\(run)/\(file)").replacing(pattern, with: "")
            try text.write(toFile: "\(run)/\(file)", atomically: true, encoding: .utf8)
          }
        }
      }
      let ended = zoo("report \(directory)/r", in: Self.catalog)
      #expect(ended.code == 0, "\(ended.errors)")
      let table = try read("\(directory)/r/report/table.md")
      #expect(table.contains("| best-arm | ") && !table.contains(", untrained") && !table.contains("⚠"))
    }
  }
}

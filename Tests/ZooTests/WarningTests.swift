import Environments
import Foundation
import MetaRL
import Testing
import Zoo

/// What the runs of one learner are made to have done: every episode of a seed returns the same.
private struct MadeUp {
  /// The adapted return of a seed.
  var after: [Double]
  /// The online return of a seed; nil for the adapted one.
  var lifetime: [Double]?
  /// By how much returns in tasks of even numbers are above the others.
  var taskGap = 0.0
  /// Both of the untrained learner.
  var untrained = 0.5
  /// The iterations in the budget.
  var iterations = 20
  /// What is logged: of each metric ten rows, the last of which are the fifth that counts.
  var metrics: [String: [Double]] = [:]

  /// A return that hardly differs from seed to seed.
  init(_ mean: Double) { after = [mean, mean + 0.002, mean + 0.004] }
}

@Suite(.temporaryDirectory) struct WarningTests {
  private let directory = TemporaryDirectory.path

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
    _ results: [String: MadeUp], episodes: Int = 2,
    check: (_ directory: String, _ report: JSONValue) throws -> Void = { _, _ in }
  ) throws -> [String: [String]] {
    try withDirectory { directory in
      let line =
        "compare --learners \(results.keys.sorted().joined(separator: ",")) --seeds 0..2 --steps 400 --tasks 2 "
        + "--episodes \(episodes) --quiet --out \(directory)/r"
      #expect(zoo(line, in: Self.catalog).code == 0)
      for (name, result) in results {
        for seed in 0..<3 { try write(result, seed, in: "\(directory)/r/runs/\(name)/\(Self.family)/seed-\(seed)") }
      }
      expectDone(zoo("report \(directory)/r", in: Self.catalog))
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
      try save(lines.joined(), to: path)
    }
    try replace("episodes.jsonl") { row in
      let mean = row.contains("\"online\"") ? (result.lifetime ?? result.after)[seed] : result.after[seed]
      let value = mean + (row.contains("\"task\":0,") ? 0.5 : -0.5) * result.taskGap
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
    try save(rows.joined(), to: directory + "/train.jsonl")
  }

  private struct Case: Sendable, CustomStringConvertible {
    let description: String
    let expected: [String: [String]]
    let change: @Sendable (inout [String: MadeUp]) -> Void

    init(
      _ description: String, _ expected: [String: [String]] = [:],
      _ change: @escaping @Sendable (inout [String: MadeUp]) -> Void
    ) {
      (self.description, self.expected, self.change) = (description, expected, change)
    }
  }

  /// Ten rows of a metric, of which the last two count.
  private static func rows(_ before: Double, _ last: Double...) -> [Double] {
    [Double](repeating: before, count: 8) + last
  }

  private static let cases = [
    Case("sound results") { _ in },
    Case("few iterations", ["third": ["few-iterations"]]) { $0["third"]?.iterations = 19 },
    Case("a collapsed posterior at the end of training", ["third": ["collapsed-posterior"]]) {
      $0["third"]?.metrics = ["posteriorDivergence": rows(2, 0.05, 0.14)]
      $0["best-arm"]?.metrics = ["posteriorDivergence": rows(0.01, 0.05, 0.16)]
    },
    Case("a dominant penalty at the end of training", ["third": ["dominant-penalty"]]) {
      $0["third"]?.metrics = ["penaltyShare": rows(0.1, 0.4, 0.7)]
      $0["best-arm"]?.metrics = ["penaltyShare": rows(0.9, 0.4, 0.5)]
    },
    Case("harm by training", ["third": ["worse-than-untrained"]]) { $0["third"]?.untrained = 0.71 },
    Case("a difference whose interval reaches 0") { $0["third"]?.untrained = 0.702 },
    Case("less than acting at random", ["third": ["worse-than-random"]]) {
      $0["third"]?.lifetime = [0.48, 0.482, 0.484]
      $0["third"]?.untrained = 0.4
    },
    Case("less than acting at random in some seeds") {
      $0["third"]?.lifetime = [0.48, 0.482, 0.6]
      $0["third"]?.untrained = 0.4
    },
    Case("a score below that of acting at random, which was not run", ["third": ["worse-than-random"]]) {
      $0[random] = nil
      $0["third"] = MadeUp(0.48)
      $0["third"]?.untrained = 0.4
    },
    Case("an oracle below a learner", ["all-seeing": ["weak-oracle"]]) { $0["all-seeing"] = MadeUp(0.68) },
    Case("an oracle whose interval overlaps") { $0["all-seeing"] = MadeUp(0.698) },
    Case("seeds that differ more than learners", ["third": ["seeds-disagree"]]) {
      $0["third"]?.after = [0.6, 0.7, 0.8]
    },
    Case("seeds that differ, and two learners, which have no spread to speak of") {
      $0["third"]?.after = [0.6, 0.7, 0.8]
      $0["best-arm-twin"] = nil
    },
  ]

  @Test(arguments: cases) private func warningsAreRaisedOf(_ results: Case) throws {
    var made = Self.sound
    results.change(&made)
    #expect(try warnings(made) == results.expected)
  }

  /// Ten pulls of five arms are worth 6.66 to the best agent that does not know them.
  private static let lifetimeCases = [
    Case("a lifetime return above the Bayes-optimal one", ["third": ["above-bayes-optimal"]]) { _ in },
    Case("a Bayes-optimal return within the interval") { $0["third"]?.lifetime = [0.66, 0.67, 0.68] },
    Case("a return above the Bayes-optimal one in tasks by chance") {
      $0["third"]?.taskGap = 0.2
      $0["third"]?.untrained = 0.5
    },
    Case("an adapted return above the Bayes-optimal one") { $0["third"]?.lifetime = [0.65, 0.651, 0.652] },
    Case(
      "more than one above the Bayes-optimal return",
      [
        "best-arm": ["above-bayes-optimal"], "third": ["above-bayes-optimal"],
      ]
    ) { $0["best-arm"]?.lifetime = [0.668, 0.669, 0.67] },
  ]

  @Test(arguments: lifetimeCases) private func returnsAboveTheBayesOptimalOneAreWarnedOf(_ results: Case) throws {
    var made = Self.sound
    results.change(&made)
    #expect(try warnings(made, episodes: 10) == results.expected)
  }

  @Test func theBayesOptimalReturnStandsBesideThoseOfLifetimesOfItsLengthAlone() throws {
    for episodes in [10, 2] {
      let isKnown = episodes == 10
      _ = try warnings(Self.sound, episodes: episodes) { directory, report in
        let family = try #require(report["families"]?.arrayValue?.first)
        let returns = family["bayesOptimal"]?["returns"]?.arrayValue?.compactMap(\.numberValue)
        #expect(returns == (isKnown ? BernoulliBandit().card.bayesOptimal?.returns : nil))
        #expect((family["bayesOptimal"] != nil) == isKnown)
        let table = try read("\(directory)/r/report/table.md")
        #expect(table.contains("\n| Bayes-optimal | 0.666 | ") == isKnown)
        #expect(table.contains("earns 6.66 in a lifetime (exact: ") == isKnown)
        #expect(table.contains("third: its lifetime return, 0.702 [0.70") == isKnown)
        #expect(table.contains(", is above the Bayes-optimal value 0.666 by more than its interval") == isKnown)
        #expect(table.contains("Bayes-optimal") == isKnown)
        let page = try read("\(directory)/r/report/report.html")
        #expect(page.contains("6.66 in a lifetime (0.500, 0.583, ") == isKnown)
        #expect(page.contains("Bayes-optimal") == isKnown)
        for kind in ["adapted", "online"] {
          let figure = try read("\(directory)/r/report/figures/adaptation-\(Self.family)-\(kind)-episodes.svg")
          #expect(figure.contains(">Bayes-optimal<") == isKnown)
        }
        let text = zoo("resume \(directory)/r --quiet", in: Self.catalog).output
        #expect(text.contains("* Bayes-optimal") == isKnown && text.contains("\nBayes-optimal ") == isKnown)
      }
    }
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

  @Test("An untrained row is below its learner and ranked nowhere") func untrainedRows() throws {
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

  @Test("Results of earlier versions have no such row and no warning") func earlierVersions() throws {
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
          try save(text, to: "\(run)/\(file)")
        }
      }
    }
    expectDone(zoo("report \(directory)/r", in: Self.catalog))
    let table = try read("\(directory)/r/report/table.md")
    #expect(table.contains("| best-arm | ") && !table.contains(", untrained") && !table.contains("⚠"))
  }
}

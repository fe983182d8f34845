import Environments
import Foundation
import Testing
import Zoo

@Suite(.temporaryDirectory) struct ReportTests {
  private let directory = TemporaryDirectory.path

  /// Makes a comparison and its report, and returns the report's directory.
  private func report(_ options: String = "", at name: String = "r") -> String {
    let (results, report) = ("\(directory)/\(name)", "\(directory)/\(name)-report")
    expectDone(zoo("compare --seeds 0..2 --out \(results) --quiet"))
    let ended = expectDone(zoo("report \(results) --out \(report) \(options)"))
    #expect(ended.output == "\(report)/report.html\n")
    return report
  }

  private func files(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  @Test func thePageAnswersWhoIsFastestOnWhatAndAtWhatCost() throws {
    let report = report()
    let page = try read(report + "/report.html")
    for text in [
      "How 1 learner and 1 control adapt to 1 family", "<p class=\"winner\">best-arm ⚠</p>",
      "The only learner compared.", "<dt>lifetime return</dt>", "<dt>cost of a run</dt>",
      "environment steps", "No planned run is missing.", "zoo compare --learners best-arm,wanderer",
      "Intervals over 3 seeds are rough", "training steps", "peak memory of the process", "wanderer (control)",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(XMLReader.isSound(page.withoutHead))
  }

  @Test func thePageNeedsNothingFromOutside() throws {
    let report = report()
    let page = try read(report + "/report.html")
    #expect(!page.contains("<script") && !page.contains("<link") && !page.contains("<img"))
    #expect(!page.contains("@import") && !page.contains("url("))
    let links = page.components(separatedBy: "href=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
    #expect(!links.isEmpty)
    #expect(links.allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("figures/") })
    for link in links where link.hasPrefix("#") {
      #expect(page.contains("id=\"\(link.dropFirst())\""), "\(link)")
    }
    for link in links where link.hasPrefix("figures/") {
      #expect(FileManager.default.fileExists(atPath: "\(report)/\(link)"), "\(link)")
    }
  }

  /// The figure's rates times five steps a part add up to the mean return of the first episodes.
  @Test("Rewards within the first episode are drawn for families that keep them, and for no others")
  func withinEpisode() throws {
    let line = "--learners random --families faulty-actuator-lite,point-navigation --seeds 0,1 --steps 0 --tasks 3"
    expectDone(zoo("compare \(line) --quiet --out \(directory)/r", in: .standard))
    let figures = try files(in: directory + "/r/report/figures").filter { $0.hasPrefix("within-episode") }
    let name = "within-episode-faulty-actuator-lite@1"
    #expect(figures == [name + ".csv", name + ".svg"])
    let rates = try read("\(directory)/r/report/figures/\(name).csv").split(separator: "\n").dropFirst()
      .map { try #require(Double($0.split(separator: ",", omittingEmptySubsequences: false)[3])) }
    #expect(rates.count == 20)
    let rows = try (0...1).flatMap { seed in
      try read("\(directory)/r/runs/random/faulty-actuator-lite@1/seed-\(seed)/episodes.jsonl")
        .split(separator: "\n").filter { $0.contains("\"kind\":\"online\",\"episode\":0,") }
    }
    #expect(rows.count == 6)
    let returns = try rows.map { try #require($0.firstMatch(of: /"return":([^,]*),/).flatMap { Double($0.1) }) }
    let (sum, mean) = (5 * rates.reduce(0, +), returns.reduce(0, +) / 6)
    #expect(abs(sum - mean) < 1e-9)
    // A row that lost a part is refused with its line.
    let file = "\(directory)/r/runs/random/faulty-actuator-lite@1/seed-0/episodes.jsonl"
    let cut = try read(file).replacing(/"rewardsByPart":\[[^,]*,/, with: "\"rewardsByPart\":[", maxReplacements: 1)
    try cut.write(toFile: file, atomically: true, encoding: .utf8)
    let refused = zoo("report \(directory)/r --out \(directory)/again", in: .standard)
    #expect(refused.code == 2 && refused.errors.contains("not a list of 20 numbers"), "\(refused.errors)")
  }

  @Test func severalFamiliesAreToldAtAGlance() throws {
    var catalog = testCatalog()
    catalog.add(BernoulliBandit(arms: 10, pulls: 10))
    let families = "bernoulli-bandit-5x10,bernoulli-bandit-10x10"
    let line = "compare --seeds 0..2 --families \(families) --out \(directory)/r --quiet"
    #expect(zoo(line, in: catalog).code == 0)
    #expect(zoo("report \(directory)/r --out \(directory)", in: catalog).code == 0)
    let markdown = try read(directory + "/table.md")
    let glance = try #require(markdown.components(separatedBy: "\n## ").dropFirst().first)
    let rows = glance.split(separator: "\n").filter { $0.hasPrefix("| bernoulli") }
    #expect(rows.count == 4, "two families, in the table of the fastest and in that of scores")
    #expect(rows.prefix(2).allSatisfy { $0.contains("@1 | best-arm ⚠ | ") && $0.contains(" steps, ") })
    #expect(rows.suffix(2).allSatisfy { $0.contains("@1 | **") })
    let page = try read(directory + "/report.html")
    #expect(page.contains("href=\"figures/scores-by-episodes.svg\""))
    // What is drawn is the returns between the anchors.
    let scores = try read(directory + "/figures/scores-by-episodes.csv").split(separator: "\n").dropFirst()
    let returns = try read(directory + "/curves.csv").split(separator: "\n").filter { $0.contains(",adapted,") }
    #expect(scores.count == returns.count && !scores.isEmpty)
    for (score, earned) in zip(scores, returns) {
      let (score, earned) = (score.split(separator: ","), earned.split(separator: ","))
      let card = try #require(catalog.families.first { $0.card.versionedName == String(score[0]) }).card
      #expect(score[0] == earned[0] && score[1] == earned[1] && Double(score[2]) == Double(earned[3]))
      let (drawn, value) = (try #require(Double(score[3])), try #require(Double(earned[5])))
      let expected = (value - card.random.value) / (card.oracle.value - card.random.value)
      #expect(abs(drawn - expected) < 1e-6)
    }
    let report = report(at: "one")
    #expect(try !read(report + "/table.md").contains("At a glance"))
    #expect(try !files(in: report + "/figures").contains("scores-by-episodes.svg"))
  }

  @Test func everyFigureHasItsNumbersBesideIt() throws {
    let report = report()
    let names = try files(in: report + "/figures")
    let pictures = names.filter { $0.hasSuffix(".svg") }
    #expect(pictures.map { $0.dropLast(4) + ".csv" } == names.filter { $0.hasSuffix(".csv") })
    for kind in ["adapted", "online"] {
      for axis in ["episodes", "steps"] {
        #expect(pictures.contains("adaptation-bernoulli-bandit-5x10@1-\(kind)-\(axis).svg"))
      }
    }
    #expect(pictures.contains("tasks-bernoulli-bandit-5x10@1.svg"))
    #expect(pictures.contains("profile-bernoulli-bandit-5x10@1.svg"))
    #expect(pictures.contains("scores-overall.svg"))
    for picture in pictures {
      let svg = try read("\(report)/figures/\(picture)")
      #expect(XMLReader.isSound(svg), "\(picture)")
    }
    // Two learners have one band each, since there are three seeds.
    let adaptation = try read(report + "/figures/adaptation-bernoulli-bandit-5x10@1-adapted-episodes.svg")
    #expect(adaptation.components(separatedBy: "class=\"band\"").count - 1 == 2)
    #expect(adaptation.contains(">oracle anchor 0.833<") && adaptation.contains(">random anchor 0.500<"))
    let tasks = try read(report + "/figures/tasks-bernoulli-bandit-5x10@1.svg")
    #expect(tasks.components(separatedBy: "class=\"dot\"").count - 1 == 2 * 2 * 8)
  }

  @Test func theNumbersBehindAFigureAreThoseOfTheRuns() throws {
    #expect(zoo("compare --seeds 0..2 --out \(directory)/r --quiet").code == 0)
    #expect(zoo("report \(directory)/r").code == 0)
    // The mean of all rows that a point is made of, read independently.
    var returns: [String: [Double]] = [:]
    for learner in ["best-arm", "wanderer"] {
      for seed in 0..<3 {
        let rows = try read("\(directory)/r/runs/\(learner)/bernoulli-bandit-5x10@1/seed-\(seed)/episodes.jsonl")
        for line in rows.split(separator: "\n") {
          let row = try JSONValue(parsing: String(line))
          let kind = try #require(row["kind"]?.stringValue)
          let episode = try #require(row["episode"]?.integerValue)
          returns["\(learner) \(kind) \(episode)", default: []].append(try #require(row["return"]?.numberValue))
        }
      }
    }
    for kind in ["adapted", "online"] {
      let path = "\(directory)/r/report/figures/adaptation-bernoulli-bandit-5x10@1-\(kind)-episodes.csv"
      let rows = try read(path).split(separator: "\n").dropFirst()
      #expect(rows.count == 2 * (kind == "adapted" ? 11 : 10))
      for row in rows {
        let cells = row.split(separator: ",", omittingEmptySubsequences: false)
        let all = try #require(returns["\(cells[1]) \(kind) \(cells[3])"])
        let mean = try #require(Double(cells[5]))
        #expect(abs(mean - all.reduce(0, +) / Double(all.count)) < 1e-12)
      }
    }
  }

  @Test("The same results give the same bytes, whatever the threads") func reportsAreReproducible() throws {
    #expect(zoo("compare --seeds 0..2 --out \(directory)/r --quiet").code == 0)
    for jobs in [1, 3] {
      #expect(zoo("report \(directory)/r --out \(directory)/\(jobs) --jobs \(jobs) --tensorboard").code == 0)
    }
    for file in try FileManager.default.subpathsOfDirectory(atPath: directory + "/1") {
      let files = [1, 3].map { FileManager.default.contents(atPath: "\(directory)/\($0)/\(file)") }
      #expect(files[0] == files[1], "\(file)")
    }
  }

  @Test func fewSeedsHaveNoIntervalsAndTheReaderIsTold() throws {
    #expect(zoo("compare --learners best-arm,best-arm-twin --seeds 0,1 --out \(directory)/r --quiet").code == 0)
    #expect(zoo("report \(directory)/r").code == 0)
    let page = try read("\(directory)/r/report/report.html")
    #expect(page.contains("No intervals: the spread is unknown with 2 seeds"))
    #expect(page.contains("nobody knows how sure that is"))
    let figure = "adaptation-bernoulli-bandit-5x10@1-adapted-episodes.svg"
    #expect(!(try read("\(directory)/r/report/figures/\(figure)")).contains("class=\"band\""))
  }

  @Test func holesAreShown() throws {
    #expect(zoo("compare --seeds 0..2 --out \(directory)/r --quiet").code == 0)
    let runs = directory + "/r/runs"
    let family = "bernoulli-bandit-5x10@1"
    try FileManager.default.removeItem(atPath: "\(runs)/best-arm/\(family)/seed-1/episodes.jsonl")
    let failed = "{\"status\":\"failed\",\"cause\":\"<b>no</b> & never\"}"
    try save(failed, to: "\(runs)/best-arm/\(family)/seed-1/status.json")
    for seed in 0..<3 { try interrupt("\(runs)/wanderer/\(family)/seed-\(seed)") }
    expectDone(zoo("report \(directory)/r"))
    let page = try read("\(directory)/r/report/report.html")
    #expect(page.contains("4 of 6 planned runs have no result."))
    #expect(page.contains("best-arm on \(family), seed 1: failed: &lt;b&gt;no&lt;/b&gt; &amp; never"))
    #expect(page.contains("2 of 3") && page.contains("0 of 3"))
    #expect(XMLReader.isSound(page.withoutHead))
  }

  @Test func resultsWithoutAnyFinishedRunHaveASensiblePage() throws {
    #expect(zoo("compare --seeds 0 --out \(directory)/r --quiet").code == 0)
    for learner in ["best-arm", "wanderer"] {
      try interrupt("\(directory)/r/runs/\(learner)/bernoulli-bandit-5x10@1/seed-0")
    }
    expectDone(zoo("report \(directory)/r"))
    let page = try read("\(directory)/r/report/report.html")
    #expect(page.contains("No run of a learner has finished on this family."))
    #expect(page.contains("2 of 2 planned runs have no result."))
    #expect(page.contains("nothing to show: no run has finished"))
    #expect(XMLReader.isSound(page.withoutHead))
  }

  @Test func awkwardNamesAreEscapedEverywhere() throws {
    var catalog = testCatalog()
    let name = "<script>alert('x')&|_#"
    catalog.add(name, BestArm.self, card: LearnerCard(summary: "<b>bold</b> & \"quoted\"", adaptsBy: "a|b_c"))
    expectDone(zoo("compare --learners \(name),best-arm --seeds 0..2 --out \(directory)/r --quiet", in: catalog))
    expectDone(zoo("report \(directory)/r", in: catalog))
    let report = directory + "/r/report"
    let page = try read(report + "/report.html")
    #expect(!page.contains("<script") && !page.contains("<b>"))
    #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&amp;|_#"))
    // As it would have to be typed: quoted for the shell.
    #expect(page.contains("&#39;&lt;script&gt;alert(&#39;\\&#39;&#39;x"))
    #expect(XMLReader.isSound(page.withoutHead))
    let table = try read(report + "/table.tex")
    #expect(table.contains(##"\textless{}script\textgreater{}alert('x')\&\textbar{}\_\#"##))
    let markdown = try read(report + "/table.md")
    #expect(!markdown.contains("<script"))
    for picture in try files(in: report + "/figures").filter({ $0.hasSuffix(".svg") }) {
      let svg = try read("\(report)/figures/\(picture)")
      #expect(XMLReader.isSound(svg), "\(picture)")
    }
  }

  @Test func aTableForLaTeXHasAsManyCellsInEveryRow() throws {
    let report = report()
    let table = try read(report + "/table.tex")
    let rows = table.split(separator: "\n").filter { $0.hasSuffix("\\\\") }
    #expect(rows.count == 5, "the header, two learners, one of them untrained, and the Bayes-optimal agent")
    let counts = Set(rows.map { $0.replacing("\\&", with: "").split(separator: "&").count })
    #expect(counts.count == 1)
    let columns = table.components(separatedBy: "\\begin{tabular}{").last?.prefix { $0 != "}" }
    #expect(columns?.count == counts.first)
    for part in ["table", "tabular"] {
      #expect(table.contains("\\begin{\(part)}") && table.contains("\\end{\(part)}"))
    }
    var depth = 0
    for character in table.replacing("\\{", with: "").replacing("\\}", with: "") {
      depth += character == "{" ? 1 : character == "}" ? -1 : 0
      #expect(depth >= 0)
    }
    #expect(depth == 0)
  }

  @Test func eventFilesAreThereWhenAskedFor() throws {
    let events = "best-arm/bernoulli-bandit-5x10@1/seed-2/events.out.tfevents.0.zoo"
    let data = try contents(report("--tensorboard") + "/tensorboard/" + events)
    #expect(data.range(of: Data("adaptation/adaptedReturn".utf8)) != nil)
    #expect(!FileManager.default.fileExists(atPath: report(at: "other") + "/tensorboard"))
  }

  @Test func badRequestsAreRefusedInOneLine() throws {
    for (line, message) in [
      ("report", "error: report needs the directory of a comparison or of a run: zoo report DIR\n"),
      ("report a b", "error: the report of several directories needs a place: --out DIR\n"),
      ("report a --format gif", "error: --format: unknown format \"gif\". There are: svg, png, pdf\n"),
    ] {
      #expect(expectRefusal(zoo(line)).errors.hasPrefix(message.dropLast()))
    }
    #expect(zoo("report \(directory)").code == 2)
    #expect(zoo("report \(directory)/nowhere").code == 2)
  }

  @Test func figuresOfEarlierReportsDoNotStay() throws {
    #expect(zoo("compare --seeds 0 --out \(directory)/r --quiet").code == 0)
    let figures = directory + "/r/report/figures"
    try FileManager.default.createDirectory(atPath: figures, withIntermediateDirectories: true)
    for name in ["training-old.svg", "tasks-old.csv", "mine.svg"] {
      try save("old", to: "\(figures)/\(name)")
    }
    #expect(zoo("report \(directory)/r").code == 0)
    let names = try files(in: figures)
    #expect(!names.contains("training-old.svg") && !names.contains("tasks-old.csv"))
    #expect(names.contains("mine.svg"))
  }
}

extension String {
  /// A page without what is not XML: the first line and the head.
  fileprivate var withoutHead: String {
    components(separatedBy: "</head>\n").last?.replacing("</html>", with: "") ?? ""
  }
}

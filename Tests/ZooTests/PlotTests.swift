import Foundation
import Testing
import Zoo

@Suite struct PlotTests {
  private func comparison(_ options: String = "") throws -> (output: String, svg: String, table: String) {
    try withDirectory { directory in
      let ended = zoo("compare --seeds 0..2 --out \(directory)/r --quiet \(options)")
      #expect(ended.code == 0)
      return (
        ended.output, try read("\(directory)/r/report/adaptation-bernoulli-bandit-5x10.svg"),
        try read("\(directory)/r/report/table.md")
      )
    }
  }

  @Test func thePictureHasCurvesBandsAnchorsAndAxes() throws {
    let svg = try comparison().svg
    let parser = XMLCount()
    let counts = parser.elements(of: svg)
    #expect(counts["polyline"] == 2 * 2 + 2)
    #expect(svg.components(separatedBy: "class=\"band\"").count - 1 == 4)
    for text in [
      "best-arm", "wanderer (control)", "experience in the task (episodes)",
      "return (sum of rewards of an episode)",
      "adapted return of a frozen copy", "online return of the lifetime", "oracle anchor 0.833",
      "random anchor 0.500",
      "bernoulli-bandit-5x10@1", "95 % stratified bootstrap interval",
    ] { #expect(svg.contains(text), "\(text)") }
  }

  @Test func fewSeedsHaveNoBands() throws {
    try withDirectory { directory in
      #expect(zoo("compare --seeds 0,1 --out \(directory)/r --quiet").code == 0)
      let svg = try read("\(directory)/r/report/adaptation-bernoulli-bandit-5x10.svg")
      #expect(!svg.contains("class=\"band\""))
    }
  }

  @Test func theTerminalPlotFitsEightyColumnsAndNamesItsCurves() throws {
    let lines = try comparison().output.split(separator: "\n", omittingEmptySubsequences: false)
    let plot = lines.drop { !$0.contains("adapted return, mean") }.prefix { !$0.hasPrefix("learner") }
    #expect(plot.count > 18)
    #expect(plot.allSatisfy { $0.count <= 80 })
    let text = plot.joined(separator: "\n")
    #expect(text.contains("A best-arm  B wanderer"))
    #expect(text.contains("episodes of experience in the task (k)"))
  }

  @Test func theTableHasTheStatistics() throws {
    let (output, _, table) = try comparison()
    for text in ["return k=0", "return k=10", "IQM k=10", "adaptation gain", "seeds", "steps", "time"] {
      #expect(output.contains(text), "\(text)")
      #expect(table.contains(text), "\(text)")
    }
    #expect(table.contains("| best-arm | "))
    #expect(table.contains("| wanderer (control) | "))
    #expect(table.contains("3 seeds x 8 held-out tasks x 1 episode · protocol test8-episodes10-probeseachx1@1"))
  }
}

/// Counts the elements of a picture; a crude reader that is enough for files without text in angle brackets.
struct XMLCount {
  func elements(of text: String) -> [String: Int] {
    var counts: [String: Int] = [:]
    for part in text.split(separator: "<").dropFirst() where !part.hasPrefix("/") {
      counts[String(part.prefix { $0.isLetter }), default: 0] += 1
    }
    return counts
  }
}

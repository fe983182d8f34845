import Foundation
import Testing
import Zoo

@Suite struct PlotTests {
  private func comparison() throws -> (output: String, table: String) {
    try withDirectory { directory in
      let ended = expectDone(zoo("compare --seeds 0..2 --out \(directory)/r --quiet"))
      return (ended.output, try read("\(directory)/r/report/table.md"))
    }
  }

  @Test("The terminal plot fits eighty columns and names its curves") func terminalPlot() throws {
    let lines = try comparison().output.split(separator: "\n", omittingEmptySubsequences: false)
    let plot = lines.drop { !$0.contains("adapted return, mean") }.prefix { !$0.hasPrefix("learner") }
    #expect(plot.count > 18)
    #expect(plot.allSatisfy { $0.count <= 80 })
    let text = plot.joined(separator: "\n")
    #expect(text.contains("A best-arm  B wanderer  * Bayes-optimal"))
    #expect(text.count { $0 == "*" } > 3)
    #expect(text.contains("episodes of experience in the task (k)"))
  }

  @Test func theTableHasTheStatistics() throws {
    let (output, table) = try comparison()
    for text in ["return k=0", "return k=10", "adaptation gain", "score", "seeds", "steps"] {
      #expect(output.contains(text), "\(text)")
      #expect(table.contains(text), "\(text)")
    }
    #expect(table.contains("| best-arm | "))
    #expect(table.contains("| wanderer (control) | "))
    #expect(table.contains("3 seeds x 8 held-out tasks; protocol test8-episodes10-probeseachx1@1"))
    #expect(output.contains("3 seeds x 8 held-out tasks x 1 episode · protocol test8-episodes10-probeseachx1@1"))
  }
}

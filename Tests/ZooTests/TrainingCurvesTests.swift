import Foundation
import Testing
import Zoo

@Suite(.temporaryDirectory) struct TrainingCurvesTests {
  private let directory = TemporaryDirectory.path

  private func log(_ lines: [String]) throws -> TrainingLog {
    try withDirectory { directory in
      try save(lines.joined(separator: "\n"), to: directory + "/train.jsonl")
      return try TrainingLog(at: directory + "/train.jsonl")
    }
  }

  private func row(_ steps: Int, _ metrics: String) -> String {
    "{\"iteration\":0,\"environmentSteps\":\(steps),\"metrics\":{\(metrics)}}"
  }

  @Test func rowsOfRunsAreAveragedAsLongAsAllRunsHaveThem() throws {
    let first = try log([row(10, "\"loss\":1"), row(20, "\"loss\":2"), row(40, "\"loss\":4"), ""])
    let second = try log([row(15, "\"loss\":10"), row(30, "\"loss\":30"), ""])
    let curves = TrainingCurves(name: "a", style: CurveStyle(0), logs: [first, second])
    let points = try #require(curves.series(of: "loss")).points
    #expect(points.map(\.x) == [12.5, 25])
    #expect(points.map(\.y) == [5.5, 16])
    #expect(points.map(\.interval) == [1...10, 2...30])
    #expect(curves.series(of: "divergence") == nil)
  }

  @Test func returnsComeFirstThenWhatMostLearnersLog() throws {
    let many = try log([row(1, "\"returnBefore\":1,\"returnAfter\":1,\"loss\":1,\"alpha\":1"), ""])
    let few = try log([row(1, "\"returnAfter\":1,\"loss\":1"), ""])
    let style = CurveStyle(0)
    let all = [many, few].map { TrainingCurves(name: "a", style: style, logs: [$0]) }
    #expect(TrainingCurves.chosenMetrics(of: all) == ["returnAfter", "returnBefore", "loss", "alpha"])
  }

  @Test func aTornLastLineIsLeftOutAndABadLineIsNamed() throws {
    let torn = try log([row(1, "\"loss\":1"), "{\"iterat"])
    #expect(torn.metrics.map(\.points.count) == [1])
    let error = #expect(throws: UsageError.self) { try log([row(1, "\"loss\":1"), "nothing", ""]) }
    #expect(try #require(error).description.hasSuffix("train.jsonl\", line 2: not a row of training"))
  }

  @Test func aThinnedLogKeepsWhatIsLoggedNowAndThen() throws {
    // Every tenth row has a second metric, as a learner does that logs it now and then.
    let rows = (0..<4000).map { row($0, $0 % 10 == 9 ? "\"loss\":1,\"rare\":1" : "\"loss\":1") }
    let path = directory + "/train.jsonl"
    try save((rows + [""]).joined(separator: "\n"), to: path)
    let log = try TrainingLog(at: path, atMost: 400)
    #expect(log.metrics.map(\.name).sorted() == ["loss", "rare"])
    let points = try #require(log.metrics.first).points
    #expect(points.count == 400)
    #expect(points.first?.step == 0 && points.last?.step == 3999)
    #expect(zip(points.dropFirst(), points).allSatisfy { $0.step > $1.step })
  }

  @Test func anAbsentLogHoldsNothing() throws {
    #expect(try TrainingLog(at: "/nowhere/train.jsonl").metrics.isEmpty)
  }
}

import Foundation
import Testing
import Zoo

/// An iteration of the learner takes 20 environment steps.
@Suite(.temporaryDirectory) struct BudgetTests {
  private let directory = TemporaryDirectory.path

  private func train(
    _ options: String, in directory: String, isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) -> Int32 {
    zoo(
      "train --learner best-arm --family bernoulli-bandit-5x10 --tasks 2 --quiet --out \(directory)/r \(options)",
      isInterrupted: isInterrupted
    ).code
  }

  private func budget(_ directory: String) throws -> JSONValue {
    try JSONValue(parsing: read(directory + "/r/budget.json"))
  }

  @Test(arguments: [(57, 40), (58, 60), (60, 60), (61, 60), (400, 400)])
  func trainingStaysWithinATwentiethOfItsBudget(steps: Int, taken: Int) throws {
    #expect(train("--steps \(steps)", in: directory) == 0)
    #expect(try budget(directory)["environmentSteps"]?.integerValue == taken)
  }

  @Test("The first iteration is always made and the log and a warning say so") func firstIteration() throws {
    #expect(train("--steps 15", in: directory) == 0)
    #expect(try budget(directory)["environmentSteps"] == 20)
    #expect(try read(directory + "/r/log.txt").contains("the first iteration took 20 steps, and the budget is 15"))
    let over = zoo("compare --steps 15 --out \(directory)/over --quiet")
    #expect(over.output.contains("It took 20 steps where 15 were asked for."), "\(over.output)")
    #expect(!zoo("compare --out \(directory)/met --quiet").output.contains("were asked for"))
  }

  @Test func aResumedRunEndsAtTheSameIteration() throws {
    let options = "--steps 57 --checkpoint-seconds 0"
    #expect(train(options, in: directory) { rowCount(directory + "/r") == 2 } == 4)
    #expect(zoo("resume \(directory)/r --quiet").code == 0)
    #expect(rowCount(directory + "/r") == 2)
    #expect(try budget(directory)["environmentSteps"] == 40)
  }

  @Test func updatesAreSummedAlsoOverProcesses() throws {
    let options = "--steps 100 --set loggedUpdates=7 --checkpoint-seconds 0"
    #expect(train(options, in: directory) { rowCount(directory + "/r") == 2 } == 4)
    expectDone(zoo("resume \(directory)/r --quiet"))
    #expect(try budget(directory)["updates"] == 35)
    #expect(train("--steps 100", in: directory + "/other") == 0)
    #expect(try budget(directory + "/other")["updates"] == nil)
  }

  @Test("The cost table shows updates, batches and the reward of training") func costTable() throws {
    let line =
      "compare --learners best-arm,best-arm-twin --seeds 0 --steps 100 --set best-arm.loggedUpdates=7 --set "
      + "best-arm-twin.trainingReward=sparse --quiet --out \(directory)/r"
    #expect(zoo(line).code == 0)
    let cost = try #require(try read("\(directory)/r/report/table.md").components(separatedBy: "## Cost").last)
    #expect(cost.contains("| best-arm | 1 | dense (reported) | 100 | 5 | 35 | 20 | "), "\(cost)")
    #expect(cost.contains("| best-arm-twin | 1 | sparse | 100 | 5 | 5 | 20 | "), "\(cost)")
  }

  @Test func familiesOfOneStepAreEvaluatedOnMoreTasks() throws {
    var catalog = testCatalog()
    catalog.defaultComparison.tasks = nil
    func tasks(_ line: String) throws -> [JSONValue?] {
      try withDirectory { directory in
        let whole = "compare \(line) --learners wanderer --families bernoulli-bandit-5x10 --seeds 0 --quiet --out"
        #expect(zoo("\(whole) \(directory)/r", in: catalog).code == 0)
        let suite = try JSONValue(parsing: read(directory + "/r/suite.json"))
        return try #require(suite["families"]?.arrayValue).map { $0["evaluation"]?["taskCount"] }
      }
    }
    #expect(try tasks("--steps 0") == [1000])
    #expect(try tasks("--steps 0 --tasks 7") == [7])
    #expect(
      zoo("help compare", in: catalog).output.contains(
        "(default: 20, 1000 where an episode is one step, or all if the family has fewer)"))
  }
}

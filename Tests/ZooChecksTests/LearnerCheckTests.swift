import Environments
import Learners
import MetaRL
import StandardZoo
import Testing
import Zoo
import ZooChecks

/// That the checks of learners find what is wrong, and nothing else.
@Suite struct LearnerCheckTests {
  private func found(_ fault: Fault) -> [String] {
    var settings = Toy.Configuration()
    settings.fault = fault
    var options = LearnerCheckOptions()
    options.banditSeconds = 5
    return problems(with: Toy.self, settings: settings, on: GridWorld(), options: options)
  }

  @Test("Nothing is wrong with a learner that keeps its promises") func soundLearner() {
    #expect(found(.none) == [])
  }

  @Test(arguments: [
    (Fault.tooFewActions, "works before any training: shapes, finite actions: the agent returned 0 actions"),
    (.globalCounter, "same seed, same bytes: differs from iteration 1 on: prior of the state"),
    (.metricNotFinite, "same seed, same bytes: the metric return is nan in iteration 1"),
    (.dependsOnWorkers, "1 worker = 4 workers: differs from iteration 1 on: prior"),
    (.roundsItsParameters, "save, load, same actions: lane"),
    (
      .forgetsItsOptimizer,
      "resume = uninterrupted: differs from iteration 2 on: prior of the state (include `momentum`"
    ),
    (.learnsFromOtherLanes, "lanes never touch: lane"),
    (.learnsInEndedLanes, "lanes never touch: lane"),
    (.agentsShareANotebook, "no state across tasks: lane"),
    (.copiesShareAMemory, "evaluating a copy leaves the agent as it was: lane"),
    (.learnsInEndedLanes, "uses only the data it was handed: lane"),
    (.usesTheOtherReward, "uses only the data it was handed: lane"),
    (.asksForTestTasks, "trains on training tasks, every step counted: test task 0 is not for training"),
    (.learnsNothing, "beats agents that do not adapt, on two arms: in the last third of 60 pulls"),
  ]) func everyFaultIsFoundByItsCheck(fault: Fault, beginning: String) {
    let problems = found(fault)
    #expect(problems.contains { $0.hasPrefix(beginning) }, "\(problems)")
  }

  @Test("A fault in ended lanes is found by the checks that ask for it and no other") func faultInEndedLanes() {
    var options = LearnerCheckOptions()
    options.reasonNotToAdapt = "asked elsewhere"
    var settings = Toy.Configuration()
    settings.fault = .learnsInEndedLanes
    let names = checkResults(
      of: Toy.self, settings: settings, on: GridWorld(), options: options, didFinish: { _ in }
    ).filter { $0.problem != nil }.map(\.name)
    #expect(names.contains("lanes never touch") && names.contains("uses only the data it was handed"))
    #expect(!names.contains("same seed, same bytes") && !names.contains("resume = uninterrupted"))
  }

  @Test("Actions that are not finite are found and the rest is not tried") func actionsThatAreNotFinite() {
    let results = checkResults(of: Overflowing.self, on: PointNavigation(), didFinish: { _ in })
    #expect(results[0].problem?.contains("the agent's action in lane 0 is nan") == true)
    #expect(results.dropFirst().allSatisfy { $0.problem == nil && $0.outcome != .passed })
  }

  @Test func aLearnerThatCannotPlayTheFamilySaysSo() {
    let problems = problems(with: Toy.self, on: PointNavigation())
    #expect(problems.count == 1 && problems[0].contains("it cannot play point-navigation: it needs choices"))
  }

  @Test(arguments: Catalog.standard.learners.map(\.name)) func learnersOfTheCatalogKeepTheirPromises(
    name: String
  ) throws {
    // Small values for speed, of those settings that the learner has.
    let keys = try Catalog.standard.learner(named: name).settings().entries.map(\.setting.key)
    let small = [
      ("episodesPerInnerStep", "6"), ("tasksPerBatch", "4"), ("hiddenSizes", "8"), ("episodesPerStep", "8"),
      ("adaptationSteps", "2"), ("predictionSteps", "2"), ("candidates", "8"), ("planningSteps", "2"),
    ]
    let settings = small.filter { keys.contains($0.0) }.flatMap { ["--set", "\($0.0)=\($0.1)"] }
    // The study's step sizes are too small for lives of 60 pulls.
    let study = ["testUpdate=descent", "episodesPerTestStep=0", "innerActorStepSize=2", "annealedIterations=0"]
    // Authors' settings are for days of training.
    let offPolicy = [
      "trainingTasks=20", "initialSteps=60", "priorSteps=20", "extraSteps=20", "updatesPerIteration=10",
      "tasksPerBatch=16", "batchSize=16", "contextSize=16", "encoderSizes=16", "latentSize=2", "rewardScale=5",
      "stepSize=0.003", "targetRate=0.05", "tasksPerIteration=4", "randomSteps=200",
      "layers=1", "stepsPerIteration=600", "warmUpUpdates=0",
      "hiddenSize=16", "encoderSize=16", "readoutSize=16", "stepsPerUpdate=20",
      "lifetimesBeforeExecution=20", "lifetimesBeforeExploration=30",
    ].filter { keys.contains(String($0.prefix { $0 != "=" })) }
    let isOffPolicy = try Catalog.standard.learner(named: name).card.data == .offPolicy
    let recurrent = ["hiddenSize=8", "epochsPerIteration=2"]
    let own = name == "actor-critic-maml" ? study : name == "rebal" ? recurrent : isOffPolicy ? offPolicy : []
    expectPassed(["check", "learner", name] + settings + own.flatMap { ["--set", $0] })
  }
}

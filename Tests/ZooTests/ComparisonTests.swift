import Foundation
import StandardZoo
import Testing
import Zoo

/// Whether a comparison in `directory/r` has come to its second run, of another learner with the same seed.
private func hasBegunTheSecondRun(in directory: String) -> Bool {
  FileManager.default.fileExists(atPath: "\(directory)/r/runs/wanderer/bernoulli-bandit-5x10@1/seed-0/log.txt")
}

@Suite(.temporaryDirectory) struct ComparisonTests {
  private let directory = TemporaryDirectory.path

  @Test func theNumberOfJobsDoesNotChangeAByte() throws {
    for jobs in [1, 2, 7] {
      expectDone(zoo("compare --jobs \(jobs) --out \(directory)/\(jobs) --quiet"))
    }
    let run = "runs/wanderer/bernoulli-bandit-5x10@1/seed-1"
    let files = ["episodes.jsonl", "train.jsonl", "checkpoint.safetensors"].map { run + "/" + $0 }
    for file in files + [
      "report/curves.csv", "report/figures/adaptation-bernoulli-bandit-5x10@1-adapted-episodes.svg",
    ] {
      let bytes = try [1, 2, 7].map { try contents("\(directory)/\($0)/\(file)") }
      #expect(!bytes[0].isEmpty)
      #expect(bytes[1] == bytes[0], "\(file)")
      #expect(bytes[2] == bytes[0], "\(file)")
    }
  }

  @Test func equalLearnersMeetEqualChancesAndSeedsDiffer() throws {
    #expect(zoo("compare --learners best-arm,best-arm-twin --out \(directory)/r --quiet").code == 0)
    func returns(_ learner: String, _ seed: Int) throws -> [String] {
      let path = "\(directory)/r/runs/\(learner)/bernoulli-bandit-5x10@1/seed-\(seed)/episodes.jsonl"
      return try read(path).split(separator: "\n").map { $0.split(separator: "\"return\":")[1].description }
    }
    let (first, twin, other) = try (returns("best-arm", 0), returns("best-arm-twin", 0), returns("best-arm", 1))
    #expect(first == twin)
    #expect(first != other)
  }

  /// A frozen copy after all three episodes of `repeat-winner` would play its first once more.
  @Test func numberedEpisodesAreScoredInTheLastOfALifetime() throws {
    expectDone(
      zoo(
        "compare --learners random --families repeat-winner --steps 1 --out \(directory)/r --quiet", in: .standard))
    let rows = try read("\(directory)/r/report/curves.csv").split(separator: "\n")
    let adapted = rows.filter { $0.contains(",adapted,") }
    #expect(adapted.count == 3 && rows.count == 1 + 3 + 3, "\(rows)")
  }

  @Test(arguments: ["failingIteration", "spoiledIteration"])
  func aFailedRunGivesCode3AndTheOthersAreKept(setting: String) throws {
    let ended = expectError(
      zoo("compare --set best-arm.\(setting)=2 --out \(directory)/r"), code: 3,
      "failed: best-arm on bernoulli-bandit-5x10, seed 0")
    #expect(ended.output.contains("0 of 3"))
    let rows = try read("\(directory)/r/report/curves.csv").split(separator: "\n").dropFirst()
    #expect(rows.count == 10 + 11)
    #expect(rows.allSatisfy { $0.contains(",wanderer,") })
    let status = try read("\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-1/status.json")
    #expect(status.contains("failed"))
    #expect(status.contains(setting == "failingIteration" ? "told to fail in 2" : "return is nan in iteration 2"))
  }

  @Test("An interruption gives exit code 4 and keeps what is finished") func interruption() throws {
    let ended = expectCode(4, zoo("compare --jobs 1 --out \(directory)/r") { hasBegunTheSecondRun(in: directory) })
    let rows = try read("\(directory)/r/report/curves.csv").split(separator: "\n")
    #expect(rows.count > 1)
    #expect(!FileManager.default.fileExists(atPath: "\(directory)/r/runs/wanderer/bernoulli-bandit-5x10@1/seed-2"))
    #expect(ended.errors.contains("1/6 done · 0 running · 0 failed · interrupted\n"), "\(ended.errors)")
    #expect(ended.output.contains("note: no intervals: the spread is unknown with 1 seed; use at least 5"))
    let family = "bernoulli-bandit-5x10@1"
    #expect(ended.output.contains("note: missing: best-arm on \(family), seeds 1, 2: not begun"))
    #expect(ended.output.contains("note: missing: wanderer on \(family), seed 0: interrupted"))
    #expect(ended.output.contains("note: missing: wanderer on \(family), seeds 1, 2: not begun"))
    #expect(ended.output.contains("1 of 6 runs, "), "\(ended.output)")
    #expect(ended.output.contains(" · 1 seed x 8 held-out tasks x 1 episode · "))
  }

  @Test func aRunOfAComparisonIsNamedToWhoEvaluatesAllOfIt() throws {
    #expect(zoo("compare --out \(directory)/r --quiet").code == 0)
    let ended = expectCode(2, zoo("evaluate \(directory)/r"))
    let run = "\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-0"
    #expect(ended.errors.hasSuffix("Name a run in it, as in \(run)\n"), "\(ended.errors)")
    #expect(zoo("evaluate \(run)").code == 0)
  }

  @Test func aLongLifetimeIsShownInPartWithTheAnchors() throws {
    let line = "train --learner best-arm --family bernoulli-bandit-5x10 --quiet --out \(directory)/r"
    let short = zoo(line).output
    #expect(!short.contains("more row"))
    #expect(short.contains("anchors: 0.500 for acting at random"), "\(short)")
    let long = zoo("evaluate \(directory)/r --episodes 30").output
    let rows = long.split(separator: "\n").compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
    #expect(rows == [0, 1, 2, 5, 10, 20, 30])
    #expect(long.contains("(24 more rows with --json)"))
  }

  @Test func everyRowSaysWhatItIs() throws {
    #expect(zoo("compare --seeds 3 --out \(directory)/r --quiet").code == 0)
    let path = "\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-3/episodes.jsonl"
    let rows = try read(path).split(separator: "\n")
    let first = try JSONValue(parsing: String(rows[0]))
    let keys = first.members?.map(\.key)
    #expect(
      keys == [
        "learner", "family", "seed", "checkpointSteps", "protocol", "split", "task", "kind", "episode",
        "repetition", "return", "steps", "terminated", "succeeded", "experienceSteps",
      ])
    #expect(first["family"] == "bernoulli-bandit-5x10@1")
    #expect(first["seed"] == 3)
    #expect(first["checkpointSteps"] == 100)
    #expect(first["split"] == "test")
  }

  @Test func theRecordHoldsEverySettingWithItsOrigin() throws {
    let ended = expectDone(zoo("compare --set wanderer.tasksPerBatch=2 --out \(directory)/r --quiet --json"))
    let record = try JSONValue(parsing: ended.output)
    #expect(try JSONValue(parsing: read("\(directory)/r/report/report.json"))["schema"] == 2)
    let wanderer = try #require(record["learners"]?.arrayValue?.first { $0["name"] == "wanderer" })
    let settings = try #require(wanderer["settings"]?.arrayValue)
    func origin(_ key: String) -> JSONValue? { settings.first { $0["key"]?.stringValue == key }?["origin"] }
    #expect(origin("tasksPerBatch") == "flag")
    #expect(origin("exploration") == "preset")
    #expect(origin("isGreedy") == "default")
    #expect(record["runs"]?.arrayValue?.count == 6)
  }

  @Test func aStoredLearnerEvaluatesToTheSameReturns() throws {
    let line =
      "train --learner best-arm --family bernoulli-bandit-5x10 --seed 4 --json --quiet --out \(directory)/r"
    let trained = expectDone(zoo(line))
    #expect(zoo("evaluate \(directory)/r --json").output == trained.output)
    #expect(zoo("evaluate \(directory)/r --tasks 3 --episodes 2").output.contains("3 held-out tasks"))
  }

  @Test func aFailedTrainingGivesCode3AndSaysWhy() throws {
    let line =
      "train --learner best-arm --family bernoulli-bandit-5x10 --set failingIteration=1 --out \(directory)/r"
    let (loud, quiet) = (zoo(line), zoo(line + "uiet --quiet"))
    #expect(loud.code == 3)
    #expect(loud.errors.contains("failed: best-arm on bernoulli-bandit-5x10, seed 0: told to fail in 1"))
    #expect(quiet.code == 3)
    #expect(quiet.errors.contains("told to fail in 1"))
    let rows = try read("\(directory)/r/train.jsonl")
    #expect(rows.contains("\"iteration\":0"))
  }

  @Test func overridesOfTheSuiteDoNotReachOtherLearners() throws {
    var catalog = testCatalog()
    catalog.defaultComparison.overrides = [SettingOverride(learner: "wanderer", key: "tasksPerBatch", value: "2")]
    let line = "train --learner best-arm --family bernoulli-bandit-5x10 --quiet --out \(directory)/r"
    #expect(zoo(line, in: catalog).code == 0)
  }

  @Test func aDryRunSaysWhatItCostsAndWritesNothing() throws {
    let ended = expectDone(zoo("compare --dry-run --out \(directory)/r"))
    #expect(ended.output.contains("6 runs of 100 environment steps, 8 test tasks: about"))
    #expect(!FileManager.default.fileExists(atPath: directory + "/r"))
  }

  @Test func onlyAnOracleSeesTheDescriptor() throws {
    var catalog = testCatalog()
    let card = LearnerCard(role: .control, summary: "Needs to see.", adaptsBy: "nothing")
    catalog.add("blind", Sighted.self, card: card)
    catalog.add("sighted", Sighted.self, card: card, seesDescriptor: true)
    let ended = expectDone(
      zoo("compare --learners blind,sighted --families point-navigation --out \(directory)/r", in: catalog))
    #expect(ended.errors.contains("left out: blind on point-navigation: it needs 4 numbers to see, not 2"))
    #expect(!ended.errors.contains("left out: sighted"))
  }

  @Test func fewSeedsAreWarnedOf() throws {
    let two = zoo("compare --seeds 0,1 --out \(directory)/two --quiet")
    #expect(two.output.contains("note: no intervals: the spread is unknown with 2 seeds; use at least 5"))
    let three = zoo("compare --out \(directory)/three --quiet")
    #expect(three.output.contains("note: intervals over 3 seeds are rough"))
  }

  @Test func anUnsuitableFamilyIsLeftOutWithANote() throws {
    var catalog = testCatalog()
    catalog.defaultComparison.families = ["bernoulli-bandit-5x10", "point-navigation"]
    let ended = expectDone(zoo("compare --out \(directory)/r", in: catalog))
    #expect(ended.errors.contains("left out: best-arm on point-navigation: it needs choices"))
    #expect(ended.output.contains("note: left out: wanderer on point-navigation"))
  }

  @Test func aSettingForAllLeavesPresetsAlone() throws {
    let ended = expectDone(
      zoo(
        "compare --learners maml,fomaml,average --families grid-world --seeds 0 --steps 100 --tasks 1 --episodes 1 "
          + "--set hiddenSizes=3 --set tasksPerBatch=2 --set episodesPerInnerStep=2 --set innerStepSize=0.3 "
          + "--set innerEstimator=dice --set average.innerSteps=2 --json --out \(directory)/r", in: .standard))
    #expect(ended.errors.contains("--set innerStepSize leaves average alone"))
    #expect(ended.errors.contains("--set innerEstimator leaves fomaml alone"))
    let expected = [
      ("maml", "innerStepSize", "0.3"), ("average", "innerStepSize", "\"value\": 0"),
      ("fomaml", "innerEstimator", "first-order"),
      ("maml", "innerEstimator", "dice"), ("average", "innerSteps", "2"),
    ]
    for (learner, key, value) in expected {
      let config = try read("\(directory)/r/runs/\(learner)/grid-world@1/seed-0/config.json")
      let entry = try #require(config.split(separator: "{").first { $0.contains("\"\(key)\"") })
      #expect(entry.contains(value), "\(learner): \(entry)")
    }
  }

  @Test("Tasks that were seen in training are not called held-out") func tasksSeenInTraining() throws {
    let ended = zoo(
      "compare --learners random --families grid-world --seeds 0 --out \(directory)/r --quiet", in: .standard)
    #expect(ended.output.contains("4 training tasks"))
    #expect(!ended.output.contains("held-out"))
  }

  @Test func anEvaluationCanBeInterrupted() throws {
    let train = "train --learner random --family grid-world --quiet --out \(directory)/r"
    #expect(zoo(train, in: .standard).code == 0)
    let ended = expectCode(4, zoo("evaluate \(directory)/r", in: .standard, isInterrupted: { true }))
    #expect(ended.output.isEmpty)
  }

  @Test func settingsThatContradictEachOtherAreRefused() {
    let ended = expectCode(
      2, zoo("train --learner maml --family grid-world --set scoreTerm=true --set outerUpdate=ppo", in: .standard))
    #expect(ended.errors.hasPrefix("error: scoreTerm holds for one step"))
  }
}

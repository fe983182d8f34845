import Foundation
import StandardZoo
import Synchronization
import Tensors
import Testing
import Zoo

/// The iterations whose rows a run has written.
func rowCount(_ directory: String) -> Int {
  (try? read("\(directory)/train.jsonl"))?.split(separator: "\n").count ?? 0
}

@Suite(.temporaryDirectory) struct ResumeTests {
  private let directory = TemporaryDirectory.path

  /// The files of a run that do not hold times.
  private static let timeless = [
    "untrained.jsonl", "episodes.jsonl", "train.jsonl", "checkpoint.safetensors", "config.json",
  ]

  private func runs(in directory: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: directory)
      .filter { path in Self.timeless.contains { path.hasSuffix("/" + $0) } }.sorted()
  }

  private func expectEqualBytes(_ first: String, _ second: String) throws {
    let files = try runs(in: first)
    #expect(!files.isEmpty)
    #expect(try runs(in: second) == files)
    try expectEqualFiles(files, in: first, second)
  }

  @Test(
    "What is interrupted anywhere and resumed has the bytes of what was not",
    arguments: [0, 1, 3, 9, 16, 30, 50, 75, 110])
  func interruptedRuns(questionsBefore: Int) throws {
    #expect(zoo("compare --jobs 1 --out \(directory)/whole --quiet").code == 0)
    let questions = Atomic(0)
    let cut = expectCode(
      4,
      zoo("compare --jobs 1 --out \(directory)/cut --quiet") {
        questions.wrappingAdd(1, ordering: .relaxed).newValue > questionsBefore
      })
    #expect(cut.errors.contains("to continue: zoo resume \(directory)/cut"))
    expectDone(zoo("resume \(directory)/cut --jobs 3 --quiet"))
    try expectEqualBytes("\(directory)/whole", "\(directory)/cut")
    #expect(try read("\(directory)/whole/report/curves.csv") == read("\(directory)/cut/report/curves.csv"))
  }

  @Test(
    "A learner with an optimizer and buffers goes on to the same bytes",
    arguments: [
      "--learner promp --family grid-world --steps 2000 --set hiddenSizes=3 --set tasksPerBatch=2 "
        + "--set episodesPerInnerStep=2",
      "--learner pearl --family sparse-point-robot --steps 4000 --set hiddenSizes=8 --set encoderSizes=8 "
        + "--set trainingTasks=4 --set initialSteps=40 --set tasksPerIteration=2 --set posteriorSteps=40 "
        + "--set updatesPerIteration=2 --set batchSize=8 --set contextSize=8 --set replayCapacity=200",
      "--learner dqn --family grid-world --steps 5000 --set updatesPerIteration=3 --set replayCapacity=300",
    ])
  func optimizersAndBuffers(learner: String) throws {
    let line = "train \(learner) --tasks 2 --episodes 4 --quiet --checkpoint-seconds 0 --out \(directory)"
    #expect(zoo(line + "/whole", in: .standard).code == 0)
    expectCode(4, zoo(line + "/cut", in: .standard) { rowCount("\(directory)/cut") >= 7 })
    #expect(zoo("status \(directory)/cut", in: .standard).output.contains("1 interrupted"))
    #expect(zoo("resume \(directory)/cut --quiet", in: .standard).code == 0)
    try expectEqualFiles(Self.timeless, in: directory + "/whole", directory + "/cut")
    #expect(try read(directory + "/cut/log.txt").contains("resumed after iteration 7,"))
  }

  private static let longIterations =
    "train --learner pearl --family sparse-point-robot --steps 400 --set hiddenSizes=8 --set encoderSizes=8 "
    + "--set trainingTasks=2 --set initialSteps=20 --set tasksPerIteration=2 --set priorSteps=20 "
    + "--set posteriorSteps=40 --set batchSize=8 --set contextSize=8 --tasks 2 --episodes 2 --quiet"

  /// Were it not given up, it would last a minute, and leave a row.
  @Test func aLongIterationIsGivenUp() throws {
    let start = ContinuousClock.now
    let line = "\(Self.longIterations) --set updatesPerIteration=200000 --out \(directory)/cut"
    expectCode(4, zoo(line, in: .standard) { ContinuousClock.now - start > .seconds(1) })
    #expect(rowCount("\(directory)/cut") == 0)
    #expect(zoo("status \(directory)/cut", in: .standard).output.contains("1 interrupted"))
  }

  /// When the wish to stop comes, counted in questions that are asked once so many rows are written.
  struct Wish: Sendable {
    var updates: Int
    var rows: Int
    var questions: Int
  }

  /// In the middle of the second iteration, and when all iterations are done and an evaluation has begun.
  @Test(arguments: [
    Wish(updates: 200, rows: 1, questions: 100), Wish(updates: 20, rows: 3, questions: 2),
    Wish(updates: 20, rows: 3, questions: 3),
  ])
  func whatWasGivenUpIsTakenAgainToTheSameBytes(wish: Wish) throws {
    let line = "\(Self.longIterations) --set updatesPerIteration=\(wish.updates)"
    #expect(zoo("\(line) --out \(directory)/whole", in: .standard).code == 0)
    #expect(rowCount("\(directory)/whole") == 3)
    let questions = Atomic(0)
    expectCode(
      4,
      zoo("\(line) --out \(directory)/cut", in: .standard, patience: 0) {
        rowCount("\(directory)/cut") >= wish.rows
          && questions.wrappingAdd(1, ordering: .relaxed).newValue > wish.questions
      })
    #expect(zoo("status \(directory)/cut", in: .standard).output.contains("1 interrupted"))
    #expect(zoo("resume \(directory)/cut --quiet", in: .standard).code == 0)
    #expect(try read("\(directory)/cut/log.txt").contains("resumed after iteration \(wish.rows),"))
    try expectEqualFiles(Self.timeless, in: directory + "/whole", directory + "/cut")
  }

  @Test func halfARowBehindTheLastCheckpointIsWrittenAgain() throws {
    let line = "train --learner best-arm --family bernoulli-bandit-5x10 --quiet --out \(directory)"
    #expect(zoo(line + "/whole").code == 0)
    #expect(zoo(line + "/cut") { rowCount(directory + "/cut") >= 2 }.code == 4)
    let rows = directory + "/cut/train.jsonl"
    try save(read(rows) + "{\"learner\":\"best-a", to: rows)
    #expect(zoo("resume \(directory)/cut --quiet").code == 0)
    #expect(try read(rows) == read(directory + "/whole/train.jsonl"))
  }

  @Test func aSecondProcessIsRefusedAndNamesTheFirst() throws {
    #expect(zoo("compare --out \(directory)/r --quiet") { true }.code == 4)
    let run = "\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-0"
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    for place in ["\(directory)/r", run] {
      let descriptor = open(place + "/lock", O_RDWR | O_CREAT, 0o644)
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      _ = "4711\n".withCString { write(descriptor, $0, 5) }
      let ended = zoo("resume \(directory)/r --quiet")
      #expect(ended.code == (place == run ? 3 : 2), "\(ended.errors)")
      #expect(ended.errors.contains("process 4711 is writing in \"\(place)\""), "\(ended.errors)")
      close(descriptor)
    }
    #expect(zoo("resume \(directory)/r --quiet").code == 0)
    #expect(!FileManager.default.fileExists(atPath: directory + "/r/lock"))
  }

  @Test func aDamagedCheckpointIsNamedAndTheOtherRunsGoOn() throws {
    let run = "\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-0"
    expectCode(4, zoo("compare --jobs 1 --out \(directory)/r --quiet") { rowCount(run) >= 4 })
    let file = run + "/checkpoint.safetensors"
    var bytes = try contents(file)
    // A digit of the digest.
    bytes[bytes.count - 30] ^= 4
    try bytes.write(to: URL(filePath: file))
    expectError(zoo("resume \(directory)/r --quiet"), code: 3, "\"\(file)\": it is damaged")
    #expect(zoo("status \(directory)/r").output.contains("5 of 6 runs done · 1 failed"))
    try FileManager.default.removeItem(atPath: file)
    #expect(zoo("resume \(directory)/r --quiet").code == 0)
    #expect(zoo("compare --out \(directory)/whole --quiet").code == 0)
    try expectEqualBytes("\(directory)/whole", "\(directory)/r")
  }

  @Test(arguments: ["suite.json", "config.json"])
  func aBudgetThatCannotBeIsRefusedWithTheFile(file: String) throws {
    #expect(zoo("compare --out \(directory)/r --quiet").code == 0)
    let run = "\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-0"
    let place = file == "suite.json" ? directory + "/r" : run
    let text = try read(place + "/" + file).replacing("\"steps\": 100", with: "\"steps\": 9223372036854775807")
    try save(text, to: place + "/" + file)
    expectError(zoo("resume \(place) --quiet"), "\(file)\": steps is")
  }

  @Test func aLostManifestIsMadeAnew() throws {
    let path = directory + "/r"
    #expect(zoo("compare --out \(path) --quiet").code == 0)
    try FileManager.default.removeItem(atPath: path + "/manifest.jsonl")
    try interrupt("\(path)/runs/wanderer/bernoulli-bandit-5x10@1/seed-1")
    #expect(zoo("resume \(path) --quiet").code == 0)
    #expect(zoo("status \(path)").output.contains("6 of 6 runs done"))
    #expect(zoo("stats \(path)").code == 0)
  }

  @Test(arguments: [nil, ""])
  func aRunWithoutItsRowsIsNotDone(rows: String?) throws {
    let path = directory + "/r"
    #expect(zoo("compare --out \(path) --quiet").code == 0)
    let file = "\(path)/runs/wanderer/bernoulli-bandit-5x10@1/seed-1/episodes.jsonl"
    let before = try read(file)
    if let rows {
      try save(rows, to: file)
    } else {
      try FileManager.default.removeItem(atPath: file)
    }
    #expect(zoo("status \(path)").output.contains("5 of 6 runs done · 1 cut off"))
    #expect(zoo("resume \(path) --quiet").code == 0)
    #expect(try read(file) == before)
  }

  @Test func countersThatCannotBeAreRefused() throws {
    let run = directory + "/r"
    #expect(zoo("train --learner best-arm --family bernoulli-bandit-5x10 --quiet --out \(run)").code == 0)
    let url = URL(filePath: run + "/checkpoint.safetensors")
    let whole = try SafetensorsFile(parsing: Data(contentsOf: url))
    for (old, new) in [("\"iteration\":5", "\"iteration\":9223372036854775807"), ("Steps\":100", "Steps\":-9")] {
      var file = whole
      #expect(file.metadata[2].text.contains(old))
      file.metadata[2].text.replace(old, with: new)
      try saveSigned(&file, to: url)
      try interrupt(run)
      expectError(zoo("resume \(run) --quiet"), code: 3, "its numbers of iterations and steps are impossible")
    }
  }

  @Test func whatIsDoneIsLeftAlone() throws {
    #expect(zoo("compare --out \(directory)/r --quiet").code == 0)
    let log = "\(directory)/r/runs/wanderer/bernoulli-bandit-5x10@1/seed-2/log.txt"
    let before = try read(log)
    let again = expectDone(zoo("resume \(directory)/r"))
    #expect(again.errors == "all 6 runs are done: only the report is written again\n", "\(again.errors)")
    #expect(try read(log) == before)
  }

  @Test func aRunIsNotGoneOnWithUnderOtherSettings() throws {
    #expect(zoo("compare --out \(directory)/r --quiet") { true }.code == 4)
    #expect(zoo("compare --set best-arm.exploration=0.3 --out \(directory)/other --quiet").code == 0)
    let manager = FileManager.default
    try manager.createDirectory(atPath: directory + "/r/runs", withIntermediateDirectories: true)
    try? manager.removeItem(atPath: directory + "/r/runs/best-arm")
    try manager.copyItem(atPath: directory + "/other/runs/best-arm", toPath: directory + "/r/runs/best-arm")
    for seed in 0...2 {
      try interrupt("\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-\(seed)")
    }
    expectError(zoo("resume \(directory)/r --quiet"), code: 3, "is of another run: exploration is 0.3, not 0.2")
  }

  @Test func allStatesAreTold() throws {
    let run = "\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-1"
    expectCode(
      4,
      zoo("compare --jobs 1 --out \(directory)/r --quiet --set wanderer.failingIteration=1") {
        rowCount(run) >= 2
      })
    let status = run + "/status.json"
    #expect(try read(status).contains("interrupted"))
    let told = expectDone(zoo("status \(directory)/r"))
    #expect(told.output.contains("1 of 6 runs done · 1 interrupted · 1 failed · 3 planned"), "\(told.output)")
    #expect(told.output.contains("failed: wanderer on bernoulli-bandit-5x10@1, seed 0: told to fail in 1"))
    try save("{\"status\":\"running\"}", to: status)
    #expect(zoo("status \(directory)/r").output.contains("1 cut off"))
    let json = try JSONValue(parsing: zoo("status \(directory)/r --json").output)
    #expect(json["isRunning"] == false)
    #expect(json["runs"]?.arrayValue?.count == 6)
    #expect(zoo("watch \(directory)/r").code == 4)
  }

  @Test func aSlashBehindTheDirectoryChangesNothing() throws {
    #expect(zoo("compare --out \(directory)/r --quiet") { true }.code == 4)
    #expect(zoo("resume \(directory)/r --quiet").code == 0)
    let manifest = try read(directory + "/r/manifest.jsonl")
    #expect(zoo("resume \(directory)/r/ --quiet").code == 0)
    let after = try read(directory + "/r/manifest.jsonl")
    #expect(after.hasPrefix(manifest))
    #expect(zoo("status \(directory)/r/").output.contains("6 of 6 runs done"))
  }

  @Test func theManifestNamesEveryRunAndWhatBecameOfIt() throws {
    #expect(zoo("compare --out \(directory)/r --quiet").code == 0)
    let lines = try read(directory + "/r/manifest.jsonl").split(separator: "\n")
      .map { try JSONValue(parsing: String($0)) }
    func count(_ state: JSONValue) -> Int { lines.count { $0["state"] == state } }
    #expect(count("planned") == 6)
    #expect(count("running") == 6)
    #expect(count("done") == 6)
    #expect(lines.contains { $0["process"]?["machine"]?["toolchain"] != nil })
  }

  @Test func aBudgetIsMeteredOverProcesses() throws {
    let line = "train --learner best-arm --family bernoulli-bandit-5x10 --quiet --out \(directory)/r"
    #expect(zoo(line) { rowCount(directory + "/r") >= 3 }.code == 4)
    func budget() throws -> JSONValue { try JSONValue(parsing: read(directory + "/r/budget.json")) }
    let before = try budget()
    #expect(before["environmentSteps"] == 60)
    #expect(zoo("resume \(directory)/r --quiet").code == 0)
    let after = try budget()
    #expect(after["environmentSteps"] == 100)
    #expect(after["iterations"] == 5)
    #expect(try #require(after["evaluationSteps"]?.integerValue) == 8 * (10 + 11))
    #expect(try #require(after["untrainedSteps"]?.integerValue) == 8 * (10 + 2))
    #expect(try #require(after["wallSeconds"]?.numberValue) > #require(before["wallSeconds"]?.numberValue))
    #expect(
      try #require(after["processorSeconds"]?.numberValue) > #require(before["processorSeconds"]?.numberValue))
    #expect(try #require(after["peakMemoryBytes"]?.integerValue) > 1_000_000)
  }
}

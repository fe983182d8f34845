import Environments
import Foundation
import MetaRL
import StandardZoo
import Tensors
import Testing
import Zoo

/// A family that does not say how it looks.
private struct Unseen<Base: TaskFamily>: TaskFamily {
  let base: Base

  var card: FamilyCard { base.card }
  var spec: EnvironmentSpec { base.spec }
  func task(_ id: TaskID) -> Base.TaskParameters { base.task(id) }
  func makeEnvironment(_ tasks: [Base.TaskParameters]) -> Base.Lanes { base.makeEnvironment(tasks) }
  func descriptor(of task: Base.TaskParameters) -> [Float] { base.descriptor(of: task) }
  func taskCount(in split: TaskID.Split) -> Int? { base.taskCount(in: split) }
}

/// Expects the reward in the cell whose number is that of its steps.
private struct Counting: MetaLearner {
  struct Configuration: LearnerConfiguration {}

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) {}
  mutating func metaTrain(_ session: inout TrainingSession) {}
  func makeAgent(using random: LaneRandom) -> Player { Player(steps: Array(repeating: 0, count: random.count)) }

  struct Player: RewardPredictingAgent {
    var steps: [Int]

    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .discrete(steps.map { _ in 0 })
    }

    mutating func observe(_ transition: Transition) {
      for lane in steps.indices where transition.isLive[lane] { steps[lane] += 1 }
    }

    /// Half of it in a neighboring cell, and all of it shifted.
    func predictedRewards(at observations: Tensor, lane: Int) -> [Double] {
      observations.floatRows.map { row in
        row[steps[lane] % row.count] == 1 ? 2 : row[(steps[lane] + 1) % row.count] == 1 ? 0.5 : -1
      }
    }
  }
}

@Suite(.temporaryDirectory) struct RenderTests {
  private let directory = TemporaryDirectory.path

  private func smallRun(
    _ learner: String, _ family: String, in catalog: Catalog = .standard, at name: String = "run"
  ) -> String {
    let settings =
      ["thompson", "random", "counting"].contains(learner)
      ? "" : "--set tasksPerBatch=2 --set episodesPerInnerStep=2 --set hiddenSizes=5"
    return trainSmallRun(learner, family, "--tasks 3 --episodes 5 \(settings)", in: catalog, directory + "/" + name)
  }

  /// What a row and a drawn episode have in common.
  private func episode(_ row: JSONValue) -> [JSONValue] {
    ["split", "task", "kind", "episode", "repetition", "return", "steps", "terminated", "succeeded"].map {
      row[$0] ?? .null
    }
  }

  private func storedEpisodes(_ run: String) throws -> [[JSONValue]] {
    try read(run + "/episodes.jsonl").split(separator: "\n").map { episode(try JSONValue(parsing: String($0))) }
  }

  @Test(arguments: [
    ("maml", "point-navigation"), ("maml", "grid-world"), ("oracle", "corner-navigation-sparse"),
    ("promp", "momentum-navigation-sparse"), ("random", "wall-navigation"), ("thompson", "bernoulli-bandit-5x10"),
  ])
  func drawnEpisodesAreThoseOfTheEvaluation(learner: String, family: String) throws {
    let run = smallRun(learner, family)
    let rows = try storedEpisodes(run)
    for stages in ["--probes 0,2,5", "--episodes 0,3,4", "--probes 4"] {
      let ended = try requireDone(zoo("render \(run) --tasks 2,0 \(stages) --format svg --json", in: .standard))
      let drawn = try #require(try JSONValue(parsing: ended.output)["episodes"]?.arrayValue)
      #expect(drawn.count >= 2)
      for shown in drawn { #expect(rows.contains(episode(shown)), "\(stages): \(shown.text)") }
    }
  }

  @Test func runsSideBySideShowTheFirstEpisodesOfEach() throws {
    let first = smallRun("maml", "point-navigation", at: "first")
    let second = smallRun("random", "point-navigation", at: "second")
    let line = "render \(first) \(second) --task 1 --format svg,png --json"
    let ended = try requireDone(zoo(line, in: .standard))
    let drawn = try #require(try JSONValue(parsing: ended.output)["episodes"]?.arrayValue)
    for (run, directory) in [("maml", first), ("random", second)] {
      let stored = try storedEpisodes(directory)
      let rows = drawn.filter { $0["run"]?.stringValue == run }
      // Eight are wanted, and the lifetimes of these runs have five.
      #expect(rows.compactMap { $0["episode"]?.integerValue } == [0, 1, 2, 3, 4])
      for row in rows { #expect(stored.contains(episode(row))) }
    }
    #expect(drawn.count == 10)
    let svg = try read(first + "/pictures/side-by-side-task-1.svg")
    for text in [
      "maml", "random", "side by side on point-navigation", "task 1", "Episodes 0 to 4", "(5 episodes)",
    ] {
      #expect(svg.contains(text), "\(text)")
    }
    // A goal in each panel, and one in the legend.
    #expect(svg.split(separator: "\n").count { $0.contains("fill=\"#F0E442\"") } == 3)
    #expect(FileManager.default.fileExists(atPath: first + "/pictures/side-by-side-task-1.png"))
    // Frozen copies, too.
    let copies = zoo("render \(first) \(second) --probes 0 --probe-episodes 3 --format svg --json", in: .standard)
    let probes = try #require(try JSONValue(parsing: copies.output)["episodes"]?.arrayValue)
    #expect(probes.count == 6 && probes.allSatisfy { $0["kind"]?.stringValue == "adapted" })
    #expect(try read(first + "/pictures/side-by-side-task-0.svg").contains("taken before adaptation"))
  }

  @Test("Runs side by side are distinguished and play one family in a plane") func runsSideBySideDiffer() throws {
    func train(_ learner: String, _ family: String, seed: Int) throws -> String {
      let run = "\(directory)/\(learner)-\(family)-\(seed)"
      try requireDone(
        zoo(
          "train --learner \(learner) --family \(family) --seed \(seed) --steps 300 --tasks 2 --episodes 2 --quiet "
            + "--out \(run)", in: .standard))
      return run
    }
    let (first, second) = (try train("random", "point-ring", seed: 0), try train("random", "point-ring", seed: 1))
    expectDone(zoo("render \(first) \(second) --out \(directory)/both.svg", in: .standard))
    let svg = try read(directory + "/both.svg")
    #expect(svg.contains(">random, seed 0<") && svg.contains(">random, seed 1<"))
    #expect(zoo("render \(first) \(first) --out \(directory)/one.svg", in: .standard).code == 0)
    #expect(try read(directory + "/one.svg").contains(">random in \(first)<"))
    let (grid, arms) = (
      try train("random", "grid-world", seed: 0), try train("random", "bernoulli-bandit-5x10", seed: 0)
    )
    for (line, message) in [
      ("\(first) \(grid)", "is on point-ring, \"\(grid)\" on grid-world"),
      ("\(arms) \(arms)", "bernoulli-bandit-5x10 is not drawn as paths in a plane"),
    ] {
      expectError(zoo("render \(line)", in: .standard), message)
    }
  }

  @Test("Cells are shaded by what an agent predicts for them, in moments of each episode") func beliefsAreDrawn()
    throws
  {
    var catalog = Catalog.standard
    catalog.add("counting", Counting.self, card: LearnerCard(summary: "Counts.", adaptsBy: "counts"))
    let run = smallRun("counting", "grid-navigation", in: catalog)
    let ended = try requireDone(zoo("render \(run) --format svg,gif --json", in: catalog))
    let drawn = try #require(try JSONValue(parsing: ended.output)["episodes"]?.arrayValue)
    #expect(drawn.map { $0["kind"]?.stringValue } == ["online", "online"])
    let svg = try read(run + "/pictures/task-0.svg")
    for text in [
      "share of the predicted reward", ">episode 0: step 0<", ">step 3<", ">step 15<", ">episode 1: step 0<",
      "return so far -1.5",
    ] {
      #expect(svg.contains(text), "\(text)")
    }
    // Of shares 2/3 and 1/3: the shades 19 and 13 of 23.
    func cells(_ color: String) throws -> [[Double]] {
      try svg.split(separator: "\n").filter { $0.hasPrefix("<polygon") && $0.contains(color) }.map { line in
        let corners = try #require(line.split(separator: "\"").dropFirst().first).split(separator: " ").map {
          $0.split(separator: ",").compactMap { Double($0) }
        }
        return [0, 1].map { axis in corners.reduce(0) { $0 + $1[axis] } / Double(corners.count) }
      }
    }
    let (dark, light) = (try cells("#2D9276"), try cells("#6FB4A2"))
    // In each of twelve panels, and in the legend.
    #expect(dark.count == 13 && light.count == 13)
    for panel in 0..<12 {
      // Cells are numbered from the lower left, five in a row.
      let cell = (panel / 6 * 15 + panel % 6 * 3) % 25
      let (x, y) = (28 + 256 * Double(panel % 6) + 47.2 * (Double(cell % 5) + 0.5), 47.2 * (4.5 - Double(cell / 5)))
      let top = 68 + 44 + Double(panel / 6) * (236 + 44 + 14)
      #expect(dark.contains { abs($0[0] - x) < 0.1 && abs($0[1] - top - y) < 0.1 }, "panel \(panel)")
    }
    let movie = try #require(ReadGIF(Array(try contents(run + "/pictures/task-0.gif"))))
    #expect(movie.frames.count == 16)
    // Several episodes in a panel have no one belief, and other families have no cells.
    for line in ["\(run) --probes 1 --probe-episodes 2", "\(run) \(run)"] {
      expectDone(zoo("render \(line) --out \(directory)/other.svg", in: catalog))
      #expect(!(try read(directory + "/other.svg").contains("predicted")))
    }
    let dark9 = smallRun("counting", "dark-room-9", in: catalog, at: "dark")
    expectDone(zoo("render \(dark9) --out \(directory)/other.svg", in: catalog))
    #expect(!(try read(directory + "/other.svg").contains("predicted")))
  }

  @Test("Beliefs of several tasks and of frozen copies have their rows") func rowsOfBeliefs() throws {
    let settings =
      "--set hiddenSize=4 --set decoderSizes=4 --set hiddenSizes=4 --set warmUpSteps=60 --set modelUpdates=1"
    let run = trainSmallRun(
      "varibad", "grid-navigation", "--tasks 3 --episodes 2 \(settings)", in: .standard, directory + "/run")
    let svg = "\(directory)/rows.svg"
    expectDone(zoo("render \(run) --tasks 0,2 --probes 0,2 --probe-episodes 1 --out \(svg)", in: .standard))
    let text = try read(svg)
    for row in [
      "train task 0, before adaptation", "train task 0, after 2 episodes", "train task 2, before adaptation",
      "train task 2, after 2 episodes",
    ] {
      #expect(text.contains(">\(row): step 0<"), "\(row)")
    }
    let stored = try storedEpisodes(run)
    let ended = try requireDone(zoo("render \(run) --tasks 2,0 --json --format svg", in: .standard))
    let drawn = try #require(try JSONValue(parsing: ended.output)["episodes"]?.arrayValue)
    #expect(drawn.count == 4 && drawn.allSatisfy { stored.contains(episode($0)) })
  }

  @Test("Blocks are drawn where they lie and where they were pushed") func blocksAreDrawn() throws {
    let run = smallRun("random", "block-pushing-lite")
    #expect(zoo("render \(run) --task 2 --episodes 0 --format svg", in: .standard).code == 0)
    let svg = try read(run + "/pictures/task-2.svg")
    #expect(svg.contains("block to be moved") && svg.contains("other block"))
    let lines = svg.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("<polygon") && $0.contains("#F2C879") } == 1)
    #expect(lines.count { $0.hasPrefix("<polygon") && $0.contains("#E0E0E0") } == 4)
  }

  @Test func anotherSeedDrawsOtherEpisodes() throws {
    let run = smallRun("random", "point-navigation")
    let lines = ["", " --seed 0", " --seed 1"].map {
      zoo("render \(run)\($0) --format svg --json", in: .standard).output
    }
    #expect(lines[0] == lines[1])
    #expect(lines[0] != lines[2])
  }

  @Test func theGoalIsMarkedWhereTheTaskHasIt() throws {
    let run = smallRun("maml", "point-navigation")
    #expect(zoo("render \(run) --task 1 --probes 0 --format svg,png", in: .standard).code == 0)
    let svg = try read(run + "/pictures/task-1.svg")
    // The marks of the axes say where coordinates are.
    func axis(_ attribute: String, _ anchor: String) throws -> (place: Double, value: Double, scale: Double) {
      let marks = svg.split(separator: "\n").compactMap { line -> (Double, Double)? in
        guard line.contains("font-size=\"11\"") else { return nil }
        let parts = line.split(separator: "text-anchor=\"\(anchor)\">")
        guard parts.count == 2, let value = parts[1].split(separator: "<").first.flatMap({ Double($0) }),
          let place = line.split(separator: " \(attribute)=\"").dropFirst().first?.split(separator: "\"").first
        else { return nil }
        return Double(place).map { ($0, value) }
      }
      let (first, last) = (try #require(marks.first), try #require(marks.last))
      return (first.0, first.1, (last.0 - first.0) / (last.1 - first.1))
    }
    let (columns, rows) = (try axis("x", "middle"), try axis("y", "end"))
    let goal = PointNavigation().task(TaskID(.test, 1))
    let x = columns.place + (Double(goal.x) - columns.value) * columns.scale
    // The text of a mark is set a little lower, so that its middle is level with it.
    let y = rows.place - 4 + (Double(goal.y) - rows.value) * rows.scale
    // The first is that of the legend.
    let star = try #require(svg.split(separator: "\n").last { $0.contains("fill=\"#F0E442\"") })
    let corners = try #require(star.split(separator: "\"").dropFirst().first).split(separator: " ").map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    #expect(corners.count == 10)
    #expect(abs(corners.map { $0[0] }.reduce(0, +) / 10 - x) < 0.2)
    #expect(abs(corners.map { $0[1] }.reduce(0, +) / 10 - y) < 0.2)
    let png = try #require(ReadPNG(Array(try contents(run + "/pictures/task-1.png"))))
    #expect(png.color(Int(2 * x), Int(2 * y)) == [0xF0, 0xE4, 0x42])
  }

  @Test func picturesOfManyFormatsAreReadable() throws {
    let run = smallRun("maml", "grid-world")
    let ended = expectDone(
      zoo("render \(run) --task 3 --format svg,png,gif,frames --out \(run)/shown", in: .standard))
    #expect(
      ended.output.split(separator: "\n").map { $0.dropFirst(run.count) } == [
        "/shown/task-3.svg", "/shown/task-3.png", "/shown/task-3.gif", "/shown/task-3-frames",
      ])
    let svg = try read(run + "/shown/task-3.svg")
    for text in ["maml on grid-world, seed 0", "task 3", "before adaptation", "after 2 episodes", "goal", "hole"] {
      #expect(svg.contains(text), "\(text)")
    }
    #expect(svg.components(separatedBy: "<polygon").count - 1 > 2)
    let movie = try #require(ReadGIF(Array(try contents(run + "/shown/task-3.gif"))))
    let frames = try FileManager.default.contentsOfDirectory(atPath: run + "/shown/task-3-frames")
    #expect(frames.count == movie.frames.count && frames.count > 1)
    let last = try #require(frames.max())
    #expect(try contents(run + "/shown/task-3-frames/" + last) == contents(run + "/shown/task-3.png"))
  }

  @Test(arguments: ["maml point-navigation", "thompson bernoulli-bandit-5x10", "maml grid-world"])
  func aFamilyThatSaysNothingIsDrawnByItsNumbers(line: String) throws {
    var catalog = Catalog.standard
    catalog.add(Unseen(base: PointNavigation()))
    catalog.add(Unseen(base: BernoulliBandit()))
    catalog.add(Unseen(base: GridWorld()))
    let words = line.split(separator: " ").map(String.init)
    let run = smallRun(words[0], words[1], in: catalog)
    expectDone(zoo("render \(run) --tasks 0..1 --format svg,gif", in: catalog))
    let svg = try read(run + "/pictures/task-0-1.svg")
    for text in ["observation", "action", "reward", "step", "task 1"] { #expect(svg.contains(text), "\(text)") }
    #expect(ReadGIF(Array(try contents(run + "/pictures/task-0-1.gif"))) != nil)
  }

  @Test func aMistakeGivesOneMessageAndCode2() throws {
    let run = smallRun("maml", "grid-world")
    try save("", to: run + "/file")
    for (line, message) in [
      ("render", "render needs the directory of one run"),
      ("render RUN /nowhere", "is not the directory of a run"),
      ("render RUN RUN RUN RUN RUN RUN RUN", "up to 6 runs side by side, not 7"),
      ("render RUN RUN --probes 0,1", "side by side, --probes is one moment"),
      ("render RUN RUN --episodes 0..50", "--episodes are from 0 to 4"),
      ("render /nowhere", "is not the directory of a run"),
      ("render RUN --task 4", "grid-world has train tasks 0 to 3; there is no task 4"),
      ("render RUN --task -1", "--task is a whole number from 0"),
      ("render RUN --tasks 0..9", "up to 6 tasks"),
      ("render RUN --tasks 1,1", "--tasks names 1 twice"),
      ("render RUN --task 1 --tasks 2", "exclude each other"),
      ("render RUN --probes 6", "--probes are from 0 to 5"),
      ("render RUN --episodes 5", "--episodes are from 0 to 4"),
      ("render RUN --episodes 1 --probes 1", "exclude each other"),
      ("render RUN --format gid", "unknown format \"gid\". Nearest: gif."),
      ("render RUN --out a.gif --format svg", "is a file of one format"),
      ("render RUN --out RUN/file/x.svg", "cannot write to the directory"),
      ("render RUN --seed 1,2", "--seed is one whole number"),
      ("export RUN", "export needs --to, one of: safetensors, onnx, csv, tensorboard"),
      ("export RUN --to onxx", "unknown format \"onxx\". Nearest: onnx."),
      ("export RUN --to csv --task 1", "--task goes with --to onnx only"),
      ("export RUN --to onnx --task 4", "grid-world has train tasks 0 to 3; there is no task 4"),
      ("export RUN --to onnx --out RUN", "is a directory; --out names the file to write"),
      ("export /nowhere --to csv", "there is no such directory"),
    ] {
      expectRefusal(zoo(line.replacingOccurrences(of: "RUN", with: run), in: .standard), message)
    }
  }

  @Test("A comparison and a run without a checkpoint are refused with what to do") func missingCheckpoint() throws {
    let all = directory + "/all"
    expectDone(
      zoo(
        "compare --learners thompson --families bernoulli-bandit-5x10 --seeds 0 --tasks 2 --quiet --out \(all)",
        in: .standard))
    let run = all + "/runs/thompson/bernoulli-bandit-5x10@1/seed-0"
    for command in ["render", "export --to safetensors", "export --to onnx"] {
      expectError(
        zoo("\(command) \(all)", in: .standard), "holds a whole comparison. Name a run in it, as in \(run)")
    }
    #expect(zoo("render \(run) --format svg", in: .standard).code == 0)
    #expect(zoo("export \(run) --to csv", in: .standard).code == 0)
    try FileManager.default.removeItem(atPath: run + "/checkpoint.safetensors")
    for command in ["render", "export --to safetensors", "export --to onnx"] {
      expectError(zoo("\(command) \(run)", in: .standard), "has no checkpoint.safetensors any more")
    }
  }

  @Test func anInterruptedDrawingLeavesNoFile() throws {
    let run = smallRun("thompson", "bernoulli-bandit-5x10")
    expectCode(4, zoo("render \(run)", in: .standard, isInterrupted: { true }))
    let left = try FileManager.default.contentsOfDirectory(atPath: run + "/pictures")
    #expect(left.isEmpty)
  }
}

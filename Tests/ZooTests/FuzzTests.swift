import Foundation
import StandardZoo
import Synchronization
import Tensors
import Testing
import Zoo

/// Changes, removes, inserts and repeats bytes.
private func spoil(_ bytes: inout [UInt8], _ random: inout RandomStream) {
  for _ in 0...random.integer(below: 3) where !bytes.isEmpty {
    let place = random.integer(below: bytes.count)
    switch random.integer(below: 6) {
    case 0: bytes[place] = UInt8(random.integer(below: 256))
    case 1: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
    case 2: bytes.remove(at: place)
    case 3: bytes.insert(UInt8(ascii: "9"), at: place)
    case 4: bytes.removeSubrange(place...)
    default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
    }
  }
}

/// Spoils a file again and again, and puts it back in the end.
func spoiling(_ path: String, times: Int, seed: UInt64, _ body: ([UInt8]) throws -> Void) throws {
  var random = RandomStream(seed: seed)
  let whole = Array(try contents(path))
  for _ in 0..<times {
    var bytes = whole
    spoil(&bytes, &random)
    try Data(bytes).write(to: URL(filePath: path))
    try body(bytes)
  }
  try Data(whole).write(to: URL(filePath: path))
}

/// Ten thousand inputs that are wrong somewhere: none may end the process, hang it, or go without a message that names
/// what is wrong.
@Suite(.timeLimit(.minutes(10)), .temporaryDirectory) struct FuzzTests {
  private let directory = TemporaryDirectory.path

  private let words = [
    "compare", "train", "evaluate", "list", "describe", "help", "resume", "status", "watch", "learners", "best-arm",
    "--learners", "--families", "--learner", "--family", "--seeds", "--seed", "--steps", "--set", "--tasks",
    "--episodes", "--jobs", "--json", "--quiet", "--no-color", "--checkpoint-seconds", "bernoulli-bandit-5x10",
    "point-navigation@1", "0..2", "..", "1...3", "-1", "1e400", "99999999999999999999", "18446744073709551615",
    "nan",
    "=", "--=", "--set=", "exploration=", "a.b.c=d", "best-arm.exploration=0.5", "hiddenSizes=[", "hiddenSizes=,",
    ",", "-", "--", "é😀", "\u{0}", "/", "@", "1_0",
  ]

  @Test func noCommandLineTraps() throws {
    var random = RandomStream(seed: 0)
    let catalog = testCatalog()
    for _ in 0..<3000 {
      let count = 1 + random.integer(below: 6)
      let line = (0..<count).map { _ in words[random.integer(below: words.count)] }
      let errors = CapturedText()
      // The directory cannot be made, so that nothing is run.
      let code = catalog.run(
        line + (line[0] == "compare" || line[0] == "train" ? ["--out", "/dev/null/x"] : []),
        output: CapturedText(), errors: errors)
      #expect(code == 0 || code == 2, "\(line)")
      if code == 2 { #expect(errors.text.contains("error: "), "\(line)") }
    }
  }

  /// What every command has to do with a file that may be wrong.
  private func expectOrder(_ ended: Ended, file: String, in directory: String, codes: [Int32] = [0, 2, 3, 4]) throws
  {
    #expect(codes.contains(ended.code), "\(ended.code) \(ended.errors)")
    if ended.code == 2 {
      #expect(ended.errors.hasPrefix("error: "), "\(ended.errors)")
      // Where two files contradict each other, either may be named.
      let isNamed = ended.errors.contains(file) || ended.errors.contains("\" is of another run: ")
      #expect(isNamed || ended.errors.contains("not comparable"), "\(file): \(ended.errors)")
    }
    let left = try FileManager.default.subpathsOfDirectory(atPath: directory).filter { $0.hasSuffix(".partial") }
    #expect(left.isEmpty)
  }

  @Test func noFileOfSettingsTraps() throws {
    let path = directory + "/suite.json5"
    try """
    // A suite.
    { learners: ["best-arm", 'wanderer'], families: ["bernoulli-bandit-5x10"], seeds: "0..2", steps: 1e2,
      tasks: 3, split: "test", episodes: 2, probeEpisodes: 1,
      settings: { tasksPerBatch: 2, "best-arm": { hiddenSizes: [3, 4], exploration: { value: .5, paper: "x" } } },
      groups: { arms: { families: ["bernoulli-bandit-5x10"], settings: { wanderer: { tasksPerBatch: 3 } } } } }
    """.write(toFile: path, atomically: true, encoding: .utf8)
    try spoiling(path, times: 2000, seed: 1) { _ in
      // The directory cannot be made, so that nothing is run.
      let ended = expectCode(2, zoo("compare \(path) --out /dev/null/x --quiet"))
      #expect(ended.errors.contains("suite.json5\"") || ended.errors.contains("/dev/null"), "\(ended.errors)")
    }
  }

  @Test func noSpoiledRunTraps() throws {
    let run = directory + "/run"
    #expect(zoo("train --learner best-arm --family bernoulli-bandit-5x10 --out \(run) --quiet").code == 0)
    for (number, file) in ["config.json", "checkpoint.safetensors", "status.json", "budget.json"].enumerated() {
      try spoiling(run + "/" + file, times: 500, seed: UInt64(number)) { bytes in
        let evaluated = zoo("evaluate \(run) --tasks 2 --episodes 2")
        try expectOrder(evaluated, file: file, in: directory, codes: [0, 2, 3])
        try expectOrder(zoo("status \(run)"), file: file, in: directory, codes: [0, 2])
        if file != "status.json" { try interrupt(run) }
        // Nothing is run: settings may ask for more than there is time for.
        let resumed = zoo("resume \(run) --quiet", isInterrupted: { true })
        try expectOrder(resumed, file: file, in: directory)
        if resumed.code == 4 || resumed.code == 3 { try Data(bytes).write(to: URL(filePath: run + "/" + file)) }
      }
    }
  }

  @Test func noSpoiledComparisonTraps() throws {
    let path = directory + "/r"
    #expect(zoo("compare --seeds 0 --steps 20 --tasks 1 --episodes 1 --out \(path) --quiet").code == 0)
    for (number, file) in ["suite.json", "manifest.jsonl"].enumerated() {
      try spoiling(path + "/" + file, times: 250, seed: UInt64(10 + number)) { _ in
        try expectOrder(zoo("status \(path)"), file: file, in: directory, codes: [0, 2])
        try expectOrder(zoo("resume \(path) --quiet", isInterrupted: { true }), file: file, in: directory)
      }
    }
  }

  @Test func noSafetensorsFileTraps() throws {
    let whole = Array(
      SafetensorsFile(
        tensors: [("a", Tensor([1, 2, 3], shape: [3])), ("b", Tensor(2, precision: .double))],
        metadata: [("note", "text")]
      ).data)
    var random = RandomStream(seed: 5)
    var refused = 0
    for _ in 0..<3000 {
      var bytes = whole
      spoil(&bytes, &random)
      do {
        _ = try SafetensorsFile(parsing: Data(bytes))
      } catch let problem as SafetensorsError {
        #expect(!problem.description.isEmpty)
        refused += 1
      }
    }
    #expect(refused > 1000)
  }

  @Test(arguments: ["promp", "mine"]) func noCheckpointThatNamesItsDigestRightlyTraps(learner: String) throws {
    let run = directory + "/run"
    expectDone(
      zoo(
        "train --learner \(learner) --family grid-world --steps 200 --set hiddenSizes=3 --set tasksPerBatch=2 "
          + "--set episodesPerInnerStep=2 --episodes 3 --tasks 2 --quiet --out \(run)", in: .withExample))
    let url = URL(filePath: run + "/checkpoint.safetensors")
    let whole = try SafetensorsFile(parsing: Data(contentsOf: url))
    var random = RandomStream(seed: 6)
    var refused = 0
    for _ in 0..<300 {
      var file = whole
      var bytes = Array(file.metadata[2].text.utf8)
      spoil(&bytes, &random)
      file.metadata[2].text = String(decoding: bytes, as: UTF8.self)
      if random.integer(below: 4) == 0 { file.tensors.remove(at: random.integer(below: file.tensors.count)) }
      try saveSigned(&file, to: url)
      let ended = zoo("evaluate \(run)", in: .withExample)
      // A digit may be changed and harmless, or give an action that is not a number.
      try expectOrder(ended, file: "checkpoint.safetensors", in: directory, codes: [0, 2, 3])
      if ended.code == 2 { refused += 1 }
      // One iteration more, or none if it was told that there are enough.
      try interrupt(run)
      let questions = Atomic(0)
      let resumed = zoo("resume \(run) --quiet", in: .withExample) {
        questions.wrappingAdd(1, ordering: .relaxed).newValue > 1
      }
      #expect([0, 3, 4].contains(resumed.code), "\(resumed.errors)")
    }
    #expect(refused > 60)
  }

  @Test func smallNumbersHaveShortLabels() {
    let scale = PlotScale(holding: [-1.3e-7, 1.4e-7], count: 6)
    #expect(scale.ticks.map(scale.label) == ["-1.5e-7", "-1.0e-7", "-0.5e-7", "0", "0.5e-7", "1.0e-7", "1.5e-7"])
    let close = PlotScale(holding: [1, 1.0000003], count: 3)
    #expect(close.ticks.map(close.label).allSatisfy { $0.hasPrefix("1.0") || $0.hasPrefix("0.99") })
  }

  @Test func numbersOfAnySizeCanBePlotted() throws {
    for value in [0, 1e-300, 1e-12, 0.1, 1e9, 1e17, 1e300, -1e300] {
      let scale = PlotScale(holding: [value, value * 1.5], count: 5)
      #expect(scale.ticks.count >= 2)
      #expect(scale.ticks.allSatisfy { !scale.label($0).isEmpty })
      #expect((0...1).contains(scale.place(value)))
    }
  }
}

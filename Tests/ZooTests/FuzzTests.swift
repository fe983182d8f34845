import Foundation
import Tensors
import Testing
import Zoo

@Suite struct FuzzTests {
  private let words = [
    "compare", "train", "evaluate", "list", "describe", "help", "learners", "best-arm", "--learners", "--families",
    "--learner", "--family", "--seeds", "--seed", "--steps", "--set", "--tasks", "--episodes", "--jobs", "--json",
    "--quiet", "--no-color", "bernoulli-bandit-5x10", "point-navigation@1", "0..2", "..", "1...3", "-1", "1e400",
    "99999999999999999999", "18446744073709551615", "nan", "=", "--=", "--set=", "exploration=", "a.b.c=d",
    "best-arm.exploration=0.5", "hiddenSizes=[", "hiddenSizes=,", ",", "-", "--", "é😀", "\u{0}", "/", "@", "1_0",
  ]

  @Test func noCommandLineTraps() throws {
    var random = RandomStream(seed: 0)
    let catalog = testCatalog()
    for _ in 0..<3000 {
      let count = 1 + random.integer(below: 6)
      let line = (0..<count).map { _ in words[random.integer(below: words.count)] }
      // The directory cannot be made, so that nothing is run.
      let code = catalog.run(
        line + (line[0] == "compare" || line[0] == "train" ? ["--out", "/dev/null/x"] : []),
        output: CapturedText(), errors: CapturedText())
      #expect(code == 0 || code == 2, "\(line)")
    }
  }

  @Test func noSpoiledFileTraps() throws {
    try withDirectory { directory in
      let run = directory + "/run"
      #expect(zoo("train --learner best-arm --family bernoulli-bandit-5x10 --out \(run) --quiet").code == 0)
      var random = RandomStream(seed: 1)
      for file in ["config.json", "learner.json"] {
        let bytes = Array(try read(run + "/" + file).utf8)
        for _ in 0..<300 {
          var spoiled = bytes
          for _ in 0...random.integer(below: 3) {
            let place = random.integer(below: spoiled.count)
            switch random.integer(below: 3) {
            case 0: spoiled[place] = UInt8(random.integer(below: 256))
            case 1: spoiled.remove(at: place)
            default: spoiled.insert(UInt8(ascii: "9"), at: place)
            }
          }
          try Data(spoiled).write(to: URL(filePath: run + "/" + file))
          let ended = zoo("evaluate \(run) --tasks 2 --episodes 2")
          // 3: what can be read is a learner, but of actions that the family does not have.
          #expect([0, 2, 3].contains(ended.code), "\(ended.errors) \(String(decoding: spoiled, as: UTF8.self))")
        }
        try Data(bytes).write(to: URL(filePath: run + "/" + file))
      }
    }
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

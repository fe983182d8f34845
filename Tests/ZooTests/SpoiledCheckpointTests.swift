import Foundation
import StandardZoo
import Tensors
import Testing
import Zoo

@Suite struct SpoiledCheckpointTests {
  /// Spoils `learner.json` of a small run in ways that the closure makes up, and evaluates it.
  private func outcomes(count: Int, _ spoil: (inout String, inout RandomStream) -> Void) throws -> [Ended] {
    try withDirectory { directory in
      let run = directory + "/run"
      let trained = zoo(
        "train --learner maml --family grid-world --steps 100 --set hiddenSizes=3 --set tasksPerBatch=2 "
          + "--set episodesPerInnerStep=2 --episodes 3 --tasks 2 --quiet --out \(run)", in: .standard)
      #expect(trained.code == 0, "\(trained.errors)")
      let checkpoint = try read(run + "/learner.json")
      var random = RandomStream(seed: 2)
      return try (0..<count).map { _ in
        var spoiled = checkpoint
        spoil(&spoiled, &random)
        try spoiled.write(toFile: run + "/learner.json", atomically: true, encoding: .utf8)
        return zoo("evaluate \(run)", in: .standard)
      }
    }
  }

  @Test func parametersOfOtherNamesOrShapesAreRefusedWithTheFile() throws {
    var change = 0
    let changes = [
      ("layer1.weights", "layer1.weight"), ("\"shape\":[3]", "\"shape\":[1,3]"),
      ("\"hiddenSizes\":[3]", "\"hiddenSizes\":[4]"),
      ("\"hiddenSizes\":[3]", "\"hiddenSizes\":[-3]"), ("\"observationSize\":9", "\"observationSize\":8"),
      ("\"layer1.weights\",", ""),
    ]
    let ended = try outcomes(count: changes.count) { text, _ in
      #expect(text.contains(changes[change].0), "\(changes[change].0)")
      text = text.replacingOccurrences(of: changes[change].0, with: changes[change].1)
      change += 1
    }
    for outcome in ended {
      #expect(outcome.code == 2)
      #expect(outcome.errors.contains("learner.json"), "\(outcome.errors)")
    }
  }

  @Test func noSpoiledCheckpointOfMAMLTraps() throws {
    let ended = try outcomes(count: 300) { text, random in
      var bytes = Array(text.utf8)
      for _ in 0...random.integer(below: 2) {
        let place = random.integer(below: bytes.count)
        switch random.integer(below: 3) {
        case 0: bytes[place] = UInt8(32 + random.integer(below: 95))
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8(ascii: "7"), at: place)
        }
      }
      text = String(decoding: bytes, as: UTF8.self)
    }
    // A digit of a parameter may be changed and harmless, or give an action that is not a number.
    #expect(ended.allSatisfy { [0, 2, 3].contains($0.code) })
    #expect(ended.contains { $0.code == 2 })
  }
}

import Foundation
import StandardZoo
import Tensors
import Testing
import Zoo

@Suite struct SpoiledCheckpointTests {
  @Test(
    arguments: [
      ("\"layer1.weights\"", "\"layer1.weight\""), ("\"hiddenSizes\":[3]", "\"hiddenSizes\":[4]"),
      ("\"hiddenSizes\":[3]", "\"hiddenSizes\":[-3]"), ("\"observationSize\":9", "\"observationSize\":8"),
      ("\"layer1.weights\",", ""),
    ])
  func parametersOfOtherNamesOrShapesAreRefusedWithTheFile(old: String, new: String) throws {
    try withDirectory { directory in
      let run = directory + "/run"
      let trained = zoo(
        "train --learner maml --family grid-world --steps 100 --set hiddenSizes=3 --set tasksPerBatch=2 "
          + "--set episodesPerInnerStep=2 --episodes 3 --tasks 2 --quiet --out \(run)", in: .standard)
      #expect(trained.code == 0, "\(trained.errors)")
      let url = URL(filePath: run + "/checkpoint.safetensors")
      var file = try SafetensorsFile(parsing: Data(contentsOf: url))
      #expect(file.metadata[2].text.contains(old))
      file.metadata[2].text = file.metadata[2].text.replacingOccurrences(of: old, with: new)
      file.metadata[3].text = String(repeating: "0", count: 64)
      file.metadata[3].text = SHA256.digest(of: file.data)
      try file.data.write(to: url)
      let ended = zoo("evaluate \(run)", in: .standard)
      #expect(ended.code == 2)
      #expect(ended.errors.contains("checkpoint.safetensors"), "\(ended.errors)")
    }
  }
}

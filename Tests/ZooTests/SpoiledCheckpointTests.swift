import Foundation
import StandardZoo
import Tensors
import Testing
import Zoo

@Suite struct SpoiledCheckpointTests {
  /// Trains a moment, spoils a part of the checkpoint's metadata, and expects that the file is refused by name.
  private func spoil(
    _ training: String, part: Int = 2, message: String = "checkpoint.safetensors", _ change: (String) -> String
  ) throws {
    try withDirectory { directory in
      let run = directory + "/run"
      let trained = zoo("train \(training) --episodes 3 --tasks 2 --quiet --out \(run)", in: .withExample)
      #expect(trained.code == 0, "\(trained.errors)")
      let url = URL(filePath: run + "/checkpoint.safetensors")
      var file = try SafetensorsFile(parsing: Data(contentsOf: url))
      let changed = change(file.metadata[part].text)
      #expect(changed != file.metadata[part].text)
      file.metadata[part].text = changed
      file.metadata[3].text = String(repeating: "0", count: 64)
      file.metadata[3].text = SHA256.digest(of: file.data)
      try file.data.write(to: url)
      let ended = zoo("evaluate \(run)", in: .withExample)
      #expect(ended.code == 2)
      #expect(ended.errors.contains("checkpoint.safetensors") && ended.errors.contains(message), "\(ended.errors)")
    }
  }

  @Test func aCheckpointOfAnotherVersionIsSaidToBeOne() throws {
    try spoil(Self.maml, part: 0, message: "written by another version of the zoo (format 1, not 2)") { _ in "1" }
  }

  private static let mine = maml.replacingOccurrences(of: "maml", with: "mine")
  private static let maml =
    "--learner maml --family grid-world --steps 100 --set hiddenSizes=3 --set tasksPerBatch=2 "
    + "--set episodesPerInnerStep=2"
  private static let rl2 =
    "--learner rl2 --family grid-world --steps 100 --set hiddenSize=3 --set stepsPerBatch=100"

  @Test(
    arguments: [
      (maml, "\"layer1.weights\"", "\"layer1.weight\""), (maml, "\"hiddenSizes\":[3]", "\"hiddenSizes\":[4]"),
      (maml, "\"hiddenSizes\":[3]", "\"hiddenSizes\":[-3]"),
      (maml, "\"observationSize\":9", "\"observationSize\":8"), (maml, "\"layer1.weights\",", ""),
      (mine, "\"layer1.weights\"", "\"layer1.weight\""), (mine, "\"hiddenSizes\":[3]", "\"hiddenSizes\":[4]"),
      (mine, "\"observationSize\":9", "\"observationSize\":8"), (mine, "\"layer1.weights\",", ""),
      (rl2, "\"policy.input.weights\"", "\"policy.input.weight\""), (rl2, "\"hiddenSize\":3", "\"hiddenSize\":4"),
      (rl2, "\"hiddenSize\":3", "\"hiddenSize\":-3"), (rl2, "\"cell\":\"gru\"", "\"cell\":\"lstm\""),
      (rl2, "\"observationSize\":9", "\"observationSize\":8"), (rl2, "\"policy.input.weights\",", ""),
    ])
  func parametersOfOtherNamesOrShapesAreRefusedWithTheFile(training: String, old: String, new: String) throws {
    try spoil(training) { $0.replacingOccurrences(of: old, with: new) }
  }

  @Test(arguments: [
    (rl2, "\"outerEpochs\":4", "\"outerEpochs\":-1"),
    (maml, "\"episodesPerInnerStep\":2", "\"episodesPerInnerStep\":0"),
    ("--learner ucb1 --family bernoulli-bandit-5x10", "\"bonusWeight\":1", "\"bonusWeight\":-3"),
  ])
  func settingsThatNobodyCouldGiveAreRefusedWithTheFile(training: String, old: String, new: String) throws {
    try spoil(training) { $0.replacingOccurrences(of: old, with: new) }
  }

  private static let layered =
    rl2 + " --set embeddingSize=4 --set readoutSize=5 --set seesLastObservation=true"

  @Test(arguments: [
    ("\"embeddingSize\":4", "\"embeddingSize\":3"), ("\"embeddingSize\":4", "\"embeddingSize\":0"),
    ("\"embeddingSize\":4", "\"embeddingSize\":-4"),
    ("\"embeddingSize\":4", "\"embeddingSize\":9000000000000000000"),
    ("\"readoutSize\":5", "\"readoutSize\":6"), ("\"readoutSize\":5", "\"readoutSize\":-5"),
    ("\"readoutSize\":5", "\"readoutSize\":9000000000000000000"),
    ("\"seesLastObservation\":true", "\"seesLastObservation\":false"),
  ])
  func layersOfOtherSizesAreRefusedWithTheFile(old: String, new: String) throws {
    try spoil(Self.layered) { $0.replacingOccurrences(of: old, with: new) }
  }

  @Test func aWholeNumberTypedForASettingIsThatOfItsCheckpoint() throws {
    try withDirectory { directory in
      let run = directory + "/run"
      let line =
        "train \(Self.rl2) --set discount=1 --set entropyWeight=0 --episodes 3 --tasks 2 --quiet --out \(run)"
      #expect(zoo(line, in: .standard).code == 0)
      let ended = zoo("evaluate \(run)", in: .standard)
      #expect(ended.code == 0, "\(ended.errors)")
    }
  }

  @Test(arguments: [(rl2, "policy.candidate.bias", "policy.output.bias"), (mine, "layer1.bias", "layer2.bias")])
  func anOptimizerOfOtherParametersIsRefusedWithTheFile(training: String, one: String, other: String) throws {
    try spoil(training) { text in
      guard let start = text.range(of: "\"optimizer\"") else { return text }
      // Two names of one kind change places, so that every tensor is still there.
      let memory = text[start.lowerBound...].replacingOccurrences(of: other, with: "???")
        .replacingOccurrences(of: one, with: other).replacingOccurrences(of: "???", with: one)
      return text[..<start.lowerBound] + memory
    }
  }
}

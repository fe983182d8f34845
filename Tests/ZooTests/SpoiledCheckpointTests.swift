import Foundation
import StandardZoo
import Tensors
import Testing
import Zoo

/// Writes a checkpoint with the digest of what it holds now.
func saveSigned(_ file: inout SafetensorsFile, to url: URL) throws {
  file.metadata[3].text = String(repeating: "0", count: 64)
  file.metadata[3].text = SHA256.digest(of: file.data)
  try file.data.write(to: url)
}

@Suite(.temporaryDirectory) struct SpoiledCheckpointTests {
  private let directory = TemporaryDirectory.path

  /// Trains a moment, spoils a part of the checkpoint's metadata, and expects that the file is refused by name.
  private func spoil(
    _ training: String, part: Int = 2, message: String = "checkpoint.safetensors", _ change: (String) -> String
  ) throws {
    try withDirectory { directory in
      let run = directory + "/run"
      expectDone(zoo("train \(training) --episodes 3 --tasks 2 --quiet --out \(run)", in: .withExample))
      let url = URL(filePath: run + "/checkpoint.safetensors")
      var file = try SafetensorsFile(parsing: Data(contentsOf: url))
      let changed = change(file.metadata[part].text)
      #expect(changed != file.metadata[part].text)
      file.metadata[part].text = changed
      try saveSigned(&file, to: url)
      let ended = expectCode(2, zoo("evaluate \(run)", in: .withExample))
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

  private static let layered = rl2 + " --set embeddingSize=4 --set readoutSize=5 --set seesLastObservation=true"

  private static let contradictions = [
    // Parameters of other names or shapes.
    (maml, "\"layer1.weights\"", "\"layer1.weight\""), (maml, "\"hiddenSizes\":[3]", "\"hiddenSizes\":[4]"),
    (maml, "\"hiddenSizes\":[3]", "\"hiddenSizes\":[-3]"),
    (maml, "\"observationSize\":9", "\"observationSize\":8"), (maml, "\"layer1.weights\",", ""),
    (mine, "\"layer1.weights\"", "\"layer1.weight\""), (mine, "\"hiddenSizes\":[3]", "\"hiddenSizes\":[4]"),
    (mine, "\"observationSize\":9", "\"observationSize\":8"), (mine, "\"layer1.weights\",", ""),
    (rl2, "\"policy.input.weights\"", "\"policy.input.weight\""), (rl2, "\"hiddenSize\":3", "\"hiddenSize\":4"),
    (rl2, "\"hiddenSize\":3", "\"hiddenSize\":-3"), (rl2, "\"memory\":\"gru\"", "\"memory\":\"lstm\""),
    (rl2, "\"observationSize\":9", "\"observationSize\":8"), (rl2, "\"policy.input.weights\",", ""),
    // Settings that nobody could give.
    (rl2, "\"outerEpochs\":4", "\"outerEpochs\":-1"),
    (maml, "\"episodesPerInnerStep\":2", "\"episodesPerInnerStep\":0"),
    ("--learner ucb1 --family bernoulli-bandit-5x10", "\"bonusWeight\":1", "\"bonusWeight\":-3"),
    // Layers of other sizes.
    (layered, "\"embeddingSize\":4", "\"embeddingSize\":3"),
    (layered, "\"embeddingSize\":4", "\"embeddingSize\":0"),
    (layered, "\"embeddingSize\":4", "\"embeddingSize\":-4"),
    (layered, "\"embeddingSize\":4", "\"embeddingSize\":9000000000000000000"),
    (layered, "\"readoutSize\":5", "\"readoutSize\":6"), (layered, "\"readoutSize\":5", "\"readoutSize\":-5"),
    (layered, "\"readoutSize\":5", "\"readoutSize\":9000000000000000000"),
    (layered, "\"seesLastObservation\":true", "\"seesLastObservation\":false"),
  ]

  @Test(arguments: contradictions)
  func checkpointsThatContradictThemselvesAreRefused(training: String, old: String, new: String) throws {
    try spoil(training) { $0.replacingOccurrences(of: old, with: new) }
  }

  @Test("A whole number typed for a setting is that of its checkpoint") func wholeNumbers() throws {
    let run = directory + "/run"
    let line =
      "train \(Self.rl2) --set discount=1 --set entropyWeight=0 --episodes 3 --tasks 2 --quiet --out \(run)"
    #expect(zoo(line, in: .standard).code == 0)
    expectDone(zoo("evaluate \(run)", in: .standard))
  }

  @Test(
    "An optimizer of other parameters is refused with the file",
    arguments: [(rl2, "policy.candidate.bias", "policy.output.bias"), (mine, "layer1.bias", "layer2.bias")])
  func otherOptimizers(training: String, one: String, other: String) throws {
    try spoil(training) { text in
      guard let start = text.range(of: "\"optimizer\"") else { return text }
      // Two names of one kind change places, so that every tensor is still there.
      let memory = text[start.lowerBound...].replacingOccurrences(of: other, with: "???")
        .replacingOccurrences(of: one, with: other).replacingOccurrences(of: "???", with: one)
      return text[..<start.lowerBound] + memory
    }
  }
}

import MetaRL
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Everything needed to resume a run, between two iterations.
///
/// Environments have no state between iterations: an iteration plays whole episodes. Random streams are named by the
/// iteration, so the number of the next one is all there is to keep of them.
struct Checkpoint<Learner: MetaLearner>: Codable, Sendable {
  var run: Run<Learner>
  /// The bytes of `train.jsonl` that belong to it; later rows are done again.
  var trainingBytes: Int
}

/// A checkpoint as a file: tensors as safetensors, the rest as text in the metadata, and a digest of it all.
enum CheckpointFile {
  static let name = "checkpoint.safetensors"

  /// The version of the format: in 1, learners wrote themselves; in 2, the harness stores their state.
  private static let schema = "2"
  private static let noDigest = String(repeating: "0", count: 64)

  /// The bytes of the file; equal checkpoints give equal bytes.
  static func data<L>(of checkpoint: Checkpoint<L>, config: JSONValue) throws -> Data {
    let archive = TensorArchive()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.userInfo[TensorArchive.key] = archive
    let text = String(decoding: try encoder.encode(checkpoint), as: UTF8.self)
    var file = SafetensorsFile(
      tensors: archive.tensors.sorted { $0.name < $1.name },
      metadata: [("schema", schema), ("config", config.text), ("checkpoint", text), ("sha256", noDigest)])
    file.metadata[3].text = SHA256.digest(of: file.data)
    return file.data
  }

  static func checkpoint<L: MetaLearner>(
    of type: L.Type, from data: Data, checking check: (_ settings: JSONValue, _ spec: JSONValue) throws -> Void
  ) throws -> (checkpoint: Checkpoint<L>, config: JSONValue) {
    var file: SafetensorsFile
    do {
      file = try SafetensorsFile(parsing: data)
    } catch {
      throw CheckpointError(description: "\(error)")
    }
    let names = file.metadata.map(\.name)
    guard names == ["schema", "config", "checkpoint", "sha256"] else {
      throw CheckpointError(description: "it is not a checkpoint of the zoo")
    }
    guard file.metadata[0].text == schema else {
      throw CheckpointError(
        description: "it was written by another version of the zoo (format \(file.metadata[0].text), not \(schema))"
      )
    }
    let digest = file.metadata[3].text
    file.metadata[3].text = noDigest
    guard SHA256.digest(of: file.data) == digest else {
      throw CheckpointError(description: "it is damaged: its contents do not match its checksum")
    }
    let decoder = JSONDecoder()
    decoder.userInfo[TensorArchive.key] = TensorArchive(file.tensors)
    do {
      let text = file.metadata[2].text
      if let stored = try JSONValue(parsing: text)["run"]?["learner"], let settings = stored["configuration"],
        let spec = stored["spec"]
      {
        try check(settings, spec)
      }
      let checkpoint = try decoder.decode(Checkpoint<L>.self, from: Data(text.utf8))
      return (checkpoint, try JSONValue(parsing: file.metadata[1].text))
    } catch let problem as CheckpointError {
      throw problem
    } catch {
      throw CheckpointError(description: "it does not hold such a learner: \(inWords(error))")
    }
  }

  private static func inWords(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      let path = (context.codingPath + (key.map { [$0] } ?? [])).map {
        $0.intValue.map(String.init) ?? $0.stringValue
      }
      return path.isEmpty ? "" : "at \(path.joined(separator: ".")), "
    }
    switch error {
    case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
      DecodingError.valueNotFound(_, let context):
      return place(context) + context.debugDescription
    case DecodingError.keyNotFound(let key, let context): return place(context, key) + "something is missing"
    default: return "\(error)"
    }
  }
}

extension RunPlan {
  /// Reads a checkpoint of this run.
  func checkpoint<L: MetaLearner>(of type: L.Type, in file: String) throws -> Checkpoint<L> {
    let (checkpoint, config): (Checkpoint<L>, JSONValue)
    do {
      (checkpoint, config) = try CheckpointFile.checkpoint(
        of: type, from: Files.data(of: file), checking: refuseImpossible)
    } catch let problem as CheckpointError {
      throw UsageError("\"\(file)\": \(problem.description)")
    }
    try refuseOtherRun(stored: config, in: file)
    let counts = 0...1 << 53
    let run = checkpoint.run
    guard
      [run.iteration, run.environmentSteps, run.lastIterationSteps ?? 0, run.updates ?? 0]
        .allSatisfy(counts.contains)
    else {
      throw UsageError("\"\(file)\": its numbers of iterations and steps are impossible")
    }
    return checkpoint
  }

  /// Refuses settings that nobody could have given and another spec than that of the run: nothing was made for them.
  private func refuseImpossible(_ stored: JSONValue, _ spec: JSONValue) throws {
    var spec = try spec.decoded(as: EnvironmentSpec.self)
    // What a family tells of its tasks does not change them.
    spec.tellsBestChoices = learnerSpec.tellsBestChoices
    guard spec == learnerSpec else {
      throw CheckpointError(
        description: "it was not trained on \(family.card.versionedName), as config.json has it")
    }
    for setting in settings.entries.map(\.setting) {
      guard let value = stored[setting.key], !setting.range.contains(value) else { continue }
      throw CheckpointError(
        description: "its learner has \(setting.key)=\(value.typed), and it should be \(setting.range.inWords)")
    }
  }
}

struct CheckpointError: Error, CustomStringConvertible {
  /// The error; "it" is the file.
  let description: String
}

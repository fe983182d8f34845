import MetaRL
import Networks
import Tensors

extension PEARL {
  private enum CodingKeys: String, CodingKey { case configuration, spec, update, memories }

  /// Reads a checkpoint.
  ///
  /// - Throws: `DecodingError` if its parameters are not those of networks with its settings, or its buffers are of other sizes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let configuration = try container.decode(Configuration.self, forKey: .configuration)
    let sizes = configuration.hiddenSizes + configuration.encoderSizes
    let spec = try container.spec(forKey: .spec, otherSizes: sizes + [configuration.latentSize])
    guard configuration.replayCapacity >= 2, configuration.temperature > 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .configuration, in: container, debugDescription: "there is no room for a step, or no temperature")
    }
    do {
      try self.init(configuration, for: spec, using: RandomStream(seed: 0))
    } catch {
      throw DecodingError.dataCorruptedError(forKey: .spec, in: container, debugDescription: "\(error)")
    }
    try update.restore(
      from: container.nestedContainer(keyedBy: SoftActorCriticUpdate.CodingKeys.self, forKey: .update))
    memories = try container.decode([TaskMemory].self, forKey: .memories)
    let empty = ReplayBuffer(for: spec, capacity: configuration.replayCapacity)
    guard
      memories.allSatisfy({
        $0.replay.hasForm(of: empty) && !$0.replay.rows.isEmpty
          && $0.recent.lowerBound >= 0 && $0.recent.count >= 2 && $0.recent.upperBound <= $0.replay.written
          && $0.recent.upperBound >= $0.replay.rows.lowerBound + 2
      })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .memories, in: container, debugDescription: "these are not the buffers of such a learner")
    }
  }

  /// Writes everything that is needed to resume training.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
    try container.encode(update, forKey: .update)
    try container.encode(memories, forKey: .memories)
  }
}

import MetaRL
import Networks
import Tensors

extension SoftActorCritic {
  private enum CodingKeys: String, CodingKey { case configuration, spec, update, replay }

  /// Reads a checkpoint.
  ///
  /// - Throws: `DecodingError` if its parameters are not those of networks with its settings.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let configuration = try container.decode(Configuration.self, forKey: .configuration)
    let sizes = configuration.hiddenSizes
    let spec = try container.spec(forKey: .spec, otherSizes: sizes + [configuration.batchSize])
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
    replay = try container.replayBuffer(like: replay, forKey: .replay)
  }

  /// Writes everything that is needed to resume training.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
    try container.encode(update, forKey: .update)
    try container.encode(replay, forKey: .replay)
  }
}

extension KeyedDecodingContainer {
  /// Reads a replay buffer.
  ///
  /// - Parameters:
  ///   - form: one of the sizes that are due.
  ///   - key: where it is.
  /// - Returns: the buffer.
  /// - Throws: `DecodingError`, also if it has other sizes.
  func replayBuffer(like form: ReplayBuffer, forKey key: Key) throws -> ReplayBuffer {
    let stored = try decode(ReplayBuffer.self, forKey: key)
    guard stored.hasForm(of: form) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "this is a replay buffer of other sizes")
    }
    return stored
  }
}

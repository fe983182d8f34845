import MetaRL
import Networks
import Tensors

extension DQN {
  private enum CodingKeys: String, CodingKey {
    case configuration, spec, theta, target, optimizer, updatesSinceTarget, replay
  }

  /// Reads a checkpoint.
  ///
  /// - Throws: `DecodingError` if its parameters are not those of a network with its settings, or its buffer holds choices that
  ///   there are not.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let configuration = try container.decode(Configuration.self, forKey: .configuration)
    let spec = try container.spec(forKey: .spec, otherSizes: configuration.hiddenSizes)
    guard configuration.replayCapacity >= 2 else {
      throw DecodingError.dataCorruptedError(
        forKey: .configuration, in: container, debugDescription: "there is no room for a step")
    }
    do {
      try self.init(configuration, for: spec, using: RandomStream(seed: 0))
    } catch {
      throw DecodingError.dataCorruptedError(forKey: .spec, in: container, debugDescription: "\(error)")
    }
    theta = try container.parameters(like: theta, forKey: .theta)
    target = try container.parameters(like: theta, forKey: .target)
    optimizer = try container.adam(moving: theta, forKey: .optimizer)
    updatesSinceTarget = try container.decode(Int.self, forKey: .updatesSinceTarget)
    replay = try container.replayBuffer(like: replay, forKey: .replay)
    guard (0..<1 << 53).contains(updatesSinceTarget), replay.holdsChoices(below: network.choices) else {
      throw DecodingError.dataCorruptedError(
        forKey: .replay, in: container, debugDescription: "the number of updates or of a choice cannot be")
    }
  }

  /// Writes everything that is needed to resume training.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
    try container.encode(theta, forKey: .theta)
    try container.encode(target, forKey: .target)
    try container.encode(optimizer, forKey: .optimizer)
    try container.encode(updatesSinceTarget, forKey: .updatesSinceTarget)
    try container.encode(replay, forKey: .replay)
  }
}

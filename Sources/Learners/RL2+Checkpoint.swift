import MetaRL
import Networks
import Tensors

extension RL2 {
  private enum CodingKeys: String, CodingKey { case configuration, spec, theta, optimizer, rewardDeviation }

  /// Reads a checkpoint.
  ///
  /// - Throws: `DecodingError` if its parameters are not those of networks with its settings.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let configuration = try container.decode(Configuration.self, forKey: .configuration)
    let spec = try container.spec(forKey: .spec, otherSizes: [configuration.hiddenSize])
    try self.init(configuration, for: spec, using: RandomStream(seed: 0))
    theta = try container.parameters(like: theta, forKey: .theta)
    // A trust region leaves only the critic to Adam.
    let moved =
      configuration.outerUpdate == .trustRegion ? critic.map { theta.selecting($0.parameterNames) } : theta
    optimizer = try container.adam(moving: moved ?? theta, forKey: .optimizer)
    rewardDeviation = try container.decode(RewardDeviation.self, forKey: .rewardDeviation)
    guard rewardDeviation.isSound else {
      throw DecodingError.dataCorruptedError(
        forKey: .rewardDeviation, in: container, debugDescription: "these are not the numbers of a deviation")
    }
  }

  /// Writes everything that is needed to resume training.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
    try container.encode(theta, forKey: .theta)
    try container.encode(optimizer, forKey: .optimizer)
    try container.encode(rewardDeviation, forKey: .rewardDeviation)
  }
}

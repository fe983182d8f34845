import MetaRL
import Networks
import Tensors

extension RL2 {
  private enum CodingKeys: String, CodingKey { case configuration, spec, theta, optimizer }

  /// Reads a checkpoint.
  ///
  /// - Throws: `DecodingError` if its parameters are not those of networks with its settings.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let configuration = try container.decode(Configuration.self, forKey: .configuration)
    let spec = try container.decode(EnvironmentSpec.self, forKey: .spec)
    let sizes = [
      configuration.hiddenSize, spec.observationSize, spec.actionSpace.width, spec.horizon,
      spec.episodesPerLifetime,
    ]
    guard sizes.allSatisfy((1...1_000_000).contains) else {
      throw DecodingError.dataCorruptedError(
        forKey: .spec, in: container, debugDescription: "a size is not positive, or it is absurd")
    }
    try self.init(configuration, for: spec, using: RandomStream(seed: 0))
    let stored = try container.decode(Parameters.self, forKey: .theta)
    guard stored.hasForm(of: theta) else {
      throw DecodingError.dataCorruptedError(
        forKey: .theta, in: container, debugDescription: "these are not the parameters of such networks")
    }
    theta = stored
    optimizer = try container.decode(Adam.self, forKey: .optimizer)
  }

  /// Writes all that training goes on from.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
    try container.encode(theta, forKey: .theta)
    try container.encode(optimizer, forKey: .optimizer)
  }
}

import MetaRL
import Networks
import Tensors

extension MAESN {
  private enum CodingKeys: String, CodingKey { case configuration, spec, theta, optimizer }

  /// Reads a checkpoint.
  ///
  /// - Throws: `DecodingError` if its parameters are not those of a learner with its settings.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let configuration = try container.decode(Configuration.self, forKey: .configuration)
    let sizes = configuration.hiddenSizes + [configuration.latentSize, configuration.trainingTasks]
    let spec = try container.spec(forKey: .spec, otherSizes: sizes)
    try self.init(configuration, for: spec, using: RandomStream(seed: 0))
    theta = try container.parameters(like: theta, forKey: .theta)
    optimizer = try container.adam(moving: theta, forKey: .optimizer)
  }

  /// Writes everything that is needed to resume training.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spec, forKey: .spec)
    try container.encode(theta, forKey: .theta)
    try container.encode(optimizer, forKey: .optimizer)
  }
}

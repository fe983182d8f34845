import MetaRL
import Networks
import Tensors

/// The parameters of soft actor-critic and how they are updated.
///
/// With a network for values after Haarnoja, Zhou, Abbeel & Levine (2018, arXiv:1801.01290), without one after Haarnoja and
/// others (2018, arXiv:1812.05905).
public struct SoftActorCriticUpdate: Sendable {
  /// The options of the update, from a learner's settings.
  public struct Options: Sendable {
    /// Discount of rewards: γ.
    public var discount = 0.99
    /// Multiplies rewards.
    public var rewardScale = 1.0
    /// Weight of the entropy, or what it starts with: α.
    public var temperature = 1.0
    /// Whether the temperature is learned, with minus the size of an action as the target entropy.
    public var learnsTemperature = false
    /// Share of the way that slow copies follow in an update: τ.
    public var targetRate = 0.005
    /// Size of a step of Adam.
    public var stepSize = 3e-4
    /// Weight of the mean square of the policy's means and of its logarithms of deviations, before the tangent.
    public var policyRegularization = 1e-3

    /// The defaults.
    public init() {}
  }

  /// The inference of a batch's tasks.
  public struct Inference: Sendable {
    /// The latent vector of each row, `[row, latent]`.
    public var z: Tensor
    /// The penalty added to the critics' loss.
    public var penalty: Tensor?
  }

  /// The report of an update; sums over all rows, except for means where stated.
  public struct Report: Sendable {
    /// The mean squared error of both critics, added.
    public var criticLoss = 0.0
    /// The penalty in it.
    public var penalty = 0.0
    /// The mean squared error of values; 0 without a value network.
    public var valueLoss = 0.0
    /// The loss of the policy.
    public var policyLoss = 0.0
    /// The mean log-density of actions.
    public var logProbability = 0.0
  }

  /// The shapes.
  public let networks: SoftActorCriticNetworks
  /// The parameters of the networks and whatever else learns with the critics.
  public package(set) var theta: Parameters
  /// The slow copies.
  public package(set) var target: Parameters
  /// The logarithm of the temperature, a scalar.
  var logTemperature: Parameters
  /// Of the critics and what learns with them, the policy, the value network, and the temperature.
  var optimizers: [Adam]

  /// Starts from initial parameters.
  ///
  /// - Parameters:
  ///   - networks: the shapes.
  ///   - options: the step size and the temperature.
  ///   - random: what the networks are drawn from.
  ///   - others: parameters that learn with the critics.
  init(_ networks: SoftActorCriticNetworks, _ options: Options, using random: RandomStream, others: Parameters) {
    self.networks = networks
    theta = networks.makeParameters(using: random).merging(others)
    target = networks.makeTarget(theta)
    let temperature = Tensor(options.temperature, precision: .double).log().converted(to: .float)
    logTemperature = Parameters(names: ["logTemperature"], tensors: [temperature])
    optimizers = [Adam](repeating: Adam(stepSize: options.stepSize), count: 4)
  }

  /// The parameters of each optimizer; empty if there is no such network.
  var moved: [Parameters] {
    let (actor, value) = (networks.actor.parameterNames, networks.value?.parameterNames ?? [])
    let others = theta.names.filter { !actor.contains($0) && !value.contains($0) }
    return [theta.selecting(others), theta.selecting(actor), theta.selecting(value), logTemperature]
  }

  /// Weight of the entropy: α.
  public var temperature: Double { logTemperature.tensors[0].converted(to: .double).exp().scalar }

  /// One update on steps that are dealt out in shards, whatever the number of threads.
  ///
  /// - Parameters:
  ///   - shards: the steps.
  ///   - options: the settings.
  ///   - workers: the threads.
  ///   - noise: standard normal numbers for the rows of a shard, as many as an action has; `next` says whether for where
  ///     steps led.
  ///   - infer: what is known of the tasks of a shard, as a function of the parameters; nil if nothing is.
  /// - Returns: what it did.
  /// - Throws: what workers throw.
  package mutating func callAsFunction(
    on shards: [TransitionBatch], _ options: Options, workers: Workers,
    noise: @Sendable (_ shard: Int, _ rows: Int, _ next: Bool) -> Tensor,
    inferring infer: @Sendable (_ shard: Int, _ theta: Parameters) -> Inference? = { _, _ in nil }
  ) throws -> Report {
    let share = 1 / Double(shards.reduce(0) { $0 + $1.rowCount })
    for optimizer in optimizers.indices { optimizers[optimizer].stepSize = options.stepSize }
    var report = Report()
    // The critics, and with them what infers z.
    let (before, shape) = (self, moved)
    let critical = try workers.map(shards.count) { shard in
      var (z, numbers): (Tensor?, [Double]) = (nil, [])
      let gradient = valueAndGradient(at: shape[0]) { leaves in
        let inference = infer(shard, leaves)
        z = inference?.z.detached
        let error = before.criticLoss(shards[shard], inference?.z, leaves, options) { noise(shard, $0, true) }
        let loss = share * error
        numbers = [loss.scalar, inference?.penalty?.scalar ?? 0]
        return inference?.penalty.map { loss + $0 } ?? loss
      }.gradient
      return (gradient: gradient, z: z, numbers: numbers)
    }
    step(0, along: Parameters.sum(critical.map(\.gradient)), shape[0])
    report.criticLoss = critical.reduce(0) { $0 + $1.numbers[0] }
    report.penalty = critical.reduce(0) { $0 + $1.numbers[1] }
    // The policy and the values, which see z as a constant and the critics as they are now.
    let after = self
    let acting = try workers.map(shards.count) { shard in
      let (batch, z) = (shards[shard], critical[shard].z)
      var (valueTargets, numbers): (Tensor?, [Double]) = (nil, [])
      let policy = valueAndGradient(at: shape[1]) { leaves in
        let outcome = after.policyLoss(batch, z, leaves, options) { noise(shard, $0, false) }
        valueTargets = outcome.valueTargets
        numbers = [outcome.logProbability]
        return share * outcome.loss
      }
      let value = valueTargets.flatMap { targets in
        after.networks.value == nil
          ? nil
          : valueAndGradient(at: shape[2]) { share * after.valueLoss(batch, z, targets, $0) }
      }
      return (policy: policy, value: value, numbers: numbers)
    }
    step(1, along: Parameters.sum(acting.map(\.policy.gradient)), shape[1])
    let values = acting.compactMap(\.value)
    if !values.isEmpty { step(2, along: Parameters.sum(values.map(\.gradient)), shape[2]) }
    report.valueLoss = values.reduce(0) { $0 + $1.value.scalar }
    report.policyLoss = acting.reduce(0) { $0 + $1.policy.value.scalar }
    report.logProbability = share * acting.reduce(0) { $0 + $1.numbers[0] }
    if options.learnsTemperature { stepTemperature(report.logProbability) }
    target = target.moved(towards: theta, by: options.targetRate)
    return report
  }

  private mutating func step(_ optimizer: Int, along gradient: Parameters, _ parameters: Parameters) {
    var updated = parameters
    optimizers[optimizer].update(&updated, along: gradient)
    theta = theta.replacing(updated)
  }

  /// Moves the temperature down the gradient of -α (log π + H), with H minus the numbers of an action.
  private mutating func stepTemperature(_ logProbability: Double) {
    let gradient = -temperature * (logProbability - Double(networks.actionSize))
    optimizers[3].update(
      &logTemperature, along: Parameters(names: logTemperature.names, tensors: [Tensor(gradient)]))
  }
}

// MARK: Losses, each a sum over rows

extension SoftActorCriticUpdate {
  /// The squared errors of both critics; z may have a history, what they are compared with has none.
  package func criticLoss(
    _ batch: TransitionBatch, _ z: Tensor?, _ theta: Parameters, _ options: Options, noise: (_ rows: Int) -> Tensor
  ) -> Tensor {
    let next = nextValues(batch, z?.detached, noise: noise)
    let targets = options.rewardScale * batch.rewards + options.discount * (batch.continues * next)
    let errors = (0..<2).map { networks.critic($0, batch.observations, batch.actions, z, theta) - targets }
    return (errors[0] * errors[0]).sum() + (errors[1] * errors[1]).sum()
  }

  /// The target networks' values of next observations: `[row]`.
  package func nextValues(
    _ batch: TransitionBatch, _ z: Tensor?, noise: (_ rows: Int) -> Tensor
  ) -> Tensor {
    guard networks.value == nil else { return networks.stateValue(batch.nextObservations, z, target) }
    let policy = networks.policy(batch.nextObservations, z, theta)
    let (actions, logProbability) = policy.sample(noise(batch.rowCount))
    return networks.lesserValue(batch.nextObservations, actions, z, target) - temperature * logProbability
  }

  /// The loss of the policy, and what values are to be: both with the same actions.
  package func policyLoss(
    _ batch: TransitionBatch, _ z: Tensor?, _ actor: Parameters, _ options: Options, noise: (_ rows: Int) -> Tensor
  ) -> (loss: Tensor, valueTargets: Tensor, logProbability: Double) {
    let policy = networks.policy(batch.observations, z, actor)
    let (actions, logProbability) = policy.sample(noise(batch.rowCount))
    let values = networks.lesserValue(batch.observations, actions, z, theta)
    let soft = temperature * logProbability - values
    let squares = (policy.mean * policy.mean).sum() + (policy.logDeviation * policy.logDeviation).sum()
    let loss = soft.sum() + (options.policyRegularization / Double(networks.actionSize)) * squares
    return (loss, -soft.detached, logProbability.detached.sum().scalar)
  }

  /// The squared errors of values.
  package func valueLoss(
    _ batch: TransitionBatch, _ z: Tensor?, _ targets: Tensor, _ value: Parameters
  ) -> Tensor {
    let error = networks.stateValue(batch.observations, z, value) - targets
    return (error * error).sum()
  }

  /// Noise of an update, drawn from a stream.
  package func noise(_ random: RandomStream) -> @Sendable (_ shard: Int, _ rows: Int, _ next: Bool) -> Tensor {
    let size = networks.actionSize
    return { shard, rows, next in
      var stream = random.split(next ? "next" : "now", shard)
      return Tensor(stream.normals(rows * size), shape: [rows, size])
    }
  }
}

// MARK: Checkpoints

extension SoftActorCriticUpdate: Encodable {
  enum CodingKeys: String, CodingKey { case theta, target, logTemperature, optimizers }

  /// Writes everything that is needed to resume updates; shapes are known from settings.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(theta, forKey: .theta)
    try container.encode(target, forKey: .target)
    try container.encode(logTemperature, forKey: .logTemperature)
    try container.encode(optimizers, forKey: .optimizers)
  }

  /// Takes over what was stored.
  ///
  /// - Throws: `DecodingError` if it is of other networks.
  mutating func restore(from container: KeyedDecodingContainer<CodingKeys>) throws {
    theta = try container.parameters(like: theta, forKey: .theta)
    target = try container.parameters(like: target, forKey: .target)
    logTemperature = try container.parameters(like: logTemperature, forKey: .logTemperature)
    let stored = try container.decode([Adam].self, forKey: .optimizers)
    guard stored.count == optimizers.count, zip(stored, moved).allSatisfy({ $0.canMove($1) }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .optimizers, in: container, debugDescription: "this is the memory of other parameters")
    }
    optimizers = stored
  }
}

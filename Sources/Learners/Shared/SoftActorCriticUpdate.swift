import MetaRL
import Networks
import Tensors

/// The parameters of soft actor-critic and how they are updated.
///
/// With a network for values after Haarnoja, Zhou, Abbeel & Levine (2018, arXiv:1801.01290), without one
/// after Haarnoja and others (2018, arXiv:1812.05905).
public struct SoftActorCriticUpdate: Sendable {
  /// The options of the update, from a learner's settings.
  public struct Options: Sendable {
    /// Discount of rewards from step to step: γ.
    public var discount = 0.99
    /// Multiplies rewards in the targets of values.
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
    /// The penalty that was added to the critics' loss.
    public var penalty = 0.0
    /// The mean squared error of values; 0 without a value network.
    public var valueLoss = 0.0
    /// The loss of the policy, with its regularization.
    public var policyLoss = 0.0
    /// The mean log-density of the policy's actions.
    public var logProbability = 0.0
  }

  /// The shapes of the networks that are updated.
  public let networks: SoftActorCriticNetworks
  package var state: State

  /// What updates change, and a checkpoint holds.
  public struct State: Codable, Sendable {
    /// The parameters of the networks and whatever else learns with the critics.
    package var theta: Parameters
    package var target: Parameters
    /// The logarithm of the temperature, a scalar.
    var logTemperature: Parameters
    var optimizers: Parts<Adam>
  }

  /// Something of each of the parts that are updated in turn.
  struct Parts<Value> {
    /// Of both critics and what learns with them.
    var critics: Value
    var policy: Value
    /// Of the value network, if there is one.
    var value: Value
    var temperature: Value
  }

  /// The parameters of the networks and whatever else learns with the critics.
  package var theta: Parameters {
    get { state.theta }
    set { state.theta = newValue }
  }

  package var target: Parameters {
    get { state.target }
    set { state.target = newValue }
  }

  /// Starts from initial parameters.
  init(_ networks: SoftActorCriticNetworks, _ options: Options, using random: RandomStream, others: Parameters) {
    self.networks = networks
    let theta = networks.makeParameters(using: random).merging(others)
    let temperature = Tensor(options.temperature, precision: .double).log().converted(to: .float)
    let adam = Adam(stepSize: options.stepSize)
    state = State(
      theta: theta, target: networks.makeTarget(theta),
      logTemperature: Parameters(names: ["logTemperature"], tensors: [temperature]),
      optimizers: Parts(critics: adam, policy: adam, value: adam, temperature: adam))
  }

  /// The parameters of each optimizer; empty if there is no such network.
  var moved: Parts<Parameters> {
    let (actor, value) = (networks.actor.parameterNames, networks.value?.parameterNames ?? [])
    let others = theta.names.filter { !actor.contains($0) && !value.contains($0) }
    return Parts(
      critics: theta.selecting(others), policy: theta.selecting(actor), value: theta.selecting(value),
      temperature: state.logTemperature)
  }

  /// Weight of the entropy as it is now: α.
  public var temperature: Double { state.logTemperature.tensors[0].converted(to: .double).exp().scalar }

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
    for part in [\Parts<Adam>.critics, \.policy, \.value, \.temperature] {
      state.optimizers[keyPath: part].stepSize = options.stepSize
    }
    var report = Report()
    // The critics, and with them what infers z.
    let (before, parts) = (self, moved)
    let critical = try workers.map(shards.indices) { shard in
      var (z, criticLoss, penalty): (Tensor?, Double, Double) = (nil, 0, 0)
      let gradient = valueAndGradient(at: parts.critics) { leaves in
        let inference = infer(shard, leaves)
        z = inference?.z.detached
        let error = before.criticLoss(shards[shard], inference?.z, leaves, options) { noise(shard, $0, true) }
        let loss = share * error
        (criticLoss, penalty) = (loss.scalar, inference?.penalty?.scalar ?? 0)
        return inference?.penalty.map { loss + $0 } ?? loss
      }.gradient
      return (gradient: gradient, z: z, criticLoss: criticLoss, penalty: penalty)
    }
    step(\.critics, along: Parameters.sum(critical.map(\.gradient)), parts.critics)
    report.criticLoss = critical.reduce(0) { $0 + $1.criticLoss }
    report.penalty = critical.reduce(0) { $0 + $1.penalty }
    // The policy and the values, which see z as a constant and the critics as they are now.
    let after = self
    let acting = try workers.map(shards.indices) { shard in
      let (batch, z) = (shards[shard], critical[shard].z)
      var (valueTargets, logProbability): (Tensor?, Double) = (nil, 0)
      let policy = valueAndGradient(at: parts.policy) { leaves in
        let outcome = after.policyLoss(batch, z, leaves, options) { noise(shard, $0, false) }
        valueTargets = outcome.valueTargets
        logProbability = outcome.logProbability
        return share * outcome.loss
      }
      let value = valueTargets.flatMap { targets in
        after.networks.value == nil
          ? nil
          : valueAndGradient(at: parts.value) { share * after.valueLoss(batch, z, targets, $0) }
      }
      return (policy: policy, value: value, logProbability: logProbability)
    }
    step(\.policy, along: Parameters.sum(acting.map(\.policy.gradient)), parts.policy)
    let values = acting.compactMap(\.value)
    if !values.isEmpty { step(\.value, along: Parameters.sum(values.map(\.gradient)), parts.value) }
    report.valueLoss = values.reduce(0) { $0 + $1.value.scalar }
    report.policyLoss = acting.reduce(0) { $0 + $1.policy.value.scalar }
    report.logProbability = share * acting.reduce(0) { $0 + $1.logProbability }
    if options.learnsTemperature { stepTemperature(report.logProbability) }
    target = target.moved(towards: theta, by: options.targetRate)
    return report
  }

  private mutating func step(
    _ part: WritableKeyPath<Parts<Adam>, Adam>, along gradient: Parameters, _ parameters: Parameters
  ) {
    var updated = parameters
    state.optimizers[keyPath: part].update(&updated, along: gradient)
    theta = theta.replacing(updated)
  }

  /// Moves the temperature down the gradient of -α (log π + H), with H minus the numbers
  /// of an action (arXiv:1812.05905, equation 18).
  private mutating func stepTemperature(_ logProbability: Double) {
    let gradient = -temperature * (logProbability - Double(networks.actionSize))
    state.optimizers.temperature.update(
      &state.logTemperature, along: Parameters(names: state.logTemperature.names, tensors: [Tensor(gradient)]))
  }
}

extension SoftActorCriticUpdate {
  /// Refuses parameters that have become useless, and logs the means of an iteration's updates.
  ///
  /// - Parameters:
  ///   - reports: those of the iteration.
  ///   - session: is logged to.
  ///   - penaltyUnit: the penalty of a divergence of one nat; nil if there is no penalty.
  /// - Throws: `TrainingError`.
  func report(_ reports: [Report], _ session: inout TrainingSession, penaltyUnit: Double? = nil) throws {
    guard theta.isFinite, state.logTemperature.isFinite else {
      throw TrainingError("the updates of iteration \(session.iteration) gave parameters that are not finite")
    }
    let criticLoss = mean(reports.map(\.criticLoss))
    session.log("criticLoss", criticLoss)
    if networks.value != nil { session.log("valueLoss", mean(reports.map(\.valueLoss))) }
    session.log("policyLoss", mean(reports.map(\.policyLoss)))
    if let penaltyUnit {
      let penalty = mean(reports.map(\.penalty))
      session.log("posteriorDivergence", penalty / penaltyUnit)
      session.log("penaltyShare", penalty / (penalty + criticLoss))
    }
    session.log("entropy", -mean(reports.map(\.logProbability)))
    session.log("temperature", temperature)
    session.log("updates", Double(reports.count))
  }
}

extension SoftActorCriticUpdate.Parts: Sendable where Value: Sendable {}
extension SoftActorCriticUpdate.Parts: Encodable where Value: Encodable {}
extension SoftActorCriticUpdate.Parts: Decodable where Value: Decodable {}

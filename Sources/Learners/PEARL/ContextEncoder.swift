import MetaRL
import Networks
import Tensors

/// Maps steps of a task, in any order, to factors of its posterior.
package struct ContextEncoder: Sendable {
  /// From a step to means and variances, the latter before they are made positive.
  package let network: MLP
  /// The numbers of a step: observation, action and reward, and the next observation if that is shown.
  package var inputSize: Int { network.sizes[0] }

  private let observationSize: Int
  private let actionSize: Int
  private let latentSize: Int
  private let kind: LatentPosterior.Kind
  private let hasPriorFactor: Bool
  private let seesNextObservations: Bool
  private let seesContext: Bool
  private let reward: RewardChannel

  private static let varianceRange = 1e-7...1e30

  init(_ configuration: PEARL.Configuration, for spec: EnvironmentSpec, actionSize: Int) {
    observationSize = spec.observationSize
    self.actionSize = actionSize
    latentSize = configuration.latentSize
    kind = configuration.context
    hasPriorFactor = configuration.hasPriorFactor
    seesNextObservations = configuration.seesNextObservations
    seesContext = configuration.seesContext
    reward = configuration.contextReward.channel(for: spec)
    let inputs = (seesNextObservations ? 2 : 1) * observationSize + actionSize + 1
    network = MLP(
      sizes: [inputs] + configuration.encoderSizes + [2 * latentSize], activation: .relu, prefix: "encoder.")
  }

  /// The posterior without experience; without variances, there is nothing to draw from.
  var prior: LatentPosterior { LatentPosterior(size: latentSize, kind: kind, hasPriorFactor: hasPriorFactor) }

  // MARK: Inputs

  /// Appends the steps of some rows of a buffer.
  func write(_ rows: [Int], of buffer: ReplayBuffer, to inputs: inout [Float]) {
    guard seesContext else {
      inputs.append(contentsOf: repeatElement(0, count: rows.count * inputSize))
      return
    }
    inputs.reserveCapacity(inputs.count + rows.count * inputSize)
    for row in rows { buffer.write(row, reward, withNext: seesNextObservations, to: &inputs) }
  }

  /// Appends a step of every live lane to those of the lane.
  func write(_ transition: Transition, to inputs: inout [[Float]]) {
    guard case .continuous(let vectors) = transition.actions else { return }
    let (before, actions) = (transition.observations.floats, vectors.floats)
    let (after, rewards) = (transition.nextObservations.floats, transition.rewards[reward])
    for lane in inputs.indices where transition.isLive[lane] {
      guard seesContext else {
        inputs[lane].append(contentsOf: repeatElement(0, count: inputSize))
        continue
      }
      inputs[lane].append(contentsOf: before[lane * observationSize..<(lane + 1) * observationSize])
      inputs[lane].append(contentsOf: actions[lane * actionSize..<(lane + 1) * actionSize])
      inputs[lane].append(rewards[lane])
      guard seesNextObservations else { continue }
      inputs[lane].append(contentsOf: after[lane * observationSize..<(lane + 1) * observationSize])
    }
  }

  // MARK: Beliefs

  /// The factors of steps `[step, input]`: `[step, latent]` each.
  package func factors(_ inputs: Tensor, _ theta: Parameters) -> (means: Tensor, variances: Tensor) {
    let outputs = network(inputs, theta)
    let spread = outputs.slice(latentSize..<2 * latentSize, axis: 1)
    return (outputs.slice(0..<latentSize, axis: 1), spread.softplus().clamped(to: Self.varianceRange))
  }

  /// What the contexts of tasks tell: a latent vector of each, repeated for each of its steps, and the weighted divergence from
  /// the prior, summed over tasks.
  package func infer(
    _ shard: PEARL.Shard, _ theta: Parameters, divergenceWeight: Double
  ) -> SoftActorCriticUpdate.Inference {
    let tasks = shard.noise.shape[0]
    let (means, variances) = factors(shard.context, theta)
    let shape = [tasks, shard.context.shape[0] / tasks, latentSize]
    let rowOfTask = (0..<shard.batch.rowCount).map { $0 * tasks / shard.batch.rowCount }
    if kind == .deterministic {
      let z = (1 / Double(shape[1])) * means.reshaped(shape).sum(axis: 1)
      return SoftActorCriticUpdate.Inference(z: z.gather(rowOfTask), penalty: nil)
    }
    let (mean, variance) = LatentPosterior.product(
      means: means.reshaped(shape), variances: variances.reshaped(shape), hasPriorFactor: hasPriorFactor)
    let z = mean + variance.squareRoot() * shard.noise
    let penalty = divergenceWeight * LatentPosterior.divergence(mean: mean, variance: variance)
    return SoftActorCriticUpdate.Inference(z: z.gather(rowOfTask), penalty: penalty)
  }
}

/// The posterior of a latent vector: a product of normal factors, one for each experienced step.
///
/// It is kept as precisions and precision-weighted means, which factors only add to: one after the other or all at once, in any
/// order. Without a factor, it is the standard normal distribution.
public struct LatentPosterior: Sendable, Hashable {
  /// The evidence of a step about the latent vector.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// A mean and a variance; the product of all factors is the belief.
    case gaussian
    /// A point; the estimate is the mean of all points, without variance.
    case deterministic
  }

  private let kind: Kind
  private let hasPriorFactor: Bool
  private var precisions: [Double]
  private var weightedMeans: [Double]
  /// The number of factors so far, the prior not counted.
  public private(set) var factorCount = 0

  /// The belief before anything was seen.
  ///
  /// - Parameters:
  ///   - size: the numbers of the latent vector.
  ///   - kind: what factors tell.
  ///   - hasPriorFactor: whether the standard normal distribution is a factor in addition to those of steps.
  public init(size: Int, kind: Kind = .gaussian, hasPriorFactor: Bool = false) {
    self.kind = kind
    self.hasPriorFactor = hasPriorFactor && kind == .gaussian
    precisions = [Double](repeating: self.hasPriorFactor ? 1 : 0, count: size)
    weightedMeans = [Double](repeating: 0, count: size)
  }

  /// Multiplies a factor in, whose variances are positive.
  public mutating func include(means: some Collection<Float>, variances: some Collection<Float>) {
    factorCount += 1
    for (i, (mean, variance)) in zip(means, variances).enumerated() {
      let precision = kind == .gaussian ? 1 / Double(variance) : 1
      precisions[i] += precision
      weightedMeans[i] += precision * Double(mean)
    }
  }

  /// The mean, a number for each of the vector.
  public var mean: [Double] {
    factorCount == 0 ? weightedMeans.map { _ in 0 } : zip(weightedMeans, precisions).map { $0 / $1 }
  }

  /// The variance, a number for each of the vector.
  public var variance: [Double] {
    switch kind {
    case .deterministic: precisions.map { _ in 0 }
    case .gaussian: factorCount == 0 ? precisions.map { _ in 1 } : precisions.map { 1 / $0 }
    }
  }

  /// KL(self ‖ standard normal), summed over the vector; nothing is lost where there is no doubt to speak of.
  public var divergence: Double {
    guard kind == .gaussian else { return 0 }
    let logs = Tensor(variance, shape: [variance.count], precision: .double).log().doubles
    return zip(mean, zip(variance, logs)).reduce(0) { $0 + 0.5 * ($1.1.0 + $1.0 * $1.0 - 1 - $1.1.1) }
  }

  /// A draw, given standard normal numbers.
  public func sample(_ noise: some Collection<Float>) -> [Float] {
    zip(noise, zip(mean, variance)).map { Float($1.0 + $1.1.squareRoot() * Double($0)) }
  }

  /// The products of factors, as functions of them.
  ///
  /// - Parameters:
  ///   - means: `[task, step, latent]`.
  ///   - variances: of the same shape.
  ///   - hasPriorFactor: whether the standard normal distribution is a factor, too.
  /// - Returns: mean and variance of each task, `[task, latent]`.
  public static func product(
    means: Tensor, variances: Tensor, hasPriorFactor: Bool
  ) -> (mean: Tensor, variance: Tensor) {
    let precisions = variances.reciprocal()
    let sum = precisions.sum(axis: 1)
    let variance = (hasPriorFactor ? sum + Tensor(1, precision: sum.precision) : sum).reciprocal()
    return (variance * (means * precisions).sum(axis: 1), variance)
  }

  /// KL(N(mean, variance) ‖ N(0, 1)), summed over everything.
  public static func divergence(mean: Tensor, variance: Tensor) -> Tensor {
    let terms = variance + mean * mean - variance.log()
    return 0.5 * (terms.sum() - Tensor(Double(terms.count), precision: terms.precision))
  }
}

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

  /// A variance is never smaller.
  private static let varianceRange = 1e-7...1e30

  /// Describes an encoder.
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

import MetaRL
import Networks
import Tensors

// The losses of soft actor-critic, each a sum over rows.
extension SoftActorCriticUpdate {
  /// The squared errors of both critics (arXiv:1812.05905, equation 5; with a value network arXiv:1801.01290, equation 7).
  ///
  /// z may have a history; what they are compared with has none.
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

  /// The policy (arXiv:1812.05905, equation 9), and what values are to be: both with the same actions.
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

  /// The value network (arXiv:1801.01290, equation 5): its squared errors.
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

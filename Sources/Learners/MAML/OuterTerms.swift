import MetaRL
import Networks
import Tensors

// What E-MAML and ProMP add to the outer loss of MAML, for each inner step: φ is the policy that played the batch.
extension MAML {
  /// The terms that settings ask for.
  func outerTerms(_ batch: EpisodeBatch, of task: MetaTask, _ phi: Parameters) -> [Tensor] {
    if configuration.scoreTerm { return [scoreTerm(batch, of: task, phi)] }
    if configuration.outerUpdate == .clippedRatio { return [divergencePenalty(batch, of: task, phi)] }
    return []
  }

  /// E-MAML (Stadie et al., 2018): credit to the policy before a step for what the step made of its data.
  private func scoreTerm(_ batch: EpisodeBatch, of task: MetaTask, _ phi: Parameters) -> Tensor {
    // The exact gradient has the sum over all steps, whose noise outweighs the rest: the authors of ProMP take the mean.
    let weight = configuration.scoreWeight > 0 ? configuration.scoreWeight : 1 / Double(max(batch.stepCount, 1))
    let before = actions(at: batch.observations, phi)
    return -weight * task.score * before.logProbability(of: batch.actions).sum()
  }

  /// ProMP (Rothfuss et al., 2019), the penalty of its objective: keeps the policy before a step near to the one that played.
  private func divergencePenalty(_ batch: EpisodeBatch, of task: MetaTask, _ phi: Parameters) -> Tensor {
    let divergence = batch.distributions.divergence(to: actions(at: batch.observations, phi)).mean()
    return (configuration.divergencePenalty / Double(task.inner.count)) * divergence
  }
}

/// The data of one task for the outer update.
package struct MetaTask: Sendable {
  /// The data of each inner step.
  package let inner: [EpisodeBatch]
  /// The data of the adapted policy.
  package let outer: EpisodeBatch
  /// The advantage of the adapted policy over others, for the score term.
  let score: Double

  /// The tasks of a meta-batch.
  package static func batch(_ inner: [[EpisodeBatch]], _ outer: [EpisodeBatch], scored: Bool) -> [MetaTask] {
    let scores = scored ? Self.scores(outer) : outer.map { _ in 0 }
    return outer.indices.map { MetaTask(inner: inner[$0], outer: outer[$0], score: scores[$0]) }
  }

  /// The advantage of each task's adapted policy over those of the other tasks, in units of the outer loss.
  private static func scores(_ outer: [EpisodeBatch]) -> [Double] {
    let total = outer.reduce(0) { $0 + $1.meanReturn }
    // One deviation for all: a task whose advantages happen to be equal must not drown the others.
    let squares = outer.reduce(0) { $0 + $1.advantageDeviation * $1.advantageDeviation }
    let deviation = (squares / Double(outer.count)).squareRoot()
    return outer.map { batch in
      let others = outer.count > 1 ? (total - batch.meanReturn) / Double(outer.count - 1) : batch.meanReturn
      let stepsPerEpisode = Double(batch.stepCount) / Double(batch.lengths.count)
      return deviation > 1e-4 ? (batch.meanReturn - others) / (deviation * stepsPerEpisode) : 0
    }
  }
}

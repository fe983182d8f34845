import MetaRL
import Networks
import Tensors

/// The outer update of the paper (Schulman et al., 2015, on the return of a lifetime).
extension RL2 {
  /// One step of trust-region policy optimization on whole lifetimes, then passes of Adam for the critic.
  mutating func updateInTrustRegion(
    _ lifetimes: [RecordedLifetime], _ session: inout TrainingSession
  ) throws {
    let (learner, workers) = (self, session.workers)
    let parts = Array(lifetimes.indices).parts(ofAtMost: Self.lifetimesPerPart)
    let batches = try workers.map(parts) { part in learner.batch(part.map { lifetimes[$0] }) }
    let share = 1 / Double(batches.reduce(0) { $0 + $1.stepCount })
    let actor = theta.selecting(policy.parameterNames)
    let here = try workers.map(batches) { batch in
      let leaves = actor.asLeaves
      let distributions = learner.policy.distributions(batch.outputs(of: learner.policy.network, leaves), leaves)
      let loss = ratioLoss(
        distributions.logProbability(of: batch.actions), reference: batch.logProbabilities,
        weights: share * batch.advantages)
      let gradient = Pullback(of: [loss], to: leaves.tensors)([Tensor(1, precision: loss.precision)])
      let fisher = GaussNewtonProduct(of: distributions.outputs, to: leaves, metric: distributions.fisher())
      return (
        loss: loss.scalar, gradient: Parameters(names: leaves.names, tensors: gradient), fisher: fisher,
        entropy: distributions.meanEntropy().scalar, weight: share * Double(batch.stepCount)
      )
    }
    let (loss, gradient) = (here.reduce(0) { $0 + $1.loss }, Parameters.sum(here.map(\.gradient)))
    try session.checkFinite(loss, gradient)
    var trustRegion = TrustRegionStep()
    trustRegion.maximumDivergence = configuration.maximumDivergence
    let outcome = try trustRegion(
      from: actor, loss: loss, gradient: gradient,
      fisherProduct: { direction in
        Parameters.sum(try workers.map(here) { $0.weight * $0.fisher(direction) })
      },
      evaluate: { candidate in
        let tries = try workers.map(batches) { batch in
          let now = learner.policy.distributions(batch.outputs(of: learner.policy.network, candidate), candidate)
          let loss = ratioLoss(
            now.logProbability(of: batch.actions), reference: batch.logProbabilities,
            weights: share * batch.advantages)
          return (loss: loss.scalar, divergence: share * batch.distributions.divergence(to: now).sum().scalar)
        }
        return (tries.reduce(0) { $0 + $1.loss }, tries.reduce(0) { $0 + $1.divergence })
      })
    theta = theta.replacing(outcome.parameters)
    try updateCritic(batches, &session)
    session.log("loss", loss)
    session.log("entropy", here.reduce(0) { $0 + $1.weight * $1.entropy })
    session.log("divergence", outcome.divergence)
    session.log("backtracks", Double(outcome.backtracks ?? -1))
  }

  /// Passes of Adam over the batch for the critic alone.
  private mutating func updateCritic(_ batches: [LifetimeBatch], _ session: inout TrainingSession) throws {
    guard let critic else { return }
    let share = 1 / Double(batches.reduce(0) { $0 + $1.stepCount })
    for epoch in 0..<configuration.outerEpochs * configuration.partsPerEpoch {
      let (learner, weights) = (self, theta.selecting(critic.parameterNames))
      let shares = try session.map(batches) { batch in
        valueAndGradient(at: weights) { learner.valueError(batch, $0, nil, share: share) }
      }
      let (error, gradient) = (shares.reduce(0) { $0 + $1.value.scalar }, Parameters.sum(shares.map(\.gradient)))
      try session.checkFinite(error, gradient)
      var updated = weights
      state.optimizer.update(&updated, along: gradient.limited(toLength: configuration.gradientLength))
      theta = theta.replacing(updated)
      if epoch == 0 { session.log("valueError", error) }
    }
  }
}

import MetaRL
import Tensors

// Reptile (Nichol, Achiam & Schulman, 2018, arXiv:1803.02999, Algorithm 2), with inner steps of policy gradient: the paper
// has none of these.
extension MAML {
  /// θ ← θ + ε mean(φ - θ).
  ///
  /// Nothing is played by φ: the episodes of the last inner step are the last of the iteration.
  mutating func interpolate(
    towards phi: [Parameters], _ inner: [[EpisodeBatch]], _ session: inout TrainingSession
  ) throws {
    let c = configuration
    let share = c.outerStepSize * linearlyAnnealed(session.iteration, of: c.annealedIterations)
    theta = theta.moved(towards: .mean(phi), by: share)
    guard theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) gave parameters that are not finite")
    }
    session.log("returnBefore", mean(inner.map { $0[0].meanReturn }))
    session.log("returnAfter", mean(inner.map { $0[$0.count - 1].meanReturn }))
  }
}

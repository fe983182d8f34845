import MetaRL
import Tensors

// Reptile (Nichol, Achiam & Schulman, 2018, arXiv:1803.02999, Algorithm 2), with policy-gradient inner steps. The paper has
// supervised tasks only.
extension MAML {
  /// θ ← θ + ε mean(φ - θ).
  ///
  /// No episodes are played with the final φ: `returnAfter` is that of the last inner step's episodes.
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

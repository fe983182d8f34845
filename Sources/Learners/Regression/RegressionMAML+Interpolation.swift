import MetaRL
import Networks
import Tensors

// Reptile (Nichol, Achiam & Schulman, 2018, arXiv:1803.02999, Algorithm 2; with one task in a batch, Algorithm 1).
extension RegressionMAML {
  /// θ ← θ + ε mean(φ - θ).
  ///
  /// - Parameters:
  ///   - points: the points of each inner step, or one set for all of them.
  ///   - iteration: the index of the iteration, for the decay of ε.
  /// - Returns: the mean squared error before the last inner step, at its points.
  package mutating func interpolate(_ points: [Examples], _ iteration: Int) -> Double {
    let c = configuration
    let (count, share) = (points[0].taskCount, 1 / Double(points[0].taskCount))
    var optimizer = innerOptimizer
    let ends: [(phi: Parameters, error: Double)]
    if c.optimizerMemory == .fresh {
      ends = [descended(from: start(theta, count), points, by: &optimizer)]
    } else {
      // Each task starts with the optimizer state that the previous one left, so tasks run one after another.
      ends = (0..<count).map { task in
        descended(from: start(theta, 1), points.map { $0.task(task) }, by: &optimizer)
      }
      state.innerOptimizer = optimizer
    }
    theta = theta.moved(
      towards: share * Parameters.sum(ends.map { $0.phi.map { $0.sum(axis: 0) } }),
      by: c.outerStepSize * linearlyAnnealed(iteration, of: c.annealedIterations))
    return share * ends.reduce(0) { $0 + $1.error }
  }

  /// U(φ) in the paper, all inner steps; and the squared error before the last one, summed over tasks.
  private func descended(
    from phi: Parameters, _ points: [Examples], by optimizer: inout Adam?
  ) -> (phi: Parameters, error: Double) {
    var (phi, error) = (phi, 0.0)
    for step in 0..<configuration.innerSteps {
      let points = points[step % points.count]
      if step == configuration.innerSteps - 1 {
        error = model.squaredError(at: points, phi).scalar
      }
      phi = innerStep(phi, points, .first, by: &optimizer)
    }
    return (phi, error)
  }

  /// An inner step by gradient descent or, without a history, by Adam.
  func innerStep(
    _ phi: Parameters, _ points: Examples, _ order: GradientOrder, sizes: Parameters? = nil,
    by optimizer: inout Adam?
  ) -> Parameters {
    guard optimizer != nil else { return innerStep(phi, points, order, sizes: sizes) }
    var phi = phi
    let gradient = valueAndGradient(at: phi) { model.squaredError(at: points, $0) }.gradient
    optimizer?.update(&phi, along: gradient)
    return phi
  }

  /// The inner optimizer at the start of a task; nil with gradient descent.
  var innerOptimizer: Adam? {
    guard configuration.innerOptimizer == .adam else { return nil }
    return state.innerOptimizer ?? Adam(stepSize: configuration.innerStepSize, firstDecay: 0)
  }

  /// Whether a stored state fits networks with these settings, and has an inner optimizer if its memory is carried.
  public func canContinue(from state: GradientState) -> Bool {
    state.hasForm(of: self.state) && (state.innerOptimizer == nil) == (self.state.innerOptimizer == nil)
      && state.innerOptimizer?.canMove(start(theta, 1)) ?? true
  }
}

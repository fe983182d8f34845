import Tensors

/// The estimator of the Hessian of the expected return, for the derivative of an inner policy-gradient step.
///
/// All have the same first-order gradient. With gₜ the gradient and hₜ the Hessian of log π(aₜ|sₜ), the exact Hessian is
/// E Σₜ Âₜ (hₜ + gₜgₜᵀ + Σₖ<ₜ (gₜgₖᵀ + gₖgₜᵀ)).
public enum InnerEstimator: String, Codable, Sendable, CaseIterable {
  /// No Hessian: the inner gradient is a constant (FOMAML; Finn et al., 2017).
  case firstOrder = "first-order"
  /// Only hₜ: what differentiating the log-likelihood surrogate gives. Depends on the baseline.
  case naive
  /// hₜ + gₜgₜᵀ: low variance, without the terms across time (LVC; Rothfuss et al., 2019).
  case lowVarianceCurvature = "lvc"
  /// Everything: unbiased, high variance (DiCE; Foerster et al., 2018).
  case dice
  /// Everything, with the dependence on earlier actions discounted (Loaded DiCE; Farquhar et al., 2019).
  case loadedDice = "loaded-dice"

  /// Whether the inner gradient keeps its history.
  public var gradientOrder: GradientOrder { self == .firstOrder ? .first : .higher }
}

/// The loss of an inner step: minus the weighted sum over steps, in the form that has the estimator's Hessian.
///
/// - Parameters:
///   - estimator: the form.
///   - logProbabilities: log π(aₜ|sₜ), `[step]`, episode after episode.
///   - reference: the same under the policy that played, a constant, `[step]`.
///   - weights: the advantages, divided by whatever normalizes the sum, `[step]`.
///   - lengths: the number of steps of each episode.
///   - lambda: the decay of Loaded DiCE: 1 is DiCE, and towards 0 it becomes LVC.
/// - Returns: a scalar.
public func policyGradientLoss(
  _ estimator: InnerEstimator, logProbabilities: Tensor, reference: Tensor, weights: Tensor, lengths: [Int],
  lambda: Double
) -> Tensor {
  switch estimator {
  case .firstOrder, .naive: return -(weights * logProbabilities).sum()
  case .lowVarianceCurvature: return ratioLoss(logProbabilities, reference: reference, weights: weights)
  case .dice: return loadedDiceLoss(logProbabilities, weights, lengths, lambda: 1)
  case .loadedDice: return loadedDiceLoss(logProbabilities, weights, lengths, lambda: lambda)
  }
}

/// Minus the weighted sum of likelihood ratios.
///
/// The exponent is clipped to ±20, far outside of any trust region, so that a bad try of a line search gives a bad
/// loss and not infinity.
public func ratioLoss(_ logProbabilities: Tensor, reference: Tensor, weights: Tensor) -> Tensor {
  -(weights * ratios(logProbabilities, reference)).sum()
}

/// Minus the weighted sum of the smaller of the likelihood ratio and the ratio clipped to 1 ± `clip` (PPO; Schulman
/// et al., 2017, equation 7).
public func clippedRatioLoss(
  _ logProbabilities: Tensor, reference: Tensor, weights: Tensor, clip: Double
) -> Tensor {
  let ratio = ratios(logProbabilities, reference)
  return -Tensor.minimum(weights * ratio, weights * ratio.clamped(to: 1 - clip...1 + clip)).sum()
}

private func ratios(_ logProbabilities: Tensor, _ reference: Tensor) -> Tensor {
  (logProbabilities - reference).clamped(to: -20...20).exp()
}

/// Σₜ (□(wₜ) - □(vₜ)) Âₜ with wₜ = Σₖ≤ₜ λᵗ⁻ᵏ log πₖ, vₜ = wₜ - log πₜ and □(x) = exp(x - stop(x)), negated.
///
/// The difference of the two boxes leaves one term a step at first order, and at second order every pair of steps
/// once.
private func loadedDiceLoss(
  _ logProbabilities: Tensor, _ weights: Tensor, _ lengths: [Int], lambda: Double
) -> Tensor {
  let longest = lengths.max() ?? 0
  var positions: [Int] = []
  for (episode, length) in lengths.enumerated() {
    positions.append(contentsOf: episode * longest..<episode * longest + length)
  }
  func onGrid(_ steps: Tensor) -> Tensor {
    steps.scatter(positions, into: lengths.count * longest).reshaped([lengths.count, longest])
  }
  var decay = [Double](repeating: 0, count: longest * longest)
  for earlier in 0..<longest {
    var factor = 1.0
    for later in earlier..<longest {
      decay[earlier * longest + later] = factor
      factor *= lambda
    }
  }
  let centerd = onGrid(logProbabilities - logProbabilities.detached)
  let upTo = centerd.matmul(Tensor(decay, shape: [longest, longest], precision: centerd.precision))
  return -(onGrid(weights) * (upTo.exp() - (upTo - centerd).exp())).sum()
}

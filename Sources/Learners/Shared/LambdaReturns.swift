import Tensors

/// λ-returns that can be differentiated with respect to discounts and decays (Sutton & Barto, 2018, section 12.1).
///
/// Gₜ = rₜ + cₜ γₜ ((1 - λₜ) Vₜ₊₁ + λₜ Gₜ₊₁); at the last step, G bootstraps from the value alone. Values are constants. The
/// recursion is computed by doubling: each pass joins segments of steps to segments of twice the length, so the graph has
/// O(log steps) operations.
///
/// - Parameters:
///   - rewards: r, `[lane, step]`.
///   - nextValues: V after each step, `[lane, step]`.
///   - continues: c, `[lane, step]`: 0 if the episode ended with the step, else 1.
///   - discounts: γ, of any shape that broadcasts to `[lane, step]`: one for all steps, or one for each.
///   - decays: λ, of such a shape.
/// - Returns: G, `[lane, step]`.
public func lambdaReturns(
  rewards: Tensor, nextValues: Tensor, continues: Tensor, discounts: Tensor, decays: Tensor
) -> Tensor {
  let (lanes, steps, precision) = (rewards.shape[0], rewards.shape[1], rewards.precision)
  // There is no return after the last step, only a value: λ is 0 there.
  let isNotLast = Tensor((0..<steps).map { $0 < steps - 1 ? 1 : 0 }, shape: [1, steps], precision: precision)
  let kept = continues * discounts
  let (decays, values) = (decays * isNotLast, nextValues.detached)
  // G = sums + factors * (G one step later).
  var sums = rewards + kept * (values - decays * values)
  var factors = kept * decays
  func later(_ x: Tensor, by distance: Int) -> Tensor {
    let end = Tensor(repeating: 0, shape: [lanes, distance], precision: precision)
    return Tensor.concatenate([x.slice(distance..<steps, axis: 1), end], axis: 1)
  }
  var distance = 1
  while distance < steps {
    sums = sums + factors * later(sums, by: distance)
    if 2 * distance < steps { factors = factors * later(factors, by: distance) }
    distance *= 2
  }
  return sums
}

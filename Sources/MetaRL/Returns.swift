/// The discounted sum of what follows each step: Σₖ γᵏ rₜ₊ₖ.
public func discountedSums(_ rewards: [Double], discount: Double) -> [Double] {
  var sums = rewards
  for t in rewards.indices.dropLast().reversed() { sums[t] += discount * sums[t + 1] }
  return sums
}

/// Generalized advantage estimates (Schulman et al., 2016, equation 16) of one chain of steps.
///
/// - Parameters:
///   - rewards: of each step.
///   - values: the baseline at each step.
///   - lastValue: the baseline after the last step; 0 where the end of the chain is terminal.
///   - discount: γ in the paper.
///   - lambda: λ in the paper: 1 takes whole returns, 0 one step.
/// - Returns: the advantage of each step.
public func generalizedAdvantages(
  rewards: [Double], values: [Double], lastValue: Double = 0, discount: Double, lambda: Double
) -> [Double] {
  var advantages = rewards
  var (next, nextValue) = (0.0, lastValue)
  for t in rewards.indices.reversed() {
    let error = rewards[t] + discount * nextValue - values[t]
    next = error + discount * lambda * next
    nextValue = values[t]
    advantages[t] = next
  }
  return advantages
}

/// Numbers shifted to mean 0 and scaled to deviation 1.
///
/// Where all numbers are equal but for rounding, the result is that rounding and not blown up to 1: the deviation is
/// bounded below by 10⁻⁶ of the mean.
///
/// - Parameter numbers: at least one.
/// - Returns: the standardized numbers and the deviation they were divided by.
public func standardized(_ numbers: [Double]) -> (numbers: [Double], deviation: Double) {
  let count = Double(max(numbers.count, 1))
  let mean = numbers.reduce(0, +) / count
  let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
  let deviation = max(variance.squareRoot(), 1e-6 * max(1, abs(mean))) + 1e-8
  return (numbers.map { ($0 - mean) / deviation }, deviation)
}

/// The mean of some numbers; 0 of none.
package func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(max(numbers.count, 1)) }

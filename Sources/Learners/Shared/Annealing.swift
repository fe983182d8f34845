import Tensors

/// The factor of linear annealing at a step (from 0) of N: 1 - step / N, and 0 after the last.
///
/// - Parameters:
///   - step: the step.
///   - count: N; 0 for no annealing.
/// - Returns: a factor from 1 to 0.
public func linearlyAnnealed(_ step: Int, of count: Int) -> Double {
  count > 0 ? 1 - Double(min(step, count)) / Double(count) : 1
}

/// A number that moves from one to another in equal steps.
///
/// - Parameters:
///   - start: the number at step 0.
///   - end: the number at the last step and after.
///   - step: the step.
///   - count: the number of steps; 0: it is `end`.
/// - Returns: a number between both.
func annealed(from start: Double, to end: Double, at step: Int, of count: Int) -> Double {
  let part = count == 0 ? 1 : min(1, Double(step) / Double(count))
  return start + part * (end - start)
}

/// The factor of cosine annealing at a step (from 0) of N: a half of 1 + cos(π step / (count + 1)),
/// and after the last step what it was there.
///
/// - Parameters:
///   - step: which.
///   - count: of how many; 0: nothing falls.
/// - Returns: a factor from 1 down to nearly 0.
public func annealed(_ step: Int, of count: Int) -> Double {
  guard count > 0 else { return 1 }
  let turn = Double(min(step, count)) / Double(count + 1)
  return 0.5 * (1 + sine(Double.pi * (0.5 - turn)))
}

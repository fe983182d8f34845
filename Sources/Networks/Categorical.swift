import Tensors

/// Distributions over a finite number of choices, one a row.
public struct Categorical: Sendable {
  /// `[row, choice]`, up to a constant a row.
  public let logits: Tensor

  /// Distributions with the given logits, one a row.
  public init(logits: Tensor) { self.logits = logits }

  /// The log-probability of one choice a row: `[row]`.
  public func logProbability(of choices: [Int]) -> Tensor {
    let width = logits.shape[1]
    var mask = [Float](repeating: 0, count: choices.count * width)
    for (row, choice) in choices.enumerated() { mask[row * width + choice] = 1 }
    return (logits.logSoftmax() * Tensor(mask, shape: logits.shape)).sum(axis: 1)
  }

  /// KL(self ‖ other) in each row: `[row]`.
  public func divergence(to other: Categorical) -> Tensor {
    let (p, q) = (logits.logSoftmax(), other.logits.logSoftmax())
    return (p.exp() * (p - q)).sum(axis: 1)
  }

  /// The entropy of each row: `[row]`.
  public func entropy() -> Tensor {
    let p = logits.logSoftmax()
    return -(p.exp() * p).sum(axis: 1)
  }

  /// One draw a row, given a uniform number in [0, 1) for each.
  public func sample(_ uniforms: [Float]) -> [Int] {
    let width = logits.shape[1]
    let probabilities = logits.detached.logSoftmax().exp().floats
    return uniforms.indices.map { row in
      var remaining = uniforms[row]
      for choice in 0..<width {
        remaining -= probabilities[row * width + choice]
        if remaining < 0 { return choice }
      }
      // Rounding may leave a rest: it goes to the last choice that has a probability at all.
      return (0..<width).last { probabilities[row * width + $0] > 0 } ?? width - 1
    }
  }

  /// The Fisher information of the mean over rows, as a map on changes of the logits: diag(p) - ppᵀ, averaged.
  public func fisher() -> @Sendable ([Tensor]) -> [Tensor] {
    let p = logits.detached.logSoftmax().exp()
    let weight = 1 / Double(logits.shape[0])
    return { changes in
      let weighted = p * changes[0]
      return [weight * (weighted - p * weighted.summed(to: [p.shape[0], 1]))]
    }
  }
}

/// The linear baseline on features of the observation and the time (Duan et al., 2016, "Benchmarking deep
/// reinforcement learning"), fitted by ridge regression.
///
/// Features: o and o², clipped to ±10, then t/100, (t/100)², (t/100)³ and 1, with t counted within the episode.
public struct LinearFeatureBaseline: Sendable {
  private let observationSize: Int
  /// The coefficients, in the order of the features above.
  public let coefficients: [Double]

  /// Fits the baseline to returns.
  ///
  /// If the normal equations are not positive definite, the regularization grows tenfold, up to five times. Where there
  /// are fewer steps than half the features, as with a long descriptor in view, as many equations as steps are solved:
  /// Xᵀ(XXᵀ + εI)⁻¹y is (XᵀX + εI)⁻¹Xᵀy.
  ///
  /// - Parameters:
  ///   - episodes: where the returns were seen.
  ///   - returns: the target at each step of each episode.
  ///   - regularization: added to the diagonal of the normal equations.
  public init(fittedTo episodes: [Episode], returns: [[Double]], regularization: Double = 1e-5) {
    let observationSize = episodes.first.map { $0.observations.count / ($0.stepCount + 1) } ?? 0
    self.observationSize = observationSize
    let size = 2 * observationSize + 4
    let stepCount = episodes.reduce(0) { $0 + $1.stepCount }
    if 2 * stepCount < size {
      var rows: [[Double]] = []
      for episode in episodes {
        for step in 0..<episode.stepCount {
          rows.append([Double](repeating: 0, count: size))
          Self.write(episode, step, observationSize, into: &rows[rows.count - 1])
        }
      }
      var matrix = [Double](repeating: 0, count: stepCount * stepCount)
      for i in rows.indices {
        for j in 0...i { matrix[i * stepCount + j] = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 } }
      }
      let weights = Self.solve(matrix, Array(zip(episodes, returns).map(\.1).joined()), regularization)
      var sums = [Double](repeating: 0, count: size)
      for (row, weight) in zip(rows, weights) { for i in sums.indices { sums[i] += weight * row[i] } }
      coefficients = sums
      return
    }
    var matrix = [Double](repeating: 0, count: size * size)
    var target = [Double](repeating: 0, count: size)
    var features = [Double](repeating: 0, count: size)
    for (episode, returns) in zip(episodes, returns) {
      for step in 0..<episode.stepCount {
        Self.write(episode, step, observationSize, into: &features)
        let wanted = returns[step]
        for i in 0..<size {
          let feature = features[i]
          target[i] += feature * wanted
          for j in 0...i { matrix[i * size + j] += feature * features[j] }
        }
      }
    }
    coefficients = Self.solve(matrix, target, regularization)
  }

  /// Zeros if no strength makes the matrix positive definite.
  private static func solve(_ matrix: [Double], _ target: [Double], _ regularization: Double) -> [Double] {
    var strength = regularization
    for _ in 0..<5 {
      if let solution = solvePositiveDefinite(matrix, target, diagonal: strength) { return solution }
      strength *= 10
    }
    return [Double](repeating: 0, count: target.count)
  }

  /// The baseline at each step of an episode.
  public func values(_ episode: Episode) -> [Double] {
    var features = [Double](repeating: 0, count: coefficients.count)
    return (0..<episode.stepCount).map { step in
      Self.write(episode, step, observationSize, into: &features)
      var value = 0.0
      for i in features.indices { value += features[i] * coefficients[i] }
      return value
    }
  }

  private static func write(_ episode: Episode, _ step: Int, _ size: Int, into features: inout [Double]) {
    for i in 0..<size {
      let value = min(max(Double(episode.observations[step * size + i]), -10), 10)
      features[i] = value
      features[size + i] = value * value
    }
    let time = Double(step) / 100
    features[2 * size] = time
    features[2 * size + 1] = time * time
    features[2 * size + 2] = time * time * time
    features[2 * size + 3] = 1
  }
}

/// Solves `(A + diagonal I) x = b` by Cholesky factorisation.
///
/// - Parameters:
///   - matrix: the lower triangle of a symmetric matrix, row by row.
///   - target: the right side.
///   - diagonal: added to the diagonal.
/// - Returns: the solution, or nil if the matrix is not positive definite.
public func solvePositiveDefinite(_ matrix: [Double], _ target: [Double], diagonal: Double) -> [Double]? {
  let size = target.count
  var factor = matrix
  for i in 0..<size {
    for j in 0...i {
      var sum = factor[i * size + j] + (i == j ? diagonal : 0)
      for k in 0..<j { sum -= factor[i * size + k] * factor[j * size + k] }
      if i == j {
        guard sum > 0, sum.isFinite else { return nil }
        factor[i * size + i] = sum.squareRoot()
      } else {
        factor[i * size + j] = sum / factor[j * size + j]
      }
    }
  }
  var solution = target
  for i in 0..<size {
    for k in 0..<i { solution[i] -= factor[i * size + k] * solution[k] }
    solution[i] /= factor[i * size + i]
  }
  for i in (0..<size).reversed() {
    for k in i + 1..<max(size, i + 1) { solution[i] -= factor[k * size + i] * solution[k] }
    solution[i] /= factor[i * size + i]
  }
  return solution.allSatisfy(\.isFinite) ? solution : nil
}

/// A score matrix with what does not change from resample to resample, so that nothing is sorted again.
///
/// Its statistics of a resample equal those of `ScoreMatrix` on the resampled matrix, but for rounding.
package struct SortedScores: Sendable {
  private let matrix: ScoreMatrix
  /// The positions in the matrix, by rising score.
  private let order: [Int]
  private let thresholds: [Double]
  /// For each threshold the number of positions in `order` whose scores are not above it.
  private let notAbove: [Int]
  private let clipped: ScoreMatrix

  package init(_ matrix: ScoreMatrix, thresholds: [Double], target: Double) {
    self.matrix = matrix
    self.thresholds = thresholds
    let order = matrix.scores.indices.sorted { matrix.scores[$0] < matrix.scores[$1] }
    self.order = order
    notAbove = thresholds.map { threshold in
      var (low, high) = (0, order.count)
      while low < high {
        let middle = (low + high) / 2
        if matrix.scores[order[middle]] > threshold { high = middle } else { low = middle + 1 }
      }
      return low
    }
    clipped = ScoreMatrix(
      scores: matrix.scores.map { target - min($0, target) }, seedCount: matrix.seedCount,
      taskCount: matrix.taskCount)
  }

  package var statisticCount: Int { 5 + thresholds.count }

  /// The mean, the median of task means, the interquartile mean, the 20th percentile of task means, the optimality gap
  /// and the performance profile of the scores themselves.
  package var statistics: [Double] {
    [
      matrix.mean, matrix.medianOfTaskMeans, matrix.interquartileMean, matrix.percentileOfTaskMeans(0.2),
      clipped.mean,
    ] + matrix.profile(above: thresholds)
  }

  /// The same of a resample.
  ///
  /// - Precondition: the resample is for matrices of this size.
  package func statistics(of resample: Bootstrap.Resample) -> [Double] {
    let counts = resample.counts
    let means = taskMeans(counts).sorted()
    let median = means.isEmpty ? .nan : percentile(0.5, of: means)
    let low = means.isEmpty ? .nan : percentile(0.2, of: means)
    // How many of the resampled scores come before each position, and what is left when a quarter is cut off.
    let total = Double(order.count)
    let cut = Double(order.count / 4)
    var (passed, kept, next) = (0.0, 0.0, 0)
    var profile: [Double] = []
    for (place, position) in order.enumerated() {
      while next < notAbove.count, notAbove[next] == place {
        profile.append((total - passed) / total)
        next += 1
      }
      let after = passed + counts[position]
      kept += max(0, min(after, total - cut) - max(passed, cut)) * matrix.scores[position]
      passed = after
    }
    while profile.count < notAbove.count { profile.append((total - passed) / total) }
    return [resample.mean(of: matrix), median, kept / (total - 2 * cut), low, resample.mean(of: clipped)] + profile
  }

  private func taskMeans(_ counts: [Double]) -> [Double] {
    let (seeds, tasks) = (matrix.seedCount, matrix.taskCount)
    var sums = [Double](repeating: 0, count: tasks)
    for seed in 0..<seeds {
      for task in 0..<tasks { sums[task] += counts[seed * tasks + task] * matrix.scores[seed * tasks + task] }
    }
    return sums.map { $0 / Double(seeds) }
  }
}

/// Two score matrices with what does not change from resample to resample of the probability of improvement.
package struct SortedPair: Sendable {
  private let first: Bootstrap.Shape
  private let second: Bootstrap.Shape
  /// `[task, second's seed]`: the seeds by rising score in the task.
  private let order: [Int]
  /// `[seed, task]` of the first: how many of the second's scores in the task are lower.
  private let below: [Int]
  /// Likewise: how many are not higher.
  private let notAbove: [Int]

  /// Compares scores.
  ///
  /// - Precondition: both have the same number of tasks.
  package init(_ a: ScoreMatrix, over b: ScoreMatrix) {
    precondition(a.taskCount == b.taskCount, "both need the same tasks")
    (first, second) = (a.shape, b.shape)
    var (order, below, notAbove) = ([Int](), [Int](), [Int]())
    below = Array(repeating: 0, count: a.scores.count)
    notAbove = below
    for task in 0..<a.taskCount {
      let seeds = (0..<b.seedCount).sorted { b[$0, task] < b[$1, task] }
      order += seeds
      for seed in 0..<a.seedCount {
        let position = seed * a.taskCount + task
        below[position] = seeds.count { b[$0, task] < a[seed, task] }
        notAbove[position] = seeds.count { b[$0, task] <= a[seed, task] }
      }
    }
    (self.order, self.below, self.notAbove) = (order, below, notAbove)
  }

  /// The probability of improvement of one resample over the other.
  ///
  /// - Precondition: they are for matrices of these sizes.
  package func probability(_ a: Bootstrap.Resample, _ b: Bootstrap.Resample) -> Double {
    let (mine, other, tasks) = (a.counts, b.counts, first.taskCount)
    var sums = [Double](repeating: 0, count: second.seedCount + 1)
    var wins = 0.0
    for task in 0..<tasks {
      for place in 0..<second.seedCount {
        let seed = order[task * second.seedCount + place]
        sums[place + 1] = sums[place] + other[seed * tasks + task]
      }
      for seed in 0..<first.seedCount {
        let position = seed * tasks + task
        wins += mine[position] * (sums[below[position]] + sums[notAbove[position]])
      }
    }
    return wins / Double(2 * tasks * first.seedCount * second.seedCount)
  }
}

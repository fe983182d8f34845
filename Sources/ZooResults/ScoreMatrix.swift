import Tensors

/// The scores of one learner, seed by seed and task by task.
///
/// A seed is a whole run, and the unit that is repeated; tasks are the strata, the same for every seed.
public struct ScoreMatrix: Sendable, Hashable {
  /// The scores, `[seed, task]` row by row.
  public let scores: [Double]
  /// The number of seeds.
  public let seedCount: Int
  /// The number of tasks.
  public let taskCount: Int

  /// Collects scores, `[seed][task]`.
  ///
  /// - Precondition: every seed has a score in every task.
  public init(_ rows: [[Double]]) {
    seedCount = rows.count
    taskCount = rows.first?.count ?? 0
    precondition(rows.allSatisfy { [taskCount] in $0.count == taskCount }, "every seed needs a score in every task")
    scores = rows.flatMap { $0 }
  }

  package init(scores: [Double], seedCount: Int, taskCount: Int) {
    (self.scores, self.seedCount, self.taskCount) = (scores, seedCount, taskCount)
  }

  /// The score of a seed in a task.
  public subscript(seed: Int, task: Int) -> Double { scores[seed * taskCount + task] }

  /// The mean of all scores.
  public var mean: Double { average(scores) }

  /// The mean of what is left when the lowest and the highest quarter of all scores are cut off.
  public var interquartileMean: Double {
    let cut = scores.count / 4
    return average(scores.sorted()[cut..<scores.count - cut])
  }

  /// The size.
  public var shape: Bootstrap.Shape { Bootstrap.Shape(seedCount: seedCount, taskCount: taskCount) }

  /// The mean over seeds of every task.
  public var taskMeans: [Double] {
    var sums = [Double](repeating: 0, count: taskCount)
    for seed in 0..<seedCount {
      for task in 0..<taskCount { sums[task] += scores[seed * taskCount + task] }
    }
    return sums.map { $0 / Double(seedCount) }
  }

  /// The median over tasks of the mean over seeds.
  public var medianOfTaskMeans: Double { percentileOfTaskMeans(0.5) }

  /// A percentile over tasks of the mean over seeds: the 20th, 0.2, tells of the tasks that go badly.
  public func percentileOfTaskMeans(_ fraction: Double) -> Double {
    taskCount == 0 ? .nan : percentile(fraction, of: taskMeans.sorted())
  }

  /// The performance profile: for each threshold the share of all scores above it.
  public func profile(above thresholds: [Double]) -> [Double] {
    let sorted = scores.sorted()
    return thresholds.map { threshold in
      // The first score above the threshold, by bisection.
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle] > threshold { high = middle } else { low = middle + 1 }
      }
      return Double(sorted.count - low) / Double(sorted.count)
    }
  }

  /// The same scores on another scale: (score − zero) / (one − zero).
  public func normalized(zero: Double, one: Double) -> ScoreMatrix {
    ScoreMatrix(scores: scores.map { ($0 - zero) / (one - zero) }, seedCount: seedCount, taskCount: taskCount)
  }

  /// The mean shortfall of scores below a target; scores above it count as equal to it.
  public func optimalityGap(to target: Double) -> Double {
    target - average(scores.map { min($0, target) })
  }

  /// The differences to another matrix, by seed and task.
  ///
  /// - Precondition: both have the same seeds and tasks.
  public func minus(_ other: ScoreMatrix) -> ScoreMatrix {
    precondition(seedCount == other.seedCount && taskCount == other.taskCount, "pairs need equal seeds and tasks")
    return ScoreMatrix(
      scores: zip(scores, other.scores).map { $0 - $1 }, seedCount: seedCount, taskCount: taskCount)
  }

  /// The stratified bootstrap's 95 % percentile interval of a statistic.
  ///
  /// - Parameters:
  ///   - resamples: how often is drawn.
  ///   - random: the stream to draw from.
  ///   - statistic: what is computed of every resample.
  /// - Returns: nil for fewer than three seeds, which say nothing about their spread.
  public func interval(
    resamples: Int = Bootstrap.standardResamples, random: RandomStream,
    of statistic: @Sendable (ScoreMatrix) -> Double
  ) -> ClosedRange<Double>? {
    Bootstrap(resamples: resamples, random: random).interval(of: self, statistic)
  }

  /// The number of seeds below which no interval is given.
  public static let fewestSeedsForInterval = 3
  /// The number of seeds below which an interval comes with a warning.
  public static let fewestSeedsForTrust = 5
}

/// The probability that a run of one learner beats a run of another, ties counting half: the mean over tasks.
///
/// - Precondition: both have the same number of tasks.
public func probabilityOfImprovement(of first: ScoreMatrix, over second: ScoreMatrix) -> Double {
  precondition(first.taskCount == second.taskCount, "both need the same tasks")
  let perTask = (0..<first.taskCount).map { task in
    var wins = 0.0
    for a in 0..<first.seedCount {
      let mine = first[a, task]
      for b in 0..<second.seedCount {
        let other = second[b, task]
        wins += mine > other ? 1 : mine == other ? 0.5 : 0
      }
    }
    return wins / Double(first.seedCount * second.seedCount)
  }
  return average(perTask)
}

/// The mean; not a number if there is nothing to average.
@inlinable
package func average(_ numbers: some Collection<Double>) -> Double {
  numbers.isEmpty ? .nan : numbers.reduce(0, +) / Double(numbers.count)
}

/// A quantile of sorted numbers, interpolated linearly between neighbors.
func percentile(_ fraction: Double, of sorted: [Double]) -> Double {
  let place = fraction * Double(sorted.count - 1)
  let below = Int(place)
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
}

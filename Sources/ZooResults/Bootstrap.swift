import MetaRL
import Tensors

/// The stratified bootstrap: within each task on its own, seeds are drawn with replacement.
///
/// Every resample has its own random stream, so that intervals do not depend on the number of threads.
public struct Bootstrap: Sendable {
  /// The size of a score matrix.
  public struct Shape: Sendable, Hashable {
    /// The number of seeds.
    public var seedCount: Int
    /// The number of tasks.
    public var taskCount: Int
  }

  /// A resample.
  public struct Resample: Sendable {
    /// `[seed, task]`: the seed that was drawn in its place.
    private var drawn: [Int]
    /// `[seed, task]`: how often it was drawn.
    package let counts: [Double]
    /// The size of the matrices that it is for.
    public let shape: Shape

    fileprivate init(_ shape: Shape, _ random: RandomStream) {
      self.shape = shape
      var lane = LaneRandom([random])
      let (seeds, tasks) = (Double(shape.seedCount), shape.taskCount)
      // In double precision the product stays below the number of seeds.
      drawn = lane.uniforms(perLane: shape.seedCount * tasks).map { Int(Double($0) * seeds) }
      var counts = [Double](repeating: 0, count: drawn.count)
      var task = 0
      for seed in drawn {
        counts[seed * tasks + task] += 1
        task = task + 1 == tasks ? 0 : task + 1
      }
      self.counts = counts
    }

    /// The resampled matrix.
    ///
    /// - Precondition: the matrix has the size that this is for.
    public func of(_ matrix: ScoreMatrix) -> ScoreMatrix {
      precondition(matrix.shape == shape, "a resample is for matrices of the same size")
      var scores = matrix.scores
      var task = 0
      for position in scores.indices {
        scores[position] = matrix.scores[drawn[position] * shape.taskCount + task]
        task = task + 1 == shape.taskCount ? 0 : task + 1
      }
      return ScoreMatrix(scores: scores, seedCount: shape.seedCount, taskCount: shape.taskCount)
    }

    /// The mean of the resampled matrix, without making it: what curves of many points need.
    ///
    /// - Precondition: the matrix has the size that this is for.
    public func mean(of matrix: ScoreMatrix) -> Double {
      precondition(matrix.shape == shape, "a resample is for matrices of the same size")
      let count = counts.count
      let sum = counts.withUnsafeBufferPointer { counts in
        matrix.scores.withUnsafeBufferPointer { scores in
          // Four sums at a time: one alone waits for each addition to end.
          var sums = SIMD4<Double>.zero
          var position = 0
          while position + 4 <= count {
            let weights = SIMD4(
              counts[position], counts[position + 1], counts[position + 2], counts[position + 3])
            let values = SIMD4(
              scores[position], scores[position + 1], scores[position + 2], scores[position + 3])
            sums += weights * values
            position += 4
          }
          var sum = (sums[0] + sums[1]) + (sums[2] + sums[3])
          while position < count {
            sum += counts[position] * scores[position]
            position += 1
          }
          return sum
        }
      }
      return sum / Double(count)
    }
  }

  /// The number of resamples.
  public var resamples: Int
  /// The stream to draw from.
  public var random: RandomStream
  /// The threads that may be used.
  public var workers: Workers

  /// The default number of resamples.
  public static let standardResamples = 2000

  /// Says how to draw.
  public init(
    resamples: Int = Bootstrap.standardResamples, random: RandomStream, workers: Workers = Workers(1)
  ) {
    (self.resamples, self.random, self.workers) = (resamples, random, workers)
  }

  /// The 95 % percentile intervals of some statistics, all of them of the same resamples.
  ///
  /// - Parameters:
  ///   - shapes: the sizes of matrices that are resampled independently of one another.
  ///   - count: the number of statistics.
  ///   - statistics: computes as many numbers every time, of one resample a size.
  /// - Returns: one interval a number, nil where it was not finite; all nil for fewer than three seeds in any matrix,
  ///   which say nothing about their spread.
  public func intervals(
    _ shapes: [Shape], count: Int, of statistics: @Sendable ([Resample]) -> [Double]
  ) -> [ClosedRange<Double>?] {
    let none = [ClosedRange<Double>?](repeating: nil, count: count)
    guard resamples > 0,
      shapes.allSatisfy({ $0.seedCount >= ScoreMatrix.fewestSeedsForInterval && $0.taskCount > 0 })
    else { return none }
    let perPiece = 50
    let pieces = (resamples + perPiece - 1) / perPiece
    let values = try? workers.map(0..<pieces) { piece in
      (piece * perPiece..<min(resamples, (piece + 1) * perPiece)).map { number in
        let random = random.split("resample", number)
        return statistics(shapes.enumerated().map { Resample($1, random.split("matrix", $0)) })
      }
    }
    guard let values, values.joined().allSatisfy({ $0.count == count }) else { return none }
    return (0..<count).map { statistic in
      let sorted = values.joined().map { $0[statistic] }.sorted()
      guard sorted.allSatisfy(\.isFinite) else { return nil }
      let (lower, upper) = (percentile(0.025, of: sorted), percentile(0.975, of: sorted))
      return min(lower, upper)...max(lower, upper)
    }
  }

  /// The interval of one statistic of one matrix.
  ///
  /// - Returns: nil for fewer than three seeds.
  public func interval(
    of matrix: ScoreMatrix, _ statistic: @Sendable (ScoreMatrix) -> Double
  ) -> ClosedRange<Double>? {
    intervals([matrix.shape], count: 1) { [statistic($0[0].of(matrix))] }[0]
  }
}

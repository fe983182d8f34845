import MetaRL
import Tensors
import Testing
import Zoo

@Suite struct StatisticsTests {
  private let scores = ScoreMatrix([[0.1, 0.9, 0.3], [0.2, 1.1, 0.4], [0.15, 0.7, 0.9], [0.4, 0.8, 0.2]])

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-9 }

  @Test func pointEstimatesMatchTheSpecification() {
    #expect(isClose(scores.interquartileMean, 2.8 / 6))
    #expect(isClose(scores.mean, 0.5125))
    #expect(isClose(scores.medianOfTaskMeans, 0.45))
    #expect(isClose(scores.optimalityGap(to: 1), 5.95 / 12))
  }

  @Test("The probability of improvement matches the specification") func improvementProbability() {
    let (x, y) = (ScoreMatrix([[1], [2], [3]]), ScoreMatrix([[2], [2], [0]]))
    #expect(isClose(probabilityOfImprovement(of: x, over: y), 2.0 / 3))
  }

  @Test func thereIsNoIntervalBelowThreeSeeds() {
    let random = RandomStream(seed: 0)
    #expect(ScoreMatrix([[1, 2], [3, 4]]).interval(random: random) { $0.mean } == nil)
    #expect(ScoreMatrix([[1, 2], [3, 4], [5, 6]]).interval(random: random) { $0.mean } != nil)
  }

  @Test func theBootstrapResamplesSeedsWithinEachTask() throws {
    // Tasks differ and seeds do not: drawing across tasks would widen the interval.
    let equal = ScoreMatrix([[1, 5], [1, 5], [1, 5]])
    let interval = try #require(equal.interval(random: RandomStream(seed: 1)) { $0.mean })
    #expect(interval == 3...3)
  }

  @Test func theIntervalOfAMeanIsThatOfTheTheory() throws {
    // Two scores at equal chances: the resampled mean of 100 has standard deviation 0.05.
    let matrix = ScoreMatrix((0..<100).map { [$0 % 2 == 0 ? 0.0 : 1.0] })
    let interval = try #require(matrix.interval(random: RandomStream(seed: 2)) { $0.mean })
    #expect(abs(interval.lowerBound - 0.402) < 0.015)
    #expect(abs(interval.upperBound - 0.598) < 0.015)
  }

  @Test func pairingRemovesWhatSeedsHaveInCommon() throws {
    let before = ScoreMatrix([[10], [20], [30], [40]])
    let after = ScoreMatrix([[11], [21], [31], [41]])
    let gain = try #require(after.minus(before).interval(random: RandomStream(seed: 4)) { $0.mean })
    #expect(gain == 1...1)
  }

  @Test("The profile is the share of scores above each threshold") func profileOfScores() {
    // 0.4 and 0.9 are there twice: a score at the threshold is not above it.
    let expected = [1, 7.0 / 12, 5.0 / 12, 1.0 / 12, 0]
    let profile = scores.profile(above: [0, 0.3, 0.4, 0.9, 1.1])
    #expect(zip(profile, expected).allSatisfy(isClose))
    let values = scores.scores
    for threshold in stride(from: -0.05, to: 1.2, by: 0.05) {
      let share = Double(values.count { $0 > threshold }) / Double(values.count)
      #expect(scores.profile(above: [threshold]) == [share])
    }
  }

  @Test("Percentiles over tasks interpolate between task means") func percentiles() {
    // Task means 0.2125, 0.875 and 0.45: a fifth of the way is 0.4 of the way from the lowest to the middle one.
    #expect(isClose(scores.percentileOfTaskMeans(0.2), 0.2125 + 0.4 * (0.45 - 0.2125)))
    #expect(isClose(scores.percentileOfTaskMeans(0), 0.2125))
    #expect(isClose(scores.percentileOfTaskMeans(1), 0.875))
  }

  @Test func normalizedScoresAreZeroAndOneAtTheAnchors() {
    let matrix = ScoreMatrix([[-71, -0.5], [-35.75, -106.25]]).normalized(zero: -71, one: -0.5)
    #expect(zip(matrix.scores, [0, 1, 0.5, -0.5]).allSatisfy(isClose))
  }

  /// Random scores with ties and without.
  private func randomMatrix(_ seeds: Int, _ tasks: Int, hasTies: Bool, _ number: Int) -> ScoreMatrix {
    var random = RandomStream(seed: UInt64(number))
    return ScoreMatrix(
      (0..<seeds).map { _ in
        (0..<tasks).map { _ in hasTies ? Double(random.integer(below: 4)) / 3 : random.uniform(-0.5, 1.5) }
      })
  }

  @Test("Counting tells of a resample what the resampled matrix does", arguments: [false, true])
  func countingAResample(hasTies: Bool) {
    let thresholds = (0...20).map { Double($0) / 20 }
    for (number, (seeds, tasks)) in [(3, 1), (5, 4), (7, 3), (10, 20)].enumerated() {
      let matrix = randomMatrix(seeds, tasks, hasTies: hasTies, number)
      let sorted = SortedScores(matrix, thresholds: thresholds, target: 1)
      let worst = Bootstrap(resamples: 50, random: RandomStream(seed: 9)).intervals([matrix.shape], count: 1) {
        let direct = SortedScores($0[0].of(matrix), thresholds: thresholds, target: 1).statistics
        return [zip(sorted.statistics(of: $0[0]), direct).map { abs($0 - $1) }.max() ?? .nan]
      }
      #expect((worst[0]?.upperBound ?? 1) < 1e-12, "\(seeds) x \(tasks)")
    }
  }

  @Test("Counting tells of two resamples their probability of improvement", arguments: [false, true])
  func countingTwoResamples(hasTies: Bool) {
    let (a, b) = (randomMatrix(6, 5, hasTies: hasTies, 1), randomMatrix(4, 5, hasTies: hasTies, 2))
    let sorted = SortedPair(a, over: b)
    let worst = Bootstrap(resamples: 50, random: RandomStream(seed: 9)).intervals([a.shape, b.shape], count: 1) {
      [abs(sorted.probability($0[0], $0[1]) - probabilityOfImprovement(of: $0[0].of(a), over: $0[1].of(b)))]
    }
    #expect((worst[0]?.upperBound ?? 1) < 1e-12)
  }

  @Test func intervalsDoNotDependOnTheNumberOfThreads() {
    let matrix = randomMatrix(8, 9, hasTies: false, 3)
    let intervals = [1, 2, 5].map { threads in
      Bootstrap(random: RandomStream(seed: 1), workers: Workers(threads)).interval(of: matrix) {
        $0.interquartileMean
      }
    }
    #expect(intervals[0] != nil)
    #expect(intervals[1] == intervals[0])
    #expect(intervals[2] == intervals[0])
  }

  @Test func aNumberThatIsNotFiniteHasNoInterval() {
    #expect(scores.interval(random: RandomStream(seed: 0)) { _ in .nan } == nil)
  }
}

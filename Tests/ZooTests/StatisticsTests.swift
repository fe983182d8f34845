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

  @Test func theProbabilityOfImprovementMatchesTheSpecification() {
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

  @Test func theSameStreamGivesTheSameInterval() {
    let random = RandomStream(seed: 3)
    #expect(scores.interval(random: random) { $0.mean } == scores.interval(random: random) { $0.mean })
  }

  @Test func pairingRemovesWhatSeedsHaveInCommon() throws {
    let before = ScoreMatrix([[10], [20], [30], [40]])
    let after = ScoreMatrix([[11], [21], [31], [41]])
    let gain = try #require(after.minus(before).interval(random: RandomStream(seed: 4)) { $0.mean })
    #expect(gain == 1...1)
  }
}

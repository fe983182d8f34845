import Environments
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct VisitCountsTests {
  private func episode(_ places: [Float]) -> Episode {
    let steps = places.count - 1
    return Episode(
      places, rewards: [Float](repeating: 1, count: steps), sparse: [Float](repeating: 0, count: steps))
  }

  @Test("The bonus is divided by the root of how often a cell was visited") func sizeOfTheBonus() {
    var visits = VisitCounts(cellSize: 0.5)
    // Cells -1, 0 and 2; the start is not counted.
    let first = visits.addingBonus(6, to: [episode([0, 0.1, 0.4]), episode([0, -0.1, 0.49, 1.2])])
    let third = Float(6 / 3.0.squareRoot())
    #expect(first.map(\.sparseRewards) == [[third, third], [6, third, 6]])
    #expect(first.map(\.denseRewards) == [[1 + third, 1 + third], [7, 1 + third, 7]])
    let second = visits.addingBonus(6, to: [episode([1, 0.2, -0.5])])
    #expect(second[0].sparseRewards == [3, Float(6 / 2.0.squareRoot())])
    #expect(second[0].observations == [1, 0.2, -0.5])
  }

  @Test("The order of episodes changes nothing and far away is a cell too") func orderOfEpisodes() {
    let episodes = [episode([0, 1, 2]), episode([0, 2, 3e38]), episode([0, -3e38, 1])]
    var (one, other) = (VisitCounts(cellSize: 0.1), VisitCounts(cellSize: 0.1))
    let paid = one.addingBonus(1, to: episodes)
    #expect(other.addingBonus(1, to: episodes.reversed()) == paid.reversed())
    #expect(paid[1].sparseRewards[1] == 1)
  }

  /// The cells that a lane comes to in the last episodes of a life without any reward.
  private func cellsVisited(bonus: Double) throws -> (count: Double, hasAdapted: Bool) {
    let family = Short(PointRobot(.halfCircle), horizon: 9)
    let learner = try makeLearner(on: family, seed: 3) {
      ($0.outerUpdate, $0.innerStepSize) = (.none, 1)
      ($0.episodesPerInnerStep, $0.explorationBonus) = (10, bonus)
    }
    let streams = LaneRandom(seed: 9, lanes: 20)
    let newborn = learner.makeAgent(using: streams.split("birth"))
    let (agent, played) = try lived(
      learner, on: family, episodes: 60, random: streams, birth: streams.split("birth"))
    let counts = played.map { episodes in
      Set(episodes[40...].flatMap { $0.observations.map { Int(($0 / 0.25).rounded(.down)) } }).count
    }
    let (before, after) = (newborn.policyNetwork(lane: 0), agent.policyNetwork(lane: 0))
    let hasAdapted = before.layers[0].weights.floats != after.layers[0].weights.floats
    return (mean(counts.map(Double.init)), hasAdapted)
  }

  /// The control has no bonus: where nothing is paid, it stays as it was born.
  @Test("The bonus alone drives agents to where they have not been") func bonusDrivesAgents() throws {
    let (paid, unpaid) = (try cellsVisited(bonus: 0.1), try cellsVisited(bonus: 0))
    #expect(paid.hasAdapted && !unpaid.hasAdapted)
    #expect(paid.count > unpaid.count + 0.5, "\(paid.count) cells against \(unpaid.count)")
  }
}

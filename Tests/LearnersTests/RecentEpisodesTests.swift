import Learners
import MetaRL
import Tensors
import Testing

@Suite struct RecentEpisodesTests {
  private func step(_ rewards: [Float], isLive: [Bool]) -> Transition {
    let places = Tensor(repeating: 0, shape: [2, 1])
    return Transition(
      observations: places, actions: .discrete([0, 0]), rewards: Rewards(rewards), nextObservations: places,
      terminated: [false, false], truncated: [false, false], isLive: isLive, reportedReward: .dense)
  }

  @Test("Episodes come as soon as there are enough and then start again") func episodesComeWhenThereAreEnough() {
    var recent = RecentEpisodes(every: 2, laneCount: 2)
    for first: Float in [1, 10] {
      recent.record(step([first, 5], isLive: [true, false]))
      #expect(recent.endEpisode() == nil)
      recent.record(step([first + 1, 7], isLive: [true, true]))
      recent.record(step([first + 2, 8], isLive: [true, false]))
      let episodes = recent.endEpisode()
      #expect(episodes?.map { $0.map(\.denseRewards) } == [[[first], [first + 1, first + 2]], [[], [7]]])
    }
  }

  @Test("Meta parameters are taken apart as they were put together") func metaParameters() {
    let weights = Parameters(names: ["a", "b"], tensors: [Tensor([1, 2], shape: [2]), Tensor([3], shape: [1])])
    let theta = MetaParameters(weights, stepSizes: weights.map { 0.5 * $0 }).theta
    #expect(theta.names == ["a", "b", "stepSize.a", "stepSize.b"])
    let parts = MetaParameters(of: theta)
    #expect(parts.weights.names == ["a", "b"] && parts.stepSizes.names == ["a", "b"])
    #expect(parts.stepSizes["a"].floats == [0.5, 1] && parts.stepSize("b").floats == [1.5])
    #expect(MetaParameters(weights, stepSizes: nil).theta.names == ["a", "b"])
  }
}

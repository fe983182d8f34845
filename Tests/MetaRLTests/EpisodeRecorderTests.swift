import MetaRL
import Tensors
import Testing

@Suite struct EpisodeRecorderTests {
  /// Lane `i` lives for `1 + i % 7` steps; what a lane does after its end is not a number.
  private static func steps(lanes: Int) -> [Transition] {
    (0..<7).map { step in
      func row(_ width: Int, _ start: Float) -> [Float] {
        (0..<lanes * width).map { i in step <= i / width % 7 ? start + Float(100 * step + i) : .nan }
      }
      let isLive = (0..<lanes).map { step <= $0 % 7 }
      return Transition(
        observations: Tensor(row(2, 0.25), shape: [lanes, 2]),
        actions: .continuous(Tensor(row(3, 0.5), shape: [lanes, 3])),
        rewards: Rewards(dense: row(1, 0.125), sparse: row(1, 0.375)),
        nextObservations: Tensor(row(2, 100.25), shape: [lanes, 2]),
        terminated: (0..<lanes).map { step == $0 % 7 && $0 % 2 == 0 },
        truncated: [Bool](repeating: false, count: lanes), isLive: isLive, reportedReward: .dense)
    }
  }

  @Test(arguments: [1, 20, 64, 65, 150]) func eachLaneHasItsOwnStepsAndNoOthers(lanes: Int) throws {
    var recorder = EpisodeRecorder(laneCount: lanes)
    let steps = Self.steps(lanes: lanes)
    for step in steps { recorder.append(step, succeeded: (0..<lanes).map { $0 % 3 == 0 }) }
    let episodes = recorder.finish()
    #expect(episodes.count == lanes)
    for (lane, episode) in episodes.enumerated() {
      let lived = steps.prefix(1 + lane % 7)
      let seen = [steps[0].observations] + lived.map(\.nextObservations)
      #expect(episode.observations == seen.flatMap { $0.floats[2 * lane..<2 * lane + 2] })
      #expect(episode.denseRewards == lived.map { $0.rewards.dense[lane] })
      #expect(episode.sparseRewards == lived.map { $0.rewards.sparse[lane] })
      let actions = lived.flatMap { step -> ArraySlice<Float> in
        guard case .continuous(let tensor) = step.actions else { return [] }
        return tensor.floats[3 * lane..<3 * lane + 3]
      }
      #expect(episode.actions == .continuous(actions))
      #expect(episode.terminated == (lane % 2 == 0))
      #expect(episode.succeeded == (lane % 3 == 0))
    }
  }

  @Test("Choices are kept and where families know no success, there is none") func choicesAreKept() {
    var recorder = EpisodeRecorder(laneCount: 2)
    for step in 0..<3 {
      let observations = Tensor(repeating: 0, shape: [2, 1])
      recorder.append(
        Transition(
          observations: observations, actions: .discrete([step, 9 - step]), rewards: Rewards([0, 0]),
          nextObservations: observations, terminated: [false, step == 1], truncated: [step == 2, false],
          isLive: [true, step < 2], reportedReward: .dense))
    }
    let episodes = recorder.finish()
    #expect(episodes.map(\.actions) == [.discrete([0, 1, 2]), .discrete([9, 8])])
    #expect(episodes.map(\.succeeded) == [nil, nil] && episodes.map(\.terminated) == [false, true])
  }

  @Test func afterTheEndTheNextEpisodesBegin() {
    var recorder = EpisodeRecorder(laneCount: 7)
    let steps = Self.steps(lanes: 7)
    for step in steps { recorder.append(step) }
    let first = recorder.finish()
    for step in steps { recorder.append(step) }
    #expect(recorder.finish() == first)
    #expect(recorder.finish().allSatisfy { $0.stepCount == 0 && $0.observations.isEmpty })
  }
}

import Environments
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct QLearningTests {
  private func learner(
    on family: any TaskFamily = DarkRoom(size: .small), episodes: Int? = nil,
    _ change: (inout QLearning.Configuration) -> Void = { _ in }
  ) throws -> QLearning {
    try untrained(QLearning.self, on: family, episodes: episodes, change)
  }

  private func transition(
    _ observation: [Float], _ action: Int, _ reward: Float, _ next: [Float], terminated: Bool = false,
    truncated: Bool = false
  ) -> LaneTransition {
    LaneTransition(
      observation: observation, action: .discrete(action), reward: reward, nextObservation: next,
      terminated: terminated, truncated: truncated)
  }

  @Test("Values are those computed by hand: the horizon ends nothing, the task does") func values() throws {
    let learner = try learner { ($0.stepSize, $0.discount) = (0.5, 0.9) }
    var table = learner.makeAgent(using: LaneRandom(seed: 0, lanes: 1)).lanes.agents[0]
    let (a, b): ([Float], [Float]) = ([1, 0], [0, 1])
    #expect(table.values(at: a) == [0, 0, 0, 0, 0])
    table.observe(transition(a, 1, 1, b))
    #expect(table.values(at: a) == [0, 0.5, 0, 0, 0])
    // 2 + 0.9 * 0.5 is the target.
    table.observe(transition(b, 0, 2, a))
    #expect(table.values(at: b) == [1.225, 0, 0, 0, 0])
    // 0.9 * 1.225, though the episode is cut off here.
    table.observe(transition(a, 1, 0, b, truncated: true))
    #expect(abs(table.values(at: a)[1] - 0.80125) < 1e-12)
    table.observe(transition(b, 0, 1, a, terminated: true))
    #expect(abs(table.values(at: b)[0] - 1.1125) < 1e-12)
  }

  @Test("Exploration falls in equal steps from the first step of a lifetime to the last") func exploration() throws
  {
    let learner = try learner(on: Short(DarkRoom(size: .small), horizon: 3), episodes: 2)
    var table = learner.makeAgent(using: LaneRandom(seed: 0, lanes: 1)).lanes.agents[0]
    var random = RandomStream(seed: 0)
    for step in 0..<6 {
      #expect(abs(table.explorationProbability - (1 - 0.95 * Double(step) / 5)) < 1e-12)
      table.observe(transition([1], 0, 0, [1]))
      if step % 3 == 2 { table.endEpisode(using: &random) }
    }
    #expect(abs(table.explorationProbability - 0.05) < 1e-12)
  }

  @Test("It learns a dark room within a lifetime; without the discounted future it does not") func learning() throws
  {
    let family = DarkRoom(size: .small)
    func returns(_ change: (inout QLearning.Configuration) -> Void) throws -> (first: [Double], last: [Double]) {
      let learner = try learner(on: family, episodes: 300, change)
      let lives = try lived(learner, on: family, episodes: 300, random: LaneRandom(seed: 5, lanes: 48)).played
      func part(_ episodes: Range<Int>) -> [Double] { lives.map { mean($0[episodes].map(\.totalReward)) } }
      return (part(0..<15), part(285..<300))
    }
    let (first, last) = try returns { _ in }
    let control = try returns { $0.discount = 0 }
    #expect(estimate(first).mean < 1)
    #expect(estimate(last).mean - 4 * estimate(last).standardError > 6.5, "\(estimate(last))")
    #expect(estimate(control.last).mean + 4 * estimate(control.last).standardError < 6, "\(estimate(control.last))")
  }

  @Test("Vectors as actions and observations that are not whole numbers are refused") func refusals() throws {
    #expect(throws: UnsupportedFamilyError.self) { try learner(on: PointNavigation()) }
    var random = LaneRandom(seed: 0, lanes: 2)
    var agents = try learner().makeAgent(using: random)
    let half = Tensor([0, 0, 0.5, 0], shape: [2, 2])
    let transition = { (isLive: [Bool]) in
      Transition(
        observations: half, actions: .discrete([0, 0]), rewards: Rewards([0, 0]), nextObservations: half,
        terminated: [false, false], truncated: [false, false], isLive: isLive, reportedReward: .dense)
    }
    // What a lane shows after its end is nothing to it.
    agents.observe(transition([true, false]))
    try agents.endEpisode(using: &random)
    agents.observe(transition([true, true]))
    #expect(throws: UnsupportedFamilyError.self) { try agents.endEpisode(using: &random) }
  }
}

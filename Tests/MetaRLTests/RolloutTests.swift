import MetaRL
import Tensors
import Testing

@Suite struct RolloutTests {
  private struct Constant: Agent {
    let actions: Actions
    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions { actions }
  }

  /// Takes anything, and returns something wrong at its third step.
  private struct Faulty: Environment {
    enum Fault: CaseIterable {
      case none, reward, sparseReward, observation, observationSize, rewardCount, terminationCount
    }
    let laneCount = 2
    let fault: Fault
    var step = 0

    mutating func reset(using random: inout LaneRandom) -> Tensor { Tensor(repeating: 0, shape: [2, 3]) }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      step += 1
      var outcome = StepOutcome(
        observations: Tensor(repeating: 0, shape: [2, 3]), rewards: Rewards([0, 0]), terminated: [false, false])
      guard step == 3 else { return outcome }
      switch fault {
      case .none: break
      case .reward: outcome.rewards = Rewards([0, .nan])
      case .sparseReward: outcome.rewards.sparse[0] = .infinity
      case .observation: outcome.observations = Tensor([0, 0, 0, 0, .nan, 0], shape: [2, 3])
      case .observationSize: outcome.observations = Tensor(repeating: 0, shape: [2, 4])
      case .rewardCount: outcome.rewards = Rewards([0])
      case .terminationCount: outcome.terminated = [false]
      }
      return outcome
    }
  }

  private func failure(
    _ actions: Actions, _ fault: Faulty.Fault = .none, in space: ActionSpace = .discrete(count: 2)
  ) -> String? {
    var (agent, environment) = (Constant(actions: actions), Faulty(fault: fault))
    do {
      let spec = EnvironmentSpec(observationSize: 3, actionSpace: space, horizon: 5)
      _ = try playEpisode(&agent, in: &environment, spec: spec, random: streams(2))
      return nil
    } catch { return "\(error)" }
  }

  @Test func actionsOfTheWrongShapeKindOrRangeAreRefused() {
    #expect(failure(.discrete([0, 1])) == nil)
    #expect(failure(.discrete([0])) == "the agent returned 1 actions for 2 lanes at step 0")
    let range = "where the family has choices 0 to 1 at step 0"
    #expect(failure(.discrete([0, 2])) == "the agent chose 2 in lane 1 \(range)")
    #expect(failure(.discrete([-1, 0])) == "the agent chose -1 in lane 0 \(range)")
    for shape in [[3, 1], [2]] {
      let numbers = failure(.continuous(Tensor(repeating: 0, shape: shape)), in: .continuous(size: 1))
      #expect(numbers == "the agent returned actions of shape \(shape) where the family takes [2, 1] at step 0")
    }
    let nan = failure(.continuous(Tensor([0, 0, .nan, 0], shape: [2, 2])), in: .continuous(size: 2))
    #expect(nan == "the agent's action in lane 1 is nan at step 0")
    let vectors = failure(.continuous(Tensor([0, 0], shape: [2, 1])))
    #expect(vectors == "the agent returned vectors where the family takes choices at step 0")
    let choices = failure(.discrete([0, 1]), in: .continuous(size: 1))
    #expect(choices == "the agent returned choices where the family takes vectors at step 0")
  }

  @Test("Outcomes that are not numbers or of the wrong shape are refused") func wrongOutcomes() {
    let actions = Actions.discrete([0, 0])
    #expect(failure(actions, .reward) == "the environment's reward in lane 1 at step 2 is not finite")
    #expect(failure(actions, .sparseReward) == "the environment's reward in lane 0 at step 2 is not finite")
    #expect(failure(actions, .observation) == "the environment's observation in lane 1 at step 2 is not finite")
    for fault in [Faulty.Fault.observationSize, .rewardCount, .terminationCount] {
      #expect(failure(actions, fault)?.contains("step 2 does not have 2 lanes") == true)
    }
  }

  @Test func whatALaneReturnsAfterItsEndIsIgnored() throws {
    /// Ends in lane 1 at once, and returns nonsense there from then on.
    struct Broken: Environment {
      let laneCount = 2
      var step = 0
      mutating func reset(using random: inout LaneRandom) -> Tensor { Tensor([0, 0], shape: [2, 1]) }
      mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
        step += 1
        let value: Float = step == 1 ? 1 : .nan
        return StepOutcome(
          observations: Tensor([1, value], shape: [2, 1]), rewards: Rewards([1, value]), terminated: [false, true])
      }
    }
    var (agent, environment) = (Constant(actions: .discrete([0, 0])), Broken())
    let episodes = try playEpisode(&agent, in: &environment, spec: NoiseFamily(horizon: 4).spec, random: streams(2))
    #expect(episodes.map(\.stepCount) == [4, 1])
    #expect(episodes.map(\.terminated) == [false, true])
    #expect(episodes.map { $0.totalReward(.dense) } == [4, 1])
    #expect(episodes[1].observations == [0, 1])
  }

  @Test("A lane that ends early does not shift its later episodes") func earlyEnds() throws {
    func play(_ endsAtOnce: [Bool]) throws -> [[Episode]] {
      var environment = NoiseFamily.Lanes(laneCount: 2)
      var agent = Ender(endsAtOnce: endsAtOnce)
      return try rollout(&agent, in: &environment, episodes: 0..<5, spec: NoiseFamily().spec, lifetime: streams(2))
    }
    let (short, long) = (try play([true, false]), try play([false, false]))
    #expect(short[0][0].stepCount == 1)
    #expect(long[0][0].stepCount == 6)
    for lane in 0..<2 { #expect(short[lane][1...] == long[lane][1...]) }
    #expect(short[1] == long[1])
  }

  @Test func aLifetimeCanBePlayedInPieces() throws {
    func play(_ pieces: [Range<Int>]) throws -> [[Episode]] {
      var environment = NoiseFamily.Lanes(laneCount: 3)
      var agent = Diary(for: NoiseFamily().spec, using: RandomStream(seed: 0)).makeAgent(using: streams(3))
      var played = [[Episode]](repeating: [], count: 3)
      for piece in pieces {
        let more = try rollout(
          &agent, in: &environment, episodes: piece, spec: NoiseFamily().spec, lifetime: streams(3))
        for lane in 0..<3 { played[lane] += more[lane] }
      }
      return played
    }
    #expect(try play([0..<4]) == play([0..<1, 1..<3, 3..<4]))
  }

  @Test func episodesTellWhetherTheyTerminatedOrWereCutOff() throws {
    var environment = NoiseFamily.Lanes(laneCount: 3)
    var agent = Diary(for: NoiseFamily().spec, using: RandomStream(seed: 0)).makeAgent(using: streams(3))
    let episodes = try playEpisode(&agent, in: &environment, spec: NoiseFamily().spec, random: streams(3, seed: 4))
    for (lane, episode) in episodes.enumerated() {
      let live = agent.seen.filter { $0.isLive[lane] }
      #expect(live.count == episode.stepCount)
      #expect(live.dropLast().allSatisfy { !$0.terminated[lane] && !$0.truncated[lane] })
      #expect(live.last?.terminated[lane] == episode.terminated)
      #expect(live.last?.truncated[lane] == episode.truncated)
      #expect(live.map { $0.rewards.dense[lane] } == episode.denseRewards)
      #expect(agent.seen.dropFirst(live.count).allSatisfy { !$0.isLive[lane] && !$0.truncated[lane] })
    }
  }
}

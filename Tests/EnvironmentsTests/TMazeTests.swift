import Environments
import MetaRL
import Tensors
import Testing

extension TMaze {
  /// The choices of the walk to where the side is shown, and to an arm.
  func walk(upwards: Bool) -> [Actions] {
    let back = variant == .active ? [2] : []
    let right = [Int](repeating: 0, count: length + back.count)
    return (back + right + [upwards ? 1 : 3]).map { .discrete([$0]) }
  }
}

@Suite struct TMazeTests {
  /// What choices lead to in one lane: the observations, that of the start too, and the rewards.
  private func played(
    _ family: TMaze, upperPays: Bool, _ choices: [Int]
  ) throws -> (observations: [[Float]], rewards: [Float]) {
    var stage = try Stage(family, [.init(upperPays: upperPays)])
    let steps = try choices.map { try stage.choose($0) }
    #expect(steps.allSatisfy { $0.terminated == [false] && $0.rewards.dense == $0.rewards.sparse })
    for (number, step) in steps.enumerated() {
      #expect(step.succeeded == [number + 1 == family.spec.horizon && step.rewards.dense[0] == 1])
    }
    return ([stage.start.floats] + steps.map(\.observations.floats), steps.map { $0.rewards.dense[0] })
  }

  private func expectRewards(_ rewards: [Float], _ expected: [Double]) {
    #expect(rewards.count == expected.count)
    for (reward, value) in zip(rewards, expected) { #expect(abs(Double(reward) - value) < 1e-7, "\(rewards)") }
  }

  @Test func thePassiveMazeShowsTheSideAtTheStart() throws {
    let family = TMaze(.passive, length: 3)
    #expect(family.spec.horizon == 4)
    for (upperPays, side) in [(true, Float(1)), (false, -1)] {
      let walk = try played(family, upperPays: upperPays, [0, 0, 0, upperPays ? 1 : 3])
      #expect(walk.observations == [[0, side], [0, 0], [0, 0], [1, 0], [1, side]])
      #expect(walk.rewards == [0, 0, 0, 1])
      // The other arm.
      #expect(try played(family, upperPays: upperPays, [0, 0, 0, upperPays ? 3 : 1]).rewards == [0, 0, 0, 0])
    }
    // Off the maze there is nowhere to go; the side is not shown again; every step but the last costs a third.
    let still = try played(family, upperPays: true, [1, 2, 3, 2])
    #expect(still.observations == [[0, 1], [0, 0], [0, 0], [0, 0], [0, 0]])
    expectRewards(still.rewards, [-1.0 / 3, -1.0 / 3, -1.0 / 3, 0])
    // Back at the start.
    let back = try played(family, upperPays: true, [0, 2, 0, 0])
    #expect(back.observations == [[0, 1], [0, 0], [0, 0], [0, 0], [0, 0]])
    expectRewards(back.rewards, [0, -1.0 / 3, -1.0 / 3, 0])
  }

  @Test func theActiveMazeShowsTheSideAStepBack() throws {
    let family = TMaze(.active, length: 3)
    #expect(family.spec.horizon == 6)
    for (upperPays, side) in [(true, Float(1)), (false, -1)] {
      let walk = try played(family, upperPays: upperPays, [2, 0, 0, 0, 0, upperPays ? 1 : 3])
      #expect(walk.observations == [[0, 0], [0, side], [0, 0], [0, 0], [0, 0], [1, 0], [1, side]])
      #expect(walk.rewards == [0, 0, 0, 0, 0, 1])
    }
    // The first visit alone shows the side. Two steps are free, which the way there and back takes.
    let twice = try played(family, upperPays: false, [2, 0, 2, 2, 0, 0])
    #expect(twice.observations == [[0, 0], [0, -1], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]])
    expectRewards(twice.rewards, [0, 0, -1.0 / 3, -1.0 / 3, -1.0 / 3, 0])
    // Without a look at it the junction is reached early. Of an arm, one choice leads back.
    let early = try played(family, upperPays: true, [0, 0, 0, 3, 2, 1])
    #expect(early.observations == [[0, 0], [0, 0], [0, 0], [1, 0], [1, -1], [1, -1], [1, 0]])
    #expect(early.rewards == [0, 0, 0, 0, 0, 0])
    let waiting = try played(family, upperPays: true, [0, 0, 0, 1, 0, 1])
    #expect(waiting.observations.suffix(3) == [[1, 1], [1, 1], [1, 1]])
    #expect(waiting.rewards == [0, 0, 0, 0, 0, 1])
  }

  /// The return of a walk to an arm, in the mean over the two tasks.
  private func meanReturn(_ family: TMaze, upwards: (_ upperPays: Bool) -> Bool) throws -> Double {
    let returns = try [true, false].map { upperPays in
      var environment = family.makeEnvironment([.init(upperPays: upperPays)])
      var agent = Script(actions: family.walk(upwards: upwards(upperPays)))
      return try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())[0].totalReward
    }
    return returns.reduce(0, +) / 2
  }

  @Test(arguments: TMaze.Variant.allCases, TMaze.lengths)
  func whoRemembersTheSideEarnsTheOracleReturnAndOthersHalf(variant: TMaze.Variant, length: Int) throws {
    let family = TMaze(variant, length: length)
    #expect(try meanReturn(family) { $0 } == family.card.oracle.value)
    #expect(try meanReturn(family) { _ in true } == 0.5)
    #expect(try meanReturn(family) { !$0 } == 0)
  }

  /// The numbers to six places are the specification's, the others those of an independent program.
  @Test func randomReturnsAreExact() throws {
    let returns: [(TMaze.Variant, Int, Double, Double)] = [
      (.passive, 10, -0.966666, -0.9666664600372314), (.passive, 20, -0.983333, -0.983333333333121),
      (.passive, 50, -0.993333, -0.9933333333333337), (.passive, 100, -0.996667, -0.9966666666666673),
      (.active, 10, -0.974070, -0.9740699470043184), (.active, 20, -0.987037, -0.9870370370233671),
      (.active, 50, -0.994815, -0.9948148148148152), (.active, 100, -0.997407, -0.997407407407408),
    ]
    for (variant, length, stated, value) in returns {
      let family = TMaze(variant, length: length)
      let random = family.card.random
      #expect(abs(random.value - stated) < 1e-6 && abs(random.value - value) < 1e-12, "\(family.card.name)")
      #expect(try simulatedRandom(family, tasks: 2_000, seed: 2).agrees(with: random), "\(family.card.name)")
    }
    // A corridor of one step: right, then an arm; of 16 pairs of choices one wins, and of four choices three are late.
    #expect(TMaze(length: 1).card.random.value == 1.0 / 16 - 3.0 / 4)
  }
}

import Environments
import MetaRL
import Tensors
import Testing

private let families: [any TaskFamily] =
  [
    PointNavigation(), PointNavigation(goals: .two), CornerNavigation(reportedReward: .dense),
    CornerNavigation(reportedReward: .sparse), MomentumNavigation(), WallNavigation(), BernoulliBandit(),
    BernoulliBandit(arms: 10, pulls: 100), BernoulliBandit(arms: 50, pulls: 500), GridWorld(),
    GridWorld(maps: .neighbors), SinusoidRegression(points: 5), SinusoidRegression(points: 10),
    SinusoidRegression(points: 20), SinusoidRegression(phases: .full), TabularMDP(),
    TabularMDP(episodesPerLifetime: 100), GaussianBandit(),
    GaussianBandit(arms: 10, pulls: 100), GridNavigation(), GridNavigation(.show), GridNavigation(.dense),
    RoomNavigation(),
    Wind(), DarkRoom(size: .small), DarkRoom(),
    DarkRoom(size: .hard), DarkRoom(size: .fromCorner), PermutedDarkRoom(), DarkKeyToDoor(), Maze(),
    Maze(episodesPerLifetime: 5), Maze(size: .large), RepeatWinner(),
    PointRobot(), PointRobot(.halfCircle), PointRobot(.wideHalfCircle), PointRobot(.varibad),
    VelocityTrackingLite(),
    PointMassLite(.goal), PointMassLite(.direction), RandomParametersLite(), WheeledRobotLite(), PointRing(),
    BlockPushingLite(), DiscountingChain(), DiscountingChain(bonus: .thirtySteps), FaultyActuatorLite(),
    FaultyActuatorLite(switches: true), BusCity(), BusCity(.distracting), BusCity(.map), Cooking(), PayToLook(),
  ] + TMaze.Variant.allCases.flatMap { variant in TMaze.lengths.map { TMaze(variant, length: $0) } }
private let numbers = Array(families.indices)

/// What every family promises beyond the checks of `ZooChecks`; families are named by their number in the list above.
@Suite struct FamilyTests {
  @Test(arguments: numbers) func theTrajectoryHashIsThatOfTheCard(_ number: Int) throws {
    let card = families[number].card
    let computed = try trajectoryHash(of: families[number])
    #expect(computed == card.trajectoryHash, "\(card.versionedName) behaves differently than its card says")
  }

  @Test func familiesHaveDifferentNames() {
    #expect(Set(families.map(\.card.name)).count == families.count)
  }

  @Test(arguments: numbers) func splitsShareNoTaskUnlessTheirNumberIsFinite(_ number: Int) {
    func check(_ family: some TaskFamily) {
      func descriptors(_ split: TaskID.Split) -> Set<[Float]> {
        Set((0..<(family.taskCount(in: split) ?? 50)).map { family.descriptor(of: family.task(TaskID(split, $0))) })
      }
      let (train, validation, test) = (descriptors(.train), descriptors(.validation), descriptors(.test))
      if let count = family.taskCount(in: .train) {
        #expect(train.count == count)
        // A few tasks are either the same in all splits, which is said, or dealt out to them.
        if family.card.summary.contains("Test tasks are training tasks") {
          #expect(train == test)
        } else {
          #expect(train.isDisjoint(with: test) && train.isDisjoint(with: validation))
          #expect(validation.isDisjoint(with: test))
        }
      } else {
        #expect(train.count == 50)
        #expect(train.isDisjoint(with: test))
        #expect(train.isDisjoint(with: validation))
        #expect(validation.isDisjoint(with: test))
      }
    }
    check(families[number])
  }

  @Test("With its descriptor, a family shows the task and nothing else changes", arguments: numbers)
  func descriptorShowsTheTask(_ number: Int) throws {
    func check(_ family: some TaskFamily) throws {
      let shown = WithDescriptor(family)
      let ids = (0..<3).map { TaskID(.test, $0) }
      let random = LaneRandom(seed: 7, lanes: 3)
      var (plain, extended) = (family.makeEnvironment(for: ids), shown.makeEnvironment(for: ids))
      var agents = (randomAgent(for: family.spec), randomAgent(for: shown.spec))
      let expected = try playEpisode(&agents.0, in: &plain, spec: family.spec, random: random)
      let episodes = try playEpisode(&agents.1, in: &extended, spec: shown.spec, random: random)
      let (size, width) = (family.spec.observationSize, shown.spec.observationSize)
      for (lane, episode) in episodes.enumerated() {
        let descriptor = family.descriptor(of: family.task(ids[lane]))
        #expect(width == size + descriptor.count)
        #expect(episode.denseRewards == expected[lane].denseRewards)
        for step in 0...episode.stepCount {
          let row = Array(episode.observations[step * width..<(step + 1) * width])
          #expect(row == expected[lane].observations[step * size..<(step + 1) * size] + descriptor)
        }
      }
    }
    try check(families[number])
  }
}

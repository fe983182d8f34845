import Environments
import MetaRL
import Tensors
import Testing

/// Every family there is.
private let families: [any TaskFamily] = [
  PointNavigation(), PointNavigation(goals: .two), CornerNavigation(reportedReward: .dense),
  CornerNavigation(reportedReward: .sparse), MomentumNavigation(), WallNavigation(), BernoulliBandit(),
  BernoulliBandit(arms: 10, pulls: 100), BernoulliBandit(arms: 50, pulls: 500), GridWorld(),
  GridWorld(maps: .neighbors), SinusoidRegression(points: 5), SinusoidRegression(points: 10),
  SinusoidRegression(points: 20), SinusoidRegression(phases: .full), TabularMDP(),
  TabularMDP(episodesPerLifetime: 100), GaussianBandit(),
  GaussianBandit(arms: 10, pulls: 100), GridNavigation(), DarkRoom(size: .small), DarkRoom(),
  DarkRoom(size: .hard), Maze(), Maze(episodesPerLifetime: 5), Maze(size: .large), RepeatWinner(),
  PointRobot(), PointRobot(.halfCircle), PointRobot(.wideHalfCircle), PointRobot(.varibad), VelocityTrackingLite(),
  PointMassLite(.goal), PointMassLite(.direction), RandomParametersLite(), WheeledRobotLite(), PointRing(),
  BlockPushingLite(), DiscountingChain(), DiscountingChain(bonus: .thirtySteps), FaultyActuatorLite(),
  FaultyActuatorLite(switches: true),
]
private let numbers = Array(families.indices)

/// What every family promises; families are named by their number in the list above.
@Suite struct FamilyTests {
  @Test(arguments: numbers) func theTrajectoryHashIsThatOfTheCard(_ number: Int) throws {
    let card = families[number].card
    let computed = try trajectoryHash(of: families[number])
    #expect(computed == card.trajectoryHash, "\(card.versionedName) behaves differently than its card says")
  }

  @Test func familiesHaveDifferentNames() {
    #expect(Set(families.map(\.card.name)).count == families.count)
  }

  @Test(arguments: numbers) func oneNameIsOneTask(_ number: Int) {
    func check(_ family: some TaskFamily) {
      for split in TaskID.Split.allCases {
        let (once, again) = (family.task(TaskID(split, 3)), family.task(TaskID(split, 3)))
        #expect(family.descriptor(of: once) == family.descriptor(of: again))
      }
    }
    check(families[number])
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

  @Test(arguments: numbers) func lanesDoNotTouch(_ number: Int) throws {
    func check(_ family: some TaskFamily) throws {
      let ids = (0..<7).map { TaskID(.test, $0) }
      let streams = (0..<7).map { RandomStream(seed: 5).split("lane", $0) }
      func play(_ lanes: [Int]) throws -> [[Episode]] {
        var environment = family.makeEnvironment(for: lanes.map { ids[$0] })
        let lifetime = LaneRandom(lanes.map { streams[$0] })
        var agent = randomAgent(for: family.spec)
        return try rollout(
          &agent, in: &environment, episodes: 0..<3, spec: family.spec, lifetime: lifetime)
      }
      let together = try play(Array(0..<7))
      for lane in 0..<7 { #expect(try play([lane]) == [together[lane]]) }
    }
    try check(families[number])
  }

  @Test(arguments: numbers) func episodesFitTheSpec(_ number: Int) throws {
    func check(_ family: some TaskFamily) throws {
      let spec = family.spec
      var environment = family.makeEnvironment(for: (0..<20).map { TaskID(.train, $0) })
      #expect(environment.laneCount == 20)
      var agent = randomAgent(for: spec)
      let random = LaneRandom((0..<20).map { RandomStream(seed: 6).split("lane", $0) })
      for episode in try playEpisode(&agent, in: &environment, spec: spec, random: random) {
        #expect(episode.observations.count == (episode.stepCount + 1) * spec.observationSize)
        #expect(episode.stepCount <= spec.horizon)
        #expect(episode.terminated || episode.stepCount == spec.horizon)
        #expect(episode.denseRewards.allSatisfy(\.isFinite) && episode.sparseRewards.allSatisfy(\.isFinite))
      }
    }
    try check(families[number])
  }

  @Test(arguments: numbers) func withItsDescriptorAFamilyShowsTheTaskAndNothingElseChanges(_ number: Int) throws {
    func check(_ family: some TaskFamily) throws {
      let shown = WithDescriptor(family)
      let ids = (0..<3).map { TaskID(.test, $0) }
      let random = LaneRandom(ids.map { RandomStream(seed: 7).split("lane", $0.index) })
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

  @Test(arguments: numbers) func tasksSurviveEncoding(_ number: Int) throws {
    func check(_ family: some TaskFamily) throws {
      let task = family.task(TaskID(.test, 1))
      #expect(try family.descriptor(of: decodedCopy(task)) == family.descriptor(of: task))
    }
    try check(families[number])
  }
}

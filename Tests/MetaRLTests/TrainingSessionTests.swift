import Environments
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct TrainingSessionTests {
  private func session(_ family: any TaskFamily, iteration: Int = 0, workers: Int = 1) -> TrainingSession {
    TrainingSession(family: family, iteration: iteration, random: RandomStream(seed: 8), workers: Workers(workers))
  }

  private func play(
    _ session: inout TrainingSession, _ tasks: [TaskID], phase: String = "first"
  ) throws -> [[Episode]] {
    let learner = RandomActions(.init(), for: session.spec, using: RandomStream(seed: 0))
    return try session.play(on: tasks, episodes: 4, phase: phase) { _, random in
      learner.makeAgent(using: random)
    }
  }

  @Test func episodesDoNotDependOnTheNumberOfWorkers() throws {
    for family: any TaskFamily in [PointNavigation(), CornerNavigation(), BernoulliBandit(), NoiseFamily()] {
      var (alone, together) = (session(family), session(family, workers: 2))
      let tasks = alone.sampleTasks(9)
      #expect(tasks == together.sampleTasks(9))
      #expect(try play(&alone, tasks) == play(&together, tasks))
      #expect(alone.environmentSteps == together.environmentSteps)
    }
  }

  @Test func aTasksEpisodesDoNotDependOnTheTasksBehindIt() throws {
    var (few, many) = (session(CornerNavigation()), session(CornerNavigation()))
    let tasks = many.sampleTasks(6)
    #expect(try play(&few, Array(tasks.prefix(2))) == Array(play(&many, tasks).prefix(2)))
  }

  @Test("Another phase and another iteration are other episodes") func phasesAndIterations() throws {
    var (first, second) = (session(CornerNavigation()), session(CornerNavigation(), iteration: 1))
    let tasks = first.sampleTasks(2)
    let episodes = [
      try play(&first, tasks), try play(&first, tasks, phase: "second"), try play(&second, tasks),
    ]
    #expect(episodes[0] != episodes[1])
    #expect(episodes[0] != episodes[2])
    #expect(episodes[0][0][0] != episodes[0][0][1])
  }

  @Test func onlyLiveStepsAreCounted() throws {
    struct Walker: Agent {
      mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
        .continuous(Tensor((0..<random.count).flatMap { _ in [Float(1), 0] }, shape: [random.count, 2]))
      }
    }
    var session = session(PointNavigation(goals: .two))
    let tasks = [TaskID(.train, 0), TaskID(.train, 1)]
    let episodes = try session.play(on: tasks, episodes: 3, phase: "walk") { _, _ in Walker() }
    #expect(episodes.map { $0.map(\.stepCount) } == [[5, 5, 5], [100, 100, 100]])
    #expect(session.environmentSteps == 315)
    _ = try session.play(on: [tasks[0]], episodes: 1, phase: "again") { _, _ in Walker() }
    #expect(session.environmentSteps == 320)
  }

  @Test func sampledTasksAreTrainingTasksOfTheFamily() {
    func draw(_ family: any TaskFamily, iteration: Int = 0) -> [TaskID] {
      var session = session(family, iteration: iteration)
      return session.sampleTasks(100)
    }
    let few = draw(GridWorld())
    #expect(few.allSatisfy { $0.split == .train })
    #expect(Set(few.map(\.index)) == [0, 1, 2, 3])
    let many = draw(PointNavigation())
    #expect(Set(many).count == 100)
    #expect(draw(PointNavigation(), iteration: 1) != many)
  }

  @Test func tasksDrawnAgainInAnIterationAreOthers() {
    var session = session(PointNavigation())
    #expect(session.sampleTasks(3) != session.sampleTasks(3))
  }

  @Test func testTasksCannotBePlayedInTraining() {
    var session = session(PointNavigation())
    #expect(throws: RolloutError("test task 4 is not for training")) {
      _ = try play(&session, [TaskID(.train, 0), TaskID(.test, 4)])
    }
    #expect(session.environmentSteps == 0)
  }

  @Test func aPhaseThatWasPlayedCannotBePlayedAgain() throws {
    var session = session(PointNavigation())
    _ = try play(&session, [TaskID(.train, 0)])
    #expect(throws: RolloutError.self) { _ = try play(&session, [TaskID(.train, 1)]) }
  }

  /// How episodes are dealt out to lanes changes nothing: one after the other, they are those played side by side.
  @Test("Episodes are the same side by side and one after the other") func sideBySide() throws {
    let family = CornerNavigation()
    let random = streams(5, seed: 2)
    let policy = RandomActions(.init(), for: family.spec, using: RandomStream(seed: 0))
    func play(_ lanes: ClosedRange<Int>) throws -> [Episode] {
      var environment = family.makeEnvironment(for: lanes.map { _ in TaskID(.train, 1) })
      var agent = policy.makeAgent(using: random[lanes])
      return try playEpisode(&agent, in: &environment, spec: family.spec, random: random[lanes])
    }
    let together = try play(0...4)
    let alone = try (0...4).flatMap { try play($0...$0) }
    #expect(together == alone)
  }

  @Test func descriptorsAreThoseOfTheTasks() {
    let rows = session(PointNavigation(goals: .two)).descriptors(of: [TaskID(.train, 0), TaskID(.train, 1)])
    #expect(rows == [[0.5, 0], [-0.5, 0]])
  }

  @Test func metricsAreKeptInOrder() {
    var session = session(GridWorld())
    session.log("second", 2)
    session.log("first", 1)
    #expect(session.metrics.map(\.name) == ["second", "first"])
    #expect(session.metrics.map(\.value) == [2, 1])
  }
}

import Environments
import MetaRL
import Tensors
import Testing

@Suite struct EvaluationTests {
  private func curve(
    tasks: Int = 23, episodes: Int = 4, probes: [Int]? = nil, episodesPerProbe: Int = 2, workers: Int = 1,
    seed: UInt64 = 1
  ) throws -> AdaptationCurve {
    let family = NoiseFamily()
    let evaluation = EvaluationProtocol(
      taskCount: tasks, episodesPerLifetime: episodes, probes: probes, episodesPerProbe: episodesPerProbe)
    return try evaluate(
      Diary(for: family.spec, using: RandomStream(seed: 0)), on: family, evaluation,
      random: RandomStream(seed: seed), workers: Workers(workers))
  }

  @Test func probesDoNotDisturbTheLifetime() throws {
    let (unprobed, probed) = (try curve(probes: []), try curve(probes: nil, episodesPerProbe: 3))
    #expect(unprobed.online == probed.online)
    #expect(unprobed.adapted.joined().isEmpty)
  }

  @Test func probesDoNotDisturbEachOther() throws {
    let (all, one) = (try curve(probes: [0, 1, 3]), try curve(probes: [3]))
    #expect(all.adapted.map { $0[2] } == one.adapted.map { $0[0] })
  }

  @Test func resultsDoNotDependOnTheNumberOfWorkers() throws {
    let (alone, together) = (try curve(workers: 1), try curve(workers: 3))
    #expect(alone.online == together.online)
    #expect(alone.adapted == together.adapted)
  }

  @Test func aTasksResultsDoNotDependOnTheTasksBesideIt() throws {
    let many = try curve(tasks: 23)
    for count in [1, 7, 12] {
      let few = try curve(tasks: count)
      #expect(few.online == Array(many.online.prefix(count)))
      #expect(few.adapted == Array(many.adapted.prefix(count)))
    }
  }

  @Test func anotherStreamIsAnotherResult() throws {
    #expect(try curve(seed: 1).online != curve(seed: 2).online)
  }

  @Test func experienceIsCountedInLiveStepsOfTheLifetime() throws {
    let curve = try curve()
    for lifetime in curve.online {
      var steps = 0
      for episode in lifetime {
        #expect(episode.experienceSteps == steps)
        steps += episode.stepCount
      }
    }
    for (lifetime, probes) in zip(curve.online, curve.adapted) {
      let expected = (0...4).map { count in lifetime.prefix(count).reduce(0) { $0 + $1.stepCount } }
      #expect(probes.map { $0.map(\.experienceSteps) } == expected.map { [$0, $0] })
    }
    let all = curve.online.joined().map(\.stepCount) + curve.adapted.joined().joined().map(\.stepCount)
    #expect(curve.environmentSteps == all.reduce(0, +))
  }

  @Test func aCurveHasTheShapeOfItsProtocol() throws {
    let curve = try curve(tasks: 3, probes: [0, 4], episodesPerProbe: 2)
    #expect(curve.tasks == (0..<3).map { TaskID(.test, $0) })
    #expect(curve.online.map(\.count) == [4, 4, 4])
    #expect(curve.adapted.map { $0.map(\.count) } == [[2, 2], [2, 2], [2, 2]])
  }

  @Test func lifetimesPlayedAgainAreThoseOfTheEvaluation() throws {
    let (family, whole) = (NoiseFamily(), try curve(tasks: 9))
    let tasks = [TaskID(.test, 7), TaskID(.test, 2)]
    let evaluation = EvaluationProtocol(taskCount: 2, episodesPerLifetime: 3, probes: [1, 3], episodesPerProbe: 2)
    var told: [[Int]] = []
    _ = try live(
      Diary(for: family.spec, using: RandomStream(seed: 0)), on: family, tasks, evaluation,
      lifetime: lifetimeRandom(of: tasks, in: RandomStream(seed: 1))
    ) { played in
      told.append([played.kind == .online ? 0 : 1, played.episode, played.repetition])
      for (task, episode) in zip(tasks, played.episodes) {
        let due =
          switch played.kind {
          case .online: whole.online[task.index][played.episode]
          case .adapted: whole.adapted[task.index][played.episode][played.repetition]
          }
        #expect(episode.totalReward == due.totalReward)
        #expect(episode.stepCount == due.stepCount)
      }
    }
    #expect(told == [[0, 0, 0], [1, 1, 0], [1, 1, 1], [0, 1, 0], [0, 2, 0], [1, 3, 0], [1, 3, 1]])
  }

  @Test func protocolsThatDifferHaveNamesThatDiffer() {
    let first = EvaluationProtocol(taskCount: 10, episodesPerLifetime: 3)
    let protocols = [
      first, .init(taskCount: 11, episodesPerLifetime: 3), .init(taskCount: 10, episodesPerLifetime: 4),
      .init(taskCount: 10, episodesPerLifetime: 3, probes: []),
      .init(taskCount: 10, episodesPerLifetime: 3, probes: [0, 3]),
      .init(taskCount: 10, episodesPerLifetime: 3, episodesPerProbe: 2),
      .init(split: .validation, taskCount: 10, episodesPerLifetime: 3),
    ]
    #expect(Set(protocols.map(\.identifier)).count == protocols.count)
  }
}

@Suite struct TrajectoryHashTests {
  @Test func theHashChangesWithTheFamilysBehavior() throws {
    let hash = try trajectoryHash(of: NoiseFamily())
    #expect(try trajectoryHash(of: NoiseFamily()) == hash)
    #expect(try trajectoryHash(of: NoiseFamily(horizon: 7)) != hash)
    #expect(try trajectoryHash(of: WithDescriptor(NoiseFamily())) != hash)
    #expect(hash.count == 16)
  }
}

import Foundation
import GymnasiumBridge
import MetaRL
import Tensors
import Testing
import ZooChecks

@Suite(.enabled(if: Python.isThere, Comment(rawValue: Python.isMissing))) struct BridgeTests {
  /// The walk of `fake_worker.py`, written again.
  private func walk(_ family: GymnasiumFamily, lane: Int, episode: Int) -> (observations: [Float], rewards: [Float])
  {
    let streams = LaneRandom([RandomStream(seed: 0).split("lane", lane)]).split("episode", episode)
    var (environment, agent) = (streams.split("environment"), streams.split("agent"))
    let seed = Int(environment[0].bits() >> 33)
    let goal = Float(Double(family.task(TaskID(.test, lane)).seed % 1000) / 1000)
    var x = [Float(Double(seed % 1000) / 1000), Float(Double(seed / 1000 % 1000) / 1000)]
    var (observations, rewards) = (x, [Float]())
    for _ in 0..<20 where x[0] <= 1 {
      let action = agent.normals(perLane: 2)
      for axis in 0..<2 {
        // The worker computes in double precision and rounds once.
        x[axis] = Float(Double(x[axis]) + Double(Float(0.1 * Double(min(max(action[axis], -1), 1)))))
      }
      observations += x
      rewards.append(Float(Double(goal) - Double(x[0])))
    }
    return (observations, rewards)
  }

  @Test("Episodes are those that another implementation plays") func episodesOfAnotherImplementation() throws {
    let family = try fake()
    let played = try play(family, lanes: 5, episodes: 0..<4)
    for (lane, episodes) in played.enumerated() {
      for (number, episode) in episodes.enumerated() {
        let expected = walk(family, lane: lane, episode: number)
        #expect(episode.observations == expected.observations)
        #expect(episode.denseRewards == expected.rewards)
        #expect(episode.sparseRewards == expected.rewards.map { 2 * $0 })
        #expect(episode.terminated == (episode.observations.suffix(2)[episode.observations.count - 2] > 1))
        let places = stride(from: 2, to: episode.observations.count, by: 2).map { episode.observations[$0] }
        #expect(episode.succeeded == places.contains { $0 > 0.9 })
      }
    }
    // Lanes that end early and lanes that do not: both are in there.
    #expect(Set(played.joined().map(\.terminated)) == [true, false])
  }

  @Test func numbersKeepTheirLastBit() throws {
    let family = try fake("echo")
    #expect(family.spec.reportedReward == .sparse)
    var environment = family.makeEnvironment(for: [TaskID(.test, 0), TaskID(.test, 1)])
    var random = LaneRandom([RandomStream(seed: 0), RandomStream(seed: 1)])
    _ = try environment.reset(using: &random)
    let odd: [Float] = [
      0.1, -0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 + .ulpOfOne, -1 / 3,
    ]
    let outcome = try environment.step(.continuous(Tensor(odd, shape: [2, 3])), using: &random)
    #expect(outcome.observations.floats.map(\.bitPattern) == odd.map(\.bitPattern))
    #expect(outcome.rewards.sparse == [1, 1])
    #expect(outcome.succeeded == [])
  }

  @Test(arguments: ["walk", "choices", "walk.few"]) func nothingIsWrongWithAFamilyThatKeepsItsPromises(name: String)
    throws
  {
    var options = FamilyCheckOptions()
    (options.laneCount, options.episodes) = (12, 3)
    #expect(problems(with: try fake(name), options: options) == [])
  }

  @Test(arguments: [
    ("walk.touch", "lanes never touch"), ("walk.keeps", "lanes never touch"),
    ("walk.random", "same streams, same episodes"), ("walk.nan-60", "is not finite"),
    ("walk.raise-60", "no such thing"),
  ])
  func checksFindWhatIsWrong(name: String, claim: String) throws {
    var options = FamilyCheckOptions()
    (options.laneCount, options.episodes) = (12, 3)
    let found = problems(with: try fake(name), options: options)
    #expect(found.contains { $0.contains(claim) }, "\(found)")
  }

  @Test func copiesThatAreResetPlayForThemselves() throws {
    let family = try fake()
    let ids = [TaskID(.test, 0), TaskID(.test, 1)]
    let streams = LaneRandom([RandomStream(seed: 3), RandomStream(seed: 4)])
    func episode(_ environment: inout GymnasiumLanes, _ name: String) throws -> [Episode] {
      var agent = Wanderer(space: family.spec.actionSpace)
      return try playEpisode(&agent, in: &environment, spec: family.spec, random: streams.split(name))
    }
    var alone = family.makeEnvironment(for: ids)
    let expected = [try episode(&alone, "first"), try episode(&alone, "second")]
    var original = family.makeEnvironment(for: ids)
    var copy = original
    _ = try episode(&copy, "probe")
    #expect(try episode(&original, "first") == expected[0])
    // In the middle of an episode of the original, a copy is reset and plays.
    var random = streams
    _ = try original.reset(using: &random)
    let action = Actions.continuous(Tensor([0.1, 0.2, 0.3, 0.4], shape: [2, 2]))
    let before = try original.step(action, using: &random)
    var other = original
    #expect(try episode(&other, "second") == expected[1])
    let after = try original.step(action, using: &random)
    #expect(after.observations.floats != before.observations.floats)
    #expect(try episode(&original, "second") == expected[1])
  }

  private func message(_ body: () throws -> StepOutcome) -> String {
    do {
      _ = try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("Of two copies in the middle of an episode, one goes on and the other says so")
  func copiesWithinAnEpisode() throws {
    let family = try fake()
    var original = family.makeEnvironment(for: [TaskID(.test, 0)])
    var random = LaneRandom([RandomStream(seed: 3)])
    let action = Actions.continuous(Tensor([0.1, 0.2], shape: [1, 2]))
    #expect(message { try original.step(action, using: &random) }.contains("before it was reset"))
    _ = try original.reset(using: &random)
    _ = try original.step(action, using: &random)
    var copy = original
    _ = try copy.step(action, using: &random)
    #expect(message { try original.step(action, using: &random) }.contains("copied in the middle of an episode"))
    _ = try copy.step(action, using: &random)
    // A reset mends it.
    _ = try original.reset(using: &random)
    _ = try original.step(action, using: &random)
  }

  @Test func resultsDoNotDependOnThreadsOrProcesses() throws {
    func episodes(threads: Int, processes: Int) throws -> [[[Episode]]] {
      let family = try fake { $0.mostProcesses = processes }
      let played = try Workers(threads).map(0..<8) { try play(family, lanes: 4, seed: UInt64($0)) }
      #expect((1...processes).contains(family.processIdentifiers.count))
      return played
    }
    let expected = try episodes(threads: 1, processes: 1)
    #expect(try episodes(threads: 4, processes: 1) == expected)
    #expect(try episodes(threads: 4, processes: 3) == expected)
  }

  @Test("Which error is reported does not depend on threads or processes")
  func errorsDoNotDependOnThreads() throws {
    func failure(threads: Int, processes: Int) throws -> String {
      let family = try fake("walk.tasks") { $0.mostProcesses = processes }
      do {
        _ = try Workers(threads).map(0..<6) { try play(family, lanes: 4, seed: UInt64($0)) }
        return ""
      } catch {
        return "\(error)"
      }
    }
    let expected = try failure(threads: 1, processes: 1)
    #expect(expected.contains("task 2 with seed "))
    #expect(try failure(threads: 4, processes: 1) == expected)
    #expect(try failure(threads: 4, processes: 3) == expected)
  }

  @Test("Processes are kept from one episode to the next and end with the family")
  func processesEndWithTheFamily() throws {
    var processes: [Int32] = []
    do {
      let family = try fake()
      processes = family.processIdentifiers
      for seed in 0..<5 { _ = try play(family, seed: UInt64(seed)) }
      #expect(processes.count == 1 && family.processIdentifiers == processes)
    }
    // A zombie would still be there.
    for process in processes { #expect(kill(process, 0) == -1 && errno == ESRCH) }
    let closed = try fake()
    let closing = closed.processIdentifiers
    closed.close()
    for process in closing { #expect(kill(process, 0) == -1 && errno == ESRCH) }
    expectFailure("was closed") { try play(closed) }
  }

  @Test("Tasks are the same on every machine and numbers go round") func tasksAreReproducible() throws {
    let family = try fake("walk.few")
    #expect(family.taskCount(in: .train) == 7 && family.taskCount(in: .test) == nil)
    #expect(family.task(TaskID(.train, 9)) == family.task(TaskID(.train, 2)))
    #expect(family.task(TaskID(.test, 2)).seed != family.task(TaskID(.train, 2)).seed)
    var random = TaskID(.train, 2).random(family: "gym:walk.few")
    #expect(family.task(TaskID(.train, 2)).seed == Int(random.bits() >> 33))
    let task = family.task(TaskID(.train, 2))
    #expect(try JSONDecoder().decode(GymnasiumTask.self, from: JSONEncoder().encode(task)) == task)
    #expect(family.descriptor(of: task) == [Float(Double(task.seed) / 0x1p31), 2])
    #expect(
      family.card.software == [
        SoftwareVersion(name: "python", version: "3"), SoftwareVersion(name: "walk", version: "1.0"),
      ])
  }
}

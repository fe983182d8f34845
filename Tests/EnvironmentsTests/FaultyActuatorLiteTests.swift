import Environments
import MetaRL
import Tensors
import Testing

/// One push for each lane.
private func pushes(_ numbers: [Float]) -> Actions { .continuous(Tensor(numbers, shape: [numbers.count, 1])) }

@Suite struct FaultyActuatorLiteTests {
  /// The return of scripted pushes with a gain of 1.
  private func returned(_ script: [Float]) throws -> Double {
    let family = FaultyActuatorLite()
    var environment = family.makeEnvironment([.init(gain: 1)])
    var agent = Script(actions: script.map { pushes([$0]) })
    return try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())[0].totalReward
  }

  @Test func gainAndDragAccelerateACart() {
    var lanes = FaultyActuatorLite().makeEnvironment([.init(gain: 1), .init(gain: -0.5)])
    var random = LaneRandom([RandomStream(seed: 0), RandomStream(seed: 1)])
    #expect(lanes.reset(using: &random).floats == [0, 0, 0, 0])
    let first = lanes.step(pushes([0.5, 7]), using: &random)
    expect(first.observations.floats, [0.05, 0.5, -0.05, 1])
    expect(first.rewards.dense, [0.005, -0.005])
    let second = lanes.step(pushes([0, -1]), using: &random)
    expect(second.observations.floats, [0.045, 0, 0.005, -1])
    #expect(second.terminated == [false, false])
    expect(lanes.reset(using: &random).floats, [0, 0, 0, 0])
  }

  /// Closed forms: the speed after n full pushes is 1 - 0.9ⁿ.
  @Test func plansHaveTheReturnsOfTheSpecification() throws {
    func script(_ first: Float, _ count: Int) -> [Float] {
      [Float](repeating: first, count: count) + [Float](repeating: 1, count: 100 - count)
    }
    #expect(abs(try returned(script(1, 0)) - 9.100024) < 1e-5)
    #expect(abs(try returned(script(0, 17)) - 7.400143) < 1e-5)
    #expect(abs(try returned(script(-1, 16)) - 5.900234) < 1e-5)
    // The motor's direction changes at step 50, and the agent never reacts, or reacts after 8 steps.
    #expect(abs(try returned(script(1, 0).enumerated().map { $0 < 50 ? $1 : -1 }) - 0.890747) < 1e-5)
    let noticed = try returned(script(1, 0).enumerated().map { (50..<58).contains($0) ? -1 : $1 })
    #expect(abs(noticed - 7.512298) < 1e-5)
  }

  @Test func gainsHaveEitherSignAndAreFromAHalfToOne() {
    for family in [FaultyActuatorLite(), FaultyActuatorLite(switches: true)] {
      let gains = (0..<4000).map { family.task(TaskID(.train, $0)).gain }
      #expect(gains.allSatisfy { (0.5...1).contains(abs($0)) })
      #expect(abs(gains.count { $0 < 0 } - 2000) < 130)
      #expect(abs(gains.reduce(0) { $0 + abs($1) } / 4000 - 0.75) < 0.01)
    }
  }

  @Test func aGainChangesOnceAfter40To60Steps() throws {
    let family = FaultyActuatorLite(switches: true)
    let tasks = (0..<600).map { family.task(TaskID(.train, $0)) }
    var lanes = family.makeEnvironment(tasks)
    var random = LaneRandom(tasks.indices.map { RandomStream(seed: 0).split("lane", $0) })
    _ = lanes.reset(using: &random)
    var gains = tasks.map { _ in [Float]() }
    for _ in 0..<100 {
      for lane in tasks.indices { gains[lane].append(lanes.gain(lane)) }
      _ = lanes.step(pushes([Float](repeating: 1, count: 600)), using: &random)
    }
    var steps: [Int] = []
    for (task, gains) in zip(tasks, gains) {
      let change = try #require(gains.firstIndex { $0 != task.gain })
      steps.append(change)
      #expect(gains[change...].allSatisfy { $0 == gains[change] } && (0.5...1).contains(abs(gains[change])))
    }
    #expect(Set(steps) == Set(40...60))
    // The next episode starts with the task's gain again.
    _ = lanes.reset(using: &random)
    #expect(tasks.indices.allSatisfy { lanes.gain($0) == tasks[$0].gain })
  }

  @Test func anchorsAreThoseOfFullAndRandomPushes() throws {
    for family in [FaultyActuatorLite(), FaultyActuatorLite(switches: true)] {
      #expect(try simulatedRandom(family, tasks: 5_000, seed: 2).agrees(with: family.card.random))
    }
    let family = FaultyActuatorLite()
    let known = try simulated(family, tasks: 5_000, seed: 2) { task, _ in .continuous([task.gain > 0 ? 1 : -1]) }
    #expect(known.agrees(with: family.card.oracle), "\(known)")
    #expect(abs(family.card.oracle.value - 6.825018) < 1e-6)
    let switching = FaultyActuatorLite(switches: true)
    #expect(switching.card.oracle.value == family.card.oracle.value)
  }
}

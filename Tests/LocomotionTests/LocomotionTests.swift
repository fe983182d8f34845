import Foundation
import Locomotion
import MetaRL
import Tensors
import Testing
import ZooChecks

/// Acts without looking.
private struct Wild: Agent {
  let size: Int

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .continuous(Tensor(random.normals(perLane: size), shape: [random.count, size]))
  }
}

/// What the families promise without the engine, too.
@Suite struct LocomotionCardTests {
  @Test func familiesHaveDifferentNames() {
    #expect(Set(locomotionFamilies.map(\.card.name)).count == locomotionFamilies.count)
  }

  @Test func observationsHaveTheSizesOfThePapers() {
    let sizes = Dictionary(uniqueKeysWithValues: locomotionFamilies.map { ($0.card.name, $0.spec) })
    let expected = [
      "half-cheetah-velocity": (20, 6), "half-cheetah-velocity-promp": (17, 6), "half-cheetah-direction": (20, 6),
      "half-cheetah-disabled-joint": (20, 6),
      "ant-velocity": (125, 8), "ant-forward-backward": (27, 8), "ant-forward-backward-promp": (111, 8),
      "ant-direction": (27, 8), "ant-goal": (113, 8), "ant-ring": (125, 8), "humanoid-direction": (376, 17),
      "hopper-random-parameters": (11, 3), "walker-random-parameters": (17, 6),
    ]
    for (name, (observation, action)) in expected {
      #expect(sizes[name]?.observationSize == observation, "\(name)")
      #expect(sizes[name]?.actionSpace == .continuous(size: action), "\(name)")
    }
  }

  @Test func joint0IsDisabledInTestAndTheOthersBefore() {
    let family = HalfCheetahDisabledJoint()
    func joints(_ split: TaskID.Split) -> Set<Int> { Set((0..<20).map { family.task(TaskID(split, $0)).joint }) }
    #expect(joints(.train) == [1, 2, 3, 4, 5] && joints(.validation) == [1, 2, 3, 4, 5] && joints(.test) == [0])
    #expect(family.descriptor(of: .init(joint: 2)) == [0, 0, 1, 0, 0, 0])
  }

  @Test func goalsAreDrawnFromTheRangesOfThePapers() {
    let speeds = { (variant: HalfCheetahVelocity.Variant) in
      (0..<2000).map { HalfCheetahVelocity(variant).task(TaskID(.train, $0)).speed }
    }
    for (variant, most) in [(HalfCheetahVelocity.Variant.pearl, 3.0), (.promp, 3), (.deleu, 2), (.maml, 2)] {
      let drawn = speeds(variant)
      #expect(drawn.allSatisfy { 0 <= $0 && $0 < most })
      // Four standard errors of a mean of 2000 uniform draws.
      #expect(abs(drawn.reduce(0, +) / 2000 - most / 2) < 4 * most / (12 * 2000.0).squareRoot())
    }
    for index in 0..<500 {
      let goal = AntGoal().task(TaskID(.train, index))
      #expect(goal.x * goal.x + goal.y * goal.y <= 9 + 1e-12)
      let ring = AntRing().task(TaskID(.train, index))
      #expect(abs(ring.x * ring.x + ring.y * ring.y - 4) < 1e-12 && ring.y >= 0)
      let way = HumanoidDirection().task(TaskID(.train, index))
      #expect(abs(way.x * way.x + way.y * way.y - 1) < 1e-12)
    }
    // Half of a disc's area is within its radius over the square root of two.
    let inner = (0..<2000).count {
      let goal = AntGoal().task(TaskID(.train, $0))
      return goal.x * goal.x + goal.y * goal.y < 4.5
    }
    #expect(abs(Double(inner) / 2000 - 0.5) < 4 * 0.5 / 2000.0.squareRoot())
  }
}

/// What the families promise with the engine.
@Suite(.enabled(if: Physics.isAvailable)) struct LocomotionTests {
  /// The families whose steps cost little.
  static let quick = [
    "half-cheetah-velocity", "half-cheetah-direction-maml", "half-cheetah-disabled-joint",
    "hopper-random-parameters",
  ]
  static let names = locomotionFamilies.map(\.card.name)

  private func family(_ name: String) throws -> any TaskFamily {
    try #require(locomotionFamilies.first { $0.card.name == name })
  }

  @Test(arguments: quick + ["ant-ring-sparse"]) func nothingIsWrongWithFamilies(name: String) throws {
    var options = FamilyCheckOptions()
    options.laneCount = 8
    options.episodes = 2
    options.anchorEpisodes = 200
    func check(_ family: some TaskFamily) { #expect(problems(with: family, options: options) == []) }
    check(try family(name))
  }

  @Test(arguments: names) func theTrajectoryHashIsThatOfTheCardIfItHasOne(name: String) throws {
    func check(_ family: some TaskFamily) throws {
      let computed = try trajectoryHash(of: family)
      print("\(name): \(computed) with MuJoCo \(Physics.version)")
      if family.card.isPinned { #expect(computed == family.card.trajectoryHash) }
    }
    try check(try family(name))
  }

  private func play<F: TaskFamily>(_ family: F, _ lanes: [Int], episodes: Int = 2) throws -> [[Episode]] {
    var environment = family.makeEnvironment(for: lanes.map { TaskID(.test, $0) })
    let lifetime = LaneRandom(lanes.map { RandomStream(seed: 5).split("lane", $0) })
    var agent = Wild(size: family.spec.actionSpace.width)
    return try rollout(
      &agent, in: &environment, episodes: 0..<episodes, spec: family.spec.with(horizon: 40), lifetime: lifetime)
  }

  @Test(arguments: names) func lanesDoNotTouch(name: String) throws {
    func check(_ family: some TaskFamily) throws {
      let together = try play(family, [0, 1, 2, 3, 4])
      for lane in 0..<5 { #expect(try play(family, [lane]) == [together[lane]]) }
      #expect(together[0] != together[1])
    }
    try check(try family(name))
  }

  @Test(arguments: names) func anyNumberOfThreadsGivesTheSameBits(name: String) throws {
    func check(_ family: some TaskFamily) throws {
      let groups = [[0, 1], [2], [3, 4], [5]]
      let (alone, together) = (
        try Workers(1).map(0..<4) { try play(family, groups[$0]) },
        try Workers(4).map(0..<4) { try play(family, groups[$0]) }
      )
      #expect(alone == together)
    }
    try check(try family(name))
  }

  @Test("A copy in the middle of an episode goes on with the same bits", arguments: names)
  func copyWithinAnEpisode(name: String) throws {
    func check<F: TaskFamily>(_ family: F) throws {
      let size = family.spec.actionSpace.width
      var original = family.makeEnvironment(for: (0..<3).map { TaskID(.test, $0) })
      var random = LaneRandom((0..<3).map { RandomStream(seed: 6).split("lane", $0) })
      func step(_ lanes: inout F.Lanes, _ random: inout LaneRandom) throws -> [Float] {
        let actions = Actions.continuous(Tensor(random.normals(perLane: size), shape: [3, size]))
        let outcome = try lanes.step(actions, using: &random)
        return outcome.observations.floats + outcome.rewards.dense + outcome.rewards.sparse
      }
      _ = try original.reset(using: &random)
      for _ in 0..<7 { _ = try step(&original, &random) }
      var (copy, copyRandom) = (original, random)
      let expected = try (0..<20).map { _ in try step(&original, &random) }
      // The original has gone on, in memory that the copy once shared.
      let copied = try (0..<20).map { _ in try step(&copy, &copyRandom) }
      #expect(copied == expected)
    }
    try check(try family(name))
  }

  @Test("A half-cheetah keeps within a millimeter of energy conservation when it flies")
  func energyConservation() throws {
    // In the air only gravity moves the center of mass: after t seconds it has fallen t² g / 2.
    var lanes = HalfCheetahVelocity(.maml).makeEnvironment([.init(speed: 0)])
    lanes.start(0, positions: [0, 50, 0, 0, 0, 0, 0, 0, 0], velocities: [Double](repeating: 0, count: 9))
    var random = LaneRandom([RandomStream(seed: 0)])
    let still = Actions.continuous(Tensor([Float](repeating: 0, count: 6), shape: [1, 6]))
    let first = try lanes.step(still, using: &random).observations.floats
    var last = first
    for _ in 0..<49 { last = try lanes.step(still, using: &random).observations.floats }
    // The engine's integrator adds g t dt / 2 to the continuous fall.
    let (time, dt) = (0.49, 0.01)
    let fallen = 9.81 * time * time / 2 + 9.81 * time * dt * 1.5
    #expect(abs(Double(first[19] - last[19]) - fallen) < 1e-3)
  }

  @Test("A model that the engine refuses is an error that says why") func refusedModel() {
    let problem = #expect(throws: PhysicsError.self) {
      try CompiledModel("<mujoco><worldbody><bdy/></worldbody></mujoco>")
    }
    #expect(problem?.description.contains("bdy") == true)
  }

  @Test("An engine that gives up is an error and not the end of the process") func engineThatGivesUp() throws {
    // Too little memory for a step.
    let size = Physics.versionNumber < 300 ? "nstack=\"60\"" : "memory=\"700\""
    let balls = (0..<6).map { "<body pos=\"0 0 \(0.1 * Double($0))\"><freejoint/><geom size=\"0.1\"/></body>" }
      .joined()
    let text =
      "<mujoco><size \(size)/><worldbody><geom type=\"plane\" size=\"1 1 1\"/>\(balls)</worldbody></mujoco>"
    #expect(throws: PhysicsError.self) {
      let model = try CompiledModel(text)
      let simulation = try Simulation(model)
      let (positions, velocities) = ([Double](repeating: 0, count: 42), [Double](repeating: 0, count: 36))
      _ = try simulation.start(model, positions: positions, velocities: velocities, extras: [])
    }
  }

  @Test("A simulation that becomes unstable is an error where episodes do not end")
  func unstableWithoutAnEnd() throws {
    var lanes = HalfCheetahVelocity().makeEnvironment([.init(speed: 1)])
    var random = LaneRandom([RandomStream(seed: 0)])
    lanes.start(0, positions: [Double](repeating: 0, count: 9), velocities: [Double](repeating: 1e9, count: 9))
    let still = Actions.continuous(Tensor(repeating: 0, shape: [1, 6]))
    let error = #expect(throws: PhysicsError.self) { try lanes.step(still, using: &random) }
    #expect(error?.description.contains("unstable") == true)
  }

  @Test("A simulation that becomes unstable ends the episode where episodes end") func unstableWithAnEnd() throws {
    var lanes = AntRunning(.direction).makeEnvironment([.init(x: 1, y: 0)])
    var random = LaneRandom([RandomStream(seed: 0)])
    let pose = [0, 0, 0.75, 1] + [Double](repeating: 0, count: 11)
    lanes.start(0, positions: pose, velocities: [Double](repeating: 1e9, count: 14))
    let outcome = try lanes.step(
      .continuous(Tensor([Float](repeating: 0, count: 8), shape: [1, 8])), using: &random)
    #expect(outcome.terminated[0] && outcome.rewards.dense[0] == 0)
    #expect(outcome.observations.isFinite)
  }

  @Test func thePlayerIsToldWhichLaneFailedAndWhy() throws {
    var lanes = HalfCheetahVelocity().makeEnvironment([.init(speed: 1), .init(speed: 2)])
    var random = LaneRandom((0..<2).map { RandomStream(seed: 0).split("lane", $0) })
    _ = try lanes.reset(using: &random)
    lanes.start(1, positions: [Double](repeating: 0, count: 9), velocities: [Double](repeating: 1e9, count: 9))
    let still = Actions.continuous(Tensor([Float](repeating: 0, count: 12), shape: [2, 6]))
    let error = #expect(throws: PhysicsError.self) { try lanes.step(still, using: &random) }
    #expect(error?.description.hasPrefix("lane 1: the simulation became unstable") == true)
    // A new episode starts anew.
    _ = try lanes.reset(using: &random)
    _ = try lanes.step(still, using: &random)
  }

  @Test(arguments: 0..<6) func anActionOfADisabledMotorChangesNothing(joint: Int) throws {
    let family = HalfCheetahDisabledJoint()
    func step(_ moved: Int?) throws -> [Float] {
      var lanes = family.makeEnvironment([.init(joint: joint)])
      var random = LaneRandom([RandomStream(seed: 4)])
      _ = try lanes.reset(using: &random)
      let action = (0..<6).map { $0 == moved ? Float(1) : 0.25 }
      let outcome = try lanes.step(.continuous(Tensor(action, shape: [1, 6])), using: &random)
      return outcome.observations.floats + outcome.rewards.dense
    }
    let still = try step(nil)
    for moved in 0..<6 { #expect((try step(moved) == still) == (moved == joint), "motor \(moved)") }
  }

  @Test func parametersOfATaskMultiplyThoseOfTheRobot() throws {
    let family = RandomParameters(.walker)
    let count = family.task(TaskID(.train, 0)).powers.count
    // Masses and inertias of eight bodies, dampings of nine joints, frictions of eight shapes.
    #expect(count == 8 + 24 + 9 + 24)
    // With powers of 0 a task is the robot itself; with others it is not.
    func play(_ powers: [Double]) throws -> Episode {
      var environment = family.makeEnvironment([.init(powers: powers)])
      var agent = Wild(size: 6)
      let random = LaneRandom([RandomStream(seed: 3)])
      return try playEpisode(&agent, in: &environment, spec: family.spec.with(horizon: 5), random: random)[0]
    }
    let same = try play([Double](repeating: 0, count: count))
    // The mass of a body, its three inertias, the damping of a joint.
    for places in [[3], [17, 18, 19], [8 + 24 + 4]] {
      var powers = [Double](repeating: 0, count: count)
      for place in places { powers[place] = 1 }
      #expect(try play(powers) != same, "powers \(places)")
    }
  }

  @Test(arguments: [
    "half-cheetah-velocity", "half-cheetah-disabled-joint", "ant-goal", "ant-direction", "humanoid-direction",
  ])
  func figuresHaveAPostureForEveryStep(name: String) throws {
    func check<F: TaskFamily>(_ family: F) throws {
      let episode = try play(family, [0], episodes: 1)[0][0]
      let drawable = try #require(family as? any DrawableFamily)
      func scene<D: DrawableFamily>(_ family: D) -> TaskScene { family.scene(of: family.task(TaskID(.test, 0))) }
      guard case .figure(let figure) = scene(drawable) else {
        Issue.record("\(name) has no figure")
        return
      }
      let postures = figure.postures(episode)
      #expect(postures.count == episode.stepCount + 1)
      let last = try #require(postures.last)
      #expect(last.parts.count >= 8 && last.parts.allSatisfy { $0.radius > 0 })
    }
    try check(try family(name))
  }
}

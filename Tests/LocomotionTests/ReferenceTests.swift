import Foundation
import Locomotion
import MetaRL
import Tensors
import Testing

/// What `Tests/Checks/MuJoCo/reference.py` has written, if the environment variable METARLZOO_MUJOCO_REFERENCE names its file.
private struct Reference: Decodable {
  struct Trace: Decodable {
    var positions: [Double]
    var velocities: [Double]
    var actions: [[Double]]
    var states: [[Double]]
  }

  struct Episode: Decodable {
    var positions: [Double]
    var velocities: [Double]
    var actions: [[Double]]
    var states: [[Double]]
    var observations: [[Double]]
    var dense: [Double]
    var sparse: [Double]
    var terminated: [Bool]
  }

  var version: Int
  var models: [String: [String: [Double]]]
  var gymnasium: [String: Trace]
  var families: [String: [Episode]]

  /// The tasks of the episodes of one family.
  static func tasks<TaskParameters: Decodable>(of type: TaskParameters.Type, in family: String, _ data: Data) throws
    -> [TaskParameters]
  {
    let file = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let episodes = (file?["families"] as? [String: [[String: Any]]])?[family] ?? []
    return try episodes.map {
      try JSONDecoder().decode(TaskParameters.self, from: JSONSerialization.data(withJSONObject: $0["task"] ?? [:]))
    }
  }

  static let path = ProcessInfo.processInfo.environment["METARLZOO_MUJOCO_REFERENCE"]
  static let data = try? path.map { try Data(contentsOf: URL(filePath: $0)) }
  static let stored = try? data.map { try JSONDecoder().decode(Reference.self, from: $0) }
}

/// Compared with Gymnasium's models, compiled and stepped by the same release of the engine in Python, and with the
/// papers' definitions, written down again in NumPy.
@Suite(.enabled(if: Physics.isAvailable && Reference.path != nil)) struct ReferenceTests {
  private func reference() throws -> Reference {
    let stored = try #require(Reference.stored, "the reference file cannot be read")
    try #require(stored.version == Physics.versionNumber, "the reference is of another release of MuJoCo")
    return stored
  }

  private static let robots: [String: Robot] = [
    "half-cheetah": .halfCheetah, "half-cheetah-rllab": .halfCheetahOfRLLab, "ant": .ant, "ant-rllab": .antOfRLLab,
    "ant-weak": .weakAnt, "hopper": .hopper, "walker": .walker, "humanoid": .humanoid,
  ]

  @Test(arguments: robots.keys.sorted()) func modelsAreThoseOfGymnasiumFieldByField(name: String) throws {
    let expected = try #require(try reference().models[name])
    let fields = try #require(Self.robots[name]).compiled.get().facts.fields
    #expect(Set(fields.keys) == Set(expected.keys))
    for (field, values) in fields {
      let reference = try #require(expected[field])
      try #require(values.count == reference.count, "\(field)")
      let difference = zip(values, reference).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
      #expect(difference == 0, "\(field) differs by \(difference)")
    }
  }

  /// Replays an episode and tells the largest difference of states.
  private func difference(
    _ lanes: inout LocomotionLanes, _ positions: [Double], _ velocities: [Double], _ actions: [[Double]],
    _ states: [[Double]], check: (Int, StepOutcome) -> Void = { _, _ in }
  ) throws -> Double {
    var random = LaneRandom([RandomStream(seed: 0)])
    lanes.start(0, positions: positions, velocities: velocities)
    var largest = lanes.state(0).isEmpty ? Double.infinity : 0
    for (step, action) in actions.enumerated() {
      let outcome = try lanes.step(
        .continuous(Tensor(action.map { Float($0) }, shape: [1, action.count])), using: &random)
      check(step, outcome)
      for (mine, theirs) in zip(lanes.state(0), states[step]) {
        largest = max(largest, mine.isFinite ? abs(mine - theirs) : .infinity)
      }
    }
    return largest
  }

  // In neither does an episode end early.
  @Test(arguments: ["half-cheetah-velocity", "ant-goal"])
  func trajectoriesAreThoseOfGymnasiumsEnvironments(name: String) throws {
    let trace = try #require(try reference().gymnasium[name])
    let family = try #require(locomotionFamilies.first { $0.card.name == name })
    func lanes<F: TaskFamily>(of family: F) -> LocomotionLanes? {
      family.makeEnvironment(for: [TaskID(.train, 0)]) as? LocomotionLanes
    }
    let made = lanes(of: family)
    var lanes = try #require(made)
    let largest = try difference(&lanes, trace.positions, trace.velocities, trace.actions, trace.states)
    print("\(name): \(trace.actions.count) steps of Gymnasium, largest difference \(largest)")
    #expect(trace.actions.count == 200)
    #expect(largest <= 1e-9)
  }

  @Test(
    "States, observations, rewards and terminations are those of the papers' definitions",
    arguments: locomotionFamilies.map(\.card.name))
  func papersDefinitions(name: String) throws {
    let episodes = try #require(try reference().families[name])
    let family = try #require(locomotionFamilies.first { $0.card.name == name })
    func open<F: TaskFamily>(_ family: F) throws {
      let data = try #require(Reference.data)
      let tasks = try Reference.tasks(of: F.TaskParameters.self, in: name, data)
      var largest = (states: 0.0, observations: 0.0, rewards: 0.0)
      for (episode, task) in zip(episodes, tasks) {
        var lanes = try #require(family.makeEnvironment([task]) as? LocomotionLanes)
        let size = family.spec.observationSize
        try #require(episode.observations.allSatisfy { $0.count == size }, "the reference observes other numbers")
        let states = try difference(&lanes, episode.positions, episode.velocities, episode.actions, episode.states)
        { step, outcome in
          #expect(outcome.terminated[0] == episode.terminated[step], "step \(step)")
          for (mine, theirs) in zip(outcome.observations.floats, episode.observations[step + 1]) {
            largest.observations = max(largest.observations, abs(Double(mine) - theirs) / max(1, abs(theirs)))
          }
          let rewards = [
            (outcome.rewards.dense[0], episode.dense[step]), (outcome.rewards.sparse[0], episode.sparse[step]),
          ]
          for (mine, theirs) in rewards {
            largest.rewards = max(largest.rewards, abs(Double(mine) - theirs) / max(1, abs(theirs)))
          }
        }
        largest.states = max(largest.states, states)
      }
      let steps = episodes.reduce(0) { $0 + $1.actions.count }
      print("\(name): \(episodes.count) episodes, \(steps) steps, largest differences \(largest)")
      #expect(largest.states <= 1e-9)
      // Single precision has seven digits.
      #expect(largest.observations <= 1e-6)
      #expect(largest.rewards <= 1e-6)
    }
    try open(family)
  }
}

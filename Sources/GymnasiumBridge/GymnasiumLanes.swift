import MetaRL
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Environments in Python, side by side.
///
/// A value, as all environments are: a copy that is reset plays in its own lanes. Python state cannot be copied,
/// so of two copies made in the middle of an episode only one can continue it; the other one fails with a message.
public struct GymnasiumLanes: Environment {
  private let pool: WorkerPool
  private let tasks: [GymnasiumTask]
  private let description: FamilyDescription
  /// The episode that is played; nil between episodes, so that others can have its lanes.
  private var episode: PlayedEpisode?
  private var stepCount = 0
  private var isLive: [Bool]
  private var observations: [Float]

  init(_ tasks: [GymnasiumTask], _ description: FamilyDescription, _ pool: WorkerPool) {
    self.tasks = tasks
    self.description = description
    self.pool = pool
    isLive = tasks.map { _ in false }
    observations = [Float](repeating: 0, count: tasks.count * description.observationSize)
  }

  public var laneCount: Int { tasks.count }

  /// Starts an episode in every lane, each with a seed that its own stream draws or, where a task is the
  /// seed of its resets, with that.
  public mutating func reset(using random: inout LaneRandom) throws -> Tensor {
    let tasks = tasks
    var seeds: [Int] = []
    for lane in tasks.indices {
      let seed = Self.seed(from: &random[lane])
      seeds.append(description.tasksAreSeeds ? tasks[lane].seed : seed)
    }
    let drawn = seeds
    // Gives lanes back first, to take the same again.
    episode = nil
    stepCount = 0
    isLive = tasks.map { _ in true }
    try attempt {
      let begun = try PlayedEpisode(laneCount: tasks.count, in: $0.pool)
      $0.episode = begun
      let answer = try begun.ask(
        PlayedEpisode.Request(kind: .reset) { slots in
          try Array(JSONEncoder().encode(ResetContents(slots: slots, tasks: tasks, seeds: drawn)))
        }, after: 0)
      guard answer.count == 4 * $0.observations.count else { throw $0.wrongSize(of: answer, "reset") }
      $0.observations = answer.floats(at: 0, count: $0.observations.count)
    }
    return tensor
  }

  /// A seed that any generator takes: 31 bits.
  static func seed(from stream: inout RandomStream) -> Int { Int(stream.bits() >> 33) }

  /// Takes one action in every lane whose episode has not ended; the others stay where they are.
  public mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome {
    var dense = [Float](repeating: 0, count: laneCount)
    var sparse = dense
    var terminated = dense.map { _ in false }
    var succeeded: [Bool] = []
    let live = isLive.indices.filter { isLive[$0] }
    try attempt {
      if let failure = $0.pool.failure { throw BridgeError(failure) }
      guard let episode = $0.episode else {
        if $0.stepCount > 0 { return }
        throw BridgeError("\($0.pool.name): an environment was stepped before it was reset")
      }
      guard !live.isEmpty else { return }
      let request = try $0.request(actions, live)
      let answer = try episode.ask(request, after: $0.stepCount + 1)
      let (size, count) = ($0.description.observationSize, live.count)
      guard answer.count == 4 * count * (size + 2) + 2 * count else { throw $0.wrongSize(of: answer, "step") }
      let rewards = 4 * count * size
      let flags = rewards + 8 * count
      for (row, lane) in live.enumerated() {
        $0.observations.replaceSubrange(
          lane * size..<(lane + 1) * size, with: answer.floats(at: 4 * row * size, count: size))
        dense[lane] = Float(bitPattern: answer.word(at: rewards + 4 * row))
        sparse[lane] = Float(bitPattern: answer.word(at: rewards + 4 * (count + row)))
        terminated[lane] = answer[flags + row] != 0
        let success = answer[flags + count + row]
        if success != 2 {
          if succeeded.isEmpty { succeeded = $0.tasks.map { _ in false } }
          succeeded[lane] = success == 1
        }
        if terminated[lane] { $0.isLive[lane] = false }
      }
      $0.stepCount += 1
      // Over: the lanes are for others.
      if $0.stepCount >= $0.description.horizon || !$0.isLive.contains(true) {
        $0.episode = nil
        $0.isLive = $0.tasks.map { _ in false }
      }
    }
    return StepOutcome(
      observations: tensor, rewards: Rewards(dense: dense, sparse: sparse), terminated: terminated,
      succeeded: succeeded)
  }

  private var tensor: Tensor { Tensor(observations, shape: [laneCount, description.observationSize]) }

  /// Does something that may fail; after a failure a reset comes first.
  private mutating func attempt(_ body: (inout GymnasiumLanes) throws -> Void) throws {
    do {
      try body(&self)
    } catch {
      (episode, stepCount) = (nil, 0)
      throw error
    }
  }

  private func wrongSize(of answer: [UInt8], _ what: String) -> BridgeError {
    BridgeError(
      "\(pool.name): its Python process answered a \(what) with \(answer.count) bytes, which is not what "
        + "observations of \(description.observationSize) numbers take: its shapes have changed")
  }

  /// A step of the lanes that are live.
  private func request(_ actions: Actions, _ live: [Int]) throws -> PlayedEpisode.Request {
    var numbers: [UInt8] = []
    switch (actions, description.spec.actionSpace) {
    case (.continuous(let tensor), .continuous(let size)) where tensor.count == size * laneCount:
      let values = tensor.floats
      for lane in live {
        for value in values[lane * size..<(lane + 1) * size] { numbers.append(word: value.bitPattern) }
      }
    case (.discrete(let choices), .discrete) where choices.count == laneCount:
      for lane in live { numbers.append(word: UInt32(truncatingIfNeeded: choices[lane])) }
    default: throw BridgeError("\(pool.name): the actions are not those that the environment takes")
    }
    let contents = numbers
    return PlayedEpisode.Request(kind: .step) { slots in
      var bytes: [UInt8] = []
      bytes.append(word: UInt32(live.count))
      for lane in live { bytes.append(word: UInt32(slots[lane])) }
      return bytes + contents
    }
  }
}

/// The beginning of episodes, as `worker.py` reads it.
private struct ResetContents: Encodable {
  var slots: [Int]
  var tasks: [GymnasiumTask]
  var seeds: [Int]
}

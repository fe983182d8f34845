import MetaRL
import Tensors

/// A cart whose motor may push the wrong way: a surrogate, without a physics engine, for robots whose actuators fail.
///
/// It is for learners that adapt within an episode, as those of Nagabandi et al. (2019, arXiv:1803.11347). The speed follows
/// v' = v + 0.1 (k a - v), with a gain k that is not shown: from 0.5 to 1 in size, and either way round. The reward is the way
/// of a step, 0.1 v'. One who does not know the sign of k has nothing to gain from any plan. In a variant the gain is drawn
/// anew, once in every episode, at a step from 40 to 60.
public struct FaultyActuatorLite: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The push of an action of 1, at the start of an episode: k in the summary.
    public var gain: Float

    /// A task with the given gain.
    public init(gain: Float) { self.gain = gain }
  }

  static let interval: Float = 0.1
  static let gains = 0.5...1.0
  /// The steps after which the gain can change.
  static let switchSteps = 40...60
  static let horizon = 100

  /// Whether the gain changes within each episode.
  public let switches: Bool

  /// Makes the family.
  public init(switches: Bool = false) { self.switches = switches }

  /// Observation: the speed and the last action; a vector of one number; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 1), horizon: Self.horizon)
  }

  /// The gain of a name.
  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "faulty-actuator-lite")
    return TaskParameters(gain: Self.gain(using: &random))
  }

  private static func gain(using random: inout RandomStream) -> Float {
    let size = Float(random.uniform(gains.lowerBound, gains.upperBound))
    return random.uniform() < 0.5 ? -size : size
  }

  /// The gain at the start of an episode.
  public func descriptor(of task: TaskParameters) -> [Float] { [task.gain] }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks, switches: switches) }

  /// Carts side by side.
  public struct Lanes: Environment {
    let firstGains: [Float]
    let switches: Bool
    /// The step before which each lane's gain changes, and what it is from then on.
    var changes: [(step: Int, gain: Float)]
    var speeds: [Float]
    var time = 0

    init(_ tasks: [TaskParameters], switches: Bool) {
      firstGains = tasks.map(\.gain)
      self.switches = switches
      changes = firstGains.map { (.max, $0) }
      speeds = tasks.map { _ in 0 }
    }

    /// The number of lanes.
    public var laneCount: Int { firstGains.count }

    /// The gain of a lane at the next step.
    package func gain(_ lane: Int) -> Float { time < changes[lane].step ? firstGains[lane] : changes[lane].gain }

    private func observations(_ actions: [Float]) -> Tensor {
      Tensor(speeds.indices.flatMap { [speeds[$0], actions[$0]] }, shape: [laneCount, 2])
    }

    /// Stops every cart; if gains change, it is drawn when, and to what.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      time = 0
      for lane in speeds.indices {
        speeds[lane] = 0
        guard switches else { continue }
        let range = FaultyActuatorLite.switchSteps
        let step = range.lowerBound + random[lane].integer(below: range.count)
        changes[lane] = (step, FaultyActuatorLite.gain(using: &random[lane]))
      }
      return observations([Float](repeating: 0, count: laneCount))
    }

    /// Pushes every cart.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let pushes = actions.clipped(lanes: laneCount, size: 1)
      let interval = FaultyActuatorLite.interval
      for lane in speeds.indices { speeds[lane] += interval * (gain(lane) * pushes[lane] - speeds[lane]) }
      time += 1
      return StepOutcome(
        observations: observations(pushes), rewards: Rewards(speeds.map { interval * $0 }),
        terminated: [Bool](repeating: false, count: laneCount))
    }
  }
}

extension FaultyActuatorLite {
  /// The return of an episode of full pushes the right way by a gain of 1: Σ 0.1 (1 - 0.9ⁿ) over n from 1 to 100.
  static let fullPushes = 9.100023905259

  /// What the family is.
  public var card: FamilyCard {
    let when = switches ? "the gain of the moment" : "the gain"
    return FamilyCard(
      name: switches ? "faulty-actuator-switch-lite" : "faulty-actuator-lite", version: 1,
      summary: switches
        ? "A cart goes as far as it can; which way its motor pushes is not shown, and changes once within an episode."
        : "A cart goes as far as it can; which way its motor pushes, and how hard, is not shown.",
      source: "a surrogate of ours for the disabled joints of Nagabandi et al. 2019, arXiv:1803.11347",
      episodesPerLifetime: 5,
      random: .init(0, computation: "exact: pushes have no direction"),
      oracle: .init(
        0.75 * Self.fullPushes,
        computation: "exact: full pushes the way of \(when); the return is linear in its size"),
      trajectoryHash: switches ? "bc843077b642669d" : "742ec1ea3c3f8d51")
  }
}

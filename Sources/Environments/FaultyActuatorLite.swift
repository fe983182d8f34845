import MetaRL
import Tensors

/// A cart whose motor may be reversed: a surrogate, without a physics engine, for robots with faulty actuators.
///
/// The family tests adaptation within an episode, as in Nagabandi et al. (2019, arXiv:1803.11347). The speed follows
/// v' = v + 0.1 (k a - v), where the hidden gain k has a magnitude from 0.5 to 1 and a random sign. The reward is the distance
/// covered in a step, 0.1 v'. Without knowledge of the sign of k, the expected return of every plan is 0. In a variant, the
/// gain is resampled once in every episode, after 40 to 60 steps.
public struct FaultyActuatorLite: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The gain at the start of an episode: k in the summary.
    public var gain: Float

    /// A task with the given gain.
    public init(gain: Float) { self.gain = gain }
  }

  static let interval: Float = 0.1
  static let gains = 0.5...1.0
  /// The numbers of steps after which the gain can change.
  static let switchSteps = 40...60
  static let horizon = 100

  /// Whether the gain changes within each episode.
  public let switches: Bool

  /// A family with constant gains, or with gains that change once in each episode.
  public init(switches: Bool = false) { self.switches = switches }

  /// Observations of the speed and the previous action; actions of one number; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 1), horizon: Self.horizon)
  }

  /// A gain with a uniform magnitude and a random sign.
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

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks, switches: switches) }

  /// One cart in each lane.
  public struct Lanes: Environment {
    let firstGains: [Float]
    let switches: Bool
    /// The step at which each lane's gain changes, and the new gain.
    var changes: [(step: Int, gain: Float)]
    var speeds: [Float]
    var time = 0

    init(_ tasks: [TaskParameters], switches: Bool) {
      firstGains = tasks.map(\.gain)
      self.switches = switches
      changes = firstGains.map { (.max, $0) }
      speeds = tasks.map { _ in 0 }
    }

    public var laneCount: Int { firstGains.count }

    /// The gain of a lane at the next step.
    package func gain(_ lane: Int) -> Float { time < changes[lane].step ? firstGains[lane] : changes[lane].gain }

    private func observations(_ actions: [Float]) -> Tensor {
      Tensor(speeds.indices.flatMap { [speeds[$0], actions[$0]] }, shape: [laneCount, 2])
    }

    /// Stops every cart; with changing gains, also samples the step and the value of each change.
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
      return StepOutcome(observations: observations(pushes), rewards: Rewards(speeds.map { interval * $0 }))
    }
  }
}

extension FaultyActuatorLite {
  /// The return of an episode of action 1 with a gain of 1: Σ 0.1 (1 - 0.9ⁿ) over n from 1 to 100.
  static let fullPushes = 9.100023905259

  /// The family's card.
  public var card: FamilyCard {
    let when = switches ? "the current gain" : "the gain"
    return FamilyCard(
      name: switches ? "faulty-actuator-switch-lite" : "faulty-actuator-lite", version: 1,
      summary: switches
        ? "A cart drives forward with a motor of unknown direction and strength, which change once in each episode."
        : "A cart drives forward with a motor of unknown direction and strength.",
      source: "our surrogate for the disabled joints of Nagabandi et al. 2019, arXiv:1803.11347",
      episodesPerLifetime: 5,
      random: .init(0, computation: "exact: actions and gains have symmetric distributions"),
      oracle: .init(
        0.75 * Self.fullPushes,
        computation: "exact: full pushes with the sign of \(when); the return is linear in its magnitude"),
      trajectoryHash: switches ? "bc843077b642669d" : "742ec1ea3c3f8d51", keepsRewardsWithinEpisodes: true)
  }
}

import MetaRL
import Tensors

/// A cart on a slope whose mass, damping, motor and gravity are not known: a surrogate, without a physics engine,
/// for the walkers and hoppers with random parameters of meta-reinforcement learning.
///
/// Its returns say nothing of theirs. The velocity follows v' = v + 0.05 ((2 k a - d v) / m - g / 5), and 1
/// is wanted: the reward is minus the difference less 0.05 a². Tasks differ in what a step does, not in what
/// it is paid: mass m, motor k and gravity g are 1.5 to a power from -3 to 3, damping d is 1.3 to such a
/// power. The velocity never leaves ±5.
public struct RandomParametersLite: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The mass, 1.5 to a power from -3 to 3: m above.
    public var mass: Float
    /// The damping, 1.3 to a power from -3 to 3: d above.
    public var damping: Float
    /// The strength of the motor, 1.5 to a power from -3 to 3: k above.
    public var motor: Float
    /// Gravity on the slope, 1.5 to a power from -3 to 3: g above.
    public var gravity: Float

    /// A task with the given parameters.
    public init(mass: Float, damping: Float, motor: Float, gravity: Float) {
      self.mass = mass
      self.damping = damping
      self.motor = motor
      self.gravity = gravity
    }
  }

  static let interval: Float = 0.05

  public init() {}

  /// Observation: the velocity; one number; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 1, actionSpace: .continuous(size: 1), horizon: 100)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "random-parameters-lite")
    // The logarithms of 1.5 and 1.3. The exponential has the same bits on every system.
    let logarithms = [0.4054651081081644, 0.26236426446749106, 0.4054651081081644, 0.4054651081081644]
    let powers = logarithms.map { $0 * random.uniform(-3, 3) }
    let drawn = Tensor(powers, shape: [4], precision: .double).exp().floats
    return TaskParameters(mass: drawn[0], damping: drawn[1], motor: drawn[2], gravity: drawn[3])
  }

  /// The mass, the damping, the strength of the motor and gravity.
  public func descriptor(of task: TaskParameters) -> [Float] {
    [task.mass, task.damping, task.motor, task.gravity]
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  public struct Lanes: Environment {
    private let tasks: [TaskParameters]
    private var velocities: [Float]

    init(_ tasks: [TaskParameters]) {
      self.tasks = tasks
      velocities = [Float](repeating: 0, count: tasks.count)
    }

    public var laneCount: Int { tasks.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      velocities = [Float](repeating: 0, count: laneCount)
      return Tensor(velocities, shape: [laneCount, 1])
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let drives = actions.clipped(lanes: laneCount, size: 1)
      var rewards = drives
      for (lane, task) in tasks.enumerated() {
        let force = 2 * task.motor * drives[lane] - task.damping * velocities[lane]
        let change = RandomParametersLite.interval * (force / task.mass - 0.2 * task.gravity)
        velocities[lane] = max(-5, min(5, velocities[lane] + change))
        rewards[lane] = -abs(velocities[lane] - 1) - 0.05 * drives[lane] * drives[lane]
      }
      return StepOutcome(observations: Tensor(velocities, shape: [laneCount, 1]), rewards: Rewards(rewards))
    }
  }
}

extension RandomParametersLite {
  public var card: FamilyCard {
    FamilyCard(
      name: "random-parameters-lite", version: 1,
      summary:
        "A cart with hidden parameters keeps a speed; a surrogate for walkers and hoppers, not comparable.",
      source: "our surrogate for the random parameters of Rakelly et al. 2019, arXiv:1903.08254",
      episodesPerLifetime: 40,
      random: .normalActions(-125.981, standardError: 0.087),
      oracle: .init(
        -27.13, standardError: 0.10, computation: "simulation of a controller that knows the parameters"),
      trajectoryHash: "71c49a33cb9de75c")
  }
}

import MetaRL
import Tensors

/// A runner that is to keep a speed it is not told: a surrogate, without a physics engine,
/// for the half-cheetah of meta-reinforcement learning.
///
/// Its returns say nothing of that one's. Four legs swing in turn, a quarter of a cycle apart. An action pushes
/// with each leg, with effect as the leg stands: the speed follows v' = v + 0.05 (2 m - v / 2) with m the
/// hyperbolic tangent of half the sum of pushes times stands. The reward is minus the difference to the speed
/// that is wanted, from 0 to 3, less 0.05 |a|².
public struct VelocityTrackingLite: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The speed that is wanted, from 0 to 3.
    public var speed: Float

    /// A task with the given speed.
    public init(speed: Float) { self.speed = speed }
  }

  static let legs = 4
  static let interval: Float = 0.05
  /// The share of a cycle that a step takes.
  static let phaseStep: Float = 0.1

  public init() {}

  /// Observation: the speed, and how each leg stands, from -1 to 1; a vector of four numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 1 + Self.legs, actionSpace: .continuous(size: Self.legs), horizon: 100)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "velocity-tracking-lite")
    return TaskParameters(speed: Float(random.uniform(0, 3)))
  }

  public func descriptor(of task: TaskParameters) -> [Float] { [task.speed] }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  public struct Lanes: Environment {
    private let wanted: [Float]
    private var speeds: [Float]
    private var phases: [Float]

    init(_ tasks: [TaskParameters]) {
      wanted = tasks.map(\.speed)
      speeds = [Float](repeating: 0, count: tasks.count)
      phases = speeds
    }

    public var laneCount: Int { wanted.count }

    /// The position of a leg: a triangular wave of the phase.
    private func stand(_ lane: Int, _ leg: Int) -> Float {
      var phase = phases[lane] + Float(leg) / Float(VelocityTrackingLite.legs)
      if phase >= 1 { phase -= 1 }
      return 4 * abs(phase - 0.5) - 1
    }

    private var observations: Tensor {
      let rows = (0..<laneCount).flatMap { lane in
        [speeds[lane]] + (0..<VelocityTrackingLite.legs).map { stand(lane, $0) }
      }
      return Tensor(rows, shape: [laneCount, 1 + VelocityTrackingLite.legs])
    }

    /// Stops every runner, its legs anywhere in their cycle.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      phases = random.uniforms(perLane: 1)
      for lane in speeds.indices { speeds[lane] = 0 }
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let legs = VelocityTrackingLite.legs
      let pushes = actions.clipped(lanes: laneCount, size: legs)
      var (sums, costs) = ([Float](repeating: 0, count: laneCount), [Float](repeating: 0, count: laneCount))
      for lane in 0..<laneCount {
        for leg in 0..<legs {
          let push = pushes[lane * legs + leg]
          sums[lane] += 0.5 * push * stand(lane, leg)
          costs[lane] += 0.05 * push * push
        }
      }
      let drives = Tensor(sums).tanh().floats
      var rewards = sums
      for lane in 0..<laneCount {
        speeds[lane] += VelocityTrackingLite.interval * (2 * drives[lane] - 0.5 * speeds[lane])
        phases[lane] += VelocityTrackingLite.phaseStep
        if phases[lane] >= 1 { phases[lane] -= 1 }
        rewards[lane] = -abs(speeds[lane] - wanted[lane]) - costs[lane]
      }
      return StepOutcome(observations: observations, rewards: Rewards(rewards))
    }
  }
}

extension VelocityTrackingLite {
  public var card: FamilyCard {
    FamilyCard(
      name: "velocity-tracking-lite", version: 1,
      summary:
        "A runner keeps a hidden target speed; a surrogate for half-cheetahs, not comparable with them.",
      source: "our surrogate for the half-cheetah of Finn et al. 2017, arXiv:1703.03400",
      episodesPerLifetime: 40,
      random: .normalActions(-160.93, standardError: 0.27),
      oracle: .init(-35.96, standardError: 0.11, computation: "simulation of a controller that knows the speed"),
      trajectoryHash: "d8729dddc7e2662d")
  }
}

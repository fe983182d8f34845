import MetaRL
import Tensors

/// A mass in the plane that is pushed about: a surrogate, without a physics engine,
/// for the ants of meta-reinforcement learning.
///
/// Its returns say nothing of theirs. Position and velocity follow v' = v + 0.1 (2 a - v / 2) and x' = x + 0.1
/// v'. Either the mass is to go to a goal within 3 of the origin, and is paid minus the sum of the distances in
/// both directions less 0.1 |a|²; or it is to move in some direction, and is paid its velocity that way less 0.05
/// |a|².
public struct PointMassLite: TaskFamily {
  /// The objective of the mass.
  public enum Aim: String, Codable, Sendable, CaseIterable {
    /// To be at a place within 3 of the origin.
    case goal
    /// To move fast in a direction of the plane.
    case direction
  }

  public typealias TaskParameters = PlanePoint

  static let interval: Float = 0.1

  /// The objective of the mass.
  public let aim: Aim

  /// Chooses what the mass is paid for.
  public init(_ aim: Aim) { self.aim = aim }

  /// Observation: position and velocity; a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 4, actionSpace: .continuous(size: 2), horizon: 100)
  }

  /// A goal, uniform in the disc of radius 3, or a direction.
  public func task(_ id: TaskID) -> PlanePoint {
    var random = id.random(family: "\(aim.rawValue)-lite")
    let angle = random.uniform(0, 2 * Double.pi)
    return PlanePoint(angle: angle, radius: aim == .goal ? 3 * random.uniform().squareRoot() : 1)
  }

  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  public func makeEnvironment(_ tasks: [PlanePoint]) -> Lanes { Lanes(tasks, aim) }

  public struct Lanes: Environment {
    private let tasks: [PlanePoint]
    private let aim: Aim
    /// `[lane, (x, y, velocity in x, velocity in y)]`, row by row.
    private var states: [Float]

    init(_ tasks: [PlanePoint], _ aim: Aim) {
      self.tasks = tasks
      self.aim = aim
      states = [Float](repeating: 0, count: 4 * tasks.count)
    }

    public var laneCount: Int { tasks.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      states = [Float](repeating: 0, count: 4 * laneCount)
      return Tensor(states, shape: [laneCount, 4])
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let pushes = actions.clipped(lanes: laneCount, size: 2)
      var rewards = [Float](repeating: 0, count: laneCount)
      for lane in 0..<laneCount {
        let target = [tasks[lane].x, tasks[lane].y]
        for axis in 0..<2 {
          let (place, push) = (4 * lane + axis, pushes[2 * lane + axis])
          states[place + 2] += PointMassLite.interval * (2 * push - 0.5 * states[place + 2])
          states[place] += PointMassLite.interval * states[place + 2]
          switch aim {
          case .goal: rewards[lane] -= abs(states[place] - target[axis]) + 0.1 * push * push
          case .direction: rewards[lane] += states[place + 2] * target[axis] - 0.05 * push * push
          }
        }
      }
      return StepOutcome(observations: Tensor(states, shape: [laneCount, 4]), rewards: Rewards(rewards))
    }
  }
}

extension PointMassLite {
  public var card: FamilyCard {
    switch aim {
    case .goal:
      FamilyCard(
        name: "goal-lite", version: 1,
        summary: "A point mass moves to a hidden goal; a surrogate for ants, not comparable with them.",
        source: "our surrogate for ant-goal of Rothfuss et al. 2019, arXiv:1810.06784",
        episodesPerLifetime: 40,
        random: .normalActions(-351.33, standardError: 0.44),
        oracle: .init(-29.312, standardError: 0.040, computation: "simulation of a controller that knows the goal"),
        trajectoryHash: "c6b56df93b58e769")
    case .direction:
      FamilyCard(
        name: "direction-lite", version: 1,
        summary:
          "A point mass moves in a hidden direction; a surrogate for ants, not comparable with them.",
        source: "our surrogate for ant-dir of Rakelly et al. 2019, arXiv:1903.08254", episodesPerLifetime: 40,
        random: .normalActions(-5.202, standardError: 0.077),
        oracle: .init(
          402.98, standardError: 0.13, computation: "simulation of a controller that knows the direction"),
        trajectoryHash: "58e2703f1281c5ed")
    }
  }
}

import MetaRL
import Tensors

/// A point with momentum whose goal is one of four corners.
///
/// From the point environments of Rothfuss, Lee, Clavera, Asfour & Abbeel (2019, arXiv:1810.06784). An action
/// changes the velocity by at most 0.1 in each direction, and the velocity then moves the point. The sparse reward is
/// 2 minus the distance to the corner, where that is positive; the dense reward is minus the distance. The authors'
/// code slices the wrong axis to find the distance; this is the distance of the position alone. Episodes start near
/// the origin, with some velocity, and never end early.
public struct MomentumNavigation: TaskFamily {
  public typealias TaskParameters = PlanePoint

  /// The largest change of velocity in one direction.
  static let acceleration: Float = 0.1
  /// Half the width of the square that episodes start in.
  static let startRange: Float = 0.2
  /// The largest velocity in one direction that episodes start with.
  static let startVelocity: Float = 0.1
  /// The sparse reward is 0 where the corner is further away.
  static let rewardRadius: Float = 2

  public init() {}

  /// Observation (x, y, velocity in x, velocity in y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 4, actionSpace: .continuous(size: 2), horizon: 100, reportedReward: .sparse)
  }

  /// The four corners in turn, in every split.
  public func task(_ id: TaskID) -> PlanePoint { .corner(id.index) }

  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  public func taskCount(in split: TaskID.Split) -> Int? { 4 }

  public func makeEnvironment(_ tasks: [PlanePoint]) -> Lanes { Lanes(goals: tasks) }

  public struct Lanes: Environment {
    let goals: [PlanePoint]
    /// `[lane, (x, y, velocity in x, velocity in y)]`, row by row.
    var states: [Float]

    init(goals: [PlanePoint]) {
      self.goals = goals
      states = [Float](repeating: 0, count: 4 * goals.count)
    }

    public var laneCount: Int { goals.count }

    /// Puts every point near the origin, with some velocity.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      states = random.uniforms(perLane: 4).map { 2 * $0 - 1 }
      for i in states.indices {
        states[i] *= i % 4 < 2 ? MomentumNavigation.startRange : MomentumNavigation.startVelocity
      }
      return Tensor(states, shape: [laneCount, 4])
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let pushes = actions.clipped(lanes: laneCount, size: 2)
      var dense = [Float](repeating: 0, count: laneCount)
      var sparse = dense
      for (lane, goal) in goals.enumerated() {
        for axis in 0..<2 {
          let place = 4 * lane + axis
          states[place + 2] += MomentumNavigation.acceleration * pushes[2 * lane + axis]
          states[place] += states[place + 2]
        }
        let distance = goal.distance(to: PlanePoint(x: states[4 * lane], y: states[4 * lane + 1]))
        dense[lane] = -distance
        sparse[lane] = max(MomentumNavigation.rewardRadius - distance, 0)
      }
      return StepOutcome(
        observations: Tensor(states, shape: [laneCount, 4]), rewards: Rewards(dense: dense, sparse: sparse))
    }
  }
}

extension MomentumNavigation {
  public var card: FamilyCard {
    FamilyCard(
      name: "momentum-navigation-sparse", version: 1,
      summary: "A point with momentum moves to one of four corners; the reward is sparse, within 2 of the corner. "
        + "Test tasks are training tasks.",
      source: "Rothfuss et al. 2019, arXiv:1810.06784; the authors' code, MetaPointEnvMomentum, with the distance "
        + "taken of the position",
      actionScale: 0.1, episodesPerLifetime: 40,
      random: .normalActions(2.129, standardError: 0.007),
      oracle: .init(
        190.914, standardError: 0.003,
        computation: "simulation of a controller that brakes in time, in each direction"),
      trajectoryHash: "20e5a3bbf5aed2a0")
  }
}

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
  /// The corner is the task.
  public typealias TaskParameters = Corner

  /// The largest change of velocity in one direction.
  static let acceleration: Float = 0.1
  /// Half the width of the square that episodes start in.
  static let startRange: Float = 0.2
  /// The largest velocity in one direction that episodes start with.
  static let startVelocity: Float = 0.1
  /// The sparse reward is 0 where the corner is further away.
  static let rewardRadius: Float = 2

  /// The family.
  public init() {}

  /// Observation (x, y, velocity in x, velocity in y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 4, actionSpace: .continuous(size: 2), horizon: 100, reportedReward: .sparse)
  }

  /// The corner of a name: the four corners in turn, in every split.
  public func task(_ id: TaskID) -> Corner { Corner(id.index) }

  /// The corner.
  public func descriptor(of task: Corner) -> [Float] { [task.x, task.y] }

  /// Four.
  public func taskCount(in split: TaskID.Split) -> Int? { 4 }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [Corner]) -> Lanes { Lanes(goals: tasks) }

  /// Points side by side.
  public struct Lanes: Environment {
    let goals: [Corner]
    var x: [Float]
    var y: [Float]
    var velocityX: [Float]
    var velocityY: [Float]

    init(goals: [Corner]) {
      self.goals = goals
      x = [Float](repeating: 0, count: goals.count)
      (y, velocityX, velocityY) = (x, x, x)
    }

    /// The number of lanes.
    public var laneCount: Int { goals.count }

    /// Puts every point near the origin.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      let numbers = random.uniforms(perLane: 4).map { 2 * $0 - 1 }
      for lane in 0..<laneCount {
        x[lane] = MomentumNavigation.startRange * numbers[4 * lane]
        y[lane] = MomentumNavigation.startRange * numbers[4 * lane + 1]
        velocityX[lane] = MomentumNavigation.startVelocity * numbers[4 * lane + 2]
        velocityY[lane] = MomentumNavigation.startVelocity * numbers[4 * lane + 3]
      }
      return observations
    }

    /// Accelerates and moves every point.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let pushes = actions.clipped(lanes: laneCount, size: 2)
      var dense = [Float](repeating: 0, count: laneCount)
      var sparse = dense
      for lane in 0..<laneCount {
        velocityX[lane] += MomentumNavigation.acceleration * pushes[2 * lane]
        velocityY[lane] += MomentumNavigation.acceleration * pushes[2 * lane + 1]
        x[lane] += velocityX[lane]
        y[lane] += velocityY[lane]
        let distance = goals[lane].distance(toX: x[lane], y: y[lane])
        dense[lane] = -distance
        sparse[lane] = max(MomentumNavigation.rewardRadius - distance, 0)
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(dense: dense, sparse: sparse),
        terminated: [Bool](repeating: false, count: laneCount))
    }

    private var observations: Tensor {
      var values = [Float](repeating: 0, count: 4 * laneCount)
      for lane in 0..<laneCount {
        values[4 * lane] = x[lane]
        values[4 * lane + 1] = y[lane]
        values[4 * lane + 2] = velocityX[lane]
        values[4 * lane + 3] = velocityY[lane]
      }
      return Tensor(values, shape: [laneCount, 4])
    }
  }
}

extension MomentumNavigation {
  /// The family's card.
  public var card: FamilyCard {
    FamilyCard(
      name: "momentum-navigation-sparse", version: 1,
      summary: "A point with momentum moves to one of four corners; the reward is sparse, within 2 of the corner. "
        + "Test tasks are training tasks.",
      source: "Rothfuss et al. 2019, arXiv:1810.06784; the authors' code, MetaPointEnvMomentum, with the distance "
        + "taken of the position",
      actionScale: 0.1, episodesPerLifetime: 40,
      random: .init(
        2.129, standardError: 0.007, computation: "simulation, actions from a standard normal distribution"),
      oracle: .init(
        190.914, standardError: 0.003,
        computation: "simulation of a controller that brakes in time, in each direction"),
      trajectoryHash: "20e5a3bbf5aed2a0")
  }
}

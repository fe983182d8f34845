import MetaRL
import Tensors

/// A point that has to leave its start in one direction to find a goal it does not see: what is left of MAESN's ant on a
/// ring (Gupta, Mendonca, Liu, Abbeel & Levine, 2018, arXiv:1802.07245) without a body.
///
/// A step moves the point by at most 0.05 in each direction; episodes start at the origin. The dense reward is minus the
/// sum of the distances to the goal in both directions. In the sparse one, which is reported, it is the sum at the origin
/// wherever the goal is further away than 0.8: as with the ant, the reward is flat there. Goals are those of a
/// `RingGoal`.
///
/// Steps are so short that noise in single steps gets nowhere: standard normal actions come within 0.8 of the goal in
/// fewer than 1 of 1000 episodes, while a point that goes in one direction, drawn for the episode, does in about 1 of 8.
public struct PointRing: TaskFamily {
  /// The goal is the task.
  public typealias TaskParameters = RingGoal

  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.05

  /// Makes the family.
  public init() {}

  /// Observation (x, y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 100, reportedReward: .sparse)
  }

  /// The goal of a name.
  public func task(_ id: TaskID) -> RingGoal { RingGoal(id, family: "point-ring") }

  /// The goal.
  public func descriptor(of task: RingGoal) -> [Float] { [task.x, task.y] }

  /// 100 for training and 30 in the other splits.
  public func taskCount(in split: TaskID.Split) -> Int? { RingGoal.count(in: split) }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [RingGoal]) -> Lanes { Lanes(tasks) }

  /// Points side by side.
  public struct Lanes: Environment {
    private let goals: [RingGoal]
    private var x: [Float]
    private var y: [Float]

    init(_ goals: [RingGoal]) {
      self.goals = goals
      x = [Float](repeating: 0, count: goals.count)
      y = x
    }

    /// The number of lanes.
    public var laneCount: Int { goals.count }

    /// Puts every point at the origin.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in 0..<laneCount { (x[lane], y[lane]) = (0, 0) }
      return Tensor([Float](repeating: 0, count: 2 * laneCount), shape: [laneCount, 2])
    }

    /// Moves every point.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let moves = actions.clipped(lanes: laneCount, size: 2)
      var observations = moves
      var dense = [Float](repeating: 0, count: laneCount)
      var sparse = dense
      var isNear = [Bool](repeating: false, count: laneCount)
      for lane in 0..<laneCount {
        let goal = goals[lane]
        x[lane] += PointRing.stepLength * moves[2 * lane]
        y[lane] += PointRing.stepLength * moves[2 * lane + 1]
        isNear[lane] = goal.distance(toX: x[lane], y: y[lane]) <= RingGoal.rewardRadius
        dense[lane] = -abs(goal.x - x[lane]) - abs(goal.y - y[lane])
        sparse[lane] = isNear[lane] ? dense[lane] : -abs(goal.x) - abs(goal.y)
        observations[2 * lane] = x[lane]
        observations[2 * lane + 1] = y[lane]
      }
      return StepOutcome(
        observations: Tensor(observations, shape: [laneCount, 2]), rewards: Rewards(dense: dense, sparse: sparse),
        terminated: [Bool](repeating: false, count: laneCount), succeeded: isNear)
    }
  }
}

extension PointRing {
  /// The family's card.
  ///
  /// A lifetime holds three updates on 20 episodes or one on 50, the numbers of episodes that MAESN takes, and the
  /// episodes after them.
  public var card: FamilyCard {
    FamilyCard(
      name: "point-ring", version: 1,
      summary: "A point finds a goal on a ring around its start; reward for closeness only within 0.8 of the goal.",
      source: "the ant of Gupta et al. 2018, arXiv:1802.07245, reduced to a point",
      actionScale: 0.05, episodesPerLifetime: 60,
      random: .init(
        -254.60, standardError: 0.08,
        computation: "simulation on the test goals, actions from a standard normal distribution"),
      oracle: .init(-57.141, computation: "simulation of the shortest way in each direction to the test goals"),
      trajectoryHash: "a7db81684683187a")
  }
}

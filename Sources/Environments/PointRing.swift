import MetaRL
import Tensors

/// A point that has to leave its start in one direction to find a goal it does not see: what is left of MAESN's ant on a
/// ring (Gupta, Mendonca, Liu, Abbeel & Levine, 2018, arXiv:1802.07245) without a body.
///
/// A step moves the point by at most 0.05 in each direction; episodes start at the origin. The dense reward is
/// minus the sum of the distances to the goal in both directions. In the sparse one, which is reported, it is
/// the sum at the origin wherever the goal is further away than 0.8: as with the ant, the reward is flat
/// there. Goals are those of `GoalRing`.
///
/// Steps are so short that noise in single steps gets nowhere: standard normal actions come within 0.8 of the goal in
/// fewer than 1 of 1000 episodes, while a point that goes in one direction, drawn for the episode, does in about 1 of 8.
public struct PointRing: TaskFamily {
  public typealias TaskParameters = PlanePoint

  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.05

  public init() {}

  /// Observation (x, y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 100, reportedReward: .sparse)
  }

  public func task(_ id: TaskID) -> PlanePoint { GoalRing.goal(id, family: "point-ring") }

  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  public func taskCount(in split: TaskID.Split) -> Int? { GoalRing.count(in: split) }

  public func makeEnvironment(_ goals: [PlanePoint]) -> PointLanes {
    PointLanes(count: goals.count, stepLength: Self.stepLength) { _, points in
      var dense = [Float](repeating: 0, count: goals.count)
      var sparse = dense
      var isNear = [Bool](repeating: false, count: goals.count)
      for (lane, goal) in goals.enumerated() {
        let point = points[lane]
        isNear[lane] = goal.distance(to: point) <= GoalRing.rewardRadius
        dense[lane] = -abs(goal.x - point.x) - abs(goal.y - point.y)
        sparse[lane] = isNear[lane] ? dense[lane] : -abs(goal.x) - abs(goal.y)
      }
      return StepOutcome(
        observations: points.observations, rewards: Rewards(dense: dense, sparse: sparse), succeeded: isNear)
    }
  }
}

extension PointRing {
  /// The family's card.
  ///
  /// A lifetime holds three updates on 20 episodes or one on 50, the numbers of episodes that MAESN
  /// takes, and the episodes after them.
  public var card: FamilyCard {
    FamilyCard(
      name: "point-ring", version: 1,
      summary: "A point finds a goal on a ring around its start; reward for closeness only within 0.8 of the goal.",
      source: "the ant of Gupta et al. 2018, arXiv:1802.07245, reduced to a point",
      actionScale: 0.05, episodesPerLifetime: 60,
      random: .normalActions(-254.60, standardError: 0.08, on: "test goals"),
      oracle: .init(-57.141, computation: "simulation of the shortest way in each direction to the test goals"),
      trajectoryHash: "a7db81684683187a")
  }
}

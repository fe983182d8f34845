import MetaRL
import Tensors

/// A point in the plane whose goal is one of four corners.
///
/// The illustration of Rothfuss, Lee, Clavera, Asfour & Abbeel (2019, arXiv:1810.06784), as the authors' code has
/// it. An episode starts near the origin and never ends early; a step moves the point by at most 0.2 in each
/// direction. The dense reward is minus the distance to the corner. The sparse reward is the progress made
/// towards the corner, paid only outside the middle (where |x| + |y| is below 0.5) and only where no other corner
/// is closer, so that an agent has to leave the middle and choose a quadrant to learn anything.
///
/// The sparse reward can be milked: steps back are not charged in the middle or in a wrong quadrant, so going to and
/// fro across such a border earns more than the corner does. That is the authors' reward, and it is kept; the oracle
/// walks straight to the corner.
public struct CornerNavigation: TaskFamily {
  public typealias TaskParameters = PlanePoint

  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.2
  /// Half the width of the square that episodes start in.
  static let startRange: Float = 0.2
  /// The sparse reward is 0 where |x| + |y| is smaller.
  static let middleRadius: Float = 0.5

  /// The reward channel that is reported.
  public let reportedReward: RewardChannel

  /// Chooses the reward channel that is reported.
  public init(reportedReward: RewardChannel = .sparse) { self.reportedReward = reportedReward }

  /// Observation (x, y); a vector of two numbers; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2, actionSpace: .continuous(size: 2), horizon: 100, reportedReward: reportedReward)
  }

  /// The four corners in turn, in every split.
  public func task(_ id: TaskID) -> PlanePoint { .corner(id.index) }

  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  public func taskCount(in split: TaskID.Split) -> Int? { 4 }

  public func makeEnvironment(_ goals: [PlanePoint]) -> PointLanes {
    PointLanes(count: goals.count, stepLength: Self.stepLength, startRange: Self.startRange) { before, points in
      var dense = [Float](repeating: 0, count: goals.count)
      var sparse = dense
      for (lane, goal) in goals.enumerated() {
        let point = points[lane]
        let distance = goal.distance(to: point)
        dense[lane] = -distance
        // No other corner is closer.
        let isInQuadrant = point.x * goal.x >= 0 && point.y * goal.y >= 0
        guard abs(point.x) + abs(point.y) >= Self.middleRadius, isInQuadrant else { continue }
        sparse[lane] = goal.distance(to: before[lane]) - distance
      }
      return StepOutcome(observations: points.observations, rewards: Rewards(dense: dense, sparse: sparse))
    }
  }
}

extension CornerNavigation {
  public var card: FamilyCard {
    let isDense = reportedReward == .dense
    return FamilyCard(
      name: "corner-navigation-\(reportedReward.rawValue)", version: 1,
      summary: isDense
        ? "A point moves to one of four corners; the reward is minus the distance. Test tasks are training tasks."
        : "A point moves to one of four corners; progress is rewarded, but only in the corner's quadrant and outside "
          + "the middle. Test tasks are training tasks.",
      source: "Rothfuss et al. 2019, arXiv:1810.06784; the authors' code, MetaPointEnvCorner", actionScale: 0.2,
      episodesPerLifetime: 40,
      random: isDense
        ? .normalActions(-302.54, standardError: 0.12) : .normalActions(0.5808, standardError: 0.0010),
      oracle: isDense
        ? .init(-12.8816, standardError: 0.0035, computation: "simulation of the shortest way in each direction")
        : .init(2.61758, standardError: 0.00025, computation: "simulation of the straight way to the corner"),
      trajectoryHash: "0948469ef2a07606")
  }
}

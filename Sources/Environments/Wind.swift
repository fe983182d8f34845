import MetaRL
import Tensors

/// A point in the plane that is to reach a goal in a steady wind that it does not see.
///
/// Wind of Ni, Eysenbach & Salakhutdinov (2022, arXiv:2110.05038), in the authors' code. An action moves the point by at
/// most 0.1 in each direction, and the wind of the task by at most 0.08. The goal is (0, 1) in every task; each step that
/// ends within 0.03 of it gives reward 1. The first transition shows the wind, and the best first action is the same in any
/// wind: an agent that does not know its task can earn as much as one that does.
///
/// Departs from the authors' code: tasks are drawn without end, where theirs are 60.
public struct Wind: TaskFamily {
  /// The displacement in every step.
  public typealias TaskParameters = PlanePoint

  static let goal = PlanePoint(x: 0, y: 1)
  static let goalRadius: Float = 0.03
  static let stepLength: Float = 0.1
  /// The strongest wind in each direction.
  static let strongest = 0.08

  /// The only family of its kind.
  public init() {}

  /// Observation (x, y); a vector of two numbers; 75 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 75)
  }

  public func task(_ id: TaskID) -> PlanePoint {
    var random = id.random(family: "wind")
    let x = Float(random.uniform(-Self.strongest, Self.strongest))
    return PlanePoint(x: x, y: Float(random.uniform(-Self.strongest, Self.strongest)))
  }

  /// The wind.
  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  public func makeEnvironment(_ winds: [PlanePoint]) -> PointLanes {
    PointLanes(count: winds.count, stepLength: Self.stepLength) { _, points in
      let isAtGoal = winds.indices.map { lane in
        points[lane] = PlanePoint(x: points[lane].x + winds[lane].x, y: points[lane].y + winds[lane].y)
        return points[lane].distance(to: Self.goal) <= Self.goalRadius
      }
      return StepOutcome(
        observations: points.observations, rewards: Rewards(isAtGoal.map { $0 ? 1 : 0 }), succeeded: isAtGoal)
    }
  }
}

extension Wind {
  public var card: FamilyCard {
    let best = 62.18625045950712
    return FamilyCard(
      name: "wind", version: 1,
      summary: "A point in a hidden steady wind moves to a known goal; every step at the goal gives reward 1.",
      source: "Ni et al. 2022, arXiv:2110.05038, the authors' code, wind", actionScale: 0.1, episodesPerLifetime: 1,
      random: .normalActions(0.007667, standardError: 0.000022),
      oracle: .init(best, computation: "exact: the mean of 76 - ceil(0.97 / (0.1 + wind y)) over winds"),
      bayesOptimal: .init(
        [best], computation: "exact: as the oracle, since the first step shows the wind and loses nothing"),
      trajectoryHash: "321700592f41ab0e", keepsRewardsWithinEpisodes: true)
  }
}

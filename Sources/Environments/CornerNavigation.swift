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
  /// The corner is the task.
  public typealias TaskParameters = Corner

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

    init(goals: [Corner]) {
      self.goals = goals
      x = [Float](repeating: 0, count: goals.count)
      y = x
    }

    /// The number of lanes.
    public var laneCount: Int { goals.count }

    /// Puts every point near the origin.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      let starts = random.uniforms(perLane: 2).map { (2 * $0 - 1) * CornerNavigation.startRange }
      for lane in 0..<laneCount { (x[lane], y[lane]) = (starts[2 * lane], starts[2 * lane + 1]) }
      return Tensor(starts, shape: [laneCount, 2])
    }

    /// Moves every point.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let moves = actions.clipped(lanes: laneCount, size: 2)
      var observations = moves
      var dense = [Float](repeating: 0, count: laneCount)
      var sparse = dense
      for lane in 0..<laneCount {
        let goal = goals[lane]
        let before = goal.distance(toX: x[lane], y: y[lane])
        x[lane] += CornerNavigation.stepLength * moves[2 * lane]
        y[lane] += CornerNavigation.stepLength * moves[2 * lane + 1]
        let after = goal.distance(toX: x[lane], y: y[lane])
        let isOutside = abs(x[lane]) + abs(y[lane]) >= CornerNavigation.middleRadius
        dense[lane] = -after
        sparse[lane] = isOutside && goal.isClosest(toX: x[lane], y: y[lane]) ? before - after : 0
        observations[2 * lane] = x[lane]
        observations[2 * lane + 1] = y[lane]
      }
      return StepOutcome(
        observations: Tensor(observations, shape: [laneCount, 2]), rewards: Rewards(dense: dense, sparse: sparse),
        terminated: [Bool](repeating: false, count: laneCount))
    }
  }
}

extension CornerNavigation {
  /// The family's card.
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
        ? .init(
          -302.54, standardError: 0.12, computation: "simulation, actions from a standard normal distribution")
        : .init(
          0.5808, standardError: 0.0010, computation: "simulation, actions from a standard normal distribution"),
      oracle: isDense
        ? .init(-12.8816, standardError: 0.0035, computation: "simulation of the shortest way in each direction")
        : .init(2.61758, standardError: 0.00025, computation: "simulation of the straight way to the corner"),
      trajectoryHash: "0948469ef2a07606")
  }
}

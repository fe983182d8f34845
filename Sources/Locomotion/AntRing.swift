import MetaRL

/// A weak ant that is to go to a place on a half circle of radius 2 that it is not told (Gupta, Mendonca,
/// Liu, Abbeel & Levine, 2018, arXiv:1802.07245).
///
/// The dense reward is 4 minus the sum of the distances in the two directions, less costs of the action and of contacts,
/// and 0.05 for being upright; the ant that falls ends the episode. In the sparse reward the distance is measured at the
/// origin wherever the ant is further than 0.8 from the goal, so nothing but costs changes there. The paper trains with
/// the dense reward and tests with the sparse one. Its 100 training and 30 test goals are draws from the same half circle;
/// here every task name has its own goal.
public struct AntRing: TaskFamily {
  public typealias TaskParameters = PlaneTarget

  static let radius = 2.0
  static let goalRadius = 0.8
  private static let trainingGoals = 100
  private static let testGoals = 30
  static let parts: [ObservationPart] = [
    .positions(from: 0), .velocities(within: .infinity), .contactForces(within: 1), .torsoFrame, .centerOfMass,
  ]

  /// The reward channel that is reported, which decides the name of the family.
  public let reportedReward: RewardChannel

  /// Chooses the reward that is reported.
  public init(reportedReward: RewardChannel = .sparse) { self.reportedReward = reportedReward }

  /// Observation: pose, velocity, clipped contact forces, frame of the torso and center of mass; a
  /// vector of eight numbers; 200 steps.
  public var spec: EnvironmentSpec { Robot.weakAnt.spec(observing: Self.parts, reportedReward: reportedReward) }

  public func task(_ id: TaskID) -> PlaneTarget {
    var random = id.random(family: "ant-ring")
    return PlaneTarget(angle: random.uniform(0, .pi), radius: Self.radius)
  }

  public func descriptor(of task: PlaneTarget) -> [Float] { task.numbers }

  /// 100 for training, and 30 each for validation and for testing, as in the paper.
  public func taskCount(in split: TaskID.Split) -> Int? { split == .train ? Self.trainingGoals : Self.testGoals }

  public func makeEnvironment(_ tasks: [PlaneTarget]) -> LocomotionLanes {
    LocomotionLanes(
      .weakAnt, observing: Self.parts, episodesEnd: true, hasSuccess: true,
      rules: tasks.map { task in
        { step in
          let (dx, dy) = (step.center.x - task.x, step.center.y - task.y)
          let isNear = (dx * dx + dy * dy).squareRoot() <= Self.goalRadius
          let rest = 0.05 - 0.005 * step.squaredAction - 0.0005 * step.clippedContacts
          return LocomotionReward(
            4 - abs(dx) - abs(dy) + rest,
            sparse: 4 - (isNear ? abs(dx) + abs(dy) : abs(task.x) + abs(task.y)) + rest,
            terminated: !(0.2...1).contains(step.height), succeeded: isNear)
        }
      })
  }
}

import MetaRL
import Tensors

/// A point in the plane that is to find a goal it does not see: the point robots of Rakelly, Zhou,
/// Quillen, Finn & Levine (2019, arXiv:1903.08254), as the authors' code has them, and the one of
/// VariBAD (Zintgraf et al., 2020, arXiv:1910.08348).
///
/// A step moves the point by at most 0.1 in each direction and is paid minus the distance to the goal; the sparse
/// reward is 1 less the distance within a radius of the goal and 0 elsewhere. No episode ends early.
public struct PointRobot: TaskFamily {
  /// The distribution of goals and the reward.
  public enum Variant: String, Codable, Sendable, CaseIterable {
    /// 80 training and 20 test goals, drawn once from the square from -1 to 1. Episodes start anywhere in it. The
    /// dense reward is all there is.
    case square
    /// 100 goals at equal distances on the upper half of the unit circle, 80 for training and 20 for test. Episodes
    /// start at the origin. The sparse reward, within 0.2 of the goal, is reported.
    case halfCircle
    /// The same goals, with the sparse reward paid within 0.8 of the goal.
    case wideHalfCircle
    /// Goals anywhere on the upper half of the unit circle, and 100 steps; nothing is paid but the sparse reward.
    case varibad
  }

  public typealias TaskParameters = PlanePoint

  /// The length of the longest step in one direction.
  static let stepLength: Float = 0.1
  static let trainingGoals = 80
  static let testGoals = 20
  /// The index of each task's goal among the 100 angles, training tasks first.
  private static let order: [Int] = {
    var random = RandomStream(seed: 0).split("tasks").split("half circle")
    return random.permutation(of: trainingGoals + testGoals)
  }()

  /// The distribution of goals and the reward.
  public let variant: Variant

  /// Chooses where goals are, and what is paid.
  public init(_ variant: Variant = .square) { self.variant = variant }

  /// The sparse reward is paid within this distance of the goal; nil if there is none.
  public var goalRadius: Float? {
    switch variant {
    case .square: nil
    case .halfCircle, .varibad: 0.2
    case .wideHalfCircle: 0.8
    }
  }

  /// Observation (x, y); a vector of two numbers; 20 steps, or 100.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2, actionSpace: .continuous(size: 2), horizon: variant == .varibad ? 100 : 20,
      reportedReward: variant == .square ? .dense : .sparse)
  }

  /// Numbers are taken modulo the number of tasks, where that is finite.
  ///
  /// Validation goals on the half circle lie midway
  /// between those of the other splits.
  public func task(_ id: TaskID) -> PlanePoint {
    let index = taskCount(in: id.split).map { id.index % $0 } ?? id.index
    var random = TaskID(id.split, index).random(family: "point-robot-\(variant.rawValue)")
    switch variant {
    case .square:
      let x = Float(random.uniform(-1, 1))
      return PlanePoint(x: x, y: Float(random.uniform(-1, 1)))
    case .halfCircle, .wideHalfCircle:
      let gap = Double.pi / Double(Self.order.count - 1)
      switch id.split {
      case .train: return PlanePoint(angle: gap * Double(Self.order[index]))
      case .test: return PlanePoint(angle: gap * Double(Self.order[Self.trainingGoals + index]))
      case .validation: return PlanePoint(angle: gap * (Double(4 * index + 10) + 0.5))
      }
    case .varibad: return PlanePoint(angle: random.uniform(0, Double.pi))
    }
  }

  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  /// 80 for training and 20 in the other splits, but VariBAD's goals are without end.
  public func taskCount(in split: TaskID.Split) -> Int? {
    guard variant != .varibad else { return nil }
    return split == .train ? Self.trainingGoals : Self.testGoals
  }

  public func makeEnvironment(_ goals: [PlanePoint]) -> PointLanes {
    let (variant, goalRadius) = (variant, goalRadius)
    let startRange: Float = variant == .square ? 1 : 0
    return PointLanes(count: goals.count, stepLength: Self.stepLength, startRange: startRange) { _, points in
      let dense = goals.indices.map { -goals[$0].distance(to: points[$0]) }
      let sparse = dense.map { reward in goalRadius.map { reward >= -$0 ? reward + 1 : 0 } ?? 0 }
      let rewards: Rewards =
        switch variant {
        case .square: Rewards(dense)
        case .halfCircle, .wideHalfCircle: Rewards(dense: dense, sparse: sparse)
        case .varibad: Rewards(sparse)
        }
      return StepOutcome(observations: points.observations, rewards: rewards)
    }
  }
}

extension PointRobot {
  private static let authors = "Rakelly et al. 2019, arXiv:1903.08254; the authors' code, "

  public var card: FamilyCard {
    switch variant {
    case .square:
      FamilyCard(
        name: "point-robot", version: 1,
        summary:
          "A point in the plane moves to one of 20 held-out hidden goals; the reward is minus the distance.",
        source: Self.authors + "point-robot", actionScale: 0.1, episodesPerLifetime: 30,
        random: .normalActions(-21.978, standardError: 0.016, on: "test goals"),
        oracle: .init(
          -5.365, standardError: 0.015,
          computation: "simulation of the shortest way in each direction to the test goals; -5.196 over all goals"),
        trajectoryHash: "2989bc420242c80f")
    case .halfCircle:
      FamilyCard(
        name: "sparse-point-robot", version: 1,
        summary:
          "A point finds a goal on a half circle; reward within 0.2 of it; training may use the dense reward.",
        source: Self.authors + "sparse-point-robot", actionScale: 0.1, episodesPerLifetime: 30,
        random: .normalActions(0.00768, standardError: 0.00025, on: "test goals"),
        oracle: .init(
          13.33003,
          computation: "the shortest way in each direction to the test goals; 13.37490 over all goals"),
        trajectoryHash: "71dff88f8c6cbdc0")
    case .wideHalfCircle:
      FamilyCard(
        name: "sparse-point-robot-wide", version: 1,
        summary: "The sparse point robot, with reward within 0.8 of its goal.",
        source: Self.authors + "sparse-point-robot with goal_radius 0.8", actionScale: 0.1, episodesPerLifetime: 30,
        random: .normalActions(0.9347, standardError: 0.0028, on: "test goals"),
        oracle: .init(16.02674, computation: "the shortest way in each direction to the test goals"),
        trajectoryHash: "f2cc0848a58ecf86")
    case .varibad:
      FamilyCard(
        name: "varibad-sparse-point", version: 1,
        summary: "A point finds a goal anywhere on a half circle; reward only within 0.2 of it.",
        source: "Zintgraf et al. 2020, arXiv:1910.08348; the authors' code, SparsePointEnv", actionScale: 0.1,
        episodesPerLifetime: 3,
        random: .normalActions(0.8129, standardError: 0.0051),
        oracle: .init(
          93.3860, standardError: 0.0025, computation: "simulation of the shortest way in each direction"),
        trajectoryHash: "719379c01ff3ab4d")
    }
  }
}

import MetaRL
import Tensors

/// A goal at an angle from 0 to π on the circle of radius 2 around the start, as in the wheeled robot and the ant of MAESN
/// (Gupta, Mendonca, Liu, Abbeel & Levine, 2018, arXiv:1802.07245).
public struct RingGoal: Codable, Sendable, Hashable {
  /// The first coordinate.
  public let x: Float
  /// The second coordinate.
  public let y: Float

  /// The distance of goals from the start.
  static let ringRadius = 2.0
  /// The sparse reward is informative within this distance of the goal.
  static let rewardRadius: Float = 0.8

  /// The goal at an angle.
  public init(angle: Double) {
    x = Float(Self.ringRadius * sine(0.5 * Double.pi - angle))
    y = Float(Self.ringRadius * sine(angle))
  }

  /// The goal of a name: the numbers of a split are taken in turn.
  init(_ id: TaskID, family: String) {
    var random = TaskID(id.split, id.index % Self.count(in: id.split)).random(family: family)
    self.init(angle: random.uniform(0, Double.pi))
  }

  /// 100 goals for training and 30 in the other splits.
  static func count(in split: TaskID.Split) -> Int { split == .train ? 100 : 30 }

  /// The distance to a point.
  func distance(toX pointX: Float, y pointY: Float) -> Float {
    let (dx, dy) = (x - pointX, y - pointY)
    return (dx * dx + dy * dy).squareRoot()
  }
}

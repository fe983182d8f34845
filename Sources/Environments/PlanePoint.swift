import MetaRL
import Tensors

/// A place in the plane, the goal of a task or where a lane is, or a displacement.
public struct PlanePoint: Codable, Sendable, Hashable {
  /// The first coordinate, in the family's units of length.
  public var x: Float
  /// The second coordinate, in the family's units of length.
  public var y: Float

  /// A point with the given coordinates, in the family's units of length.
  public init(x: Float, y: Float) {
    self.x = x
    self.y = y
  }

  /// The point at an angle, in radians, on a circle around the origin.
  public init(angle: Double, radius: Double = 1) {
    // Not -0 at the end of a half circle.
    self.init(x: Float(radius * sine(0.5 * Double.pi - angle)), y: Float(radius * sine(angle) + 0))
  }

  /// One of the four corners (±2, ±2) that are the goals of ProMP's point environments; the number is taken modulo four.
  public static func corner(_ number: Int) -> PlanePoint {
    PlanePoint(x: number & 1 == 0 ? 2 : -2, y: number & 2 == 0 ? 2 : -2)
  }

  static let origin = PlanePoint(x: 0, y: 0)

  func distance(to other: PlanePoint) -> Float {
    let (dx, dy) = (x - other.x, y - other.y)
    return (dx * dx + dy * dy).squareRoot()
  }
}

/// The goals of MAESN's ring (Gupta, Mendonca, Liu, Abbeel & Levine, 2018, arXiv:1802.07245): points at an angle from 0
/// to π on the circle of radius 2 around the start.
enum GoalRing {
  static let radius = 2.0
  /// The sparse reward is informative within this distance of the goal.
  static let rewardRadius: Float = 0.8

  /// The goal of a name: the numbers of a split are taken in turn.
  static func goal(_ id: TaskID, family: String) -> PlanePoint {
    var random = TaskID(id.split, id.index % count(in: id.split)).random(family: family)
    return PlanePoint(angle: random.uniform(0, Double.pi), radius: radius)
  }

  static func count(in split: TaskID.Split) -> Int { split == .train ? 100 : 30 }
}

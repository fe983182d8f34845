import MetaRL
import Tensors

/// A place in the plane: the goal of a task, or where a lane is.
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

/// Points side by side, one a lane.
struct PlanePoints: Sendable {
  /// `[lane, (x, y)]`, row by row.
  private var coordinates: [Float]

  init(count: Int) { coordinates = [Float](repeating: 0, count: 2 * count) }

  /// Points anywhere in a square around the origin, of which `half` is half the width.
  init(within half: Float, using random: inout LaneRandom) {
    coordinates = random.uniforms(perLane: 2).map { (2 * $0 - 1) * half }
  }

  subscript(lane: Int) -> PlanePoint {
    get { PlanePoint(x: coordinates[2 * lane], y: coordinates[2 * lane + 1]) }
    set {
      coordinates[2 * lane] = newValue.x
      coordinates[2 * lane + 1] = newValue.y
    }
  }

  var observations: Tensor { Tensor(coordinates, shape: [coordinates.count / 2, 2]) }

  /// Moves every point by its action; an action of 1 moves it by the given length.
  mutating func move(_ actions: Actions, stepLength: Float) {
    let moves = actions.clipped(lanes: coordinates.count / 2, size: 2)
    for i in moves.indices { coordinates[i] += stepLength * moves[i] }
  }
}

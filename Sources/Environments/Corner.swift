import MetaRL

/// One of the four corners (±2, ±2) that are the goals of ProMP's point environments.
public struct Corner: Codable, Sendable, Hashable {
  /// The first coordinate.
  public let x: Float
  /// The second coordinate.
  public let y: Float

  /// The corner of a number, which is taken modulo four.
  public init(_ number: Int) {
    x = number & 1 == 0 ? 2 : -2
    y = number & 2 == 0 ? 2 : -2
  }

  /// The distance to a point.
  func distance(toX pointX: Float, y pointY: Float) -> Float {
    let (dx, dy) = (x - pointX, y - pointY)
    return (dx * dx + dy * dy).squareRoot()
  }

  /// Whether no other corner is closer to a point.
  func isClosest(toX pointX: Float, y pointY: Float) -> Bool { pointX * x >= 0 && pointY * y >= 0 }
}

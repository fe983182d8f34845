import MetaRL
import Tensors

/// A place to go to, or a direction to go in: the task of robots that move freely over the ground.
public struct PlaneTarget: Codable, Sendable, Hashable {
  /// The first number of the place, in metres, or of the direction.
  public var x: Double
  /// The second number of the place, in metres, or of the direction.
  public var y: Double

  /// A place in metres, or a direction.
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }

  /// The point at an angle, in radians, on a circle around the start.
  init(angle: Double, radius: Double = 1) {
    self.init(x: radius * sine(0.5 * .pi - angle), y: radius * sine(angle))
  }

  var numbers: [Float] { [Float(x), Float(y)] }
}

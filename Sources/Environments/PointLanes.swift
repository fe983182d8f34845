import MetaRL
import Tensors

/// Points of the plane side by side, one a lane: observation (x, y), and actions that are steps of bounded length.
public struct PointLanes: Environment {
  /// The outcome of a step that has moved the points; the family may put them elsewhere.
  typealias Rule = @Sendable (_ before: PlanePoints, _ points: inout PlanePoints) -> StepOutcome

  private let stepLength: Float
  private let startRange: Float
  private let rule: Rule
  private var points: PlanePoints

  /// Points that an action of 1 moves by `stepLength` in one direction.
  ///
  /// Episodes start anywhere in the square around the origin of which `startRange` is half the width, or at the origin.
  init(count: Int, stepLength: Float, startRange: Float = 0, rule: @escaping Rule) {
    (self.stepLength, self.startRange, self.rule) = (stepLength, startRange, rule)
    points = PlanePoints(count: count)
  }

  public var laneCount: Int { points.count }

  public mutating func reset(using random: inout LaneRandom) -> Tensor {
    points = startRange > 0 ? PlanePoints(within: startRange, using: &random) : PlanePoints(count: laneCount)
    return points.observations
  }

  public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
    let before = points
    points.move(actions, stepLength: stepLength)
    return rule(before, &points)
  }
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

  var count: Int { coordinates.count / 2 }
  var observations: Tensor { Tensor(coordinates, shape: [count, 2]) }

  /// Moves every point by its action; an action of 1 moves it by the given length.
  mutating func move(_ actions: Actions, stepLength: Float) {
    let moves = actions.clipped(lanes: count, size: 2)
    for i in moves.indices { coordinates[i] += stepLength * moves[i] }
  }
}

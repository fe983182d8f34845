/// A family that says how its tasks look, so that the episodes of its tasks can be drawn.
///
/// What it returns does not depend on how or where it is drawn. A family without it is drawn by the numbers
/// of its observations, actions and rewards.
public protocol DrawableFamily: TaskFamily {
  /// The drawing of a task.
  func scene(of task: TaskParameters) -> TaskScene
}

/// The drawing of a task.
public enum TaskScene: Sendable {
  /// A place in which an agent moves.
  case plane(PlaneScene)
  /// Choices without a place, such as the arms of a bandit.
  case choices(ChoiceScene)
  /// A body that moves, seen from the side or from above.
  case figure(FigureScene)
}

/// A part of the plane in which an agent moves.
public struct PlaneScene: Sendable {
  /// A point of the plane; x grows to the right and y upwards.
  public struct Point: Sendable, Hashable {
    /// The first coordinate.
    public var x: Double
    /// The second coordinate.
    public var y: Double

    /// A point.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The role of a shape, which decides how it is drawn.
  public enum Role: String, Sendable, CaseIterable {
    /// The region with reward, drawn below everything else.
    case rewardRegion
    /// A place to visit before the goal, such as that of a key.
    case landmark
    /// An obstacle that agents cannot pass.
    case wall
    /// A place that ends an episode without a reward.
    case hazard
    /// The region that the goals of all tasks lie in.
    case goalRegion
    /// A border without an effect, such as the lines of a grid.
    case border
  }

  /// Something that is there whatever the agent does.
  public enum Shape: Sendable {
    /// The inside of a polygon with these corners.
    case area([Point])
    /// A line through these points, not closed.
    case line([Point])
  }

  /// Something round that the agent moves about.
  public struct Object: Sendable {
    /// Its radius, in units of the plane.
    public var radius: Double
    /// Whether it is the one that is to be moved.
    public var isWanted: Bool
    /// The position, given an observation of the family.
    public var position: @Sendable (_ observation: ArraySlice<Float>) -> Point

    /// Describes an object.
    public init(
      radius: Double, isWanted: Bool, position: @escaping @Sendable (_ observation: ArraySlice<Float>) -> Point
    ) {
      self.radius = radius
      self.isWanted = isWanted
      self.position = position
    }
  }

  /// A part of the plane that an agent can be in.
  public struct Cell: Sendable {
    /// Where it is.
    public var area: Shape
    /// What an agent observes there.
    public var observation: [Float]

    /// Describes a part of the plane.
    public init(area: Shape, observation: [Float]) {
      self.area = area
      self.observation = observation
    }
  }

  /// The shapes in the plane, from back to front.
  public var shapes: [(role: Role, shape: Shape)]
  /// The objects that the agent moves.
  public var objects: [Object] = []
  /// All places in which an agent can be, if there are few and an observation shows the place alone: they are shaded by the
  /// rewards that an agent predicts for them (``RewardPredictingAgent``).
  ///
  /// A family whose observations show whether there is a reward has none: such a prediction says nothing of a belief.
  public var cells: [Cell] = []
  /// The goal of the agent or of the object that it moves, if there is one.
  public var goal: Point?
  /// The part that is seen, at least: its lower left and its upper right corner.
  public var bounds: (lower: Point, upper: Point)
  /// Whether axes with coordinates are of use.
  public var hasAxes: Bool
  /// The distance between drawings of coinciding paths, in units of the plane.
  public var spread: Double
  /// The position of an agent, given an observation of the family.
  public var position: @Sendable (_ observation: ArraySlice<Float>) -> Point
  /// Where an agent is after each step of an episode, and before the first, if observations do not
  /// tell; then `position` is not asked.
  public var path: (@Sendable (_ episode: Episode) -> [Point])?

  /// Describes a part of the plane.
  public init(
    from lower: Point, to upper: Point, goal: Point? = nil, shapes: [(role: Role, shape: Shape)] = [],
    hasAxes: Bool = true, spread: Double = 0,
    position: @escaping @Sendable (_ observation: ArraySlice<Float>) -> Point
  ) {
    bounds = (lower, upper)
    self.goal = goal
    self.shapes = shapes
    self.hasAxes = hasAxes
    self.spread = spread
    self.position = position
  }
}

extension PlaneScene.Shape {
  /// A line around a circle, or along a part of it.
  ///
  /// - Parameters:
  ///   - center: the middle of the circle.
  ///   - radius: its radius.
  ///   - gap: is left out where a point of the circle is closer to `gap.center` than `gap.radius`.
  /// - Returns: the unbroken parts.
  public static func circle(
    around center: PlaneScene.Point, radius: Double, except gap: (center: PlaneScene.Point, radius: Double)? = nil
  ) -> [PlaneScene.Shape] {
    var parts: [[PlaneScene.Point]] = [[]]
    for point in ring(around: center, radius: radius) {
      let distance = gap.map { squaredDistance(point, $0.center) } ?? .infinity
      if distance < (gap?.radius ?? 0) * (gap?.radius ?? 0) {
        if parts.last?.isEmpty == false { parts.append([]) }
      } else {
        parts[parts.count - 1].append(point)
      }
    }
    return parts.filter { $0.count > 1 }.map { .line($0) }
  }

  /// The inside of a circle, as a polygon.
  public static func disc(around center: PlaneScene.Point, radius: Double) -> PlaneScene.Shape {
    .area(ring(around: center, radius: radius))
  }

  /// A rectangle with sides along the axes.
  public static func rectangle(from lower: PlaneScene.Point, to upper: PlaneScene.Point) -> PlaneScene.Shape {
    .area([lower, .init(upper.x, lower.y), upper, .init(lower.x, upper.y)])
  }

  /// Points around a circle, the last on the first.
  ///
  /// Half angles are found by square roots alone, so that the bits are the same on every system.
  private static func ring(around center: PlaneScene.Point, radius: Double) -> [PlaneScene.Point] {
    var directions: [(x: Double, y: Double)] = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]
    for _ in 0..<5 {
      directions =
        zip(directions, directions.dropFirst()).flatMap { first, second in
          let (x, y) = (first.x + second.x, first.y + second.y)
          let length = (x * x + y * y).squareRoot()
          return [first, (x / length, y / length)]
        } + [(1, 0)]
    }
    return directions.map { .init(center.x + radius * $0.x, center.y + radius * $0.y) }
  }

  private static func squaredDistance(_ a: PlaneScene.Point, _ b: PlaneScene.Point) -> Double {
    (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)
  }
}

/// Choices that are made again and again, without a place.
public struct ChoiceScene: Sendable {
  /// The names of the choices, in order.
  public var names: [String]
  /// The mean reward of each choice, in the order of the names.
  public var meanRewards: [Double]

  /// Describes choices.
  ///
  /// - Precondition: there are as many names as mean rewards.
  public init(names: [String], meanRewards: [Double]) {
    precondition(names.count == meanRewards.count, "each choice needs a name and a mean reward")
    self.names = names
    self.meanRewards = meanRewards
  }
}

/// A body of several parts that moves, seen from the side or from above.
public struct FigureScene: Sendable {
  /// A part of a body: a line with round ends, or a disc if its ends are the same.
  public struct Part: Sendable, Hashable {
    /// One end of its middle line, in metres.
    public var from: PlaneScene.Point
    /// The other end of the part's axis.
    public var to: PlaneScene.Point
    /// Half its width, in metres.
    public var radius: Double
    /// Whether it is drawn behind the other elements.
    public var isFar: Bool

    /// Describes a part.
    public init(from: PlaneScene.Point, to: PlaneScene.Point, radius: Double, isFar: Bool = false) {
      self.from = from
      self.to = to
      self.radius = radius
      self.isFar = isFar
    }
  }

  /// The posture of the body at one moment.
  public struct Posture: Sendable {
    /// The parts that are drawn of the body.
    public var parts: [Part]
    /// The middle of what is seen.
    public var middle: PlaneScene.Point
    /// The position of the body on the map.
    public var place: PlaneScene.Point

    /// Describes a moment.
    public init(parts: [Part], middle: PlaneScene.Point, place: PlaneScene.Point) {
      self.parts = parts
      self.middle = middle
      self.place = place
    }
  }

  /// The visible distance around the middle, to the right and upwards, in metres.
  public var span: PlaneScene.Point
  /// The height of the ground; nil if it is seen from above.
  public var ground: Double?
  /// The body's target on the map, if there is one.
  public var goal: PlaneScene.Point?
  /// The posture of the body after each step of an episode, and before the first.
  public var postures: @Sendable (_ episode: Episode) -> [Posture]

  /// Describes a body that moves.
  public init(
    span: PlaneScene.Point, ground: Double?, goal: PlaneScene.Point? = nil,
    postures: @escaping @Sendable (_ episode: Episode) -> [Posture]
  ) {
    self.span = span
    self.ground = ground
    self.goal = goal
    self.postures = postures
  }
}

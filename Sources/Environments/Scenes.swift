import MetaRL

/// The point of observations that begin with its coordinates.
private func firstTwo(_ observation: ArraySlice<Float>) -> PlaneScene.Point {
  PlaneScene.Point(Double(observation.first ?? 0), Double(observation.dropFirst().first ?? 0))
}

private typealias Shapes = [(role: PlaneScene.Role, shape: PlaneScene.Shape)]

/// A square around the origin, of which `half` is half the width, and a point whose observations begin with where it is.
private func pointScene(_ half: Double, goal: PlanePoint, shapes: Shapes) -> TaskScene {
  .plane(
    PlaneScene(
      from: .init(-half, -half), to: .init(half, half), goal: goal.inScene, shapes: shapes, position: firstTwo))
}

private func border(ofSquare half: Double) -> PlaneScene.Shape {
  .line([.init(-half, -half), .init(half, -half), .init(half, half), .init(-half, half), .init(-half, -half)])
}

private func disc(around goal: PlanePoint, radius: Float) -> PlaneScene.Shape {
  .disc(around: goal.inScene, radius: Double(radius))
}

private func upperHalfCircle(radius: Double) -> [PlaneScene.Shape] {
  // The lower half lies within this disc, which touches the ends of the upper.
  let lowerHalf = (center: PlaneScene.Point(0, -radius), radius: radius * 2.0.squareRoot() - 1e-9)
  return PlaneScene.Shape.circle(around: .init(0, 0), radius: radius, except: lowerHalf)
}

extension PlanePoint {
  fileprivate var inScene: PlaneScene.Point { PlaneScene.Point(Double(x), Double(y)) }
}

extension PointNavigation: DrawableFamily {
  /// The goal in the square of all goals.
  public func scene(of task: TaskParameters) -> TaskScene {
    pointScene(0.6, goal: task, shapes: goals == .square ? [(.goalRegion, border(ofSquare: 0.5))] : [])
  }
}

extension PointRobot: DrawableFamily {
  /// The goal, where goals can be and, if the sparse reward is reported, where it is paid.
  public func scene(of task: TaskParameters) -> TaskScene {
    let region = variant == .square ? [border(ofSquare: 1)] : upperHalfCircle(radius: 1)
    let paid: Shapes = goalRadius.map { [(.rewardRegion, disc(around: task, radius: $0))] } ?? []
    return pointScene(1.3, goal: task, shapes: paid + region.map { (.goalRegion, $0) })
  }
}

extension CornerNavigation: DrawableFamily {
  /// The corner and, if the sparse reward is reported, where it is paid.
  public func scene(of task: PlanePoint) -> TaskScene {
    // As far as anybody will look.
    let (middle, end) = (Double(Self.middleRadius), 1000.0)
    let (signX, signY) = (task.x > 0 ? 1.0 : -1, task.y > 0 ? 1.0 : -1)
    let paid = [(0, middle), (0, end), (end, end), (end, 0), (middle, 0)].map {
      PlaneScene.Point(signX * $0.0, signY * $0.1)
    }
    return pointScene(2.4, goal: task, shapes: reportedReward == .sparse ? [(.rewardRegion, .area(paid))] : [])
  }
}

extension MomentumNavigation: DrawableFamily {
  /// The corner and the disc in which the reward is paid.
  public func scene(of task: PlanePoint) -> TaskScene {
    pointScene(3.2, goal: task, shapes: [(.rewardRegion, disc(around: task, radius: Self.rewardRadius))])
  }
}

/// The goal of a ring, where it is paid, and where goals can be.
private func ringScene(_ goal: PlanePoint) -> TaskScene {
  let point = goal.inScene
  let paid = disc(around: goal, radius: GoalRing.rewardRadius)
  let ring = upperHalfCircle(radius: GoalRing.radius)
  return .plane(
    PlaneScene(
      from: .init(-2.9, -0.9), to: .init(2.9, 2.9), goal: point,
      shapes: [(.rewardRegion, paid)] + ring.map { (.goalRegion, $0) }, position: firstTwo))
}

extension WheeledRobotLite: DrawableFamily {
  /// The goal, where it is paid, and where goals can be.
  public func scene(of task: PlanePoint) -> TaskScene { ringScene(task) }
}

extension PointRing: DrawableFamily {
  /// The goal, where it is paid, and where goals can be.
  public func scene(of task: PlanePoint) -> TaskScene { ringScene(task) }
}

extension BlockPushingLite: DrawableFamily {
  /// The goal, where a block has to be for a reward, and the blocks.
  public func scene(of task: TaskParameters) -> TaskScene {
    let goal = task.goal.inScene
    var scene = PlaneScene(
      from: .init(-0.15, -0.65), to: .init(1.2, 0.65), goal: goal,
      shapes: [(.rewardRegion, disc(around: task.goal, radius: Self.rewardRadius))], position: firstTwo)
    scene.objects = (0..<Self.blockCount).map { block in
      PlaneScene.Object(radius: Double(Self.blockRadius), isWanted: block == task.block) {
        firstTwo($0.dropFirst(2 + 2 * block))
      }
    }
    return .plane(scene)
  }
}

extension WallNavigation: DrawableFamily {
  /// The corner and the two walls with their gaps.
  public func scene(of task: TaskParameters) -> TaskScene {
    func wall(_ radius: Float, _ gap: PlanePoint) -> Shapes {
      PlaneScene.Shape.circle(
        around: .init(0, 0), radius: Double(radius),
        except: (center: gap.inScene, radius: Double(Self.gapRadius))
      ).map { (.wall, $0) }
    }
    let walls = wall(Self.innerRadius, task.innerGap) + wall(Self.outerRadius, task.outerGap)
    return pointScene(2.5, goal: task.goal, shapes: walls)
  }
}

/// The lines of a square grid.
private func lines(ofSide side: Int) -> Shapes {
  (0...side).flatMap { number -> Shapes in
    let (place, end) = (Double(number), Double(side))
    return [
      (.border, .line([.init(place, 0), .init(place, end)])),
      (.border, .line([.init(0, place), .init(end, place)])),
    ]
  }
}

/// The square of a cell whose middle is at a point.
private func cellAround(_ middle: PlaneScene.Point) -> PlaneScene.Shape {
  .rectangle(from: .init(middle.x - 0.5, middle.y - 0.5), to: .init(middle.x + 0.5, middle.y + 0.5))
}

/// Cells whose observations are their numbers, one-hot.
private func numberedCells(
  _ count: Int, observationSize: Int, middle: (_ cell: Int) -> PlaneScene.Point
) -> [PlaneScene.Cell] {
  (0..<count).map { cell in
    .init(area: cellAround(middle(cell)), observation: (0..<observationSize).map { $0 == cell ? 1 : 0 })
  }
}

/// A grid whose cells are numbered row by row from the top.
private func mapScene(
  side: Int, goal: Int?, shapes: Shapes, position: @escaping @Sendable (ArraySlice<Float>) -> PlaneScene.Point
) -> PlaneScene {
  PlaneScene(
    from: .init(0, 0), to: .init(Double(side), Double(side)), goal: goal.map { middle(ofCell: $0, side) },
    shapes: shapes, hasAxes: false, spread: 0.1, position: position)
}

/// The middle of a cell, where cells are numbered row by row from the top.
private func middle(ofCell cell: Int, _ side: Int) -> PlaneScene.Point {
  .init(Double(cell % side) + 0.5, Double(side - cell / side) - 0.5)
}

extension GridWorld: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    let side = Self.side
    let holes = task.cells.indices.filter { task.cells[$0] == .hole }.map {
      (role: PlaneScene.Role.hazard, shape: cellAround(middle(ofCell: $0, side)))
    }
    var scene = mapScene(
      side: side, goal: task.cells.firstIndex(of: .goal), shapes: holes + lines(ofSide: side)
    ) { middle(ofCell: place(ofOneIn: $0), side) }
    scene.cells = numberedCells(task.cells.count, observationSize: spec.observationSize) {
      middle(ofCell: $0, side)
    }
    return .plane(scene)
  }
}

extension SquareGrid {
  fileprivate func middle(_ cell: Int) -> PlaneScene.Point {
    .init(Double(cell % side) + 0.5, Double(cell / side) + 0.5)
  }

  /// The grid with shapes below and above its lines.
  fileprivate func scene(
    goal: Int? = nil, below: Shapes = [], above: Shapes = [],
    cell: @escaping @Sendable (ArraySlice<Float>) -> Int
  ) -> PlaneScene {
    PlaneScene(
      from: .init(0, 0), to: .init(Double(side), Double(side)), goal: goal.map(middle),
      shapes: below + lines(ofSide: side) + above, hasAxes: false, spread: 0.1
    ) { middle(cell($0)) }
  }

  /// The cell of observations that begin with its column and row, one-hot.
  fileprivate func cell(shownBy observation: ArraySlice<Float>) -> Int {
    place(ofOneIn: observation.dropFirst(side).prefix(side)) * side + place(ofOneIn: observation.prefix(side))
  }
}

/// The place of the first 1.
private func place(ofOneIn numbers: ArraySlice<Float>) -> Int {
  numbers.firstIndex(of: 1).map { $0 - numbers.startIndex } ?? 0
}

extension GridNavigation: DrawableFamily {
  /// The cells, those where goals can be, and the goal.
  public func scene(of task: TaskParameters) -> TaskScene {
    let grid = Self.grid
    let (from, end) = (2.0, Double(grid.side))
    let region: [PlaneScene.Point] = [
      .init(from, 0), .init(end, 0), .init(end, end), .init(0, end), .init(0, from), .init(from, from),
      .init(from, 0),
    ]
    var scene = grid.scene(goal: task.goal, above: [(.goalRegion, .line(region))], cell: place(ofOneIn:))
    scene.cells = numberedCells(grid.cellCount, observationSize: spec.observationSize, middle: grid.middle)
    return .plane(scene)
  }
}

extension DarkRoom: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .plane(grid.scene(goal: task.goal, cell: grid.cell(shownBy:)))
  }
}

extension PermutedDarkRoom: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .plane(Self.grid.scene(goal: Self.goal, cell: Self.grid.cell(shownBy:)))
  }
}

extension DarkKeyToDoor: DrawableFamily {
  /// The cells, the key and, as the goal, the door.
  public func scene(of task: TaskParameters) -> TaskScene {
    let grid = Self.grid
    return .plane(
      grid.scene(
        goal: task.door, below: [(.landmark, cellAround(grid.middle(task.key)))], cell: grid.cell(shownBy:)))
  }
}

extension BusCity: DrawableFamily {
  /// The cells, the stops and the map, the connections and the corners.
  public func scene(of task: TaskParameters) -> TaskScene {
    let (grid, connections) = (Self.grid, task.connections)
    let places = connections.flatMap { [$0.near, $0.far] } + (variant == .map ? [Self.mapCell] : [])
    let buses: Shapes = connections.map { (.border, .line([grid.middle($0.near), grid.middle($0.far)])) }
    let corners: Shapes = Self.corners.map { (.rewardRegion, cellAround(grid.middle($0))) }
    return .plane(
      grid.scene(
        below: corners + places.map { (.landmark, cellAround(grid.middle($0))) }, above: buses,
        cell: grid.cell(shownBy:)))
  }
}

extension Cooking: DrawableFamily {
  /// The cells, the bowl, and the drawers with as many strokes as their ingredient's number, counted from 1.
  public func scene(of task: TaskParameters) -> TaskScene {
    let grid = Self.grid
    let strokes = zip(Self.drawers, task.ingredients).flatMap { drawer, ingredient -> Shapes in
      let middle = grid.middle(drawer)
      return (0...ingredient).map { number in
        let x = middle.x + 0.35 - 0.07 * Double(number)
        return (.border, .line([.init(x, middle.y + 0.2), .init(x, middle.y + 0.4)]))
      }
    }
    let drawers: Shapes = Self.drawers.map { (.landmark, cellAround(grid.middle($0))) }
    return .plane(
      grid.scene(
        below: drawers + [(.rewardRegion, cellAround(grid.middle(Self.bowl)))], above: strokes,
        cell: grid.cell(shownBy:)))
  }
}

extension TMaze {
  /// The columns that are drawn, at most: in longer corridors all but the two at either end are narrower than the others.
  private static let drawnColumns = 12

  /// The left edge of a column.
  fileprivate func edge(_ column: Int) -> Double {
    let drawn = min(junction, Self.drawnColumns)
    if column <= 2 { return Double(column) }
    if column >= junction - 1 { return Double(drawn - junction + column) }
    return 2 + Double((column - 2) * (drawn - 3)) / Double(junction - 3)
  }

  fileprivate func middle(_ place: Place) -> PlaneScene.Point {
    .init((edge(place.column) + edge(place.column + 1)) / 2, Double(place.row))
  }
}

extension TMaze: DrawableFamily {
  /// The walls, the arm that pays and, where it is not the start, the place that shows it; the path is computed from
  /// the moves, since observations do not show the position.
  public func scene(of task: TaskParameters) -> TaskScene {
    let (end, arm) = (edge(junction + 1), edge(junction))
    let walls: [PlaneScene.Point] = [
      .init(0, -0.5), .init(arm, -0.5), .init(arm, -1.5), .init(end, -1.5), .init(end, 1.5), .init(arm, 1.5),
      .init(arm, 0.5), .init(0, 0.5), .init(0, -0.5),
    ]
    let sign: Shapes = variant == .active ? [(.landmark, cellAround(middle(Place(column: 0))))] : []
    var scene = PlaneScene(
      from: .init(-0.5, -2), to: .init(end + 0.5, 2), goal: middle(Place(column: junction, row: task.side)),
      shapes: sign + [(.wall, .line(walls))], hasAxes: false, spread: 0.1
    ) { _ in middle(start) }
    scene.path = { episode in
      var places = [start]
      if case .discrete(let choices) = episode.actions {
        for choice in choices { places.append(place(after: choice, from: places[places.count - 1])) }
      }
      return places.map { middle($0) }
    }
    return .plane(scene)
  }
}

extension RoomNavigation: DrawableFamily {
  /// The cells of the rooms and corridors, and the goals: the last one is marked, the others are shaded.
  public func scene(of task: TaskParameters) -> TaskScene {
    @Sendable func middle(_ cell: Int) -> PlaneScene.Point {
      .init(Double(Self.cells[cell].x), Double(Self.cells[cell].y))
    }
    let borders = Self.cells.indices.map { cell -> (PlaneScene.Role, PlaneScene.Shape) in
      let (left, right) = (middle(cell).x - 0.5, middle(cell).x + 0.5)
      let (low, high) = (middle(cell).y - 0.5, middle(cell).y + 0.5)
      return (
        .border,
        .line([.init(left, low), .init(right, low), .init(right, high), .init(left, high), .init(left, low)])
      )
    }
    let goals = task.goals.map { (role: PlaneScene.Role.rewardRegion, shape: cellAround(middle($0))) }
    var scene = PlaneScene(
      // Pictures are not as flat as the rooms.
      from: .init(-7.5, -3), to: .init(7.5, 3), goal: task.goals.last.map(middle), shapes: goals + borders,
      hasAxes: false, spread: 0.1
    ) { middle(place(ofOneIn: $0)) }
    scene.cells = numberedCells(Self.cells.count, observationSize: spec.observationSize, middle: middle)
    return .plane(scene)
  }
}

extension Wind: DrawableFamily {
  /// The goal, where it is rewarded, and the wind: an arrow from the start, five steps long.
  public func scene(of task: PlanePoint) -> TaskScene {
    let (x, y) = (5 * Double(task.x), 5 * Double(task.y))
    let head = [(-0.3, 0.15), (0.0, 0.0), (-0.3, -0.15)].map { along, across in
      PlaneScene.Point(x + along * x - across * y, y + along * y + across * x)
    }
    return .plane(
      PlaneScene(
        from: .init(-0.6, -0.5), to: .init(0.6, 1.2), goal: Self.goal.inScene,
        shapes: [
          (.rewardRegion, disc(around: Self.goal, radius: Self.goalRadius)),
          (.border, .line([.init(0, 0), .init(x, y)])), (.border, .line(head)),
        ], position: firstTwo))
  }
}

extension Maze: DrawableFamily {
  /// The walls and the target; the path is computed from the moves, since observations do not show the position.
  public func scene(of task: TaskParameters) -> TaskScene {
    let side = task.side
    let walls = task.isWall.indices.filter { task.isWall[$0] }.map {
      (role: PlaneScene.Role.wall, shape: cellAround(middle(ofCell: $0, side)))
    }
    var scene = mapScene(side: side, goal: task.target, shapes: walls) { _ in middle(ofCell: task.start.cell, side)
    }
    scene.path = { episode in
      var poses = [task.start]
      if case .discrete(let choices) = episode.actions {
        for choice in choices {
          let pose = poses[poses.count - 1]
          let next = Move(rawValue: choice).map { pose.moved($0, side: side) } ?? pose
          poses.append(task.isWall[next.cell] ? pose : next)
        }
      }
      return poses.map { middle(ofCell: $0.cell, side) }
    }
    return .plane(scene)
  }
}

extension BernoulliBandit: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .choices(
      ChoiceScene(names: (0..<arms).map { "arm \($0)" }, meanRewards: task.meanRewards.map { Double($0) }))
  }
}

extension GaussianBandit: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .choices(
      ChoiceScene(names: (0..<arms).map { "arm \($0)" }, meanRewards: task.meanRewards.map { Double($0) }))
  }
}

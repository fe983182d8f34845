import Environments
import MetaRL
import Tensors
import Testing

@Suite struct SceneTests {
  private func plane<F: DrawableFamily>(_ family: F, _ index: Int) throws -> PlaneScene {
    guard case .plane(let scene) = family.scene(of: family.task(TaskID(.test, index))) else {
      throw RolloutError("the scene is not a plane")
    }
    return scene
  }

  /// The steps of a random walk: where the scene has it before and after, and the reported reward.
  private func walk<F: DrawableFamily>(
    _ family: F, _ index: Int, steps: Int
  ) throws -> [(from: PlaneScene.Point, to: PlaneScene.Point, reward: Float)] {
    let scene = try plane(family, index)
    var random = LaneRandom([RandomStream(seed: 3).split("walk", index)])
    var environment = family.makeEnvironment(for: [TaskID(.test, index)])
    var place = scene.position(try environment.reset(using: &random).floats[...])
    return try (0..<steps).map { _ in
      let actions = Actions.continuous(Tensor(random.normals(perLane: 2), shape: [1, 2]))
      let outcome = try environment.step(actions, using: &random)
      let next = scene.position(outcome.observations.floats[...])
      defer { place = next }
      return (place, next, outcome.rewards[family.spec.reportedReward][0])
    }
  }

  private func contains(_ corners: [PlaneScene.Point], _ point: PlaneScene.Point) -> Bool {
    zip(corners, corners.dropFirst() + corners.prefix(1)).count { a, b in
      (a.y <= point.y) != (b.y <= point.y) && point.x < a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x)
    } % 2 == 1
  }

  private func paid(_ scene: PlaneScene) -> [PlaneScene.Point] {
    for case (.rewardRegion, .area(let corners)) in scene.shapes { return corners }
    return []
  }

  @Test(arguments: 0..<4)
  func goalsAreWhereTheDescriptorHasThem(index: Int) throws {
    func check<F: DrawableFamily>(_ family: F) throws {
      let goal = try #require(try plane(family, index).goal)
      let descriptor = family.descriptor(of: family.task(TaskID(.test, index)))
      #expect([goal.x, goal.y] == descriptor.prefix(2).map { Double($0) })
    }
    try check(PointNavigation())
    try check(PointNavigation(goals: .two))
    try check(CornerNavigation())
    try check(MomentumNavigation())
    try check(WallNavigation())
    for variant in PointRobot.Variant.allCases { try check(PointRobot(variant)) }
    try check(WheeledRobotLite())
    try check(PointRing())
    try check(BlockPushingLite())
  }

  @Test("The reward of corner navigation is paid in its region alone", arguments: 0..<4)
  func regionOfCornerNavigation(index: Int) throws {
    let region = paid(try plane(CornerNavigation(), index))
    for step in try walk(CornerNavigation(), index, steps: 600) {
      #expect((step.reward != 0) == contains(region, step.to), "\(step)")
    }
  }

  @Test("The reward of momentum navigation is paid in its disc alone", arguments: 0..<4)
  func discOfMomentumNavigation(index: Int) throws {
    let scene = try plane(MomentumNavigation(), index)
    let (region, goal) = (paid(scene), try #require(scene.goal))
    for step in try walk(MomentumNavigation(), index, steps: 60) {
      let (x, y) = (step.to.x - goal.x, step.to.y - goal.y)
      // The disc is drawn with straight sides.
      guard abs((x * x + y * y).squareRoot() - 2) > 0.01 else { continue }
      #expect((step.reward > 0) == contains(region, step.to))
    }
    #expect(contains(region, .init(index & 1 == 0 ? 2 : -2, index & 2 == 0 ? 2 : -2)))
  }

  @Test(arguments: 0..<6)
  func noStepCrossesAWallThatIsDrawn(index: Int) throws {
    let scene = try plane(WallNavigation(), index)
    var sides: [(PlaneScene.Point, PlaneScene.Point)] = []
    for case (.wall, .line(let points)) in scene.shapes { sides += zip(points, points.dropFirst()) }
    #expect(sides.count > 100)
    func turn(_ a: PlaneScene.Point, _ b: PlaneScene.Point, _ c: PlaneScene.Point) -> Double {
      (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    }
    // A wall asks where a step ends, not where it crosses: near its ends the two differ.
    let reach = 0.3
    let ends = sides.filter { side in
      sides.count { $0.0 == side.0 || $0.1 == side.0 } == 1 || sides.count { $0.0 == side.1 || $0.1 == side.1 } == 1
    }
    for step in try walk(WallNavigation(), index, steps: 1500) where step.from != step.to {
      let isNearEnd = ends.contains { abs($0.0.x - step.to.x) < reach && abs($0.0.y - step.to.y) < reach }
      guard !isNearEnd else { continue }
      let isInside = { (point: PlaneScene.Point, radius: Double) in
        point.x * point.x + point.y * point.y < radius * radius
      }
      // A step may pass beside a circle's middle and end on the same side: that crosses the circle twice.
      for (a, b) in sides {
        let radius = (a.x * a.x + a.y * a.y).squareRoot()
        guard isInside(step.from, radius - 0.01) != isInside(step.to, radius + 0.01) else { continue }
        let crosses =
          turn(a, b, step.from) * turn(a, b, step.to) < 0
          && turn(step.from, step.to, a) * turn(step.from, step.to, b) < 0
        #expect(!crosses, "\(step.from) to \(step.to)")
      }
    }
  }

  @Test(arguments: 0..<4)
  func cellsOfTheGridAreWhereTheMapHasThem(index: Int) throws {
    let scene = try plane(GridWorld(), index)
    for cell in 0..<9 {
      let observation = (0..<9).map { Float($0 == cell ? 1 : 0) }
      #expect(scene.position(observation[...]) == .init(Double(cell % 3) + 0.5, 2.5 - Double(cell / 3)))
    }
    let goal = GridWorld().descriptor(of: GridWorld().task(TaskID(.test, index)))
    #expect(scene.position(goal[...]) == scene.goal)
    #expect(scene.shapes.count { $0.role == .hazard } == 1)
  }

  @Test("Cells of squares are where their coordinates have them", arguments: 0..<4)
  func cellsOfSquares(index: Int) throws {
    let navigation = try plane(GridNavigation(), index)
    for cell in 0..<25 {
      let observation = (0..<25).map { Float($0 == cell ? 1 : 0) }
      #expect(navigation.position(observation[...]) == .init(Double(cell % 5) + 0.5, Double(cell / 5) + 0.5))
    }
    let goal = GridNavigation().descriptor(of: GridNavigation().task(TaskID(.test, index)))
    #expect(navigation.position(goal[...]) == navigation.goal)
    let room = try plane(DarkRoom(), index)
    let descriptor = DarkRoom().descriptor(of: DarkRoom().task(TaskID(.test, index)))
    #expect(room.position((descriptor + [0])[...]) == room.goal)
    #expect(room.position(([0, 0, 1, 0, 0, 0, 0, 0, 0] + [0, 1, 0, 0, 0, 0, 0, 0, 0, 0])[...]) == .init(2.5, 1.5))
  }

  /// Where the observation itself shows a reward, nothing is to be predicted.
  @Test("A scene has all cells, each where an agent is that observes what it shows", arguments: 0..<4)
  func cellsShowTheirPlaces(index: Int) throws {
    func check<F: DrawableFamily>(_ family: F, count: Int) throws {
      let scene = try plane(family, index)
      #expect(scene.cells.count == count)
      for cell in scene.cells {
        guard case .area(let corners) = cell.area else {
          Issue.record("a cell is not an area")
          continue
        }
        #expect(cell.observation.count == family.spec.observationSize)
        #expect(contains(corners, scene.position(cell.observation[...])))
      }
      #expect(Set(scene.cells.map(\.observation)).count == count)
    }
    for variant in GridNavigation.Variant.allCases { try check(GridNavigation(variant), count: 25) }
    try check(GridWorld(), count: 9)
    try check(RoomNavigation(), count: 33)
    try check(DarkRoom(), count: 0)
    try check(PointNavigation(), count: 0)
  }

  @Test("Cells of rooms are where their coordinates have them, and the last goal is marked", arguments: 0..<4)
  func cellsOfRooms(index: Int) throws {
    let (family, scene) = (RoomNavigation(), try plane(RoomNavigation(), index))
    let task = family.task(TaskID(.test, index))
    let goal = Rooms(task).goals[2]
    #expect(scene.goal == .init(Double(goal.x), Double(goal.y)))
    var (stage, state) = (try Stage(family, [task]), Rooms.State())
    for move in [4, 4, 4, 1, 4, 4, 1, 4, 3, 2, 2, 2, 2, 2, 2, 2] {
      state = Rooms(task).step(state, move).0
      let observation = try stage.choose(move).observations.floats
      #expect(scene.position(observation[...]) == .init(Double(state.x), Double(state.y)))
    }
    #expect(scene.shapes.count { $0.role == .rewardRegion } == 3)
  }

  @Test("The reward of the wind is paid in its disc alone", arguments: 0..<4)
  func discOfTheWind(index: Int) throws {
    let (region, wind) = (paid(try plane(Wind(), index)), Wind().task(TaskID(.test, index)))
    #expect(contains(region, .init(0, 1)) && contains(region, .init(0, 0.975)))
    #expect(!contains(region, .init(0, 0.965)) && !contains(region, .init(0.035, 1)))
    // The arrow points where an agent without actions is after five steps.
    let lines = try plane(Wind(), index).shapes.compactMap { role, shape -> [PlaneScene.Point]? in
      if case (.border, .line(let points)) = (role, shape) { points } else { nil }
    }
    #expect(lines.first?.last == .init(5 * Double(wind.x), 5 * Double(wind.y)))
  }

  @Test("A key is drawn in its cell, and a door as the goal", arguments: 0..<4)
  func keysAndDoors(index: Int) throws {
    let family = DarkKeyToDoor()
    let (scene, task) = (try plane(family, index), family.task(TaskID(.test, index)))
    let descriptor = family.descriptor(of: task)
    #expect(scene.position(descriptor[18...]) == scene.goal)
    for case (.landmark, .area(let corners)) in scene.shapes {
      #expect(contains(corners, scene.position(descriptor[..<18])))
    }
    #expect(scene.shapes.count { $0.role == .landmark } == 1)
    #expect(scene.position(descriptor[..<18]) == .init(Double(task.key % 9) + 0.5, Double(task.key / 9) + 0.5))
  }

  @Test(
    "The walk to the arm that pays ends at the goal, within the walls", arguments: TMaze.Variant.allCases,
    [10, 100])
  func walksInTMazes(variant: TMaze.Variant, length: Int) throws {
    let family = TMaze(variant, length: length)
    let (scene, task) = (try plane(family, 1), family.task(TaskID(.test, 1)))
    var environment = family.makeEnvironment([task])
    var agent = Script(actions: family.walk(upwards: task.upperPays))
    let episode = try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())[0]
    let path = try #require(scene.path?(episode))
    #expect(episode.totalReward == 1 && path.count == family.spec.horizon + 1 && path.last == scene.goal)
    for case (.wall, .line(let corners)) in scene.shapes {
      #expect(path.allSatisfy { contains(corners, $0) })
    }
    for case (.landmark, .area(let corners)) in scene.shapes {
      #expect(path.map { contains(corners, $0) }.filter(\.self).count == 1)
    }
    #expect(scene.shapes.contains { $0.role == .landmark } == (variant == .active))
  }

  @Test("A path through a maze ends at its target and crosses no wall", arguments: 0..<4)
  func pathThroughAMaze(index: Int) throws {
    let family = Maze()
    let task = family.task(TaskID(.test, index))
    let scene = try plane(family, index)
    let moves = try #require(task.shortestPath)
    var environment = family.makeEnvironment([task])
    var agent = Script(actions: moves.map { .discrete([$0.rawValue]) })
    let episode = try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())[0]
    let path = scene.path?(episode) ?? []
    #expect(path.count == moves.count + 1)
    #expect(path.last == scene.goal)
    for (place, next) in zip(path, path.dropFirst()) {
      #expect(abs(place.x - next.x) + abs(place.y - next.y) <= 1)
    }
    for case (.wall, .area(let corners)) in scene.shapes {
      #expect(!path.contains { contains(corners, $0) })
    }
  }

  @Test("Buses are drawn as lines between the stops that a ride connects", arguments: BusCity.Variant.allCases)
  func linesOfBuses(variant: BusCity.Variant) throws {
    let family = BusCity(variant)
    let (scene, task) = (try plane(family, 1), family.task(TaskID(.test, 1)))
    let stops = scene.shapes.count { $0.role == .landmark } - (variant == .map ? 1 : 0)
    #expect(stops == (variant == .distracting ? 16 : 8) && scene.goal == nil)
    #expect(scene.shapes.count { $0.role == .rewardRegion } == 4)
    var stage = try Stage(family, [task])
    // To each stop next to the start, there and back.
    for (there, back) in [(1, 3), (2, 0), (0, 2), (3, 1)] {
      let stop = scene.position(try stage.choose(there).observations.floats[...])
      let end = scene.position(try stage.choose(5).observations.floats[...])
      #expect(
        scene.shapes.contains { role, shape in
          if case (.border, .line(let points)) = (role, shape) { points == [stop, end] } else { false }
        })
      _ = try stage.choose(5)
      _ = try stage.choose(back)
    }
  }

  @Test("Drawers have as many strokes as their ingredient says", arguments: 0..<4)
  func strokesOfDrawers(index: Int) throws {
    let (scene, task) = (try plane(Cooking(), index), Cooking().task(TaskID(.test, index)))
    let drawers = scene.shapes.compactMap { role, shape -> [PlaneScene.Point]? in
      if case (.landmark, .area(let corners)) = (role, shape) { corners } else { nil }
    }
    #expect(drawers.count == 3)
    for (drawer, ingredient) in zip(drawers, task.ingredients) {
      let strokes = scene.shapes.count { role, shape in
        if case (.border, .line(let points)) = (role, shape) {
          points.allSatisfy { contains(drawer, $0) } && points[0].y != points[1].y
        } else {
          false
        }
      }
      #expect(strokes == ingredient + 1)
    }
  }

  @Test func armsAreWorthTheirProbabilities() {
    let family = BernoulliBandit()
    let task = family.task(TaskID(.test, 5))
    guard case .choices(let scene) = family.scene(of: task) else {
      Issue.record("the scene has no choices")
      return
    }
    #expect(scene.names.count == 5)
    #expect(scene.meanRewards == task.meanRewards.map { Double($0) })
  }
}

import Environments
import MetaRL
import Tensors
import Testing

/// Steps on grids, in mazes and in the test of memory, against tables worked out by hand.
@Suite struct GridTransitionTests {
  /// What choices lead to in one lane, step by step.
  private func outcomes<Family: TaskFamily>(
    _ family: Family, _ task: Family.TaskParameters, _ choices: [Int]
  ) throws -> [StepOutcome] {
    var stage = try Stage(family, [task])
    return try choices.map { try stage.choose($0) }
  }

  private func ones(_ outcome: StepOutcome) -> [Int] {
    let values = outcome.observations.floats
    #expect(values.allSatisfy { $0 == 0 || $0 == 1 })
    return values.indices.filter { values[$0] == 1 }
  }

  @Test("A navigator stays, goes up, right, down and left, and is paid on its goal") func gridNavigation() throws {
    // The goal is cell 7: column 2, row 1.
    let steps = try outcomes(GridNavigation(), .init(goal: 7), [0, 1, 2, 2, 0, 3, 4, 4, 4, 3, 1, 1, 1, 1, 1])
    #expect(steps.map(ones) == [0, 5, 6, 7, 7, 2, 1, 0, 0, 0, 5, 10, 15, 20, 20].map { [$0] })
    #expect(steps.map { $0.rewards.dense[0] } == [-0.1, -0.1, -0.1, 1, 1] + [Float](repeating: -0.1, count: 10))
    #expect(steps.map { $0.succeeded[0] } == steps.map { $0.rewards.dense[0] == 1 })
    #expect(steps.allSatisfy { $0.terminated == [false] })
    // The upper right corner is a corner, too.
    let corner = try outcomes(GridNavigation(), .init(goal: 24), [2, 2, 2, 2, 2, 1, 1, 1, 1, 1])
    #expect(corner.map(ones) == [1, 2, 3, 4, 4, 9, 14, 19, 24, 24].map { [$0] })
    #expect(corner.map { $0.rewards.dense[0] }.suffix(3) == [-0.1, 1, 1])
  }

  @Test("A shown goal is seen at the start of each episode alone, and is rewarded as a hidden one")
  func shownGoal() throws {
    var (stage, hidden) = (
      try Stage(GridNavigation(.show), [.init(goal: 7)]), try Stage(GridNavigation(), [.init(goal: 7)])
    )
    for episode in 0..<2 {
      let start = episode == 0 ? stage.start : try stage.reset()
      if episode > 0 { _ = try hidden.reset() }
      #expect(start.shape == [1, 50] && start.floats.indices.filter { start.floats[$0] == 1 } == [0, 32])
      for choice in [0, 1, 2, 2, 0, 3] {
        let (shown, plain) = (try stage.choose(choice), try hidden.choose(choice))
        #expect(shown.observations.floats == plain.observations.floats + [Float](repeating: 0, count: 25))
        #expect(shown.rewards.dense == plain.rewards.dense && shown.succeeded == plain.succeeded)
      }
    }
  }

  @Test func aDenselyRewardedNavigatorIsChargedItsDistance() throws {
    let steps = try outcomes(GridNavigation(.dense), .init(goal: 7), [0, 1, 2, 2, 0, 3, 4, 1])
    #expect(steps.map { $0.rewards.dense[0] } == [-3, -2, -1, 0, 0, -1, -2, -1])
    #expect(steps.map { $0.succeeded[0] } == steps.map { $0.rewards.dense[0] == 0 })
    #expect(steps.map(ones) == [0, 5, 6, 7, 7, 2, 1, 6].map { [$0] })
    #expect(steps.allSatisfy { $0.terminated == [false] })
  }

  @Test("A walker through rooms is paid for goals in their order and stopped by walls") func rooms() throws {
    // Goals at (-1, -1), (-5, 1) and (1, 1).
    let task = RoomNavigation.TaskParameters(corners: [0, 3, 3])
    // To the third goal, which is worth nothing yet; to the first; through the corridor, whose walls hold; to the second.
    let out = [1, 2, 1, 3, 3, 4, 4, 4, 1, 4, 1, 4, 3, 4, 4, 1]
    let back = [1, 3, 2, 2, 2, 2, 2, 2, 1, 0]
    let steps = try outcomes(RoomNavigation(), task, out + back)
    let paid: [Int: Float] = [6: 1, 7: 1, 15: 10, 16: 10, 24: 100, 25: 100]
    #expect(steps.map { $0.rewards.dense[0] } == steps.indices.map { paid[$0] ?? -0.1 })
    #expect(steps.map { $0.succeeded[0] } == steps.indices.map { $0 >= 24 })
    #expect(steps.allSatisfy { $0.terminated == [false] })
    // Columns of rooms have three cells, numbered from below; those of corridors one.
    let cells = [17, 20, 20, 19, 18, 15, 12, 12, 13, 11, 11, 10, 10, 9, 7, 8, 8, 7, 9, 10, 11, 13, 16, 19, 20, 20]
    #expect(steps.map(ones) == cells.map { [$0] })
    // The second goal before the first, and the third before the second.
    let early = try outcomes(RoomNavigation(), task, [4, 4, 4, 4, 4, 1, 3, 2, 2, 2, 2, 3, 1, 2, 2, 1])
    #expect(early.indices.filter { early[$0].rewards.dense[0] != -0.1 } == [11])
  }

  @Test func randomWalksThroughRoomsArePaidAsInTheTestsOwnRooms() throws {
    let family = RoomNavigation()
    for index in 0..<48 {
      let task = family.task(TaskID(.test, index))
      let rooms = Rooms(task)
      var stage = try Stage(family, [task])
      var (state, random) = (Rooms.State(), RandomStream(seed: UInt64(index)))
      for _ in 0..<300 {
        let move = min(4, Int(random.uniform(0, 5)))
        let (next, reward) = rooms.step(state, move)
        let outcome = try stage.choose(move)
        #expect(outcome.rewards.dense == [Float(reward)])
        state = next
      }
    }
  }

  @Test func aDarkRoomShowsItsGoalOnItAlone() throws {
    // From the middle of 9 by 9 cells, cell 40, column 4 and row 4; the goal is above it.
    let family = DarkRoom()
    let steps = try outcomes(family, .init(goal: 49), [2, 4, 1, 0, 3])
    #expect(steps.map(ones) == [[5, 13], [4, 13], [4, 14, 18], [4, 14, 18], [4, 13]])
    #expect(steps.map { $0.rewards.dense[0] } == [0, 0, 1, 1, 0])
    #expect(steps.allSatisfy { $0.terminated == [false] })
    // In the hard room, from cell 144, the goal ends the episode.
    let hard = try outcomes(DarkRoom(size: .hard), .init(goal: 145), [4, 2, 2])
    #expect(hard.map { $0.rewards.dense[0] } == [0, 0, 1])
    #expect(hard.map(\.terminated) == [[false], [false], [true]])
    #expect(hard.map(\.succeeded) == [[false], [false], [true]])
  }

  @Test("A room entered at its corner pays on every step on the goal, on the start too") func cornerRoom() throws {
    let steps = try outcomes(DarkRoom(size: .fromCorner), .init(goal: 0), [0, 3, 4, 2, 1, 4, 3])
    #expect(
      steps.map(ones) == [[0, 10, 20], [0, 10, 20], [0, 10, 20], [1, 10], [1, 11], [0, 11], [0, 10, 20]])
    #expect(steps.map { $0.rewards.dense[0] } == [1, 1, 1, 0, 0, 0, 1])
    #expect(steps.allSatisfy { $0.terminated == [false] })
  }

  @Test func aPermutedRoomMakesTheMovesOfItsTask() throws {
    // The choices go right, left, up, nowhere and down.
    let task = PermutedDarkRoom.TaskParameters(moves: [2, 4, 1, 0, 3])
    let steps = try outcomes(PermutedDarkRoom(), task, [0, 2, 3, 1, 1, 4, 4])
    #expect(steps.map(ones) == [[1, 9], [1, 10], [1, 10], [0, 10], [0, 10], [0, 9], [0, 9]])
    let way = [Int](repeating: 0, count: 8) + [Int](repeating: 2, count: 8) + [3, 4]
    let walk = try outcomes(PermutedDarkRoom(), task, way)
    #expect(walk.map { $0.rewards.dense[0] } == [Float](repeating: 0, count: 15) + [1, 1, 0])
    #expect(walk[15].observations.floats.last == 1 && walk[17].observations.floats.last == 0)
  }

  @Test("A key pays once, and then a door pays once, and neither is seen") func keyToDoor() throws {
    let family = DarkKeyToDoor()
    // From the middle, cell 40, over the door above it to the key on the right of that, and back.
    let steps = try outcomes(family, .init(key: 50, door: 49), [1, 2, 0, 4, 4, 2, 2])
    #expect(steps.map(ones) == [[4, 14], [5, 14], [5, 14], [4, 14], [3, 14], [4, 14], [5, 14]])
    #expect(steps.map { $0.rewards.dense[0] } == [0, 1, 0, 1, 0, 0, 0])
    #expect(steps.map { $0.succeeded[0] } == [false, false, false, true, false, false, false])
    #expect(steps.allSatisfy { $0.terminated == [false] })
    // Both in one place, that of the start: a step has to end there for the key, and another for the door.
    let same = try outcomes(family, .init(key: 40, door: 40), [0, 0, 0])
    #expect(same.map { $0.rewards.dense[0] } == [1, 1, 0])
    let visited = try outcomes(family, .init(key: 40, door: 40), [1, 3, 1, 3])
    #expect(visited.map { $0.rewards.dense[0] } == [0, 1, 0, 1])
    let descriptor = family.descriptor(of: .init(key: 10, door: 78))
    #expect(descriptor.indices.filter { descriptor[$0] == 1 } == [1, 9 + 1, 18 + 6, 27 + 8])
  }

  @Test("What wins is the same in the first and in the third episode and the second pays nothing")
  func repeatedWinner() throws {
    var stage = try Stage(RepeatWinner(), [false, false, false, true].map(RepeatWinner.TaskParameters.init))
    var rewards: [[Float]] = []
    for episode in 0..<4 {
      let observations = (episode == 0 ? stage.start : try stage.reset()).floatRows
      #expect(observations.allSatisfy { $0.firstIndex(of: 1) == episode % 3 && $0.reduce(0, +) == 1 })
      let outcome = try stage.choose([0, 1, 2, 2])
      #expect(outcome.terminated == [true, true, true, true])
      #expect(outcome.observations.floatRows == observations)
      rewards.append(outcome.rewards.dense)
    }
    #expect(rewards == [[0, 1, 0, 1], [0, -2, -2, -2], [0, 1, 0, 1], [0, 1, 0, 1]])
  }

  @Test func aGaussianArmPaysAroundItsMean() throws {
    let count = 20_000
    let tasks = [GaussianBandit.TaskParameters](repeating: .init(meanRewards: [-2, 0.5]), count: count)
    var stage = try Stage(GaussianBandit(arms: 2, pulls: 1), tasks)
    for (arm, mean) in [(0, -2.0), (1, 0.5)] {
      let outcome = try stage.choose(arm)
      let noise = outcome.rewards.dense.map { Double($0) - mean }
      #expect(abs(noise.reduce(0, +) / Double(count)) < 4 / Double(count).squareRoot())
      let variance = noise.reduce(0) { $0 + $1 * $1 } / Double(count)
      #expect(abs(variance - 1) < 4 * (2 / Double(count)).squareRoot())
      #expect(outcome.terminated.allSatisfy(\.self) && outcome.observations.floats.allSatisfy { $0 == 0 })
    }
  }

  private static let drawing = [
    "###########",
    "#     #   #",
    "##### # # #",
    "#   #   # #",
    "# # ##### #",
    "# #     # #",
    "# ##### # #",
    "# #   # # #",
    "# # # # # #",
    "#>  #  T# #",
    "###########",
  ]

  @Test func aWalkerTurnsWalksAndIsStoppedByWalls() throws {
    let task = Maze.TaskParameters(drawing: Self.drawing)
    let steps = try outcomes(Maze(), task, [2, 2, 2, 1, 2, 0, 0, 2, 2, 1, 2, 2, 1, 2, 2, 0, 2])
    let bumps = steps.map { abs($0.rewards.dense[0] - -0.041) < 1e-6 }
    // The third step east meets the wall, and so does the one to the south after it; then it goes north by 2, east by 2,
    // south by 2, and east towards the target.
    #expect(bumps.indices.filter { bumps[$0] } == [2, 4])
    #expect(steps.indices.filter { abs(steps[$0].rewards.dense[0] - -0.04) < 1e-6 }.count == steps.count - 2)
    let last = try outcomes(Maze(), task, [2, 2, 0, 2, 2, 1, 2, 2, 1, 2, 2, 0, 2, 2])
    #expect(last.map { $0.terminated[0] }.firstIndex(of: true) == 13)
    #expect(abs(last[13].rewards.dense[0] - 0.96) < 1e-6 && last[13].succeeded == [true])
    #expect(task.shortestPath?.map(\.rawValue) == [2, 2, 0, 2, 2, 1, 2, 2, 1, 2, 2, 0, 2, 2])
    #expect(abs(Maze().optimalReturn(of: task) - (1 - 0.04 * 14)) < 1e-6)
  }

  @Test("A walker sees five by five cells from the middle of the nearest row") func walkersView() throws {
    let task = Maze.TaskParameters(drawing: Self.drawing)
    var stage = try Stage(Maze(), [task])
    /// Rows from the nearest, as they are drawn: the farthest above.
    func seen(_ observations: Tensor) -> [String] {
      let values = observations.floats
      return (0..<5).reversed().map { depth in
        (0..<5).map { across in
          values[depth * 5 + across] == 1 ? "#" : values[25 + depth * 5 + across] == 1 ? "T" : " "
        }.joined()
      }
    }
    // Looking right, up is on the left: columns of the drawing are rows of the view.
    #expect(seen(stage.start) == ["   ##", " ####", "   ##", "## ##", "   ##"])
    // Looking up from the same cell: left of the maze there is wall as well.
    let up = seen(try stage.choose(0).observations)
    #expect(up == ["## # ", "## ##", "## # ", "## # ", "##   "])
    // From the cell two to the left of the target, on the way to it.
    var near = up
    for choice in [1, 2, 2, 0, 2, 2, 1, 2, 2, 1, 2, 2, 0] {
      near = seen(try stage.choose(choice).observations)
    }
    #expect(near == ["   ##", "#####", "  T##", "## ##", "   ##"])
  }

  @Test func everyRoomOfAMazeIsReachedInOneWay() {
    for size in Maze.Size.allCases {
      for index in 0..<30 {
        let task = Maze(size: size).task(TaskID(.train, index))
        let (side, rooms) = (task.side, (task.side - 1) / 2)
        let free = task.isWall.indices.filter { !task.isWall[$0] }
        // A tree: every room, and one door less than rooms.
        #expect(free.count == 2 * rooms * rooms - 1)
        #expect(free.count { $0 / side % 2 == 1 && $0 % side % 2 == 1 } == rooms * rooms)
        var reached: Set<Int> = [task.start.cell]
        var frontier = [task.start.cell]
        while let cell = frontier.popLast() {
          for next in [cell - 1, cell + 1, cell - side, cell + side] where !task.isWall[next] {
            if reached.insert(next).inserted { frontier.append(next) }
          }
        }
        #expect(reached.count == free.count)
        #expect(task.target != task.start.cell && !task.isWall[task.target])
      }
    }
  }
}

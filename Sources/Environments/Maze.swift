import MetaRL
import Tensors

/// Random mazes in which an agent sees a few cells ahead and looks for a target.
///
/// After the visual navigation of Duan, Schulman, Chen, Bartlett, Sutskever & Abbeel (2016, arXiv:1611.02779, section
/// 3.3), on a grid in place of pictures: the layout, the start and the target stay for a lifetime. Reaching the target pays
/// 1 and ends the episode, every step costs 0.04, and walking into a wall another 0.001. A small maze has 5 by 5 rooms and
/// episodes of at most 250 steps, a large one 9 by 9 and 1000.
///
/// Departs from the paper: mazes are perfect, drawn by a recursive backtracker, and drawn without end, where the paper has
/// 1000 for training; an action turns by a right angle or walks on by one cell; the observation is a part of the map, 5
/// cells wide and 5 deep, of which the agent stands in the middle of the nearest row and sees through walls.
public struct Maze: TaskFamily {
  /// The size of mazes, which decides the name of the family.
  public enum Size: String, Codable, Sendable, CaseIterable {
    /// 5 by 5 rooms, 250 steps.
    case small
    /// 9 by 9 rooms, 1000 steps.
    case large

    /// The rooms in a row, and the rows of rooms.
    var rooms: Int { self == .small ? 5 : 9 }
    /// The cells in a row, and the rows of cells: rooms, and what is between and around them.
    var side: Int { 2 * rooms + 1 }
    var horizon: Int { self == .small ? 250 : 1000 }
  }

  /// The choices, in the order of their numbers.
  public enum Move: Int, CaseIterable, Sendable {
    /// Turns to the left by a right angle.
    case turnLeft
    /// Turns to the right by a right angle.
    case turnRight
    /// Walks on by one cell, unless there is a wall.
    case walk
  }

  /// The cell and the direction of an agent.
  public struct Pose: Codable, Sendable, Hashable {
    /// The cell; cells are numbered row by row from the top.
    public var cell: Int
    /// The direction: 0 up, 1 right, 2 down, 3 left.
    public var heading: Int

    /// A pose in the given cell, with the given direction.
    ///
    /// - Precondition: there is such a direction.
    public init(cell: Int, heading: Int) {
      precondition(0 <= heading && heading < 4, "there is no direction \(heading)")
      self.cell = cell
      self.heading = heading
    }
  }

  static let goalReward: Float = 1
  static let stepReward: Float = -0.04
  static let wallReward: Float = -0.001
  /// The cells that are seen in a row, and the rows that are seen.
  static let view = 5

  /// The size of mazes, which decides the name of the family.
  public let size: Size
  /// The episodes in a lifetime, all in one maze.
  public let episodesPerLifetime: Int

  /// Chooses the size of mazes and the length of lifetimes.
  ///
  /// - Precondition: the number of episodes is positive.
  public init(size: Size = .small, episodesPerLifetime: Int = 2) {
    precondition(episodesPerLifetime > 0, "a lifetime needs episodes, not \(episodesPerLifetime)")
    self.size = size
    self.episodesPerLifetime = episodesPerLifetime
  }

  /// Observation: where walls are seen, then where the target is seen, row by row from the nearest, each from the left;
  /// three choices: turn left, turn right, walk.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2 * Self.view * Self.view, actionSpace: .discrete(count: Move.allCases.count),
      horizon: size.horizon)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "maze-\(size.rawValue)")
    return TaskParameters(rooms: size.rooms, using: &random)
  }

  /// Whether there is a wall between each two rooms, then the room of the target, the room of the start
  /// and the first direction, each one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    let (side, rooms) = (size.side, size.rooms)
    let between = task.isWall.indices.filter { cell in
      let (row, column) = (cell / side, cell % side)
      return (row + column) % 2 == 1 && row % (side - 1) != 0 && column % (side - 1) != 0
    }
    func room(_ cell: Int) -> [Float] {
      let number = cell / side / 2 * rooms + cell % side / 2
      return (0..<rooms * rooms).map { $0 == number ? 1 : 0 }
    }
    return between.map { task.isWall[$0] ? 1 : 0 } + room(task.target) + room(task.start.cell)
      + (0..<4).map { $0 == task.start.heading ? 1 : 0 }
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes {
    precondition(tasks.allSatisfy { $0.side == size.side }, "every maze has \(size.side) rows")
    return Lanes(side: size.side, tasks: tasks)
  }

  public struct Lanes: Environment {
    let side: Int
    /// `[lane, cell]`, row by row.
    let isWall: [Bool]
    let targets: [Int]
    let starts: [Pose]
    var poses: [Pose]

    init(side: Int, tasks: [TaskParameters]) {
      self.side = side
      isWall = tasks.flatMap(\.isWall)
      targets = tasks.map(\.target)
      starts = tasks.map(\.start)
      poses = starts
    }

    public var laneCount: Int { starts.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      poses = starts
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: Move.allCases.count)
      var rewards = [Float](repeating: Maze.stepReward, count: laneCount)
      var succeeded = [Bool](repeating: false, count: laneCount)
      for lane in poses.indices {
        let next = poses[lane].moved(Move.allCases[choices[lane]], side: side)
        if isWall[lane * side * side + next.cell] {
          rewards[lane] += Maze.wallReward
        } else {
          poses[lane] = next
        }
        guard poses[lane].cell == targets[lane] else { continue }
        rewards[lane] += Maze.goalReward
        succeeded[lane] = true
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards), terminated: succeeded, succeeded: succeeded)
    }

    private var observations: Tensor {
      let view = Maze.view
      let width = 2 * view * view
      var values = [Float](repeating: 0, count: laneCount * width)
      for (lane, pose) in poses.enumerated() {
        let (ahead, right) = (Pose.directions[pose.heading], Pose.directions[(pose.heading + 1) % 4])
        let (row, column) = (pose.cell / side, pose.cell % side)
        var place = lane * width
        for depth in 0..<view {
          for across in -(view / 2)...view / 2 {
            let y = row + depth * ahead.row + across * right.row
            let x = column + depth * ahead.column + across * right.column
            // Outside the maze there is nothing but wall.
            let isInside = 0 <= y && y < side && 0 <= x && x < side
            if !isInside || isWall[lane * side * side + y * side + x] {
              values[place] = 1
            } else if y * side + x == targets[lane] {
              values[place + view * view] = 1
            }
            place += 1
          }
        }
      }
      return Tensor(values, shape: [laneCount, width])
    }
  }
}

extension Maze.Pose {
  /// The changes of row and column of a step up, right, down, left.
  static let directions = [(row: -1, column: 0), (row: 0, column: 1), (row: 1, column: 0), (row: 0, column: -1)]

  /// The pose after a move, if there is no wall.
  func moved(_ move: Maze.Move, side: Int) -> Maze.Pose {
    switch move {
    case .turnLeft: Maze.Pose(cell: cell, heading: (heading + 3) % 4)
    case .turnRight: Maze.Pose(cell: cell, heading: (heading + 1) % 4)
    case .walk:
      Maze.Pose(
        cell: cell + Self.directions[heading].row * side + Self.directions[heading].column, heading: heading)
    }
  }
}

extension Maze {
  public var card: FamilyCard {
    let (random, oracle): (FamilyCard.Anchor, FamilyCard.Anchor) =
      switch size {
      case .small:
        (
          .init(-8.639, standardError: 0.016, computation: "40,000 simulated episodes"),
          .init(
            0.2113, standardError: 0.0016, computation: "exact in a task: a shortest way; the mean of 100,000 tasks"
          )
        )
      case .large:
        (
          .init(-36.415, standardError: 0.072, computation: "20,000 simulated episodes"),
          .init(
            -1.138, standardError: 0.0044, computation: "exact in a task: a shortest way; the mean of 100,000 tasks"
          )
        )
      }
    return FamilyCard(
      name: "maze-\(size.rawValue)-\(episodesPerLifetime)", version: 1,
      summary:
        "Random mazes of \(size.rooms) by \(size.rooms) rooms; the agent sees a part of the maze ahead; the "
        + "target gives reward 1, a step -0.04; \(episodesPerLifetime) episodes.",
      source: "after the visual navigation of Duan et al. 2016, arXiv:1611.02779, section 3.3, on a grid",
      episodesPerLifetime: episodesPerLifetime, random: random, oracle: oracle,
      trajectoryHash: size == .small ? "492983646f93d328" : "22276ac094d4c8d5")
  }
}

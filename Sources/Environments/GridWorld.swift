import MetaRL
import Tensors

/// Four small maps with a goal and holes.
///
/// The grid world in the code of Finn, Abbeel & Levine (2017, arXiv:1703.03400). Reaching the goal pays 1 and ends
/// the episode; falling into a hole pays nothing and ends it too; a step off the map leaves the agent where it is.
/// The observation is the agent's cell, one-hot.
public struct GridWorld: TaskFamily {
  /// A set of four maps of 3 by 3 cells.
  public enum Maps: String, Codable, Sendable {
    /// The goal is two steps from the start, one way round the corner is open, the other leads into a hole.
    case corners
    /// The goal is next to the start, and every other cell is a hole: the maps of the authors' code.
    case neighbors

    /// The rows of each map: `S` the start, `F` free, `H` a hole, `G` the goal.
    var rows: [[String]] {
      switch self {
      case .corners:
        [["GFF", "HSF", "FFF"], ["FHG", "FSF", "FFF"], ["FFF", "FSH", "FFG"], ["FFF", "FSF", "GHF"]]
      case .neighbors:
        [["HHH", "GSH", "HHH"], ["HHH", "HSG", "HHH"], ["HGH", "HSH", "HHH"], ["HHH", "HSH", "HGH"]]
      }
    }
  }

  /// The content of a cell, by its letter in a map.
  public enum Cell: String, Codable, Sendable {
    /// The cell where episodes start; free afterwards.
    case start = "S"
    /// A cell that pays nothing and ends nothing.
    case free = "F"
    /// A cell that ends the episode and pays nothing.
    case hole = "H"
    /// Pays 1 and ends the episode.
    case goal = "G"
  }

  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The cells, row by row from the top.
    public let cells: [Cell]

    /// A task with the given cells.
    ///
    /// - Precondition: there are nine cells, and one of them is the start.
    public init(cells: [Cell]) {
      precondition(
        cells.count == GridWorld.side * GridWorld.side && cells.contains(.start),
        "a map has 3 rows of 3 cells and a start")
      self.cells = cells
    }
  }

  /// The cells in a row, and the rows.
  static let side = 3
  /// The changes of row and column of the four choices: left, down, right, up.
  static let moves = [(row: 0, column: -1), (row: 1, column: 0), (row: 0, column: 1), (row: -1, column: 0)]

  /// The set of maps, which decides the name of the family.
  public let maps: Maps

  /// Chooses the set of maps; by default those with the goal in a corner.
  public init(maps: Maps = .corners) { self.maps = maps }

  /// Observation: the cell, one-hot; four choices: left, down, right, up; 10 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: Self.side * Self.side, actionSpace: .discrete(count: Self.moves.count), horizon: 10,
      stateCount: Self.side * Self.side)
  }

  /// The map of a name: the four maps in turn, in every split.
  public func task(_ id: TaskID) -> TaskParameters {
    let rows = maps.rows[id.index % maps.rows.count]
    return TaskParameters(cells: rows.joined().compactMap { Cell(rawValue: String($0)) })
  }

  /// The place of the goal, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] { task.cells.map { $0 == .goal ? 1 : 0 } }

  public func taskCount(in split: TaskID.Split) -> Int? { 4 }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks: tasks) }

  public struct Lanes: Environment {
    /// `[lane, cell]`, row by row.
    let cells: [Cell]
    let starts: [Int]
    var positions: [Int]

    init(tasks: [TaskParameters]) {
      cells = tasks.flatMap(\.cells)
      starts = tasks.map { $0.cells.firstIndex(of: .start) ?? 0 }
      positions = starts
    }

    public var laneCount: Int { starts.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      positions = starts
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let (side, cellCount) = (GridWorld.side, GridWorld.side * GridWorld.side)
      let choices = actions.choices(lanes: laneCount, count: GridWorld.moves.count)
      var rewards = [Float](repeating: 0, count: laneCount)
      var terminated = [Bool](repeating: false, count: laneCount)
      var succeeded = terminated
      for lane in 0..<laneCount {
        let move = GridWorld.moves[choices[lane]]
        let row = max(0, min(side - 1, positions[lane] / side + move.row))
        let column = max(0, min(side - 1, positions[lane] % side + move.column))
        positions[lane] = row * side + column
        let cell = cells[lane * cellCount + positions[lane]]
        succeeded[lane] = cell == .goal
        terminated[lane] = cell == .goal || cell == .hole
        rewards[lane] = cell == .goal ? 1 : 0
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards), terminated: terminated, succeeded: succeeded)
    }

    private var observations: Tensor { Tensor(oneHot: positions, count: GridWorld.side * GridWorld.side) }
  }
}

extension GridWorld {
  public var card: FamilyCard {
    switch maps {
    case .corners:
      FamilyCard(
        name: "grid-world", version: 1,
        summary: "Four maps of 3 by 3 cells with the goal in one corner and a hole next to it. Test tasks are "
          + "training tasks.",
        source: "the grid world in the code of Finn, Abbeel & Levine 2017, arXiv:1703.03400; the maps are ours",
        episodesPerLifetime: 40,
        random: .init(0.17696285247802734, computation: "exact: backward induction over the horizon"),
        oracle: .init(1, computation: "exact: the goal is two steps away"),
        trajectoryHash: "4c75b20cff85c268")
    case .neighbors:
      FamilyCard(
        name: "grid-world-neighbors", version: 1,
        summary: "Four maps of 3 by 3 cells with the goal next to the start and holes elsewhere. Test tasks are "
          + "training tasks.",
        source: "the four-state maps in the code of Finn, Abbeel & Levine 2017, arXiv:1703.03400",
        episodesPerLifetime: 40,
        random: .init(0.25, computation: "exact: one of four choices finds the goal, the others a hole"),
        oracle: .init(1, computation: "exact: the goal is one step away"),
        trajectoryHash: "e78973982a66c145")
    }
  }
}

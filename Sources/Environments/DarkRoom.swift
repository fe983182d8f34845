import MetaRL
import Tensors

/// A square room in the dark: where the goal is shows only when the agent stands on it.
///
/// Dark Room and Dark Room Hard of Laskin et al. (2022, arXiv:2210.14215, Algorithm Distillation), a small one of
/// ours, and the room of Lee et al. (2023, arXiv:2306.14892, Decision-Pretrained Transformer). An episode starts in the
/// middle of the room, and any other cell may be the goal; Lee's starts in the lower left corner, and any cell may be
/// the goal, 80 in training.
///
/// Departs from the papers: the observation is the agent's row and column, each one-hot, where theirs is the coordinates,
/// and it has a number more, which is 1 on the goal and 0 elsewhere; in the hard room the goal ends the episode, where
/// theirs continues without further reward; half of Lee's 20 test goals are validation goals.
public struct DarkRoom: TaskFamily {
  /// The size of a room and the reward of its goal.
  public enum Size: Int, Codable, Sendable, CaseIterable {
    /// 5 by 5 cells, 10 steps; every step on the goal pays 1.
    case small = 5
    /// 9 by 9 cells, 20 steps; every step on the goal pays 1.
    case standard = 9
    /// 17 by 17 cells, 20 steps; the goal pays 1 and ends the episode.
    case hard = 17
    /// 10 by 10 cells, 100 steps from the lower left corner; every step on the goal pays 1.
    case fromCorner = 10

    var horizon: Int {
      switch self {
      case .small: 10
      case .standard, .hard: 20
      case .fromCorner: 100
      }
    }
  }

  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The cell of the goal; cells are numbered row by row from the lower left.
    public let goal: Int

    /// A task with the given goal.
    public init(goal: Int) { self.goal = goal }
  }

  /// The size of the room, which decides the name of the family.
  public let size: Size
  let grid: SquareGrid
  /// The start of episodes: the cell in the middle, or in the corner.
  let start: Int

  /// The goals of the room that is entered at its corner.
  private static let goals = DealtTasks(100, training: 80, family: "dark-room-10")

  /// Chooses the size of the room.
  public init(size: Size = .standard) {
    self.size = size
    grid = SquareGrid(side: size.rawValue)
    start = size == .fromCorner ? 0 : grid.cellCount / 2
  }

  /// Observation: column and row, one-hot, and whether the agent stands on the goal; five
  /// choices: stay, up, right, down, left.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2 * grid.side + 1, actionSpace: .discrete(count: SquareGrid.moves.count),
      horizon: size.horizon, tellsBestChoices: true)
  }

  /// The goal of a name: in rooms with the start in the middle all goals in turn, in every split, so that those of
  /// neighboring numbers are far apart.
  public func task(_ id: TaskID) -> TaskParameters {
    guard size != .fromCorner else { return TaskParameters(goal: Self.goals.number(of: id)) }
    let goalCount = grid.cellCount - 1
    let goal = id.index % goalCount * 37 % goalCount
    return TaskParameters(goal: goal < start ? goal : goal + 1)
  }

  /// The column and the row of the goal, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] { grid.columnAndRow(of: task.goal) }

  /// All cells but that of the start; of 100 goals in the room entered at its corner, 80 for training.
  public func taskCount(in split: TaskID.Split) -> Int? {
    size == .fromCorner ? Self.goals.count(in: split) : grid.cellCount - 1
  }

  public func bestChoices(in task: TaskParameters, at observation: [Float]) -> [Int] {
    grid.bestMoves(from: grid.cell(in: observation), to: task.goal)
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes {
    precondition(tasks.allSatisfy { 0 <= $0.goal && $0.goal < grid.cellCount }, "a goal is a cell")
    return Lanes(grid: grid, endsAtGoal: size == .hard, start: start, goals: tasks.map(\.goal))
  }

  public struct Lanes: Environment {
    let grid: SquareGrid
    let endsAtGoal: Bool
    let start: Int
    let goals: [Int]
    var cells: [Int]

    init(grid: SquareGrid, endsAtGoal: Bool, start: Int, goals: [Int]) {
      (self.grid, self.endsAtGoal, self.start, self.goals) = (grid, endsAtGoal, start, goals)
      cells = [Int](repeating: start, count: goals.count)
    }

    public var laneCount: Int { goals.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in cells.indices { cells[lane] = start }
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: SquareGrid.moves.count)
      for lane in cells.indices { cells[lane] = grid.cell(after: choices[lane], from: cells[lane]) }
      let isAtGoal = cells.indices.map { cells[$0] == goals[$0] }
      return StepOutcome(
        observations: observations, rewards: Rewards(isAtGoal.map { $0 ? 1 : 0 }),
        terminated: isAtGoal.map { $0 && endsAtGoal }, succeeded: isAtGoal)
    }

    private var observations: Tensor {
      grid.observations(of: cells, flags: cells.indices.map { cells[$0] == goals[$0] })
    }
  }
}

extension DarkRoom {
  public var card: FamilyCard {
    let (random, oracle, hash) =
      switch size {
      case .small: (0.3773546666666667, 8.5, "f00afa9f0c1b25f5")
      case .standard: (0.2352573532708543, 16.5, "108cd99f86911c55")
      case .hard: (0.03544419632278979, 1.0, "8a5d4b43772167e5")
      case .fromCorner: (1.2479844921312189, 92.8, "7cf103a184d9fb08")
      }
    let side = grid.side
    return FamilyCard(
      name: "dark-room-\(side)", version: 1,
      summary: "A dark room of \(side) by \(side) cells; the goal is invisible, and "
        + (size == .hard ? "reaching it gives reward 1 and ends the episode" : "every step on it gives reward 1")
        + (size == .fromCorner ? "." : ". Test tasks are training tasks."),
      source: source,
      episodesPerLifetime: size == .hard ? 20 : 10,
      random: .init(
        random,
        computation: "exact: the distribution of the cell after every step"
          + (size == .fromCorner ? ", on the test goals; 1 over all goals" : "")),
      oracle: .init(
        oracle,
        computation: "exact: the shortest way to the goal"
          + (size == .fromCorner ? ", on the test goals; 91.99 over all goals" : "")),
      trajectoryHash: hash)
  }

  private var source: String {
    switch size {
    case .small: "after Laskin et al. 2022, arXiv:2210.14215; the size is ours"
    case .standard: "Laskin et al. 2022, arXiv:2210.14215, Dark Room"
    case .hard: "Laskin et al. 2022, arXiv:2210.14215, Dark Room Hard"
    case .fromCorner: "Lee et al. 2023, arXiv:2306.14892; the authors' code"
    }
  }
}

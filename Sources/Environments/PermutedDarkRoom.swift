import MetaRL
import Tensors

/// A dark room of 9 by 9 cells with a goal that stays and moves that do not: which choice makes which move is hidden.
///
/// Dark Room Permuted of Lee et al. (2023, arXiv:2306.14892, Decision-Pretrained Transformer), in the size of Son, Lee &
/// Kim (2025, arXiv:2502.19009, Distillation for In-Context Planning). An episode starts in the lower left corner, the goal
/// is the upper right, and every step on it pays 1. The task is a permutation of the five moves. An agent that remembers only where the goal is earns no more than at random.
///
/// Departs from both: the observation is that of ``DarkRoom``; 100 permutations are for training, and ten each for
/// validation and test.
public struct PermutedDarkRoom: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The move of each choice: 0 stays, 1 goes up, 2 right, 3 down and 4 left.
    public let moves: [Int]

    /// A task whose choices make the given moves.
    ///
    /// - Precondition: each of the five moves is there once.
    public init(moves: [Int]) {
      precondition(moves.sorted() == Array(SquareGrid.moves.indices), "\(moves) is no permutation of five moves")
      self.moves = moves
    }
  }

  static let grid = SquareGrid(side: 9)
  static let goal = grid.cellCount - 1
  private static let permutations = DealtTasks(120, training: 100, family: "dark-room-permuted-9")

  /// The only family of its kind.
  public init() {}

  /// Observation: column and row, one-hot, and whether the agent stands on the goal; five choices, whose moves are the
  /// task; 50 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2 * Self.grid.side + 1, actionSpace: .discrete(count: SquareGrid.moves.count), horizon: 50,
      tellsBestChoices: true)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    TaskParameters(moves: [Int](permutation: Self.permutations.number(of: id), of: SquareGrid.moves.count))
  }

  /// The move of each choice, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    task.moves.flatMap { move in SquareGrid.moves.indices.map { $0 == move ? 1 : 0 } }
  }

  public func taskCount(in split: TaskID.Split) -> Int? { Self.permutations.count(in: split) }

  public func bestChoices(in task: TaskParameters, at observation: [Float]) -> [Int] {
    let best = Self.grid.bestMoves(from: Self.grid.cell(in: observation), to: Self.goal)
    return task.moves.indices.filter { best.contains(task.moves[$0]) }
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  /// A dark room in each lane, whose choices are translated.
  public struct Lanes: Environment {
    let moves: [[Int]]
    var room: DarkRoom.Lanes

    init(_ tasks: [TaskParameters]) {
      moves = tasks.map(\.moves)
      let goals = [Int](repeating: PermutedDarkRoom.goal, count: tasks.count)
      room = DarkRoom.Lanes(grid: PermutedDarkRoom.grid, endsAtGoal: false, start: 0, goals: goals)
    }

    public var laneCount: Int { room.laneCount }

    public mutating func reset(using random: inout LaneRandom) -> Tensor { room.reset(using: &random) }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: SquareGrid.moves.count)
      return room.step(.discrete(zip(moves, choices).map { $0[$1] }), using: &random)
    }
  }
}

extension PermutedDarkRoom {
  /// The family's card; its anchors are the same in every task.
  public var card: FamilyCard {
    FamilyCard(
      name: "dark-room-permuted-9", version: 1,
      summary:
        "A dark room with its goal in the far corner, where every step gives reward 1; which choice makes which "
        + "move is hidden.",
      source: "Lee et al. 2023, arXiv:2306.14892, in the size of the code of Son et al. 2025, arXiv:2502.19009",
      episodesPerLifetime: 10,
      random: .init(0.024310383356762996, computation: "exact: the distribution of the cell after every step"),
      oracle: .init(35, computation: "exact: the shortest way to the goal, 16 steps of 50"),
      trajectoryHash: "fca4736bad5d1fc5")
  }
}

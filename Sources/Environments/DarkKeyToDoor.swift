import MetaRL
import Tensors

/// A dark room with a key and a door, neither of which is seen.
///
/// Dark Key-to-Door of Laskin et al. (2022, arXiv:2210.14215, Algorithm Distillation). An episode of 50 steps starts in the
/// middle of 9 by 9 cells. The first step that ends on the key pays 1; after it, the first that ends on the door pays 1.
/// Neither ends the episode. The key and the door are any two of the cells, or the same cell. Observations do not tell
/// whether the agent has the key: its rewards do.
///
/// Departs from the paper: the observation is the agent's column and row, each one-hot, where theirs is the coordinates.
public struct DarkKeyToDoor: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The cell of the key; cells are numbered row by row from the lower left.
    public let key: Int
    /// The cell of the door.
    public let door: Int

    /// A task with the given places.
    ///
    /// - Precondition: both are cells.
    public init(key: Int, door: Int) {
      let cells = 0..<DarkKeyToDoor.grid.cellCount
      precondition(cells.contains(key) && cells.contains(door), "\(key) or \(door) is no cell")
      (self.key, self.door) = (key, door)
    }
  }

  static let grid = SquareGrid(side: 9)
  static let start = grid.cellCount / 2
  private static let pairs = DealtTasks(
    grid.cellCount * grid.cellCount, training: 6233, family: "dark-key-to-door-9")

  /// The only family of its kind.
  public init() {}

  /// Observation: column and row, one-hot; five choices: stay, up, right, down, left; 50 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2 * Self.grid.side, actionSpace: .discrete(count: SquareGrid.moves.count), horizon: 50)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    let (key, door) = Self.pairs.number(of: id).quotientAndRemainder(dividingBy: Self.grid.cellCount)
    return TaskParameters(key: key, door: door)
  }

  /// The column and the row of the key and of the door, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    Self.grid.columnAndRow(of: task.key) + Self.grid.columnAndRow(of: task.door)
  }

  /// Of the 6561 pairs of cells, 95 % are for training.
  public func taskCount(in split: TaskID.Split) -> Int? { Self.pairs.count(in: split) }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  /// A room in each lane.
  public struct Lanes: Environment {
    /// What an agent can still be paid for.
    enum Stage {
      case key, door, nothing
    }

    let tasks: [TaskParameters]
    var cells: [Int]
    var stages: [Stage]

    init(_ tasks: [TaskParameters]) {
      self.tasks = tasks
      cells = tasks.map { _ in DarkKeyToDoor.start }
      stages = tasks.map { _ in .key }
    }

    public var laneCount: Int { tasks.count }

    private var observations: Tensor { DarkKeyToDoor.grid.observations(of: cells) }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      self = Lanes(tasks)
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: SquareGrid.moves.count)
      var rewards = [Float](repeating: 0, count: laneCount)
      var succeeded = [Bool](repeating: false, count: laneCount)
      for (lane, task) in tasks.enumerated() {
        cells[lane] = DarkKeyToDoor.grid.cell(after: choices[lane], from: cells[lane])
        switch stages[lane] {
        case .key where cells[lane] == task.key: (rewards[lane], stages[lane]) = (1, .door)
        case .door where cells[lane] == task.door:
          (rewards[lane], stages[lane], succeeded[lane]) = (1, .nothing, true)
        default: break
        }
      }
      return StepOutcome(observations: observations, rewards: Rewards(rewards), succeeded: succeeded)
    }
  }
}

extension DarkKeyToDoor {
  public var card: FamilyCard {
    FamilyCard(
      name: "dark-key-to-door-9", version: 1,
      summary:
        "A dark room with a hidden key and a hidden door; finding the key, and then the door, gives reward 1 "
        + "each.",
      source: "Laskin et al. 2022, arXiv:2210.14215, Dark Key-to-Door, with one-hot columns and rows",
      episodesPerLifetime: 20,
      random: .init(
        0.2783305344759943,
        computation: "exact: first arrivals of a random walk, on the test tasks; 0.26864 over all tasks"),
      oracle: .init(2, computation: "exact: the shortest way is 24 steps at most"),
      trajectoryHash: "2c12166008197fd5")
  }
}

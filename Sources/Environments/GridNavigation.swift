import MetaRL
import Tensors

/// A square of 5 by 5 cells with a goal that is not seen.
///
/// The grid world of Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann & Whiteson (2020, arXiv:1910.08348, VariBAD). An
/// episode starts in the lower left corner; the goal is any cell that is not that corner, adjacent to it or diagonally next
/// to it. Every step that ends on the goal pays 1, every other step costs 0.1, and reaching the goal ends nothing.
///
/// Departs from the authors' code: the observation is the agent's cell, one-hot, where theirs is the two coordinates,
/// and it has no flag for the end of an episode, which is a learner's to know; there is no action that gives a hint.
public struct GridNavigation: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The cell of the goal; cells are numbered row by row from the lower left.
    public let goal: Int

    /// A task with the given goal.
    ///
    /// - Precondition: it is a cell.
    public init(goal: Int) {
      precondition(0 <= goal && goal < GridNavigation.grid.cellCount, "there is no cell \(goal)")
      self.goal = goal
    }
  }

  static let grid = SquareGrid(side: 5)
  /// The cells where a goal can be.
  static let goals = (0..<grid.cellCount).filter { $0 % grid.side > 1 || $0 / grid.side > 1 }
  static let horizon = 15
  static let goalReward: Float = 1
  static let stepReward: Float = -0.1

  /// The only family of its kind.
  public init() {}

  /// Observation: the cell, one-hot; five choices: stay, up, right, down, left; 15 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: Self.grid.cellCount, actionSpace: .discrete(count: SquareGrid.moves.count),
      horizon: Self.horizon)
  }

  /// The goal of a name: all goals in turn, in every split, so that those of neighboring numbers are far apart.
  public func task(_ id: TaskID) -> TaskParameters {
    TaskParameters(goal: Self.goals[id.index % Self.goals.count * 8 % Self.goals.count])
  }

  /// The cell of the goal, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    (0..<Self.grid.cellCount).map { $0 == task.goal ? 1 : 0 }
  }

  public func taskCount(in split: TaskID.Split) -> Int? { Self.goals.count }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(goals: tasks.map(\.goal)) }

  public struct Lanes: Environment {
    let goals: [Int]
    var cells: [Int]

    init(goals: [Int]) {
      self.goals = goals
      cells = [Int](repeating: 0, count: goals.count)
    }

    public var laneCount: Int { goals.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in cells.indices { cells[lane] = 0 }
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: SquareGrid.moves.count)
      var rewards = [Float](repeating: GridNavigation.stepReward, count: laneCount)
      var succeeded = [Bool](repeating: false, count: laneCount)
      for lane in cells.indices {
        cells[lane] = GridNavigation.grid.cell(after: choices[lane], from: cells[lane])
        guard cells[lane] == goals[lane] else { continue }
        rewards[lane] = GridNavigation.goalReward
        succeeded[lane] = true
      }
      return StepOutcome(observations: observations, rewards: Rewards(rewards), succeeded: succeeded)
    }

    private var observations: Tensor { Tensor(oneHot: cells, count: GridNavigation.grid.cellCount) }
  }
}

extension GridNavigation {
  public var card: FamilyCard {
    FamilyCard(
      name: "grid-navigation", version: 1,
      summary:
        "A 5 by 5 grid with a hidden goal; steps on the goal give reward 1, others -0.1. Test tasks are "
        + "training tasks.",
      source: "Zintgraf et al. 2020, arXiv:1910.08348, section 5.1, with one-hot cells as observations",
      episodesPerLifetime: 4,
      random: .init(-1.1654719831338423, computation: "exact: the distribution of the cell after every step"),
      oracle: .init(155.0 / 14, computation: "exact: the shortest way to the goal, then staying"),
      trajectoryHash: "b34cb54791e5ae55")
  }
}

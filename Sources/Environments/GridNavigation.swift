import MetaRL
import Tensors

/// A square of 5 by 5 cells with a goal that is not seen.
///
/// The grid world of Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann & Whiteson (2020, arXiv:1910.08348, VariBAD). An
/// episode starts in the lower left corner; the goal is any cell that is not that corner, adjacent to it or diagonally next
/// to it. Every step that ends on the goal pays 1, every other step costs 0.1, and reaching the goal ends nothing.
///
/// In the two variants of Beck, Jackson, Vuorio & Whiteson (2022, arXiv:2210.11348) there is little or nothing to
/// explore.
///
/// Departs from the authors' code: the observation is the agent's cell, one-hot, where theirs is the two coordinates,
/// and it has no flag for the end of an episode, which is a learner's to know; there is no action that gives a hint.
public struct GridNavigation: TaskFamily {
  /// What is seen of the goal, and what is paid.
  public enum Variant: String, Codable, Sendable, CaseIterable {
    /// The goal is not seen; 1 is paid on it, and -0.1 elsewhere.
    case hidden
    /// The first observation of each episode shows the goal.
    case show
    /// The goal is not seen; the reward is minus the number of moves that the goal is away.
    case dense
  }

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

  /// What is seen and paid, which decides the name of the family.
  public let variant: Variant

  /// Chooses what is seen and paid.
  public init(_ variant: Variant = .hidden) { self.variant = variant }

  /// Observation: the cell, one-hot; five choices: stay, up, right, down, left; 15 steps.
  ///
  /// Where the goal is shown, its cell follows: one-hot in the first observation, zeros later.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: Self.grid.cellCount * (variant == .show ? 2 : 1),
      actionSpace: .discrete(count: SquareGrid.moves.count), horizon: Self.horizon, tellsBestChoices: true)
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

  public func bestChoices(in task: TaskParameters, at observation: [Float]) -> [Int] {
    let cell = observation.prefix(Self.grid.cellCount).firstIndex(of: 1) ?? 0
    return Self.grid.bestMoves(from: cell, to: task.goal)
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes {
    Lanes(variant: variant, goals: tasks.map(\.goal))
  }

  public struct Lanes: Environment {
    let variant: Variant
    let goals: [Int]
    var cells: [Int]

    init(variant: Variant, goals: [Int]) {
      (self.variant, self.goals) = (variant, goals)
      cells = [Int](repeating: 0, count: goals.count)
    }

    public var laneCount: Int { goals.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in cells.indices { cells[lane] = 0 }
      return observations(isFirst: true)
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: SquareGrid.moves.count)
      for lane in cells.indices {
        cells[lane] = GridNavigation.grid.cell(after: choices[lane], from: cells[lane])
      }
      let rewards = cells.indices.map { variant.reward(at: cells[$0], goal: goals[$0]) }
      return StepOutcome(
        observations: observations(isFirst: false), rewards: Rewards(rewards),
        succeeded: cells.indices.map { cells[$0] == goals[$0] })
    }

    private func observations(isFirst: Bool) -> Tensor {
      let count = GridNavigation.grid.cellCount
      guard variant == .show else { return Tensor(oneHot: cells, count: count) }
      var values = [Float](repeating: 0, count: laneCount * 2 * count)
      for lane in cells.indices {
        values[lane * 2 * count + cells[lane]] = 1
        if isFirst { values[lane * 2 * count + count + goals[lane]] = 1 }
      }
      return Tensor(values, shape: [laneCount, 2 * count])
    }
  }
}

extension GridNavigation.Variant {
  /// The reward of a step that ends in a cell.
  func reward(at cell: Int, goal: Int) -> Float {
    switch self {
    case .hidden, .show: cell == goal ? GridNavigation.goalReward : GridNavigation.stepReward
    case .dense: -Float(GridNavigation.grid.distance(cell, goal))
    }
  }
}

extension GridNavigation {
  private static let beck = "Beck et al. 2022, arXiv:2210.11348, with one-hot cells as observations"

  public var card: FamilyCard {
    let random = FamilyCard.Anchor(
      -1.1654719831338423, computation: "exact: the distribution of the cell after every step")
    let oracle = FamilyCard.Anchor(155.0 / 14, computation: "exact: the shortest way to the goal, then staying")
    switch variant {
    case .hidden:
      return FamilyCard(
        name: "grid-navigation", version: 1,
        summary:
          "A 5 by 5 grid with a hidden goal; steps on the goal give reward 1, others -0.1. Test tasks are "
          + "training tasks.",
        source: "Zintgraf et al. 2020, arXiv:1910.08348, section 5.1, with one-hot cells as observations",
        episodesPerLifetime: 4, random: random, oracle: oracle,
        bayesOptimal: .init(
          [4, oracle.value, oracle.value, oracle.value], computation: "exact: branch and bound over all plans"),
        trajectoryHash: "b34cb54791e5ae55")
    case .show:
      return FamilyCard(
        name: "grid-navigation-show", version: 1,
        summary:
          "Grid navigation whose goal is shown in the first step of each episode. Test tasks are training tasks.",
        source: Self.beck, episodesPerLifetime: 4, random: random, oracle: oracle,
        bayesOptimal: .init(
          [Double](repeating: oracle.value, count: 4), computation: "exact: as the oracle, since the goal is shown"),
        trajectoryHash: "b1c200bb88ea0f05")
    case .dense:
      let best = -199.0 / 21
      return FamilyCard(
        name: "grid-navigation-dense", version: 1,
        summary:
          "Grid navigation with a hidden goal; the reward is minus the moves to it. Test tasks are training tasks.",
        source: Self.beck, episodesPerLifetime: 4,
        random: .init(-54.430959584497344, computation: random.computation),
        oracle: .init(best, computation: oracle.computation),
        bayesOptimal: .init(
          [-96.0 / 7, best, best, best],
          computation: "exact: dynamic programming over the cell and the possible goals"),
        trajectoryHash: "3ce7ad866f005585")
    }
  }
}

import MetaRL
import Tensors

/// Three rooms in a row with three hidden goals, each worth ten times the one before.
///
/// The rooms of Zintgraf, Feng, Lu, Igl, Hartikainen, Hofmann & Whiteson (2021, arXiv:2010.01062, HyperX). Corridors
/// connect the rooms, of 3 by 3 cells each. Episodes start in the middle. The first goal is a corner of the middle room; the
/// second, a corner of the room on that side, gives no reward before the first was reached; the third, another corner of
/// the middle room, none before the second. An agent that is content with the first goal earns a sixtieth of what there is.
///
/// Departs from the authors' code: the observation is the agent's cell, one-hot, where theirs is the two coordinates.
public struct RoomNavigation: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The corner of each goal in its room: 0 and 1 are the lower ones, 2 and 3 the upper, the left one first.
    public let corners: [Int]

    /// A task with the given goals.
    ///
    /// - Precondition: there are three corners, and the first is not the third.
    public init(corners: [Int]) {
      precondition(
        corners.count == 3 && corners.allSatisfy { 0..<4 ~= $0 } && corners[0] != corners[2],
        "\(corners) are not the corners of three goals")
      self.corners = corners
    }

    /// The cells of the goals.
    var goals: [Int] {
      let middle = corners.map { (x: $0 % 2 == 0 ? -1 : 1, y: $0 < 2 ? -1 : 1) }
      return [0, 6 * middle[0].x, 0].enumerated().map { number, room in
        RoomNavigation.cell(x: room + middle[number].x, y: middle[number].y)
      }
    }
  }

  /// An agent's cell, and how many of the goals it has reached, in their order.
  struct State: Hashable {
    var cell = RoomNavigation.cell(x: 0, y: 0)
    var reachedGoals = 0
  }

  /// The cells from left to right, those of a column from below; (0, 0) is the middle.
  static let cells = (-7...7).flatMap { x in
    (2...4 ~= abs(x) ? 0...0 : -1...1).map { y in (x: x, y: y) }
  }
  /// The cell after each move, `[cell][move]`; moves into a wall have no effect.
  private static let neighbors = cells.indices.map { cell in
    SquareGrid.moves.map { move in
      cells.firstIndex { $0.x == cells[cell].x + move.x && $0.y == cells[cell].y + move.y } ?? cell
    }
  }
  static let horizon = 50
  static let goalRewards = [1.0, 10, 100]
  static let stepReward = -0.1
  static let taskCount = 48

  /// The only family of its kind.
  public init() {}

  static func cell(x: Int, y: Int) -> Int { cells.firstIndex { $0.x == x && $0.y == y } ?? 0 }

  /// Observation: the cell, one-hot; five choices: stay, up, right, down, left; 50 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: Self.cells.count, actionSpace: .discrete(count: SquareGrid.moves.count),
      horizon: Self.horizon)
  }

  /// The goals of a name: all 48 combinations in turn, in every split, so that those of neighboring numbers differ much.
  public func task(_ id: TaskID) -> TaskParameters {
    let number = id.index % Self.taskCount * 29 % Self.taskCount
    let first = number / 12
    return TaskParameters(corners: [first, number / 3 % 4, (first + 1 + number % 3) % 4])
  }

  /// The corner of each goal, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    task.corners.flatMap { corner in (0..<4).map { $0 == corner ? 1 : 0 } }
  }

  public func taskCount(in split: TaskID.Split) -> Int? { Self.taskCount }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(goals: tasks.map(\.goals)) }

  /// The state and the reward after a move, given the cells of the goals.
  static func step(_ state: State, _ move: Int, _ goals: [Int]) -> (next: State, reward: Double) {
    var next = state
    next.cell = neighbors[state.cell][move]
    guard let goal = goals.firstIndex(of: next.cell), goal <= state.reachedGoals else { return (next, stepReward) }
    next.reachedGoals = max(state.reachedGoals, goal + 1)
    return (next, goalRewards[goal])
  }

  public struct Lanes: Environment {
    /// The cells of the goals, `[lane][goal]`.
    let goals: [[Int]]
    var states: [State]

    init(goals: [[Int]]) {
      self.goals = goals
      states = [State](repeating: State(), count: goals.count)
    }

    public var laneCount: Int { goals.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in states.indices { states[lane] = State() }
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: SquareGrid.moves.count)
      let rewards = states.indices.map { lane in
        let (next, reward) = RoomNavigation.step(states[lane], choices[lane], goals[lane])
        states[lane] = next
        return reward
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards.map { Float($0) }),
        succeeded: rewards.map { $0 == RoomNavigation.goalRewards.last })
    }

    private var observations: Tensor { Tensor(oneHot: states.map(\.cell), count: RoomNavigation.cells.count) }
  }
}

extension RoomNavigation {
  /// The plan with the largest mean return over all tasks of a lifetime with the given number of episodes.
  ///
  /// - Precondition: the number of episodes is positive.
  public func bayesOptimalPlan(episodes: Int) -> BeliefPlan {
    plan(for: (0..<Self.taskCount).map { task(TaskID(.test, $0)) }, episodes: episodes)
  }

  /// The return of an agent that knows the task.
  public func optimalReturn(of task: TaskParameters) -> Double { plan(for: [task], episodes: 1).returns[0] }

  private func plan(for tasks: [TaskParameters], episodes: Int) -> BeliefPlan {
    BeliefPlan(
      tasks: tasks.map(\.goals), start: State(), choices: SquareGrid.moves.count, horizon: Self.horizon,
      episodes: episodes, step: Self.step)
  }

  public var card: FamilyCard {
    FamilyCard(
      name: "room-navigation", version: 1,
      summary:
        "Hidden goals in three rooms pay 1, 10 and 100 a step, in order; else steps cost 0.1. Test tasks are training "
        + "tasks.",
      source: "Zintgraf et al. 2021, arXiv:2010.01062; the authors' rooms, with one-hot cells as observations",
      episodesPerLifetime: 1,
      random: .init(0.15242630538716562, computation: "exact: the distribution of the state after every step"),
      oracle: .init(3376.6, computation: "exact: dynamic programming in each task"),
      bayesOptimal: .init(
        [2809], computation: "exact: dynamic programming over the cell and what is known of the goals"),
      trajectoryHash: "bc8f6910c9b5a5bd", keepsRewardsWithinEpisodes: true)
  }
}

import MetaRL
import Tensors

/// A corridor with two arms at its end: an observation long before the end says which arm to take.
///
/// The T-mazes of Ni, Ma, Eysenbach & Bacon (2023, arXiv:2307.03864), after Bakker (2001). An episode is as long as the walk
/// along the corridor. Its last step pays 1 if it ends in the arm on the hidden side; any other step costs 1 over the
/// length of the corridor if the agent is then behind one that walks without a pause. In the passive maze the first
/// observation shows the side, and the agent has to remember it for as many steps as the corridor is long; in the active
/// maze a step back from the start shows it, and that step is worth nothing before the end of the episode. Observations in
/// the corridor are all the same.
///
/// The side is the task, and a lifetime is one episode. The best agent that does not know its task earns as much as one
/// that does, 1; the best without a memory of the first observation earns 0.5.
public struct TMaze: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// Whether the upper arm pays, not the lower.
    public let upperPays: Bool

    /// A task in which one of the arms pays.
    public init(upperPays: Bool) { self.upperPays = upperPays }

    /// The row of the arm that pays: 1 or -1.
    var side: Int { upperPays ? 1 : -1 }
  }

  /// The place where the side is shown.
  public enum Variant: String, Sendable, CaseIterable {
    /// At the start.
    case passive
    /// One cell to the left of the start.
    case active

    /// The column of the start; the side is shown in column 0.
    var start: Int { self == .passive ? 0 : 1 }
  }

  /// A cell: the corridor is row 0, and the arms are rows 1 and -1 of its last column.
  struct Place: Equatable {
    var column: Int
    var row = 0
  }

  /// The moves: right, up, left, down.
  static let moves = [(x: 1, y: 0), (x: 0, y: 1), (x: -1, y: 0), (x: 0, y: -1)]

  /// The place where the side is shown.
  public let variant: Variant
  /// The steps from the start to the junction.
  public let length: Int

  /// Chooses the maze.
  ///
  /// - Precondition: the length is positive.
  public init(_ variant: Variant = .passive, length: Int = 10) {
    precondition(length > 0, "a corridor has a length, not \(length)")
    (self.variant, self.length) = (variant, length)
  }

  /// The column of the junction.
  var junction: Int { variant.start + length }

  var start: Place { Place(column: variant.start) }

  /// Observations of two numbers; four choices: right, up, left, down; as many steps as the walk takes.
  ///
  /// In the corridor an observation is 0 and 0, but where the side is shown, at the first visit only, the second number
  /// is the side, 1 or -1. At the junction and in the arms it is 1 and the row.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2, actionSpace: .discrete(count: Self.moves.count),
      horizon: length + 2 * variant.start + 1)
  }

  /// The two tasks in turn, in every split.
  public func task(_ id: TaskID) -> TaskParameters { TaskParameters(upperPays: id.index.isMultiple(of: 2)) }

  /// 1 if the upper arm pays, else -1.
  public func descriptor(of task: TaskParameters) -> [Float] { [Float(task.side)] }

  public func taskCount(in split: TaskID.Split) -> Int? { 2 }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(self, tasks) }

  /// The place after a choice; moves off the maze have no effect.
  func place(after choice: Int, from place: Place) -> Place {
    let move = Self.moves[choice]
    var next = place
    if place.row == 0 { next.column = max(0, min(junction, place.column + move.x)) }
    if place.column == junction { next.row = max(-1, min(1, place.row + move.y)) }
    return next
  }

  /// Whether an agent in a column is behind one that walks without a pause, to where the side is shown and back.
  func isLate(in column: Int, after steps: Int) -> Bool { column < steps - variant.start }

  /// A maze in each lane.
  public struct Lanes: Environment {
    let maze: TMaze
    let sides: [Int]
    var places: [Place]
    var hasSeenSide: [Bool]
    var time = 0

    init(_ maze: TMaze, _ tasks: [TaskParameters]) {
      self.maze = maze
      sides = tasks.map(\.side)
      places = tasks.map { _ in maze.start }
      hasSeenSide = tasks.map { _ in false }
    }

    public var laneCount: Int { sides.count }

    /// What is seen at every place; the side is then not shown again.
    private mutating func observe() -> Tensor {
      var values: [Float] = []
      for (lane, place) in places.enumerated() {
        if place.column == maze.junction {
          values += [1, Float(place.row)]
        } else {
          let isShown = place.column == 0 && !hasSeenSide[lane]
          values += [0, isShown ? Float(sides[lane]) : 0]
          if isShown { hasSeenSide[lane] = true }
        }
      }
      return Tensor(values, shape: [laneCount, 2])
    }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in places.indices {
        places[lane] = maze.start
        hasSeenSide[lane] = false
      }
      time = 0
      return observe()
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: TMaze.moves.count)
      time += 1
      for lane in places.indices { places[lane] = maze.place(after: choices[lane], from: places[lane]) }
      let isLast = time == maze.spec.horizon
      let succeeded = places.indices.map { isLast && places[$0].row == sides[$0] }
      let rewards = places.indices.map { lane -> Float in
        guard !isLast else { return succeeded[lane] ? 1 : 0 }
        return maze.isLate(in: places[lane].column, after: time) ? -1 / Float(maze.length) : 0
      }
      return StepOutcome(observations: observe(), rewards: Rewards(rewards), succeeded: succeeded)
    }
  }
}

extension TMaze {
  /// The lengths of the catalog.
  public static let lengths = [10, 20, 50, 100]

  public var card: FamilyCard {
    let sign = variant == .passive ? "the first observation" : "a cell on the left of the start"
    return FamilyCard(
      name: "t-maze-\(variant.rawValue)-\(length)", version: 1,
      summary:
        "A corridor of \(length) cells with two arms; \(sign) shows which arm gives reward 1 at the end; each "
        + "late step costs 1/\(length). Test tasks are training tasks.",
      source: "Ni et al. 2023, arXiv:2307.03864; the authors' code, "
        + (variant == .passive ? "TMazeClassicPassive" : "TMazeClassicActive"),
      episodesPerLifetime: 1,
      random: .init(randomReturn, computation: "exact: the distribution of the cell after every step"),
      oracle: .init(1, computation: "exact: the walk to the arm"),
      bayesOptimal: .init([1], computation: "exact: the sign is seen on the way to the arm"),
      trajectoryHash: Self.trajectoryHashes[variant]?[length] ?? "")
  }

  /// The expected return of uniformly random choices, the same on both sides.
  private var randomReturn: Double {
    // The two arms are equally likely, so one share stands for both.
    var (corridor, arms, total) = ([Double](repeating: 0, count: junction + 1), 0.0, 0.0)
    corridor[variant.start] = 1
    for step in 1...spec.horizon {
      var next = [Double](repeating: 0, count: corridor.count)
      for (column, share) in corridor.enumerated() {
        next[min(junction, column + 1)] += share / 4
        next[max(0, column - 1)] += share / 4
        if column < junction { next[column] += share / 2 }
      }
      // Of the choices in an arm one leads back.
      next[junction] += arms / 4
      arms = arms * 3 / 4 + corridor[junction] / 2
      corridor = next
      guard step < spec.horizon else { break }
      for (column, share) in corridor.enumerated() where isLate(in: column, after: step) {
        total -= share / Double(length)
      }
    }
    return total + arms / 2
  }

  /// The digests of the lengths in the catalog; of other lengths none is pinned.
  private static let trajectoryHashes: [Variant: [Int: String]] = [
    .passive: [
      10: "6f1e55978dbc8735", 20: "7e7f3c10fbad1c35", 50: "cff8208f6246ee25", 100: "8fbcd49d79703ce5",
    ],
    .active: [
      10: "17079db9e091e1a0", 20: "013c2a45693b01e0", 50: "d46473d55567eed8", 100: "004354783077ff98",
    ],
  ]
}

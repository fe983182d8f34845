import MetaRL
import Tensors

/// A city in which four buses lead to places near its corners; which bus leads where is hidden.
///
/// The cities of Liu, Raghunathan, Liang & Finn (2021, arXiv:2008.02790, DREAM). An episode of 20 steps starts in the
/// middle of 9 by 9 cells, next to four bus stops. The task is a permutation: the far stop that each of them is connected
/// with, in both directions. The first episode of a lifetime explores: nothing is rewarded, and ending it early costs nothing.
/// Every later episode has an instruction, one of the four corners, drawn at its start. Reaching it gives 1 and ends the
/// episode; any other step costs 0.1, and ending the episode early costs as much as the steps that are left.
///
/// An agent that knows the buses takes a step, a ride and a step, for a return of 0.8. One that does not know them earns 0.3,
/// by walking. An agent that is rewarded only for what it does with what it finds out must learn both at once; that is
/// what the family tests.
///
/// Departs from the authors' code: observations are one-hot; an episode that explores does not end at a corner; of the
/// tasks with useless buses, 54 are for training, where theirs are 53, and the others are halved between validation and test.
public struct BusCity: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The far stop of each of the four buses, by its number.
    public let destinations: [Int]
    /// The far stop of each useless bus, by its number; empty if there are none.
    public let uselessDestinations: [Int]

    /// A task whose buses lead to the given stops.
    ///
    /// - Precondition: both are permutations of four numbers; the second may be empty.
    public init(destinations: [Int], uselessDestinations: [Int] = []) {
      let stops = [0, 1, 2, 3]
      precondition(
        destinations.sorted() == stops && [[], stops].contains(uselessDestinations.sorted()),
        "\(destinations) or \(uselessDestinations) is no permutation of four stops")
      (self.destinations, self.uselessDestinations) = (destinations, uselessDestinations)
    }
  }

  /// What there is in the city apart from the four buses.
  public enum Variant: String, Sendable, CaseIterable {
    /// Nothing.
    case plain
    /// Four buses that lead nowhere near a corner.
    case distracting
    /// A map, in a cell four steps from the start, that shows where the buses lead.
    case map
  }

  /// Pairs of stops: the near ones, and the far ones that they can be connected with.
  struct Buses {
    let near: [Int]
    let far: [Int]
  }

  static let grid = SquareGrid(side: 9)
  static let start = cell(4, 4)
  static let mapCell = cell(7, 3)
  static let corners = [cell(0, 0), cell(8, 8), cell(0, 8), cell(8, 0)]
  static let useful = Buses(
    near: [cell(4, 5), cell(5, 4), cell(3, 4), cell(4, 3)], far: [cell(0, 1), cell(0, 7), cell(8, 1), cell(8, 7)])
  static let useless = Buses(
    near: [cell(5, 5), cell(3, 3), cell(3, 5), cell(5, 3)], far: [cell(0, 4), cell(4, 0), cell(8, 4), cell(4, 8)])
  static let permutations = (0..<24).map { [Int](permutation: $0, of: 4) }
  private static let pairs = DealtTasks(
    permutations.count * permutations.count, training: 54, family: "distracting-bus")

  /// What there is in the city apart from the four buses.
  public let variant: Variant

  /// Chooses the city.
  public init(_ variant: Variant = .plain) { self.variant = variant }

  private static func cell(_ x: Int, _ y: Int) -> Int { y * grid.side + x }

  /// Nine choices: left, up, right, down, stay, ride the bus, end the episode, and two without effect; 20 steps.
  ///
  /// Observation: column and row, one-hot; whether there is a bus stop; in the city with a map, the number of the permutation,
  /// one-hot on the map and zeros elsewhere; 1 in the first episode of a lifetime; the corner to be reached, one-hot, zeros in
  /// the first episode.
  public var spec: EnvironmentSpec {
    InstructedEpisodes.spec(
      observationSize: 2 * Self.grid.side + 1 + (variant == .map ? Self.permutations.count : 0) + 1
        + Self.corners.count)
  }

  /// The buses of a name: without useless ones, all permutations in turn, in every split.
  public func task(_ id: TaskID) -> TaskParameters {
    let count = Self.permutations.count
    guard variant == .distracting else {
      return TaskParameters(destinations: Self.permutations[id.index % count * 7 % count])
    }
    let (first, second) = Self.pairs.number(of: id).quotientAndRemainder(dividingBy: count)
    return TaskParameters(destinations: Self.permutations[first], uselessDestinations: Self.permutations[second])
  }

  /// The far stop of each bus, one-hot, and then those of useless buses.
  public func descriptor(of task: TaskParameters) -> [Float] {
    (task.destinations + task.uselessDestinations).flatMap { stop in (0..<4).map { $0 == stop ? 1 : 0 } }
  }

  public func taskCount(in split: TaskID.Split) -> Int? {
    variant == .distracting ? Self.pairs.count(in: split) : Self.permutations.count
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> some Environment {
    precondition(
      tasks.allSatisfy { $0.uselessDestinations.isEmpty == (variant != .distracting) },
      "useless buses are in one of the cities, and in all of its tasks")
    return InstructedLanes(tasks.map { City($0, showsMap: variant == .map) })
  }
}

/// A task of the family, in cells.
private struct City: InstructedTask {
  /// The other stop of each stop; elsewhere the cell itself.
  var rides = Array(0..<BusCity.grid.cellCount)
  /// The number of the permutation that the map shows, if there is a map.
  var number: Int?

  init(_ task: BusCity.TaskParameters, showsMap: Bool) {
    for (near, far) in task.connections { (rides[near], rides[far]) = (far, near) }
    if showsMap { number = BusCity.permutations.firstIndex(of: task.destinations) }
  }

  var start: Int { BusCity.start }

  func instruction(using random: inout RandomStream) -> Int { random.integer(below: BusCity.corners.count) }

  func state(after choice: GridChoice, from cell: Int) -> Int {
    choice == .rideBus ? rides[cell] : choice.cell(from: cell, in: BusCity.grid)
  }

  func reward(of choice: GridChoice, in cell: inout Int, following corner: Int) -> (value: Double, isLast: Bool) {
    cell == BusCity.corners[corner] ? (1, true) : (InstructedEpisodes.stepReward, false)
  }

  func observation(of cell: Int) -> [Float] {
    let map = number.map { number in
      BusCity.permutations.indices.map { cell == BusCity.mapCell && $0 == number ? Float(1) : 0 }
    }
    return BusCity.grid.columnAndRow(of: cell) + [rides[cell] == cell ? 0 : 1] + (map ?? [])
  }

  static func shown(_ corner: Int) -> [Float] { BusCity.corners.indices.map { $0 == corner ? 1 : 0 } }

  static var instructionSize: Int { BusCity.corners.count }
}

extension BusCity.TaskParameters {
  /// The two stops of each bus.
  var connections: [(near: Int, far: Int)] {
    [(BusCity.useful, destinations), (BusCity.useless, uselessDestinations)].flatMap { buses, destinations in
      zip(buses.near, destinations).map { ($0, buses.far[$1]) }
    }
  }
}

extension BusCity {
  /// The family's card; its anchors are returns of an episode with an instruction.
  public var card: FamilyCard {
    let (name, addition, random, hash) =
      switch variant {
      case .plain: ("bus-city", "", -1.9705217577611691, "1d7c5ca3240d4c64")
      case .distracting: ("distracting-bus", "four others distract; ", -1.9709298421752468, "1537faac619f88e9")
      case .map: ("bus-map", "a map shows them; ", -1.9705217577611691, "9b1b7c82e6afc009")
      }
    let isDealt = variant == .distracting
    return FamilyCard(
      name: name, version: 1,
      summary:
        "Four buses with hidden destinations; \(addition)episode 1 explores without reward, later ones show a "
        + "corner to reach for reward 1; a step costs 0.1." + (isDealt ? "" : " Test tasks are training tasks."),
      source: "Liu et al. 2021, arXiv:2008.02790; the authors' code, with one-hot observations",
      episodesPerLifetime: InstructedEpisodes.perLifetime,
      random: .init(
        random,
        computation: "exact: the distribution of the cell after every step of an episode with an instruction"
          + (isDealt ? ", on the test tasks" : "")),
      oracle: .init(0.8, computation: "exact: a step, a ride and a step, in an episode with an instruction"),
      bayesOptimal: .init(
        [0, 0.8], computation: "exact: the first episode is long enough to find out all that matters"),
      trajectoryHash: hash, episodesAreNumbered: true)
  }
}

import Tensors

extension Maze {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The cells in a row, and the rows.
    public let side: Int
    /// Whether a cell is wall, row by row from the top.
    public let isWall: [Bool]
    /// The cell and the direction that every episode starts with.
    public let start: Pose
    /// The cell of the target, which ends an episode.
    public let target: Int

    /// A maze as it is drawn: `#` a wall, `T` the target, `^`, `>`, `v` or `<` the start and
    /// its direction; everything else is free.
    ///
    /// - Precondition: there are as many columns as rows, a border of walls, one start and one target.
    public init(drawing rows: [String]) {
      let cells = rows.flatMap { Array($0) }
      let starts = cells.indices.filter { "^>v<".contains(cells[$0]) }
      let targets = cells.indices.filter { cells[$0] == "T" }
      let headings: [Character: Int] = ["^": 0, ">": 1, "v": 2, "<": 3]
      let side = rows.count
      precondition(
        rows.allSatisfy { $0.count == side } && starts.count == 1 && targets.count == 1
          && cells.indices.allSatisfy {
            (1..<side - 1).contains($0 / side) && (1..<side - 1).contains($0 % side) || cells[$0] == "#"
          }, "a maze is a square with walls around it, one start and one target")
      self.side = side
      isWall = cells.map { $0 == "#" }
      start = Pose(cell: starts[0], heading: headings[cells[starts[0]]] ?? 0)
      target = targets[0]
    }

    /// A maze in which one way leads from each room to each other room, with a start and a target in different rooms.
    ///
    /// A recursive backtracker: from the newest room that has a neighbor without a door, a door is opened to
    /// one of these, chosen at random.
    init(rooms: Int, using random: inout RandomStream) {
      let side = 2 * rooms + 1
      func cell(_ room: Int) -> Int { (2 * (room / rooms) + 1) * side + 2 * (room % rooms) + 1 }
      var isWall = [Bool](repeating: true, count: side * side)
      var way = [random.integer(below: rooms * rooms)]
      isWall[cell(way[0])] = false
      while let room = way.last {
        let closed = Pose.directions.compactMap { direction -> Int? in
          let (row, column) = (room / rooms + direction.row, room % rooms + direction.column)
          let isRoom = 0 <= row && row < rooms && 0 <= column && column < rooms
          return isRoom && isWall[cell(row * rooms + column)] ? row * rooms + column : nil
        }
        guard !closed.isEmpty else {
          way.removeLast()
          continue
        }
        let next = closed[random.integer(below: closed.count)]
        isWall[cell(next)] = false
        isWall[(cell(room) + cell(next)) / 2] = false
        way.append(next)
      }
      let start = random.integer(below: rooms * rooms)
      let target = (start + 1 + random.integer(below: rooms * rooms - 1)) % (rooms * rooms)
      self.side = side
      self.isWall = isWall
      self.start = Pose(cell: cell(start), heading: random.integer(below: 4))
      self.target = cell(target)
    }

    /// The fewest moves, turns included, to the target; nil if no way leads there.
    public var shortestPath: [Move]? {
      var cameBy: [Pose: (pose: Pose, move: Move)] = [:]
      var frontier = [start]
      var seen: Set<Pose> = [start]
      while !frontier.isEmpty {
        var next: [Pose] = []
        for pose in frontier {
          if pose.cell == target {
            var (moves, place): ([Move], Pose) = ([], pose)
            while let step = cameBy[place] {
              moves.append(step.move)
              place = step.pose
            }
            return moves.reversed()
          }
          for move in Move.allCases {
            let reached = pose.moved(move, side: side)
            guard !isWall[reached.cell], seen.insert(reached).inserted else { continue }
            cameBy[reached] = (pose, move)
            next.append(reached)
          }
        }
        frontier = next
      }
      return nil
    }
  }

  /// The return of an agent that knows the maze and goes to the target by a shortest way, or stays where it is if that
  /// takes more steps than an episode has.
  public func optimalReturn(of task: TaskParameters) -> Double {
    guard let path = task.shortestPath, path.count <= size.horizon else {
      return Double(Self.stepReward) * Double(size.horizon)
    }
    return Double(Self.goalReward) + Double(Self.stepReward) * Double(path.count)
  }
}

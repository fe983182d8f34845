import Tensors

/// The cells of a square, numbered row by row from the lower left, and the five moves between them.
struct SquareGrid: Sendable {
  /// The cells in a row, and the rows.
  let side: Int

  /// The moves: stay, up, right, down, left.
  static let moves = [(x: 0, y: 0), (x: 0, y: 1), (x: 1, y: 0), (x: 0, y: -1), (x: -1, y: 0)]

  var cellCount: Int { side * side }

  /// The cell after a move; moves off the square have no effect.
  func cell(after move: Int, from cell: Int) -> Int {
    let x = max(0, min(side - 1, cell % side + Self.moves[move].x))
    let y = max(0, min(side - 1, cell / side + Self.moves[move].y))
    return y * side + x
  }

  /// The fewest moves from one cell to another.
  func distance(_ a: Int, _ b: Int) -> Int { abs(a % side - b % side) + abs(a / side - b / side) }

  /// The moves after which a goal is nearest.
  func bestMoves(from cell: Int, to goal: Int) -> [Int] {
    let distances = Self.moves.indices.map { distance(self.cell(after: $0, from: cell), goal) }
    return distances.indices.filter { distances[$0] == distances.min() }
  }

  /// The cell whose column and row an observation begins with, each one-hot.
  func cell(in observation: [Float]) -> Int {
    let column = observation.prefix(side).firstIndex(of: 1) ?? 0
    return (observation.dropFirst(side).prefix(side).firstIndex(of: 1) ?? side) % side * side + column
  }

  /// The column and the row of a cell, one-hot.
  func columnAndRow(of cell: Int) -> [Float] {
    [cell % side, cell / side].flatMap { place in (0..<side).map { $0 == place ? 1 : 0 } }
  }

  /// The column and the row of each cell, one-hot, and then its flag, if there are flags, `[cell, observation]`.
  func observations(of cells: [Int], flags: [Bool] = []) -> Tensor {
    let width = 2 * side + (flags.isEmpty ? 0 : 1)
    var values = [Float](repeating: 0, count: cells.count * width)
    for (lane, cell) in cells.enumerated() {
      values[lane * width + cell % side] = 1
      values[lane * width + side + cell / side] = 1
      if !flags.isEmpty { values[(lane + 1) * width - 1] = flags[lane] ? 1 : 0 }
    }
    return Tensor(values, shape: [cells.count, width])
  }
}

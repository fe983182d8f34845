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
}

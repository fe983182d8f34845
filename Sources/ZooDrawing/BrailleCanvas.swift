/// A picture of characters, each of two by four dots.
package struct BrailleCanvas {
  /// One character and whose it is.
  package struct Cell {
    package var character: Character = " "
    package var color: Int?
    fileprivate var dots: UInt32 = 0
  }

  private let columns: Int
  private let rows: Int
  private var grid: [Cell]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    grid = [Cell](repeating: Cell(), count: columns * rows)
  }

  /// The characters of a row, from the top.
  package func cells(inRow row: Int) -> ArraySlice<Cell> { grid[row * columns..<(row + 1) * columns] }

  /// Draws a line between points from (0, 0), below left, to (1, 1), above right.
  package mutating func line(from start: (x: Double, y: Double), to end: (x: Double, y: Double), color: Int) {
    let (a, b) = (dot(start), dot(end))
    let count = max(abs(b.x - a.x), abs(b.y - a.y), 1)
    for step in 0...count {
      let share = Double(step) / Double(count)
      let x = Double(a.x) + Double(b.x - a.x) * share
      let y = Double(a.y) + Double(b.y - a.y) * share
      set(Int(x.rounded()), Int(y.rounded()), color: color)
    }
  }

  /// Puts a letter at a point, above all lines.
  mutating func letter(_ letter: Character, x: Double, y: Double, color: Int) {
    let place = dot((x, y))
    grid[place.y / 4 * columns + place.x / 2] = Cell(character: letter, color: color)
  }

  /// Draws a thin level line and returns its row.
  package mutating func level(atHeight y: Double) -> Int {
    let row = dot((0, y)).y / 4
    for column in 0..<columns { grid[row * columns + column] = Cell(character: "┈") }
    return row
  }

  private func dot(_ point: (x: Double, y: Double)) -> (x: Int, y: Int) {
    // Letters and lines meet: both are placed in the middle of characters.
    let column = (point.x * Double(columns - 1)).rounded()
    let height = ((1 - point.y) * Double(rows * 4 - 4)).rounded()
    return (Int(column) * 2, Int(height) + 1)
  }

  private mutating func set(_ x: Int, _ y: Int, color: Int) {
    guard (0..<columns * 2).contains(x), (0..<rows * 4).contains(y) else { return }
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    let place = y / 4 * columns + x / 2
    grid[place].dots |= bits[y % 4][x % 2]
    grid[place].color = color
    if let scalar = Unicode.Scalar(0x2800 + grid[place].dots) { grid[place].character = Character(scalar) }
  }
}

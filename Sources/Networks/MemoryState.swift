import Tensors

/// The state of a memory in each lane: for each of its parts, the rows of the latest steps.
///
/// A recurrent cell keeps one row, a convolution as many as it reaches back, attention those of its context.
public struct MemoryState: Sendable {
  /// One part of a state.
  public struct Part: Sendable, Hashable {
    /// The numbers in a row.
    public var width: Int
    /// The number of latest rows that are kept; `Int.max`: all.
    public var steps: Int
    /// Whether a newborn has no rows, as attention needs it; otherwise they are zeros.
    public var startsEmpty: Bool

    /// Describes a part.
    public init(width: Int, steps: Int, startsEmpty: Bool = false) {
      self.width = width
      self.steps = steps
      self.startsEmpty = startsEmpty
    }
  }

  /// What is kept.
  public let parts: [Part]
  private var kept: [StepRows]
  /// The steps that each lane has lived.
  public private(set) var stepCounts: [Int]
  /// Rows `[lane, step, width]` and steps lived `[lane, 1]` that stand for numbers, while a step is recorded.
  private var recorded: (rows: [Tensor], stepCounts: Tensor)?

  /// The state at birth.
  ///
  /// - Parameters:
  ///   - parts: what is kept.
  ///   - lanes: the count of lanes.
  ///   - precision: of the numbers.
  public init(parts: [Part], lanes: Int, precision: Precision = .float) {
    self.parts = parts
    kept = parts.map { StepRows(width: $0.width, steps: $0.steps, lanes: lanes, precision: precision) }
    stepCounts = [Int](repeating: 0, count: lanes)
  }

  /// A state of tensors with a history, from which one step can be recorded for other programs; nothing can be added to it.
  ///
  /// - Parameters:
  ///   - rows: of each part, `[lane, step, width]`, the latest last.
  ///   - stepCounts: the steps that each lane has lived, `[lane, 1]`.
  public init(recording rows: [Tensor], stepCounts: Tensor) {
    (parts, kept) = ([], [])
    self.stepCounts = [Int](repeating: 0, count: stepCounts.shape[0])
    recorded = (rows, stepCounts)
  }

  /// The state at birth, of parts that keep one row.
  ///
  /// - Parameters:
  ///   - widths: the numbers in a row of each part.
  ///   - lanes: the count of lanes.
  ///   - precision: of the numbers.
  public init(widths: [Int], lanes: Int, precision: Precision = .float) {
    self.init(parts: widths.map { Part(width: $0, steps: 1) }, lanes: lanes, precision: precision)
  }

  /// The number of lanes.
  public var laneCount: Int { stepCounts.count }

  /// The latest row of each part, `[lane, width]`; zeros at birth.
  public var latest: [Tensor] { (recorded?.rows.indices ?? kept.indices).map { row(of: $0, stepsBack: 1) } }

  /// The row of a part a number of steps back, `[lane, width]`; zeros where a lane is not as old.
  ///
  /// One step back is the latest row.
  ///
  /// - Precondition: the part keeps this number of steps.
  public func row(of part: Int, stepsBack: Int) -> Tensor {
    guard let rows = recorded?.rows[part] else { return kept[part].row(stepsBack: stepsBack, stepCounts) }
    let place = rows.shape[1] - stepsBack
    return rows.slice(place..<place + 1, axis: 1).reshaped([laneCount, rows.shape[2]])
  }

  /// The rows that a part keeps, and one more after them, in the places of `slots(of:)`: `[lane, longest, width]`, zeros
  /// elsewhere.
  public func window(of part: Int, adding row: Tensor) -> Tensor {
    guard let rows = recorded?.rows[part] else {
      return kept[part].window(adding: row, stepCounts, slots(of: part))
    }
    return Tensor.concatenate([rows, row.reshaped([laneCount, 1, rows.shape[2]])], axis: 1)
  }

  /// The places in `window` of the steps that a part keeps and of one more, in each lane.
  ///
  /// A step's place is its number in the lifetime less a multiple of sixteen, so sums over a window and over a whole lifetime,
  /// which have sixteen partial sums, add the same numbers in the same order.
  public func slots(of part: Int) -> [Range<Int>] {
    if let rows = recorded?.rows[part] { return Array(repeating: 0..<rows.shape[1] + 1, count: laneCount) }
    return stepCounts.map { count in
      let first = max(0, count - parts[part].steps)
      let start = first / 16 * 16
      return first - start..<count + 1 - start
    }
  }

  /// The row of a table, `[step, width]`, for the number of the next step in each lane; the last where there is none.
  public func row(in table: Tensor) -> Tensor {
    let last = table.shape[0] - 1
    guard let recorded else { return table.gather(stepCounts.map { min($0, last) }) }
    // In operations that other programs have: a product with a one among zeros at the place of the row.
    let one = Tensor(1, precision: table.precision)
    let number = Double(last) * one - (Double(last) * one - recorded.stepCounts).relu()
    let places = Tensor((0...last).map(Double.init), shape: [1, last + 1], precision: table.precision)
    let distance = number - places
    return (one - distance.relu() - (-distance).relu()).relu().matmul(table)
  }

  /// Adds the rows of a step, `[lane, width]` for each part, in live lanes; nil: in all.
  public mutating func append(_ rows: [Tensor], where isLive: [Bool]? = nil) {
    precondition(rows.count == parts.count, "\(rows.count) rows for \(parts.count) parts of a memory")
    let lanes = stepCounts.indices.filter { isLive?[$0] ?? true }
    for part in parts.indices { kept[part].append(rows[part], stepCounts, lanes) }
    for lane in lanes { stepCounts[lane] += 1 }
  }

  /// The states of some lanes, by number; a lane may come more than once.
  public func gathered(_ lanes: [Int]) -> MemoryState {
    var state = self
    state.kept = kept.map { $0.gathered(lanes) }
    state.stepCounts = lanes.map { stepCounts[$0] }
    return state
  }
}

/// The latest rows of one part of a state in each lane.
private struct StepRows: Sendable {
  let width: Int
  /// The number of latest rows that are kept.
  let steps: Int
  /// The rows that there is room for in a lane; that of step j lies at j modulo this.
  private var capacity: Int
  /// `[lane, capacity, width]`; only states read it, so a row can be written in place where no other state has it.
  private var storage: Storage

  init(width: Int, steps: Int, lanes: Int, precision: Precision) {
    precondition(steps >= 0, "\(steps) steps cannot be kept")
    self.width = width
    self.steps = steps
    capacity = min(steps, 16)
    storage = Storage(repeating: 0, shape: [lanes, capacity, width], precision: precision)
  }

  private var lanes: Int { storage.shape[0] }
  private var rowBytes: Int { width * storage.precision.bytes }

  /// The place of a step's row.
  private func place(_ lane: Int, _ step: Int) -> UnsafeMutableRawPointer {
    storage.memory + (lane * capacity + step % capacity) * rowBytes
  }

  func row(stepsBack: Int, _ counts: [Int]) -> Tensor {
    precondition(stepsBack >= 1 && stepsBack <= steps, "a memory of \(steps) steps was asked \(stepsBack) back")
    let result = Storage(repeating: 0, shape: [lanes, width], precision: storage.precision)
    for lane in counts.indices where counts[lane] >= stepsBack {
      (result.memory + lane * rowBytes).copyMemory(from: place(lane, counts[lane] - stepsBack), byteCount: rowBytes)
    }
    return Tensor(result)
  }

  func window(adding row: Tensor, _ counts: [Int], _ slots: [Range<Int>]) -> Tensor {
    let row = row.converted(to: storage.precision)
    let longest = slots.map(\.upperBound).max() ?? 0
    let result = Storage(shape: [lanes, longest, width], precision: storage.precision)
    for (lane, slots) in slots.enumerated() {
      var out = result.memory + lane * longest * rowBytes
      func zeros(_ count: Int) {
        out.initializeMemory(as: UInt8.self, repeating: 0, count: count * rowBytes)
        out += count * rowBytes
      }
      zeros(slots.lowerBound)
      // Two stretches at most: to the end of the lane's room, and from its start.
      var step = counts[lane] - (slots.count - 1)
      while step < counts[lane] {
        let stretch = min(counts[lane] - step, capacity - step % capacity)
        out.copyMemory(from: place(lane, step), byteCount: stretch * rowBytes)
        out += stretch * rowBytes
        step += stretch
      }
      out.copyMemory(from: row.storage.memory + lane * rowBytes, byteCount: rowBytes)
      out += rowBytes
      zeros(longest - slots.upperBound)
    }
    return Tensor(result)
  }

  mutating func append(_ row: Tensor, _ counts: [Int], _ live: [Int]) {
    precondition(row.shape == [lanes, width], "a row of shape \(row.shape) for \(lanes) lanes of \(width)")
    guard steps > 0 else { return }
    let row = row.converted(to: storage.precision)
    let needed = (live.map { counts[$0] }.max() ?? 0) + 1
    // Up to here no row has been overwritten, for the room was never smaller than what was kept.
    if needed > capacity, capacity < steps { copy(capacity: min(steps, 2 * capacity)) }
    if !isKnownUniquelyReferenced(&storage) { copy(capacity: capacity) }
    withExtendedLifetime(row) {
      for lane in live {
        place(lane, counts[lane]).copyMemory(from: row.storage.memory + lane * rowBytes, byteCount: rowBytes)
      }
    }
  }

  private mutating func copy(capacity: Int) {
    let copy = Storage(repeating: 0, shape: [lanes, capacity, width], precision: storage.precision)
    for lane in 0..<lanes {
      (copy.memory + lane * capacity * rowBytes).copyMemory(
        from: storage.memory + lane * self.capacity * rowBytes, byteCount: min(capacity, self.capacity) * rowBytes)
    }
    storage = copy
    self.capacity = capacity
  }

  func gathered(_ lanes: [Int]) -> StepRows {
    var copy = self
    copy.storage = Tensor(storage).gather(lanes).storage
    return copy
  }
}

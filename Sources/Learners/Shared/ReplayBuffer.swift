import MetaRL
import Tensors

/// Steps that were taken once, for learners that learn from them again and again.
///
/// Memory is bounded: a buffer has N rows, and replaces the oldest ones. A row is one step; an episode's last observation has
/// its own row, so that an observation is stored once, not twice. An episode that the horizon cut off is stored as one
/// that would have gone on.
public struct ReplayBuffer: Sendable {
  /// The kind of a row.
  private enum Kind {
    /// A step after which the episode continued, or would have.
    static let step: Float = 0
    /// A step with which the task ended the episode.
    static let terminal: Float = 1
    /// Not a step: where an episode ended.
    static let end: Float = 2
  }

  /// The numbers of an observation.
  public let observationSize: Int
  /// The numbers of an action: those of a vector, or 1 for the number of a choice.
  public let actionSize: Int
  /// The rows that there is room for.
  public let capacity: Int
  /// All rows that were ever written; the number of the next one.
  public private(set) var written = 0
  private var numbers: [Float] = []

  /// An empty buffer.
  ///
  /// - Precondition: there is room for two rows, the least that a step needs.
  public init(observationSize: Int, actionSize: Int, capacity: Int) {
    precondition(capacity >= 2, "a step needs two rows")
    self.observationSize = observationSize
    self.actionSize = actionSize
    self.capacity = capacity
  }

  /// An empty buffer for a family.
  public init(for spec: EnvironmentSpec, capacity: Int) {
    let actionSize = if case .continuous(let size) = spec.actionSpace { size } else { 1 }
    self.init(observationSize: spec.observationSize, actionSize: actionSize, capacity: capacity)
  }

  /// The numbers of a row: observation, action, dense and sparse reward, and its kind.
  private var width: Int { observationSize + actionSize + 3 }

  /// The numbers of the rows that are there, the oldest first.
  public var rows: Range<Int> { max(0, written - capacity)..<written }

  private func start(of row: Int) -> Int { row % capacity * width }

  private func kind(of row: Int) -> Float { numbers[start(of: row) + width - 1] }

  /// Keeps an episode; what there is no room for any more is forgotten.
  public mutating func append(_ episode: Episode) {
    let actions =
      switch episode.actions {
      case .continuous(let values): values
      case .discrete(let choices): choices.map { Float($0) }
      }
    for step in 0...episode.stepCount {
      let start = start(of: written)
      if start == numbers.count { numbers.append(contentsOf: repeatElement(0, count: width)) }
      for i in 0..<observationSize { numbers[start + i] = episode.observations[step * observationSize + i] }
      let isEnd = step == episode.stepCount
      for i in 0..<actionSize {
        numbers[start + observationSize + i] = isEnd ? 0 : actions[step * actionSize + i]
      }
      numbers[start + width - 3] = isEnd ? 0 : episode.denseRewards[step]
      numbers[start + width - 2] = isEnd ? 0 : episode.sparseRewards[step]
      let isTerminal = episode.terminated && step == episode.stepCount - 1
      numbers[start + width - 1] = isEnd ? Kind.end : isTerminal ? Kind.terminal : Kind.step
      written += 1
    }
  }

  /// Rows of steps drawn uniformly, with replacement.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - part: rows to draw from; those that are not there any more are left out.
  ///   - random: what they are drawn with.
  /// - Precondition: there is a step among them.
  /// - Returns: the numbers of the rows.
  public func sample(_ count: Int, from part: Range<Int>? = nil, using random: inout RandomStream) -> [Int] {
    let there = (part ?? rows).clamped(to: rows)
    return (0..<count).map { _ in
      // One row in an episode is not a step.
      while true {
        let row = there.lowerBound + random.integer(below: there.count)
        if kind(of: row) != Kind.end { return row }
      }
    }
  }

  /// Rows of steps of a few episodes that are drawn first, with replacement: each step from one of them, drawn independently.
  ///
  /// - Parameters:
  ///   - count: how many rows.
  ///   - episodeCount: how many episodes; at least one.
  ///   - part: rows to draw from; those that are not there any more are left out.
  ///   - random: what they are drawn with.
  /// - Precondition: there is a step among them.
  /// - Returns: the numbers of the rows.
  public func sample(
    _ count: Int, ofEpisodes episodeCount: Int, from part: Range<Int>, using random: inout RandomStream
  ) -> [Int] {
    let there = part.clamped(to: rows)
    let episodes = sample(episodeCount, from: there, using: &random).map { row in
      var (first, end) = (row, row)
      while first > there.lowerBound, kind(of: first - 1) != Kind.end { first -= 1 }
      while kind(of: end) != Kind.end { end += 1 }
      return first..<end
    }
    return (0..<count).map { _ in
      let episode = episodes[random.integer(below: episodes.count)]
      return episode.lowerBound + random.integer(below: episode.count)
    }
  }

  /// The rows of all stored steps, the oldest first.
  package var stepRows: [Int] { rows.filter { kind(of: $0) != Kind.end } }

  /// The first step of every segment of the given length within one episode, as a position in `stepRows`.
  package func segments(ofLength length: Int) -> [Int] {
    var (starts, run, position): ([Int], Int, Int) = ([], 0, 0)
    for row in rows {
      guard kind(of: row) != Kind.end else {
        run = 0
        continue
      }
      (run, position) = (run + 1, position + 1)
      if run >= length { starts.append(position - length) }
    }
    return starts
  }

  /// Appends the numbers of a step.
  ///
  /// - Parameters:
  ///   - row: the number of a row with a step.
  ///   - reward: the channel.
  ///   - batch: what is written to.
  func write(_ row: Int, _ reward: RewardChannel, to batch: inout TransitionRows) {
    let (start, next) = (start(of: row), start(of: row + 1))
    let action = start + observationSize
    batch.observations.append(contentsOf: numbers[start..<action])
    batch.actions.append(contentsOf: numbers[action..<action + actionSize])
    batch.rewards.append(numbers[start + width - (reward == .dense ? 3 : 2)])
    batch.nextObservations.append(contentsOf: numbers[next..<next + observationSize])
    batch.terminated.append(kind(of: row) == Kind.terminal ? 1 : 0)
  }
}

extension ReplayBuffer {
  /// Appends observation, action and reward of a step.
  ///
  /// - Parameters:
  ///   - row: the number of a row with a step.
  ///   - reward: the channel.
  ///   - withNext: whether the next observation follows.
  ///   - values: what is written to.
  func write(_ row: Int, _ reward: RewardChannel, withNext: Bool, to values: inout [Float]) {
    let (start, next) = (start(of: row), start(of: row + 1))
    values.append(contentsOf: numbers[start..<start + observationSize + actionSize])
    values.append(numbers[start + width - (reward == .dense ? 3 : 2)])
    if withNext { values.append(contentsOf: numbers[next..<next + observationSize]) }
  }
}

extension ReplayBuffer: Codable {
  private enum CodingKeys: String, CodingKey { case observationSize, actionSize, capacity, written, rows }

  /// Reads a buffer.
  ///
  /// - Throws: `DecodingError` if its rows are not those of such a buffer.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func size(_ key: CodingKeys, _ range: ClosedRange<Int>) throws -> Int {
      let number = try container.decode(Int.self, forKey: key)
      guard range.contains(number) else {
        throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "\(number) cannot be")
      }
      return number
    }
    observationSize = try size(.observationSize, 1...1_000_000)
    actionSize = try size(.actionSize, 1...1_000_000)
    capacity = try size(.capacity, 2...1_000_000_000)
    written = try size(.written, 0...1 << 53)
    let stored = try container.decode(Tensor.self, forKey: .rows)
    let values = stored.floats
    let kinds = stride(from: width - 1, to: values.count, by: width).map { values[$0] }
    guard stored.shape == [rows.count, width], stored.precision == .float, stored.isFinite,
      kinds.allSatisfy([Kind.step, Kind.terminal, Kind.end].contains), kinds.last ?? Kind.end == Kind.end,
      zip(kinds, kinds.dropFirst()).allSatisfy({ $0 != Kind.end || $1 != Kind.end })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .rows, in: container, debugDescription: "these are not the rows of such a buffer")
    }
    // Where a row is follows from its number.
    let turn = rows.lowerBound % capacity * width
    numbers = turn == 0 ? values : Array(values.suffix(turn) + values.dropLast(turn))
  }

  /// Writes the rows, the oldest first, as one tensor.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(observationSize, forKey: .observationSize)
    try container.encode(actionSize, forKey: .actionSize)
    try container.encode(capacity, forKey: .capacity)
    try container.encode(written, forKey: .written)
    let turn = rows.lowerBound % capacity * width
    let values = turn == 0 ? numbers : Array(numbers[turn...] + numbers[..<turn])
    try container.encode(Tensor(values, shape: [rows.count, width]), forKey: .rows)
  }

  /// Whether its actions are indices of the given number of choices.
  func holdsChoices(below count: Int) -> Bool {
    actionSize == 1
      && stride(from: observationSize, to: numbers.count, by: width).allSatisfy {
        numbers[$0] >= 0 && numbers[$0] < Float(count) && numbers[$0] == numbers[$0].rounded()
      }
  }

  /// Whether it could be another after some steps: it has rows like it, and as many at most.
  public func hasForm(of other: ReplayBuffer) -> Bool {
    observationSize == other.observationSize && actionSize == other.actionSize && capacity == other.capacity
  }
}

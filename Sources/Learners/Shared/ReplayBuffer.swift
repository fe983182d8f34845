import MetaRL
import Tensors

/// Steps that were taken once, for learners that learn from them again and again.
///
/// Memory is bounded: a buffer has N rows, and replaces the oldest ones. A row is one step; an episode's last observation has
/// its own row, so that an observation is stored once, not twice. An episode that the horizon cut off is stored as one
/// that would have gone on.
public struct ReplayBuffer: Sendable {
  enum Kind {
    /// A step after which the episode continued, or would have.
    static let step: Float = 0
    /// A step with which the task ended the episode.
    static let terminal: Float = 1
    /// Not a step: where an episode ended.
    static let end: Float = 2
  }

  /// The count of numbers in an observation.
  public let observationSize: Int
  /// The numbers of an action: those of a vector, or 1 for the number of a choice.
  public let actionSize: Int
  /// The rows that there is room for.
  public let capacity: Int
  /// All rows that were ever written; the number of the next one.
  public internal(set) var written = 0
  var numbers: [Float] = []

  /// An empty buffer; rows take memory as they are written.
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
  var width: Int { observationSize + actionSize + 3 }

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

  /// Whether an episode's first step is in this row, which is there.
  func beginsEpisode(_ row: Int) -> Bool {
    kind(of: row) != Kind.end && (row == rows.lowerBound || kind(of: row - 1) == Kind.end)
  }

  /// The steps of some rows, in order, and which of them were the last of an episode.
  ///
  /// - Precondition: the rows are there, and after them an episode begins or nothing follows.
  func steps(_ part: Range<Int>, _ reward: RewardChannel) -> (rows: TransitionRows, isLast: [Bool]) {
    var (steps, isLast) = (TransitionRows(), [Bool]())
    for row in part where kind(of: row) != Kind.end {
      write(row, reward, to: &steps)
      isLast.append(kind(of: row + 1) == Kind.end)
    }
    return (steps, isLast)
  }

  /// Appends the numbers of a step.
  func write(_ row: Int, _ reward: RewardChannel, to batch: inout TransitionRows) {
    let (start, next) = (start(of: row), start(of: row + 1))
    let action = start + observationSize
    batch.observations.append(contentsOf: numbers[start..<action])
    batch.actions.append(contentsOf: numbers[action..<action + actionSize])
    batch.rewards.append(numbers[start + width - (reward == .dense ? 3 : 2)])
    batch.nextObservations.append(contentsOf: numbers[next..<next + observationSize])
    batch.terminated.append(kind(of: row) == Kind.terminal ? 1 : 0)
  }

  /// Appends observation, action and reward of a step.
  func write(_ row: Int, _ reward: RewardChannel, withNext: Bool, to values: inout [Float]) {
    let (start, next) = (start(of: row), start(of: row + 1))
    values.append(contentsOf: numbers[start..<start + observationSize + actionSize])
    values.append(numbers[start + width - (reward == .dense ? 3 : 2)])
    if withNext { values.append(contentsOf: numbers[next..<next + observationSize]) }
  }
}

/// Steps of replay buffers, one after the other, as plain numbers.
struct TransitionRows {
  var observations: [Float] = []
  var actions: [Float] = []
  var rewards: [Float] = []
  var nextObservations: [Float] = []
  /// 1 where the task ended the episode, else 0.
  var terminated: [Float] = []
}

/// Steps for an off-policy update, one a row.
public struct TransitionBatch: Sendable {
  /// The observation before each step, `[row, observation]`.
  public let observations: Tensor
  /// `[row, size]`, or `[row, 1]` with the numbers of choices.
  public let actions: Tensor
  /// The rewards of one channel, `[row]`.
  public let rewards: Tensor
  /// The observation after each step, `[row, observation]`.
  public let nextObservations: Tensor
  /// 1 where the episode continued, or would have but for the horizon; 0 where the task ended it: `[row]`.
  public let continues: Tensor

  /// The number of steps, one a row.
  public var rowCount: Int { rewards.count }

  /// Puts steps together, of shapes as above.
  package init(
    observations: Tensor, actions: Tensor, rewards: Tensor, nextObservations: Tensor, continues: Tensor
  ) {
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.nextObservations = nextObservations
    self.continues = continues
  }

  init(_ rows: TransitionRows) {
    let count = rows.rewards.count
    func matrix(_ values: [Float]) -> Tensor { Tensor(values, shape: [count, values.count / max(count, 1)]) }
    observations = matrix(rows.observations)
    actions = matrix(rows.actions)
    rewards = Tensor(rows.rewards)
    nextObservations = matrix(rows.nextObservations)
    continues = Tensor(rows.terminated.map { 1 - $0 })
  }

  /// Steps of one buffer, drawn uniformly.
  public init(
    of buffer: ReplayBuffer, _ count: Int, _ reward: RewardChannel, using random: inout RandomStream
  ) {
    var rows = TransitionRows()
    for row in buffer.sample(count, using: &random) { buffer.write(row, reward, to: &rows) }
    self.init(rows)
  }
}

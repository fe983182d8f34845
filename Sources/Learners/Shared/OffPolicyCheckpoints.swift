import MetaRL
import Networks
import Tensors

// The form in which checkpoints hold replay buffers and the state of soft actor-critic.

extension ReplayBuffer: Codable {
  private enum CodingKeys: String, CodingKey { case observationSize, actionSize, capacity, written, rows }

  /// Reads a buffer, and checks every row of it.
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

extension SoftActorCriticUpdate {
  func canContinue(from state: State) -> Bool {
    state.theta.hasForm(of: theta) && state.target.hasForm(of: target)
      && state.logTemperature.hasForm(of: self.state.logTemperature)
      && state.optimizers.critics.canMove(moved.critics) && state.optimizers.policy.canMove(moved.policy)
      && state.optimizers.value.canMove(moved.value) && state.optimizers.temperature.canMove(moved.temperature)
  }
}

/// Actions, one a row: in every lane of a step, or at every step of episodes.
public enum Actions: Sendable {
  /// Vectors, `[row, size]`. An action of 1 is the full range; what lies beyond ±1 is clipped.
  case continuous(Tensor)
  /// The number of a choice in each row.
  case discrete([Int])

  /// The same actions without a history.
  public var detached: Actions {
    switch self {
    case .continuous(let tensor): .continuous(tensor.detached)
    case .discrete: self
    }
  }

  /// Rows by number; a number may come more than once.
  public func gather(_ rows: [Int]) -> Actions {
    switch self {
    case .continuous(let vectors): .continuous(vectors.gather(rows))
    case .discrete(let choices): .discrete(rows.map { choices[$0] })
    }
  }
}

import Tensors

/// What makes outputs depend on all inputs so far: whole sequences, one step from a state, and the state at birth.
///
/// It holds shapes only; the numbers are `Parameters`.
public protocol Memory: Sendable {
  /// The numbers of an input.
  var inputSize: Int { get }
  /// The numbers that a step gives to what reads the memory.
  var featureSize: Int { get }
  /// The names of the parameters, in the order of the layers.
  var parameterNames: [String] { get }

  /// Draws initial parameters, under these names.
  func makeParameters(using random: RandomStream) -> Parameters

  /// The features after each step of sequences that start at birth.
  ///
  /// - Parameters:
  ///   - inputs: `[step, row, input]`; sequences shorter than the longest end in any numbers.
  ///   - parameters: those of this memory are among them.
  /// - Returns: `[step * row, feature]`, step by step.
  func features(of inputs: Tensor, _ parameters: Parameters) -> Tensor

  /// The state before the first input.
  func birth(rows: Int, precision: Precision) -> MemoryState

  /// One step of every row, without a history.
  ///
  /// - Parameters:
  ///   - inputs: `[row, input]`.
  ///   - state: of every row.
  ///   - parameters: those of this memory are among them.
  /// - Returns: the features, `[row, feature]`, with the bits that a whole sequence has, and the new row of each part of
  ///   the state, which `MemoryState.append` adds.
  func step(
    _ inputs: Tensor, from state: MemoryState, _ parameters: Parameters
  ) -> (features: Tensor, rows: [Tensor])
}

/// The state of a memory in each lane: for each of its parts, the rows of the latest steps.
public struct MemoryState: Sendable {
  /// The latest row of each part, `[lane, width]`; zeros at birth.
  public private(set) var latest: [Tensor]

  /// The state at birth.
  ///
  /// - Parameters:
  ///   - widths: the numbers in a row of each part.
  ///   - lanes: the count of lanes.
  ///   - precision: of the numbers.
  public init(widths: [Int], lanes: Int, precision: Precision = .float) {
    latest = widths.map { Tensor(repeating: 0, shape: [lanes, $0], precision: precision) }
  }

  /// The number of lanes.
  public var laneCount: Int { latest.first?.shape[0] ?? 0 }

  /// Adds the rows of a step, `[lane, width]` for each part, in live lanes; nil: in all.
  public mutating func append(_ rows: [Tensor], where isLive: [Bool]? = nil) {
    guard let isLive, !isLive.allSatisfy({ $0 }) else {
      latest = rows
      return
    }
    for part in rows.indices {
      let width = rows[part].shape[1]
      latest[part] = Tensor.select(
        isLive.flatMap { Array(repeating: $0, count: width) }, rows[part], latest[part])
    }
  }

  /// The states of some lanes, by number; a lane may come more than once.
  public func gathered(_ lanes: [Int]) -> MemoryState {
    var state = self
    state.latest = latest.map { $0.gather(lanes) }
    return state
  }
}

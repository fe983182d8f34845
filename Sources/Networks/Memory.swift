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

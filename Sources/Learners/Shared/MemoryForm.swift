import MetaRL
import Networks
import Tensors

/// The form of a memory, as the settings of learners describe it.
struct MemoryForm {
  var kind: RL2.MemoryKind
  var hiddenSize: Int
  var layers = 1
  var heads = 1
  var feedForwardSize = 1
  var normalization = CausalTransformer.Normalization.before
  var positions = CausalTransformer.Positions.none
  var contextLength = 0
  var inputGain = 1.0
  var longestMemory = 0
  var recomputedSteps = 0

  /// A memory of this form.
  ///
  /// - Parameters:
  ///   - inputSize: the numbers of an input.
  ///   - longest: the steps of the longest life of a state, which positions and convolutions tell apart.
  ///   - prefix: goes before the names of parameters.
  /// - Returns: the memory.
  func makeMemory(inputSize: Int, longest: Int, prefix: String) -> any Memory {
    func recurrent(_ cell: RecurrentCell) -> RecurrentMemory {
      RecurrentMemory(
        cell: cell, inputSize: inputSize, hiddenSize: hiddenSize, inputGain: inputGain,
        longestMemory: longestMemory, recomputedSteps: recomputedSteps, prefix: prefix)
    }
    return switch kind {
    case .gru: recurrent(.gru)
    case .lstm: recurrent(.lstm)
    case .transformer:
      CausalTransformer(
        inputSize: inputSize, width: hiddenSize, layers: layers, heads: heads, feedForwardSize: feedForwardSize,
        normalization: normalization, positions: positions, contextLength: contextLength, longest: longest,
        prefix: prefix)
    case .snail:
      TemporalConvolutions(
        inputSize: inputSize, width: hiddenSize, filters: hiddenSize, blocks: layers, attentionWidth: hiddenSize,
        longest: longest, prefix: prefix)
    }
  }
}

extension RL2.MemoryKind {
  /// Refuses heads that do not divide the width of a transformer.
  ///
  /// - Throws: `SettingsError`.
  func check(hiddenSize: Int, heads: Int) throws {
    guard self == .transformer, hiddenSize % heads != 0 else { return }
    throw SettingsError(
      "heads divide hiddenSize: \(heads) do not divide \(hiddenSize); set heads to 1, or hiddenSize to \(hiddenSize / heads * heads + heads)"
    )
  }
}

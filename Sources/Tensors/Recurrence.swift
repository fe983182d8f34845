/// A cell that carries a state from one step of a sequence to the next.
public enum RecurrentCell: String, Codable, Sendable, CaseIterable {
  /// The gated recurrent unit (Cho et al., 2014), in the form that resets after the
  /// product: with σ the logistic function,
  ///
  /// r = σ(x Wᵣ + bᵣ + h Uᵣ), z = σ(x W_z + b_z + h U_z), n = tanh(x Wₙ + bₙ + r (h Uₙ + c)), h' = (1 - z) n + z h.
  case gru
  /// Long short-term memory (Hochreiter & Schmidhuber, 1997; Gers et al., 2000):
  ///
  /// i, f, o = σ(x W + b + h U), n = tanh(x Wₙ + bₙ + h Uₙ), m' = f m + i n, h' = o tanh(m').
  case lstm

  /// The blocks of a weight matrix, one a gate: reset, update, candidate; or input, forget, candidate, output.
  public var gateCount: Int { self == .gru ? 3 : 4 }

  /// The blocks of a state: h, or h and the memory m.
  public var stateBlocks: Int { self == .gru ? 1 : 2 }

  /// The blocks that the kernels keep of a step for the way back.
  var keptBlocks: Int { self == .gru ? 4 : 5 }
}

/// The numbers of a cell; gates lie side by side, in the order of `RecurrentCell.gateCount`.
public struct RecurrentWeights: Sendable {
  /// `[input, gates * hidden]`: W.
  public var input: Tensor
  /// `[gates * hidden]`: b.
  public var bias: Tensor
  /// `[hidden, gates * hidden]`: U.
  public var recurrent: Tensor
  /// `[hidden]`: c, inside the reset of a gated recurrent unit; nil for other cells.
  public var candidateBias: Tensor?

  /// Puts the numbers of a cell together.
  public init(input: Tensor, bias: Tensor, recurrent: Tensor, candidateBias: Tensor? = nil) {
    self.input = input
    self.bias = bias
    self.recurrent = recurrent
    self.candidateBias = candidateBias
  }

  var tensors: [Tensor] { [input, bias, recurrent] + (candidateBias.map { [$0] } ?? []) }
}

extension RecurrentCell {
  /// Runs the cell over sequences, all steps in one operation.
  ///
  /// - Parameters:
  ///   - inputs: `[step, row, input]`.
  ///   - weights: of this cell.
  ///   - state: where it starts, `[row, state blocks * hidden]`; a constant.
  ///   - recomputedSteps: 0 to keep the gates of all steps for the way back; otherwise they are computed again, this number of steps
  ///     at a time (Chen et al., 2016, arXiv:1604.06174). It saves memory and costs time; sums over steps are rounded in
  ///     another order.
  /// - Returns: h after each step, `[step, row, hidden]`.
  /// - Precondition: `state` has no history: nothing flows back into it.
  public func callAsFunction(
    _ inputs: Tensor, _ weights: RecurrentWeights, from state: Tensor, recomputedSteps: Int = 0
  ) -> Tensor {
    precondition(state.node == nil, "the state that a sequence starts from is a constant")
    precondition(recomputedSteps >= 0, "\(recomputedSteps) steps cannot be computed again")
    precondition((weights.candidateBias != nil) == (self == .gru), "a GRU, and it alone, has a candidate bias")
    let x = [inputs] + weights.tensors + [state]
    let tape = x.contains { $0.node != nil } ? RecurrenceTape(recomputedSteps: recomputedSteps) : nil
    return Tensor.apply(.recurrence(self, tape), x)
  }

  /// One step: what acting needs.
  ///
  /// It is computed in elementary operations, and recorded, only where inputs or state have a history.
  ///
  /// - Parameters:
  ///   - inputs: `[row, input]`.
  ///   - weights: of this cell.
  ///   - state: `[row, state blocks * hidden]`, h first.
  /// - Returns: the next state; its h has the bits that a whole sequence has.
  public func step(_ inputs: Tensor, _ weights: RecurrentWeights, from state: Tensor) -> Tensor {
    let given = ([inputs] + weights.tensors + [state]).map(\.detached)
    guard inputs.node == nil, state.node == nil else {
      let (h, memory) = blocks(state, size: weights.recurrent.shape[0])
      let next = composedStep(given, inputs, h, memory)
      return Tensor.concatenate([next.h] + (next.memory.map { [$0] } ?? []), axis: 1)
    }
    let isMixed = given.contains { $0.precision != inputs.precision }
    let x = isMixed ? given.map { $0.converted(to: .double) } : given
    return x[0].precision == .float ? stepped(self, x, Float.self) : stepped(self, x, Double.self)
  }

  /// The same sequence in elementary operations, which have derivatives of every order.
  package func composed(_ x: [Tensor]) -> Tensor {
    let (inputs, hidden) = (x[0], x[3].shape[0])
    let rows = inputs.shape[1]
    var (h, memory) = blocks(x[x.count - 1], size: hidden)
    let outputs = (0..<inputs.shape[0]).map { step in
      let input = inputs.slice(step..<step + 1).reshaped([rows, inputs.shape[2]])
      (h, memory) = composedStep(x, input, h, memory)
      return h.reshaped([1, rows, hidden])
    }
    return Tensor.concatenate(outputs)
  }

  /// h and, if the cell has one, the memory.
  private func blocks(_ state: Tensor, size: Int) -> (h: Tensor, memory: Tensor?) {
    let h = state.slice(0..<size, axis: 1)
    return (h, self == .lstm ? state.slice(size..<2 * size, axis: 1) : nil)
  }

  /// One step in elementary operations, with the weights in the places of `composed`.
  private func composedStep(
    _ x: [Tensor], _ input: Tensor, _ h: Tensor, _ memory: Tensor?
  ) -> (h: Tensor, memory: Tensor?) {
    let hidden = x[3].shape[0]
    func gate(_ tensor: Tensor, _ index: Int) -> Tensor {
      tensor.slice(index * hidden..<(index + 1) * hidden, axis: 1)
    }
    let given = input.dense(x[1], x[2], .identity)
    let carried = h.matmul(x[3])
    switch self {
    case .gru:
      let reset = (gate(given, 0) + gate(carried, 0)).sigmoid()
      let update = (gate(given, 1) + gate(carried, 1)).sigmoid()
      let candidate = (gate(given, 2) + reset * (gate(carried, 2) + x[4])).tanh()
      return (candidate + update * (h - candidate), nil)
    case .lstm:
      let sum = given + carried
      let kept = gate(sum, 1).sigmoid() * (memory ?? h)
      let state = kept + gate(sum, 0).sigmoid() * gate(sum, 2).tanh()
      return (gate(sum, 3).sigmoid() * state.tanh(), state)
    }
  }
}

/// The values that the forward pass through a sequence keeps for the backward pass.
package final class RecurrenceTape: @unchecked Sendable {
  /// The steps whose gates are computed again at a time; 0: all are kept.
  package let recomputedSteps: Int
  /// The gates of each step, as the kernels keep them, unless they are computed again.
  ///
  /// Written once, when the sequence is computed; so are the memories.
  package internal(set) var gates: Storage?
  /// The memory after each step, for cells that have one.
  package internal(set) var memories: Storage?

  package init(recomputedSteps: Int = 0) { self.recomputedSteps = recomputedSteps }
}

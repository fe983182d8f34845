import CKernels

/// A cell that carries a state from one step of a sequence to the next.
public enum RecurrentCell: String, Codable, Sendable, CaseIterable {
  /// The gated recurrent unit (Cho et al., 2014), in the form that resets after the product: with σ the logistic
  /// function,
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

  fileprivate var tensors: [Tensor] { [input, bias, recurrent] + (candidateBias.map { [$0] } ?? []) }
}

extension RecurrentCell {
  /// Runs the cell over sequences, all steps in one operation.
  ///
  /// - Parameters:
  ///   - inputs: `[step, row, input]`.
  ///   - weights: of this cell.
  ///   - state: where it starts, `[row, state blocks * hidden]`; a constant.
  /// - Returns: h after each step, `[step, row, hidden]`.
  /// - Precondition: `state` has no history: nothing flows back into it.
  public func callAsFunction(_ inputs: Tensor, _ weights: RecurrentWeights, from state: Tensor) -> Tensor {
    precondition(state.node == nil, "the state that a sequence starts from is a constant")
    precondition((weights.candidateBias != nil) == (self == .gru), "a GRU, and it alone, has a candidate bias")
    let x = [inputs] + weights.tensors + [state]
    let tape = x.contains { $0.node != nil } ? RecurrenceTape() : nil
    return Tensor.apply(.recurrence(self, tape), x)
  }

  /// One step, without a history: what acting needs.
  ///
  /// - Parameters:
  ///   - inputs: `[row, input]`.
  ///   - weights: of this cell.
  ///   - state: `[row, state blocks * hidden]`, h first.
  /// - Returns: the next state; its h has the bits that a whole sequence has.
  public func step(_ inputs: Tensor, _ weights: RecurrentWeights, from state: Tensor) -> Tensor {
    let given = ([inputs] + weights.tensors + [state]).map(\.detached)
    let isMixed = given.contains { $0.precision != inputs.precision }
    let x = isMixed ? given.map { $0.converted(to: .double) } : given
    return x[0].precision == .float ? stepped(self, x, Float.self) : stepped(self, x, Double.self)
  }

  /// The same sequence in elementary operations, which have derivatives of every order.
  package func composed(_ x: [Tensor]) -> Tensor {
    let (inputs, hidden) = (x[0], x[3].shape[0])
    let rows = inputs.shape[1]
    var h = x[x.count - 1].slice(0..<hidden, axis: 1)
    var memory = self == .lstm ? x[x.count - 1].slice(hidden..<2 * hidden, axis: 1) : nil
    func gate(_ tensor: Tensor, _ index: Int) -> Tensor {
      tensor.slice(index * hidden..<(index + 1) * hidden, axis: 1)
    }
    let outputs = (0..<inputs.shape[0]).map { step in
      let given = inputs.slice(step..<step + 1).reshaped([rows, inputs.shape[2]]).dense(x[1], x[2], .identity)
      let carried = h.matmul(x[3])
      switch self {
      case .gru:
        let reset = (gate(given, 0) + gate(carried, 0)).sigmoid()
        let update = (gate(given, 1) + gate(carried, 1)).sigmoid()
        let candidate = (gate(given, 2) + reset * (gate(carried, 2) + x[4])).tanh()
        h = candidate + update * (h - candidate)
      case .lstm:
        let sum = given + carried
        let kept = gate(sum, 1).sigmoid() * (memory ?? h)
        let state = kept + gate(sum, 0).sigmoid() * gate(sum, 2).tanh()
        memory = state
        h = gate(sum, 3).sigmoid() * state.tanh()
      }
      return h.reshaped([1, rows, hidden])
    }
    return Tensor.concatenate(outputs)
  }
}

/// What the way forward through a sequence keeps for the way back.
package final class RecurrenceTape: @unchecked Sendable {
  /// The gates of each step, as the kernels keep them.
  ///
  /// Written once, when the sequence is computed; so are the memories.
  package fileprivate(set) var gates: Storage?
  /// The memory after each step, for cells that have one.
  package fileprivate(set) var memories: Storage?

  /// An empty tape.
  package init() {}
}

// MARK: Forwards

/// A matrix `[rows, columns]`, or its transpose, laid out for the products of all steps.
private func packed<S: KernelScalar>(_ matrix: Tensor, transposed: Bool = false, _: S.Type) -> Storage {
  let (rows, columns) = (matrix.shape[0], matrix.shape[1])
  let (n, k) = transposed ? (rows, columns) : (columns, rows)
  let result = storage(ck_packed_count(n, k), S.self)
  S.pack(turned: transposed, n, k, matrix.memory(S.self), columns, S.memory(of: result))
  withExtendedLifetime(matrix) {}
  return result
}

private func storage<S: KernelScalar>(_ count: Int, _: S.Type) -> Storage {
  Storage(count: count, precision: S.self == Float.self ? .float : .double)
}

// Pointers do not keep what they point into: what they point into is kept to the end one by one, since the toolchain
// (Swift 6.3) never releases a tuple that is given to `withExtendedLifetime`.

/// All steps of a sequence.
func recurrence<S: KernelScalar>(_ cell: RecurrentCell, _ tape: RecurrenceTape?, _ x: [Tensor], _: S.Type) -> Tensor
{
  let (steps, rows, hidden) = (x[0].shape[0], x[0].shape[1], x[3].shape[0])
  let count = rows * hidden
  let output = storage(steps * count, S.self)
  let gates = tape.map { _ in storage(steps * count * (cell == .gru ? 4 : 5), S.self) }
  let memories = cell == .lstm ? storage(steps * count, S.self) : nil
  var walk = StateWalk(cell, x, S.self)
  for step in 0..<steps {
    walk.take(
      step, into: S.memory(of: output) + step * count,
      memory: memories.map { S.memory(of: $0) + step * count },
      keeping: gates.map { S.memory(of: $0) + step * count * (cell == .gru ? 4 : 5) })
  }
  tape?.gates = gates
  tape?.memories = memories
  withExtendedLifetime(walk) {}
  withExtendedLifetime(output) {}
  withExtendedLifetime(gates) {}
  withExtendedLifetime(memories) {}
  return Tensor(shape: [steps, rows, hidden], storage: output)
}

/// One step from a state to the next.
private func stepped<S: KernelScalar>(_ cell: RecurrentCell, _ x: [Tensor], _: S.Type) -> Tensor {
  let (rows, hidden) = (x[0].shape[0], x[3].shape[0])
  let output = storage(rows * hidden, S.self)
  let memory = cell == .lstm ? storage(rows * hidden, S.self) : nil
  var sequence = x
  sequence[0] = x[0].reshaped([1, rows, x[0].shape[1]])
  var walk = StateWalk(cell, sequence, S.self)
  walk.take(0, into: S.memory(of: output), memory: memory.map { S.memory(of: $0) }, keeping: nil)
  withExtendedLifetime(walk) {}
  withExtendedLifetime(output) {}
  withExtendedLifetime(memory) {}
  let h = Tensor(shape: [rows, hidden], storage: output)
  guard let memory else { return h }
  return Tensor.concatenate([h, Tensor(shape: [rows, hidden], storage: memory)], axis: 1)
}

/// Goes through a sequence step by step.
private struct StateWalk<S: KernelScalar> {
  let cell: RecurrentCell
  let x: [Tensor]
  let rows: Int
  let hidden: Int
  let weights: Storage
  /// What inputs and state give to the gates of one step.
  let given: Storage
  let carried: Storage
  /// The initial state, block by block.
  let initial: [Tensor]
  var h: UnsafePointer<S>
  var m: UnsafePointer<S>

  init(_ cell: RecurrentCell, _ x: [Tensor], _: S.Type) {
    self.cell = cell
    self.x = x
    (rows, hidden) = (x[0].shape[1], x[3].shape[0])
    let width = cell.gateCount * hidden
    precondition(
      x[1].shape == [x[0].shape[2], width] && x[2].shape == [width] && x[3].shape == [hidden, width]
        && (cell != .gru || x[4].shape == [hidden])
        && x[x.count - 1].shape == [rows, cell.stateBlocks * hidden],
      "the shapes \(x.map(\.shape)) do not make a \(cell.rawValue)")
    let blocks = cell.stateBlocks
    initial = (0..<blocks).map { x[x.count - 1].slice($0 * x[3].shape[0]..<($0 + 1) * x[3].shape[0], axis: 1) }
    weights = packed(x[3], S.self)
    given = storage(rows * width, S.self)
    carried = storage(rows * width, S.self)
    h = UnsafePointer(initial[0].memory(S.self))
    m = UnsafePointer(initial[blocks - 1].memory(S.self))
  }

  /// Takes step `step` from where the walk is.
  mutating func take(
    _ step: Int, into output: UnsafeMutablePointer<S>, memory: UnsafeMutablePointer<S>?,
    keeping gates: UnsafeMutablePointer<S>?
  ) {
    let (width, inputs) = (cell.gateCount * hidden, x[0].shape[2])
    let (fromInput, fromState) = (S.memory(of: given), S.memory(of: carried))
    S.dense(
      CK_IDENTITY, rows, width, inputs, x[0].memory(S.self) + step * rows * inputs, x[1].memory(S.self),
      x[2].memory(S.self), fromInput)
    S.matmulPacked(rows, width, hidden, h, S.memory(of: weights), fromState, accumulate: false)
    if let memory {
      S.lstmStep(rows, hidden, fromInput, fromState, m, output, memory, gates)
      m = UnsafePointer(memory)
    } else {
      S.gruStep(rows, hidden, fromInput, fromState, x[4].memory(S.self), h, output, gates)
    }
    h = UnsafePointer(output)
  }
}

// MARK: Backwards

/// What reaches the inputs of a sequence, computed by kernels; nil for what is not wanted, and for the state.
func recurrenceBackward<S: KernelScalar>(
  _ cell: RecurrentCell, _ tape: RecurrenceTape, _ x: [Tensor], _ y: Tensor, _ g: Tensor, wantsInputs: Bool,
  _: S.Type
) -> [Tensor?] {
  guard let gates = tape.gates else { preconditionFailure("a sequence is taken back that was never computed") }
  let (steps, rows, hidden) = (x[0].shape[0], x[0].shape[1], x[3].shape[0])
  let (count, width) = (rows * hidden, cell.gateCount * hidden)
  let blocks = cell.stateBlocks
  let initial = (0..<blocks).map { x[x.count - 1].slice($0 * hidden..<($0 + 1) * hidden, axis: 1) }
  let weights = packed(x[3], transposed: true, S.self)
  let ds = storage(steps * rows * width, S.self)
  let dCandidate = cell == .gru ? storage(steps * count, S.self) : nil
  let carry = Tensor(repeating: 0, shape: [blocks, rows, hidden], precision: x[0].precision)
  let arrived = carry.memory(S.self)
  for step in (0..<steps).reversed() {
    S.axpy(count, 1, g.memory(S.self) + step * count, arrived)
    let dStep = S.memory(of: ds) + step * rows * width
    switch cell {
    case .gru:
      let before = step > 0 ? y.memory(S.self) + (step - 1) * count : initial[0].memory(S.self)
      guard let dCandidate else { break }
      S.gruStepBackward(
        rows, hidden, S.memory(of: gates) + step * 4 * count, before, arrived, dStep,
        S.memory(of: dCandidate) + step * count)
    case .lstm:
      guard let memories = tape.memories else { break }
      let before = step > 0 ? S.memory(of: memories) + (step - 1) * count : initial[1].memory(S.self)
      S.lstmStepBackward(
        rows, hidden, S.memory(of: gates) + step * 5 * count, before, arrived, arrived + count, dStep)
    }
    S.matmulPacked(rows, hidden, width, dStep, S.memory(of: weights), arrived, accumulate: cell == .gru)
  }
  withExtendedLifetime(initial) {}
  withExtendedLifetime(weights) {}
  withExtendedLifetime(ds) {}
  withExtendedLifetime(dCandidate) {}
  withExtendedLifetime(carry) {}
  let deltas = RecurrenceDeltas<S>(cell: cell, ds: ds, dCandidate: dCandidate, rows: steps * rows, hidden: hidden)
  let dRecurrent = deltas.products(after: y, initial[0], rowsPerStep: rows)
  let sums = deltas.sums
  let inputs = x[0].shape[2]
  let result: [Tensor?] = [
    wantsInputs ? deltas.inputs(through: x[1]).reshaped(x[0].shape) : nil,
    deltas.products(of: x[0].reshaped([steps * rows, inputs])), sums.bias, dRecurrent,
  ]
  return result + (sums.candidateBias.map { [$0] } ?? []) + [nil]
}

/// What reaches the sums in the gates, `[step * row, gates * hidden]`, and what it means for the weights.
private struct RecurrenceDeltas<S: KernelScalar> {
  let cell: RecurrentCell
  /// What reaches the state's part of the sums.
  let ds: Storage
  /// What reaches the inputs' part of the candidate's sum, where it is not the same.
  let dCandidate: Storage?
  let rows: Int
  let hidden: Int

  private var width: Int { cell.gateCount * hidden }
  private var precision: Precision { ds.precision }
  /// The columns in which the inputs' part is the state's.
  private var common: Int { dCandidate == nil ? width : 2 * hidden }

  private func filled(_ shape: [Int], _ fill: (UnsafeMutablePointer<S>) -> Void) -> Tensor {
    let result = Storage(count: shape.reduce(1, *), precision: precision)
    fill(S.memory(of: result))
    return Tensor(shape: shape, storage: result)
  }

  /// hᵀ ds, h being the state before each step.
  func products(after y: Tensor, _ initial: Tensor, rowsPerStep: Int) -> Tensor {
    filled([hidden, width]) { out in
      let deltas = S.memory(of: ds)
      S.matmul(
        CK_LEFT_TRANSPOSED, hidden, width, rowsPerStep, initial.memory(S.self), hidden, deltas, width, out, width,
        accumulate: false)
      S.matmul(
        CK_LEFT_TRANSPOSED, hidden, width, rows - rowsPerStep, y.memory(S.self), hidden,
        deltas + rowsPerStep * width, width, out, width, accumulate: true)
    }
  }

  /// xᵀ d for inputs `[step * row, input]`.
  func products(of x: Tensor) -> Tensor {
    let inputs = x.shape[1]
    return filled([inputs, width]) { out in
      S.matmul(
        CK_LEFT_TRANSPOSED, inputs, common, rows, x.memory(S.self), inputs, S.memory(of: ds), width, out, width,
        accumulate: false)
      guard let dCandidate else { return }
      S.matmul(
        CK_LEFT_TRANSPOSED, inputs, hidden, rows, x.memory(S.self), inputs, S.memory(of: dCandidate), hidden,
        out + common, width, accumulate: false)
    }
  }

  /// d Wᵀ, `[step * row, input]`.
  func inputs(through weights: Tensor) -> Tensor {
    let inputs = weights.shape[0]
    return filled([rows, inputs]) { out in
      S.matmul(
        CK_RIGHT_TRANSPOSED, rows, inputs, common, S.memory(of: ds), width, weights.memory(S.self), width, out,
        inputs, accumulate: false)
      guard let dCandidate else { return }
      S.matmul(
        CK_RIGHT_TRANSPOSED, rows, inputs, hidden, S.memory(of: dCandidate), hidden,
        weights.memory(S.self) + common, width, out, inputs, accumulate: true)
    }
  }

  /// The sums over all steps and rows.
  var sums: (bias: Tensor, candidateBias: Tensor?) {
    let all = filled([width]) { S.sumRows(rows, width, S.memory(of: ds), $0, accumulate: false) }
    guard let dCandidate else { return (all, nil) }
    let candidate = filled([hidden]) { S.sumRows(rows, hidden, S.memory(of: dCandidate), $0, accumulate: false) }
    return (
      Tensor.concatenate([all.slice(0..<common), candidate]), all.slice(common..<width)
    )
  }
}

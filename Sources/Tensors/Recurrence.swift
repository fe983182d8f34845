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

  /// The blocks that the kernels keep of a step for the way back.
  fileprivate var keptBlocks: Int { self == .gru ? 4 : 5 }
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
  ///   - recomputedSteps: 0 to keep the gates of all steps for the way back; otherwise they are computed again, so many steps
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
  /// The steps whose gates are computed again at a time; 0: all are kept.
  package let recomputedSteps: Int
  /// The gates of each step, as the kernels keep them, unless they are computed again.
  ///
  /// Written once, when the sequence is computed; so are the memories.
  package fileprivate(set) var gates: Storage?
  /// The memory after each step, for cells that have one.
  package fileprivate(set) var memories: Storage?

  /// An empty tape.
  package init(recomputedSteps: Int = 0) { self.recomputedSteps = recomputedSteps }
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
  let gates = tape?.recomputedSteps == 0 ? storage(steps * count * cell.keptBlocks, S.self) : nil
  let memories = cell == .lstm ? storage(steps * count, S.self) : nil
  var walk = StateWalk(cell, x, S.self)
  for step in 0..<steps {
    walk.take(
      step, into: S.memory(of: output) + step * count,
      memory: memories.map { S.memory(of: $0) + step * count },
      keeping: gates.map { S.memory(of: $0) + step * count * cell.keptBlocks })
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
  precondition(tape.gates != nil || tape.recomputedSteps > 0, "a sequence is taken back that was never computed")
  let (steps, rows, hidden) = (x[0].shape[0], x[0].shape[1], x[3].shape[0])
  let (count, width) = (rows * hidden, cell.gateCount * hidden)
  precondition(steps > 0, "a sequence without steps has no derivatives")
  let length = tape.gates == nil ? min(tape.recomputedSteps, steps) : steps
  var again = tape.gates == nil ? GatesAgain<S>(cell, tape, x, y, steps: length) : nil
  var gradients = RecurrenceGradients<S>(cell, x, y, steps: length, wantsInputs: wantsInputs)
  let weights = packed(x[3], transposed: true, S.self)
  let carry = Tensor(repeating: 0, shape: [cell.stateBlocks, rows, hidden], precision: x[0].precision)
  let arrived = carry.memory(S.self)
  for first in stride(from: (steps - 1) / length * length, through: 0, by: -length) {
    let segment = first..<min(first + length, steps)
    let kept = again?.gates(of: segment) ?? tape.gates.map { S.memory(of: $0) }
    guard let kept else { break }
    for step in segment.reversed() {
      let place = step - first
      S.axpy(count, 1, g.memory(S.self) + step * count, arrived)
      let gates = kept + place * cell.keptBlocks * count
      let dStep = S.memory(of: gradients.ds) + place * rows * width
      switch cell {
      case .gru:
        guard let dCandidate = gradients.dCandidate else { break }
        S.gruStepBackward(
          rows, hidden, gates, gradients.state(before: step), arrived, dStep,
          S.memory(of: dCandidate) + place * count)
      case .lstm:
        guard let memories = tape.memories else { break }
        let before =
          step > 0 ? UnsafePointer(S.memory(of: memories) + (step - 1) * count) : gradients.initialMemory
        S.lstmStepBackward(rows, hidden, gates, before, arrived, arrived + count, dStep)
      }
      S.matmulPacked(rows, hidden, width, dStep, S.memory(of: weights), arrived, accumulate: cell == .gru)
    }
    gradients.add(segment)
  }
  withExtendedLifetime(again) {}
  withExtendedLifetime(gradients) {}
  withExtendedLifetime(weights) {}
  withExtendedLifetime(carry) {}
  return gradients.all
}

/// Computes the gates of some steps again, from the states before them.
private struct GatesAgain<S: KernelScalar> {
  private let cell: RecurrentCell
  private let tape: RecurrenceTape
  private let y: Tensor
  private var walk: StateWalk<S>
  private let start: (h: UnsafePointer<S>, m: UnsafePointer<S>)
  private let count: Int
  private let kept: Storage
  /// The states, which are known: the kernels write them once more.
  private let states: Storage
  private let memories: Storage?

  init(_ cell: RecurrentCell, _ tape: RecurrenceTape, _ x: [Tensor], _ y: Tensor, steps: Int) {
    self.cell = cell
    self.tape = tape
    self.y = y
    let count = x[0].shape[1] * x[3].shape[0]
    self.count = count
    walk = StateWalk(cell, x, S.self)
    start = (walk.h, walk.m)
    kept = storage(steps * count * cell.keptBlocks, S.self)
    states = storage(steps * count, S.self)
    memories = tape.memories.map { _ in storage(steps * count, S.self) }
  }

  /// The gates of the steps of a segment, one after the other; they last until they are asked for again.
  mutating func gates(of segment: Range<Int>) -> UnsafeMutablePointer<S> {
    let before = (segment.lowerBound - 1) * count
    walk.h = before < 0 ? start.h : UnsafePointer(y.memory(S.self) + before)
    if let memories = tape.memories {
      walk.m = before < 0 ? start.m : UnsafePointer(S.memory(of: memories) + before)
    }
    for (place, step) in segment.enumerated() {
      walk.take(
        step, into: S.memory(of: states) + place * count, memory: memories.map { S.memory(of: $0) + place * count },
        keeping: S.memory(of: kept) + place * count * cell.keptBlocks)
    }
    return S.memory(of: kept)
  }
}

/// What reaches the inputs and the weights of a sequence, summed up segment by segment from what reaches the sums in the
/// gates.
private struct RecurrenceGradients<S: KernelScalar> {
  /// What reaches the state's part of the sums in a segment, `[step * row, gates * hidden]`.
  let ds: Storage
  /// What reaches the inputs' part of the candidate's sum, `[step * row, hidden]`, where it is not the same.
  let dCandidate: Storage?

  private let x: [Tensor]
  private let y: Tensor
  /// The initial state, block by block.
  private let initial: [Tensor]
  private let dInputs: Tensor?
  private let dInputWeights: Tensor
  private let dRecurrentWeights: Tensor
  private let sums: Tensor
  private let candidateSums: Tensor
  /// Whether something has been added.
  private var isBegun = false

  init(_ cell: RecurrentCell, _ x: [Tensor], _ y: Tensor, steps: Int, wantsInputs: Bool) {
    let (rows, inputs, hidden) = (x[0].shape[1], x[0].shape[2], x[3].shape[0])
    let width = cell.gateCount * hidden
    func empty(_ shape: [Int]) -> Tensor { Tensor(shape: shape, storage: storage(shape.reduce(1, *), S.self)) }
    self.x = x
    self.y = y
    initial = (0..<cell.stateBlocks).map { x[x.count - 1].slice($0 * hidden..<($0 + 1) * hidden, axis: 1) }
    ds = storage(steps * rows * width, S.self)
    dCandidate = cell == .gru ? storage(steps * rows * hidden, S.self) : nil
    dInputs = wantsInputs ? empty(x[0].shape) : nil
    dInputWeights = empty([inputs, width])
    dRecurrentWeights = empty([hidden, width])
    sums = empty([width])
    candidateSums = empty([hidden])
  }

  private var rows: Int { x[0].shape[1] }
  private var inputs: Int { x[0].shape[2] }
  private var hidden: Int { x[3].shape[0] }
  private var width: Int { x[3].shape[1] }
  /// The columns in which the inputs' part is the state's.
  private var common: Int { dCandidate == nil ? width : 2 * hidden }

  /// h before a step.
  func state(before step: Int) -> UnsafePointer<S> {
    UnsafePointer(step > 0 ? y.memory(S.self) + (step - 1) * rows * hidden : initial[0].memory(S.self))
  }

  /// The memory before the first step.
  var initialMemory: UnsafePointer<S> { UnsafePointer(initial[1].memory(S.self)) }

  /// Adds what has reached the sums of a segment.
  mutating func add(_ segment: Range<Int>) {
    let (count, deltas) = (segment.count * rows, S.memory(of: ds))
    addRecurrentWeights(segment, deltas)

    let given = x[0].memory(S.self) + segment.lowerBound * rows * inputs
    S.matmul(
      CK_LEFT_TRANSPOSED, inputs, common, count, given, inputs, deltas, width, dInputWeights.memory(S.self), width,
      accumulate: isBegun)
    S.sumRows(count, width, deltas, sums.memory(S.self), accumulate: isBegun)
    let into = dInputs.map { $0.memory(S.self) + segment.lowerBound * rows * inputs }
    if let into {
      S.matmul(
        CK_RIGHT_TRANSPOSED, count, inputs, common, deltas, width, x[1].memory(S.self), width, into, inputs,
        accumulate: false)
    }
    if let dCandidate {
      let candidate = S.memory(of: dCandidate)
      S.matmul(
        CK_LEFT_TRANSPOSED, inputs, hidden, count, given, inputs, candidate, hidden,
        dInputWeights.memory(S.self) + common, width, accumulate: isBegun)
      S.sumRows(count, hidden, candidate, candidateSums.memory(S.self), accumulate: isBegun)
      if let into {
        S.matmul(
          CK_RIGHT_TRANSPOSED, count, inputs, hidden, candidate, hidden, x[1].memory(S.self) + common, width, into,
          inputs, accumulate: true)
      }
    }
    isBegun = true
  }

  /// hᵀ ds, h being the state before each step.
  private func addRecurrentWeights(_ segment: Range<Int>, _ deltas: UnsafeMutablePointer<S>) {
    let out = dRecurrentWeights.memory(S.self)
    // What comes before the first step is not where the other states are.
    let apart = segment.lowerBound == 0 ? rows : 0
    if apart > 0 {
      S.matmul(
        CK_LEFT_TRANSPOSED, hidden, width, apart, initial[0].memory(S.self), hidden, deltas, width, out, width,
        accumulate: isBegun)
    }
    S.matmul(
      CK_LEFT_TRANSPOSED, hidden, width, segment.count * rows - apart,
      y.memory(S.self) + max(segment.lowerBound - 1, 0) * rows * hidden, hidden, deltas + apart * width, width, out,
      width, accumulate: isBegun || apart > 0)
  }

  /// What reaches the inputs of the operation.
  var all: [Tensor?] {
    guard dCandidate != nil else { return [dInputs, dInputWeights, sums, dRecurrentWeights, nil] }
    return [
      dInputs, dInputWeights, Tensor.concatenate([sums.slice(0..<common), candidateSums]), dRecurrentWeights,
      sums.slice(common..<width), nil,
    ]
  }
}

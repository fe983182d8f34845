import CKernels

/// The gradients of a sequence's inputs, computed by kernels; nil for what is not wanted, and for the state.
func recurrenceBackward<S: KernelScalar>(
  _ cell: RecurrentCell, _ tape: RecurrenceTape, _ x: [Tensor], _ y: Tensor, _ g: Tensor, wantsInputs: Bool,
  _: S.Type
) -> [Tensor?] {
  let (steps, rows, hidden) = (x[0].shape[0], x[0].shape[1], x[3].shape[0])
  let (count, width) = (rows * hidden, cell.gateCount * hidden)
  precondition(steps > 0, "a sequence without steps has no derivatives")
  let isRecomputed = tape.gates == nil && tape.recomputedSteps > 0
  let length = isRecomputed ? min(tape.recomputedSteps, steps) : steps
  var again = isRecomputed ? GatesAgain<S>(cell, tape, x, y, steps: length) : nil
  var gradients = RecurrenceGradients<S>(cell, x, y, steps: length, wantsInputs: wantsInputs)
  let weights = packed(x[3], transposed: true, S.self)
  let carry = Tensor(repeating: 0, shape: [cell.stateBlocks, rows, hidden], precision: x[0].precision)
  let arrived = carry.memory(S.self)
  for first in stride(from: (steps - 1) / length * length, through: 0, by: -length) {
    let segment = first..<min(first + length, steps)
    guard let kept = again?.gates(of: segment) ?? tape.gates.map({ S.memory(of: $0) }) else {
      preconditionFailure("a sequence is taken back that was never computed")
    }
    for step in segment.reversed() {
      let place = step - first
      S.axpy(count, 1, g.memory(S.self) + step * count, arrived)
      let gates = kept + place * cell.keptBlocks * count
      let dStep = S.memory(of: gradients.ds) + place * rows * width
      switch cell {
      case .gru:
        guard let dCandidate = gradients.dCandidate else { preconditionFailure("the tape is not one of a GRU") }
        S.gruStepBackward(
          rows, hidden, gates, gradients.state(before: step), arrived, dStep,
          S.memory(of: dCandidate) + place * count)
      case .lstm:
        guard let memories = tape.memories else { preconditionFailure("the tape is not one of an LSTM") }
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

/// The gradients of a sequence's inputs and weights, summed up segment by segment from what
/// reaches the sums in the gates.
private struct RecurrenceGradients<S: KernelScalar> {
  /// The gradient of the state's part of the sums in a segment, `[step * row, gates * hidden]`.
  let ds: Storage
  /// The gradient of the inputs' part of the candidate's sum, `[step * row, hidden]`, where it is not the same.
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
  private var isBegun = false

  init(_ cell: RecurrentCell, _ x: [Tensor], _ y: Tensor, steps: Int, wantsInputs: Bool) {
    let (rows, inputs, hidden) = (x[0].shape[1], x[0].shape[2], x[3].shape[0])
    let width = cell.gateCount * hidden
    func empty(_ shape: [Int]) -> Tensor { Tensor(storage(shape, S.self)) }
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

  /// The gradients of the operation's inputs.
  var all: [Tensor?] {
    guard dCandidate != nil else { return [dInputs, dInputWeights, sums, dRecurrentWeights, nil] }
    return [
      dInputs, dInputWeights, Tensor.concatenate([sums.slice(0..<common), candidateSums]), dRecurrentWeights,
      sums.slice(common..<width), nil,
    ]
  }
}

import CKernels

/// A matrix `[rows, columns]`, or its transpose, laid out for the products of all steps.
func packed<S: KernelScalar>(_ matrix: Tensor, transposed: Bool = false, _: S.Type) -> Storage {
  let (rows, columns) = (matrix.shape[0], matrix.shape[1])
  let (n, k) = transposed ? (rows, columns) : (columns, rows)
  let result = storage(ck_packed_count(n, k), S.self)
  S.pack(transposed, n, k, matrix.memory(S.self), columns, S.memory(of: result))
  withExtendedLifetime(matrix) {}
  return result
}

func storage<S: KernelScalar>(_ count: Int, _: S.Type) -> Storage { storage([count], S.self) }

func storage<S: KernelScalar>(_ shape: [Int], _: S.Type) -> Storage {
  Storage(shape: shape, precision: S.self == Float.self ? .float : .double)
}

// Pointers do not keep what they point into: what they point into is kept to the end one by one, since the toolchain
// (Swift 6.3) never releases a tuple that is given to `withExtendedLifetime`.

func recurrence<S: KernelScalar>(_ cell: RecurrentCell, _ tape: RecurrenceTape?, _ x: [Tensor], _: S.Type) -> Tensor
{
  let (steps, rows, hidden) = (x[0].shape[0], x[0].shape[1], x[3].shape[0])
  let count = rows * hidden
  let output = storage([steps, rows, hidden], S.self)
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
  return Tensor(output)
}

/// One step from a state to the next.
func stepped<S: KernelScalar>(_ cell: RecurrentCell, _ x: [Tensor], _: S.Type) -> Tensor {
  let (rows, hidden) = (x[0].shape[0], x[3].shape[0])
  let output = storage([rows, hidden], S.self)
  let memory = cell == .lstm ? storage([rows, hidden], S.self) : nil
  var sequence = x
  sequence[0] = x[0].reshaped([1, rows, x[0].shape[1]])
  var walk = StateWalk(cell, sequence, S.self)
  walk.take(0, into: S.memory(of: output), memory: memory.map { S.memory(of: $0) }, keeping: nil)
  withExtendedLifetime(walk) {}
  withExtendedLifetime(output) {}
  withExtendedLifetime(memory) {}
  let h = Tensor(output)
  guard let memory else { return h }
  return Tensor.concatenate([h, Tensor(memory)], axis: 1)
}

/// Goes through a sequence step by step.
struct StateWalk<S: KernelScalar> {
  let cell: RecurrentCell
  let x: [Tensor]
  let rows: Int
  let hidden: Int
  let weights: Storage
  /// The contributions of inputs and state to the gates of one step.
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

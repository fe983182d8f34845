/// The gradient that an operation returns to an input: an operation not yet computed, so that it can be added to
/// what has arrived there without a temporary.
struct Contribution {
  let operation: Operation
  let inputs: [Tensor]

  init(_ operation: Operation, _ inputs: [Tensor]) {
    self.operation = operation
    self.inputs = inputs
  }

  /// A tensor that is already there.
  static func just(_ tensor: Tensor) -> Contribution { Contribution(.identity, [tensor]) }
}

/// The table of derivative rules: what reaches each input `x[i]` when `g` arrives at the output `y`.
///
/// The rules are written in the operations they differentiate, so gradients are tensors like any other and
/// have derivatives of every order. `isWanted[i]` says which inputs are asked for. `send` takes what reaches
/// an input, by the input's number.
func sendContributions(
  of operation: Operation, _ x: [Tensor], _ y: Tensor, _ g: Tensor, isWanted: [Bool],
  send: (Int, Contribution) -> Void
) {
  /// Products come back to the shape they were laid out from.
  func back(_ i: Int, _ operation: Operation, _ inputs: Tensor...) {
    guard isWanted[i] else { return }
    let part = Contribution(operation, inputs)
    send(i, x[i].shape == g.shape ? part : Contribution(.sum(to: x[i].shape), [part.computed]))
  }
  /// What is of the input's shape already.
  func reach(_ i: Int, _ operation: Operation, _ inputs: Tensor...) {
    if isWanted[i] { send(i, Contribution(operation, inputs)) }
  }
  switch operation {
  case .leaf: break
  case .identity: reach(0, .identity, g)
  case .convert: reach(0, .convert(x[0].precision), g)
  case .add:
    back(0, .identity, g)
    back(1, .identity, g)
  case .subtract:
    back(0, .identity, g)
    back(1, .scale(-1), g)
  case .multiply:
    back(0, .multiply, g, x[1])
    back(1, .multiply, g, x[0])
  case .scale(let factor): reach(0, .scale(factor), g)
  case .exp: reach(0, .multiply, g, y)
  case .log: reach(0, .multiply, g, x[0].reciprocal())
  case .tanh: reach(0, .activationBackward(.tanh), g, y)
  case .relu: reach(0, .activationBackward(.relu), g, y)
  case .reciprocal: reach(0, .scale(-1), g * y * y)
  case .squareRoot: reach(0, .scale(0.5), g * y.reciprocal())
  case .activationBackward(let activation):
    reach(0, .activationBackward(activation), g, x[1])
    if activation == .tanh { reach(1, .tanhCurvature, g, x[0], x[1]) }
  case .tanhCurvature:
    reach(0, .tanhCurvature, g, x[1], x[2])
    reach(1, .tanhCurvature, x[0], g, x[2])
    reach(2, .tanhCurvature, x[0], x[1], g)
  case .product(.plain):
    reach(0, .product(.rightTransposed), g, x[1])
    reach(1, .product(.leftTransposed), x[0], g)
  case .product(.leftTransposed):
    reach(0, .product(.rightTransposed), x[1], g)
    reach(1, .product(.plain), x[0], g)
  case .product(.rightTransposed):
    reach(0, .product(.plain), g, x[1])
    reach(1, .product(.leftTransposed), g, x[0])
  case .dense(let activation):
    let d = activation == .identity ? g : Tensor.apply(.activationBackward(activation), [g, y])
    reach(0, .product(.rightTransposed), d, x[1])
    reach(1, .product(.leftTransposed), x[0], d)
    reach(2, .sum(to: x[2].shape), d)
  case .logSumExp: reach(0, .multiply, (x[0] - y).exp(), g)
  case .sum: reach(0, .broadcast(to: x[0].shape), g)
  case .broadcast: reach(0, .sum(to: x[0].shape), g)
  case .reshape: reach(0, .reshape(x[0].shape), g)
  case .transpose: reach(0, .transpose, g)
  case .slice(let axis, let range):
    reach(0, .pad(axis: axis, before: range.lowerBound, total: x[0].shape[axis]), g)
  case .pad(let axis, let before, _): reach(0, .slice(axis: axis, before..<before + x[0].shape[axis]), g)
  case .concatenate(let axis):
    var before = 0
    for (i, part) in x.enumerated() {
      reach(i, .slice(axis: axis, before..<before + part.shape[axis]), g)
      before += part.shape[axis]
    }
  case .gather(let rows): reach(0, .scatter(rows, rows: x[0].shape[0]), g)
  case .scatter(let rows, _): reach(0, .gather(rows), g)
  case .select(let mask):
    let zero = Tensor(repeating: 0, shape: g.shape, precision: g.precision)
    reach(0, .select(mask), g, zero)
    reach(1, .select(mask), zero, g)
  case .recurrence(let cell, let tape):
    for (i, part) in recurrenceContributions(cell, tape, x, y, g, isWanted: isWanted).enumerated() {
      if let part { send(i, part) }
    }
  }
}

/// The gradients of a sequence's inputs: by kernels for a first derivative; where it is to be differentiated in
/// turn, by elementary operations, through which the sequence is computed again.
private func recurrenceContributions(
  _ cell: RecurrentCell, _ tape: RecurrenceTape?, _ x: [Tensor], _ y: Tensor, _ g: Tensor, isWanted: [Bool]
) -> [Contribution?] {
  let isConstant = g.node == nil && x.allSatisfy { $0.node == nil }
  if let tape, isConstant, !g.storage.isAbsent {
    let parts =
      g.precision == .float
      ? recurrenceBackward(cell, tape, x, y, g, wantsInputs: isWanted[0], Float.self)
      : recurrenceBackward(cell, tape, x, y, g, wantsInputs: isWanted[0], Double.self)
    return parts.map { $0.map(Contribution.just) }
  }
  let leaves = zip(x, isWanted).map { $1 ? $0.asLeaf : $0 }
  let wanted = leaves.indices.filter { isWanted[$0] }
  let pullback = Pullback(of: [cell.composed(leaves)], to: wanted.map { leaves[$0] })
  var contributions = [Contribution?](repeating: nil, count: x.count)
  for (input, tensor) in zip(wanted, pullback([g], order: .higher)) { contributions[input] = .just(tensor) }
  return contributions
}

extension Contribution {
  /// The contribution as a tensor, recorded if its inputs have a history.
  var computed: Tensor {
    if case .identity = operation { return inputs[0] }
    return Tensor.apply(operation, inputs)
  }
}

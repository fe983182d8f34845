/// What an operation sends back to one of its inputs: an operation not yet computed, so that it can be added to
/// what has arrived there without a temporary.
struct Contribution {
  let operation: Operation
  let inputs: [Tensor]

  init(_ operation: Operation, _ inputs: Tensor...) {
    self.operation = operation
    self.inputs = inputs
  }

  /// A tensor that is already there.
  static func just(_ tensor: Tensor) -> Contribution { Contribution(.identity, tensor) }
}

/// The table of derivative rules: what reaches each input `x[i]` when `g` arrives at the output `y`.
///
/// The rules are written in the operations they differentiate, so gradients are tensors like any other and have
/// derivatives of every order. `isWanted[i]` says which inputs are asked for; the others may get nil.
func contributions(
  _ operation: Operation, _ x: [Tensor], _ y: Tensor, _ g: Tensor, isWanted: [Bool]
) -> [Contribution?] {
  /// Products come back to the shape they were laid out from.
  func back(_ tensor: @autoclosure () -> Contribution, to i: Int) -> Contribution? {
    guard isWanted[i] else { return nil }
    return x[i].shape == g.shape ? tensor() : Contribution(.sum(to: x[i].shape), tensor().computed)
  }
  switch operation {
  case .leaf: return []
  case .identity: return [.just(g)]
  case .convert: return [Contribution(.convert(x[0].precision), g)]
  case .add: return [back(.just(g), to: 0), back(.just(g), to: 1)]
  case .subtract: return [back(.just(g), to: 0), back(Contribution(.scale(-1), g), to: 1)]
  case .multiply:
    return [back(Contribution(.multiply, g, x[1]), to: 0), back(Contribution(.multiply, g, x[0]), to: 1)]
  case .scale(let factor): return [Contribution(.scale(factor), g)]
  case .exp: return [Contribution(.multiply, g, y)]
  case .log: return [Contribution(.multiply, g, x[0].reciprocal())]
  case .tanh: return [Contribution(.activationBackward(.tanh), g, y)]
  case .relu: return [Contribution(.activationBackward(.relu), g, y)]
  case .reciprocal: return [Contribution(.scale(-1), g * y * y)]
  case .squareRoot: return [Contribution(.scale(0.5), g * y.reciprocal())]
  case .activationBackward(let activation):
    return [
      Contribution(.activationBackward(activation), g, x[1]),
      activation == .tanh ? Contribution(.tanhCurvature, g, x[0], x[1]) : nil,
    ]
  case .tanhCurvature:
    return [
      Contribution(.tanhCurvature, g, x[1], x[2]), Contribution(.tanhCurvature, x[0], g, x[2]),
      Contribution(.tanhCurvature, x[0], x[1], g),
    ]
  case .product(.plain):
    return [Contribution(.product(.rightTransposed), g, x[1]), Contribution(.product(.leftTransposed), x[0], g)]
  case .product(.leftTransposed):
    return [Contribution(.product(.rightTransposed), x[1], g), Contribution(.product(.plain), x[0], g)]
  case .product(.rightTransposed):
    return [Contribution(.product(.plain), g, x[1]), Contribution(.product(.leftTransposed), g, x[0])]
  case .dense(let activation):
    let d = activation == .identity ? g : Tensor.apply(.activationBackward(activation), [g, y])
    return [
      Contribution(.product(.rightTransposed), d, x[1]), Contribution(.product(.leftTransposed), x[0], d),
      Contribution(.sum(to: x[2].shape), d),
    ]
  case .sum: return [Contribution(.broadcast(to: x[0].shape), g)]
  case .broadcast: return [Contribution(.sum(to: x[0].shape), g)]
  case .reshape: return [Contribution(.reshape(x[0].shape), g)]
  case .transpose: return [Contribution(.transpose, g)]
  case .slice(let axis, let range):
    return [Contribution(.pad(axis: axis, before: range.lowerBound, total: x[0].shape[axis]), g)]
  case .pad(let axis, let before, _):
    return [Contribution(.slice(axis: axis, before..<before + x[0].shape[axis]), g)]
  case .concatenate(let axis):
    var before = 0
    return x.map { part in
      defer { before += part.shape[axis] }
      return Contribution(.slice(axis: axis, before..<before + part.shape[axis]), g)
    }
  case .gather(let rows): return [Contribution(.scatter(rows, rows: x[0].shape[0]), g)]
  case .scatter(let rows, _): return [Contribution(.gather(rows), g)]
  case .select(let mask):
    let zero = Tensor(repeating: 0, shape: g.shape, precision: g.precision)
    return [Contribution(.select(mask), g, zero), Contribution(.select(mask), zero, g)]
  case .recurrence(let cell, let tape): return recurrenceContributions(cell, tape, x, y, g, isWanted: isWanted)
  }
}

/// What reaches the inputs of a sequence: by kernels for a first derivative; where it is to be differentiated in
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

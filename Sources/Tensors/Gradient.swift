/// The order of derivatives that a gradient supports.
public enum GradientOrder: String, Codable, Sendable, CaseIterable {
  /// The result is a constant: cheap, and what first-order methods mean by "stop gradient".
  case first
  /// The result keeps its history, so an outer gradient flows through it.
  case higher
}

/// The value of a scalar function of parameters, and its gradient there.
///
/// - Parameters:
///   - parameters: where; if they have a history, a gradient of `.higher` order is connected to it.
///   - order: whether the gradient can be differentiated in turn.
///   - function: returns one number.
/// - Returns: the value and a gradient of the same names and shapes as `parameters`.
public func valueAndGradient(
  at parameters: Parameters, order: GradientOrder = .first, of function: (Parameters) throws -> Tensor
) rethrows -> (value: Tensor, gradient: Parameters) {
  let leaves = parameters.map(\.asLeaf)
  let value = try function(leaves)
  precondition(value.count == 1, "a gradient is taken of one number, not of shape \(value.shape)")
  let pullback = Pullback(of: [value], to: leaves.tensors)
  let one = Tensor(repeating: 1, shape: value.shape, precision: value.precision)
  let gradient = Parameters(names: parameters.names, tensors: pullback([one], order: order))
  return (order == .first ? value.detached : value, gradient)
}

/// The linear map that takes what arrives at some outputs back to some inputs: `v ↦ Jᵀ v`.
///
/// The graph between them is put in order once, so a pullback that is used many times, as
/// in conjugate gradients, costs only arithmetic.
public struct Pullback: Sendable {
  // A class, for every pass takes each step in hand: of a structure it would count six references.
  private final class Step: Sendable {
    let node: Node
    /// Where what reaches each input is collected; nil if the input does not depend on what is asked for.
    let slots: [Int?]
    let isWanted: [Bool]
    let isInput: Bool
    // Without history, for the way back that is not differentiated in turn: taken off once, and used in each product. A
    // way back that is differentiated makes them for nothing, which is one array a node.
    let constantInputs: [Tensor]
    let constantOutput: Tensor

    init(_ node: Node, slots: [Int?], isInput: Bool) {
      (self.node, self.slots, self.isInput) = (node, slots, isInput)
      isWanted = slots.map { $0 != nil }
      constantInputs = isInput ? [] : node.inputs.map(\.detached)
      constantOutput = Tensor(node.storage)
    }
  }

  private let steps: [Step]
  /// The steps in the order of the way back: each after all that use its result.
  private let wayBack: [Int]
  private let outputs: [(slot: Int?, shape: [Int])]
  private let inputs: [(slot: Int?, like: Tensor)]

  /// Prepares the way from `outputs` back to `inputs`, and no further.
  ///
  /// - Parameters:
  ///   - outputs: what was computed.
  ///   - inputs: tensors with a history, from which the outputs were computed.
  public init(of outputs: [Tensor], to inputs: [Tensor]) {
    let isInput = Set(inputs.compactMap { $0.node.map(ObjectIdentifier.init) })
    var steps: [Step] = []
    var slots: [ObjectIdentifier: Int?] = [:]
    var pending: [(node: Node, next: Int)] = []
    // The traversal keeps its own stack: graphs are deeper than the machine's.
    for output in outputs {
      if let node = output.node, slots[ObjectIdentifier(node)] == nil { pending.append((node, 0)) }
      while let (node, next) = pending.last {
        let id = ObjectIdentifier(node)
        let stopsHere = isInput.contains(id)
        if !stopsHere, next < node.inputs.count {
          pending[pending.count - 1].next += 1
          if let below = node.inputs[next].node, slots[ObjectIdentifier(below)] == nil {
            pending.append((below, 0))
          }
          continue
        }
        pending.removeLast()
        guard slots[id] == nil else { continue }
        let below: [Int?] =
          stopsHere ? [] : node.inputs.map { $0.node.flatMap { slots[ObjectIdentifier($0)] ?? nil } }
        if stopsHere || below.contains(where: { $0 != nil }) {
          slots[id] = .some(steps.count)
          steps.append(Step(node, slots: below, isInput: stopsHere))
        } else {
          slots[id] = .some(nil)
        }
      }
    }
    wayBack = Self.order(steps)
    self.steps = steps
    self.outputs = outputs.map { output in
      (output.node.flatMap { slots[ObjectIdentifier($0)] ?? nil }, output.shape)
    }
    self.inputs = inputs.map { input in
      (input.node.flatMap { slots[ObjectIdentifier($0)] ?? nil }, input.detached)
    }
  }

  /// Puts steps in order: depth first from the inputs through the users of each result, so that what belongs to
  /// one block of rows is done together, while it is in the cache.
  private static func order(_ steps: [Step]) -> [Int] {
    var users = [[Int]](repeating: [], count: steps.count)
    for (index, step) in steps.enumerated() {
      for case let slot? in step.slots { users[slot].append(index) }
    }
    var order: [Int] = []
    var isSeen = [Bool](repeating: false, count: steps.count)
    var pending: [(step: Int, next: Int)] = []
    for input in steps.indices where steps[input].isInput {
      pending.append((input, 0))
      while let (step, next) = pending.last {
        isSeen[step] = true
        if next < users[step].count {
          pending[pending.count - 1].next += 1
          if !isSeen[users[step][next]] { pending.append((users[step][next], 0)) }
        } else {
          order.append(step)
          pending.removeLast()
        }
      }
    }
    return order
  }

  /// Takes the gradients of the outputs back to the inputs.
  ///
  /// - Parameters:
  ///   - upstream: one tensor for each output, of its shape.
  ///   - order: whether the result can be differentiated in turn.
  /// - Returns: one tensor for each input, of its shape; zeros where nothing depends on it.
  public func callAsFunction(_ upstream: [Tensor], order: GradientOrder = .first) -> [Tensor] {
    precondition(upstream.count == outputs.count, "\(upstream.count) tensors arrive at \(outputs.count) outputs")
    var arrived = [Arrival?](repeating: nil, count: steps.count)
    for (output, tensor) in zip(outputs, upstream) {
      precondition(tensor.shape == output.shape, "shape \(tensor.shape) arrives at an output of \(output.shape)")
      guard let slot = output.slot else { continue }
      Arrival.add(.just(order == .first ? tensor.detached : tensor), to: &arrived[slot], order)
    }
    for index in wayBack {
      let step = steps[index]
      guard !step.isInput, let here = arrived[index]?.tensor else { continue }
      arrived[index] = nil
      let x = order == .first ? step.constantInputs : step.node.inputs
      let y = order == .first ? step.constantOutput : step.node.output
      sendContributions(of: step.node.operation, x, y, here, isWanted: step.isWanted) { input, part in
        if let slot = step.slots[input] { Arrival.add(part, to: &arrived[slot], order) }
      }
    }
    return inputs.map { input in
      if let slot = input.slot, let arrival = arrived[slot] { return arrival.tensor }
      return Tensor(repeating: 0, shape: input.like.shape, precision: input.like.precision)
    }
  }
}

/// The gradient that has arrived at one place.
private struct Arrival {
  var tensor: Tensor
  /// Whether the memory belongs to this place alone, so that more can be added to it in place.
  var isOwned: Bool

  static func add(_ part: Contribution, to place: inout Arrival?, _ order: GradientOrder) {
    let isShared: Bool =
      switch part.operation {
      case .identity, .reshape, .sum, .broadcast: true
      default: false
      }
    guard let present = place else {
      place = Arrival(tensor: part.computed, isOwned: order == .first && !isShared)
      return
    }
    if order == .higher {
      place = Arrival(tensor: present.tensor + part.computed, isOwned: false)
    } else if present.isOwned {
      accumulate(part.operation, part.inputs, into: present.tensor)
    } else {
      place = Arrival(tensor: present.tensor + part.computed, isOwned: true)
    }
  }
}

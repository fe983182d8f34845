import MetaRL
import Tensors

extension StatefulNetwork {
  /// One step of the network as an ONNX model.
  ///
  /// Its inputs are those of the network, `[batch, width]`, and `past.1`, `past.2`, ..., `[batch, past, width]`, the parts of the
  /// state. Its outputs are those of the head, and `present.1`, `present.2`, ..., the parts of the next state.
  ///
  /// - Throws: `UsageError` for operations that it has no words for.
  package func onnx(description: String, metadata: [(name: String, text: String)]) throws -> [UInt8] {
    let lanes = RecordedGraph.lanes
    let given = inputs.map { Tensor(withoutNumbers: [lanes, $0.width]) }
    let past = state.map {
      Tensor(withoutNumbers: [lanes, $0.startsEmpty ? RecordedGraph.past : $0.steps, $0.width])
    }
    let (output, rows) = step(given, past)
    var recorded = RecordedGraph(parameters)
    let batch = ONNXGraph.Axis.named("batch")
    for (input, tensor) in zip(inputs, given) {
      recorded.name(tensor, input.name)
      recorded.graph.addInput(input.name, [batch, .length(input.width)])
    }
    let kept = parts(readBy: output, rows, past)
    for (number, part) in kept.enumerated() {
      recorded.name(past[part], "past.\(number + 1)")
      recorded.graph.addInput("past.\(number + 1)", [batch, axis(of: part, "past"), .length(state[part].width)])
    }
    recorded.graph.add("Identity", [try recorded.value(of: output)], as: head.outputName)
    recorded.graph.addOutput(head.outputName, [batch, .length(output.shape[1])])
    if case .gaussian(let logDeviation) = head {
      recorded.graph.addOutput("action_log_deviation", always: logDeviation, named: "logDeviation")
    }
    for (number, part) in kept.enumerated() {
      let (width, steps) = (state[part].width, state[part].steps)
      let (before, name) = ("past.\(number + 1)", "present.\(number + 1)")
      let row = try recorded.value(of: rows[part].reshaped([lanes, 1, width]))
      if steps == Int.max {
        recorded.graph.add("Concat", [before, row], as: name, ["axis": .number(1)])
      } else {
        recorded.graph.add("Concat", [before, row], as: "\(name).whole", ["axis": .number(1)])
        // Of fewer rows than are kept, all.
        let latest = steps == 0 ? Int.max : -steps
        let bounds = [[latest], [Int.max], [1]].map { recorded.graph.wholeNumbers($0) }
        recorded.graph.add("Slice", ["\(name).whole"] + bounds, as: name)
      }
      recorded.graph.addOutput(name, [batch, axis(of: part, "present"), .length(width)])
    }
    return recorded.graph.model(description: description, metadata: metadata + [inputsInWords, stateInWords(kept)])
  }

  private func axis(of part: Int, _ name: String) -> ONNXGraph.Axis {
    state[part].startsEmpty ? .named(name) : .length(state[part].steps)
  }

  /// The parts of the state that anything but themselves depends on.
  private func parts(readBy output: Tensor, _ rows: [Tensor], _ past: [Tensor]) -> [Int] {
    let reached = rows.map { RecordedGraph.nodes(below: [$0]) }
    let outer = RecordedGraph.nodes(below: [output])
    return state.indices.filter { part in
      guard let node = past[part].node.map(ObjectIdentifier.init) else { return false }
      return outer.contains(node) || reached.indices.contains { $0 != part && reached[$0].contains(node) }
    }
  }

  private var inputsInWords: (name: String, text: String) {
    ("input", inputs.map { "\($0.name): \($0.meaning)" }.joined(separator: "; ") + ".")
  }

  private func stateInWords(_ kept: [Int]) -> (name: String, text: String) {
    let parts = kept.enumerated().map { number, part in
      let (width, steps) = (state[part].width, state[part].steps)
      return "past.\(number + 1): "
        + (state[part].startsEmpty ? "no rows, [batch, 0, \(width)]" : "zeros, [batch, \(steps), \(width)]")
    }
    return (
      "state",
      "present.N of a step is past.N of the next. The state lasts for \(span). At first, "
        + parts.joined(separator: "; ") + ". All rows of a batch have lived the same number of steps."
    )
  }
}

/// A recorded computation as a graph of ONNX.
private struct RecordedGraph {
  /// The lanes and earlier steps of what is recorded: primes that are the length of no other axis.
  static let (lanes, past) = (10_007, 10_009)

  var graph = ONNXGraph()
  private var names: [ObjectIdentifier: String] = [:]
  private var constants: [ObjectIdentifier: String] = [:]
  private let parameters: [ObjectIdentifier: String]
  /// All that has a name: what is released may leave its identifier to another.
  private var held: [Tensor] = []
  private var valueCount = 0

  init(_ parameters: Parameters) {
    self.parameters = Dictionary(
      zip(parameters.tensors.map { ObjectIdentifier($0.storage) }, parameters.names),
      uniquingKeysWith: { first, _ in first })
  }

  /// The nodes that tensors are computed from.
  static func nodes(below tensors: [Tensor]) -> Set<ObjectIdentifier> {
    var (found, pending) = (Set<ObjectIdentifier>(), tensors.compactMap(\.node))
    while let node = pending.popLast() {
      if found.insert(ObjectIdentifier(node)).inserted { pending += node.inputs.compactMap(\.node) }
    }
    return found
  }

  /// Gives an input its name.
  mutating func name(_ tensor: Tensor, _ name: String) {
    guard let node = tensor.node else { return }
    names[ObjectIdentifier(node)] = name
    held.append(tensor)
  }

  /// The name of a tensor's value, which is computed in the graph.
  mutating func value(of tensor: Tensor) throws -> String {
    guard let node = tensor.node else { return try constant(tensor) }
    if let name = names[ObjectIdentifier(node)] { return name }
    let inputs = try node.inputs.map { try value(of: $0) }
    let result = try add(node, inputs)
    name(tensor, result)
    return result
  }

  private mutating func constant(_ tensor: Tensor) throws -> String {
    guard !tensor.storage.isAbsent, !tensor.shape.contains(Self.lanes), !tensor.shape.contains(Self.past) else {
      throw UsageError(
        "a constant of the network depends on the number of lanes or steps, so there is no ONNX model of it")
    }
    let key = ObjectIdentifier(tensor.storage)
    if let name = constants[key] { return name }
    let name = parameters[key] ?? "constant\(constants.count + 1)"
    constants[key] = name
    held.append(tensor)
    graph.addConstant(name, tensor)
    return name
  }

  private mutating func add(_ node: Node, _ x: [String]) throws -> String {
    let (shape, from) = (node.storage.shape, node.inputs.map(\.shape))
    switch node.operation {
    case .identity: return x[0]
    case .add: return add("Add", x)
    case .subtract: return add("Sub", x)
    case .multiply: return add("Mul", x)
    case .scale(let factor): return add("Mul", [x[0], try constant(Tensor(factor))])
    case .exp: return add("Exp", x)
    case .log: return add("Log", x)
    case .tanh: return add("Tanh", x)
    case .relu: return add("Relu", x)
    case .reciprocal: return add("Reciprocal", x)
    case .squareRoot: return add("Sqrt", x)
    case .product(.plain): return add("MatMul", x)
    case .product(.leftTransposed): return add("MatMul", [transposed(x[0], from[0]), x[1]])
    case .product(.rightTransposed): return add("MatMul", [x[0], transposed(x[1], from[1])])
    case .dense(let activation):
      let product = add("Gemm", x)
      return activation.onnx.map { add($0, [product]) } ?? product
    case .logSumExp: return add("ReduceLogSumExp", x, ["axes": .numbers([-1])])
    case .sum(let kept) where kept.count == from[0].count && kept.first == from[0].first:
      let axes = kept.indices.filter { kept[$0] != from[0][$0] }
      return add("ReduceSum", [x[0], graph.wholeNumbers(axes)])
    case .reshape
    where shape.first == Self.lanes && from[0].first == Self.lanes && !shape.dropFirst().contains(Self.lanes):
      return add("Reshape", [x[0], graph.wholeNumbers([-1] + shape.dropFirst())])
    case .transpose: return transposed(x[0], from[0])
    case .slice(let axis, let range) where axis > 0:
      let bounds = [range.lowerBound, range.upperBound, axis].map { graph.wholeNumbers([$0]) }
      return add("Slice", [x[0]] + bounds)
    case .pad(let axis, let before, let total) where axis > 0:
      var pads = [Int](repeating: 0, count: 2 * shape.count)
      pads[axis] = before
      pads[shape.count + axis] = total - before - from[0][axis]
      return add("Pad", [x[0], graph.wholeNumbers(pads)])
    case .concatenate(let axis) where axis > 0: return add("Concat", x, ["axis": .number(axis)])
    default:
      throw UsageError("the network has an operation that ONNX models of the zoo do not: \(node.operation)")
    }
  }

  private mutating func transposed(_ value: String, _ shape: [Int]) -> String {
    var order = Array(shape.indices)
    order.swapAt(order.count - 1, order.count - 2)
    return add("Transpose", [value], ["perm": .numbers(order)])
  }

  /// Adds a node whose value has the name that is returned.
  private mutating func add(
    _ operation: String, _ inputs: [String], _ attributes: KeyValuePairs<String, ONNXGraph.Attribute> = [:]
  ) -> String {
    valueCount += 1
    let name = "value\(valueCount)"
    graph.add(operation, inputs, as: name, attributes)
    return name
  }
}

import MetaRL
import Tensors

/// The numbers of fields are those of onnx.proto; the operators are those of operator set 13.
extension PolicyNetwork {
  /// The network as an ONNX model.
  ///
  /// Its input is `observation`, `[batch, observation]`, and `z`, `[batch, latent]`, if it sees a latent vector. Its
  /// outputs are `action_mean`, `[batch, size]`, and `action_log_deviation`, `[size]`; or `action_logits` or
  /// `action_values`, `[batch, count]`; or `action`, `[batch, size]`; and the posterior of the latent vector, `z_mean`
  /// and `z_deviation`, `[latent]`.
  package func onnx(description: String, metadata: [(name: String, text: String)]) -> [UInt8] {
    var model = ProtocolMessage()
    // Version 8 of the format goes with operator set 13 in every reader of the last years.
    model.add(1, 8)
    model.add(2, "MetaRLZoo")
    model.add(3, zooVersion)
    model.add(6, description)
    model.add(7, graph)
    var operators = ProtocolMessage()
    operators.add(1, "")
    operators.add(2, 13)
    model.add(8, operators)
    for (name, text) in metadata {
      var entry = ProtocolMessage()
      entry.add(1, name)
      entry.add(2, text)
      model.add(14, entry)
    }
    return model.bytes
  }

  /// Metadata: the way from outputs to an action in the task's units.
  package func use(_ card: FamilyCard, actions: ActionSpace) -> [(name: String, text: String)] {
    let rounding = card.actionUnits?.areWhole == true ? ", rounded to a whole number" : ""
    switch head {
    case .gaussian:
      return [
        (
          "output",
          "gaussian: action_mean is the mean of a normal vector, action_log_deviation the logarithm of its standard "
            + "deviation; the mean is the action without noise."
        ),
        (
          "clipping",
          "Each number a of an action is clipped to -1...1, then it is actionLow + (a + 1) / 2 * (actionHigh - actionLow) "
            + "in the task's units\(rounding)."
        ),
      ]
    case .categorical:
      return [
        (
          "output",
          "categorical: action_logits are the logits of choices; choice i is action actionFirst + i of the task."
        )
      ]
    case .values:
      return [
        (
          "output",
          "values: action_values are what choices are worth, and the first of the greatest is taken; choice i is action "
            + "actionFirst + i of the task."
        )
      ]
    case .action:
      let belief = latent == nil ? "" : " z is an input; z_mean and z_deviation are its posterior."
      return [
        ("output", "action: the action without noise.\(belief)"),
        (
          "clipping",
          "Each number a of an action is clipped to -1...1, then it is actionLow + (a + 1) / 2 * (actionHigh - actionLow) "
            + "in the task's units\(rounding)."
        ),
      ]
    }
  }

  package var outputName: String {
    switch head {
    case .gaussian: "action_mean"
    case .categorical: "action_logits"
    case .values: "action_values"
    case .action: "action"
    }
  }

  private var graph: ProtocolMessage {
    var (nodes, weights): ([ProtocolMessage], [ProtocolMessage]) = ([], [])
    var value = "observation"
    if latent != nil {
      var node = Self.node("Concat", [value, "z"], "observation_z")
      node.add(5, Self.axis(1))
      nodes.append(node)
      value = "observation_z"
    }
    for (number, layer) in layers.enumerated() {
      let (name, isLast) = ("layer\(number + 1)", number == layers.count - 1)
      let product = isLast && layer.activation == .identity ? outputName : name
      nodes.append(Self.node("Gemm", [value, "\(name).weights", "\(name).bias"], product))
      weights.append(Self.tensor("\(name).weights", layer.weights))
      weights.append(Self.tensor("\(name).bias", layer.bias))
      value = product
      guard layer.activation != .identity else { continue }
      value = isLast ? outputName : "\(name).activation"
      nodes.append(Self.node(layer.activation == .tanh ? "Tanh" : "Relu", [product], value))
    }
    var outputs = [Self.value(outputName, [nil, outputSize])]
    func constant(_ name: String, _ tensor: Tensor, as output: String) {
      nodes.append(Self.node("Identity", [name], output))
      weights.append(Self.tensor(name, tensor))
      outputs.append(Self.value(output, [tensor.count]))
    }
    if case .gaussian(let logDeviation) = head {
      constant("logDeviation", logDeviation, as: "action_log_deviation")
    }
    if let latent {
      constant("z.mean", latent.mean, as: "z_mean")
      constant("z.deviation", latent.deviation, as: "z_deviation")
    }
    var graph = ProtocolMessage()
    for node in nodes { graph.add(1, node) }
    graph.add(2, "policy")
    for tensor in weights { graph.add(5, tensor) }
    graph.add(11, Self.value("observation", [nil, observationSize]))
    if latent != nil { graph.add(11, Self.value("z", [nil, latentSize])) }
    for output in outputs { graph.add(12, output) }
    return graph
  }

  private static func node(_ operation: String, _ inputs: [String], _ output: String) -> ProtocolMessage {
    var node = ProtocolMessage()
    for input in inputs { node.add(1, input) }
    node.add(2, output)
    node.add(3, "\(operation) of \(output)")
    node.add(4, operation)
    return node
  }

  /// The attribute that says along which axis a node works.
  private static func axis(_ number: Int) -> ProtocolMessage {
    var attribute = ProtocolMessage()
    attribute.add(1, "axis")
    attribute.add(3, number)
    // The type of whole numbers.
    attribute.add(20, 2)
    return attribute
  }

  private static let float = 1

  private static func tensor(_ name: String, _ tensor: Tensor) -> ProtocolMessage {
    var message = ProtocolMessage()
    for length in tensor.shape { message.add(1, length) }
    message.add(2, float)
    message.add(8, name)
    message.add(9, tensor.floats.flatMap(ProtocolMessage.littleEndian))
    return message
  }

  /// A name with a type; an axis without a length is the batch.
  private static func value(_ name: String, _ shape: [Int?]) -> ProtocolMessage {
    var axes = ProtocolMessage()
    for length in shape {
      var axis = ProtocolMessage()
      if let length { axis.add(1, length) } else { axis.add(2, "batch") }
      axes.add(1, axis)
    }
    var (tensor, type, value) = (ProtocolMessage(), ProtocolMessage(), ProtocolMessage())
    tensor.add(1, float)
    tensor.add(2, axes)
    type.add(1, tensor)
    value.add(1, name)
    value.add(2, type)
    return value
  }
}

import MetaRL
import Tensors

extension PolicyNetwork {
  /// The network as an ONNX model.
  ///
  /// Its input is `observation`, `[batch, observation]`, and `z`, `[batch, latent]`, if it sees a latent vector. Its
  /// outputs are `action_mean`, `[batch, size]`, and `action_log_deviation`, `[size]`; or `action_logits` or
  /// `action_values`, `[batch, count]`; or `action`, `[batch, size]`; and the posterior of the latent vector, `z_mean`
  /// and `z_deviation`, `[latent]`.
  package func onnx(description: String, metadata: [(name: String, text: String)]) -> [UInt8] {
    var graph = ONNXGraph()
    var value = "observation"
    if latent != nil {
      graph.add("Concat", [value, "z"], as: "observation_z", ["axis": .number(1)])
      value = "observation_z"
    }
    for (number, layer) in layers.enumerated() {
      let (name, isLast) = ("layer\(number + 1)", number == layers.count - 1)
      let product = isLast && layer.activation == .identity ? head.outputName : name
      graph.add("Gemm", [value, "\(name).weights", "\(name).bias"], as: product)
      graph.addConstant("\(name).weights", layer.weights)
      graph.addConstant("\(name).bias", layer.bias)
      value = product
      guard let function = layer.activation.onnx else { continue }
      value = isLast ? head.outputName : "\(name).activation"
      graph.add(function, [product], as: value)
    }
    let batch = ONNXGraph.Axis.named("batch")
    graph.addInput("observation", [batch, .length(observationSize)])
    if latent != nil { graph.addInput("z", [batch, .length(latentSize)]) }
    graph.addOutput(head.outputName, [batch, .length(outputSize)])
    if case .gaussian(let logDeviation) = head {
      graph.addOutput("action_log_deviation", always: logDeviation, named: "logDeviation")
    }
    if let latent {
      graph.addOutput("z_mean", always: latent.mean, named: "z.mean")
      graph.addOutput("z_deviation", always: latent.deviation, named: "z.deviation")
    }
    return graph.model(description: description, metadata: metadata)
  }
}

extension Activation {
  /// The operator of ONNX; nil for no function.
  var onnx: String? {
    switch self {
    case .identity: nil
    case .tanh: "Tanh"
    case .relu: "Relu"
    }
  }
}

extension PolicyNetwork.Head {
  /// Metadata: the way from outputs to an action in the task's units.
  func use(_ card: FamilyCard, actions: ActionSpace, seesLatent: Bool = false) -> [(name: String, text: String)] {
    let rounding = card.actionUnits?.areWhole == true ? ", rounded to a whole number" : ""
    switch self {
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
      let belief = !seesLatent ? "" : " z is an input; z_mean and z_deviation are its posterior."
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

  var outputName: String {
    switch self {
    case .gaussian: "action_mean"
    case .categorical: "action_logits"
    case .values: "action_values"
    case .action: "action"
    }
  }
}

import Tensors

/// An ONNX model in the making.
///
/// The numbers of fields are those of onnx.proto; the operators are those of operator set 13.
struct ONNXGraph {
  /// The length of an axis of an input or output.
  enum Axis {
    case length(Int)
    /// Any length, the same for all axes of this name.
    case named(String)
  }

  enum Attribute {
    case number(Int)
    case numbers([Int])
  }

  private var nodes: [ProtocolMessage] = []
  private var constants: [ProtocolMessage] = []
  private var inputs: [ProtocolMessage] = []
  private var outputs: [ProtocolMessage] = []
  private var shapes: Set<[Int]> = []

  private static let float = 1
  private static let wholeNumber = 7

  mutating func add(
    _ operation: String, _ inputs: [String], as output: String, _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) {
    var node = ProtocolMessage()
    for input in inputs { node.add(1, input) }
    node.add(2, output)
    node.add(3, "\(operation) of \(output)")
    node.add(4, operation)
    for (name, value) in attributes {
      var attribute = ProtocolMessage()
      attribute.add(1, name)
      // With the number of the value's type.
      switch value {
      case .number(let number):
        attribute.add(3, number)
        attribute.add(20, 2)
      case .numbers(let numbers):
        for number in numbers { attribute.add(8, number) }
        attribute.add(20, 7)
      }
      node.add(5, attribute)
    }
    nodes.append(node)
  }

  mutating func addConstant(_ name: String, _ tensor: Tensor) {
    constants.append(
      Self.constant(name, tensor.shape, Self.float, tensor.floats.flatMap(ProtocolMessage.littleEndian)))
  }

  /// The name of a constant vector of whole numbers.
  mutating func wholeNumbers(_ numbers: [Int]) -> String {
    let name = "numbers." + numbers.map { "\($0)" }.joined(separator: ".")
    if shapes.insert(numbers).inserted {
      let bytes = numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
      constants.append(Self.constant(name, [numbers.count], Self.wholeNumber, bytes))
    }
    return name
  }

  mutating func addInput(_ name: String, _ shape: [Axis]) { inputs.append(Self.value(name, shape)) }

  mutating func addOutput(_ name: String, _ shape: [Axis]) { outputs.append(Self.value(name, shape)) }

  /// An output that is always the same.
  mutating func addOutput(_ output: String, always tensor: Tensor, named name: String) {
    add("Identity", [name], as: output)
    addConstant(name, tensor)
    addOutput(output, [.length(tensor.count)])
  }

  /// The model's bytes.
  func model(description: String, metadata: [(name: String, text: String)]) -> [UInt8] {
    var graph = ProtocolMessage()
    for node in nodes { graph.add(1, node) }
    graph.add(2, "policy")
    for constant in constants { graph.add(5, constant) }
    for input in inputs { graph.add(11, input) }
    for output in outputs { graph.add(12, output) }
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

  private static func constant(_ name: String, _ shape: [Int], _ type: Int, _ bytes: [UInt8]) -> ProtocolMessage {
    var message = ProtocolMessage()
    for length in shape { message.add(1, length) }
    message.add(2, type)
    message.add(8, name)
    message.add(9, bytes)
    return message
  }

  /// A name with a type.
  private static func value(_ name: String, _ shape: [Axis]) -> ProtocolMessage {
    var axes = ProtocolMessage()
    for length in shape {
      var axis = ProtocolMessage()
      switch length {
      case .length(let length): axis.add(1, length)
      case .named(let name): axis.add(2, name)
      }
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

import Tensors
import Testing
import Zoo

/// The fields of a message of protocol buffers, by number.
struct ReadMessage {
  var numbers: [Int: [Int]] = [:]
  var parts: [Int: [[UInt8]]] = [:]

  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    func variable() -> Int? {
      var (value, shift) = (UInt64(0), 0)
      while shift < 70, let byte = rest.popFirst() {
        value |= UInt64(byte & 127) << shift
        if byte < 128 { return Int(bitPattern: UInt(value)) }
        shift += 7
      }
      return nil
    }
    while !rest.isEmpty {
      guard let key = variable(), let value = variable() else { return nil }
      switch key & 7 {
      case 0: numbers[key >> 3, default: []].append(value)
      case 2:
        guard value >= 0, value <= rest.count else { return nil }
        parts[key >> 3, default: []].append(Array(rest.prefix(value)))
        rest = rest.dropFirst(value)
      default: return nil
      }
    }
  }

  func texts(_ field: Int) -> [String] { (parts[field] ?? []).map { String(decoding: $0, as: UTF8.self) } }
  func messages(_ field: Int) -> [ReadMessage] { (parts[field] ?? []).compactMap(ReadMessage.init) }
}

/// An ONNX model that is read and computed as the specification of operator set 13 says, by an implementation of its
/// own; the operators are those that exported policies have.
struct ONNXModel {
  let inputs: [String], outputs: [String]
  let metadata: [String: String]
  private let shapes: [String: [Int?]]
  private let nodes: [ReadMessage]
  private var constants: [String: Tensor] = [:]
  private var wholeNumbers: [String: [Int]] = [:]

  init(_ bytes: [UInt8]) throws {
    let model = try #require(ReadMessage(bytes))
    let graph = try #require(model.messages(7).first)
    metadata = Dictionary(
      uniqueKeysWithValues: model.messages(14).map { ($0.texts(1).joined(), $0.texts(2).joined()) })
    inputs = graph.messages(11).flatMap { $0.texts(1) }
    outputs = graph.messages(12).flatMap { $0.texts(1) }
    shapes = Dictionary(
      uniqueKeysWithValues: graph.messages(11).map { input -> (String, [Int?]) in
        let axes = input.messages(2)[0].messages(1)[0].messages(2)[0].messages(1)
        return (input.texts(1).joined(), axes.map { $0.numbers[1]?.first })
      })
    nodes = graph.messages(1)
    for constant in graph.messages(5) {
      let (name, shape) = (constant.texts(8).joined(), constant.numbers[1] ?? [])
      let bytes = constant.parts[9]?.first ?? []
      func number<Bits: FixedWidthInteger>(_ place: Int, _: Bits.Type) -> Bits {
        let size = Bits.bitWidth / 8
        return (0..<size).reduce(Bits(0)) {
          $0 | Bits(truncatingIfNeeded: UInt64(bytes[place * size + $1]) << (8 * $1))
        }
      }
      if constant.numbers[2] == [7] {
        wholeNumbers[name] = (0..<bytes.count / 8).map { Int(number($0, Int64.self)) }
      } else {
        let values = (0..<bytes.count / 4).map { Float(bitPattern: number($0, UInt32.self)) }
        constants[name] = Tensor(values, shape: shape)
      }
    }
  }

  /// The state at birth, for a batch of one: axes of any length are empty.
  func birth() -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: inputs.filter { $0.hasPrefix("past.") }.map { name in
        (name, Tensor(repeating: 0, shape: [1] + (shapes[name] ?? []).dropFirst().map { $0 ?? 0 }))
      })
  }

  /// The outputs by name.
  func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    var values = constants.merging(inputs) { first, _ in first }
    for node in nodes {
      values[node.texts(2).joined()] = try value(of: node, values)
    }
    return values.filter { outputs.contains($0.key) }
  }

  private func value(of node: ReadMessage, _ values: [String: Tensor]) throws -> Tensor {
    let names = node.texts(1)
    let x = try names.filter { wholeNumbers[$0] == nil }.map { try #require(values[$0], "\($0) is not there yet") }
    let numbers = names.compactMap { wholeNumbers[$0] }
    let attributes = node.messages(5)
    switch node.texts(4).joined() {
    case "Identity": return x[0]
    case "Add": return x[0] + x[1]
    case "Sub": return x[0] - x[1]
    case "Mul": return x[0] * x[1]
    case "Exp": return x[0].exp()
    case "Log": return x[0].log()
    case "Tanh": return x[0].tanh()
    case "Relu": return x[0].relu()
    case "Reciprocal": return x[0].reciprocal()
    case "Sqrt": return x[0].squareRoot()
    case "MatMul": return x[0].matmul(x[1])
    case "Gemm": return x[0].dense(x[1], x[2], .identity)
    case "ReduceLogSumExp":
      #expect(attributes[0].numbers[8] == [-1])
      return x[0].logSumExp()
    case "ReduceSum":
      return x[0].summed(to: x[0].shape.indices.map { numbers[0].contains($0) ? 1 : x[0].shape[$0] })
    case "Reshape":
      let rest = numbers[0].filter { $0 != -1 }.reduce(1, *)
      return x[0].reshaped(numbers[0].map { $0 == -1 ? x[0].count / rest : $0 })
    case "Transpose":
      let last = x[0].shape.count - 1
      #expect(attributes[0].numbers[8] == Array(0..<last - 1) + [last, last - 1])
      return x[0].transposed()
    case "Slice":
      let axis = numbers[2][0]
      let bounds = [numbers[0][0], numbers[1][0]].map { place in
        min(max(place < 0 ? place + x[0].shape[axis] : place, 0), x[0].shape[axis])
      }
      return x[0].slice(bounds[0]..<max(bounds[0], bounds[1]), axis: axis)
    case "Pad":
      let rank = x[0].shape.count
      let axis = (0..<rank).first { numbers[0][$0] != 0 || numbers[0][rank + $0] != 0 } ?? 0
      let (before, after) = (numbers[0][axis], numbers[0][rank + axis])
      return Tensor.apply(.pad(axis: axis, before: before, total: before + x[0].shape[axis] + after), [x[0]])
    case "Concat": return Tensor.concatenate(x, axis: attributes[0].numbers[3]?[0] ?? 0)
    case let other:
      Issue.record("no operator \(other)")
      return x[0]
    }
  }
}

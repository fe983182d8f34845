import Foundation
import Networks
import Tensors
import Testing

@Suite struct MemoryNetworkTests {
  /// Widths of embedding and readout.
  static let layers = [[0, 0], [7, 0], [0, 5], [7, 5]]

  private func network(_ cell: RecurrentCell, _ layers: [Int], hidden: Int = 4) -> MemoryNetwork {
    MemoryNetwork(
      inputSize: 6, embeddingSize: layers[0], readout: Readout(width: layers[1]), outputSize: 3, prefix: "n."
    ) { RecurrentMemory(cell: cell, inputSize: $0, hiddenSize: hidden, prefix: $1) }
  }

  /// Random numbers also for biases, in double precision.
  private func parameters(_ network: MemoryNetwork) -> Parameters {
    network.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2)
  }

  @Test(arguments: RecurrentCell.allCases, layers)
  func stepByStepHasTheBitsOfTheWholeSequence(cell: RecurrentCell, layers: [Int]) {
    let (steps, rows) = (5, 21)
    let network = network(cell, layers, hidden: 19)
    let theta = parameters(network).map { $0.converted(to: .float) }
    let inputs = tensor(numbers(steps * rows * 6, seed: 3), [steps, rows, 6]).converted(to: .float)
    let whole = network(inputs, theta).floats
    var state = network.birth(rows: rows)
    var half = network.birth(rows: 10)
    for step in 0..<steps {
      let given = inputs.slice(step..<step + 1).reshaped([rows, 6])
      let all = network.step(given, from: state, theta)
      // What a row becomes does not depend on the rows beside it.
      let some = network.step(given.slice(0..<10), from: half, theta)
      state.append(all.rows)
      half.append(some.rows)
      let start = step * rows * 3
      #expect(all.output.floats == Array(whole[start..<start + rows * 3]))
      #expect(some.output.floats == Array(whole[start..<start + 10 * 3]))
    }
  }

  private func dense(_ x: [Double], _ name: String, _ theta: Parameters, isRectified: Bool) -> [Double] {
    let (weights, bias) = (theta["n.\(name).weights"].doubles, theta["n.\(name).bias"].doubles)
    return bias.indices.map { unit in
      var sum = bias[unit]
      for i in x.indices { sum += x[i] * weights[i * bias.count + unit] }
      return isRectified ? max(sum, 0) : sum
    }
  }

  @Test(arguments: RecurrentCell.allCases, layers)
  func outputsEqualPlainLoopsAroundTheCell(cell: RecurrentCell, layers: [Int]) {
    let steps = 4
    let network = network(cell, layers)
    let theta = parameters(network)
    let values = numbers(steps * 6, seed: 3)
    let weights = RecurrentWeights(
      input: theta["n.input.weights"], bias: theta["n.input.bias"], recurrent: theta["n.recurrent.weights"],
      candidateBias: cell == .gru ? theta["n.candidate.bias"] : nil)
    var state = network.birth(rows: 1, precision: .double).latest[0]
    var expected: [Double] = []
    for step in 0..<steps {
      var shown = Array(values[step * 6..<step * 6 + 6])
      if layers[0] > 0 { shown = dense(shown, "embedding", theta, isRectified: true) }
      state = cell.step(tensor(shown, [1, shown.count]), weights, from: state)
      var read = Array(state.doubles.prefix(4))
      if layers[1] > 0 { read = dense(read + shown, "readout", theta, isRectified: true) }
      expected += dense(read, "output", theta, isRectified: false)
    }
    let ours = network(tensor(values, [steps, 1, 6]), theta)
    #expect(ours.shape == [steps, 3])
    #expect(distance(ours.doubles, expected) < 1e-12)
  }

  @Test(arguments: RecurrentCell.allCases, layers)
  func gradientsEqualDifferences(cell: RecurrentCell, layers: [Int]) {
    let (steps, rows) = (6, 3)
    let network = network(cell, layers)
    let theta = parameters(network)
    let inputs = tensor(numbers(steps * rows * 6, seed: 3), [steps, rows, 6])
    let factors = tensor(numbers(steps * rows * 3, seed: 4), [steps * rows, 3])
    func loss(_ theta: Parameters) -> Tensor {
      let y = network(inputs, theta)
      return (factors * y + 0.3 * y * y).sum()
    }
    let gradient = valueAndGradient(at: theta, of: loss).gradient
    #expect(gradient.names == network.parameterNames)
    for tensor in gradient.tensors { #expect(tensor.doubles.contains { $0 != 0 }) }
    for seed in 5..<8 as Range<UInt64> {
      let (direction, h) = (theta.direction(seed: seed), 1e-6)
      let difference = (loss(theta + h * direction).scalar - loss(theta - h * direction).scalar) / (2 * h)
      #expect(abs(gradient.dot(direction) - difference) < 1e-5 * max(1, abs(difference)))
    }
  }

  @Test("Without layers, there are the parameters of the cell and the output only") func parametersWithoutLayers() {
    #expect(
      network(.lstm, [0, 0]).parameterNames == [
        "n.input.weights", "n.input.bias", "n.recurrent.weights", "n.output.weights", "n.output.bias",
      ])
    let theta = network(.gru, [7, 5]).makeParameters(using: RandomStream(seed: 1))
    #expect(theta["n.embedding.weights"].shape == [6, 7])
    #expect(theta["n.input.weights"].shape == [7, 12])
    #expect(theta["n.readout.weights"].shape == [4 + 7, 5])
    #expect(theta["n.output.weights"].shape == [5, 3])
  }

  /// A gate whose bias is log t lets t/(t+1) of the state through: what is left after t steps is between 1/e and a half.
  @Test(
    "With a longest memory, the times that numbers are kept for are uniform up to it",
    arguments: RecurrentCell.allCases)
  func longestMemory(_ cell: RecurrentCell) {
    let (size, longest) = (400, 50)
    let theta = RecurrentMemory(cell: cell, inputSize: 2, hiddenSize: size, longestMemory: longest)
      .makeParameters(using: RandomStream(seed: 3))
    let bias = theta["input.bias"].doubles
    let times = bias[size..<2 * size].map { exp($0) }
    #expect(times.allSatisfy { 1 <= $0 && $0 <= Double(longest - 1) + 1e-3 })
    let mean = times.reduce(0, +) / Double(size)
    #expect(abs(mean - Double(longest) / 2) < 4 * Double(longest - 2) / (12 * Double(size)).squareRoot())
    let rest = bias[..<size] + bias[(2 * size)...]
    switch cell {
    case .lstm:
      #expect(Array(bias[..<size]) == bias[size..<2 * size].map { -$0 })
      #expect(bias[(2 * size)...].allSatisfy { $0 == 0 })
    case .gru: #expect(rest.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: [1, 2]) func theShortestMemoriesLastForOneStep(longest: Int) {
    let theta = RecurrentMemory(cell: .lstm, inputSize: 2, hiddenSize: 5, longestMemory: longest)
      .makeParameters(using: RandomStream(seed: 3))
    #expect(theta["input.bias"].doubles.allSatisfy { $0 == 0 })
  }

  @Test("A gain multiplies the weights on inputs and nothing else") func inputGain() {
    func parameters(gain: Double) -> Parameters {
      RecurrentMemory(cell: .lstm, inputSize: 6, hiddenSize: 4, inputGain: gain)
        .makeParameters(using: RandomStream(seed: 1))
    }
    let (plain, strong) = (parameters(gain: 1), parameters(gain: 4))
    for name in plain.names {
      let factor = name == "input.weights" ? 4.0 : 1
      #expect(strong[name].doubles == plain[name].doubles.map { factor * $0 }, "\(name)")
    }
  }
}

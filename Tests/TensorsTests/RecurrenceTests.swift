import CKernels
import Foundation
import Tensors
import Testing

/// Random sequences and weights for a cell.
private struct Example {
  let cell: RecurrentCell
  let x: Tensor
  let weights: RecurrentWeights
  let state: Tensor

  init(
    _ cell: RecurrentCell, steps: Int, rows: Int, inputs: Int, hidden: Int, precision: Precision = .double,
    seed: UInt64 = 3
  ) {
    self.cell = cell
    let random = RandomStream(seed: seed)
    func noise(_ name: String, _ shape: [Int], _ size: Double = 1) -> Tensor {
      var stream = random.split(name)
      let values = (0..<shape.reduce(1, *)).map { _ in stream.uniform(-size, size) }
      return Tensor(values, shape: shape, precision: precision)
    }
    let width = cell.gateCount * hidden
    x = noise("x", [steps, rows, inputs])
    weights = RecurrentWeights(
      input: noise("W", [inputs, width], 0.7), bias: noise("b", [width], 0.5),
      recurrent: noise("U", [hidden, width], 0.7), candidateBias: cell == .gru ? noise("c", [hidden], 0.5) : nil)
    state = noise("state", [rows, cell.stateBlocks * hidden], 0.5)
  }

  var parameters: Parameters {
    let tensors = [x, weights.input, weights.bias, weights.recurrent] + (weights.candidateBias.map { [$0] } ?? [])
    return Parameters(names: tensors.indices.map { "x\($0)" }, tensors: tensors)
  }

  /// The outputs, computed by the kernels or by elementary operations.
  func outputs(_ leaves: Parameters, composed: Bool = false, recomputedSteps: Int = 0) -> Tensor {
    let t = leaves.tensors
    if composed { return cell.composed(t + [state]) }
    let given = RecurrentWeights(input: t[1], bias: t[2], recurrent: t[3], candidateBias: cell == .gru ? t[4] : nil)
    return cell(t[0], given, from: state, recomputedSteps: recomputedSteps)
  }

  /// A scalar of all outputs that is linear in none, with its gradient.
  func scalar(composed: Bool = false, recomputedSteps: Int = 0) -> (value: Tensor, gradient: Parameters) {
    valueAndGradient(at: parameters) {
      scalar(of: outputs($0, composed: composed, recomputedSteps: recomputedSteps))
    }
  }

  func scalar(of y: Tensor) -> Tensor {
    let factors = Parameters(names: ["y"], tensors: [y]).direction(5)["y"].converted(to: y.precision)
    return (factors * y + 0.3 * y * y * y).sum()
  }
}

private func expectEqual(_ a: [Tensor], _ b: [Tensor], within tolerance: (Double) -> Double = { _ in 1e-12 }) {
  for (a, b) in zip(a, b) {
    #expect(a.shape == b.shape)
    for (p, q) in zip(a.doubles, b.doubles) { #expect(abs(p - q) < tolerance(q)) }
  }
}

/// Watches memory without keeping it.
private struct Watch {
  weak var storage: Storage?
}

@Suite struct RecurrenceTests {
  @Test(arguments: RecurrentCell.allCases, [0, 2])
  func aSequenceGivesItsMemoryBack(_ cell: RecurrentCell, recomputedSteps: Int) {
    var watched: [Watch] = []
    do {
      let example = Example(cell, steps: 3, rows: 2, inputs: 2, hidden: 4, precision: .float)
      let gradient = example.scalar(recomputedSteps: recomputedSteps).gradient
      let tape = RecurrenceTape(recomputedSteps: recomputedSteps)
      let y = Tensor.apply(.recurrence(cell, tape), example.parameters.tensors + [example.state])
      let next = cell.step(example.x.slice(0..<1).reshaped([2, 2]), example.weights, from: example.state)
      let tensors = example.parameters.tensors + gradient.tensors + [example.state, y, next]
      watched = tensors.map { Watch(storage: $0.storage) } + (tape.gates.map { [Watch(storage: $0)] } ?? [])
      if cell == .lstm { watched.append(Watch(storage: tape.memories)) }
      withExtendedLifetime(tensors) {
        withExtendedLifetime(tape) { #expect(watched.allSatisfy { $0.storage != nil }) }
      }
    }
    #expect(watched.allSatisfy { $0.storage == nil })
  }

  /// A tuple given to it is never released (Swift 6.3): the buffers of the way back are in no tensor to be watched.
  @Test func noTupleIsKeptToTheEnd() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources").path
    let files = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
      .filter { $0.hasSuffix(".swift") }
    #expect(files.contains("Tensors/Recurrence.swift"))
    for file in files {
      let text = try String(contentsOfFile: sources + "/" + file, encoding: .utf8)
      #expect(!text.contains("withExtendedLifetime(("), "\(file)")
    }
  }

  /// Numbers computed independently, in the specification of this project, section 8.5.
  @Test func theGatedRecurrentUnitHasTheSpecifiedNumbers() {
    // Given for column vectors, W x, gate by gate: reset, update, candidate.
    let w = [[[-0.2, 0.5], [0.4, 0.1]], [[0.1, 0.2], [0.3, -0.4]], [[0.6, -0.1], [0.2, 0.3]]]
    let u = [[[0.5, 0.4], [-0.6, 0.3]], [[0.7, -0.3], [0.1, 0.2]], [[0.2, 0.1], [-0.3, 0.8]]]
    func laid(_ gates: [[[Double]]]) -> Tensor {
      let values = (0..<2).flatMap { input in gates.flatMap { gate in gate.map { $0[input] } } }
      return Tensor(values, shape: [2, 6], precision: .double)
    }
    let weights = RecurrentWeights(
      input: laid(w), bias: Tensor([-0.1, -0.1, 0.1, 0.1, 0.05, 0.05], shape: [6], precision: .double),
      recurrent: laid(u), candidateBias: Tensor([0.2, 0.2], shape: [2], precision: .double))
    let next = RecurrentCell.gru.step(
      Tensor([1, -0.5], shape: [1, 2], precision: .double), weights,
      from: Tensor([0.3, -0.2], shape: [1, 2], precision: .double))
    for (a, b) in zip(next.doubles, [0.4468271515, -0.1020197838]) { #expect(abs(a - b) < 1e-9) }
  }

  @Test func longShortTermMemoryFollowsItsFormulas() {
    let weights = RecurrentWeights(
      input: Tensor([0.5, -0.3, 0.8, 0.2], shape: [1, 4], precision: .double),
      bias: Tensor([0.1, 1, -0.2, 0.3], shape: [4], precision: .double),
      recurrent: Tensor([-0.4, 0.6, 0.7, -0.1], shape: [1, 4], precision: .double))
    let next = RecurrentCell.lstm.step(
      Tensor([1.5], shape: [1, 1], precision: .double), weights,
      from: Tensor([0.25, -0.6], shape: [1, 2], precision: .double))
    func sigmoid(_ x: Double) -> Double { Tensor(x, precision: .double).sigmoid().scalar }
    func tanh(_ x: Double) -> Double { Tensor(x, precision: .double).tanh().scalar }
    let input = sigmoid(0.75 - 0.1 + 0.1), forget = sigmoid(-0.45 + 0.15 + 1)
    let candidate = tanh(1.2 + 0.175 - 0.2), output = sigmoid(0.3 - 0.025 + 0.3)
    let memory = forget * -0.6 + input * candidate
    #expect(abs(next.doubles[0] - output * tanh(memory)) < 1e-14)
    #expect(abs(next.doubles[1] - memory) < 1e-14)
  }

  @Test(arguments: RecurrentCell.allCases)
  func kernelsAndElementaryOperationsAgree(cell: RecurrentCell) {
    let example = Example(cell, steps: 7, rows: 3, inputs: 4, hidden: 5)
    let (fused, composed) = (example.scalar(), example.scalar(composed: true))
    #expect(abs(fused.value.scalar - composed.value.scalar) < 1e-12)
    expectEqual(fused.gradient.tensors, composed.gradient.tensors)
  }

  @Test(arguments: RecurrentCell.allCases, [1, 3, 4, 7, 20])
  func gatesThatAreComputedAgainGiveTheSameGradients(cell: RecurrentCell, steps: Int) {
    let example = Example(cell, steps: 7, rows: 3, inputs: 4, hidden: 5)
    let (kept, again) = (example.scalar(), example.scalar(recomputedSteps: steps))
    #expect(again.value.scalar == kept.value.scalar)
    expectEqual(again.gradient.tensors, kept.gradient.tensors)
  }

  @Test(arguments: RecurrentCell.allCases) func gatesThatAreComputedAgainAreNotKept(cell: RecurrentCell) {
    let example = Example(cell, steps: 3, rows: 2, inputs: 2, hidden: 4)
    for recomputedSteps in [0, 2] {
      let tape = RecurrenceTape(recomputedSteps: recomputedSteps)
      _ = Tensor.apply(.recurrence(cell, tape), example.parameters.tensors + [example.state])
      #expect((tape.gates == nil) == (recomputedSteps > 0))
    }
  }

  @Test(arguments: RecurrentCell.allCases)
  func gradientsThroughTwentyStepsEqualDifferences(cell: RecurrentCell) {
    let example = Example(cell, steps: 20, rows: 2, inputs: 3, hidden: 4)
    let x = example.parameters
    let gradient = example.scalar().gradient
    func value(_ x: Parameters) -> Double { example.scalar(of: example.outputs(x)).scalar }
    for seed in 11..<16 as Range<UInt64> {
      let (direction, h) = (x.direction(seed), 1e-5)
      let difference = (value(x + h * direction) - value(x - h * direction)) / (2 * h)
      #expect(abs(gradient.dot(direction) - difference) < 1e-6 * max(1, abs(difference)))
    }
  }

  @Test(arguments: RecurrentCell.allCases)
  func stepByStepHasTheBitsOfTheWholeSequence(cell: RecurrentCell) {
    let example = Example(cell, steps: 9, rows: 21, inputs: 6, hidden: 19, precision: .float)
    let whole = example.outputs(example.parameters.asLeaves)
    var state = example.state
    // Half of the rows alone, too: what a row becomes does not depend on the rows beside it.
    var half = example.state.slice(0..<10)
    for step in 0..<9 {
      let inputs = example.x.slice(step..<step + 1).reshaped([21, 6])
      state = cell.step(inputs, example.weights, from: state)
      half = cell.step(inputs.slice(0..<10), example.weights, from: half)
      let expected = whole.slice(step..<step + 1).reshaped([21, 19])
      #expect(state.slice(0..<19, axis: 1).floats == expected.floats)
      #expect(half.slice(0..<19, axis: 1).floats == expected.slice(0..<10).floats)
    }
  }

  @Test(arguments: RecurrentCell.allCases)
  func outputsBeforeAStepDoNotDependOnIt(cell: RecurrentCell) {
    let example = Example(cell, steps: 8, rows: 2, inputs: 3, hidden: 5)
    var changed = example.x.doubles
    changed[5 * 6 + 1] += 1
    let other = Tensor(changed, shape: example.x.shape, precision: .double)
    let before = cell(example.x, example.weights, from: example.state)
    let after = cell(other, example.weights, from: example.state)
    #expect(before.slice(0..<5).doubles == after.slice(0..<5).doubles)
    #expect(before.slice(5..<8).doubles != after.slice(5..<8).doubles)
  }

  @Test("The Fisher product of a recurrent network equals the explicit one") func fisherProduct() {
    let example = Example(.gru, steps: 4, rows: 2, inputs: 2, hidden: 3)
    let (x, leaves, h) = (example.parameters, example.parameters.asLeaves, 1e-5)
    let y = example.outputs(leaves)
    let product = GaussNewtonProduct(of: [y], to: leaves, metric: { $0 })
    let v = x.direction(2)
    // J v by differences, then Jᵀ by the kernels.
    let pushed = (1 / (2 * h)) * (example.outputs(x + h * v) - example.outputs(x - h * v))
    expectEqual(product(v).tensors, Pullback(of: [y], to: leaves.tensors)([pushed])) { 1e-7 * max(1, abs($0)) }
  }
}

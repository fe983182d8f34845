import Foundation
import Networks
import Tensors
import Testing

/// A memory with the name that a failure shows.
struct NamedMemory: CustomStringConvertible, Sendable {
  let description: String
  let memory: any Memory

  init(_ description: String, _ memory: any Memory) { (self.description, self.memory) = (description, memory) }
}

private func transformer(
  layers: Int = 2, heads: Int = 2, normalization: CausalTransformer.Normalization = .none,
  positions: CausalTransformer.Positions = .learned, contextLength: Int = 0, width: Int = 12
) -> CausalTransformer {
  CausalTransformer(
    inputSize: 3, width: width, layers: layers, heads: heads, feedForwardSize: 7, normalization: normalization,
    positions: positions, contextLength: contextLength, longest: 40, prefix: "m.")
}

private let memories: [NamedMemory] = [
  NamedMemory("transformer", transformer()),
  NamedMemory("transformer with normalization", transformer(heads: 3, normalization: .before)),
  NamedMemory("transformer with sines", transformer(heads: 1, positions: .sine)),
  NamedMemory("transformer without positions", transformer(positions: .none)),
  NamedMemory("transformer with a context of 1", transformer(contextLength: 1)),
  NamedMemory("transformer with a context of 5", transformer(normalization: .before, contextLength: 5)),
  NamedMemory("transformer with a context of 20", transformer(contextLength: 20)),
  NamedMemory("wide transformer", transformer(heads: 4, width: 64)),
  NamedMemory(
    "convolutions", TemporalConvolutions(inputSize: 3, width: 5, filters: 4, attentionWidth: 6, longest: 40)),
  NamedMemory(
    "convolutions without attention",
    TemporalConvolutions(inputSize: 3, width: 5, filters: 4, blocks: 1, attentionWidth: 0, longest: 11)),
]

@Suite struct SequenceMemoryTests {
  /// Random numbers also for biases and gains, in double precision.
  private func parameters(_ memory: any Memory) -> Parameters {
    memory.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2)
  }

  private func inputs(_ steps: Int, _ rows: Int, _ precision: Precision = .double) -> Tensor {
    tensor(numbers(steps * rows * 3, seed: 3), [steps, rows, 3]).converted(to: precision)
  }

  /// Lanes live by turns, so that they differ in age, and one ends early; each sees its own sequence only.
  @Test(arguments: memories, [1, 5, 16, 17, 33, 40])
  func stepByStepHasTheBitsOfTheWholeSequence(of named: NamedMemory, steps: Int) {
    let (memory, rows) = (named.memory, 3)
    for precision in [Precision.float, .double] {
      let theta = parameters(memory).map { $0.converted(to: precision) }
      let inputs = inputs(steps, rows, precision)
      let whole = memory.features(of: inputs, theta)
      #expect(whole.shape == [steps * rows, memory.featureSize])
      let flat = inputs.reshaped([steps * rows, 3])
      var state = memory.birth(rows: rows, precision: precision)
      let ends = [steps, steps, (steps + 1) / 2]
      var tick = 0
      while zip(state.stepCounts, ends).contains(where: { $0 < $1 }) {
        let isLive = (0..<rows).map { state.stepCounts[$0] < ends[$0] && ($0 != 1 || tick % 3 != 1) }
        let places = (0..<rows).map { min(state.stepCounts[$0], steps - 1) * rows + $0 }
        let step = memory.step(flat.gather(places), from: state, theta)
        for row in 0..<rows where isLive[row] {
          let ours = step.features.slice(row..<row + 1).doubles
          #expect(ours == whole.slice(places[row]..<places[row] + 1).doubles, "step \(state.stepCounts[row])")
        }
        state.append(step.rows, where: isLive)
        tick += 1
      }
      #expect(state.stepCounts == ends)
    }
  }

  @Test(arguments: memories) func outputsDependOnNoLaterInputAndOnNoOtherRow(of named: NamedMemory) {
    let (memory, steps, rows, changed) = (named.memory, 9, 2, 5)
    let (theta, given) = (parameters(memory), inputs(9, 2))
    let before = memory.features(of: given, theta).doubles
    let other = tensor(numbers(3, seed: 9), [1, 1, 3])
    let change = Tensor.apply(
      .pad(axis: 1, before: 1, total: rows), [Tensor.apply(.pad(axis: 0, before: changed, total: steps), [other])])
    let after = memory.features(of: given + change, theta).doubles
    let size = memory.featureSize
    for place in 0..<steps * rows {
      let range = place * size..<(place + 1) * size
      let mayDiffer = place % rows == 1 && place / rows >= changed
      if !mayDiffer { #expect(before[range] == after[range]) }
      if place == changed * rows + 1 { #expect(before[range] != after[range]) }
    }
    // The gradient of all outputs up to a step reaches no later input.
    let point = Parameters(names: ["inputs"], tensors: [given])
    let gradient = valueAndGradient(at: point) {
      let y = memory.features(of: $0["inputs"], theta).slice(0..<changed * rows)
      return (y * y).sum()
    }.gradient["inputs"].doubles
    #expect(gradient[(changed * rows * 3)...].allSatisfy { $0 == 0 })
    #expect(gradient[((changed - 1) * rows * 3)..<(changed * rows * 3)].allSatisfy { $0 != 0 })
  }

  @Test(arguments: memories) func gradientsEqualDifferences(of named: NamedMemory) {
    let memory = named.memory
    // Weights of about the size of initial ones: with larger ones the units of wide layers are near their corners too often.
    let scale = min(0.7, 2.4 / Double(memory.featureSize).squareRoot())
    let (theta, given) = (scale * parameters(memory), inputs(7, 2))
    let factors = tensor(numbers(14 * memory.featureSize, seed: 4), [14, memory.featureSize])
    let all = theta.merging(Parameters(names: ["inputs"], tensors: [given]))
    func loss(_ all: Parameters) -> Tensor {
      let y = memory.features(of: all["inputs"], all)
      return (factors * y + 0.3 * y * y).mean()
    }
    let gradient = valueAndGradient(at: all, of: loss).gradient
    #expect(memory.makeParameters(using: RandomStream(seed: 1)).names == memory.parameterNames)
    for (name, tensor) in zip(gradient.names, gradient.tensors) {
      #expect(tensor.doubles.contains { $0 != 0 }, "\(name)")
    }
    for seed in 5..<8 as Range<UInt64> {
      let (direction, h) = (all.direction(seed: seed), 1e-6)
      let difference = (loss(all + h * direction).scalar - loss(all - h * direction).scalar) / (2 * h)
      let exact = gradient.dot(direction)
      #expect(abs(exact - difference) < 1e-5 * max(1, abs(difference)), "\(exact) against \(difference)")
    }
  }

  @Test("A step of a layer sees the steps of its context and none before", arguments: [1, 3, 5])
  func contexts(length: Int) {
    let (memory, steps) = (transformer(layers: 1, contextLength: length), 8)
    let theta = parameters(memory)
    let point = Parameters(names: ["inputs"], tensors: [inputs(steps, 1)])
    let gradient = valueAndGradient(at: point) {
      let last = memory.features(of: $0["inputs"], theta).slice(steps - 1..<steps)
      return (last * last).sum()
    }.gradient["inputs"].doubles
    for step in 0..<steps {
      let isSeen = gradient[step * 3..<step * 3 + 3].contains { $0 != 0 }
      #expect(isSeen == (step >= steps - length))
    }
  }

  @Test("One layer without positions sees the same in any order", arguments: CausalTransformer.Positions.allCases)
  func order(positions: CausalTransformer.Positions) {
    let (memory, given) = (transformer(layers: 1, positions: positions), inputs(5, 1))
    let theta = parameters(memory)
    func last(_ order: [Int]) -> [Double] {
      memory.features(of: given.gather(order), theta).slice(4..<5).doubles
    }
    let change = distance(last([0, 1, 2, 3, 4]), last([2, 0, 3, 1, 4]))
    if positions == .none { #expect(change < 1e-12) } else { #expect(change > 1e-3) }
  }

  @Test("Sines have the wavelengths of the paper") func sines() {
    let memory = CausalTransformer(
      inputSize: 1, width: 6, layers: 1, heads: 1, feedForwardSize: 1, positions: .sine, longest: 30)
    // With all weights 0 what is left of a token is its position.
    let theta = memory.makeParameters(using: RandomStream(seed: 1)).map { 0 * $0 }
    let ours = memory.features(of: Tensor(repeating: 0, shape: [30, 1, 1]), theta).doubles
    let expected = (0..<30).flatMap { position -> [Double] in
      let angles = (0..<3).map { Double(position) * pow(10000, -2 * Double($0) / 6) }
      return angles.map { Foundation.sin($0) } + angles.map { Foundation.cos($0) }
    }
    #expect(distance(ours, expected) < 1e-5)
  }

  /// The first and the last step that the last output depends on.
  private func reach(_ memory: any Memory, steps: Int) -> [Int] {
    let theta = parameters(memory)
    let point = Parameters(names: ["inputs"], tensors: [inputs(steps, 1)])
    let gradient = valueAndGradient(at: point) {
      let last = memory.features(of: $0["inputs"], theta).slice(steps - 1..<steps)
      return (last * last).sum()
    }.gradient["inputs"].doubles
    return (0..<steps).filter { step in gradient[step * 3..<step * 3 + 3].contains { $0 != 0 } }
  }

  @Test(
    "One block of convolutions reaches back through a lifetime and no further than the next power of two",
    arguments: [(1, 1), (2, 2), (5, 8), (8, 8), (9, 16), (30, 32)])
  func reaches(longest: Int, expected: Int) {
    let memory = TemporalConvolutions(
      inputSize: 3, width: 5, filters: 4, blocks: 1, attentionWidth: 0, longest: longest)
    #expect(memory.dilations.reduce(1, +) == expected)
    let steps = 40
    #expect(reach(memory, steps: steps) == Array(steps - expected..<steps))
  }

  @Test("Initial weights without normalization have the scales of T-Fixup") func fixup() {
    let memory = CausalTransformer(
      inputSize: 50, width: 128, layers: 4, heads: 4, feedForwardSize: 256, longest: 60)
    let theta = memory.makeParameters(using: RandomStream(seed: 1))
    func deviation(_ x: [Double]) -> Double { (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot() }
    for name in ["token.weights", "position"] {
      let ours = deviation(theta[name].doubles) * Double(128).squareRoot()
      #expect(abs(ours / 0.408248 - 1) < 0.05, "\(name)")
    }
    func check(_ x: Tensor, _ gain: Double, _ name: String) {
      let bound = gain * (6 / Double(x.shape[0] + x.shape[1])).squareRoot()
      let most = x.doubles.map(abs).max() ?? 0
      #expect(most <= bound * (1 + 1e-6) && most > 0.99 * bound, "\(name)")
    }
    let projections = theta["layer3.attention.weights"]
    let root = Double(2).squareRoot()
    for (part, gain) in [root, root, 0.67].enumerated() {
      check(projections.slice(part * 128..<(part + 1) * 128, axis: 1), gain, "part \(part)")
    }
    for name in ["read", "units", "output"] { check(theta["layer2.\(name).weights"], 0.473762, name) }
    for name in theta.names where name.hasSuffix("bias") { #expect(theta[name].doubles.allSatisfy { $0 == 0 }) }
  }

  @Test("Initial weights with normalization have the scales of GPT-2") func smallWeights() {
    let memory = CausalTransformer(
      inputSize: 50, width: 128, layers: 2, heads: 4, feedForwardSize: 256, normalization: .before, longest: 60)
    let theta = memory.makeParameters(using: RandomStream(seed: 1))
    for name in theta.names where name.hasSuffix("weights") || name == "position" {
      let x = theta[name].doubles
      let isAdded = name.contains("read") || name.contains("output")
      let deviation = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot()
      #expect(abs(deviation / (isAdded ? 0.01 : 0.02) - 1) < 0.05, "\(name)")
    }
    #expect(theta.names.filter { $0.hasSuffix("gain") }.count == 5)
    for name in theta.names where name.hasSuffix("gain") { #expect(theta[name].doubles.allSatisfy { $0 == 1 }) }
  }
}

/// Outputs and gradients of an independent implementation in JAX: step by step and head by head, in double precision.
@Suite struct SequenceMemoryOracleTests {
  /// The same numbers as in the oracle: fractions of 1009 for weights, of 101 for inputs.
  private func check(_ memory: any Memory, last: [Double], squares: Double, gradientSquared: Double) {
    let form = memory.makeParameters(using: RandomStream(seed: 1))
    let theta = Parameters(
      names: form.names,
      tensors: form.tensors.enumerated().map { n, t in
        tensor((0..<t.count).map { 2 * (Double(($0 * 7919 + n * 104_729) % 1009) / 1009 - 0.5) }, t.shape)
      })
    let inputs = tensor((0..<30).map { Double($0 * 337 % 101) / 101 - 0.3 }, [5, 2, 3])
    let (value, gradient) = valueAndGradient(at: theta) { theta in
      let y = memory.features(of: inputs, theta)
      return (y * y).sum()
    }
    #expect(distance(memory.features(of: inputs, theta).slice(8..<10).doubles, last) < 1e-8)
    #expect(abs(value.scalar / squares - 1) < 1e-10)
    #expect(abs(gradient.dot(gradient) / gradientSquared - 1) < 1e-10)
  }

  private func transformer(_ normalization: CausalTransformer.Normalization, _ contextLength: Int)
    -> CausalTransformer
  {
    CausalTransformer(
      inputSize: 3, width: 4, layers: 2, heads: 2, feedForwardSize: 5, normalization: normalization,
      contextLength: contextLength, longest: 6)
  }

  @Test("A transformer without normalization has the numbers of another implementation") func plain() {
    check(
      transformer(.none, 0),
      last: [
        0.04966816816, 1.033998828, 0.6411058709, 0.416919466, 0.0456822017, 1.062312731, 0.6575368666,
        0.4004658703,
      ], squares: 363.165122482, gradientSquared: 4855970.70764)
    check(
      transformer(.none, 2),
      last: [
        -0.377095869, 0.2636155382, -0.5222903852, 1.574861508, -0.385704928, 0.2063477965, -0.5575671103,
        1.564819934,
      ], squares: 353.167372349, gradientSquared: 4440654.78669)
  }

  @Test("A transformer with normalization has the numbers of another implementation") func normalized() {
    check(
      transformer(.before, 0),
      last: [
        -0.1251915688, -0.3855487227, -0.2867965185, -0.8541406075, -0.1286244692, -0.382661564, -0.2873064331,
        -0.8544427843,
      ], squares: 9.55115343718, gradientSquared: 1307.83774714)
    check(
      transformer(.before, 2),
      last: [
        -0.05270221694, -0.3394995838, -0.3217746846, -0.8633655022, -0.05643072304, -0.335942986, -0.3223952001,
        -0.863615428,
      ], squares: 9.59991706292, gradientSquared: 1343.44523775)
  }

  @Test("Convolutions with attention have the numbers of another implementation") func convolutions() {
    check(
      TemporalConvolutions(inputSize: 3, width: 2, filters: 2, blocks: 1, attentionWidth: 2, longest: 6),
      last: [
        0.759649295, -0.09059945638, 0.1693248853, -0.05431131445, 0.258440808, -0.02258723304, 0.1384477928,
        -0.2413484413, 0.3767215737, 0.7170626311, 0.7515342119, -0.08792059583, 0.1672608965, -0.05742813399,
        0.2599635252, -0.02022718762, 0.1390812285, -0.2400374618, 0.3734326325, 0.7099963849,
      ], squares: 16.5390368304, gradientSquared: 2175.51781101)
  }

  @Test("Causal attention has the reads of the specification") func attention() {
    let attention = CausalAttention(heads: 1, headWidth: 2)
    let projected = tensor([1, 0, 1, 2, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, -1, 1, 2, 2], [3, 6])
    let ours = attention.reads(projected, attention.layout(steps: 3, rows: 1, precision: .double)).doubles
    #expect(distance(ours, [1, 0, 0.6697615493, 0.3302384507, 0.909578584, 0.3542676323]) < 1e-9)
  }
}

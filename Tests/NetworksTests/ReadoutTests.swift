import Networks
import Tensors
import Testing

/// Layers whose weights are made from a memory's features (Beck et al., 2022).
@Suite struct ReadoutTests {
  static let made: [Readout.Kind] = [.generated, .modulated]

  private func network(_ kind: Readout.Kind, _ initializer: Readout.Initializer = .bias) -> MemoryNetwork {
    MemoryNetwork(
      inputSize: 6,
      readout: Readout(kind, width: 5, observationSize: 4, latentSize: 3, initializer: initializer), outputSize: 2,
      prefix: "n."
    ) { RecurrentMemory(cell: .gru, inputSize: $0, hiddenSize: 7, prefix: $1) }
  }

  private let steps = 5, rows = 3
  private var inputs: Tensor { tensor(numbers(steps * rows * 6, seed: 3), [steps, rows, 6]) }

  @Test("Step by step, made layers have the bits of the whole sequence", arguments: made)
  func bitsOfSteps(kind: Readout.Kind) {
    let network = network(kind)
    let theta = network.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2).map {
      $0.converted(to: .float)
    }
    let inputs = inputs.converted(to: .float)
    let whole = network(inputs, theta).floats
    var state = network.birth(rows: rows)
    for step in 0..<steps {
      let next = network.step(inputs.slice(step..<step + 1).reshaped([rows, 6]), from: state, theta)
      state.append(next.rows)
      #expect(next.output.floats == Array(whole[step * rows * 2..<(step + 1) * rows * 2]))
    }
  }

  @Test("A generated layer is the product with each row's own weights") func ownWeights() {
    let network = network(.generated)
    let theta = network.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2)
    let features = network.memory.features(of: inputs, theta)
    let latents = features.dense(theta["n.latent.weights"], theta["n.latent.bias"], .identity).doubles
    /// W₀ + Σ zₖ Wₖ, or the same for a bias.
    func made(_ name: String, _ row: Int) -> [Double] {
      let generator = theta["n.\(name).generator"].doubles
      var values = theta["n.\(name)"].doubles
      // Generators of weights are laid out by input, latent, output.
      let columns = theta["n.\(name)"].shape.last ?? 1
      for i in values.indices {
        let start = i / columns * 3 * columns + i % columns
        for k in 0..<3 { values[i] += latents[row * 3 + k] * generator[start + k * columns] }
      }
      return values
    }
    func layer(_ x: [Double], _ name: String, _ row: Int) -> [Double] {
      let (weights, bias) = (made("\(name).weights", row), made("\(name).bias", row))
      return bias.indices.map { unit in
        x.indices.reduce(bias[unit]) { $0 + x[$1] * weights[$1 * bias.count + unit] }
      }
    }
    let shown = inputs.doubles
    let expected = (0..<steps * rows).flatMap { row -> [Double] in
      let observation = Array(shown[row * 6..<row * 6 + 4])
      return layer(layer(observation, "readout", row).map { max($0, 0) }, "output", row)
    }
    #expect(distance(network(inputs, theta).doubles, expected) < 1e-12)
  }

  @Test("At first, nothing depends on the memory, bit by bit, and only generators have a gradient", arguments: made)
  func firstOutputs(kind: Readout.Kind) {
    let network = network(kind)
    let theta = network.makeParameters(using: RandomStream(seed: 1))
    let inputs = inputs.converted(to: .float)
    // The same observations after other actions and rewards.
    var others = inputs.floats
    for row in 0..<steps * rows { for i in 4..<6 { others[row * 6 + i] = 3 } }
    #expect(network(inputs, theta).floats == network(Tensor(others, shape: inputs.shape), theta).floats)
    let gradient = valueAndGradient(at: theta) { theta in
      let y = network(inputs, theta)
      return (y * y).sum()
    }.gradient
    for name in network.memory.parameterNames + ["n.latent.weights", "n.latent.bias"] {
      #expect(gradient[name].floats.allSatisfy { $0 == 0 }, "\(name)")
    }
    for name in network.parameterNames where name.hasSuffix("generator") {
      #expect(gradient[name].floats.contains { $0 != 0 }, "\(name)")
    }
    // The control: drawn as usual, layers depend on the memory.
    let usual = self.network(kind, .kaiming)
    let drawn = usual.makeParameters(using: RandomStream(seed: 1))
    #expect(usual(inputs, drawn).floats != usual(Tensor(others, shape: inputs.shape), drawn).floats)
  }

  @Test(arguments: made) func gradientsEqualDifferences(kind: Readout.Kind) {
    let network = network(kind)
    let theta = network.makeParameters(using: RandomStream(seed: 1)).direction(seed: 2)
    let inputs = inputs
    func loss(_ theta: Parameters) -> Tensor {
      let y = network(inputs, theta)
      return (y * y).sum()
    }
    let gradient = valueAndGradient(at: theta, of: loss).gradient
    for seed in 5..<8 as Range<UInt64> {
      let (direction, h) = (theta.direction(seed: seed), 1e-6)
      let difference = (loss(theta + h * direction).scalar - loss(theta - h * direction).scalar) / (2 * h)
      #expect(abs(gradient.dot(direction) - difference) < 1e-5 * max(1, abs(difference)))
    }
  }
}

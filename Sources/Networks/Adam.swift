import Tensors

/// Adam (Kingma & Ba, 2015, Algorithm 1).
public struct Adam: Codable, Sendable {
  /// Size of a step: α in the paper.
  public var stepSize: Double
  /// Decay of the mean of gradients: β₁ in the paper.
  public var firstDecay: Double
  /// Decay of the mean of squared gradients: β₂ in the paper.
  public var secondDecay: Double
  /// Added to the denominator: ε in the paper.
  public var epsilon: Double
  private var steps = 0
  private var first: Parameters?
  private var second: Parameters?

  /// Starts without memory of earlier gradients.
  public init(stepSize: Double, firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-8) {
    self.stepSize = stepSize
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
  }

  /// Whether what it remembers, if anything, is of parameters of these names and shapes.
  public func canMove(_ parameters: Parameters) -> Bool {
    (0..<1 << 53).contains(steps) && (first?.hasForm(of: parameters) ?? true)
      && (second?.hasForm(of: parameters) ?? true)
  }

  /// Takes one step down a gradient; what comes out has no history.
  ///
  /// - Precondition: the gradient has the names and shapes of the parameters.
  public mutating func update(_ parameters: inout Parameters, along gradient: Parameters) {
    precondition(gradient.names == parameters.names, "a gradient of \(gradient.names) for \(parameters.names)")
    steps += 1
    let step = AdamStep(
      decays: (firstDecay, secondDecay),
      scales: (1 / (1 - power(firstDecay, steps)), 1 / (1 - power(secondDecay, steps))), epsilon: epsilon,
      stepSize: stepSize)
    let (oldFirst, oldSecond) = (first ?? 0 * gradient, second ?? 0 * gradient)
    let new = parameters.names.indices.map { i in
      step(
        gradient.tensors[i], first: oldFirst.tensors[i], second: oldSecond.tensors[i], values: parameters.tensors[i]
      )
    }
    let names = parameters.names
    first = Parameters(names: names, tensors: new.map(\.first))
    second = Parameters(names: names, tensors: new.map(\.second))
    parameters = Parameters(names: names, tensors: new.map(\.values))
  }
}

/// A whole power by repeated multiplication, so that it has the same bits on every system.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

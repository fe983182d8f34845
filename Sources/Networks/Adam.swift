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

  /// Starts without memory.
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

  /// Takes one step down a gradient.
  public mutating func update(_ parameters: inout Parameters, along gradient: Parameters) {
    steps += 1
    let first = firstDecay * (first ?? 0 * gradient) + (1 - firstDecay) * gradient
    let second = secondDecay * (second ?? 0 * gradient) + (1 - secondDecay) * (gradient * gradient)
    (self.first, self.second) = (first, second)
    let firstScale = 1 / (1 - power(firstDecay, steps))
    let secondScale = 1 / (1 - power(secondDecay, steps))
    let step = first.zip(second) { m, v in
      let denominator = (secondScale * v).squareRoot() + Tensor(epsilon, precision: v.precision)
      return (firstScale * m) * denominator.reciprocal()
    }
    parameters = parameters - stepSize * step
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

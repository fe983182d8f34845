import Foundation
import Tensors

// Distributions of posteriors. They use powers and logarithms of the C library: on another system their last
// bits may differ.
extension RandomStream {
  /// A number with a beta distribution: a gamma-distributed number as a share of its sum with another.
  ///
  /// - Precondition: both parameters are positive.
  package mutating func beta(_ successes: Double, _ failures: Double) -> Double {
    let (won, lost) = (gamma(shape: successes), gamma(shape: failures))
    // Both can underflow to 0 where both shapes are tiny; then all weight is at the ends.
    return won + lost > 0 ? won / (won + lost) : (uniform() * (successes + failures) < successes ? 1 : 0)
  }

  /// A number with a gamma distribution of scale 1.
  ///
  /// For small whole shapes, a sum of exponential numbers; for others Marsaglia & Tsang (2000), "A simple method for
  /// generating gamma variables", section 2 and, for shapes below 1, the last remark of section 6.
  ///
  /// - Precondition: the shape is positive.
  package mutating func gamma(shape: Double) -> Double {
    if shape < 1 {
      let larger = gamma(shape: shape + 1)
      return larger * pow(1 - uniform(), 1 / shape)
    }
    // Most beliefs are flat but for a few counts. 1 - uniform() is never 0, so logarithms are finite.
    if shape <= 4, shape == shape.rounded() {
      var product = 1 - uniform()
      for _ in 1..<Int(shape) { product *= 1 - uniform() }
      return -log(product)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      let chance = 1 - uniform()
      // The squeeze of the paper: it spares most of the logarithms.
      if chance < 1 - 0.0331 * x * x * x * x { return d * v }
      if log(chance) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// Replaces weights by a distribution over them that is drawn from the Dirichlet distribution with those parameters.
  ///
  /// Outcomes of weight 0 have probability 0.
  ///
  /// - Parameters:
  ///   - weights: not negative, at least one of them positive.
  ///   - chances: uniform numbers in [0, 1), one an outcome, for weights of 1: most are, and such numbers are cheaper
  ///     by the hundred.
  ///   - endings: the weight of a further outcome, whose probability is what is missing from 1.
  package mutating func dirichlet(
    _ weights: UnsafeMutableBufferPointer<Double>, chances: UnsafeBufferPointer<Float>, endings: Double = 0
  ) {
    var sum = endings > 0 ? gamma(shape: endings) : 0
    for (outcome, weight) in weights.enumerated() where weight > 0 {
      weights[outcome] = weight == 1 ? -log(1 - Double(chances[outcome])) : gamma(shape: weight)
      sum += weights[outcome]
    }
    // All can underflow to 0 where all weights are tiny; the distribution is not defined then, and any will do.
    guard sum > 0 else {
      weights[integer(below: weights.count)] = 1
      return
    }
    let scale = 1 / sum
    for outcome in weights.indices { weights[outcome] *= scale }
  }

  /// Uniform numbers in [0, 1).
  package mutating func uniforms(_ count: Int) -> [Float] {
    var lanes = LaneRandom([self])
    let numbers = lanes.uniforms(perLane: count)
    self = lanes[0]
    return numbers
  }
}

import Foundation
import Tensors
import Testing

@Suite struct SoftmaxTests {
  private func numbers(_ count: Int, seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in random.uniform(-3, 3) }
  }

  /// The rows of causal attention with queries (1,0), (0,1), (1,1), keys (1,2), (0,1), (-1,1) and scale 1/√2.
  @Test func theLogarithmOfASumOfExponentialsHasTheValuesOfTheSpecification() {
    let h = 0.5.squareRoot()
    let rows: [([Double], Double)] = [
      ([h], 0.7071067812), ([2 * h, h], 1.8150470888), ([3 * h, h, 0], 2.4310011481),
    ]
    for (row, expected) in rows {
      let masked = row + [Double](repeating: -1e9, count: 3 - row.count)
      for values in [row, masked] {
        let ours = Tensor(values, shape: [1, values.count], precision: .double).logSumExp()
        #expect(ours.shape == [1, 1])
        #expect(abs(ours.scalar - expected) < 1e-10)
      }
    }
  }

  @Test(
    "The last axis of any shape is summed, in blocks that change nothing",
    arguments: [[5], [7, 3], [3, 4, 33], [2000, 5]])
  func shapes(shape: [Int]) {
    let width = shape[shape.count - 1]
    let values = numbers(shape.reduce(1, *), seed: 1)
    let ours = Tensor(values, shape: shape, precision: .double).logSumExp()
    #expect(ours.shape == shape.dropLast() + [1])
    for (row, value) in ours.doubles.enumerated() {
      let sum = values[row * width..<(row + 1) * width].reduce(0) { $0 + Foundation.exp($1) }
      #expect(abs(value - Foundation.log(sum)) < 1e-13)
    }
    let single = Tensor(values, shape: shape, precision: .float)
    let rows = single.reshaped([values.count / width, width])
    let together = single.logSumExp().floats
    for row in 0..<values.count / width {
      #expect(rows.slice(row..<row + 1).logSumExp().floats == [together[row]])
    }
  }

  @Test(arguments: [Precision.float, .double]) func largeInputsNeitherOverflowNorVanish(precision: Precision) {
    let rows: [([Double], Double)] = [
      ([1000, 1000], 1000 + Foundation.log(2)), ([-1000, -1000], -1000 + Foundation.log(2)), ([3e8, -3e8], 3e8),
      ([-.infinity, 2], 2), ([0, -1e9], 0), ([1e30, 0], 1e30),
    ]
    for (values, expected) in rows {
      let x = Tensor(values, shape: [1, 2], precision: precision)
      #expect(abs(x.logSumExp().scalar / (expected == 0 ? 1 : expected) - (expected == 0 ? 0 : 1)) < 1e-6)
      #expect(abs(x.softmax().sum().scalar - 1) < 1e-4)
      let gradient = valueAndGradient(at: Parameters(names: ["x"], tensors: [x])) { $0["x"].logSumExp().sum() }
        .gradient
      #expect(gradient.isFinite && abs(gradient["x"].sum().scalar - 1) < 1e-4)
    }
  }

  @Test("A row of one number is its own logarithm of a sum, and its softmax is 1") func rowsOfOne() {
    let values: [Float] = [0.3, -7, 1e20, -1e9, 0]
    let x = Tensor(values, shape: [5, 1])
    #expect(x.logSumExp().floats == values)
    #expect(x.softmax().floats.allSatisfy { $0 == 1 })
  }

  @Test("Where a number is not one, neither is the result") func notNumbers() {
    for values in [[Float.nan, 1], [1, .nan], [.nan, .nan], [-.infinity, .nan], [.infinity, 1]] as [[Float]] {
      #expect(!Tensor(values, shape: [1, 2]).logSumExp().isFinite)
    }
  }

  /// What a cache relies on: a step that is masked, before or after, leaves the probabilities of the others as they are.
  @Test(arguments: [1, 5, 16, 17, 40]) func maskedNumbersChangeNoBit(width: Int) {
    let row = Tensor(numbers(width, seed: 2), shape: [1, width], precision: .float)
    let (alone, probabilities) = (row.logSumExp().floats, row.softmax().floats)
    for (before, after) in [(0, 1), (0, 31), (16, 0), (32, 7)] {
      func masks(_ count: Int) -> Tensor { Tensor(repeating: -1e9, shape: [1, count]) }
      let padded = Tensor.concatenate([masks(before), row, masks(after)], axis: 1)
      #expect(padded.logSumExp().floats == alone)
      let all = padded.softmax().floats
      #expect(Array(all[before..<before + width]) == probabilities)
      #expect((all[..<before] + all[(before + width)...]).allSatisfy { $0.bitPattern == 0 })
    }
  }

  @Test func layerNormalizationHasTheValuesOfTheSpecification() {
    let ours = Tensor([1, 2, 4, -1], shape: [1, 4], precision: .double).layerNormalized().doubles
    let expected = [-0.2773496714, 0.2773496714, 1.3867483571, -1.3867483571]
    for (a, b) in zip(ours, expected) { #expect(abs(a - b) < 1e-10) }
  }
}

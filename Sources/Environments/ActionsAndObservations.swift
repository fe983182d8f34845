import MetaRL
import Tensors

extension Actions {
  /// The vectors of all lanes, `[lane, size]` row by row, every number clipped to ±1.
  ///
  /// - Precondition: the actions are continuous and have `size` numbers in each of `lanes` lanes.
  package func clipped(lanes: Int, size: Int) -> [Float] {
    guard case .continuous(let tensor) = self, tensor.shape == [lanes, size] else {
      preconditionFailure("this environment takes continuous actions of shape [\(lanes), \(size)]")
    }
    var values = tensor.floats
    for i in values.indices { values[i] = max(-1, min(1, values[i])) }
    return values
  }

  /// The choices of all lanes.
  ///
  /// - Precondition: the actions are discrete, one in each of `lanes` lanes, all below `count`.
  func choices(lanes: Int, count: Int) -> [Int] {
    guard case .discrete(let choices) = self, choices.count == lanes,
      choices.allSatisfy({ 0 <= $0 && $0 < count })
    else {
      preconditionFailure("this environment takes one choice of \(count) in each of \(lanes) lanes")
    }
    return choices
  }
}

extension Tensor {
  /// A 1 in each row, in the column of that row's number: `[number, column]`.
  ///
  /// - Precondition: the numbers are below `count` and not negative.
  init(oneHot numbers: [Int], count: Int) {
    var values = [Float](repeating: 0, count: numbers.count * count)
    for (row, number) in numbers.enumerated() { values[row * count + number] = 1 }
    self.init(values, shape: [numbers.count, count])
  }
}

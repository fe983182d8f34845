import Tensors

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

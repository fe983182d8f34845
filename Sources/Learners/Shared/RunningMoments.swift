import Tensors

/// Mean and deviation of numbers that come one after the other (Welford, 1962).
package struct RunningMoments: Codable, Sendable, Equatable {
  package private(set) var count = 0.0
  package private(set) var mean = 0.0
  /// The sum of squared distances from the mean.
  private(set) var squares = 0.0

  /// Of no numbers.
  package init() {}

  /// The deviation; 1 while nothing has deviated.
  package var deviation: Double {
    guard count > 0, squares > 0 else { return 1 }
    let deviation = (squares / count).squareRoot()
    return deviation > 1e-8 ? deviation : 1
  }

  /// Counts one more number.
  package mutating func include(_ number: Double) {
    count += 1
    let distance = number - mean
    mean += distance / count
    squares += distance * (number - mean)
  }

  /// Counts the discounted sums of the rewards of a lifetime: their deviation is the size of what values predict.
  ///
  /// As in the code of Zintgraf et al. (2020), without its clipping, each step of a lifetime counts with R ← γ R + r, the
  /// sum of the rewards up to it, the latest counting most.
  package mutating func include(sumsOf rewards: [Float], discount: Double) {
    var sum = 0.0
    for reward in rewards {
      sum = discount * sum + Double(reward)
      include(sum)
    }
  }

  /// Whether these can be the moments of some numbers.
  var isSound: Bool { count >= 0 && squares >= 0 && count.isFinite && mean.isFinite && squares.isFinite }
}

extension [RunningMoments] {
  /// Counts rows of numbers, each in the moments of its column.
  package mutating func include(rows: [Float]) {
    var column = 0
    for number in rows {
      self[column].include(Double(number))
      column = column + 1 == count ? 0 : column + 1
    }
  }

  /// Rows `[row, column]` of which each column has its mean subtracted and is divided by its deviation.
  ///
  /// Numbers beyond ±10 deviations are brought there: an input that was nearly constant so far has hardly a deviation.
  package func standardizing(_ rows: Tensor) -> Tensor { scaled(rows).clamped(to: -10...10) }

  /// The same, however far from the mean.
  func scaled(_ rows: Tensor) -> Tensor {
    let means = Tensor(map { Float($0.mean) })
    let factors = Tensor(map { Float(1 / $0.deviation) })
    return (rows - means) * factors
  }
}

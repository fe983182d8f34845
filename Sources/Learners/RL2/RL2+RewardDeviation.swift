/// The running deviation of discounted sums of rewards: the size of what values predict.
///
/// As in the code of Zintgraf et al. (2020), without its clipping, each step of a lifetime counts with R ← γ R + r, the sum of the rewards up to
/// it, the latest counting most.
package struct RewardDeviation: Codable, Sendable, Equatable {
  private(set) var count = 0.0
  private(set) var mean = 0.0
  /// The sum of squared distances from the mean.
  private(set) var squares = 0.0

  /// Of nothing: 1.
  package init() {}

  /// The deviation; 1 while nothing has deviated.
  package var value: Double {
    guard count > 0, squares > 0 else { return 1 }
    let deviation = (squares / count).squareRoot()
    return deviation > 1e-8 ? deviation : 1
  }

  /// Whether these can be the numbers of a deviation.
  var isSound: Bool { count >= 0 && squares >= 0 && count.isFinite && mean.isFinite && squares.isFinite }

  /// Counts the rewards of a lifetime.
  package mutating func include(_ rewards: [Float], discount: Double) {
    var sum = 0.0
    for reward in rewards {
      sum = discount * sum + Double(reward)
      count += 1
      let distance = sum - mean
      mean += distance / count
      squares += distance * (sum - mean)
    }
  }
}

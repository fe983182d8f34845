import Foundation

/// The Gittins indices of arms that pay 1 or 0, by their successes and failures.
///
/// The index of an arm is the reward a pull, paid for certain and for ever, at which one is indifferent between
/// retiring on it at once and pulling the arm once more, to choose again afterwards (Gittins 1979, "Bandit processes
/// and dynamic allocation indices"; the *calibration*). For each of many such rates, dynamic programming over what can
/// be seen of one arm gives the gain of a pull over retiring at once, and how the gain changes with the rate. An index
/// is where the gain of its record crosses 0. The gain is convex in the rate, so the index lies between the zeros of
/// the tangents and that of the chord at the neighboring rates, and there it is taken from the cubic polynomial with
/// those gains and slopes.
package struct GittinsIndices: Sendable {
  /// The records that the table has are those of fewer pulls than this.
  package let pullCount: Int
  /// By pulls, then successes: record `(s, f)` is at `(s + f)(s + f + 1) / 2 + s`.
  private var indices: [Double]

  /// The index of a record.
  ///
  /// - Returns: nil if there are as many pulls as `pullCount`.
  package func index(successes: Int, failures: Int) -> Double? {
    let pulls = successes + failures
    return pulls < pullCount ? indices[pulls * (pulls + 1) / 2 + successes] : nil
  }

  /// Computes the indices of all records of fewer than `pullCount` pulls.
  ///
  /// With the uniform prior, indices are right to about 5 · 10⁻⁶ for up to 100 pulls and a discount of up to 0.99, and
  /// to 10⁻⁴ for 300 pulls and a discount of 0.997. Rates are fewer for longer lifetimes, and the gain bends at each of
  /// the indices that a pull more can lead to, so there less is promised; nor beyond a discount of 0.999, where the
  /// future is cut off after 12,000 further pulls.
  ///
  /// - Parameters:
  ///   - pullCount: at least 1.
  ///   - discount: of each pull with respect to the one before, 0 or more and below 1.
  ///   - prior: what is thought of an arm before the first pull.
  /// - Complexity: for 10, 100, 500 and 1000 pulls and a discount of 1 - 1 / pulls, about 0.1, 1, 3 and 4 seconds.
  package init(pullCount: Int, discount: Double, prior: BetaPrior) {
    self.pullCount = pullCount
    let recordCount = pullCount * (pullCount + 1) / 2
    indices = [Double](repeating: 0, count: recordCount)
    var search = IndexSearch(recordCount: recordCount, pullCount: pullCount, prior: prior)
    // What comes after this many further pulls hardly counts, and by then an arm is known.
    let depth = pullCount + Int(min(12_000, (10 / (1 - discount)).rounded(.up)))
    // The work for one rate grows with the power 1.5 of the depth.
    let work = 4 * pow(Double(depth), 1.5)
    let rateCount = Int(min(4096, max(256, 1e9 / work)))
    for step in 1...rateCount {
      // With these rates, the distance of neighbors is the same share of a posterior's deviation everywhere.
      let sine = sin(Double(step) / Double(rateCount) * .pi / 2)
      search.tryRate(step == rateCount ? 1 : sine * sine, discount: discount, depth: depth, into: &indices)
    }
  }
}

/// The gains of a pull at the rates tried so far.
private struct IndexSearch {
  let pullCount: Int
  let prior: BetaPrior
  /// The rate that was tried last.
  var lastRate = 0.0
  /// The gain of a pull at that rate for each record, over retiring at once.
  var lastGains: [Double]
  /// The derivatives of those gains with respect to the rate.
  var lastSlopes: [Double]
  /// The value of a record: the larger of the rate and of a pull; and its derivative with respect to the rate.
  var values: [Double] = []
  var slopes: [Double] = []

  /// Begins with the rate 0, at which nobody retires: the gain is the posterior's mean.
  init(recordCount: Int, pullCount: Int, prior: BetaPrior) {
    self.pullCount = pullCount
    self.prior = prior
    lastGains = [Double](repeating: 0, count: recordCount)
    lastSlopes = [Double](repeating: -1, count: recordCount)
    for pulls in 0..<pullCount {
      for successes in 0...pulls {
        lastGains[pulls * (pulls + 1) / 2 + successes] = mean(successes, of: pulls)
      }
    }
  }

  private func mean(_ successes: Int, of pulls: Int) -> Double {
    (Double(successes) + prior.successes) / (Double(pulls) + prior.successes + prior.failures)
  }

  /// Works back from records of `depth` pulls, and notes the indices that lie between the last rate and this one.
  ///
  /// Values are per step, that is, times 1 - discount: retiring on a rate is worth the rate. They are kept in one row
  /// that is overwritten for fewer and fewer pulls. Where the posterior's mean is six deviations or more from the
  /// rate, the choice is certain, and the value is that of an immediate choice.
  mutating func tryRate(_ rate: Double, discount: Double, depth: Int, into indices: inout [Double]) {
    values = [Double](repeating: rate, count: depth + 3)
    slopes = [Double](repeating: 1, count: depth + 3)
    let deviation = 6 * (rate * (1 - rate)).squareRoot()
    for pulls in stride(from: depth, through: 0, by: -1) {
      let weight = Double(pulls) + prior.successes + prior.failures
      let (center, reach) = (rate * weight - prior.successes, deviation * weight.squareRoot() + 12)
      let low = max(0, min(pulls, Int(center - reach)))
      let high = max(low, min(pulls, Int(center + reach)))
      if pulls == depth {
        for successes in low...high {
          let mean = mean(successes, of: pulls)
          if mean > rate { (values[successes], slopes[successes]) = (mean, 0) }
        }
      } else if pulls >= pullCount {
        stepBack(low...high, pulls: pulls, rate: rate, discount: discount)
      } else {
        note(low...high, pulls: pulls, rate: rate, discount: discount, into: &indices)
        stepBack(low...high, pulls: pulls, rate: rate, discount: discount)
      }
      // The row with one pull less reaches one place beyond.
      (values[high + 1], slopes[high + 1]) = (mean(high + 1, of: pulls), 0)
    }
    lastRate = rate
  }

  /// Overwrites the values of records with one pull more by those of records with this many.
  private mutating func stepBack(_ range: ClosedRange<Int>, pulls: Int, rate: Double, discount: Double) {
    let (shift, scale) = (prior.successes, 1 / (Double(pulls) + prior.successes + prior.failures))
    values.withUnsafeMutableBufferPointer { values in
      slopes.withUnsafeMutableBufferPointer { slopes in
        var (value, slope) = (values[range.lowerBound], slopes[range.lowerBound])
        for successes in range {
          let mean = (Double(successes) + shift) * scale
          let (valueIfPaid, slopeIfPaid) = (values[successes + 1], slopes[successes + 1])
          let pulling = mean + discount * (value + mean * (valueIfPaid - value) - mean)
          let slopeOfPulling = discount * (slope + mean * (slopeIfPaid - slope))
          let pulls = pulling > rate
          values[successes] = pulls ? pulling : rate
          slopes[successes] = pulls ? slopeOfPulling : 1
          (value, slope) = (valueIfPaid, slopeIfPaid)
        }
      }
    }
  }

  /// Notes gains, and indices where a gain has crossed 0.
  private mutating func note(
    _ range: ClosedRange<Int>, pulls: Int, rate: Double, discount: Double, into indices: inout [Double]
  ) {
    let row = pulls * (pulls + 1) / 2
    for successes in range {
      let mean = mean(successes, of: pulls)
      let (value, slope) = (values[successes], slopes[successes])
      let gain = mean + discount * (value + mean * (values[successes + 1] - value) - mean) - rate
      let slopeOfGain = discount * (slope + mean * (slopes[successes + 1] - slope)) - 1
      let (last, lastSlope) = (lastGains[row + successes], lastSlopes[row + successes])
      if last > 0, gain <= 0 {
        let share = zero(from: last, lastSlope * (rate - lastRate), to: gain, slopeOfGain * (rate - lastRate))
        indices[row + successes] = lastRate + share * (rate - lastRate)
      }
      (lastGains[row + successes], lastSlopes[row + successes]) = (gain, slopeOfGain)
    }
  }
}

/// The zero of a convex function that falls from above 0 to 0 or less on the unit interval.
private func zero(from start: Double, _ startSlope: Double, to end: Double, _ endSlope: Double) -> Double {
  // A convex function is above its tangents and below its chord.
  var low = max(0, startSlope < 0 ? -start / startSlope : 0, endSlope < 0 ? 1 - end / endSlope : 0)
  var high = start / (start - end)
  for _ in 0..<40 where low < high {
    let x = (low + high) / 2
    let y = 1 - x
    let cubic =
      (1 + 2 * x) * y * y * start + x * y * y * startSlope + x * x * (3 - 2 * x) * end - x * x * y * endSlope
    if cubic > 0 { low = x } else { high = x }
  }
  return (low + high) / 2
}

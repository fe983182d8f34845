/// The best arm to pull for every record that the arms of a bandit can have, and what is earned by it.
///
/// Dynamic programming over posteriors, for arms that pay 1 or 0. Arms are alike before they are pulled, so a
/// belief is the multiset of the arms' records; and those that differ only in which arm is which are one.
package struct BayesOptimalPulls: Sendable {
  /// The successes and failures of one arm: the first in the upper half, the second in the lower.
  package typealias Record = UInt32

  package let pullCount: Int
  /// The expected total reward of a lifetime.
  package private(set) var value = 0.0
  private let prior: BetaPrior
  /// The distinct records: more arms than pulls are equivalent to one a pull.
  private let armCount: Int
  /// By the records of all arms in ascending order: the record of the arm to pull.
  private var choices: [[Record]: Record] = [:]

  /// Solves the bandit.
  ///
  /// - Complexity: `beliefCount` beliefs, some microseconds each.
  package init(armCount: Int, pullCount: Int, prior: BetaPrior) {
    self.pullCount = pullCount
    self.armCount = min(armCount, pullCount)
    self.prior = prior
    var values: [[Record]: Double] = [:]
    value = solve([Record](repeating: 0, count: self.armCount), pullsLeft: pullCount, &values)
  }

  package static func record(successes: Int, failures: Int) -> Record {
    Record(successes) << 16 | Record(failures)
  }

  /// The record of the arm to pull.
  ///
  /// - Parameter records: those of all arms, in any order.
  /// - Returns: nil if no pull of the lifetime is left.
  package func choice(_ records: [Record]) -> Record? { choices[Array(records.sorted().suffix(armCount))] }

  /// The number of beliefs, those without a pull left not counted; or something above `limit`.
  package static func beliefCount(armCount: Int, pullCount: Int, limit: Double) -> Double {
    let armCount = min(armCount, pullCount)
    // The multisets of records of pulled arms, by the number of arms and of pulls in them.
    var counts = [[Double]](repeating: [Double](repeating: 0, count: pullCount), count: armCount + 1)
    counts[0][0] = 1
    var total = 1.0
    for pulls in stride(from: 1, to: pullCount, by: 1) {
      // One record a number of successes.
      for _ in 0...pulls {
        for arms in stride(from: 1, through: armCount, by: 1) {
          for sum in stride(from: pulls, to: pullCount, by: 1) {
            counts[arms][sum] += counts[arms - 1][sum - pulls]
          }
        }
      }
      total = counts.joined().reduce(0, +)
      if total > limit { return total }
    }
    return total
  }

  /// The expected reward of each pull: beliefs are followed forwards, in an order that is always the same.
  package var rewards: [Double] {
    var shares = [[Record](repeating: 0, count: armCount): 1.0]
    return (0..<pullCount).map { _ in
      var (reward, next) = (0.0, [[Record]: Double]())
      for (belief, share) in shares.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
        guard let arm = choices[belief].flatMap({ belief.lastIndex(of: $0) }) else { continue }
        let probability = prior.mean(of: belief[arm])
        reward += share * probability
        next[raised(belief, arm, by: 1 << 16), default: 0] += share * probability
        next[raised(belief, arm, by: 1), default: 0] += share * (1 - probability)
      }
      shares = next
      return reward
    }
  }

  private mutating func solve(_ belief: [Record], pullsLeft: Int, _ values: inout [[Record]: Double]) -> Double {
    if pullsLeft == 0 { return 0 }
    if let value = values[belief] { return value }
    var best = (value: -Double.infinity, record: Record(0))
    for arm in belief.indices where arm == 0 || belief[arm] != belief[arm - 1] {
      let probability = prior.mean(of: belief[arm])
      let won = 1 + solve(raised(belief, arm, by: 1 << 16), pullsLeft: pullsLeft - 1, &values)
      let lost = solve(raised(belief, arm, by: 1), pullsLeft: pullsLeft - 1, &values)
      let value = probability * won + (1 - probability) * lost
      if value > best.value { best = (value, belief[arm]) }
    }
    values[belief] = best.value
    choices[belief] = best.record
    return best.value
  }

  /// The belief with the record of an arm raised, in order.
  private func raised(_ belief: [Record], _ arm: Int, by amount: Record) -> [Record] {
    var belief = belief
    belief[arm] += amount
    var place = arm
    while place + 1 < belief.count, belief[place] > belief[place + 1] {
      belief.swapAt(place, place + 1)
      place += 1
    }
    return belief
  }
}

extension BetaPrior {
  /// The probability that an arm with a record pays.
  fileprivate func mean(of record: BayesOptimalPulls.Record) -> Double {
    let (wins, losses) = (Double(record >> 16), Double(record & 0xFFFF))
    return (wins + successes) / (wins + losses + successes + failures)
  }
}

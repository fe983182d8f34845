extension BernoulliBandit {
  /// The mean total reward of a lifetime of the best agent that does not know the probabilities: no learner can earn
  /// more, on average over tasks.
  ///
  /// Dynamic programming over posteriors, from the uniform prior that tasks are drawn from. Arms
  /// with the same record are alike, so a belief is the multiset of the successes and failures of each arm.
  ///
  /// The number of beliefs grows fast with the number of pulls: 10 pulls of any number of arms take a second, and so do
  /// 60 pulls of two arms; 100 pulls of five arms are out of reach.
  public func bayesOptimalReturn() -> Double {
    var solver = BayesSolver()
    // More arms than pulls are as good as one a pull.
    return solver.value(of: [UInt32](repeating: 0, count: min(arms, pulls)), pullsLeft: pulls)
  }

  /// The values of beliefs that were asked for before.
  private struct BayesSolver {
    /// By posterior; a posterior determines its number of pulls.
    private var known: [[UInt32]: Double] = [:]

    /// The best expected total reward of the pulls that are left.
    ///
    /// - Parameters:
    ///   - belief: an arm's successes in the upper and its failures in the lower half, arms in ascending order.
    ///   - pullsLeft: the pulls that are left.
    /// - Returns: the value.
    mutating func value(of belief: [UInt32], pullsLeft: Int) -> Double {
      if pullsLeft == 0 { return 0 }
      if let value = known[belief] { return value }
      var best = 0.0
      for arm in belief.indices where arm == 0 || belief[arm] != belief[arm - 1] {
        let (successes, failures) = (Double(belief[arm] >> 16), Double(belief[arm] & 0xFFFF))
        let probability = (successes + 1) / (successes + failures + 2)
        // A belief that is updated stays in order but for the arm that was pulled.
        let won = 1 + value(of: Self.updated(belief, arm, by: 1 << 16), pullsLeft: pullsLeft - 1)
        let lost = value(of: Self.updated(belief, arm, by: 1), pullsLeft: pullsLeft - 1)
        best = max(best, probability * won + (1 - probability) * lost)
      }
      known[belief] = best
      return best
    }

    /// The belief with the record of an arm raised, in order.
    private static func updated(_ belief: [UInt32], _ arm: Int, by amount: UInt32) -> [UInt32] {
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
}

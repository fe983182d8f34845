/// A Markov decision process of a few states, as tables.
public struct FiniteMDP: Sendable {
  /// The number of states, which are numbered from 0.
  public let stateCount: Int
  /// The number of actions, which are numbered from 0.
  public let actionCount: Int
  /// `[state, action]`, row by row: the mean reward.
  public var rewards: [Double]
  /// `[state, action, next state]`, row by row: the probability of the next state.
  ///
  /// The difference of a row's sum to 1 is the probability that the episode ends.
  public var transitions: [Double]

  /// Puts tables of rewards and transitions together.
  ///
  /// - Precondition: the tables have the sizes that the counts say.
  public init(stateCount: Int, actionCount: Int, rewards: [Double], transitions: [Double]) {
    precondition(
      rewards.count == stateCount * actionCount && transitions.count == rewards.count * stateCount,
      "the tables are not those of \(stateCount) states and \(actionCount) actions")
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.rewards = rewards
    self.transitions = transitions
  }

  /// The expected sum of rewards from a state on, if an action is taken and then always the best, without discount.
  ///
  /// Backward induction: with one step to go the value is the reward; each step before adds a reward.
  ///
  /// - Parameters:
  ///   - horizon: the steps of an episode, at least 1.
  ///   - bonuses: `[state, action]`, row by row: added as often as there are steps to go afterwards; empty for none.
  /// - Returns: `[step, state, action]`, row by row.
  /// - Complexity: horizon × states² × actions: some 5 microseconds for 10 steps, 10 states and 5 actions.
  public func actionValues(horizon: Int, bonuses: [Double] = []) -> [Double] {
    let (stateCount, actionCount, pairCount) = (stateCount, actionCount, rewards.count)
    var result = [Double](repeating: 0, count: horizon * pairCount)
    var next = [Double](repeating: 0, count: stateCount)
    result.withUnsafeMutableBufferPointer { result in
      next.withUnsafeMutableBufferPointer { next in
        transitions.withUnsafeBufferPointer { transitions in
          for stepsToGo in 0..<horizon {
            let row = (horizon - 1 - stepsToGo) * pairCount
            for pair in 0..<pairCount {
              var sum = rewards[pair]
              let start = pair * stateCount
              for state in 0..<stateCount { sum += transitions[start + state] * next[state] }
              if !bonuses.isEmpty { sum += bonuses[pair] * Double(stepsToGo) }
              result[row + pair] = sum
            }
            for state in 0..<stateCount {
              var best = result[row + state * actionCount]
              for action in 1..<actionCount { best = max(best, result[row + state * actionCount + action]) }
              next[state] = best
            }
          }
        }
      }
    }
    return result
  }
}

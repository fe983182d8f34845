import Foundation
import MetaRL
import Tensors

/// Acts as would be best in the best MDP that is still plausible.
///
/// Jaksch, Ortner & Auer (2010), "Near-optimal regret bounds for reinforcement learning", figure 1 (UCRL2). Rewards and
/// transitions are in confidence sets around what was seen, and the plan is made in the MDP of the sets that promises
/// most, so an agent is either right or learns that it was wrong.
///
/// Departs from the paper: episodes have an end, so plans are made by backward induction, once an episode; rewards are
/// not from 0 to 1, so their radius is one of units of the noise; radii have a factor, since those of the theorem
/// explore for far longer than lifetimes here. `radii = tabularl` are those of TabulaRL, the code that Duan et al.
/// (2016, arXiv:1611.02779) used. `backups = accumulating` is a defect of that code: probabilities that were moved to
/// the best state are written over the estimate, so each of the plan's backups starts from the last one's result.
///
/// Logs: nothing.
public typealias UCRL2 = PlanningLearner<UCRL2Rule>

/// Plans in the best plausible MDP.
public struct UCRL2Rule: PlanningRule {
  public static var learner: String { "ucrl2" }

  public struct Configuration: PlanningConfiguration {
    @Setting("formula of the radii of the confidence sets", source: "Jaksch et al. 2010, equations 3 and 4")
    public var radii = Radii.theorem
    @Setting(
      "whether each backup moves probabilities from the estimate, or from what the last one left",
      source: "Jaksch et al. 2010, figure 2")
    public var backups = Backups.fresh
    @Setting("factor of the radii", 0...100, source: "tuned on training tasks of tabular-mdp-10 and -50")
    public var radiusScale = 0.1
    @Setting(
      "probability with which the confidence sets may miss the MDP", above: 0, through: 1, symbol: "δ",
      source: "TabulaRL, the code that Duan et al. 2016 used")
    public var failureProbability = 0.05
    @Setting(.priorTransitionWeight(source: "nearly none, as in TabulaRL")) public var priorTransitionWeight =
      0.00001
    @Setting(.priorMeanReward) public var priorMeanReward = 1.0
    @Setting(.priorRewardWeight(source: "nearly none, as in TabulaRL")) public var priorRewardWeight = 0.0001
    @Setting(.learnsLastTransition) public var learnsLastTransition = true
    @Setting(.tiesOfActions) public var ties = TieBreaking.random

    public init() {}
  }

  let configuration: Configuration

  public init(_ configuration: Configuration) { self.configuration = configuration }

  public func plan(
    _ belief: MDPBelief, episode: Int, horizon: Int, using random: inout RandomStream
  ) -> [Double] {
    var mean = belief.mean
    var moved = [Double](repeating: 0, count: mean.rewards.count)
    for pair in mean.rewards.indices {
      let (reward, transition) = radii(pair, belief, episode: episode, horizon: horizon)
      mean.rewards[pair] += configuration.radiusScale * reward
      moved[pair] = configuration.radiusScale * transition / 2
    }
    return extendedActionValues(
      &mean, moved: moved, horizon: horizon, accumulates: configuration.backups == .accumulating)
  }

  /// The radii of the confidence sets of a pair of a state and an action.
  private func radii(
    _ pair: Int, _ belief: MDPBelief, episode: Int, horizon: Int
  ) -> (reward: Double, transition: Double) {
    let rewards = max(1, belief.rewardWeights[pair] - configuration.priorRewardWeight)
    let transitions = max(1, belief.totals[pair] - configuration.priorTransitionWeight * Double(belief.stateCount))
    let (states, actions) = (Double(belief.stateCount), Double(belief.actionCount))
    switch configuration.radii {
    case .theorem:
      let time = Double(max(1, episode * horizon)) / configuration.failureProbability
      return (
        (7 * log(2 * states * actions * time) / (2 * rewards)).squareRoot(),
        (14 * states * log(2 * actions * time) / transitions).squareRoot()
      )
    case .tabularl:
      let logarithm = log(2 * states * actions * Double(episode + 2) / configuration.failureProbability)
      return ((4 * logarithm / rewards).squareRoot(), (4 * states * logarithm / transitions).squareRoot())
    }
  }

  /// The formula of the radii of confidence sets, for t steps, n visits, S states and A actions.
  public enum Radii: String, Codable, Sendable, CaseIterable {
    /// √(7 ln(2 S A t / δ) / (2 n)) for rewards and √(14 S ln(2 A t / δ) / n) for transitions.
    case theorem
    /// √(4 ln(2 S A e / δ) / n) and √(4 S ln(2 S A e / δ) / n), where e counts episodes and not steps.
    case tabularl
  }

  /// The probabilities at the start of each backup of a plan.
  public enum Backups: String, Codable, Sendable, CaseIterable {
    /// The estimate of the transitions, as in the paper.
    case fresh
    /// The result of the last backup.
    case accumulating
  }
}

/// The values of the best plausible MDP, by backward induction.
///
/// Figure 2 of the paper: as much probability as the confidence set allows is moved to the best
/// state, and taken from the worst.
///
/// - Parameters:
///   - mdp: the estimate, with the most that rewards can be. Its transitions are written over if backups accumulate.
///   - moved: `[state, action]`: the probability that may be moved.
///   - horizon: the steps of an episode.
///   - accumulates: whether each backup starts from the probabilities that the last one moved.
/// - Returns: `[step, state, action]`, row by row.
private func extendedActionValues(
  _ mdp: inout FiniteMDP, moved: [Double], horizon: Int, accumulates: Bool
) -> [Double] {
  let (stateCount, actionCount) = (mdp.stateCount, mdp.actionCount)
  var result = [Double](repeating: 0, count: horizon * moved.count)
  var next = [Double](repeating: 0, count: stateCount)
  var row = next
  for stepsToGo in 0..<horizon {
    let start = (horizon - 1 - stepsToGo) * moved.count
    let ascending = next.indices.sorted { next[$0] < next[$1] }
    let best = ascending[stateCount - 1]
    for pair in moved.indices {
      let entries = pair * stateCount
      for state in 0..<stateCount { row[state] = mdp.transitions[entries + state] }
      let isCertain = row[best] + moved[pair] > 1
      if isCertain {
        for state in 0..<stateCount { row[state] = state == best ? 1 : 0 }
      } else {
        row[best] += moved[pair]
        var excess = row.reduce(0, +) - 1
        for state in ascending where excess > 0 {
          let taken = min(row[state], excess)
          row[state] -= taken
          excess -= taken
        }
      }
      // A row that is certain is a new one in TabulaRL, too, and does not reach the estimate.
      if accumulates, !isCertain {
        for state in 0..<stateCount { mdp.transitions[entries + state] = row[state] }
      }
      var value = mdp.rewards[pair]
      for state in 0..<stateCount { value += row[state] * next[state] }
      result[start + pair] = value
    }
    for state in 0..<stateCount {
      next[state] = result[start + state * actionCount..<start + (state + 1) * actionCount].max() ?? 0
    }
  }
  return result
}

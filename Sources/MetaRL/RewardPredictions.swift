import Tensors

/// An agent that predicts rewards, so that its belief about the task can be drawn.
///
/// `zoo render` shades the cells of a scene (``PlaneScene/cells``) by what is predicted for them. Nothing else asks for it.
public protocol RewardPredictingAgent: Agent {
  /// The rewards that the agent, as it is now, predicts in a lane for a step that leads to each of some observations.
  ///
  /// Probabilities of a reward serve as well.
  ///
  /// - Parameters:
  ///   - observations: `[observation, number]`.
  ///   - lane: one of the agent's lanes.
  /// - Returns: a number for each observation.
  func predictedRewards(at observations: Tensor, lane: Int) -> [Double]
}

extension RewardPredictingAgent {
  /// The predicted rewards as shares of their sum.
  ///
  /// Where one place pays and all others pay the same and less, they are the probabilities that each is the one that pays.
  /// If a prediction is negative, all are counted from the least.
  public func belief(over observations: Tensor, lane: Int) -> [Double] {
    let rewards = predictedRewards(at: observations, lane: lane)
    let least = min(0, rewards.min() ?? 0)
    let sum = rewards.reduce(0) { $0 + $1 - least }
    return rewards.map { sum > 0 && sum.isFinite ? ($0 - least) / sum : 1 / Double(rewards.count) }
  }
}

import MetaRL
import Networks
import Tensors

/// Episodes of one task as rows, one a step, with what an actor and a critic learn from.
///
/// Unlike `EpisodeBatch`, the baseline is a network with its own gradients, and where the horizon cut an
/// episode off, what would have followed is estimated by it.
public struct ActorCriticBatch: Sendable {
  /// The observation before each step, `[step, observation]`.
  public let observations: Tensor
  /// The actions of each step, one a row.
  public let actions: Actions
  /// The standardized advantage of each step, `[step]`.
  public let advantages: Tensor
  /// The discounted return from each step on, `[step]`: what the critic is to predict.
  public let returns: Tensor
  /// The actor's log-probabilities of what it did, `[step]`.
  public let logProbabilities: Tensor
  /// The mean undiscounted return of an episode.
  public let meanReturn: Double

  /// Collects episodes, and estimates advantages and returns with a critic.
  ///
  /// - Parameters:
  ///   - episodes: at least one step in all.
  ///   - reward: which reward; the reported one, if nothing is said.
  ///   - discount: γ.
  ///   - lambda: λ of generalized advantage estimates.
  ///   - actor: what played them.
  ///   - critic: gives one number for an observation.
  ///   - parameters: of both.
  public init(
    _ episodes: [Episode], reward: RewardChoice = .reported, discount: Double, lambda: Double,
    actor: StochasticPolicy, critic: MLP, parameters: Parameters
  ) {
    let parameters = parameters.detached
    let steps = episodes.reduce(0) { $0 + $1.stepCount }
    let rows = episodes.flatMap(\.observations)
    let values = critic(Tensor(rows, shape: [rows.count / critic.sizes[0], critic.sizes[0]]), parameters).doubles
    var (advantages, returns, first, total): ([Double], [Double], Int, Double) = ([], [], 0, 0)
    for episode in episodes {
      let rewards = episode.rewards(reward).map(Double.init)
      let last = episode.terminated ? 0 : values[first + rewards.count]
      advantages += generalizedAdvantages(
        rewards: rewards, values: Array(values[first..<first + rewards.count]), lastValue: last, discount: discount,
        lambda: lambda)
      returns += discountedSums(rewards + [last], discount: discount).dropLast()
      first += rewards.count + 1
      total += rewards.reduce(0, +)
    }
    self.advantages = Tensor(standardized(advantages).numbers, shape: [steps], precision: .float)
    self.returns = Tensor(returns, shape: [steps], precision: .float)
    meanReturn = total / Double(max(episodes.count, 1))
    observations = Tensor(observationsOfSteps: episodes)
    actions = Actions(joining: episodes.map(\.actions), steps: steps)
    logProbabilities = actor(observations, parameters).logProbability(of: actions)
  }

  /// The advantages divided by the number of steps: with them, a sum over steps is a mean.
  public var weights: Tensor { (1 / Double(max(advantages.count, 1))) * advantages }
}

import MetaRL
import Networks
import Tensors

/// Episodes of one task as rows, one a step, with what a policy gradient needs to know of them.
///
/// Episodes are ordered by their numbers, independently of their lanes.
public struct EpisodeBatch: Sendable {
  /// The observation before each step, `[step, observation]`.
  public let observations: Tensor
  /// The actions of each step, episode after episode.
  public let actions: Actions
  /// The number of steps of each episode.
  public let lengths: [Int]
  /// The standardized advantage of each step, `[step]`: mean 0 and deviation 1 over the batch.
  public let advantages: Tensor
  /// The divisor that standardized the advantages.
  public let advantageDeviation: Double
  /// The mean undiscounted return of an episode.
  public let meanReturn: Double
  /// The policy's distributions when the batch was played.
  public let distributions: ActionDistribution
  /// Its log-probabilities of what it did, `[step]`.
  public let logProbabilities: Tensor

  /// Collects episodes and estimates advantages with a linear baseline fitted to these very episodes.
  ///
  /// The end of an episode is terminal, whether the task or the horizon made it: the objective is the return
  /// of an episode of finite length.
  ///
  /// - Parameters:
  ///   - episodes: at least one.
  ///   - reward: which reward; the reported one, if nothing is said.
  ///   - discount: γ.
  ///   - lambda: λ of generalized advantage estimates.
  ///   - policy: what played them.
  ///   - parameters: what it played them with.
  ///   - latents: what the policy saw after the observation in each episode, `[episode, latent]`; nil if it saw the
  ///     observation alone. The baseline does not see it.
  public init(
    _ episodes: [Episode], reward: RewardChoice = .reported, discount: Double, lambda: Double,
    policy: StochasticPolicy, parameters: Parameters, latents: Tensor? = nil
  ) {
    lengths = episodes.map(\.stepCount)
    let rewards = episodes.map { $0.rewards(reward).map { Double($0) } }
    meanReturn = rewards.joined().reduce(0, +) / Double(max(episodes.count, 1))
    let returns = rewards.map { discountedSums($0, discount: discount) }
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns)
    let estimates = zip(episodes, rewards).flatMap { episode, rewards in
      generalizedAdvantages(rewards: rewards, values: baseline.values(episode), discount: discount, lambda: lambda)
    }
    let (numbers, deviation) = standardized(estimates)
    advantages = Tensor(numbers, shape: [numbers.count], precision: .float)
    advantageDeviation = deviation

    let steps = lengths.reduce(0, +)
    observations = Tensor(observationsOfSteps: episodes)
    actions = Actions(joining: episodes.map(\.actions), steps: steps)
    let inputs = latents.map { [observations, lengths] in Self.inputs(observations, lengths, $0.detached) }
    distributions = policy(inputs ?? observations, parameters.detached)
    logProbabilities = distributions.logProbability(of: actions)
  }

  /// The number of steps in all episodes together.
  public var stepCount: Int { lengths.reduce(0, +) }

  /// The observation of each step, followed by the policy's other inputs.
  ///
  /// - Parameter latents: of each episode, `[episode, latent]`.
  /// - Returns: `[step, observation + latent]`.
  public func inputs(with latents: Tensor) -> Tensor { Self.inputs(observations, lengths, latents) }

  private static func inputs(_ observations: Tensor, _ lengths: [Int], _ latents: Tensor) -> Tensor {
    let episodeOfStep = lengths.indices.flatMap { repeatElement($0, count: lengths[$0]) }
    return Tensor.concatenate([observations, latents.gather(episodeOfStep)], axis: 1)
  }

  /// The advantages divided by the number of steps: with them, a sum over steps is a mean.
  public var weights: Tensor { (1 / Double(max(stepCount, 1))) * advantages }
}

extension Tensor {
  /// The observation before each step of episodes, `[step, observation]`: all but the last of
  /// an episode, where nothing was done.
  init(observationsOfSteps episodes: [Episode]) {
    let steps = episodes.reduce(0) { $0 + $1.stepCount }
    let rows = episodes.flatMap { episode in
      episode.observations.prefix(episode.observations.count / (episode.stepCount + 1) * episode.stepCount)
    }
    self.init(rows, shape: [steps, rows.count / max(steps, 1)])
  }
}

import MetaRL
import Networks
import Tensors

// The adapted parameters φ as a policy.
extension MAML {
  /// φ before the first step: the policy's part of the meta-parameters and, unless its start is learned, a context of 0.
  package func weights(in theta: Parameters) -> Parameters { adapted.start(MetaParameters(of: theta).weights) }

  /// The action distributions of the policy with parameters φ.
  package func actions(at observations: Tensor, _ phi: Parameters) -> ActionDistribution {
    policy(observations, adapted.network(phi))
  }

  /// Episodes played with φ, and their advantages.
  package func batch(_ episodes: [Episode], playedWith phi: Parameters, _ reward: RewardChoice) -> EpisodeBatch {
    EpisodeBatch(
      episodes, reward: reward, discount: configuration.discount, lambda: configuration.advantageDecay,
      policy: policy, parameters: adapted.network(phi))
  }
}

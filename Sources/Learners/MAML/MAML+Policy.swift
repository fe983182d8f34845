import MetaRL
import Networks
import Tensors

// Where φ begins, and what its policy does and did.
extension MAML {
  /// φ before the first step: the policy's part of the meta-parameters, and a context that is not learned.
  package func weights(in theta: Parameters) -> Parameters { adapted.start(MetaParameters(of: theta).weights) }

  /// What the policy of φ does.
  package func actions(at observations: Tensor, _ phi: Parameters) -> ActionDistribution {
    policy(observations, adapted.network(phi))
  }

  /// Episodes that the policy of φ played, with advantages.
  package func batch(_ episodes: [Episode], playedWith phi: Parameters, _ reward: RewardChoice) -> EpisodeBatch {
    EpisodeBatch(
      episodes, reward: reward, discount: configuration.discount, lambda: configuration.advantageDecay,
      policy: policy, parameters: adapted.network(phi))
  }
}

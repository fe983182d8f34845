import MetaRL
import Networks
import Tensors

// What a checkpoint holds, and what other programs read.
extension PEARL {
  public struct State: Codable, Sendable {
    var update: SoftActorCriticUpdate.State
    var memories: [TaskMemory]
  }

  public var state: State {
    get { State(update: update.state, memories: memories) }
    set { (update.state, memories) = (newValue.update, newValue.memories) }
  }

  public func canContinue(from state: State) -> Bool {
    let empty = ReplayBuffer(for: spec, capacity: configuration.replayCapacity)
    return update.canContinue(from: state.update)
      && state.memories.allSatisfy {
        $0.replay.hasForm(of: empty) && !$0.replay.rows.isEmpty
          && $0.recent.lowerBound >= 0 && $0.recent.count >= 2 && $0.recent.upperBound <= $0.replay.written
          && $0.recent.upperBound >= $0.replay.rows.lowerBound + 2
      }
  }
}

extension PEARL: ExportableLearner {
  /// The parameters of policy, critics and encoder.
  public var metaParameters: Parameters { update.theta.detached }

  public var adaptation: Adaptation {
    let c = configuration
    let shown = c.shownEpisodes == 0 ? "every episode" : "each of the first \(c.shownEpisodes) episodes"
    let combined =
      c.context == .gaussian
      ? "They are factors: normal distributions, whose product is the posterior of z"
        + (c.hasPriorFactor ? ", with the standard normal distribution as one more." : ".")
      : "z is the mean of the means of all steps."
    return Adaptation(
      procedure:
        "1. z is drawn from the standard normal distribution, \(c.latentSize) numbers. 2. Play an episode; "
        + "\(SoftActorCritic.policyInWords) It sees the observation followed by z. 3. After \(shown), give each "
        + "step, the observation, the action and the reward \"\(c.contextReward.rawValue)\""
        + (c.seesNextObservations ? ", and the next observation" : "")
        + ", to the encoder (encoder.), which gives means and then variances before their softplus. \(combined) 4. Draw "
        + "z from the posterior and continue with 2.",
      episodesPerStep: 1)
  }
}

extension PEARL.LifetimeAgent: ExportableAgent {
  /// The policy's mean action at a given z, and a lane's posterior of z.
  public func policyNetwork(lane: Int) -> PolicyNetwork {
    let believed = posteriors[lane]
    return model.networks.meanAction(
      model.theta,
      latent: .init(
        mean: Tensor(believed.mean.map { Float($0) }),
        deviation: Tensor(believed.variance.map { Float($0.squareRoot()) })))
  }
}

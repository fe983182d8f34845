import MetaRL
import Networks
import Tensors

extension MAESN {
  /// Acts by the policy with a z that is constant in an episode, and takes an inner step after every N episodes.
  public struct LifetimeAgent: Agent {
    let learner: MAESN
    private let reward: RewardChoice
    /// The adapted parameters of each lane.
    package private(set) var phi: [Adapted]
    /// The latent vector of each lane, row by row; empty until an episode begins.
    package private(set) var z: [Float] = []
    private var recent: RecentEpisodes
    /// The z of the episodes since the last inner step, `[lane]`, in the order of the episodes.
    private var recentZ: [[Float]]
    private var stepsTaken = 0
    /// Multiplies the sizes of the next inner step.
    private var stepFactor = 1.0

    package init(learner: MAESN, laneCount: Int, reward: RewardChoice = .reported) {
      self.learner = learner
      self.reward = reward
      phi = Array(repeating: learner.prior, count: laneCount)
      recent = RecentEpisodes(every: learner.configuration.episodesBeforeStepAtTest, laneCount: laneCount)
      recentZ = Array(repeating: [], count: laneCount)
    }

    private var latentSize: Int { learner.configuration.latentSize }

    /// Draws an action in every lane.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      // No sooner: each frozen copy that probes an agent draws its own z.
      if z.isEmpty { drawLatents(using: random.split("latent")) }
      let latents = Tensor(z, shape: [phi.count, latentSize])
      let inputs = Tensor.concatenate([observations, latents], axis: 1)
      guard learner.configuration.policyStepSize != 0, stepsTaken > 0 else {
        return sample(learner.policy(inputs, learner.theta), using: &random)
      }
      let lanes = phi.indices.map { learner.policy(inputs.slice($0..<$0 + 1), phi[$0].weights) }
      return sample(lanes, using: &random)
    }

    /// Keeps the step; z stays as it is.
    public mutating func observe(_ transition: Transition) { recent.record(transition) }

    /// Takes an inner step in every lane when there are episodes enough.
    ///
    /// - Throws: `TrainingError` if the step gives numbers that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      for lane in phi.indices { recentZ[lane] += z[lane * latentSize..<(lane + 1) * latentSize] }
      z = []
      let c = learner.configuration
      guard let episodes = recent.endEpisode() else { return }
      defer { recentZ = recentZ.map { _ in [] } }
      guard c.adaptsAtTest else { return }
      for lane in phi.indices {
        let latents = Tensor(recentZ[lane], shape: [episodes[lane].count, latentSize])
        let batch = learner.innerBatch(episodes[lane], z: latents, playedWith: phi[lane], reward)
        phi[lane] = learner.innerStep(phi[lane], learner.theta, batch, .first, factor: stepFactor)
        guard phi[lane].isFinite else {
          throw TrainingError("inner step \(stepsTaken + 1) gave numbers that are not finite")
        }
      }
      stepsTaken += 1
      if stepsTaken > 1 { stepFactor *= c.laterStepFactor }
    }

    private mutating func drawLatents(using random: LaneRandom) {
      var random = random
      let noise = Tensor(random.normals(perLane: latentSize), shape: [phi.count, latentSize])
      z = phi.indices.flatMap { phi[$0].latent.sample(noise.slice($0..<$0 + 1)).floats }
    }
  }
}

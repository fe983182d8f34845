import MetaRL
import Networks
import Tensors

extension MAESN {
  /// Acts by the policy with a z that is constant in an episode, and takes an inner step after every N episodes.
  public struct LifetimeAgent: Agent {
    let learner: MAESN
    private let reward: RewardChannel
    /// The adapted parameters of each lane.
    package private(set) var phi: [Adapted]
    /// The latent vector of each lane, row by row; empty until an episode begins.
    package private(set) var z: [Float] = []
    private var recorder: EpisodeRecorder
    /// The episodes since the last inner step with the z of each, `[lane][episode]`.
    private var recent: [[(episode: Episode, z: [Float])]]
    private var stepsTaken = 0
    /// Multiplies the sizes of the next inner step.
    private var stepFactor = 1.0

    init(learner: MAESN, reward: RewardChannel, laneCount: Int) {
      self.learner = learner
      self.reward = reward
      phi = Array(repeating: learner.prior, count: laneCount)
      recorder = EpisodeRecorder(laneCount: laneCount)
      recent = Array(repeating: [], count: laneCount)
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
    public mutating func observe(_ transition: Transition) { recorder.append(transition) }

    /// Takes an inner step in every lane when there are episodes enough.
    ///
    /// - Throws: `TrainingFailure` if the step gives numbers that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      for (lane, episode) in recorder.finish().enumerated() {
        recent[lane].append((episode, Array(z[lane * latentSize..<(lane + 1) * latentSize])))
      }
      z = []
      let c = learner.configuration
      guard c.adaptsAtTest, recent.first?.count == c.episodesBeforeStepAtTest else { return }
      for lane in phi.indices {
        let latents = Tensor(recent[lane].flatMap(\.z), shape: [recent[lane].count, latentSize])
        let batch = learner.innerBatch(recent[lane].map(\.episode), z: latents, playedWith: phi[lane], reward)
        phi[lane] = learner.innerStep(phi[lane], learner.theta, batch, .first, factor: stepFactor)
        guard phi[lane].isFinite else {
          throw TrainingFailure("inner step \(stepsTaken + 1) gave numbers that are not finite")
        }
      }
      recent = recent.map { _ in [] }
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

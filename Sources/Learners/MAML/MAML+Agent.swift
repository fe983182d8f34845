import MetaRL
import Networks
import Tensors

extension MAML {
  /// Acts by its policy and takes an inner step after every few episodes.
  public struct LifetimeAgent: Agent {
    let learner: MAML
    /// The adapted parameters of each lane; empty while all are the learner's.
    private var phi: [Parameters] = []
    /// The policy's parameters in a newborn agent, and after the first inner step in each lane.
    private let newborn: Parameters
    private var acting: [Parameters] = []
    private var recent: RecentEpisodes
    /// The visits of each lane in its lifetime, for agents that receive a bonus for rare observations.
    private var visits: [VisitCounts]
    private var stepsTaken = 0

    init(learner: MAML, laneCount: Int) {
      let c = learner.configuration
      self.learner = learner
      newborn = learner.adapted.network(learner.weights(in: learner.theta))
      visits = Array(repeating: VisitCounts(cellSize: c.explorationCellSize), count: laneCount)
      recent = RecentEpisodes(every: c.episodesBeforeStepAtTest, laneCount: laneCount)
    }

    /// The parameters of a lane's policy.
    func parameters(lane: Int) -> Parameters { acting.isEmpty ? newborn : acting[lane] }

    /// Draws an action in every lane.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      if acting.isEmpty { return sample(learner.policy(observations, newborn), using: &random) }
      let lanes = acting.indices.map { learner.policy(observations.slice($0..<$0 + 1), acting[$0]) }
      return sample(lanes, using: &random)
    }

    /// Keeps the step.
    public mutating func observe(_ transition: Transition) { recent.record(transition) }

    /// Takes an inner step in every lane when there are enough episodes: lines 5 to 7, on the agent's episodes.
    ///
    /// - Throws: `TrainingError` if the step gives parameters that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      let c = learner.configuration
      guard let episodes = recent.endEpisode(), c.adaptsAtTest else { return }
      if phi.isEmpty { phi = visits.map { _ in learner.weights(in: learner.theta) } }
      let factor = stepsTaken < max(1, c.innerSteps) ? 1 : c.laterStepFactor
      for lane in phi.indices {
        let paid =
          c.explorationBonus > 0
          ? visits[lane].addingBonus(c.explorationBonus, to: episodes[lane]) : episodes[lane]
        let batch = learner.batch(paid, playedWith: phi[lane], .reported)
        phi[lane] = learner.innerStep(phi[lane], learner.theta, batch, .first, factor: factor)
        guard phi[lane].isFinite else {
          throw TrainingError("inner step \(stepsTaken + 1) gave parameters that are not finite")
        }
      }
      acting = phi.map(learner.adapted.network)
      stepsTaken += 1
    }
  }
}

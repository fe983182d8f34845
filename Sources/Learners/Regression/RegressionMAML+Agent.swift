import MetaRL
import Networks
import Tensors

extension RegressionMAML {
  /// Predicts, and takes inner steps after every episode on the points it has been shown.
  public struct LifetimeAgent: Agent {
    let learner: RegressionMAML
    /// The adapted parameters of each lane, each a stack of one task; empty while all are the learner's.
    private var phi: [Parameters] = []
    private var recorder: EpisodeRecorder
    /// The episodes that are stepped on, `[lane][episode]`.
    private var shown: [[Episode]]
    private let newborn: Parameters
    /// Step sizes, if they are learned.
    private let sizes: Parameters?
    /// What inner steps of each lane remember; nil if they are gradient descent.
    private var optimizers: [Adam?]

    init(learner: RegressionMAML, laneCount: Int) {
      self.learner = learner
      recorder = EpisodeRecorder(laneCount: laneCount)
      shown = Array(repeating: [], count: laneCount)
      newborn = learner.start(learner.theta, 1)
      sizes = learner.stepSizes(learner.theta, 1)
      optimizers = Array(repeating: learner.innerOptimizer, count: laneCount)
    }

    /// What a lane predicts by, a stack of one task.
    func parameters(lane: Int) -> Parameters { phi.isEmpty ? newborn : phi[lane] }

    /// Predicts in every lane.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      let inputs = observations.slice(learner.supervision.inputs, axis: 1)
      let (lanes, width) = (inputs.shape[0], inputs.shape[1])
      let predictions =
        phi.isEmpty
        ? learner.predictions(at: inputs.reshaped([1, lanes, width]), newborn)
        : Tensor.concatenate(
          phi.indices.map { learner.predictions(at: inputs.slice($0..<$0 + 1).reshaped([1, 1, width]), phi[$0]) },
          axis: 1)
      let actions = (1 / learner.supervision.predictionScale) * predictions
      return .continuous(actions.reshaped([lanes, actions.count / lanes]))
    }

    /// Keeps the step.
    public mutating func observe(_ transition: Transition) { recorder.append(transition) }

    /// Takes inner steps in every lane.
    ///
    /// - Throws: `TrainingError` if they give parameters that are not finite.
    public mutating func endEpisode(using random: inout LaneRandom) throws {
      let c = learner.configuration
      for (lane, episode) in recorder.finish().enumerated() {
        if shown[lane].isEmpty || c.pointsAtTest == .everyEpisode { shown[lane].append(episode) }
      }
      if phi.isEmpty { phi = shown.map { _ in newborn } }
      for lane in phi.indices {
        let points = Examples([shown[lane]], learner.supervision)
        for _ in 0..<c.stepsPerEpisode {
          phi[lane] = learner.innerStep(phi[lane], points, .first, sizes: sizes, by: &optimizers[lane])
        }
        guard phi[lane].isFinite else { throw TrainingError("inner steps gave parameters that are not finite") }
      }
    }
  }
}

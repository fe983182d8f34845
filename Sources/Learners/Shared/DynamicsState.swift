import MetaRL
import Networks
import Tensors

/// What training changes of a learner with a model of the dynamics.
public struct DynamicsState: Codable, Sendable {
  /// The model's parameters, and what moves them.
  var model: GradientState
  /// All steps that were taken.
  package var replay: ReplayBuffer
  /// The units of the model's inputs and outputs.
  var units: DynamicsUnits

  /// Keeps episodes, and takes the units from all there is.
  ///
  /// - Parameters:
  ///   - episodes: what was played.
  ///   - length: the steps of a segment.
  ///   - reward: the channel that is predicted.
  /// - Returns: all steps in units, and the rows with which segments of one episode begin.
  mutating func keep(
    _ episodes: [Episode], segmentsOf length: Int, _ reward: RewardChannel
  ) -> (steps: DynamicsSteps, segments: [Int]) {
    for episode in episodes { replay.append(episode) }
    let steps = DynamicsSteps(replay.stepRows, of: replay, reward)
    units = DynamicsUnits(of: steps)
    return (steps.scaled(units), replay.segments(ofLength: length))
  }
}

extension MetaLearner where State == DynamicsState {
  /// Plays episodes of training tasks, each of a task drawn anew: at random while nothing was ever played, then with agents.
  func collect(_ count: Int, _ session: inout TrainingSession) throws -> [Episode] {
    let (learner, tasks, space) = (self, session.sampleTasks(count), session.spec.actionSpace)
    guard !state.replay.rows.isEmpty else {
      return try session.playLifetimes(on: tasks, episodes: 1, phase: "random") { _ in UniformAgent(space: space) }
        .flatMap { $0.episodes.joined() }
    }
    return try session.playLifetimes(on: tasks, episodes: 1, phase: "agents") { learner.makeAgent(using: $0) }
      .flatMap { $0.episodes.joined() }
  }

  /// The model's parameters.
  package var theta: Parameters {
    get { state.model.theta }
    set { state.model.theta = newValue }
  }

  /// Whether a stored state is that of a model and a buffer with these settings.
  public func canContinue(from other: DynamicsState) -> Bool {
    other.model.hasForm(of: state.model) && other.replay.hasForm(of: state.replay)
      && other.units.numbers.hasForm(of: state.units.numbers)
  }
}

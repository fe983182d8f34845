import MetaRL
import Networks
import Tensors

/// Trained state of a learner with a dynamics model.
public struct DynamicsState: Codable, Sendable {
  /// The model's parameters and their optimizer.
  var model: GradientState
  /// The steps collected in training.
  package var replay: ReplayBuffer
  /// The normalization of the model's inputs and outputs.
  var units: DynamicsUnits

  /// Appends episodes to the buffer, and recomputes the normalization from the whole buffer.
  ///
  /// - Parameters:
  ///   - episodes: new episodes.
  ///   - length: the steps of a segment.
  ///   - reward: the channel that the model predicts.
  ///   - iteration: the number of the iteration.
  /// - Returns: all steps, normalized, and the first row of every segment within one episode.
  /// - Throws: `TrainingError` if there is still no segment after ten iterations.
  mutating func keep(
    _ episodes: [Episode], segmentsOf length: Int, _ reward: RewardChannel, iteration: Int
  ) throws -> (steps: DynamicsSteps, segments: [Int]) {
    for episode in episodes { replay.append(episode) }
    let steps = DynamicsSteps(replay.stepRows, of: replay, reward)
    units = DynamicsUnits(of: steps)
    let segments = replay.segments(ofLength: length)
    guard !segments.isEmpty || iteration < 10 else {
      throw TrainingError(
        "no stored episode has \(length) steps in a row, so the model is never trained: --set adaptationSteps=4 --set "
          + "predictionSteps=4 would need 8, and replayCapacity has to hold more than one episode")
    }
    return (steps.scaled(units), segments)
  }
}

extension MetaLearner where State == DynamicsState {
  /// Plays episodes, each of a new training task: with random actions while the buffer is empty, then with agents.
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

  /// Whether a stored state fits a model and a buffer with these settings.
  public func canContinue(from other: DynamicsState) -> Bool {
    other.model.hasForm(of: state.model) && other.replay.hasForm(of: state.replay)
      && other.units.numbers.hasForm(of: state.units.numbers)
  }
}

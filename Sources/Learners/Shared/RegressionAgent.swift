import MetaRL
import Tensors

/// Predicts, and adapts after every episode to the points it has been shown.
public struct RegressionAgent: Agent {
  /// Which points an agent adapts to.
  public enum Points: String, Codable, Sendable, CaseIterable {
    /// Those of its first episode, again and again: as many shots as an episode has points.
    case firstEpisode = "first-episode"
    /// All that it has been shown so far.
    case everyEpisode = "every-episode"
  }

  private let supervision: Supervision
  private let points: Points
  /// What a newborn agent predicts with, a stack of one task.
  private let newborn: Parameters
  private let predictions: @Sendable (_ inputs: Tensor, _ phi: Parameters) -> Tensor
  private let adapted: @Sendable (_ phi: Parameters, _ points: Examples) throws -> Parameters
  /// The adapted parameters of each lane, each a stack of one task; empty while all are those of a newborn agent.
  private var phi: [Parameters] = []
  private var recorder: EpisodeRecorder
  /// The episodes that are adapted to, `[lane][episode]`.
  private var shown: [[Episode]]

  /// Makes newborn agents.
  ///
  /// - Parameters:
  ///   - laneCount: how many.
  ///   - theta: what they predict with.
  ///   - supervision: where inputs and targets are.
  ///   - points: which points they adapt to.
  ///   - predictions: `[task, row, target]` at inputs `[task, row, input]`, with stacked parameters.
  ///   - adapted: what an episode makes of an agent's parameters, a stack of one task.
  init(
    laneCount: Int, theta: Parameters, supervision: Supervision, points: Points,
    predictions: @escaping @Sendable (_ inputs: Tensor, _ phi: Parameters) -> Tensor,
    adapted: @escaping @Sendable (_ phi: Parameters, _ points: Examples) throws -> Parameters
  ) {
    newborn = theta.detached.stacked(1)
    self.supervision = supervision
    self.points = points
    self.predictions = predictions
    self.adapted = adapted
    recorder = EpisodeRecorder(laneCount: laneCount)
    shown = Array(repeating: [], count: laneCount)
  }

  /// Predicts in every lane.
  public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let inputs = observations.slice(supervision.inputs, axis: 1)
    let (lanes, width) = (inputs.shape[0], inputs.shape[1])
    let outputs =
      phi.isEmpty
      ? predictions(inputs.reshaped([1, lanes, width]), newborn)
      : Tensor.concatenate(
        phi.indices.map { predictions(inputs.slice($0..<$0 + 1).reshaped([1, 1, width]), phi[$0]) }, axis: 1)
    let actions = (1 / supervision.predictionScale) * outputs
    return .continuous(actions.reshaped([lanes, actions.count / lanes]))
  }

  /// Keeps the step.
  public mutating func observe(_ transition: Transition) { recorder.append(transition) }

  /// Adapts in every lane.
  ///
  /// - Throws: `TrainingError` if that gives parameters that are not finite.
  public mutating func endEpisode(using random: inout LaneRandom) throws {
    for (lane, episode) in recorder.finish().enumerated() {
      if shown[lane].isEmpty || points == .everyEpisode { shown[lane].append(episode) }
    }
    if phi.isEmpty { phi = shown.map { _ in newborn } }
    for lane in phi.indices {
      phi[lane] = try adapted(phi[lane], Examples([shown[lane]], supervision))
      guard phi[lane].isFinite else { throw TrainingError("inner steps gave parameters that are not finite") }
    }
  }
}

/// Predicts 0 and learns nothing: enough to be shown points.
struct BlindAgent: Agent {
  let laneCount: Int
  let size: Int

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .continuous(Tensor(repeating: 0, shape: [laneCount, size]))
  }
}

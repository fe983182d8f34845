import MetaRL
import Networks
import Tensors

/// A network that predicts the targets of examples, with the part that inner steps move.
package struct RegressionNetwork: Sendable {
  let network: MLP
  let adapted: AdaptedParameters
  let supervision: Supervision
  private let observationSize: Int

  /// A network for a family whose actions are predictions.
  ///
  /// - Throws: `UnsupportedFamilyError` for other families, `SettingsError` for a context that contradicts `part`.
  init(
    for spec: EnvironmentSpec, moving part: AdaptedPart = .all, contextSize: Int = 0, hiddenSizes: [Int],
    activation: Activation
  ) throws {
    guard let supervision = spec.supervision, spec.actionSpace == .continuous(size: supervision.targets.count)
    else {
      throw UnsupportedFamilyError(
        "Regression needs a family whose actions are predictions and whose observations show the targets; "
          + "use sinusoid-regression-10, for example.")
    }
    adapted = try AdaptedParameters(part, contextSize: contextSize)
    network = MLP(
      sizes: [supervision.inputs.count + contextSize] + hiddenSizes + [supervision.targets.count],
      activation: activation)
    (self.supervision, observationSize) = (supervision, spec.observationSize)
  }

  /// Predictions `[task, row, target]` at inputs `[task, row, input]`, with separate parameters for each task.
  package func predictions(at inputs: Tensor, _ phi: Parameters) -> Tensor {
    network.stackedOutputs(at: inputs, adapted.network(phi))
  }

  /// The squared error of predictions, averaged over each task's targets and summed over tasks.
  package func squaredError(at points: Examples, _ phi: Parameters) -> Tensor {
    points.squaredError(of: predictions(at: points.inputs, phi))
  }

  /// Samples sets of points of each task, each set from `episodes` episodes.
  ///
  /// Points do not depend on predictions, so the agent that collects them predicts 0.
  func points(
    of tasks: [TaskID], sets: Int, episodes: Int, _ session: inout TrainingSession
  ) throws -> [Examples] {
    let played = try session.playLifetimes(on: tasks, episodes: sets * episodes, phase: "points") {
      [supervision] in BlindAgent(laneCount: $0.count, size: supervision.targets.count)
    }
    return (0..<sets).map { set in
      Examples(played.flatMap(\.episodes).map { Array($0[set * episodes..<(set + 1) * episodes]) }, supervision)
    }
  }

  /// The network with parameters φ, a stack of one task, as a policy from observations to actions.
  func policy(_ phi: Parameters) -> PolicyNetwork {
    let own = adapted.network(phi).map { $0.reshaped(Array($0.shape.dropFirst())) }
    var layers = PolicyNetwork.layers(of: network, own.selecting(network.parameterNames))
    let (inputs, hidden) = (supervision.inputs, layers[0].weights.shape[1])
    var weights = [Float](repeating: 0, count: observationSize * hidden)
    weights.replaceSubrange(inputs.lowerBound * hidden..<inputs.upperBound * hidden, with: layers[0].weights.floats)
    layers[0].weights = Tensor(weights, shape: [observationSize, hidden])
    let size = layers[layers.count - 1].weights.shape[1]
    let scale = Float(1 / supervision.predictionScale)
    layers.append(
      .init(
        weights: Tensor(
          (0..<size * size).map { $0 / size == $0 % size ? scale : 0 }, shape: [size, size]),
        bias: Tensor([Float](repeating: 0, count: size)), activation: .identity))
    return PolicyNetwork(layers: layers, head: .action)
  }
}

/// Predicts, and takes inner steps after every episode on points it has seen.
public struct RegressionAgent: ExportableAgent {
  /// The points of an agent's inner steps.
  public enum Points: String, Codable, Sendable, CaseIterable {
    /// The points of its first episode: with K points in an episode, K-shot regression.
    case firstEpisode = "first-episode"
    /// All points it has seen so far.
    case everyEpisode = "every-episode"
  }

  /// Takes all inner steps after an episode, given parameters as a stack of one task, the points and the inner optimizer.
  typealias Adaptation = @Sendable (inout Parameters, Examples, inout Adam?) -> Void

  private let model: RegressionNetwork
  private let points: Points
  private let adapt: Adaptation
  private let newborn: Parameters
  /// The adapted parameters of each lane, each a stack of one task; empty before the first inner steps.
  private var phi: [Parameters] = []
  /// The inner optimizer of each lane; nil with gradient descent.
  private var optimizers: [Adam?]
  private var recorder: EpisodeRecorder
  /// The episodes with the points of inner steps, `[lane][episode]`.
  private var seen: [[Episode]]

  /// Newborn agents with initial parameters that are a stack of one task.
  init(
    laneCount: Int, _ model: RegressionNetwork, from newborn: Parameters, points: Points, optimizer: Adam? = nil,
    adapt: @escaping Adaptation
  ) {
    (self.model, self.points, self.adapt) = (model, points, adapt)
    self.newborn = newborn.detached
    optimizers = Array(repeating: optimizer, count: laneCount)
    recorder = EpisodeRecorder(laneCount: laneCount)
    seen = Array(repeating: [], count: laneCount)
  }

  /// Predicts in every lane.
  public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let inputs = observations.slice(model.supervision.inputs, axis: 1)
    let (lanes, width) = (inputs.shape[0], inputs.shape[1])
    let predictions =
      phi.isEmpty
      ? model.predictions(at: inputs.reshaped([1, lanes, width]), newborn)
      : Tensor.concatenate(
        phi.indices.map { model.predictions(at: inputs.slice($0..<$0 + 1).reshaped([1, 1, width]), phi[$0]) },
        axis: 1)
    let actions = (1 / model.supervision.predictionScale) * predictions
    return .continuous(actions.reshaped([lanes, actions.count / lanes]))
  }

  /// Records the step.
  public mutating func observe(_ transition: Transition) { recorder.append(transition) }

  /// Takes inner steps in every lane.
  ///
  /// - Throws: `TrainingError` if they give parameters that are not finite.
  public mutating func endEpisode(using random: inout LaneRandom) throws {
    for (lane, episode) in recorder.finish().enumerated() {
      if seen[lane].isEmpty || points == .everyEpisode { seen[lane].append(episode) }
    }
    if phi.isEmpty { phi = seen.map { _ in newborn } }
    for lane in phi.indices {
      adapt(&phi[lane], Examples([seen[lane]], model.supervision), &optimizers[lane])
      guard phi[lane].isFinite else { throw TrainingError("inner steps gave parameters that are not finite") }
    }
  }

  /// The network with a lane's adapted parameters.
  public func policyNetwork(lane: Int) -> PolicyNetwork { model.policy(phi.isEmpty ? newborn : phi[lane]) }
}

/// Predicts 0 at every point.
private struct BlindAgent: Agent {
  let laneCount: Int
  let size: Int

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .continuous(Tensor(repeating: 0, shape: [laneCount, size]))
  }
}

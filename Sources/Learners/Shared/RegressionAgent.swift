import MetaRL
import Networks
import Tensors

/// A network that predicts the targets of examples, and the part of it that inner steps move.
package struct RegressionNetwork: Sendable {
  let network: MLP
  let adapted: AdaptedParameters
  let supervision: Supervision
  private let observationSize: Int

  /// Describes a network for a family whose actions are predictions.
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
          + "sinusoid-regression-10 would do.")
    }
    adapted = try AdaptedParameters(part, contextSize: contextSize)
    network = MLP(
      sizes: [supervision.inputs.count + contextSize] + hiddenSizes + [supervision.targets.count],
      activation: activation)
    (self.supervision, observationSize) = (supervision, spec.observationSize)
  }

  /// Predictions `[task, row, target]` at inputs `[task, row, input]`, each task with its parameters.
  package func predictions(at inputs: Tensor, _ phi: Parameters) -> Tensor {
    network.stackedOutputs(at: inputs, adapted.network(phi))
  }

  /// The squared error of predictions, the mean over a task's targets, summed over tasks.
  package func squaredError(at points: Examples, _ phi: Parameters) -> Tensor {
    points.squaredError(of: predictions(at: points.inputs, phi))
  }

  /// Several sets of points of each task, each of `episodes` episodes; points do not depend on predictions.
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

  /// The same as a policy: from whole observations to actions.
  ///
  /// - Parameter phi: a stack of one task.
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

/// Predicts, and takes inner steps after every episode on the points that it has seen.
public struct RegressionAgent: ExportableAgent {
  /// The points of an agent's steps.
  public enum Points: String, Codable, Sendable, CaseIterable {
    /// Those of its first episode, in every step: as many shots as an episode has points.
    case firstEpisode = "first-episode"
    /// All that it has seen so far.
    case everyEpisode = "every-episode"
  }

  /// All inner steps after an episode: parameters that are a stack of one task, the points, and the steps' memory.
  typealias Adaptation = @Sendable (inout Parameters, Examples, inout Adam?) -> Void

  private let model: RegressionNetwork
  private let points: Points
  private let adapt: Adaptation
  private let newborn: Parameters
  /// The adapted parameters of each lane, each a stack of one task; empty while all are those of a newborn agent.
  private var phi: [Parameters] = []
  /// The memory of each lane's inner steps; nil without one.
  private var optimizers: [Adam?]
  private var recorder: EpisodeRecorder
  /// The episodes whose points the steps are taken on, `[lane][episode]`.
  private var seen: [[Episode]]

  /// Makes newborn agents that start from parameters that are a stack of one task.
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

  /// The network with the parameters that a lane has adapted.
  public func policyNetwork(lane: Int) -> PolicyNetwork { model.policy(phi.isEmpty ? newborn : phi[lane]) }
}

/// Predicts 0 and learns nothing: it only visits points.
private struct BlindAgent: Agent {
  let laneCount: Int
  let size: Int

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .continuous(Tensor(repeating: 0, shape: [laneCount, size]))
  }
}

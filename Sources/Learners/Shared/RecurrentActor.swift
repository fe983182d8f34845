import MetaRL
import Networks
import Tensors

/// Takes the choice of the greatest value given everything that was seen, or any with some probability.
///
/// It is the part of agents that act by a ``RecurrentQNetwork``.
package struct RecurrentActor: Sendable {
  /// What actors need of a learner.
  package struct Model: Sendable {
    let network: RecurrentQNetwork
    let inputs: ExperienceInputs
    /// The channel that is shown to the network.
    let reward: RewardChannel
    let theta: Parameters
  }

  let model: Model
  private let exploration: Double
  /// The state of the network in each lane.
  private var state: MemoryState
  /// The encoded last step of each lane, `[lane, memory]`.
  private var memory: [Float]
  /// The rows that the last action adds to the state, once the lane is known to have been live.
  private var pending: [Tensor] = []

  /// A newborn, without experience.
  init(_ model: Model, exploration: Double, laneCount: Int) {
    (self.model, self.exploration) = (model, exploration)
    state = model.network.network.birth(rows: laneCount)
    memory = (0..<laneCount).flatMap { _ in model.inputs.newborn }
  }

  /// What the network is shown at observations, `[lane, input]`: observation, last step, and a latent vector, if there is one.
  func shown(_ observations: Tensor, _ z: Tensor? = nil) -> Tensor {
    let rows = Tensor(model.inputs.rows(observations, memory), shape: [observations.shape[0], model.inputs.size])
    return z.map { Tensor.concatenate([rows, $0], axis: 1) } ?? rows
  }

  /// The values of choices on what is shown, and what that adds to the state.
  func values(_ shown: Tensor) -> (values: Tensor, rows: [Tensor]) {
    let (outputs, rows) = model.network.network.step(shown, from: state, model.theta)
    return (model.network.values(outputs), rows)
  }

  mutating func act(on observations: Tensor, _ z: Tensor? = nil, using random: inout LaneRandom) -> Actions {
    let (values, rows) = values(shown(observations, z))
    pending = rows
    return values.greedyActions(exploration: exploration, using: &random)
  }

  mutating func observe(_ transition: Transition) {
    state.append(pending, where: transition.isLive)
    model.inputs.write(transition, model.reward, into: &memory)
  }

  /// Forgets everything.
  mutating func restart() {
    self = RecurrentActor(model, exploration: exploration, laneCount: state.laneCount)
  }
}

extension Tensor {
  /// These rows in some lanes and those of another in the others; nil: these in all.
  func rows(where isChosen: [Bool]?, else other: Tensor?) -> Tensor {
    guard let isChosen, let other, isChosen.contains(false) else { return self }
    let width = shape[1]
    return Tensor.select(isChosen.flatMap { Array(repeating: $0, count: width) }, self, other)
  }
}

import Networks
import Tensors

/// A network that predicts the change of the observation in a step, and the step's reward.
///
/// Its inputs are observation and action; inputs and outputs are normalized by their means and standard deviations in the data.
struct DynamicsModel: Sendable {
  let network: MLP
  let observationSize: Int
  let actionSize: Int

  init(observationSize: Int, actionSize: Int, hiddenSizes: [Int], activation: Activation) {
    self.observationSize = observationSize
    self.actionSize = actionSize
    network = MLP(
      sizes: [observationSize + actionSize] + hiddenSizes + [observationSize + 1], activation: activation)
  }

  /// The predicted return of each candidate action sequence: `[lane, candidate]` row by row.
  ///
  /// - Parameters:
  ///   - sequences: `[lane, step, candidate, action]`.
  ///   - observations: the current observation of each lane, `[lane, observation]`.
  ///   - phi: the parameters of each lane, stacked.
  ///   - units: the normalization of inputs and outputs.
  /// - Returns: sums of rewards.
  func rewards(of sequences: Tensor, from observations: Tensor, _ phi: Parameters, _ units: DynamicsUnits)
    -> [Float]
  {
    let (lanes, steps, candidates) = (sequences.shape[0], sequences.shape[1], sequences.shape[2])
    var states = observations.reshaped([lanes, 1, observationSize]).broadcast(
      to: [lanes, candidates, observationSize])
    var total = Tensor(repeating: 0, shape: [lanes, candidates, 1])
    for step in 0..<steps {
      let actions = sequences.slice(step..<step + 1, axis: 1).reshaped([lanes, candidates, actionSize])
      let inputs = units.scaled(inputs: Tensor.concatenate([states, actions], axis: 2))
      let outputs = units.unscaled(outputs: network.stackedOutputs(at: inputs, phi))
      states = states + outputs.slice(0..<observationSize, axis: 2)
      total = total + outputs.slice(observationSize..<observationSize + 1, axis: 2)
    }
    return total.floats
  }

  /// The mean squared error on steps of each task, of observations and rewards or of observations alone, summed over tasks.
  func squaredError(at steps: DynamicsSteps, _ phi: Parameters, withRewards: Bool = true) -> Tensor {
    var errors = network.stackedOutputs(at: steps.inputs, phi) - steps.outputs
    if !withRewards { errors = errors.slice(0..<observationSize, axis: 2) }
    return (1 / Double(max(errors.shape[1] * errors.shape[2], 1))) * (errors * errors).sum()
  }
}

import Networks
import Tensors

/// A network that predicts how an observation changes with a step, and what the step is paid.
///
/// Inputs are observation and action, outputs the change of the observation and the reward, all in units of their deviation
/// in the data that there is.
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

  /// What a step is paid in total over a sequence of actions, as predicted: `[lane, candidate]` row by row.
  ///
  /// - Parameters:
  ///   - sequences: `[lane, step, candidate, action]`.
  ///   - observations: where each lane is, `[lane, observation]`.
  ///   - phi: the parameters of each lane, stacked.
  ///   - units: the units of inputs and outputs.
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

  /// The mean squared error at some steps of each task, summed over tasks.
  func squaredError(at steps: DynamicsSteps, _ phi: Parameters) -> Tensor {
    let errors = network.stackedOutputs(at: steps.inputs, phi) - steps.outputs
    return (1 / Double(max(errors.shape[1] * errors.shape[2], 1))) * (errors * errors).sum()
  }
}

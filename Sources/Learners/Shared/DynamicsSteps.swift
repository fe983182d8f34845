import MetaRL
import Tensors

/// Steps as examples for a dynamics model: `[row, number]`, or `[task, row, number]`.
package struct DynamicsSteps: Sendable {
  /// Observation and action.
  package var inputs: Tensor
  /// The change of the observation, and the reward.
  package var outputs: Tensor

  package init(inputs: Tensor, outputs: Tensor) {
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Steps of every lane, `[row, number]`.
  init(_ transition: Transition) {
    guard case .continuous(let actions) = transition.actions else {
      preconditionFailure("a dynamics model takes vectors for actions")
    }
    // Environments clip actions to ±1, so the model learns from the clipped actions.
    let clipped = actions.clamped(to: -1...1)
    inputs = Tensor.concatenate([transition.observations, clipped], axis: 1).detached
    let reward = Tensor(transition.reward, shape: [transition.reward.count, 1])
    outputs = Tensor.concatenate([transition.nextObservations - transition.observations, reward], axis: 1).detached
  }

  /// The steps in the given rows of a buffer, `[row, number]`.
  init(_ rows: [Int], of buffer: ReplayBuffer, _ reward: RewardChannel) {
    var steps = TransitionRows()
    for row in rows { buffer.write(row, reward, to: &steps) }
    func matrix(_ values: [Float]) -> Tensor {
      Tensor(values, shape: [rows.count, values.count / max(rows.count, 1)])
    }
    let (before, after) = (matrix(steps.observations), matrix(steps.nextObservations))
    inputs = Tensor.concatenate([before, matrix(steps.actions).clamped(to: -1...1)], axis: 1)
    outputs = Tensor.concatenate([after - before, matrix(steps.rewards)], axis: 1)
  }

  /// Consecutive steps of every lane, joined to `[lane, step, number]`.
  ///
  /// - Precondition: there is at least one step.
  init(joining steps: [DynamicsSteps]) {
    func part(_ values: (DynamicsSteps) -> Tensor) -> Tensor {
      Tensor.concatenate(
        steps.map { step in
          let x = values(step)
          return x.reshaped([x.shape[0], 1, x.shape[1]])
        }, axis: 1)
    }
    inputs = part(\.inputs)
    outputs = part(\.outputs)
  }

  /// The steps normalized.
  func scaled(_ units: DynamicsUnits) -> DynamicsSteps {
    DynamicsSteps(inputs: units.scaled(inputs: inputs), outputs: units.scaled(outputs: outputs))
  }

  /// The given rows of each task, the same number for all: `[task, row, number]`.
  package func gathered(_ rows: [[Int]]) -> DynamicsSteps {
    func part(_ x: Tensor) -> Tensor {
      x.gather(rows.flatMap { $0 }).reshaped([rows.count, rows.first?.count ?? 0, x.shape[1]])
    }
    return DynamicsSteps(inputs: part(inputs), outputs: part(outputs))
  }
}

/// The normalization of a dynamics model: means and standard deviations of its inputs and outputs.
public struct DynamicsUnits: Codable, Sendable {
  /// `[input]` and `[output]`.
  var numbers: Parameters

  private static let names = ["inputs.mean", "inputs.deviation", "outputs.mean", "outputs.deviation"]

  /// Means of 0 and deviations of 1.
  init(observationSize: Int, actionSize: Int) {
    let sizes = [observationSize + actionSize, observationSize + 1]
    numbers = Parameters(
      names: Self.names,
      tensors: sizes.flatMap { [Tensor(repeating: 0, shape: [$0]), Tensor(repeating: 1, shape: [$0])] })
  }

  /// The statistics of rows `[row, input]` and `[row, output]`; the deviation of a constant column is 1.
  init(of steps: DynamicsSteps) {
    func statistics(_ x: Tensor) -> [Tensor] {
      let (rows, width) = (x.floatRows, x.shape[1])
      let count = Double(max(rows.count, 1))
      var (means, variances) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
      for row in rows { for i in 0..<width { means[i] += Double(row[i]) / count } }
      for row in rows {
        for i in 0..<width { variances[i] += (Double(row[i]) - means[i]) * (Double(row[i]) - means[i]) / count }
      }
      let deviations = variances.map { $0 > 1e-12 ? $0.squareRoot() : 1 }
      return [means, deviations].map { Tensor($0, shape: [width], precision: .float) }
    }
    numbers = Parameters(names: Self.names, tensors: statistics(steps.inputs) + statistics(steps.outputs))
  }

  func scaled(inputs: Tensor) -> Tensor {
    (inputs - numbers["inputs.mean"]) * numbers["inputs.deviation"].reciprocal()
  }

  func scaled(outputs: Tensor) -> Tensor {
    (outputs - numbers["outputs.mean"]) * numbers["outputs.deviation"].reciprocal()
  }

  /// The inverse of `scaled(outputs:)`.
  func unscaled(outputs: Tensor) -> Tensor {
    outputs * numbers["outputs.deviation"] + numbers["outputs.mean"]
  }
}

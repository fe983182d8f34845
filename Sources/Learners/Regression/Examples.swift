import MetaRL
import Tensors

/// Pairs of an input and the target that goes with it, of several tasks stacked on each other.
public struct Examples: Sendable {
  /// `[task, row, input]`.
  public let inputs: Tensor
  /// `[task, row, target]`.
  public let targets: Tensor
  /// One divided by the number of the task's targets, `[task, row, 1]`; 0 in rows that only fill up to the longest task.
  public let weights: Tensor

  /// Reads the examples of episodes: what a step observed, and what the observation after it showed to be due.
  ///
  /// - Parameters:
  ///   - tasks: the episodes of each task.
  ///   - supervision: where inputs and targets are.
  public init(_ tasks: [[Episode]], _ supervision: Supervision) {
    let counts = tasks.map { $0.reduce(0) { $0 + $1.stepCount } }
    let longest = counts.max() ?? 0
    var (inputs, targets, weights): ([Float], [Float], [Double]) = ([], [], [])
    for (episodes, count) in zip(tasks, counts) {
      for episode in episodes {
        let width = episode.observations.count / (episode.stepCount + 1)
        for step in 0..<episode.stepCount {
          inputs += supervision.inputs.map { episode.observations[step * width + $0] }
          targets += supervision.targets.map { episode.observations[(step + 1) * width + $0] }
        }
      }
      let missing = longest - count
      inputs += [Float](repeating: 0, count: missing * supervision.inputs.count)
      targets += [Float](repeating: 0, count: missing * supervision.targets.count)
      weights += [Double](repeating: 1 / Double(max(count, 1) * supervision.targets.count), count: count)
      weights += [Double](repeating: 0, count: missing)
    }
    self.inputs = Tensor(inputs, shape: [tasks.count, longest, supervision.inputs.count])
    self.targets = Tensor(targets, shape: [tasks.count, longest, supervision.targets.count])
    self.weights = Tensor(weights, shape: [tasks.count, longest, 1], precision: .float)
  }

  /// The examples of one task.
  func task(_ task: Int) -> Examples {
    Examples(
      inputs: inputs.slice(task..<task + 1), targets: targets.slice(task..<task + 1),
      weights: weights.slice(task..<task + 1))
  }

  /// Wraps tensors `[task, row, number]`; `weights` must be 0 in rows of padding.
  package init(inputs: Tensor, targets: Tensor, weights: Tensor) {
    (self.inputs, self.targets, self.weights) = (inputs, targets, weights)
  }

  /// The number of tasks.
  public var taskCount: Int { inputs.shape[0] }

  /// The mean squared error of the predictions of each task, summed over tasks: its gradient with respect to what
  /// belongs to one task equals the result for the task alone.
  public func squaredError(of predictions: Tensor) -> Tensor {
    let errors = predictions - targets
    return (errors * errors * weights).sum()
  }

  /// The mean squared error of the predictions of each task, `[task]`.
  func squaredErrors(of predictions: Tensor) -> Tensor {
    let errors = predictions - targets
    return (errors * errors * weights).reshaped([taskCount, targets.count / max(taskCount, 1)]).sum(axis: 1)
  }
}

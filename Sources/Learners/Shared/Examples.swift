import MetaRL
import Tensors

/// Pairs of an input and the target that goes with it, one a row.
public struct Examples: Sendable {
  /// `[row, input]`.
  public let inputs: Tensor
  /// `[row, target]`.
  public let targets: Tensor

  /// Reads the examples of episodes: what a step observed, and what the observation after it showed to be due.
  ///
  /// - Parameters:
  ///   - episodes: at least one step in all.
  ///   - supervision: where inputs and targets are.
  public init(_ episodes: [Episode], _ supervision: Supervision) {
    var (inputs, targets): ([Float], [Float]) = ([], [])
    for episode in episodes {
      let width = episode.observations.count / (episode.stepCount + 1)
      for step in 0..<episode.stepCount {
        inputs += supervision.inputs.map { episode.observations[step * width + $0] }
        targets += supervision.targets.map { episode.observations[(step + 1) * width + $0] }
      }
    }
    self.inputs = Tensor(inputs, shape: [inputs.count / supervision.inputs.count, supervision.inputs.count])
    self.targets = Tensor(targets, shape: [targets.count / supervision.targets.count, supervision.targets.count])
  }

  /// The mean squared error of predictions, one a row.
  public func meanSquaredError(of predictions: Tensor) -> Tensor {
    let errors = predictions - targets
    return (errors * errors).mean()
  }
}

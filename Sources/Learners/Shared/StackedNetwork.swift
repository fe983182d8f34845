import Networks
import Tensors

// Networks of one shape with separate parameters, in one graph for all tasks of a meta-batch.

extension Parameters {
  /// The parameters repeated for each of `taskCount` tasks, `[task] + shape`.
  package func stacked(_ taskCount: Int) -> Parameters {
    map { $0.broadcast(to: [taskCount] + $0.shape) }
  }

  /// The mean over the stack: the mean of gradients of each task is the gradient of shared parameters.
  var meanOfStack: Parameters {
    map { (1 / Double(max($0.shape[0], 1))) * $0.sum(axis: 0) }
  }
}

extension MLP {
  /// The outputs `[task, row, output]` at inputs `[task, row, input]`, with separate parameters for each task.
  ///
  /// - Parameters:
  ///   - inputs: the same number of rows for every task.
  ///   - phi: the parameters of this network, each `[task] + shape`.
  /// - Returns: the output of each task's network.
  package func stackedOutputs(at inputs: Tensor, _ phi: Parameters) -> Tensor {
    let names = parameterNames
    return stride(from: 0, to: names.count, by: 2).reduce(inputs) { x, layer in
      let (weights, bias) = (phi[names[layer]], phi[names[layer + 1]])
      let sum = x.matmul(weights) + bias.reshaped([bias.shape[0], 1, bias.shape[1]])
      switch layer == names.count - 2 ? outputActivation : activation {
      case .identity: return sum
      case .tanh: return sum.tanh()
      case .relu: return sum.relu()
      }
    }
  }
}

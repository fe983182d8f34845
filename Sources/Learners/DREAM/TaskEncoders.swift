import MetaRL
import Networks
import Tensors

/// The encoder of tasks, f, which sees descriptors, and that of what was explored, g: training brings both to the same
/// latent vector.
package struct TaskEncoders: Sendable {
  /// g: from the steps of an exploration episode to a latent vector, after each of them and before the first.
  package let trajectory: MemoryNetwork
  private let hiddenSizes: [Int]
  private let bound: Double

  init(_ c: DREAM.Configuration, inputSize: Int) {
    trajectory = MemoryNetwork(
      inputSize: inputSize, readout: Readout(width: c.readoutSize), outputSize: c.latentSize, prefix: "trajectory."
    ) { RecurrentMemory(cell: .lstm, inputSize: $0, hiddenSize: c.encoderSize, prefix: $1) }
    (hiddenSizes, bound) = (c.taskEncoderSizes, c.latentBound)
  }

  /// f, for descriptors of a length that a family's tasks show.
  package func task(descriptorSize: Int) -> MLP {
    MLP(
      sizes: [descriptorSize] + hiddenSizes + [trajectory.outputSize], activation: .relu, prefix: "task.")
  }

  /// f(id) of descriptors `[row, number]`: `[row, latent]`.
  package func tasks(_ descriptors: Tensor, _ theta: Parameters) -> Tensor {
    task(descriptorSize: descriptors.shape[1])(descriptors, theta)
  }

  /// The numbers of descriptors that parameters are for; nil if f is not among them.
  func descriptorSize(in theta: Parameters) -> Int? {
    let name = "task.layer1.weights"
    return theta.names.contains(name) ? theta[name].shape.first : nil
  }
}

// MARK: What is learned with execution

extension TaskEncoders {
  /// The bottleneck: max(‖f(id)‖², K), summed over tasks.
  ///
  /// Against the noise of a latent vector, its length bounds the information that it can carry.
  package func bottleneck(_ tasks: Tensor) -> Tensor {
    let squares = (tasks * tasks).sum(axis: 1)
    return ((squares - Tensor(bound)).relu() + Tensor(bound)).sum()
  }

  /// ‖stop f(id) - g(τ up to t)‖², summed over all prefixes of all trajectories, the empty ones included.
  package func error(_ tasks: Tensor, _ trajectories: Tensor, of batch: SequenceBatch) -> Tensor {
    let prefixes = batch.prefixes
    let difference =
      tasks.detached.gather(prefixes.map(\.sequence)) - trajectories.gather(prefixes.map(\.row))
    return (difference * difference).sum()
  }
}

// MARK: What exploration is rewarded for

extension TaskEncoders {
  /// ‖f(id) - g(τ up to t)‖² of each trajectory, from t = 0, the empty prefix, to its end.
  package func distances(
    _ descriptors: Tensor, _ batch: SequenceBatch, _ theta: Parameters
  ) -> [[Double]] {
    let theta = theta.detached
    let (codes, known) = (trajectory(batch.inputs, theta), tasks(descriptors, theta))
    let prefixes = batch.prefixes
    let difference = known.gather(prefixes.map(\.sequence)) - codes.gather(prefixes.map(\.row))
    let all = (difference * difference).sum(axis: 1).doubles
    var distances = [[Double]](repeating: [], count: descriptors.shape[0])
    for (place, prefix) in prefixes.enumerated() { distances[prefix.sequence].append(all[place]) }
    return distances
  }

  /// r(t) = ‖f - g(τ up to t)‖² - ‖f - g(τ up to t + 1)‖² - c, with the sign of the decrease: they sum up to
  /// d(0) - d(T) - c T.
  package static func rewards(_ distances: [Double], sign: Double = 1, cost: Double) -> [Float] {
    zip(distances, distances.dropFirst()).map { Float(sign * ($0 - $1) - cost) }
  }
}

extension SequenceBatch {
  /// The rows of all inputs that are there, sequence after sequence: the empty prefix of a trajectory, and those that end
  /// with each of its steps.
  ///
  /// - Precondition: inputs have one step more than there are choices, and every choice is trained.
  var prefixes: [(sequence: Int, row: Int)] {
    let count = inputs.shape[1]
    var all: [(sequence: Int, row: Int)] = []
    for row in rows {
      if row < count { all.append((row, row)) }
      all.append((row % count, row + count))
    }
    return all
  }

  /// The row of the last input of each sequence.
  var lastRows: [Int] {
    var last = [Int](repeating: 0, count: inputs.shape[1])
    for prefix in prefixes { last[prefix.sequence] = prefix.row }
    return last
  }
}

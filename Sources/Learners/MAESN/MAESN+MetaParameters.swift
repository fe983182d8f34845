import MetaRL
import Networks
import Tensors

/// The parts of θ: the policy, distributions of z for all training tasks, and step sizes.
extension MAESN {
  private static let latentPrefix = "latent."
  static let meanName = latentPrefix + "mean"
  static let logDeviationName = latentPrefix + "logDeviation"

  /// `[task, latent]`: means from the standard normal distribution, deviations 1.
  static func makeLatents(_ c: Configuration, using random: RandomStream) -> Parameters {
    let means = (0..<c.trainingTasks).flatMap { task in
      var stream = random.split("task", task)
      return stream.normals(c.latentSize)
    }
    let shape = [c.trainingTasks, c.latentSize]
    return Parameters(
      names: [meanName, logDeviationName],
      tensors: [Tensor(means, shape: shape), Tensor(repeating: 0, shape: shape)])
  }

  /// A size for each number of z's mean and deviation and, if the policy adapts, for each of its parameters.
  static func makeStepSizes(_ c: Configuration, for weights: Parameters) -> Parameters {
    let latent = Tensor(repeating: c.innerStepSize, shape: [c.latentSize])
    let sizes = Parameters(names: [meanName, logDeviationName], tensors: [latent, latent])
    guard c.policyStepSize != 0 else { return sizes }
    return sizes.merging(weights.map { Tensor(repeating: c.policyStepSize, shape: $0.shape) })
  }

  /// The policy's part of the meta-parameters.
  package func weights(in theta: Parameters) -> Parameters {
    theta.selecting(theta.names.filter { !$0.hasPrefix(Self.latentPrefix) && !MetaParameters.isStepSize($0) })
  }

  /// The initial μ and σ of each training task.
  package func start(of task: Int, in theta: Parameters) -> Adapted {
    func row(_ name: String) -> Tensor { theta[name].gather([task]).reshaped([configuration.latentSize]) }
    let latent = LatentDistribution(mean: row(Self.meanName), logDeviation: row(Self.logDeviationName))
    return Adapted(latent: latent, weights: weights(in: theta))
  }

  /// The initial distribution of a new task: the standard normal one.
  package var prior: Adapted {
    Adapted(latent: LatentDistribution(prior: configuration.latentSize), weights: weights(in: theta))
  }
}

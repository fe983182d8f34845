import MetaRL
import Networks
import Tensors

extension RegressionMAML: ExportableLearner {
  /// The network's parameters.
  public var metaParameters: Parameters { theta.detached }

  /// The inner steps of an agent.
  public var adaptation: Adaptation {
    let c = configuration
    let points = c.pointsAtTest == .firstEpisode ? "of the first episode" : "of all episodes so far"
    return Adaptation(
      procedure: "1. phi = theta. 2. After every episode, take \(c.stepsPerEpisode) step(s) phi <- phi - "
        + "\(c.innerStepSize) * dL/dphi, L being the mean squared error at the points \(points). The inputs are numbers "
        + "\(supervision.inputs.lowerBound) to \(supervision.inputs.upperBound - 1) of the observation, and an action is "
        + "a prediction divided by \(supervision.predictionScale).",
      episodesPerStep: 1)
  }
}

extension RegressionMAML.LifetimeAgent: ExportableAgent {
  /// The network with the parameters that a lane has adapted, from whole observations to actions.
  public func policyNetwork(lane: Int) -> PolicyNetwork {
    // Parameters of a lane are a stack of one task.
    let names = learner.network.parameterNames
    let own = phi.isEmpty ? learner.theta : phi[lane].map { $0.reshaped(Array($0.shape.dropFirst())) }
    var layers = PolicyNetwork.layers(of: learner.network, Parameters(names: names, tensors: names.map { own[$0] }))
    let (inputs, hidden) = (learner.supervision.inputs, layers[0].weights.shape[1])
    var weights = [Float](repeating: 0, count: learner.spec.observationSize * hidden)
    weights.replaceSubrange(inputs.lowerBound * hidden..<inputs.upperBound * hidden, with: layers[0].weights.floats)
    layers[0].weights = Tensor(weights, shape: [learner.spec.observationSize, hidden])
    let size = layers[layers.count - 1].weights.shape[1]
    let scale = Float(1 / learner.supervision.predictionScale)
    layers.append(
      .init(
        weights: Tensor(
          (0..<size * size).map { $0 / size == $0 % size ? scale : 0 }, shape: [size, size]),
        bias: Tensor([Float](repeating: 0, count: size)), activation: .identity))
    return PolicyNetwork(layers: layers, head: .action)
  }
}

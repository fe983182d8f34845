import MetaRL
import Networks
import Tensors

extension RegressionMAML: ExportableLearner {
  /// The network's parameters and, if they are learned, step sizes.
  public var metaParameters: Parameters { theta.detached }

  /// The inner steps of an agent.
  public var adaptation: Adaptation {
    let c = configuration
    let points = c.pointsAtTest == .firstEpisode ? "of the first episode" : "of all episodes so far"
    let (start, moved) = adapted.inWords
    let size =
      c.stepSizes == .learned ? "(stepSize.NAME, number by number, for the parameter NAME)" : "\(c.innerStepSize)"
    let step =
      c.innerOptimizer == .adam
      ? "step(s) of Adam of size \(c.innerStepSize), its first decay being 0, down dL/dphi"
        + (c.optimizerMemory == .carried ? ", with the memory of meta-training" : "")
      : "step(s) \(moved) <- phi - \(size) * dL/dphi"
    return Adaptation(
      procedure: "1. \(start). 2. After every episode, take \(c.stepsPerEpisode) \(step), "
        + "L being the mean squared error at the points \(points). The inputs are numbers "
        + "\(supervision.inputs.lowerBound) to \(supervision.inputs.upperBound - 1) of the observation, and an action is "
        + "a prediction divided by \(supervision.predictionScale).",
      episodesPerStep: 1)
  }
}

extension RegressionMAML.LifetimeAgent: ExportableAgent {
  /// The network with the parameters that a lane has adapted, from whole observations to actions.
  public func policyNetwork(lane: Int) -> PolicyNetwork {
    // Parameters of a lane are a stack of one task.
    let own = learner.adapted.network(parameters(lane: lane)).map { $0.reshaped(Array($0.shape.dropFirst())) }
    var layers = PolicyNetwork.layers(of: learner.network, own.selecting(learner.network.parameterNames))
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

import MetaRL
import Networks
import Tensors

extension RegressionMAML: ExportableLearner {
  /// The network's parameters and, if they are learned, the step sizes.
  public var metaParameters: Parameters { theta.detached }

  /// The inner steps of an agent.
  public var adaptation: Adaptation {
    let c = configuration
    let points = c.pointsAtTest == .firstEpisode ? "of the first episode" : "of all episodes so far"
    let (start, moved) = model.adapted.inWords
    let size =
      c.stepSizes == .learned ? "(stepSize.NAME, number by number, for the parameter NAME)" : "\(c.innerStepSize)"
    let step =
      c.innerOptimizer == .adam
      ? "step(s) of Adam of size \(c.innerStepSize) on dL/dphi, with beta1 = 0"
        + (c.optimizerMemory == .carried ? " and second moments, which only the checkpoint has" : "")
      : "step(s) \(moved) <- phi - \(size) * dL/dphi"
    return Adaptation(
      procedure: "1. \(start). 2. After every episode, take \(c.stepsPerEpisode) \(step), "
        + "L being the mean squared error at the points \(points). The inputs are numbers "
        + "\(model.supervision.inputs.lowerBound) to \(model.supervision.inputs.upperBound - 1) of the observation, and an action is "
        + "a prediction divided by \(model.supervision.predictionScale).",
      episodesPerStep: 1)
  }
}

import MetaRL
import Networks
import Tensors

// What a checkpoint holds, and what other programs read.
extension DREAM {
  public func canContinue(from state: State) -> Bool {
    var due = self.state
    if let size = encoders.descriptorSize(in: state.execution.theta) {
      due.execution.add(encoders.task(descriptorSize: size).makeParameters(using: RandomStream(seed: 0)))
    }
    return state.exploration.hasForm(of: due.exploration) && state.execution.hasForm(of: due.execution)
      && [state.explored, state.executed].allSatisfy {
        $0.hasForm(of: due.explored) && $0.steps.holdsChoices(below: spec.actionSpace.width)
          && $0.count == state.tasks.count
      }
      && (state.tasks + [state.explorationSteps, state.executionSteps]).allSatisfy { (0..<1 << 53).contains($0) }
  }
}

extension DREAM: ExportableLearner {
  /// The parameters of both networks of values and of both encoders.
  public var metaParameters: Parameters { state.exploration.theta.merging(state.execution.theta).detached }

  public var adaptation: Adaptation {
    Adaptation(
      procedure:
        "All networks are recurrent; their states begin at 0. Each sees the observation and, of the step before, the action as "
        + "one number 1 among 0s, the reward \"\(configuration.reward.rawValue)\", and 1 if it ended an episode; at first 0s and "
        + "a 1. In the first episode an agent takes the action with the highest value of explorer., and shows the same inputs to "
        + "trajectory., and last the observation that the episode ended with. The last output is z. In every later episode it "
        + "takes the action with the highest value of executor., whose state begins at 0 again and whose inputs end with z. "
        + "The last output of both networks of values is the value of the state; those before it, less their mean, are added "
        + "to it. task. is for training alone.",
      episodesPerStep: nil)
  }
}

import MetaRL
import Tensors

/// Acts at random and learns nothing: what every learner is measured against.
///
/// Choices are uniform. Vectors are standard normal, as those of an untrained Gaussian policy are.
///
/// Logs: nothing.
public struct RandomActions: MetaLearner {
  public struct Configuration: LearnerConfiguration {
    public init() {}
  }

  private let actionSpace: ActionSpace

  /// Notes the form of the actions; there is nothing to train.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) {
    actionSpace = spec.actionSpace
  }

  public mutating func metaTrain(_ session: inout TrainingSession) {}

  public func makeAgent(using random: LaneRandom) -> RandomAgent {
    RandomAgent(actionSpace: actionSpace)
  }

  /// Acts at random, whatever it observes.
  public struct RandomAgent: Agent {
    let actionSpace: ActionSpace

    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      switch actionSpace {
      case .continuous(let size):
        .continuous(Tensor(random.normals(perLane: size), shape: [random.count, size]))
      case .discrete(let count):
        .discrete((0..<random.count).map { random[$0].integer(below: count) })
      }
    }
  }
}

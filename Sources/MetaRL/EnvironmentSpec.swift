/// The form of the actions that a family takes.
public enum ActionSpace: Hashable, Codable, Sendable {
  /// A vector of the given size. An action of 1 is the full range; larger values are clipped to ±1.
  case continuous(size: Int)
  /// One of the given number of choices, numbered from 0.
  case discrete(count: Int)

  /// The width of an action as a network's output: the vector's size, or one logit a choice.
  public var width: Int {
    switch self {
    case .continuous(let size): size
    case .discrete(let count): count
    }
  }
}

/// The properties of a family that a learner needs to build its networks.
public struct EnvironmentSpec: Hashable, Codable, Sendable {
  /// The count of numbers in an observation.
  public var observationSize: Int
  /// The form of the actions that a family takes.
  public var actionSpace: ActionSpace
  /// The steps after which an episode is cut off, if the task has not ended it.
  public var horizon: Int
  /// The reward channel that this family reports.
  public var reportedReward: RewardChannel
  /// The episodes of the lifetimes that a learner is to prepare for; the harness says how many.
  public var episodesPerLifetime: Int
  /// The number of states, if an observation begins with the state, one-hot; nil if it does not.
  public var stateCount: Int?
  /// The places of targets in observations; nil unless tasks are supervised.
  public var supervision: Supervision?
  /// Whether the family tells the best choices of its tasks (`TaskFamily.bestChoices`); nil: it does not.
  public var tellsBestChoices: Bool?

  /// Describes a family.
  public init(
    observationSize: Int, actionSpace: ActionSpace, horizon: Int, reportedReward: RewardChannel = .dense,
    episodesPerLifetime: Int = 1, stateCount: Int? = nil, supervision: Supervision? = nil,
    tellsBestChoices: Bool? = nil
  ) {
    self.observationSize = observationSize
    self.actionSpace = actionSpace
    self.horizon = horizon
    self.reportedReward = reportedReward
    self.episodesPerLifetime = episodesPerLifetime
    self.stateCount = stateCount
    self.supervision = supervision
    self.tellsBestChoices = tellsBestChoices
  }

  /// The same with episodes of at most the given number of steps.
  public func with(horizon: Int) -> EnvironmentSpec {
    var spec = self
    spec.horizon = horizon
    return spec
  }

  /// The same for lifetimes of the given number of episodes.
  public func with(episodesPerLifetime: Int) -> EnvironmentSpec {
    var spec = self
    spec.episodesPerLifetime = episodesPerLifetime
    return spec
  }
}

/// The places of inputs and targets in a family whose actions are predictions.
///
/// Targets come after the prediction: the observation that follows a step shows what should have been predicted in it.
public struct Supervision: Hashable, Codable, Sendable {
  /// The numbers of an observation that say where to predict.
  public var inputs: Range<Int>
  /// The numbers of the next observation that say what the prediction should have been.
  public var targets: Range<Int>
  /// The prediction of action 1, in units of the targets.
  public var predictionScale: Double

  /// Describes examples.
  public init(inputs: Range<Int>, targets: Range<Int>, predictionScale: Double) {
    self.inputs = inputs
    self.targets = targets
    self.predictionScale = predictionScale
  }
}

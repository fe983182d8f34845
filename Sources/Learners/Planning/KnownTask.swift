import MetaRL
import Tensors

/// Acts optimally in the task, which it knows.
///
/// A control that shows what there is to earn. It reads the task's descriptor, with which observations end: for a bandit
/// the mean reward of each arm, for an MDP the probabilities of the transitions, `[state, action, next state]` row by
/// row, and then the mean rewards, `[state, action]` row by row. It plans by backward induction, without discount.
///
/// Logs: nothing.
public struct KnownTask: MetaLearner {
  public struct Configuration: LearnerConfiguration {
    public init() {}
  }

  private let spec: EnvironmentSpec
  private let size: MDPSize

  /// Notes the size of the descriptor.
  ///
  /// - Throws: `UnsupportedFamilyError` unless observations end with the descriptor of a bandit or of an MDP.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    self.spec = spec
    if case .discrete(let armCount) = spec.actionSpace, spec.horizon == 1 {
      // A bandit is an MDP of one state, whose descriptor does not say that the state stays.
      guard spec.observationSize == 1 + armCount else {
        throw UnsupportedFamilyError(
          "known-task needs the mean reward of each arm: observations of \(1 + armCount) numbers, not "
            + "\(spec.observationSize).")
      }
      size = MDPSize(stateCount: 1, actionCount: armCount)
      return
    }
    size = try MDPSize(of: spec, for: "known-task")
    let pairCount = size.stateCount * size.actionCount
    guard spec.observationSize == size.stateCount + pairCount * (size.stateCount + 1) else {
      throw UnsupportedFamilyError(
        "known-task needs the transitions and rewards of an MDP of \(size.stateCount) states and "
          + "\(size.actionCount) actions, \(pairCount * (size.stateCount + 1)) numbers. This family's descriptor has "
          + "\(spec.observationSize - size.stateCount); tabular-mdp-10 would do.")
    }
  }

  public mutating func metaTrain(_ session: inout TrainingSession) {}

  public func makeAgent(using random: LaneRandom) -> PerLane<Planner> {
    let newborn = Planner(size: size, horizon: spec.horizon)
    return PerLane([Planner](repeating: newborn, count: random.count))
  }

  /// Plans once, and then acts by the plan.
  public struct Planner: LaneAgent {
    let size: MDPSize
    let horizon: Int
    var step = 0
    /// `[step, state, action]`, row by row; empty before the first action.
    var values: [Double] = []

    /// The best action; of several the one with the lowest number.
    public mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction {
      if values.isEmpty { values = task(in: observation).actionValues(horizon: horizon) }
      let state = horizon == 1 ? 0 : observation.state(of: size.stateCount)
      let start = (min(step, horizon - 1) * size.stateCount + state) * size.actionCount
      return .discrete(TieBreaking.lowest.best(of: size.actionCount, using: &random) { values[start + $0] })
    }

    public mutating func observe(_ transition: LaneTransition) { step += 1 }

    public mutating func endEpisode(using random: inout RandomStream) { step = 0 }

    /// The task that an observation ends with.
    private func task(in observation: [Float]) -> FiniteMDP {
      let pairCount = size.stateCount * size.actionCount
      let rewards = observation.suffix(pairCount).map(Double.init)
      let transitions =
        horizon == 1
        ? [Double](repeating: 0, count: pairCount * size.stateCount)
        : observation[size.stateCount..<size.stateCount * (1 + pairCount)].map(Double.init)
      return FiniteMDP(
        stateCount: size.stateCount, actionCount: size.actionCount, rewards: rewards, transitions: transitions)
    }
  }
}

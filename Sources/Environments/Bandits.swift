import MetaRL
import Tensors

/// A bandit: the mean reward of each arm.
public struct BanditTask: Codable, Sendable, Hashable {
  /// The mean reward of each arm; the probability of reward 1 where rewards are 0 or 1.
  public var meanRewards: [Float]

  /// A bandit whose arms have the given mean rewards.
  public init(meanRewards: [Float]) { self.meanRewards = meanRewards }

  /// The arms with the highest mean reward.
  var bestArms: [Int] {
    let highest = meanRewards.max()
    return meanRewards.indices.filter { meanRewards[$0] == highest }
  }
}

/// Bandits side by side: each pull is an episode of one step, and the observation is always 0.
public struct BanditLanes: Environment {
  /// The rewards of a pull in every lane, given the mean of each pulled arm.
  typealias Draw = @Sendable (_ means: [Float], _ random: inout LaneRandom) -> [Float]

  private let arms: Int
  /// `[lane, arm]`, row by row.
  private let meanRewards: [Float]
  private let draw: Draw

  init(_ tasks: [BanditTask], arms: Int, draw: @escaping Draw) {
    self.arms = arms
    self.draw = draw
    meanRewards = tasks.flatMap(\.meanRewards)
  }

  public var laneCount: Int { meanRewards.count / arms }

  public mutating func reset(using random: inout LaneRandom) -> Tensor {
    Tensor(repeating: 0, shape: [laneCount, 1])
  }

  public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
    let pulled = actions.choices(lanes: laneCount, count: arms)
    let means = pulled.indices.map { meanRewards[$0 * arms + pulled[$0]] }
    return StepOutcome(
      observations: Tensor(repeating: 0, shape: [laneCount, 1]), rewards: Rewards(draw(means, &random)),
      terminated: [Bool](repeating: true, count: laneCount))
  }
}

extension EnvironmentSpec {
  /// Observation 0; one choice an arm; one step.
  static func bandit(arms: Int) -> EnvironmentSpec {
    EnvironmentSpec(observationSize: 1, actionSpace: .discrete(count: arms), horizon: 1, tellsBestChoices: true)
  }
}

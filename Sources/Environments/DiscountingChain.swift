import MetaRL
import Tensors

/// The discounting chain of bsuite: one choice among rewards with different delays (Osband et al., 2020, arXiv:1908.03568).
///
/// The first action of an episode of 100 steps chooses one of five chains; later actions have no effect. The chains give one
/// reward each, after 1, 3, 10, 30 or 100 steps: 1.1 in the bonus chain, which is the task, and 1.0 in the others. With a
/// discount below 1.1^(-1/29) = 0.99672, the chain of 1 step is worth more than a bonus after 30 steps.
public struct DiscountingChain: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The index of the chain with the larger reward.
    public var bonusChain: Int

    /// A task with a bonus in the given chain.
    ///
    /// - Precondition: the chain exists.
    public init(bonusChain: Int) {
      precondition(DiscountingChain.delays.indices.contains(bonusChain), "there is no chain \(bonusChain)")
      self.bonusChain = bonusChain
    }
  }

  /// The chains that can have the bonus.
  public enum Bonus: String, Sendable, CaseIterable {
    /// Any chain: five tasks.
    case anyChain
    /// The chain with the reward after 30 steps: one task, mapping seed 3 of bsuite.
    case thirtySteps
  }

  /// The delay of each chain's reward, in steps.
  public static let delays = [1, 3, 10, 30, 100]
  static let horizon = 100
  static let pay: Float = 1
  static let bonusPay: Float = 1.1

  /// The chains that can have the bonus.
  public let bonus: Bonus

  /// A family with the bonus in any chain, or in one.
  public init(bonus: Bonus = .anyChain) { self.bonus = bonus }

  /// Observations of the chosen chain, -1 before the choice, and of the elapsed share of the episode; five choices; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2, actionSpace: .discrete(count: Self.delays.count), horizon: Self.horizon)
  }

  /// Task `i` has its bonus in chain `i` modulo 5.
  public func task(_ id: TaskID) -> TaskParameters {
    switch bonus {
    case .anyChain: TaskParameters(bonusChain: id.index % Self.delays.count)
    case .thirtySteps: TaskParameters(bonusChain: 3)
    }
  }

  /// The bonus chain, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    Self.delays.indices.map { $0 == task.bonusChain ? 1 : 0 }
  }

  /// The same number in all splits: test tasks are training tasks.
  public func taskCount(in split: TaskID.Split) -> Int? {
    bonus == .anyChain ? Self.delays.count : 1
  }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  /// Five chains in each lane.
  public struct Lanes: Environment {
    let bonusChains: [Int]
    /// The chosen chain in each lane; -1 before the choice.
    var chosen: [Int]
    var time = 0

    init(_ tasks: [TaskParameters]) {
      bonusChains = tasks.map(\.bonusChain)
      chosen = tasks.map { _ in -1 }
    }

    public var laneCount: Int { bonusChains.count }

    private var observations: Tensor {
      let now = Float(time) / Float(DiscountingChain.horizon)
      return Tensor(chosen.flatMap { [Float($0), now] }, shape: [laneCount, 2])
    }

    /// Undoes the choice in every lane.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      time = 0
      for lane in chosen.indices { chosen[lane] = -1 }
      return observations
    }

    /// Chooses a chain at the first step, and gives its reward after its delay.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: DiscountingChain.delays.count)
      if time == 0 { chosen = choices }
      time += 1
      let rewards = chosen.indices.map { lane -> Float in
        guard time == DiscountingChain.delays[chosen[lane]] else { return 0 }
        return chosen[lane] == bonusChains[lane] ? DiscountingChain.bonusPay : DiscountingChain.pay
      }
      return StepOutcome(observations: observations, rewards: Rewards(rewards))
    }
  }
}

extension DiscountingChain {
  /// The family's card.
  public var card: FamilyCard {
    let tasks =
      bonus == .anyChain
      ? "The first action chooses a reward after 1, 3, 10, 30 or 100 steps; one of the five is 10 % larger."
      : "The first action chooses a reward after 1, 3, 10, 30 or 100 steps; the one after 30 steps is 10 % larger."
    return FamilyCard(
      name: bonus == .anyChain ? "discounting-chain" : "discounting-chain-30", version: 1,
      summary: tasks + " Test tasks are training tasks.",
      source: "Osband et al. 2020, arXiv:1908.03568, bsuite",
      episodesPerLifetime: 5,
      random: .init(1.02, computation: "exact: the mean of five chains, one of which gives 1.1"),
      oracle: .init(1.1, computation: "exact: the bonus chain"),
      trajectoryHash: bonus == .anyChain ? "3542fbf216f29195" : "9afb7a7669d7384d")
  }
}

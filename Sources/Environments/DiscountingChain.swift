import MetaRL
import Tensors

/// One choice that pays sooner or later: the discounting chain of bsuite (Osband et al., 2020, arXiv:1908.03568).
///
/// The first action of an episode of 100 steps chooses one of five chains; all others do nothing. The chains pay once, after
/// 1, 3, 10, 30 or 100 steps: 1.0, but 1.1 in the bonus chain, which is the task. An agent that discounts by less than
/// 1.1^(-1/29) = 0.99672 thinks more of the chain of 1 than of a bonus after 30 steps.
public struct DiscountingChain: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The chain that pays more, from 0.
    public var bonusChain: Int

    /// A task with a bonus in the given chain.
    ///
    /// - Precondition: there is such a chain.
    public init(bonusChain: Int) {
      precondition(DiscountingChain.delays.indices.contains(bonusChain), "there is no chain \(bonusChain)")
      self.bonusChain = bonusChain
    }
  }

  /// Where the bonus can be.
  public enum Bonus: String, Sendable, CaseIterable {
    /// In any chain: five tasks.
    case anyChain
    /// In the chain that pays after 30 steps: one task, mapping seed 3 of bsuite.
    case thirtySteps
  }

  /// The steps after which each chain pays.
  public static let delays = [1, 3, 10, 30, 100]
  static let horizon = 100
  static let pay: Float = 1
  static let bonusPay: Float = 1.1

  /// Where the bonus can be.
  public let bonus: Bonus

  /// Makes the family.
  public init(bonus: Bonus = .anyChain) { self.bonus = bonus }

  /// Observation: the chosen chain, -1 before the choice, and a hundredth of the time; five choices; 100 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2, actionSpace: .discrete(count: Self.delays.count), horizon: Self.horizon)
  }

  /// The chain of a name.
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

  /// As many as there can be.
  public func taskCount(in split: TaskID.Split) -> Int? {
    bonus == .anyChain ? Self.delays.count : 1
  }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  /// Chains side by side.
  public struct Lanes: Environment {
    let bonusChains: [Int]
    /// The chain that was chosen in each lane; -1 before.
    var chosen: [Int]
    var time = 0

    init(_ tasks: [TaskParameters]) {
      bonusChains = tasks.map(\.bonusChain)
      chosen = tasks.map { _ in -1 }
    }

    /// The number of lanes.
    public var laneCount: Int { bonusChains.count }

    private var observations: Tensor {
      let now = Float(time) / Float(DiscountingChain.horizon)
      return Tensor(chosen.flatMap { [Float($0), now] }, shape: [laneCount, 2])
    }

    /// Goes back to before the choice.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      time = 0
      for lane in chosen.indices { chosen[lane] = -1 }
      return observations
    }

    /// Chooses at the first step, and pays at the step that is due.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: DiscountingChain.delays.count)
      if time == 0 { chosen = choices }
      time += 1
      let rewards = chosen.indices.map { lane -> Float in
        guard time == DiscountingChain.delays[chosen[lane]] else { return 0 }
        return chosen[lane] == bonusChains[lane] ? DiscountingChain.bonusPay : DiscountingChain.pay
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards),
        terminated: [Bool](repeating: false, count: laneCount))
    }
  }
}

extension DiscountingChain {
  /// What the family is.
  public var card: FamilyCard {
    let tasks =
      bonus == .anyChain
      ? "One choice pays after 1, 3, 10, 30 or 100 steps, a little more in one of five chains."
      : "One choice pays after 1, 3, 10, 30 or 100 steps, a little more after 30."
    return FamilyCard(
      name: bonus == .anyChain ? "discounting-chain" : "discounting-chain-30", version: 1,
      summary: tasks + " Test tasks are the tasks of training.",
      source: "Osband et al. 2020, arXiv:1908.03568, bsuite",
      episodesPerLifetime: 5,
      random: .init(1.02, computation: "exact: one of five chains, of which one pays 1.1"),
      oracle: .init(1.1, computation: "exact: the bonus chain"),
      trajectoryHash: bonus == .anyChain ? "3542fbf216f29195" : "9afb7a7669d7384d")
  }
}

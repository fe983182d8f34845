import MetaRL
import Tensors

/// A test of whether an agent explores although it costs: looking pays only for those who use what they see.
///
/// A lifetime has two episodes of one step, in which an agent skips or pulls one of two arms. Skipping gives 0.1 in the
/// first episode, the right arm 0.05 and the other -0.05; both tell which is which. In the second episode the right arm
/// gives 1, and nothing else gives anything. The best agent pulls twice and earns 1; the best of those that never look
/// earns 0.6. While an agent has not learned to use what it sees, looking only costs 0.1, and agents that learn both
/// together, such as RL², learn not to look: the problem that DREAM (Liu et al. 2021, arXiv:2008.02790) addresses.
///
/// What an episode is depends on its number in the lifetime: the environment counts its resets. Those after the second are
/// like the second.
public struct PayToLook: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// Whether the second arm is the right one, not the first.
    public let secondPays: Bool

    /// A task in which one of the arms pays.
    public init(secondPays: Bool) { self.secondPays = secondPays }
  }

  /// The only family of its kind.
  public init() {}

  /// Observation: 1 and 0 in the first episode, 0 and 1 in later ones; three choices: skip, first arm, second arm; one step.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .discrete(count: 3), horizon: 1)
  }

  /// The two tasks in turn, in every split.
  public func task(_ id: TaskID) -> TaskParameters { TaskParameters(secondPays: !id.index.isMultiple(of: 2)) }

  /// 1 for the arm that pays.
  public func descriptor(of task: TaskParameters) -> [Float] { task.secondPays ? [0, 1] : [1, 0] }

  public func taskCount(in split: TaskID.Split) -> Int? { 2 }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes {
    Lanes(winners: tasks.map { $0.secondPays ? 2 : 1 })
  }

  /// Two arms in each lane.
  public struct Lanes: Environment {
    /// The choice that wins, in each lane.
    let winners: [Int]
    var startedEpisodes = 0

    public var laneCount: Int { winners.count }

    private var isFirst: Bool { startedEpisodes <= 1 }

    private var observations: Tensor {
      Tensor(oneHot: [Int](repeating: isFirst ? 0 : 1, count: laneCount), count: 2)
    }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      startedEpisodes += 1
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: 3)
      let (skipping, winning, losing): (Float, Float, Float) = isFirst ? (0.1, 0.05, -0.05) : (0, 1, 0)
      let rewards = zip(choices, winners).map { $0 == 0 ? skipping : $0 == $1 ? winning : losing }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards),
        terminated: [Bool](repeating: true, count: laneCount))
    }
  }
}

extension PayToLook {
  /// The family's card; its anchors are returns of the second episode.
  public var card: FamilyCard {
    FamilyCard(
      name: "pay-to-look", version: 1,
      summary:
        "In episode 1, skipping gives 0.1 and pulling shows which of two arms gives 1 in episode 2. Test tasks are "
        + "training tasks.",
      source: "our test of exploration at a cost",
      episodesPerLifetime: 2,
      random: .init(1.0 / 3, computation: "exact: of the second episode, where one of three choices wins"),
      oracle: .init(1, computation: "exact: of the second episode"),
      bayesOptimal: .init([0, 1], computation: "exact: either arm is pulled, and then the one that wins"),
      trajectoryHash: "6c69f1d11b80fba5", episodesAreNumbered: true)
  }
}

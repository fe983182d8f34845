import MetaRL
import Tensors

/// A test of whether an agent's memory lasts: it wins by repeating, two episodes later, what has won.
///
/// A lifetime has three episodes of one step. One of two arms pays 1, the same in the first and in the third episode. In
/// the second episode nothing is paid, and the arms are closed: pulling one there is taken for skipping, and costs 2. The
/// best agent earns 1.5 in a lifetime, one whose memory does not last 1.
///
/// The charge is so high because an agent without a memory could write down what it has seen in its own action, which the
/// third episode is shown as the last action: a note of one bit is worth 0.5, and a pull in half of all lifetimes costs 1.
///
/// What an episode is depends on its number in the lifetime: the environment counts its resets. After the
/// third episode the first follows again.
public struct RepeatWinner: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// Whether the second arm pays, not the first.
    public let secondPays: Bool

    /// A task in which one of the arms pays.
    public init(secondPays: Bool) { self.secondPays = secondPays }
  }

  static let episodeCount = 3

  /// The only family of its kind.
  public init() {}

  /// Observation: the episode's number, one-hot; three choices: skip, first arm, second arm; one step.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: Self.episodeCount, actionSpace: .discrete(count: 3), horizon: 1)
  }

  /// The two tasks in turn, in every split.
  public func task(_ id: TaskID) -> TaskParameters { TaskParameters(secondPays: !id.index.isMultiple(of: 2)) }

  /// 1 for the arm that pays.
  public func descriptor(of task: TaskParameters) -> [Float] { task.secondPays ? [0, 1] : [1, 0] }

  public func taskCount(in split: TaskID.Split) -> Int? { 2 }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes {
    Lanes(winners: tasks.map { $0.secondPays ? 2 : 1 })
  }

  public struct Lanes: Environment {
    /// The choice that wins, in each lane.
    let winners: [Int]
    var startedEpisodes = 0

    public var laneCount: Int { winners.count }

    private var episode: Int { max(0, startedEpisodes - 1) % RepeatWinner.episodeCount }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      startedEpisodes += 1
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: 3)
      let rewards = choices.indices.map { lane -> Float in
        if episode == 1 { return choices[lane] == 0 ? 0 : -2 }
        return choices[lane] == winners[lane] ? 1 : 0
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards),
        terminated: [Bool](repeating: true, count: laneCount))
    }

    private var observations: Tensor {
      Tensor(oneHot: [Int](repeating: episode, count: laneCount), count: RepeatWinner.episodeCount)
    }
  }
}

extension RepeatWinner {
  /// The family's card; its anchors are returns of the first and of the third episode.
  public var card: FamilyCard {
    FamilyCard(
      name: "repeat-winner", version: 1,
      summary:
        "One of two arms pays in the first and third episode; the second has no reward. "
        + "Test tasks are training tasks.",
      source: "our test of memory across episodes",
      episodesPerLifetime: Self.episodeCount,
      random: .init(1.0 / 3, computation: "exact: of the first episode, where one of three choices wins"),
      oracle: .init(1, computation: "exact: of the first episode, and of the third"),
      trajectoryHash: "6ebb2a895150ad45", episodesAreNumbered: true)
  }
}

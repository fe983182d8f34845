import MetaRL
import Tensors

/// The smallest task that has to be learned: one of two arms pays with probability 0.9, the other with 0.1.
///
/// With vectors as actions, the arms are the two signs of a number, and the reward is that number times
/// the sign that pays, plus noise.
struct TwoArms: TaskFamily {
  struct TaskParameters: Codable, Sendable {
    /// The arm that pays: 0 or 1.
    var best: Int
  }

  /// Whether an action is a number in place of a choice.
  var isContinuous = false
  /// The pulls of an episode.
  var pullsPerEpisode = 1

  var card: FamilyCard {
    FamilyCard(
      name: isContinuous ? "two-signs" : "two-armed-bandit", version: 1, summary: "One of two arms pays.",
      source: "made for checks", episodesPerLifetime: 60,
      random: .init(isContinuous ? 0 : 0.5, computation: "exact"),
      oracle: .init(isContinuous ? 1 : 0.9, computation: "exact"), trajectoryHash: "")
  }

  var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 1, actionSpace: isContinuous ? .continuous(size: 1) : .discrete(count: 2),
      horizon: pullsPerEpisode, tellsBestChoices: isContinuous ? nil : true)
  }

  func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "two-arms")
    return TaskParameters(best: random.integer(below: 2))
  }

  func descriptor(of task: TaskParameters) -> [Float] { [Float(task.best)] }

  func bestChoices(in task: TaskParameters, at observation: [Float]) -> [Int] { [task.best] }

  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes {
    Lanes(best: tasks.map(\.best), isOnePull: pullsPerEpisode == 1)
  }

  struct Lanes: Environment {
    let best: [Int]
    let isOnePull: Bool

    var laneCount: Int { best.count }

    mutating func reset(using random: inout LaneRandom) -> Tensor {
      Tensor(repeating: 1, shape: [laneCount, 1])
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let chances = random.uniforms(perLane: 1)
      let rewards: [Float]
      switch actions {
      case .discrete(let choices):
        rewards = best.indices.map { chances[$0] < (choices[$0] == best[$0] ? 0.9 : 0.1) ? 1 : 0 }
      case .continuous(let vectors):
        let numbers = vectors.floats
        rewards = best.indices.map { lane in
          let pushed = max(-1, min(1, numbers[lane]))
          return (best[lane] == 1 ? pushed : -pushed) + 0.2 * (chances[lane] - 0.5)
        }
      }
      // In a long episode the last reward is observed, since models of dynamics learn from observations.
      let observed = isOnePull ? [Float](repeating: 1, count: laneCount) : rewards
      return StepOutcome(
        observations: Tensor(observed, shape: [laneCount, 1]), rewards: Rewards(rewards),
        terminated: best.map { _ in isOnePull })
    }
  }
}

import MetaRL
import Tensors

/// A family that spoils what a learner is not to use.
struct Poisoned<Base: TaskFamily>: TaskFamily {
  enum Poison: Sendable {
    /// All that a lane returns after its episode has ended.
    case endedLanes
    /// The rewards of the channel that the family does not report.
    case unreportedRewards
  }

  let base: Base
  let poison: Poison

  var card: FamilyCard { base.card }
  var spec: EnvironmentSpec { base.spec }
  func task(_ id: TaskID) -> Base.TaskParameters { base.task(id) }
  func descriptor(of task: Base.TaskParameters) -> [Float] { base.descriptor(of: task) }
  func taskCount(in split: TaskID.Split) -> Int? { base.taskCount(in: split) }
  func bestChoices(in task: Base.TaskParameters, at observation: [Float]) -> [Int] {
    base.bestChoices(in: task, at: observation)
  }
  func makeEnvironment(_ tasks: [Base.TaskParameters]) -> Lanes {
    Lanes(
      base: base.makeEnvironment(tasks), poison: poison, reported: spec.reportedReward,
      isLive: tasks.map { _ in true })
  }

  struct Lanes: Environment {
    var base: Base.Lanes
    let poison: Poison
    let reported: RewardChannel
    var isLive: [Bool]

    var laneCount: Int { base.laneCount }

    mutating func reset(using random: inout LaneRandom) throws -> Tensor {
      isLive = isLive.map { _ in true }
      return try base.reset(using: &random)
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome {
      var outcome = try base.step(actions, using: &random)
      switch poison {
      case .endedLanes: spoilEndedLanes(of: &outcome)
      case .unreportedRewards:
        let spoiled = outcome.rewards.dense.map { 123.5 - 3 * $0 }
        if reported == .dense { outcome.rewards.sparse = spoiled } else { outcome.rewards.dense = spoiled }
      }
      for lane in isLive.indices where outcome.terminated[lane] { isLive[lane] = false }
      return outcome
    }

    // Numbers that are finite, so that code which is right, but looks at them, does not trap.
    private func spoilEndedLanes(of outcome: inout StepOutcome) {
      let width = outcome.observations.count / max(laneCount, 1)
      var observations = outcome.observations.floats
      for lane in isLive.indices where !isLive[lane] {
        for position in lane * width..<(lane + 1) * width { observations[position] = 1234.5 }
        outcome.rewards.dense[lane] = -987.5
        outcome.rewards.sparse[lane] = 987.5
        outcome.terminated[lane].toggle()
      }
      outcome.observations = Tensor(observations, shape: outcome.observations.shape)
    }
  }
}

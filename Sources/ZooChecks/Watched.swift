import MetaRL
import Synchronization
import Tensors

/// The requests to a family, by any thread.
final class Ledger: Sendable {
  private let splits = Mutex(Set<TaskID.Split>())
  private let steps = Mutex(0)

  func note(_ task: TaskID) { splits.withLock { _ = $0.insert(task.split) } }
  func note(steps count: Int) { steps.withLock { $0 += count } }

  /// The splits that tasks were asked of.
  var splitsAskedOf: Set<TaskID.Split> { splits.withLock { $0 } }
  /// The steps taken in lanes whose episode had not ended.
  var liveSteps: Int { steps.withLock { $0 } }
}

/// A family that writes down what is asked of it.
struct Watched<Base: TaskFamily>: TaskFamily {
  let base: Base
  let ledger: Ledger

  var card: FamilyCard { base.card }
  var spec: EnvironmentSpec { base.spec }
  func task(_ id: TaskID) -> Base.TaskParameters {
    ledger.note(id)
    return base.task(id)
  }
  func descriptor(of task: Base.TaskParameters) -> [Float] { base.descriptor(of: task) }
  func taskCount(in split: TaskID.Split) -> Int? { base.taskCount(in: split) }
  func bestChoices(in task: Base.TaskParameters, at observation: [Float]) -> [Int] {
    base.bestChoices(in: task, at: observation)
  }
  func makeEnvironment(_ tasks: [Base.TaskParameters]) -> Lanes {
    Lanes(base: base.makeEnvironment(tasks), ledger: ledger, isLive: tasks.map { _ in true })
  }

  struct Lanes: Environment {
    var base: Base.Lanes
    let ledger: Ledger
    var isLive: [Bool]

    var laneCount: Int { base.laneCount }

    mutating func reset(using random: inout LaneRandom) throws -> Tensor {
      isLive = isLive.map { _ in true }
      return try base.reset(using: &random)
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome {
      ledger.note(steps: isLive.count { $0 })
      let outcome = try base.step(actions, using: &random)
      for lane in isLive.indices where outcome.terminated[lane] { isLive[lane] = false }
      return outcome
    }
  }
}

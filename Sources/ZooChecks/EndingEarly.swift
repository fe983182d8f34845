import MetaRL
import Tensors

/// A family whose episodes may end at any step, by chance: where lanes end at different times,
/// faults show that are invisible otherwise.
struct EndingEarly<Base: TaskFamily>: TaskFamily {
  let base: Base
  /// The probability that a step is the last one.
  var probability: Float = 0.15

  var card: FamilyCard { base.card }
  var spec: EnvironmentSpec { base.spec }
  func task(_ id: TaskID) -> Base.TaskParameters { base.task(id) }
  func descriptor(of task: Base.TaskParameters) -> [Float] { base.descriptor(of: task) }
  func taskCount(in split: TaskID.Split) -> Int? { base.taskCount(in: split) }
  func bestChoices(in task: Base.TaskParameters, at observation: [Float]) -> [Int] {
    base.bestChoices(in: task, at: observation)
  }
  func makeEnvironment(_ tasks: [Base.TaskParameters]) -> Lanes {
    Lanes(base: base.makeEnvironment(tasks), probability: probability)
  }

  struct Lanes: Environment {
    var base: Base.Lanes
    let probability: Float

    var laneCount: Int { base.laneCount }

    mutating func reset(using random: inout LaneRandom) throws -> Tensor { try base.reset(using: &random) }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome {
      var outcome = try base.step(actions, using: &random)
      let chances = random.uniforms(perLane: 1)
      for lane in outcome.terminated.indices where chances[lane] < probability { outcome.terminated[lane] = true }
      return outcome
    }
  }
}

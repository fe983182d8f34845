import Tensors

/// A family whose observations end with the task's descriptor: with it, any learner becomes its own oracle.
public struct WithDescriptor<Base: TaskFamily>: TaskFamily {
  private let base: Base
  private let descriptorSize: Int

  /// Shows the descriptor of every task of a family.
  public init(_ base: Base) {
    self.base = base
    descriptorSize = base.descriptor(of: base.task(TaskID(.train, 0))).count
  }

  public var card: FamilyCard { base.card }

  /// The spec of the family with the descriptor appended to observations.
  public var spec: EnvironmentSpec {
    var spec = base.spec
    spec.observationSize += descriptorSize
    return spec
  }

  public func task(_ id: TaskID) -> Base.TaskParameters { base.task(id) }

  public func makeEnvironment(_ tasks: [Base.TaskParameters]) -> Lanes {
    Lanes(base: base.makeEnvironment(tasks), descriptors: tasks.map(base.descriptor))
  }

  public func descriptor(of task: Base.TaskParameters) -> [Float] { base.descriptor(of: task) }

  public func taskCount(in split: TaskID.Split) -> Int? { base.taskCount(in: split) }

  public func bestChoices(in task: Base.TaskParameters, at observation: [Float]) -> [Int] {
    base.bestChoices(in: task, at: Array(observation.dropLast(descriptorSize)))
  }

  public struct Lanes: Environment {
    var base: Base.Lanes
    let descriptors: [[Float]]

    public var laneCount: Int { base.laneCount }

    public mutating func reset(using random: inout LaneRandom) throws -> Tensor {
      appendingDescriptors(try base.reset(using: &random))
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome {
      var outcome = try base.step(actions, using: &random)
      outcome.observations = appendingDescriptors(outcome.observations)
      return outcome
    }

    private func appendingDescriptors(_ observations: Tensor) -> Tensor {
      let rows = observations.floatRows
      let values = rows.indices.flatMap { rows[$0] + descriptors[$0] }
      return Tensor(values, shape: [rows.count, values.count / max(rows.count, 1)])
    }
  }
}

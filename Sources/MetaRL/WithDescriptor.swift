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

  /// The card of the family.
  public var card: FamilyCard { base.card }

  /// The spec of the family with the descriptor appended to observations.
  public var spec: EnvironmentSpec {
    var spec = base.spec
    spec.observationSize += descriptorSize
    return spec
  }

  /// The family's task.
  public func task(_ id: TaskID) -> Base.Task { base.task(id) }

  /// The family's environment, with the descriptor appended to observations.
  public func makeEnvironment(_ tasks: [Base.Task]) -> Lanes {
    Lanes(base: base.makeEnvironment(tasks), descriptors: tasks.map(base.descriptor))
  }

  /// The family's descriptor.
  public func descriptor(of task: Base.Task) -> [Float] { base.descriptor(of: task) }

  /// The family's number of tasks.
  public func taskCount(in split: TaskID.Split) -> Int? { base.taskCount(in: split) }

  /// Whether the family's episodes depend on their number.
  public var episodesAreNumbered: Bool { base.episodesAreNumbered }

  /// Whether the family's test tasks are those of training.
  public var testTasksAreTrainingTasks: Bool? { base.testTasksAreTrainingTasks }

  /// The extent of the family's trajectory hash.
  public var hashedTrajectory: TrajectoryExtent { base.hashedTrajectory }

  /// What the family depends on.
  public var software: [SoftwareVersion] { base.software }

  /// The family's environment, with the descriptor appended to observations.
  public struct Lanes: Environment {
    var base: Base.Lanes
    let descriptors: [[Float]]

    /// The number of lanes.
    public var laneCount: Int { base.laneCount }

    /// Starts an episode in every lane.
    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      appendingDescriptors(base.reset(using: &random))
    }

    /// Takes one action in every lane.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      var outcome = base.step(actions, using: &random)
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

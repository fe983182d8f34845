import MetaRLZoo

/// A point on a line looks for a target it does not see; minus the distance is paid at every step.
///
/// A place to start from. The point starts at 0, moves by at most 0.1 a step, and ends its episode within 0.05 of the
/// target.
public struct MineLine: TaskFamily {
  /// One task, as a value.
  public struct TaskParameters: Codable, Sendable {
    /// The target's position, in [-1, 1].
    public var target: Float
  }

  public init() {}

  /// The specification: the observation is the position, an action is a push.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 1, actionSpace: .continuous(size: 1), horizon: 20)
  }

  /// The task of a name: the same on every machine, and of other chances in every split.
  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "point-on-a-line")
    return TaskParameters(target: Float(random.uniform(-1, 1)))
  }

  /// The task as a vector, for oracles.
  public func descriptor(of task: TaskParameters) -> [Float] { [task.target] }

  /// One lane for each task.
  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(targets: tasks.map(\.target)) }

  /// Points side by side.
  ///
  /// Lanes never touch: lane i uses its own numbers and `random[i]` only.
  public struct Lanes: Environment {
    let targets: [Float]
    var positions: [Float] = []

    public var laneCount: Int { targets.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      positions = targets.map { _ in 0 }
      return Tensor(positions, shape: [laneCount, 1])
    }

    // Lanes whose episode has ended are still stepped; what they return is ignored.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      guard case .continuous(let pushes) = actions else { preconditionFailure("the harness checks actions") }
      let values = pushes.floats
      for lane in positions.indices { positions[lane] += 0.1 * max(-1, min(1, values[lane])) }
      let distances = positions.indices.map { abs(targets[$0] - positions[$0]) }
      let reached = distances.map { $0 < 0.05 }
      return StepOutcome(
        observations: Tensor(positions, shape: [laneCount, 1]), rewards: Rewards(distances.map { -$0 }),
        terminated: reached, succeeded: reached)
    }
  }

  /// The card: a description, and the anchors of scores.
  ///
  /// `mine-line-zoo check family mine-line` measures the random return and the trajectory again; when the family changes,
  /// change them here and raise the version.
  public var card: FamilyCard {
    FamilyCard(
      name: "mine-line", version: 1,
      summary: "A point on a line looks for a target it does not see; minus the distance is paid.",
      source: "the template of zoo new family", actionScale: 0.1, episodesPerLifetime: 20,
      random: .init(-10.0002, standardError: 0.0034, computation: "4,000,000 simulated episodes"),
      oracle: .init(-1.425, computation: "quadrature over targets, moving straight at full speed"),
      trajectoryHash: "3ffbae43e635a803")
  }
}

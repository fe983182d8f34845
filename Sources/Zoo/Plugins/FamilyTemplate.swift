/// The files of a package with a family of the user's own.
enum FamilyTemplate {
  /// `Sources/__Type__Family/__Type__.swift`.
  static let source = #"""
    import MetaRL
    import Tensors

    /// A point on a line looks for a target it does not see; minus the distance is paid at every step.
    ///
    /// A place to start from. The point starts at 0, moves by at most 0.1 a step, and ends its episode within 0.05 of the
    /// target.
    package struct __Type__: TaskFamily {
      /// One task, as a value.
      package struct Task: Codable, Sendable {
        /// The target's position, in [-1, 1].
        package var target: Float
      }

      package init() {}

      /// The specification: the observation is the position, an action is a push.
      package var spec: EnvironmentSpec {
        EnvironmentSpec(observationSize: 1, actionSpace: .continuous(size: 1), horizon: 20)
      }

      /// The task of a name: the same on every machine, and of other chances in every split.
      package func task(_ id: TaskID) -> Task {
        var random = id.random(family: "point-on-a-line")
        return Task(target: Float(random.uniform(-1, 1)))
      }

      /// The task as a vector, for oracles.
      package func descriptor(of task: Task) -> [Float] { [task.target] }

      /// One lane for each task.
      package func makeEnvironment(_ tasks: [Task]) -> Lanes { Lanes(targets: tasks.map(\.target)) }

      /// Points side by side.
      ///
      /// Lanes never touch: lane i uses its own numbers and `random[i]` only.
      package struct Lanes: Environment {
        let targets: [Float]
        var positions: [Float] = []

        package var laneCount: Int { targets.count }

        package mutating func reset(using random: inout LaneRandom) -> Tensor {
          positions = targets.map { _ in 0 }
          return Tensor(positions, shape: [laneCount, 1])
        }

        // Lanes whose episode has ended are still stepped; what they return is ignored.
        package mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
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
      /// `__name__-zoo check family __name__` measures the random return and the trajectory again; when the family changes,
      /// change them here and raise the version.
      package var card: FamilyCard {
        FamilyCard(
          name: "__name__", version: 1,
          summary: "A point on a line looks for a target it does not see; minus the distance is paid.",
          source: "the template of zoo new family", actionScale: 0.1, episodesPerLifetime: 20,
          random: .init(-10.0002, standardError: 0.0034, computation: "4,000,000 simulated episodes"),
          oracle: .init(-1.425, computation: "quadrature over targets, moving straight at full speed"),
          trajectoryHash: "3ffbae43e635a803")
      }
    }

    """#

  /// `Sources/__Type__Command/main.swift`.
  static let main = #"""
    import __Type__Family
    import StandardZoo
    import Zoo

    // The standard catalog, one more family, and the whole command line.
    var catalog = Catalog.standard
    catalog.add(__Type__())
    // What the plugin RecordCommit has found: results say which commit of this package they were made with.
    catalog.builtFrom = builtFrom
    catalog.main()

    """#

  /// `Tests/__Type__Tests/__Type__Tests.swift`.
  static let test = #"""
    import MetaRL
    import __Type__Family
    import Testing
    import ZooChecks

    /// The promises of every family; `swift run __name__-zoo check family __name__` prints details.
    @Test func itKeepsItsPromises() {
      #expect(problems(with: __Type__()) == [])
    }

    """#
}

// What stands for the engine in a program that was built without it: types that have no values, so that no code that
// needs one is ever run, and the compiler knows.
#if !MuJoCo
  /// The physics engine, which this program was built without.
  package enum Physics {
    /// Whether this program was built with it.
    package static let isAvailable = false
    package static let versionNumber = 0
  }

  /// A robot as the engine would compile it.
  package final class CompiledModel: Sendable {
    fileprivate let nothing: Never

    /// Says how to get the engine.
    package init(_ text: String, totalMass: Double? = nil) throws {
      throw PhysicsError(description: "this program was built without MuJoCo")
    }
    /// Not to be reached: there is no model to copy.
    init(_ base: CompiledModel, times factors: PhysicsFactors) throws { switch base.nothing {} }

    package var facts: ModelFacts { switch nothing {} }
  }

  package final class Simulation: Sendable {
    private let nothing: Never

    var model: CompiledModel { switch nothing {} }

    /// Not to be reached: there is no model.
    package init(_ model: CompiledModel) throws { switch model.nothing {} }

    package func start(
      _: CompiledModel, positions: [Double], velocities: [Double], extras: PhysicsExtras
    ) throws -> Bool { switch nothing {} }

    package func step(
      _: CompiledModel, from: UnsafePointer<Double>, controls: [Double], count: Int, extras: PhysicsExtras
    ) throws -> Bool { switch nothing {} }
    package func save(to: UnsafeMutablePointer<Double>) { switch nothing {} }
    subscript(_: PhysicsQuantity) -> Numbers { switch nothing {} }
  }
#endif

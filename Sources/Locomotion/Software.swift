import MetaRL

// Results state the engine's release, since each computes slightly other numbers.

/// The engine with its release; nothing in a program that was built without it.
private var physicsSoftware: [SoftwareVersion] {
  Physics.isAvailable ? [SoftwareVersion(name: "mujoco", version: Physics.version)] : []
}

extension HalfCheetahVelocity {
  /// The engine with its release.
  public var software: [SoftwareVersion] { physicsSoftware }
}

extension HalfCheetahDirection {
  /// The engine with its release.
  public var software: [SoftwareVersion] { physicsSoftware }
}

extension AntRunning {
  /// The engine with its release.
  public var software: [SoftwareVersion] { physicsSoftware }
}

extension AntGoal {
  /// The engine with its release.
  public var software: [SoftwareVersion] { physicsSoftware }
}

extension AntRing {
  /// The engine with its release.
  public var software: [SoftwareVersion] { physicsSoftware }
}

extension HumanoidDirection {
  /// The engine with its release.
  public var software: [SoftwareVersion] { physicsSoftware }
}

extension RandomParameters {
  /// The engine with its release.
  public var software: [SoftwareVersion] { physicsSoftware }
}

import GymnasiumBridge
import Zoo

extension FamilySource {
  /// Environments of Gymnasium, stepped by Python processes.
  ///
  /// Interpreter, time-out and number of processes are those of `METARLZOO_PYTHON` and the other variables.
  ///
  /// - Parameter errors: where notes go, as of a process that was lost and replaced.
  /// - Returns: the source.
  public static func gymnasium(errors: any TextOutput = StandardStream.errors) -> FamilySource {
    let families = GymnasiumFamilies(
      note: { errors.write("note: \($0)\n") },
      // A name without a slash is looked for where a shell would.
      interpreter: { try $0.contains("/") || $0.hasPrefix("~") ? path(typed: $0) : $0 })
    return FamilySource(
      prefix: GymnasiumFamily.prefix,
      forms: [
        (
          "gym:ENVIRONMENT", "any environment of Gymnasium, as in gym:Pendulum-v1; a task is the seed of its resets"
        ),
        ("gym:MODULE:ENVIRONMENT", "one that a Python module registers; the module may say what tasks are"),
        (
          "gym:metaworld:ML1-NAME",
          "one environment of Meta-World, as in gym:metaworld:ML1-reach-v3; goals are hidden"
        ),
        ("gym:metaworld:ML10", "Meta-World's sets of environments; ML45 likewise"),
      ],
      examples: [
        "gym:Pendulum-v1", "gym:CartPole-v1", "gym:metaworld:ML1-reach-v3", "gym:metaworld:ML10",
        "gym:metaworld:ML45",
      ], close: families.close
    ) { try families.family(named: $0) }
  }
}

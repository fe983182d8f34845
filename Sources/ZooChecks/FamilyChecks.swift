import MetaRL

/// The options of a family's checks.
public struct FamilyCheckOptions: Sendable {
  /// The seed of everything that is drawn, but for tasks, which come from their names.
  public var seed: UInt64 = 0
  /// The tasks that are played side by side.
  ///
  /// Few lanes miss rare faults.
  public var laneCount = 60
  /// The episodes that are played of each.
  public var episodes = 4
  /// The episodes whose mean return is compared with the card's random anchor.
  public var anchorEpisodes = 4000

  public init() {}
}

/// The problems of a family: readable lines, empty if there are none.
///
/// It works with any test framework: `#expect(problems(with: MyFamily()) == [])`.
public func problems(
  with family: some TaskFamily, options: FamilyCheckOptions = FamilyCheckOptions()
) -> [String] {
  checkResults(of: family, options: options, didFinish: { _ in }).compactMap(\.problem)
}

/// The results of every check of a family, in order.
///
/// - Parameters:
///   - family: what is checked.
///   - options: how thorough to be.
///   - didFinish: told of each result as it comes; what it throws ends the checks.
/// - Returns: the results.
/// - Throws: what `didFinish` throws.
public func checkResults(
  of family: some TaskFamily, options: FamilyCheckOptions = FamilyCheckOptions(),
  didFinish: (CheckResult) throws -> Void
) rethrows -> [CheckResult] {
  let subject = FamilySubject(family: family, options: options)
  return try results(
    of: [
      Check("shapes and finite numbers are those of the spec") { try subject.checkShapes() },
      Check("the card is filled in") { try subject.checkCard() },
      Check("one name is one task") { try subject.checkTasks() },
      Check("splits share no tasks, unless they are few") { try subject.checkSplits() },
      Check("descriptors have one length") { try subject.checkDescriptors() },
      Check("same streams, same episodes") { try subject.checkDeterminism() },
      Check("lanes never touch") { try subject.checkLanes() },
      Check("an episode owes nothing to the one before") { try subject.checkResets() },
      Check("the horizon is not termination") { try subject.checkHorizon() },
      Check("the trajectory matches the card") { try subject.checkTrajectory() },
      Check("acting at random earns what the card says") { try subject.checkAnchors() },
    ], didFinish: didFinish)
}

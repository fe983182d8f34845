import MetaRL
import Synchronization

/// Every learner on every family with every seed: what is to be run, and running it.
struct Comparison: Sendable {
  /// A learner that cannot play a family.
  struct Omission: Sendable {
    /// The learner's name.
    var learner: String
    /// The family's name.
    var family: String
    /// Why not.
    var reason: String
  }

  /// What was asked for.
  let suite: Suite
  /// The runs, in the order they are started and their results are written: seed by seed.
  let plans: [RunPlan]
  /// What is left out.
  let omissions: [Omission]
  /// What of the command line was left undone because it would have made a learner another one.
  let keptPresets: [String]

  /// Plans a comparison; nothing is run.
  ///
  /// - Throws: `UsageProblem` or `SettingProblem` for whatever cannot be done as it was said.
  init(_ suite: Suite, catalog: Catalog) throws {
    self.suite = suite
    let entries = try suite.learners.map { try catalog.learner(named: $0) }
    let families = try suite.families.map { try catalog.family(named: $0) }
    try Self.check(suite, entries.map(\.name), families)
    let (settings, keptPresets) = try Self.settings(of: entries, overrides: suite.overrides)
    self.keptPresets = keptPresets
    var (plans, omissions): ([RunPlan], [Omission]) = ([], [])
    for (number, seed) in suite.seeds.enumerated() {
      for family in families {
        for (entry, settings) in zip(entries, settings) {
          let plan = RunPlan(
            learner: entry, settings: settings, family: family, seed: seed, steps: suite.steps,
            evaluation: suite.evaluation(on: family))
          if let reason = try plan.obstacle() {
            guard number == 0 else { continue }
            omissions.append(Omission(learner: entry.name, family: family.card.name, reason: reason))
          } else {
            plans.append(plan)
          }
        }
      }
    }
    guard !plans.isEmpty else {
      let reasons = omissions.map { "\($0.learner) cannot play \($0.family): \($0.reason)" }
      throw UsageProblem(reasons.isEmpty ? "there is nothing to compare" : reasons.joined(separator: "; "))
    }
    self.plans = plans
    self.omissions = omissions
  }

  private static func check(_ suite: Suite, _ learners: [String], _ families: [any TaskFamily]) throws {
    func refuseRepeats(_ what: String, _ names: [String]) throws {
      if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
        throw UsageProblem("\(what) \(twice) is named twice")
      }
    }
    try refuseRepeats("learner", learners)
    try refuseRepeats("family", families.map(\.card.name))
    try refuseRepeats("seed", suite.seeds.map(String.init))
  }

  private static func settings(
    of entries: [Catalog.LearnerEntry], overrides: [SettingOverride]
  ) throws -> (settings: [Settings], keptPresets: [String]) {
    var settings = try entries.map { try $0.settings() }
    var notes: [String] = []
    for override in overrides {
      if let name = override.learner, !entries.contains(where: { $0.name == name }) {
        throw UsageProblem(
          "--set \(name).\(override.key): " + unknownName("learner", name, among: entries.map(\.name)))
      }
      let meant = entries.indices.filter { override.learner == nil || override.learner == entries[$0].name }
      let having = meant.filter { settings[$0].keys.contains(override.key) }
      guard !having.isEmpty else {
        throw unknown(override, of: meant.map { (entries[$0].name, settings[$0].keys) })
      }
      // A preset is what makes a variant, or a control, what it is: only its own name reaches it.
      let isForAll = override.learner == nil && entries.count > 1
      let kept = isForAll ? having.filter { settings[$0].origin(of: override.key) == .preset } : []
      for position in having where !kept.contains(position) {
        try settings[position].set(override.key, to: override.value)
      }
      if let first = kept.first {
        let names = kept.map { entries[$0].name }.joined(separator: ", ")
        notes.append(
          "--set \(override.key) leaves \(names) alone, whose own setting it is; "
            + "--set \(entries[first].name).\(override.key)=\(override.value) would change it")
      }
    }
    return (settings, notes)
  }

  private static func unknown(
    _ override: SettingOverride, of learners: [(name: String, keys: [String])]
  ) -> UsageProblem {
    let keys = learners.flatMap(\.keys)
    guard !keys.isEmpty else {
      let names = learners.map(\.name).joined(separator: ", ")
      return UsageProblem("--set \(override.key): there are no settings in \(names)")
    }
    let nearest = nearestName(to: override.key, among: keys)
    let having = learners.filter { $0.keys.contains(nearest ?? keys[0]) }
    let learner = learners.count == 1 || nearest != nil ? having.first?.name : nil
    return UsageProblem(unknownKey(override.key, among: keys, of: learner))
  }

  /// Runs everything, `jobs` runs at a time.
  ///
  /// - Parameters:
  ///   - jobs: threads. Those that are too many for the runs are lent to the runs.
  ///   - progress: told what happens.
  ///   - isInterrupted: whether to stop.
  ///   - didEnd: what is done with a run as soon as it has ended; an error makes the run fail.
  /// - Returns: what became of each run, in the order of `plans`.
  func run(
    jobs: Int, progress: Progress, isInterrupted: @escaping @Sendable () -> Bool,
    didEnd: @Sendable (RunOutcome) throws -> Void
  ) -> [RunOutcome] {
    let concurrent = min(jobs, plans.count)
    let workers = Workers(max(1, jobs / concurrent))
    let clock: ProcessorClock = concurrent == 1 ? .process : workers.count == 1 ? .thread : .unknown
    let outcomes = try? Workers(concurrent).map(plans.count) { number -> RunOutcome in
      guard !isInterrupted() else { return RunOutcome(plan: plans[number], status: .interrupted) }
      progress.began(number)
      var outcome = plans[number].carriedOut(
        under: RunControl(
          workers: workers, clock: clock, isInterrupted: isInterrupted,
          didAdvance: { progress.advanced(number, to: $0) }))
      do {
        try didEnd(outcome)
      } catch {
        outcome.status = .failed("\(error)")
      }
      progress.ended(number, outcome)
      return outcome
    }
    return outcomes ?? []
  }
}

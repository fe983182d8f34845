import MetaRL

/// Every learner on every family with every seed: what is to be run, and running it.
struct Comparison: Sendable {
  let suite: Suite
  /// The runs, in the order they are started and their results are written: seed by seed.
  let plans: [RunPlan]
  let omissions: [Omission]
  /// Overrides that were skipped because they would have turned a variant into another learner.
  let keptPresets: [String]
  /// The source of the program, if it belongs to another package.
  var program: SourceRecord?

  /// A comparison that was planned before.
  init(_ suite: Suite, plans: [RunPlan], omissions: [Omission]) {
    (self.suite, self.plans, self.omissions) = (suite, plans, omissions)
    keptPresets = []
  }

  /// Plans a comparison; nothing is run.
  ///
  /// - Throws: `UsageError` or `SettingError` for whatever cannot be done as it was said.
  init(_ suite: Suite, catalog: Catalog) throws {
    self.suite = suite
    program = catalog.builtFrom
    let entries = try suite.learners.map { try catalog.learner(named: $0) }
    let families = try suite.families.map { try catalog.family(named: $0) }
    try Self.check(suite, entries.map(\.name), families)
    // Whatever is said has to be sound, of families that are not compared too.
    _ = try Self.settings(of: entries, overrides: suite.overrides)
    var keptPresets: [String] = []
    // What can be played does not depend on the seed, and to find out takes a learner of each kind.
    var (pairs, omissions): ([RunPlan], [Omission]) = ([], [])
    for family in families {
      let (settings, kept) = try Self.settings(
        of: entries, overrides: suite.overrides.filter { $0.holds(on: family) })
      keptPresets += kept.filter { !keptPresets.contains($0) }
      for (entry, settings) in zip(entries, settings) {
        let plan = RunPlan(
          learner: entry, settings: try entry.fitted(settings, to: family), family: family,
          seed: suite.seeds.first ?? 0, steps: suite.steps, evaluation: suite.evaluation(on: family))
        if let reason = try plan.obstacle() {
          omissions.append(Omission(learner: entry.name, family: family.card.name, reason: reason))
        } else {
          pairs.append(plan)
        }
      }
    }
    self.keptPresets = keptPresets
    let plans = suite.seeds.flatMap { seed in
      pairs.map { pair in
        var plan = pair
        plan.seed = seed
        return plan
      }
    }
    guard !plans.isEmpty else {
      let reasons = omissions.map { "\($0.learner) cannot play \($0.family): \($0.reason)" }
      throw UsageError(reasons.isEmpty ? "there is nothing to compare" : reasons.joined(separator: "; "))
    }
    self.plans = plans
    self.omissions = omissions
  }

  private static func check(_ suite: Suite, _ learners: [String], _ families: [any TaskFamily]) throws {
    func refuseRepeats(_ what: String, _ names: [String]) throws {
      if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
        throw UsageError("\(what) \(twice) is named twice")
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
        throw UsageError(
          "\(override.inWords): " + unknownName("learner", name, among: entries.map(\.name)))
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
        do {
          try settings[position].set(
            override.key, to: override.value, origin: override.origin, source: override.source)
        } catch let problem as SettingError where override.origin != .flag {
          throw SettingError(description: "\(override.inWords): \(problem.description)")
        }
      }
      if let first = kept.first {
        let names = kept.map { entries[$0].name }.joined(separator: ", ")
        notes.append(
          "\(override.inWords) leaves \(names) alone, whose own setting it is; "
            + "--set \(entries[first].name).\(override.key)=\(override.value) would change it")
      }
    }
    return (settings, notes)
  }

  private static func unknown(
    _ override: SettingOverride, of learners: [(name: String, keys: [String])]
  ) -> UsageError {
    let keys = learners.flatMap(\.keys)
    guard !keys.isEmpty else {
      let names = learners.map(\.name).joined(separator: ", ")
      return UsageError("\(override.inWords): there are no settings in \(names)")
    }
    let nearest = nearestName(to: override.key, among: keys)
    let having = learners.filter { $0.keys.contains(nearest ?? keys[0]) }
    let learner = learners.count == 1 || nearest != nil ? having.first?.name : nil
    let place = override.origin == .flag ? nil : override.inWords
    return UsageError(unknownKey(override.key, among: keys, of: learner, place: place))
  }
}

extension Comparison {
  /// Runs everything that is not done yet, as many runs at a time as there are threads.
  func run(
    in directory: borrowing ComparisonDirectory, under control: RunControl, progress: Progress
  ) -> [RunOutcome] {
    let paths = plans.map { directory.path + "/" + $0.path }
    let manifest = directory.manifest
    let isDone = paths.map { RunState(ofRunAt: $0) == .done }
    progress.skipped(plans.indices.filter { isDone[$0] })
    let left = plans.indices.filter { !isDone[$0] }
    let results = try? control.carryOut(left.map { plans[$0] }, numbered: left, progress: progress) {
      place, control in
      let plan = plans[left[place]]
      manifest.note(plan, .running)
      let outcome = plan.carriedOut(in: paths[left[place]], under: control)
      manifest.note(plan, outcome.state)
      return outcome
    }
    var outcomes = zip(plans, isDone).map { RunOutcome(plan: $0, state: $1 ? .done : .interrupted) }
    for (place, outcome) in zip(left, results ?? []) { outcomes[place] = outcome }
    return outcomes
  }
}

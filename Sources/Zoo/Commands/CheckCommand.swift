import MetaRL
import Tensors
import ZooChecks

extension Command {
  static let check = Command(
    name: "check", operands: "learner|family NAME",
    summary: "Checks a learner or a family against the promises that all of them make.",
    options: [
      CommandOption(
        "family", "F", "where a learner is checked",
        default: "the one it can play with the fewest steps, but more than one"),
      CommandOption("set", "KEY=VALUE", "change a setting of the learner", isRepeatable: true),
      CommandOption("seed", "N", "the seed", default: "0"),
      CommandOption(
        "lanes", "N", "tasks side by side; few miss rare faults", default: "\(LearnerCheckOptions().laneCount)"),
      CommandOption(
        "episodes", "N", "episodes of a lifetime; take more than your agents need to adapt",
        default: "\(LearnerCheckOptions().episodesPerLifetime)"),
      CommandOption("pulls", "N", "pulls of a lifetime on two arms", default: "\(LearnerCheckOptions().pulls)"),
      .json, .help,
    ],
    examples: [
      "check learner maml --set episodesPerInnerStep=5 --set innerStepSize=1",
      "check learner thompson --family bernoulli-bandit-5x10 --json", "check family point-navigation",
    ]
  ) { catalog, arguments, console in
    let words = arguments.positionals
    guard let kind = words.first, words.count == 2 else {
      throw UsageError("check needs a kind and a name: zoo check learner NAME, zoo check family NAME")
    }
    switch kind {
    case "learner": return try checkLearner(words[1], catalog, arguments, console)
    case "family": return try checkFamily(words[1], catalog, arguments, console)
    default: throw UsageError(unknownName("kind", kind, among: ["learner", "family"]))
    }
  }

  private static func checkLearner(
    _ name: String, _ catalog: Catalog, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    let entry = try catalog.learner(named: name)
    let claim = "settings are described and in range"
    var sheet = CheckSheet(console, isJSON: arguments.has("json"))
    let options = try learnerOptions(entry, arguments, console)
    let problems = entry.problemsOfSettings
    // Without its settings there is no learner to check.
    guard problems.isEmpty else {
      try sheet.add(
        CheckResult(
          name: claim,
          outcome: .failed(
            reason: problems.joined(separator: "; "), hint: "give `settings` a line for every stored property")))
      return sheet.finish(title: "learner \(name)")
    }
    let settings = try settings(of: entry, arguments)
    let family = try family(for: entry, settings, catalog, arguments)
    console.errors.line("checking \(name) on \(family.card.versionedName)")
    try sheet.add(CheckResult(name: claim, outcome: .passed))
    func open<L: MetaLearner, F: TaskFamily>(_ type: L.Type, _ family: F) throws {
      _ = try checkResults(
        of: type, settings: try settings.configuration(as: L.Configuration.self), on: family, options: options
      ) { try sheet.add($0) }
    }
    func open<L: MetaLearner>(_ type: L.Type) throws { try open(type, entry.view(of: family)) }
    try open(entry.type)
    return sheet.finish(title: "learner \(name) on \(family.card.versionedName)")
  }

  private static func settings(of entry: Catalog.LearnerEntry, _ arguments: Arguments) throws -> Settings {
    var settings = try entry.settings()
    for override in try arguments.overrides() {
      guard override.learner == nil || override.learner == entry.name else {
        throw UsageError("--set \(override.learner ?? "").\(override.key): only \(entry.name) is checked")
      }
      try settings.set(override.key, to: override.value)
    }
    return settings
  }

  private static func learnerOptions(
    _ entry: Catalog.LearnerEntry, _ arguments: Arguments, _ console: Console
  ) throws -> LearnerCheckOptions {
    var options = LearnerCheckOptions()
    options.seed = UInt64(try arguments.integer("seed", in: 0...1 << 53) ?? 0)
    options.laneCount = try arguments.integer("lanes", in: 2...10_000) ?? options.laneCount
    options.episodesPerLifetime =
      try arguments.integer("episodes", in: 2...100_000) ?? options.episodesPerLifetime
    options.pulls = try arguments.integer("pulls", in: 3...100_000) ?? options.pulls
    options.isInterrupted = console.isInterrupted
    if entry.card.role == .control { options.reasonNotToAdapt = "a control need not adapt" }
    if entry.card.adaptsBy.hasPrefix("nothing") {
      options.reasonNotToAdapt = "according to its card, it adapts by \(entry.card.adaptsBy)"
    }
    return options
  }

  private static func checkFamily(
    _ name: String, _ catalog: Catalog, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    for option in ["family", "set", "pulls"] where arguments.has(option) {
      throw UsageError("--\(option) goes with zoo check learner")
    }
    let family = try catalog.family(named: name)
    var options = FamilyCheckOptions()
    options.seed = UInt64(try arguments.integer("seed", in: 0...1 << 53) ?? 0)
    options.laneCount = try arguments.integer("lanes", in: 2...10_000) ?? options.laneCount
    options.episodes = try arguments.integer("episodes", in: 2...100_000) ?? options.episodes
    var sheet = CheckSheet(console, isJSON: arguments.has("json"))
    console.errors.line("checking \(family.card.versionedName)")
    func open<F: TaskFamily>(_ family: F) throws {
      _ = try checkResults(of: family, options: options) { try sheet.add($0) }
    }
    try open(family)
    return sheet.finish(title: "family \(family.card.versionedName)")
  }

  /// The family that was asked for, or the quickest in which a fault can show: of more than one step, and few.
  private static func family(
    for entry: Catalog.LearnerEntry, _ settings: Settings, _ catalog: Catalog, _ arguments: Arguments
  ) throws -> any TaskFamily {
    func obstacle(in family: any TaskFamily) throws -> String? {
      func open<L: MetaLearner>(_ type: L.Type) throws {
        let configuration = try settings.configuration(as: L.Configuration.self)
        _ = try L(configuration, for: entry.view(of: family).learnerSpec(), using: RandomStream(seed: 0))
      }
      do {
        try open(entry.type)
        return nil
      } catch let unsupported as UnsupportedFamilyError {
        return "\(unsupported)"
      }
    }
    if let name = arguments.text("family") {
      let family = try catalog.family(named: name)
      if let reason = try obstacle(in: family) {
        throw UsageError("\(entry.name) cannot play \(family.card.name): \(reason)")
      }
      return family
    }
    // In supervised families nothing that is done has consequences: few faults can show.
    func rank(_ family: any TaskFamily) -> Int {
      family.spec.horizon == 1 ? Int.max : family.spec.horizon + (family.spec.supervision == nil ? 0 : 1 << 32)
    }
    let playable = try catalog.families.filter { try obstacle(in: $0) == nil }
    guard let quickest = playable.min(by: { rank($0) < rank($1) }) else {
      let reason = try catalog.families.first.flatMap(obstacle) ?? "there are none"
      throw UsageError("\(entry.name) can play none of the families: \(reason)")
    }
    return quickest
  }
}

extension Catalog.LearnerEntry {
  fileprivate var problemsOfSettings: [String] {
    func open<L: MetaLearner>(_ type: L.Type) -> [String] { settingProblems(of: L.Configuration.self) }
    return open(self.type)
  }
}

/// The results of checks, written as they arrive.
private struct CheckSheet {
  private let console: Console
  private let isJSON: Bool
  private let start = ContinuousClock.now
  private var results: [CheckResult] = []

  init(_ console: Console, isJSON: Bool) {
    self.console = console
    self.isJSON = isJSON
  }

  mutating func add(_ result: CheckResult) throws {
    if console.isInterrupted() { throw InterruptedError() }
    results.append(result)
    (isJSON ? console.errors : console.output).write(result.text)
  }

  /// Says how many failed, and returns the exit code.
  func finish(title: String) -> Int32 {
    let failed = results.count { $0.problem != nil }
    if isJSON {
      let json: JSONValue = [
        "checked": .string(title), "failed": .integer(failed), "checks": .array(results.map(\.json)),
      ]
      console.output.write(json.indentedText)
    } else {
      let seconds = NumberText.short((ContinuousClock.now - start) / .seconds(1))
      console.output.line(
        "\(failed == 0 ? "none" : "\(failed)") of \(results.count) failed: \(title), \(seconds) s")
    }
    return failed == 0 ? ExitCode.done : ExitCode.failedChecks
  }
}

extension CheckResult {
  /// A line, or several if there is more to say.
  fileprivate var text: String {
    switch outcome {
    case .passed: " ok    \(name)\n"
    case .doesNotApply(let reason): " -     \(name): does not apply: \(reason)\n"
    case .failed(let reason, let hint):
      " FAIL  \(name)\n       \(reason)\n" + (hint.map { "       hint: \($0)\n" } ?? "")
    }
  }

  fileprivate var json: JSONValue {
    switch outcome {
    case .passed: ["name": .string(name), "outcome": "ok"]
    case .doesNotApply(let reason):
      ["name": .string(name), "outcome": "does not apply", "reason": .string(reason)]
    case .failed(let reason, let hint):
      [
        "name": .string(name), "outcome": "failed", "reason": .string(reason),
        "hint": hint.map { .string($0) } ?? .null,
      ]
    }
  }
}

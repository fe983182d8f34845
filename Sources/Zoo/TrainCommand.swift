import MetaRL

extension CommandOption {
  static let set = CommandOption(
    name: "set", placeholder: "KEY=VALUE", meaning: "change a setting; zoo describe LEARNER lists them",
    isRepeatable: true)
}

extension Command {
  static let train = Command(
    name: "train", summary: "Trains one learner on one family with one seed, and evaluates it.",
    options: [
      CommandOption(name: "learner", placeholder: "L", meaning: "which learner"),
      CommandOption(name: "family", placeholder: "F", meaning: "which family"),
      CommandOption(name: "seed", placeholder: "N", meaning: "which seed", standard: { _ in "0" }),
      .steps, .set, .tasks, .split, .episodes, .probeEpisodes, .jobs, .out, .json, .quiet, .help,
    ],
    examples: [
      "train --learner maml --family grid-world --steps 200000",
      "train --learner maml --family point-navigation --seed 1 --set innerStepSize=0.2 --out runs/first",
    ]
  ) { catalog, arguments, console in
    let comparison = try Comparison(trainingSuite(catalog, arguments), catalog: catalog)
    let jobs = try arguments.integer("jobs", in: 1...1024) ?? Machine.processorCount
    let directory = try resultDirectory(arguments, prefix: "train")
    let progress = Progress(of: comparison.plans, on: arguments.has("quiet") ? nil : console.errors)
    let outcomes = comparison.run(jobs: jobs, progress: progress, isInterrupted: console.isInterrupted) { outcome in
      // The directory was made to see that it can be: it is filled in place.
      try outcome.writeFiles(to: directory)
    }
    progress.finish()
    for outcome in outcomes { report(outcome, directory, arguments, console) }
    return exitCode(of: outcomes)
  }

  /// A comparison of a single run.
  private static func trainingSuite(_ catalog: Catalog, _ arguments: Arguments) throws -> Suite {
    try refuseOperands(arguments, "train")
    guard let learner = arguments.text("learner"), let family = arguments.text("family") else {
      throw UsageProblem("train needs --learner and --family. See: zoo help train")
    }
    let seed = try arguments.seeds("seed") ?? [0]
    guard seed.count == 1 else {
      throw UsageProblem("--seed is one whole number; zoo compare takes several seeds")
    }
    var suite = catalog.defaultComparison
    (suite.learners, suite.families, suite.seeds) = ([learner], [family], seed)
    try suite.apply(arguments)
    return suite
  }

  private static func report(
    _ outcome: RunOutcome, _ directory: String, _ arguments: Arguments, _ console: Console
  ) {
    // Otherwise the progress has said so.
    if case .failed(let cause) = outcome.status, arguments.has("quiet") {
      console.errors.line("error: \(outcome.plan.title) failed: \(cause)")
    }
    guard let curve = outcome.curve else { return }
    if arguments.has("json") {
      console.output.write(curve.json(of: outcome.plan).indentedText)
    } else {
      console.output.write(curve.text(of: outcome.plan))
      console.output.line(
        "\n\(NumberText.count(Double(outcome.cost.environmentSteps))) environment steps in "
          + "\(NumberText.duration(outcome.cost.wallSeconds)). Results: \(directory)")
    }
  }

  /// The code for what became of runs.
  static func exitCode(of outcomes: [RunOutcome]) -> Int32 {
    if outcomes.contains(where: { $0.status == .interrupted }) { return ExitCode.interrupted }
    return outcomes.allSatisfy { $0.status == .done } ? ExitCode.done : ExitCode.failedRuns
  }

  /// Refuses words that are not options.
  static func refuseOperands(_ arguments: Arguments, _ command: String) throws {
    if let word = arguments.positionals.first {
      throw UsageProblem("\(command) takes options only, not \"\(word)\". See: zoo help \(command)")
    }
  }
}

extension Suite {
  /// Lays options over the suite.
  mutating func apply(_ arguments: Arguments) throws {
    steps = try arguments.integer("steps", in: 0...1_000_000_000_000) ?? steps
    tasks = try arguments.integer("tasks", in: 1...100_000) ?? tasks
    split = try arguments.split() ?? split
    episodesPerProbe = try arguments.integer("probe-episodes", in: 1...10_000) ?? episodesPerProbe
    episodesPerLifetime = try arguments.integer("episodes", in: 1...10_000) ?? episodesPerLifetime
    // The suite's own may be meant for learners that were not asked for.
    overrides.removeAll { override in override.learner.map { !learners.contains($0) } ?? false }
    overrides += try arguments.overrides()
  }
}

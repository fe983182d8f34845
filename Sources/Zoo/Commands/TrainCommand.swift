import MetaRL

extension CommandOption {
  static let set = CommandOption(
    "set", "KEY=VALUE", "change a setting; zoo describe LEARNER lists them", isRepeatable: true)
}

extension Command {
  static let train = Command(
    name: "train", summary: "Trains one learner on one family with one seed, and evaluates it.",
    options: [
      CommandOption("learner", "L", "which learner"),
      CommandOption("family", "F", "which family"),
      CommandOption("seed", "N", "which seed", default: "0"),
      .steps, .set, .tasks, .split, .episodes, .probeEpisodes, .jobs, .checkpointSeconds, .out, .json, .quiet,
      .help,
    ],
    examples: [
      "train --learner maml --family grid-world --steps 200000",
      "train --learner maml --family point-navigation --seed 1 --set innerStepSize=0.2 --out runs/first",
    ]
  ) { catalog, arguments, console in
    let comparison = try Comparison(trainingSuite(catalog, arguments), catalog: catalog)
    let work = try WorkOptions(arguments)
    guard let plan = comparison.plans.first else { throw UsageError("there is nothing to train") }
    return try plan.carryOut(in: resultDirectory(arguments, prefix: "train"), work, arguments, console)
  }

  private static func trainingSuite(_ catalog: Catalog, _ arguments: Arguments) throws -> Suite {
    try refuseOperands(arguments, "train")
    guard let learner = arguments.text("learner"), let family = arguments.text("family") else {
      throw UsageError("train needs --learner and --family. See: zoo help train")
    }
    if let typed = arguments.text("seed"), typed.contains("..") || typed.contains(",") {
      throw UsageError("--seed is one whole number; zoo compare takes several seeds")
    }
    let seed = [UInt64(try arguments.integer("seed", in: 0...Suite.largestSeed) ?? 0)]
    var suite = catalog.defaultComparison
    (suite.learners, suite.families, suite.seeds) = ([learner], [family], seed)
    try suite.apply(arguments, in: catalog)
    return suite
  }

  /// Tells of runs that failed, where no progress has.
  static func tellFailures(_ outcomes: [RunOutcome], _ console: Console) {
    for outcome in outcomes {
      if let cause = outcome.state.cause {
        console.errors.line("failed: \(outcome.plan.title): \(cause)".inOneLine)
      }
    }
  }

  static func exitCode(of outcomes: [RunOutcome]) -> Int32 {
    if outcomes.contains(where: { $0.state == .interrupted }) { return ExitCode.interrupted }
    return outcomes.allSatisfy { $0.state == .done } ? ExitCode.done : ExitCode.failedRuns
  }

  static func refuseOperands(_ arguments: Arguments, _ command: String) throws {
    if let word = arguments.positionals.first {
      throw UsageError("\(command) takes options only, not \"\(word)\". See: zoo help \(command)")
    }
  }
}

extension RunPlan {
  /// Carries out a run in its own directory, and reports it.
  func carryOut(
    in directory: String, _ work: WorkOptions, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    let isQuiet = arguments.has("quiet")
    let progress = Progress(of: [self], on: isQuiet ? nil : console.errors)
    let control = work.control(console).showing(0, on: progress)
    progress.began(0)
    let outcome = carriedOut(in: directory, under: control)
    progress.ended(0, outcome)
    progress.finish()
    if isQuiet { Command.tellFailures([outcome], console) }
    guard outcome.state == .done else {
      // Where not even this could be written, nothing was begun.
      if Files.exists(directory + "/" + RunFile.config) {
        console.errors.line("to continue: zoo resume \(directory.shellWord)")
      }
      return Command.exitCode(of: [outcome])
    }
    let curve: AdaptationCurve
    do {
      // Numbers of other runs must not appear as those of this one.
      let config = directory + "/" + RunFile.config
      try refuseOtherRun(stored: JSONValue(readingFile: config), in: config)
      curve = try RunRecord(at: directory).curve()
    } catch {
      console.errors.line("error: " + "\(error)".inOneLine)
      console.errors.line("the run is done, and kept in \(directory.shellWord)")
      return ExitCode.failedRuns
    }
    if arguments.has("json") {
      console.output.write(curve.json(of: self).indentedText)
    } else {
      console.output.write(curve.text(of: self))
      console.output.line(
        "\n\(NumberText.count(Double(outcome.cost.environmentSteps))) environment steps in "
          + "\(NumberText.duration(outcome.cost.wallSeconds)). Results: \(directory)")
    }
    return ExitCode.done
  }
}

extension Suite {
  /// Lays options over the suite, whose learners are those that were asked for.
  mutating func apply(_ arguments: Arguments, in catalog: Catalog) throws {
    steps = try arguments.integer("steps", in: RunRecord.stepsRange) ?? steps
    tasks = try arguments.integer("tasks", in: 1...100_000) ?? tasks
    split = try arguments.split() ?? split
    episodesPerProbe = try arguments.integer("probe-episodes", in: 1...10_000) ?? episodesPerProbe
    episodesPerLifetime = try arguments.integer("episodes", in: 1...10_000) ?? episodesPerLifetime
    // The suite's own may be meant for learners that were not asked for.
    let keys = Set(try learners.flatMap { try catalog.learner(named: $0).settings().keys })
    overrides.removeAll { override in
      override.learner.map { !learners.contains($0) } ?? !keys.contains(override.key)
    }
    overrides += try arguments.overrides()
  }
}

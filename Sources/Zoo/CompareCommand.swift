import MetaRL

extension Command {
  static let compare = Command(
    name: "compare", summary: "Trains learners on families with several seeds and compares how they adapt.",
    options: [
      CommandOption(
        name: "learners", placeholder: "A,B", meaning: "which learners",
        standard: { $0.learners.joined(separator: ",") }),
      CommandOption(
        name: "families", placeholder: "X,Y", meaning: "which families",
        standard: { $0.families.joined(separator: ",") }),
      CommandOption(
        name: "seeds", placeholder: "0..2", meaning: "which seeds, as in 0..2 or 0,1,5",
        standard: { $0.seeds.map(String.init).joined(separator: ",") }),
      .steps,
      CommandOption(
        name: "set", placeholder: "[L.]KEY=VALUE", meaning: "change a setting of learner L, or of all that have it",
        isRepeatable: true),
      .tasks, .split, .episodes, .probeEpisodes, .jobs, .out,
      CommandOption(name: "dry-run", meaning: "say what it would cost, after a few seconds of trial, and stop"),
      .json, .quiet, CommandOption(name: "no-color", meaning: "no colours in the terminal"), .help,
    ],
    examples: [
      "compare", "compare --learners maml,average --families grid-world --seeds 0..4 --steps 200000",
      "compare --learners maml,fomaml --set innerStepSize=0.05 --set maml.innerEstimator=dice --dry-run",
    ]
  ) { catalog, arguments, console in
    try refuseOperands(arguments, "compare")
    var suite = catalog.defaultComparison
    suite.learners = try arguments.names("learners") ?? suite.learners
    suite.families = try arguments.names("families") ?? suite.families
    suite.seeds = try arguments.seeds("seeds") ?? suite.seeds
    try suite.apply(arguments)
    let comparison = try Comparison(suite, catalog: catalog)
    let jobs = try arguments.integer("jobs", in: 1...1024) ?? Machine.processorCount
    for note in comparison.keptPresets { console.errors.line("note: \(note)") }
    for omission in comparison.omissions {
      console.errors.line("left out: \(omission.learner) on \(omission.family): \(omission.reason)")
    }
    if arguments.has("dry-run") {
      let estimate = try CostEstimate(of: comparison, jobs: jobs, isInterrupted: console.isInterrupted)
      console.output.write(arguments.has("json") ? estimate.json.indentedText : estimate.text)
      return ExitCode.done
    }
    return try carryOut(comparison, jobs: jobs, arguments, console)
  }

  private static func carryOut(
    _ comparison: Comparison, jobs: Int, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    let directory = try resultDirectory(arguments, prefix: "compare")
    let isQuiet = arguments.has("quiet")
    if !isQuiet {
      let runs = comparison.plans.count
      console.errors.line("\(NumberText.quantity(runs, "run")), \(min(jobs, runs)) at a time, to \(directory)")
    }
    let progress = Progress(of: comparison.plans, on: isQuiet ? nil : console.errors)
    try Files.write(comparison.manifest, to: directory + "/manifest.jsonl")
    let outcomes = comparison.run(jobs: jobs, progress: progress, isInterrupted: console.isInterrupted) { outcome in
      guard outcome.status != .interrupted else { return }
      try outcome.write(to: directory + "/" + outcome.plan.path)
    }
    progress.finish()
    let result: ComparisonResult
    do {
      result = try ComparisonResult(reading: [directory], workers: Workers(jobs))
      try result.write(to: directory + "/report")
    } catch {
      console.errors.line("error: \(error)")
      return ExitCode.failedRuns
    }
    if arguments.has("json") {
      console.output.write(result.json.indentedText)
    } else {
      let hasColor = console.output.isTerminal && !arguments.has("no-color")
      console.output.write(result.text(hasColor: hasColor))
      console.output.line("results: \(directory)")
    }
    if isQuiet {
      for outcome in outcomes {
        if case .failed(let cause) = outcome.status {
          console.errors.line("failed: \(outcome.plan.title): \(cause)")
        }
      }
    }
    return exitCode(of: outcomes)
  }
}

extension Comparison {
  /// The list of the runs that are planned.
  fileprivate var manifest: String {
    plans.map { plan -> JSONValue in
      [
        "run": .string(plan.path), "state": "planned", "learner": .string(plan.learner.name),
        "family": .string(plan.family.card.versionedName), "seed": .integer(Int(plan.seed)),
      ]
    }.lines
  }
}

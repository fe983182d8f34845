import MetaRL

extension Command {
  static let compare = Command(
    name: "compare", operands: "[FILE|suite]",
    summary: "Trains learners on families with several seeds and compares how they adapt.",
    options: [
      CommandOption("learners", "A,B", "which learners", standard: { $0.learners.joined(separator: ",") }),
      CommandOption("families", "X,Y", "which families", standard: { $0.families.joined(separator: ",") }),
      CommandOption(
        "seeds", "0..2", "which seeds, as in 0..2 or 0,1,5",
        standard: { $0.seeds.map(String.init).joined(separator: ",") }),
      .steps,
      CommandOption("set", "[L.]KEY=VALUE", "change a setting of learner L, or of all with it", isRepeatable: true),
      .tasks, .split, .episodes, .probeEpisodes,
      CommandOption(
        "size", "S", "size of suite, the standing comparison: smoke, laptop or full", default: "laptop"),
      .jobs, .checkpointSeconds, .out,
      CommandOption("dry-run", "estimate the cost in a few seconds, and stop"),
      .json, .quiet, CommandOption("no-color", "no colors in the terminal"), .help,
    ],
    examples: [
      "compare", "compare --learners maml,average --families grid-world --seeds 0..4 --steps 200000",
      "compare --learners maml,fomaml --set innerStepSize=0.05 --set maml.innerEstimator=dice --dry-run",
      "compare suite.json5 --seeds 0..2 --out runs/second", "compare suite --size smoke --dry-run",
    ]
  ) { catalog, arguments, console in
    var suite = catalog.defaultComparison
    let file = try suiteFile(arguments, catalog)
    try file?.apply(to: &suite, in: catalog)
    suite.learners = try arguments.names("learners") ?? suite.learners
    suite.families = try arguments.names("families") ?? suite.families
    suite.seeds = try arguments.seeds("seeds") ?? suite.seeds
    try suite.apply(arguments, in: catalog)
    let comparison = try Comparison(suite, catalog: catalog)
    let work = try WorkOptions(arguments)
    for note in comparison.keptPresets { console.errors.line("note: \(note)") }
    for omission in comparison.omissions {
      console.errors.line("left out: \(omission.inWords)")
    }
    if arguments.has("dry-run") {
      let estimate = try CostEstimate(of: comparison, jobs: work.jobs, isInterrupted: console.isInterrupted)
      return console.show(arguments, json: estimate.json, text: estimate.text)
    }
    let path = try resultDirectory(arguments, prefix: "compare")
    let directory = try ComparisonDirectory(creating: path, of: comparison, suiteFile: file?.text)
    return try comparison.carryOut(in: directory, work, arguments, console)
  }

  private static func suiteFile(_ arguments: Arguments, _ catalog: Catalog) throws -> SuiteFile? {
    let path = arguments.positionals.first
    guard arguments.positionals.count < 2 else {
      throw UsageError(
        "compare takes one file, not \"\(arguments.positionals[1])\" as well. See: zoo help compare")
    }
    if path == "suite" {
      let (name, suites) = (arguments.text("size") ?? "laptop", catalog.standingSuites)
      guard let suite = suites.first(where: { $0.name == name }) else {
        throw UsageError("--size: " + unknownName("size", name, among: suites.map(\.name)))
      }
      return try SuiteFile(path: "suite --size \(name)", text: suite.text)
    }
    guard !arguments.has("size") else {
      throw UsageError("--size only goes with zoo compare suite")
    }
    guard let path = try path.map({ try ZooFiles.path(typed: $0) }) else { return nil }
    guard Files.exists(path) else {
      throw UsageError(
        "compare takes options and a file of settings, or \"suite\", and there is no file \"\(path)\". See: zoo help "
          + "compare")
    }
    guard !Files.isDirectory(path) else {
      throw UsageError(
        "\"\(path)\" is a directory, and compare takes a file of settings. To resume the runs in a directory: zoo "
          + "resume \(path.shellWord)")
    }
    return try SuiteFile(at: path)
  }
}

/// The options of carrying out runs; results do not depend on them.
struct WorkOptions {
  var jobs: Int
  /// Seconds between checkpoints of a run.
  var checkpointSeconds: Double

  init(_ arguments: Arguments) throws {
    jobs = try arguments.jobs()
    checkpointSeconds =
      try arguments.number("checkpoint-seconds", in: 0...86_400) ?? RunControl.standardCheckpointSeconds
  }

  func control(_ console: Console) -> RunControl {
    RunControl(
      threads: jobs, checkpointSeconds: checkpointSeconds, isInterrupted: console.isInterrupted,
      patience: console.patience)
  }
}

extension Comparison {
  /// Carries out what is not done yet, and reports all of it.
  func carryOut(
    in directory: borrowing ComparisonDirectory, _ work: WorkOptions, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    let (path, isQuiet) = (directory.path, arguments.has("quiet"))
    let left = plans.count { RunState(ofRunAt: path + "/" + $0.path) != .done }
    let progress = Progress(of: plans, on: isQuiet || left == 0 ? nil : console.errors)
    if !isQuiet {
      console.errors.line(
        left == 0
          ? "all \(NumberText.quantity(plans.count, "run")) are done: only the report is written again"
          : "\(NumberText.quantity(left, "run")), \(min(work.jobs, left)) at a time, to \(path)"
            + " · Ctrl-C is safe; then: zoo resume \(path.shellWord)")
    }
    directory.manifest.noteProcess(jobs: work.jobs, software: softwareJSON, program: program)
    let outcomes = run(in: directory, under: work.control(console), progress: progress)
    progress.finish()
    if isQuiet { Command.tellFailures(outcomes, console) }
    do {
      try report(directory.path, work, arguments, console)
    } catch {
      console.errors.line("error: " + "\(error)".inOneLine)
      console.errors.line("the runs are kept; fix this and run: zoo resume \(path.shellWord)")
      return ExitCode.failedRuns
    }
    let code = Command.exitCode(of: outcomes)
    if code != ExitCode.done { console.errors.line("to continue: zoo resume \(path.shellWord)") }
    return code
  }

  /// Other software that the families depend on, by family; nil if none.
  private var softwareJSON: JSONValue? {
    var members: [JSONValue.Member] = []
    for family in plans.map(\.family) where !members.contains(where: { $0.key == family.card.name }) {
      if let software = family.softwareJSON { members.append(.init(key: family.card.name, value: software)) }
    }
    return members.isEmpty ? nil : .object(members)
  }

  private func report(_ path: String, _ work: WorkOptions, _ arguments: Arguments, _ console: Console) throws {
    let workers = Workers(work.jobs)
    let result = try ComparisonResult(reading: [path], workers: workers)
    let contents = try ReportContents(result, workers: workers)
    try ReportWriter(contents: contents, directory: path + "/report").write()
    if arguments.has("json") {
      console.output.write(contents.json.indentedText)
    } else {
      let hasColor = console.output.takesColor && !arguments.has("no-color")
      console.output.write(result.text(hasColor: hasColor, columns: console.output.columns))
      console.output.line("results: \(path)")
      console.output.line("report: \(path)/report/report.html")
    }
  }
}

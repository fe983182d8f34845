extension Command {
  static let resume = Command(
    name: "resume", operands: "DIR",
    summary: "Continues interrupted runs, retries failed ones and starts missing ones.",
    options: [
      .jobs, .checkpointSeconds, .json, .quiet,
      CommandOption("no-color", "no colors in the terminal"),
      .help,
    ],
    examples: ["resume runs/second", "resume runs/first --jobs 1"]
  ) { catalog, arguments, console in
    let path = try directory(arguments, "resume")
    let work = try WorkOptions(arguments)
    if Files.exists(path + "/" + Comparison.fileName) {
      let comparison = try Comparison(storedIn: path, catalog: catalog)
      let directory = try ComparisonDirectory(opening: path, of: comparison)
      return try comparison.carryOut(in: directory, work, arguments, console)
    }
    guard Files.exists(path + "/" + RunFile.config) else {
      throw UsageError(
        "\"\(path)\" holds neither a comparison nor a run: "
          + PlannedRuns.absence(of: "\(Comparison.fileName) and no \(RunFile.config)", in: path)
      )
    }
    let plan = try RunPlan(storedIn: path, catalog: catalog)
    if DirectoryLock.isHeld(on: path) { _ = try DirectoryLock(on: path) }
    guard RunState(ofRunAt: path) != .done else {
      console.errors.line("\(plan.title) is done: there is nothing to resume")
      return ExitCode.done
    }
    return try plan.carryOut(in: path, work, arguments, console)
  }
}

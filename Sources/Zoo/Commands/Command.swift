/// Something that the command line can do.
struct Command: Sendable {
  var name: String
  var operands = ""
  var summary: String
  var options: [CommandOption]
  /// Lines that can be copied, without the program's name.
  var examples: [String]
  /// Whether it has nothing to put in order when it is interrupted, and ends at once.
  var isReadOnly = false
  /// Does it and returns the exit code.
  var perform: @Sendable (_ catalog: Catalog, _ arguments: Arguments, _ console: Console) throws -> Int32

  static let all: [Command] = [
    .list, .describe, .train, .evaluate, .compare, .resume, .status, .watch, .stats, .report, .render, .export,
    .reproduce, .check, .new, .help,
  ]

  /// The help of this command, with the defaults of a catalog.
  func help(in catalog: Catalog) -> String {
    let usage = ["zoo", name, operands].filter { !$0.isEmpty }.joined(separator: " ")
    var text = "\(summary)\n\nUsage: \(usage)\(options.isEmpty ? "" : " [options]")\n"
    if !options.isEmpty {
      let names = options.map { "--\($0.name)" + ($0.placeholder.map { " \($0)" } ?? "") }
      let width = names.map(\.count).max() ?? 0
      text += "\nOptions:\n"
      for (name, option) in zip(names, options) {
        let meaning = option.meaning(in: catalog.defaultComparison)
        text += "  \(name)\(String(repeating: " ", count: width - name.count))  \(meaning)\n"
      }
    }
    text += "\nExamples:\n" + examples.map { "  zoo \($0)\n" }.joined()
    return text + "\n" + ExitCode.inWords
  }

  /// The help of the whole program.
  static var overview: String {
    let width = all.map { $0.name.count + $0.operands.count + 1 }.max() ?? 0
    var text = "A comparative zoo of meta-reinforcement-learning algorithms.\n\nUsage: zoo COMMAND [options]\n\n"
    text += "Commands:\n"
    for command in all {
      let name = command.operands.isEmpty ? command.name : "\(command.name) \(command.operands)"
      text += "  \(name)\(String(repeating: " ", count: width - name.count))  \(command.summary)\n"
    }
    text += "\nTo start:\n  zoo compare\n  zoo list learners\n"
    return text
      + "\nzoo help COMMAND, or --help after a command, prints its options. zoo --version prints the version.\n\n"
      + ExitCode.inWords
  }
}

/// The output of a command, and its interruption.
struct Console: Sendable {
  var output: any TextOutput
  var errors: any TextOutput
  /// Seconds that an iteration of training may continue after an interruption.
  var patience: Double
  /// Whether the user has interrupted.
  var isInterrupted: @Sendable () -> Bool

  /// Writes a result as text or, with `--json`, as that.
  ///
  /// - Returns: the exit code for having done so.
  func show(
    _ arguments: Arguments, json: @autoclosure () throws -> JSONValue, text: @autoclosure () throws -> String
  ) rethrows -> Int32 {
    output.write(try arguments.has("json") ? json().indentedText : text())
    return ExitCode.done
  }
}

extension CommandOption {
  static let json = CommandOption(name: "json", meaning: "write JSON instead of text")
  static let help = CommandOption(name: "help", meaning: "print the usage of the command")
  static let jobs = CommandOption(
    name: "jobs", placeholder: "N", meaning: "threads; results do not depend on their number",
    standard: { _ in "one per processor" })
  static let out = CommandOption(
    name: "out", placeholder: "DIR", meaning: "a new directory for the results", standard: { _ in "one in runs/" })
  static let tasks = CommandOption(
    name: "tasks", placeholder: "N", meaning: "number of evaluation tasks",
    standard: { "\($0.tasksInWords), or all if the family has fewer" })
  static let split = CommandOption(
    name: "split", placeholder: "S",
    meaning: "split of the evaluation tasks: test; validation or train, to tune settings",
    standard: { $0.split.rawValue })
  static let probeEpisodes = CommandOption(
    name: "probe-episodes", placeholder: "N", meaning: "episodes that a frozen copy plays at each probe",
    standard: { "\($0.episodesPerProbe)" })
  static let episodes = CommandOption(
    name: "episodes", placeholder: "N", meaning: "episodes of a lifetime",
    standard: { $0.episodesPerLifetime.map { "\($0)" } ?? "the family's" })
  static let steps = CommandOption(
    name: "steps", placeholder: "N",
    meaning: "environment steps of meta-training in each run, as in 200000 or 2e5", standard: { "\($0.steps)" })
  static let checkpointSeconds = CommandOption(
    name: "checkpoint-seconds", placeholder: "N",
    meaning: "seconds between checkpoints, which are written between iterations; results do not depend on it",
    standard: { _ in NumberText.plain(RunControl.standardCheckpointSeconds) })
  static let quiet = CommandOption(name: "quiet", meaning: "no progress")
}

extension Command {
  static let help = Command(
    name: "help", operands: "[COMMAND]", summary: "Prints the usage of a command.", options: [.help],
    examples: ["help", "help compare"], isReadOnly: true
  ) { catalog, arguments, console in
    guard let name = arguments.positionals.first else {
      console.output.write(overview)
      return ExitCode.done
    }
    console.output.write(try named(name).help(in: catalog))
    return ExitCode.done
  }

  /// The command of a name.
  ///
  /// - Throws: `UsageError` that names the nearest.
  static func named(_ name: String) throws -> Command {
    guard let command = all.first(where: { $0.name == name }) else {
      throw UsageError(unknownName("command", name, among: all.map(\.name)) + " See: zoo help")
    }
    return command
  }
}

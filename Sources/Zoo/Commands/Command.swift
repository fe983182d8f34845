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
  static let json = CommandOption("json", "write JSON instead of text")
  static let help = CommandOption("help", "print the usage of the command")
  static let jobs = CommandOption(
    "jobs", "N", "threads; results do not depend on their number", default: "one per processor")
  static let out = CommandOption("out", "DIR", "a new directory for the results", default: "one in runs/")
  static let tasks = CommandOption(
    "tasks", "N", "number of evaluation tasks", standard: { "\($0.tasksInWords), or all if the family has fewer" })
  static let split = CommandOption(
    "split", "S", "split of the evaluation tasks: test; validation or train, to tune settings",
    standard: { $0.split.rawValue })
  static let probeEpisodes = CommandOption(
    "probe-episodes", "N", "episodes that a frozen copy plays at each probe", standard: { "\($0.episodesPerProbe)" }
  )
  static let episodes = CommandOption(
    "episodes", "N", "episodes of a lifetime",
    standard: { $0.episodesPerLifetime.map { "\($0)" } ?? "the family's" })
  static let steps = CommandOption(
    "steps", "N", "environment steps of meta-training in each run, as in 200000 or 2e5", standard: { "\($0.steps)" }
  )
  static let checkpointSeconds = CommandOption(
    "checkpoint-seconds", "N",
    "seconds between checkpoints, which are written between iterations; results do not depend on it",
    default: NumberText.plain(RunControl.standardCheckpointSeconds))
  static let quiet = CommandOption("quiet", "no progress")
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
  static func named(_ name: String) throws -> Command {
    guard let command = all.first(where: { $0.name == name }) else {
      throw UsageError(unknownName("command", name, among: all.map(\.name)) + " See: zoo help")
    }
    return command
  }
}

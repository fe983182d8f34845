extension Command {
  static let status = Command(
    name: "status", operands: "DIR", summary: "Prints the state of each run of a comparison.",
    options: [.json, .help], examples: ["status runs/second", "status runs/first --json"],
    isReadOnly: true
  ) { catalog, arguments, console in
    let standing = try StandingOfRuns(of: directory(arguments, "status"))
    return console.show(arguments, json: standing.json, text: standing.text)
  }

  static let watch = Command(
    name: "watch", operands: "DIR", summary: "Shows the progress of a comparison while a process works on it.",
    options: [
      CommandOption("seconds", "N", "between two looks", default: "2; 60 where nobody watches"), .help,
    ],
    examples: ["watch runs/second", "watch runs/first --seconds 10"]
  ) { catalog, arguments, console in
    let directory = try directory(arguments, "watch")
    let isTerminal = console.output.isTerminal
    let pause = try arguments.integer("seconds", in: 1...86_400) ?? (isTerminal ? 2 : 60)
    while true {
      let standing = try StandingOfRuns(of: directory)
      // The first puts the cursor at the top, the second clears what is below.
      console.output.write(
        isTerminal
          ? "\u{1B}[H\u{1B}[J" + standing.text(columns: console.output.columns) : standing.line + "\n")
      // Nobody sees it any more.
      guard console.output.failure == nil else { return ExitCode.done }
      guard standing.isHeld else { return standing.isComplete ? ExitCode.done : ExitCode.interrupted }
      let next = ContinuousClock.now + .seconds(pause)
      while ContinuousClock.now < next, DirectoryLock.isHeld(on: directory) {
        guard !console.isInterrupted() else { return ExitCode.done }
        Surroundings.wait(milliseconds: 100)
      }
    }
  }

  static func directory(_ arguments: Arguments, _ command: String) throws -> String {
    let operand = try arguments.operand("\(command) needs one directory: zoo \(command) DIR")
    let directory = try ZooFiles.path(typed: operand)
    try requireDirectory(directory)
    return directory
  }

  static func requireDirectory(_ path: String) throws {
    guard Files.exists(path) else { throw UsageError("there is no directory \"\(path)\"") }
    guard Files.isDirectory(path) else { throw UsageError("\"\(path)\" is not a directory") }
  }
}

/// The states of a directory's runs, while another process may write in it.
struct StandingOfRuns: Sendable {
  struct Entry: Sendable {
    var path: String
    var learner: String
    /// The family's name with its version.
    var family: String
    var seed: Int
    var state: RunState
    /// The environment steps of training that it has taken, as far as is known.
    var steps: Int?
  }

  let directory: String
  /// The runs, in the order they were planned.
  let entries: [Entry]
  /// The environment steps of training that each run is to take.
  let stepsPerRun: Int?
  let isHeld: Bool

  /// Looks at the directory of a comparison or of a run.
  ///
  /// - Throws: `UsageError` if it is neither.
  init(of directory: String) throws {
    self.directory = directory
    isHeld = DirectoryLock.isHeld(on: directory)
    let (suite, config) = (directory + "/" + Comparison.fileName, directory + "/" + RunFile.config)
    if Files.exists(suite) {
      stepsPerRun = try JSONValue(readingFile: suite)["steps"]?.integerValue
      entries = try PlannedRuns(in: directory).entries.map { run in
        let state = RunState(ofRunAt: run.directory)
        return Entry(
          path: run.path, learner: run.learner ?? "?", family: run.family ?? "?", seed: run.seed ?? 0, state: state,
          steps: Self.steps(ofRunAt: run.directory, state))
      }
    } else if Files.exists(config) {
      let json = try JSONValue(readingFile: config)
      stepsPerRun = json["steps"]?.integerValue
      let state = RunState(ofRunAt: directory)
      entries = [
        Entry(
          path: "", learner: json["learner"]?.stringValue ?? "?", family: json["family"]?.stringValue ?? "?",
          seed: json["seed"]?.integerValue ?? 0, state: state, steps: Self.steps(ofRunAt: directory, state))
      ]
    } else {
      throw UsageError(
        "\"\(directory)\" holds neither a comparison nor a run: "
          + PlannedRuns.absence(of: "\(Comparison.fileName) and no \(RunFile.config)", in: directory))
    }
  }

  /// The steps in the last whole row of `train.jsonl`, or what the run cost if it is done.
  private static func steps(ofRunAt path: String, _ state: RunState) -> Int? {
    switch state {
    case .planned: nil
    case .done: (try? JSONValue(readingFile: path + "/" + RunFile.cost))?["environmentSteps"]?.integerValue
    default: lastRow(of: path + "/" + RunFile.training)?["environmentSteps"]?.integerValue ?? 0
    }
  }

  private static func lastRow(of path: String) -> JSONValue? {
    // A row is far shorter than this.
    guard let bytes = Files.lastBytes(of: path, count: 65_536) else { return nil }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    return lines.last.flatMap { try? JSONValue(parsing: String(decoding: $0, as: UTF8.self)) }
  }

  var isComplete: Bool { entries.allSatisfy { $0.state == .done } }
}

extension StandingOfRuns {
  /// The words for the states, in the order they are shown.
  private static let words = ["done", "running", "cut off", "interrupted", "failed", "planned"]

  /// "12 of 20 runs done · 2 running · 6 planned".
  var line: String {
    var parts: [String] = []
    for title in Self.words {
      let count = entries.count { $0.state.word == title }
      if title == "done" {
        parts.append("\(count) of \(NumberText.quantity(entries.count, "run")) done")
      } else if count > 0 {
        parts.append("\(count) \(title)")
      }
    }
    return parts.joined(separator: " · ")
  }

  var text: String {
    let shown = Self.words.filter { word in word == "done" || entries.contains { $0.state.word == word } }
    var table = TextTable(header: ["family", "learner"] + shown + ["steps of training"])
    var groups: [(family: String, learner: String, entries: [Entry])] = []
    for entry in entries {
      if let place = groups.firstIndex(where: { $0.family == entry.family && $0.learner == entry.learner }) {
        groups[place].entries.append(entry)
      } else {
        groups.append((entry.family, entry.learner, [entry]))
      }
    }
    for group in groups {
      let counts = shown.map { word in "\(group.entries.count { $0.state.word == word })" }
      let taken = group.entries.reduce(0.0) { $0 + Double($1.steps ?? 0) }
      // What is done took the steps that it needed: those without training took none.
      let isDone = group.entries.allSatisfy { $0.state == .done }
      let planned = stepsPerRun.map { " of " + NumberText.count(Double($0) * Double(group.entries.count)) }
      table.rows.append(
        [group.family, group.learner] + counts + [NumberText.count(taken) + (isDone ? "" : planned ?? "")])
    }
    var text = "\(directory): \(line)\n\n" + table.aligned
    for entry in entries {
      guard let cause = entry.state.cause else { continue }
      text += "failed: \(entry.learner) on \(entry.family), seed \(entry.seed): \(cause)\n"
    }
    if isHeld {
      text += "\na process works on it; zoo watch \(directory.shellWord) shows its progress\n"
    } else if !isComplete {
      text += "\nno process works on it. Continue with: zoo resume \(directory.shellWord)\n"
    }
    return text
  }

  /// The same with lines that fit on a terminal, which would wrap them.
  func text(columns: Int?) -> String {
    guard let columns else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0).cut(toColumns: columns) }.joined(separator: "\n")
  }

  /// As `--json` shows it.
  var json: JSONValue {
    [
      "directory": .string(directory), "isRunning": .boolean(isHeld), "isComplete": .boolean(isComplete),
      "stepsPerRun": stepsPerRun.map { .integer($0) } ?? .null,
      "runs": .array(
        entries.map { entry in
          [
            "run": .string(entry.path), "learner": .string(entry.learner), "family": .string(entry.family),
            "seed": .integer(entry.seed), "state": .string(entry.state.word),
            "cause": entry.state.cause.map { .string($0) } ?? .null,
            "environmentSteps": entry.steps.map { .integer($0) } ?? .null,
          ]
        }),
    ]
  }
}

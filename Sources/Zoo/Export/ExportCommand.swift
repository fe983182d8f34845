import MetaRL
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let export = Command(
    name: "export", operands: "RUN", summary: "Writes what a run has learned, or measured, for other programs.",
    options: [
      CommandOption(
        name: "to", placeholder: "FORMAT",
        meaning: "safetensors: the meta-parameters; onnx: an adapted policy, whose metadata say what -1 and 1 are "
          + "in the task's units (actionLow, actionHigh); csv, tensorboard: what was measured"),
      CommandOption(
        name: "task", placeholder: "N", meaning: "onnx: the task that the policy has adapted to",
        standard: { _ in "0" }),
      CommandOption.split.standing(for: "as in the run"),
      CommandOption(
        name: "episodes", placeholder: "N", meaning: "onnx: the episodes of experience that it has adapted to",
        standard: { _ in "those of a lifetime in the run" }),
      CommandOption(
        name: "with-examples", placeholder: "N",
        meaning: "onnx: write so many observations and the zoo's own outputs to a second file, FILE.examples.json"),
      CommandOption(
        name: "out", placeholder: "PATH", meaning: "the file or, for csv and tensorboard, the directory",
        standard: { _ in "exports in the run's directory" }),
      .help,
    ],
    examples: [
      "export runs/first --to csv", "export runs/first --to safetensors",
      "export runs/first --to onnx --task 1 --episodes 20",
    ]
  ) { catalog, arguments, console in
    guard let directory = arguments.positionals.first, arguments.positionals.count == 1 else {
      throw UsageProblem("export needs the directory of one run: zoo export RUN --to safetensors")
    }
    let formats = ["safetensors", "onnx", "csv", "tensorboard"]
    guard let format = arguments.text("to") else {
      throw UsageProblem("export needs --to, one of: \(formats.joined(separator: ", "))")
    }
    guard formats.contains(format) else { throw UsageProblem(unknownName("format", format, among: formats)) }
    for option in ["task", "split", "episodes", "with-examples"] where format != "onnx" && arguments.has(option) {
      throw UsageProblem("--\(option) goes with --to onnx only")
    }
    let stored = try StoredRun(at: directory, catalog: catalog)
    let export = Export(stored: stored, run: directory, out: arguments.text("out"))
    switch format {
    case "csv": console.output.write(try export.tables().map { $0 + "\n" }.joined())
    case "tensorboard": console.output.line(try export.events())
    case "safetensors": console.output.line(try export.metaParameters())
    default:
      do {
        let paths = try export.policy(arguments, isInterrupted: console.isInterrupted)
        console.output.write(paths.map { $0 + "\n" }.joined())
      } catch let failure as TrainingFailure {
        console.errors.line("error: \(stored.plan.title) failed: \(failure)")
        return ExitCode.failedRuns
      }
    }
    return ExitCode.done
  }
}

/// What is written of one run.
private struct Export {
  var stored: StoredRun
  var run: String
  var out: String?

  /// The path of a file, whose directory exists and can be written.
  private func path(_ name: String) throws -> String {
    let path = out ?? "\(run)/exports/\(name)"
    let parent = path.contains("/") ? URL(filePath: path).deletingLastPathComponent().path : "."
    try Files.makeWritableDirectory(parent)
    if Files.exists(path + "/.") {
      throw UsageProblem("\"\(path)\" is a directory; --out names the file to write, \(path)/\(name) for instance")
    }
    return path
  }

  /// The settings with their origins, as config.json has them.
  private var settings: JSONValue {
    get throws { try JSONValue(parsing: Files.text(of: run + "/config.json"))["settings"] ?? .null }
  }

  private func metadata() throws -> [(name: String, text: String)] {
    let plan = stored.plan
    return [
      ("learner", plan.learner.name), ("family", plan.family.card.versionedName), ("seed", "\(plan.seed)"),
      ("settings", try settings.text), ("zoo", zooVersion),
    ]
  }

  // MARK: Meta-parameters

  /// Writes the meta-parameters and returns the path.
  func metaParameters() throws -> String {
    let (parameters, adaptation) = try stored.withLearner { learner, _ in
      guard let learner = learner as? any ExportableLearner else {
        throw UsageProblem("\(stored.plan.learner.name) has no meta-parameters to export")
      }
      return (learner.metaParameters, learner.adaptation)
    }
    let path = try path("meta-parameters.safetensors")
    let file = SafetensorsFile(
      tensors: Array(zip(parameters.names, parameters.tensors)).map { (name: $0.0, tensor: $0.1) },
      metadata: try metadata() + [("adaptation", adaptation.procedure)])
    try Files.write(file.data, to: path)
    return path
  }

  // MARK: An adapted policy

  /// Lets an agent adapt, writes its policy, and returns the paths.
  func policy(_ arguments: Arguments, isInterrupted: () -> Bool) throws -> [String] {
    let evaluation = stored.plan.evaluation
    let split = try arguments.split() ?? evaluation.split
    let task = TaskID(split, try arguments.integer("task", in: 0...99_999) ?? 0)
    try stored.checkTask(task.index, in: split)
    let episodes = try arguments.integer("episodes", in: 0...10_000) ?? evaluation.episodesPerLifetime
    let exampleCount = try arguments.integer("with-examples", in: 1...100_000)
    let network = try adapted(to: task, episodes: episodes, isInterrupted: isInterrupted)
    let path = try path("policy-task-\(task.index)-episodes-\(episodes).onnx")
    let name = stored.plan.learner.name
    let card = stored.plan.family.card
    let use = network.use(card, actions: stored.plan.family.spec.actionSpace)
    let description =
      "The policy of \(name) on \(card.versionedName), \(split.rawValue) task \(task.index), after "
      + NumberText.quantity(episodes, "episode") + " of experience. " + use.map(\.text).joined(separator: " ")
    let details = [
      (name: "split", text: split.rawValue), (name: "task", text: "\(task.index)"),
      (name: "episodes", text: "\(episodes)"),
    ]
    let units = card.actionMembers(stored.plan.family.spec.actionSpace).map { (name: $0.key, text: $0.value.text) }
    let model = network.onnx(description: description, metadata: try metadata() + details + units + use)
    try Files.write(Data(model), to: path)
    guard let exampleCount else { return [path] }
    try Files.write(Self.examples(of: network, count: exampleCount).text + "\n", to: path + ".examples.json")
    return [path, path + ".examples.json"]
  }

  private func adapted(to task: TaskID, episodes: Int, isInterrupted: () -> Bool) throws -> PolicyNetwork {
    // No probe: only the lifetime itself is played, from the streams of the evaluation.
    let evaluation = EvaluationProtocol(
      split: task.split, taskCount: 1, episodesPerLifetime: episodes, probes: [])
    return try stored.withLearner { learner, family in
      func open<L: MetaLearner, F: TaskFamily>(_ learner: L, _ family: F) throws -> PolicyNetwork {
        guard L.LifetimeAgent.self is any ExportableAgent.Type else {
          throw UsageProblem(
            "an agent of \(stored.plan.learner.name) does not act by a network, so there is no policy for ONNX")
        }
        let lifetime = lifetimeRandom(of: [task], in: evaluationRandom(seed: stored.plan.seed))
        let agent = try live(learner, on: family, [task], evaluation, lifetime: lifetime) { _ in
          guard !isInterrupted() else { throw Interrupted() }
        }
        guard let exportable = agent as? any ExportableAgent else {
          throw UsageProblem("an agent of \(stored.plan.learner.name) has no policy for ONNX")
        }
        return exportable.policyNetwork(lane: 0)
      }
      return try open(learner, family)
    }
  }

  /// Standard normal observations, and what the policy makes of them.
  private static func examples(of network: PolicyNetwork, count: Int) -> JSONValue {
    var random = RandomStream(seed: 0).split("export examples")
    let observations = Tensor(
      random.normals(count * network.observationSize), shape: [count, network.observationSize])
    func list(_ values: [Float]) -> JSONValue { .array(values.map { .number(Double($0)) }) }
    func table(_ tensor: Tensor) -> JSONValue { .array(tensor.floatRows.map(list)) }
    var members = [
      JSONValue.Member(key: "observation", value: table(observations)),
      .init(key: network.outputName, value: table(network(observations))),
    ]
    if case .gaussian(let logDeviation) = network.head {
      members.append(.init(key: "action_log_deviation", value: list(logDeviation.floats)))
    }
    return .object(members)
  }

  // MARK: Tables

  /// Writes the rows of the run as tables, and returns the paths.
  func tables() throws -> [String] {
    let directory = out ?? run + "/exports"
    let tables = try ["episodes", "train"].map { name in
      (name: name, text: CSV.table(try rows(of: "\(run)/\(name).jsonl")))
    }
    try Files.makeWritableDirectory(directory)
    return try tables.map { name, text in
      let path = "\(directory)/\(name).csv"
      try Files.write(text, to: path)
      return path
    }
  }

  // MARK: Events

  /// Writes the numbers of training and the adaptation curves for TensorBoard, and returns the path.
  func events() throws -> String {
    guard let finished = try StoredResults(reading: [run]).finished.first else {
      throw UsageProblem("\"\(run)\" is not finished. Go on with it: zoo resume \(run)")
    }
    let directory = out ?? run + "/exports"
    try Files.makeWritableDirectory(directory)
    let path = directory + "/events.out.tfevents.0.zoo"
    try Files.write(TensorBoardEvents(of: finished).data, to: path)
    return path
  }

  private func rows(of path: String) throws -> [JSONValue] {
    // What is behind the last line break was cut off while it was written.
    let lines = try Files.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    var rows: [JSONValue] = []
    for (number, line) in lines.enumerated() where !line.isEmpty {
      do {
        let row = try JSONValue(parsing: String(line))
        guard row.members != nil else { throw JSONProblem(description: "it is not an object") }
        rows.append(row)
      } catch let problem as JSONProblem {
        // The problem counts the lines of the row, which is one line.
        let what = problem.description.replacing("line 1: ", with: "")
        throw UsageProblem("\"\(path)\" line \(number + 1): \(what)")
      }
    }
    return rows
  }
}

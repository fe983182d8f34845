import MetaRL
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let export = Command(
    name: "export", operands: "RUN", summary: "Exports what a run has learned or measured to other programs.",
    options: [
      CommandOption(
        "to", "FORMAT",
        "safetensors: what was learned; onnx: an adapted policy, whose metadata say what -1 and 1 are in the "
          + "task's units (actionLow, actionHigh); csv, tensorboard: what was measured so far"),
      CommandOption("task", "N", "onnx: the task that the policy has adapted to", default: "0"),
      CommandOption.split.standing(for: "as in the run"),
      CommandOption(
        "episodes", "N", "onnx: the episodes of experience that it has adapted to",
        default: "those of a lifetime in the run"),
      CommandOption(
        "with-examples", "N",
        "onnx: write N observations and the zoo's outputs to a second file, FILE.examples.json; of policies with a state, "
          + "the first N steps of the lifetime"),
      CommandOption(
        "out", "PATH", "the file or, for csv and tensorboard, the directory",
        default: "exports in the run's directory"),
      .help,
    ],
    examples: [
      "export runs/first --to csv", "export runs/first --to safetensors",
      "export runs/first --to onnx --task 1 --episodes 20",
    ]
  ) { catalog, arguments, console in
    guard let directory = try arguments.paths.first, arguments.positionals.count == 1 else {
      throw UsageError("export needs the directory of one run: zoo export RUN --to safetensors")
    }
    let formats = ["safetensors", "onnx", "csv", "tensorboard"]
    guard let format = arguments.text("to") else {
      throw UsageError("export needs --to, one of: \(formats.joined(separator: ", "))")
    }
    guard formats.contains(format) else { throw UsageError(unknownName("format", format, among: formats)) }
    for option in ["task", "split", "episodes", "with-examples"] where format != "onnx" && arguments.has(option) {
      throw UsageError("--\(option) goes with --to onnx only")
    }
    if format == "csv" || format == "tensorboard" {
      // What was measured is in files that need no catalog, and is there of several runs and of unfinished ones, too.
      let export = try MeasurementExport(of: directory, out: try arguments.directory("out"))
      let paths = try format == "csv" ? export.tables() : export.events()
      console.output.write(paths.map { $0 + "\n" }.joined())
      for note in export.notes { console.errors.line("note: \(note)") }
      return ExitCode.done
    }
    let stored = try StoredRun(at: directory, catalog: catalog)
    if arguments.namesDirectory("out") {
      let (out, name) = (
        arguments.text("out") ?? "", format == "onnx" ? "policy.onnx" : "meta-parameters.safetensors"
      )
      throw UsageError(
        "--out \(out) is a directory; for \(format) it names the file to write, \(out.inside(name)) for instance")
    }
    let export = Export(stored: stored, run: directory, out: try arguments.path("out"))
    do {
      let paths =
        try format == "safetensors"
        ? [export.metaParameters()] : export.policy(arguments, isInterrupted: console.isInterrupted)
      console.output.write(paths.map { $0 + "\n" }.joined())
    } catch let failure as TrainingError {
      console.errors.line("error: \(stored.plan.title) failed: \(failure)")
      return ExitCode.failedRuns
    }
    for note in try MeasurementExport(of: directory, out: nil).notes { console.errors.line("note: \(note)") }
    return ExitCode.done
  }
}

private struct Export {
  var stored: StoredRun
  var run: String
  var out: String?

  /// The path of a file, whose directory exists and can be written.
  private func path(_ name: String) throws -> String {
    let path = out ?? "\(run)/exports/\(name)"
    try Files.makeWritable(file: path, calledBy: name)
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
    let (tensors, adaptation) = try stored.withLearner { learner, _ in
      if let learner = learner as? any ExportableLearner {
        let parameters = learner.metaParameters
        return (
          Array(zip(parameters.names, parameters.tensors)).map { (name: $0.0, tensor: $0.1) },
          [(name: "adaptation", text: learner.adaptation.procedure)]
        )
      }
      return (try Self.tensors(of: learner), [])
    }
    guard !tensors.isEmpty else {
      throw UsageError(
        "\(stored.plan.learner.name) has no meta-parameters to export: nothing that it has learned is a tensor. What was "
          + "measured: zoo export \(run.shellWord) --to csv")
    }
    let path = try path("meta-parameters.safetensors")
    let file = SafetensorsFile(tensors: tensors, metadata: try metadata() + adaptation)
    try Files.write(file.data, to: path)
    return path
  }

  /// All tensors of a learner that does not say which are its meta-parameters, by their places in its state.
  private static func tensors(of learner: some MetaLearner) throws -> [(name: String, tensor: Tensor)] {
    let archive = TensorArchive()
    let encoder = JSONEncoder()
    encoder.userInfo[TensorArchive.key] = archive
    _ = try encoder.encode(learner.state)
    return archive.tensors.sorted { $0.name < $1.name }
  }

  // MARK: An adapted policy

  /// Lets an agent adapt, writes its policy, and returns the paths.
  func policy(_ arguments: Arguments, isInterrupted: @escaping () -> Bool) throws -> [String] {
    let evaluation = stored.plan.evaluation
    let split = try arguments.split() ?? evaluation.split
    let task = TaskID(split, try arguments.integer("task", in: 0...99_999) ?? 0)
    try stored.checkTask(task.index, in: split)
    let episodes = try arguments.integer("episodes", in: 0...10_000) ?? evaluation.episodesPerLifetime
    let exampleCount = try arguments.integer("with-examples", in: 1...100_000)
    let (name, family) = (stored.plan.learner.name, stored.plan.family)
    let units = (family.card.json(of: family.spec.actionSpace).members ?? []).map {
      (name: $0.key, text: $0.value.text)
    }
    let policy = "policy of \(name) on \(family.card.versionedName)"
    let path: String, model: [UInt8], examples: JSONValue?
    if Self.hasState(stored.plan.learner.type) {
      for option in ["task", "split", "episodes"] where exampleCount == nil && arguments.has(option) {
        throw UsageError(
          "agents of \(name) adapt by a state that the model takes and gives, so there is one model for all tasks; "
            + "--\(option) goes with --with-examples only")
      }
      path = try self.path("policy.onnx")
      let (network, watch) = try newborn(on: task, episodes: episodes, isInterrupted: isInterrupted)
      let use = network.head.use(family.card, actions: family.spec.actionSpace)
      model = try network.onnx(
        description: "One step of the \(policy). " + use.map(\.text).joined(separator: " "),
        metadata: try metadata() + units + use)
      examples = try exampleCount.map(watch)
    } else {
      path = try self.path("policy-task-\(task.index)-episodes-\(episodes).onnx")
      let (network, act) = try adapted(to: task, episodes: episodes, isInterrupted: isInterrupted)
      let use = network.head.use(
        family.card, actions: family.spec.actionSpace, seesLatent: network.latent != nil)
      let details = [
        (name: "split", text: split.rawValue), (name: "task", text: "\(task.index)"),
        (name: "episodes", text: "\(episodes)"),
      ]
      model = network.onnx(
        description: "The \(policy), \(split.rawValue) task \(task.index), after "
          + NumberText.quantity(episodes, "episode") + " of experience. " + use.map(\.text).joined(separator: " "),
        metadata: try metadata() + details + units + use)
      examples = exampleCount.map { Self.examples(of: network, act, count: $0) }
    }
    try Files.write(Data(model), to: path)
    guard let examples else { return [path] }
    try Files.write(examples.text + "\n", to: path + ".examples.json")
    return [path, path + ".examples.json"]
  }

  private static func hasState<L: MetaLearner>(_: L.Type) -> Bool { L.LifetimeAgent.self is any StatefulAgent.Type }

  /// The network that newborn agents act by, and what makes examples of its first steps in a lifetime.
  private func newborn(
    on task: TaskID, episodes: Int, isInterrupted: @escaping () -> Bool
  ) throws -> (StatefulNetwork, (_ count: Int) throws -> JSONValue) {
    let lifetime = lifetimeRandom(of: [task], in: evaluationRandom(seed: stored.plan.seed))
    func watched<A: StatefulAgent, F: TaskFamily>(_ agent: A, _ family: F, _ count: Int) throws -> JSONValue {
      var (watched, environment) = (WatchedAgent(agent: agent), family.makeEnvironment(for: [task]))
      var numbers: [Int] = []
      for episode in 0..<episodes where watched.steps.count < count {
        guard !isInterrupted() else { throw InterruptedError() }
        _ = try rollout(
          &watched, in: &environment, episodes: episode..<episode + 1, spec: family.spec, lifetime: lifetime)
        numbers += Array(repeating: episode, count: watched.steps.count - numbers.count)
      }
      return Self.examples(of: agent.network, watched.steps.prefix(count), episodes: numbers.prefix(count))
    }
    return try stored.withLearner { learner, family in
      func open<L: MetaLearner>(_ learner: L) throws -> (StatefulNetwork, (Int) throws -> JSONValue) {
        guard let agent = learner.makeAgent(using: lifetime.split("birth")) as? any StatefulAgent else {
          throw try noPolicy(learner)
        }
        return (agent.network, { try watched(agent, family, $0) })
      }
      return try open(learner)
    }
  }

  /// The steps of a lifetime: the number of each episode, what the network was given, and what it gave.
  private static func examples(
    of network: StatefulNetwork, _ steps: ArraySlice<WatchedStep>, episodes: ArraySlice<Int>
  ) -> JSONValue {
    func list(_ values: [Float]) -> JSONValue { .array(values.map { .number(Double($0)) }) }
    var examples: JSONValue = ["episode": .array(episodes.map { .integer($0) })]
    for (place, input) in network.inputs.enumerated() {
      examples = examples.appending(input.name, .array(steps.map { list($0.inputs[place].floats) }))
    }
    examples = examples.appending(network.head.outputName, .array(steps.map { list($0.output.floats) }))
    guard case .gaussian(let logDeviation) = network.head else { return examples }
    return examples.appending("action_log_deviation", list(logDeviation.floats))
  }

  private typealias Act = (Tensor) -> Actions

  private func adapted(
    to task: TaskID, episodes: Int, isInterrupted: () -> Bool
  ) throws -> (PolicyNetwork, Act) {
    // No probe: only the lifetime itself is played, from the streams of the evaluation.
    let evaluation = EvaluationProtocol(
      split: task.split, taskCount: 1, episodesPerLifetime: episodes, probes: [])
    return try stored.withLearner { learner, family in
      func open<L: MetaLearner, F: TaskFamily>(_ learner: L, _ family: F) throws -> (PolicyNetwork, Act) {
        guard L.LifetimeAgent.self is any ExportableAgent.Type else { throw try noPolicy(learner) }
        let lifetime = lifetimeRandom(of: [task], in: evaluationRandom(seed: stored.plan.seed))
        let agent = try live(learner, on: family, [task], evaluation, lifetime: lifetime) { _ in
          guard !isInterrupted() else { throw InterruptedError() }
        }
        guard let exportable = agent as? any ExportableAgent else { throw try noPolicy(learner) }
        return (
          exportable.policyNetwork(lane: 0),
          { observations in
            var (agent, random) = (agent, LaneRandom([RandomStream(seed: 0)]))
            return agent.act(on: observations, using: &random)
          }
        )
      }
      return try open(learner, family)
    }
  }

  /// The message where an agent gives no network.
  private func noPolicy<L: MetaLearner>(_ learner: L) throws -> UsageError {
    let agent = "an agent of \(stored.plan.learner.name)"
    let tensors = "Its tensors can be had: zoo export \(run.shellWord) --to safetensors"
    guard try Self.tensors(of: learner).isEmpty else {
      return UsageError(
        "\(agent) does not say by which network it acts, so there is no policy for ONNX. \(tensors)")
    }
    return UsageError(
      "\(agent) does not act by a network, so there is no policy for ONNX. What was measured: zoo export \(run.shellWord) --to csv"
    )
  }

  /// Standard normal observations, and what the policy makes of them.
  private static func examples(of network: PolicyNetwork, _ act: Act, count: Int) -> JSONValue {
    var random = RandomStream(seed: 0).split("export examples")
    let observations = Tensor(
      random.normals(count * network.observationSize), shape: [count, network.observationSize])
    let z =
      network.latent == nil
      ? nil : Tensor(random.normals(count * network.latentSize), shape: [count, network.latentSize])
    func list(_ values: [Float]) -> JSONValue { .array(values.map { .number(Double($0)) }) }
    func table(_ tensor: Tensor) -> JSONValue { .array(tensor.floatRows.map(list)) }
    var logDeviation: [Float]?
    if case .gaussian(let tensor) = network.head { logDeviation = tensor.floats }
    let outputs: JSONValue = [
      "observation": table(observations), network.head.outputName: table(network(observations, z)),
    ]
    return outputs.appending("z", z.map(table)).appending("z_mean", (network.latent?.mean.floats).map(list))
      .appending("z_deviation", (network.latent?.deviation.floats).map(list))
      .appending("action_log_deviation", logDeviation.map(list))
      .appending("agent_action", actions(of: network, act, at: observations))
  }

  /// The agent's own action; nil if it draws.
  private static func actions(of network: PolicyNetwork, _ act: Act, at observations: Tensor) -> JSONValue? {
    switch network.head {
    case .gaussian, .categorical: return nil
    case .values, .action: guard network.latent == nil else { return nil }
    }
    return .array(
      (0..<observations.shape[0]).map { row in
        switch act(observations.slice(row..<row + 1)) {
        case .continuous(let vectors): .array(vectors.floats.map { .number(Double($0)) })
        case .discrete(let choices): .integer(choices[0])
        }
      })
  }
}

private typealias WatchedStep = (inputs: [Tensor], output: Tensor)

/// An agent with a record of what its network was given and gave.
private struct WatchedAgent<Watched: StatefulAgent>: Agent {
  var agent: Watched
  var steps: [WatchedStep] = []

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    steps.append(agent.networkStep(on: observations))
    return agent.act(on: observations, using: &random)
  }

  mutating func observe(_ transition: Transition) { agent.observe(transition) }

  mutating func endEpisode(using random: inout LaneRandom) throws { try agent.endEpisode(using: &random) }
}

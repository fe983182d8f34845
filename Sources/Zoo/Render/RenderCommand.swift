import MetaRL

extension Command {
  static let render = Command(
    name: "render", operands: "RUN", summary: "Draws what the agent of a run does, before and after it adapts.",
    options: [
      CommandOption(name: "task", placeholder: "N", meaning: "which task", standard: { _ in "0" }),
      CommandOption(name: "tasks", placeholder: "LIST", meaning: "several tasks in one picture, as in 0..3"),
      CommandOption.split.standing(for: "as in the run"),
      CommandOption(
        name: "probes", placeholder: "LIST",
        meaning: "draw frozen copies of the agent after so many episodes of experience",
        standard: { _ in "0 and after each of the first adaptations" }),
      CommandOption(
        name: "episodes", placeholder: "LIST",
        meaning: "draw these episodes of the lifetime itself, as in 0,1,5; of choices all, if nothing is said"),
      CommandOption.probeEpisodes.standing(for: "as in the run"),
      CommandOption(
        name: "format", placeholder: "LIST", meaning: "of svg, gif, png, and frames: a PNG each, for ffmpeg",
        standard: { _ in "that of --out, or svg,gif" }),
      CommandOption(
        name: "out", placeholder: "PATH", meaning: "a file such as a.gif, or a directory",
        standard: { _ in "pictures in the run's directory" }),
      CommandOption(
        name: "seed", placeholder: "N", meaning: "draw other chances than those of the run's evaluation",
        standard: { _ in "the run's" }),
      .json, .help,
    ],
    examples: [
      "render runs/first --task 0", "render runs/first --tasks 0..1 --probes 0,1 --format png",
      "render runs/first --task 1 --episodes 0,1 --json",
    ]
  ) { catalog, arguments, console in
    guard let directory = arguments.positionals.first, arguments.positionals.count == 1 else {
      throw UsageProblem("render needs the directory of one run: zoo render RUN --task 0")
    }
    let stored = try StoredRun(at: directory, catalog: catalog)
    let wanted = try recordingPlan(stored, arguments)
    let target = try PictureTarget(arguments, run: directory, tasks: wanted.tasks)
    let recording: Recording
    do {
      recording = try stored.record(wanted, isInterrupted: console.isInterrupted)
    } catch let failure where !(failure is UsageProblem) && !(failure is Interrupted) {
      console.errors.line("error: \(stored.plan.title) failed: \(failure)")
      return ExitCode.failedRuns
    }
    let paths = try target.write(recording, isInterrupted: console.isInterrupted)
    if arguments.has("json") {
      console.output.write(
        JSONValue.object([
          .init(key: "files", value: .array(paths.map { .string($0) })),
          .init(key: "episodes", value: .array(recording.rows)),
        ]).indentedText)
    } else {
      for path in paths { console.output.line(path) }
    }
    return ExitCode.done
  }

  private static func recordingPlan(_ stored: StoredRun, _ arguments: Arguments) throws -> RecordingPlan {
    let evaluation = stored.plan.evaluation
    let split = try arguments.split() ?? evaluation.split
    let indices: [Int]
    if let list = try numbers("tasks", arguments) {
      guard !arguments.has("task") else { throw UsageProblem("--task and --tasks exclude each other") }
      indices = list
    } else {
      indices = [try arguments.integer("task", in: 0...99_999) ?? 0]
    }
    guard indices.count <= 6 else { throw UsageProblem("a picture holds up to 6 tasks, not \(indices.count)") }
    for index in indices { try stored.checkTask(index, in: split) }
    let seed = try arguments.seeds("seed") ?? [stored.plan.seed]
    guard let first = seed.first, seed.count == 1 else { throw UsageProblem("--seed is one whole number") }
    return RecordingPlan(
      tasks: indices.map { TaskID(split, $0) }, stages: try stages(stored, arguments),
      episodesPerProbe: try arguments.integer("probe-episodes", in: 1...100)
        ?? min(100, evaluation.episodesPerProbe),
      seed: first)
  }

  /// Numbers in the order typed, each once.
  private static func numbers(_ option: String, _ arguments: Arguments) throws -> [Int]? {
    guard let numbers = try arguments.seeds(option)?.map({ Int($0) }) else { return nil }
    if let twice = numbers.indices.first(where: { numbers[..<$0].contains(numbers[$0]) }) {
      throw UsageProblem("--\(option) names \(numbers[twice]) twice")
    }
    return numbers
  }

  private static func stages(_ stored: StoredRun, _ arguments: Arguments) throws -> [Stage] {
    let lifetime = stored.plan.evaluation.episodesPerLifetime
    let (probes, episodes) = (try numbers("probes", arguments), try numbers("episodes", arguments))
    guard probes == nil || episodes == nil else { throw UsageProblem("--probes and --episodes exclude each other") }
    if let largest = probes?.max(), largest > lifetime {
      throw UsageProblem(
        "--probes are from 0 to \(lifetime), the episodes of a lifetime in this run, not \(largest)")
    }
    if let largest = episodes?.max(), largest >= lifetime {
      throw UsageProblem(
        "--episodes are from 0 to \(lifetime - 1) in this run, whose lifetimes have \(lifetime), not \(largest)")
    }
    let isLong = stored.plan.family.spec.horizon > 1
    if let chosen = probes ?? episodes {
      // Of episodes of one step, a whole lifetime fits in a picture.
      let most = isLong ? 6 : 1000
      guard chosen.count <= most else {
        throw UsageProblem("a picture holds up to \(most) moments of a lifetime, not \(chosen.count)")
      }
      return chosen.map { Stage(kind: probes == nil ? .online : .adapted, episode: $0) }
    }
    guard isLong else { return (0..<min(1000, lifetime)).map { Stage(kind: .online, episode: $0) } }
    return try stored.tellingProbes.map { Stage(kind: .adapted, episode: $0) }
  }
}

extension StoredRun {
  /// The moments that show adaptation: before it, and after each of its first steps.
  fileprivate var tellingProbes: [Int] {
    get throws {
      let lifetime = plan.evaluation.episodesPerLifetime
      let step = try withLearner { learner, _ in (learner as? any ExportableLearner)?.adaptation }
      guard let step else { return Array(Set([0, 1, lifetime / 2, lifetime])).sorted() }
      guard let episodes = step.episodesPerStep, episodes <= lifetime else { return [0, lifetime] }
      return (0...3).map { $0 * episodes }.filter { $0 <= lifetime }
    }
  }
}

import MetaRL

extension Command {
  static let render = Command(
    name: "render", operands: "RUN...",
    summary: "Draws the agent of a run before and after adaptation, or the agents of several runs side by side.",
    options: [
      CommandOption("task", "N", "which task", default: "0"),
      CommandOption("tasks", "LIST", "several tasks in one picture, as in 0..3"),
      CommandOption.split.standing(for: "as in the run"),
      CommandOption(
        "probes", "LIST", "draw frozen copies of the agent after these numbers of episodes of experience",
        default: "0 and after each of the first adaptations"),
      CommandOption(
        "episodes", "LIST",
        "draw these episodes of the lifetime itself, as in 0,1,5; of choices all, if nothing is said",
        default: "0..7 for runs side by side, 0,1 with predicted rewards"),
      CommandOption.probeEpisodes.standing(for: "as in the run"),
      CommandOption(
        "format", "LIST", "of svg, gif, png, and frames: a PNG each, for ffmpeg",
        default: "that of --out, or svg,gif"),
      CommandOption(
        "out", "PATH", "a file such as a.gif, or a directory", default: "pictures in the first run's directory"),
      CommandOption("seed", "N", "draw other chances than those of the run's evaluation", default: "the run's"),
      .json, .help,
    ],
    examples: [
      "render runs/first --task 0", "render runs/first --tasks 0..1 --probes 0,1 --format png",
      "render runs/first --task 1 --episodes 0,1 --json",
      "render runs/maml runs/pearl --task 0 --episodes 0..7 --format png",
    ]
  ) { catalog, arguments, console in
    let runs = try storedRuns(arguments, catalog)
    let wanted = try recordingPlan(runs, arguments)
    let target = try PictureTarget(arguments, runs: runs.map(\.directory), tasks: wanted.tasks)
    var played: [(name: String, recording: Recording)] = []
    for (run, name) in zip(runs, names(of: runs)) {
      do {
        played.append((name, try run.record(wanted, isInterrupted: console.isInterrupted)))
      } catch let failure where !(failure is UsageError) && !(failure is InterruptedError) {
        console.errors.line("error: \(run.plan.title) failed: \(failure)")
        return ExitCode.failedRuns
      }
    }
    let recording = runs.count == 1 ? played[0].recording : .sideBySide(played, on: runs[0].plan.family.card.name)
    let paths = try target.write(recording, isInterrupted: console.isInterrupted)
    if arguments.has("json") {
      console.output.write(
        (["files": .array(paths.map { .string($0) }), "episodes": .array(rows(of: played))] as JSONValue)
          .indentedText)
    } else {
      for path in paths { console.output.line(path) }
    }
    return ExitCode.done
  }

  /// The runs that are named, which can be drawn in one picture.
  private static func storedRuns(_ arguments: Arguments, _ catalog: Catalog) throws -> [StoredRun] {
    let directories = try arguments.paths
    guard !directories.isEmpty else {
      throw UsageError("render needs the directory of one run, or of several: zoo render RUN --task 0")
    }
    guard directories.count <= 6 else {
      throw UsageError("a picture holds up to 6 runs side by side, not \(directories.count)")
    }
    let runs = try directories.map { try StoredRun(at: $0, catalog: catalog) }
    let family = runs[0].plan.family
    for run in runs.dropFirst() where run.plan.family.card.name != family.card.name {
      throw UsageError(
        "runs side by side are on one family: \"\(runs[0].directory)\" is on \(family.card.name), "
          + "\"\(run.directory)\" on \(run.plan.family.card.name)")
    }
    guard runs.count == 1 || family.isPlane else {
      throw UsageError(
        "\(family.card.name) is not drawn as paths in a plane; only such runs can be drawn side by side. "
          + "Name one run.")
    }
    return runs
  }

  /// Names that tell runs on one family apart: of the learner, else with the seed, else with the directory.
  private static func names(of runs: [StoredRun]) -> [String] {
    func isUnique(_ names: [String]) -> Bool { Set(names).count == names.count }
    let learners = runs.map(\.plan.learner.name)
    guard !isUnique(learners) else { return learners }
    let seeds = runs.map { "\($0.plan.learner.name), seed \($0.plan.seed)" }
    return isUnique(seeds) ? seeds : runs.map { "\($0.plan.learner.name) in \($0.directory)" }
  }

  /// The drawn numbers; for several runs, each row has its run.
  private static func rows(of played: [(name: String, recording: Recording)]) -> [JSONValue] {
    played.flatMap { name, recording in
      recording.rows.map { row in
        played.count == 1 ? row : (["run": .string(name)] as JSONValue) + row
      }
    }
  }

  private static func recordingPlan(_ runs: [StoredRun], _ arguments: Arguments) throws -> RecordingPlan {
    let stored = runs[0]
    let evaluation = stored.plan.evaluation
    let split = try arguments.split() ?? evaluation.split
    let indices: [Int]
    if let list = try numbers("tasks", arguments) {
      guard !arguments.has("task") else { throw UsageError("--task and --tasks exclude each other") }
      indices = list
    } else {
      indices = [try arguments.integer("task", in: 0...99_999) ?? 0]
    }
    guard indices.count <= 6 else { throw UsageError("a picture holds up to 6 tasks, not \(indices.count)") }
    for index in indices { try stored.checkTask(index, in: split) }
    let seeds = try arguments.seeds("seed")
    guard seeds.map({ $0.count == 1 }) ?? true else { throw UsageError("--seed is one whole number") }
    return RecordingPlan(
      tasks: indices.map { TaskID(split, $0) }, stages: try stages(runs, arguments),
      episodesPerProbe: try arguments.integer("probe-episodes", in: 1...100)
        ?? min(100, evaluation.episodesPerProbe),
      seed: seeds?.first)
  }

  /// Numbers in the order typed, each once.
  private static func numbers(_ option: String, _ arguments: Arguments) throws -> [Int]? {
    guard let numbers = try arguments.seeds(option)?.map({ Int($0) }) else { return nil }
    if let twice = numbers.indices.first(where: { numbers[..<$0].contains(numbers[$0]) }) {
      throw UsageError("--\(option) names \(numbers[twice]) twice")
    }
    return numbers
  }

  private static func stages(_ runs: [StoredRun], _ arguments: Arguments) throws -> [Stage] {
    let stored = runs[0]
    let lifetime = runs.map(\.plan.evaluation.episodesPerLifetime).min() ?? 0
    let (probes, episodes) = (try numbers("probes", arguments), try numbers("episodes", arguments))
    guard probes == nil || episodes == nil else { throw UsageError("--probes and --episodes exclude each other") }
    if let largest = probes?.max(), largest > lifetime {
      throw UsageError(
        "--probes are from 0 to \(lifetime), the episodes of a lifetime in this run, not \(largest)")
    }
    if let largest = episodes?.max(), largest >= lifetime {
      throw UsageError(
        "--episodes are from 0 to \(lifetime - 1) in this run, whose lifetimes have \(lifetime), not \(largest)")
    }
    if runs.count > 1 {
      guard probes?.count ?? 1 == 1 else {
        throw UsageError("side by side, --probes is one moment of a lifetime, as in --probes 0")
      }
      let chosen = episodes ?? Array(0..<min(8, lifetime))
      guard chosen.count <= 50 else {
        throw UsageError("side by side, a panel holds up to 50 episodes, not \(chosen.count)")
      }
      return (probes ?? chosen).map { Stage(kind: probes == nil ? .online : .adapted, episode: $0) }
    }
    let isLong = stored.plan.family.spec.horizon > 1
    if let chosen = probes ?? episodes {
      // Of episodes of one step, a whole lifetime fits in a picture.
      let most = isLong ? 6 : 1000
      guard chosen.count <= most else {
        throw UsageError("a picture holds up to \(most) moments of a lifetime, not \(chosen.count)")
      }
      return chosen.map { Stage(kind: probes == nil ? .online : .adapted, episode: $0) }
    }
    guard isLong else { return (0..<min(1000, lifetime)).map { Stage(kind: .online, episode: $0) } }
    // A belief is followed from birth.
    if stored.predictsRewardsOfCells { return (0..<min(2, lifetime)).map { Stage(kind: .online, episode: $0) } }
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

import MetaRL

extension Command {
  static let evaluate = Command(
    name: "evaluate", operands: "DIR", summary: "Evaluates the learner that a run has stored.",
    options: [CommandOption.tasks, .split, .episodes, .probeEpisodes].map { $0.standing(for: "as in the run") }
      + [.jobs, .json, .help],
    examples: ["evaluate runs/first", "evaluate runs/first --tasks 100 --episodes 5 --json"]
  ) { catalog, arguments, console in
    let operand = try arguments.operand("evaluate needs the directory of one run: zoo evaluate DIR")
    let directory = try ZooFiles.path(typed: operand)
    let stored = try StoredRun(at: directory, catalog: catalog)
    let before = stored.plan.evaluation
    let episodes = try arguments.integer("episodes", in: 1...10_000)
    let evaluation = EvaluationProtocol(
      split: try arguments.split() ?? before.split,
      taskCount: try arguments.integer("tasks", in: 1...100_000) ?? before.taskCount,
      episodesPerLifetime: episodes ?? before.episodesPerLifetime,
      probes: episodes.map(Suite.probes) ?? before.probes,
      episodesPerProbe: try arguments.integer("probe-episodes", in: 1...10_000) ?? before.episodesPerProbe)
    let split = evaluation.split
    let available = stored.plan.family.taskCount(in: split) ?? .max
    guard evaluation.taskCount <= available else {
      throw UsageError(
        "\(stored.plan.family.card.name) has \(NumberText.quantity(available, "\(split.rawValue) task"))")
    }
    let curve: AdaptationCurve
    do {
      curve = try stored.curve(evaluation, workers: Workers(arguments.jobs()), isInterrupted: console.isInterrupted)
    } catch is InterruptedError {
      console.errors.line("interrupted")
      return ExitCode.interrupted
    } catch let problem as UsageError {
      throw problem
    } catch {
      console.errors.line("error: \(stored.plan.title) failed: \(error)")
      return ExitCode.failedRuns
    }
    return console.show(arguments, json: curve.json(of: stored.plan), text: curve.text(of: stored.plan))
  }
}

extension AdaptationCurve {
  private var onlineMeans: [Double] {
    (0..<evaluation.episodesPerLifetime).map { episode in average(online.map { $0[episode].totalReward }) }
  }

  private var adaptedMeans: [Double] {
    evaluation.probes.indices.map { probe in
      average(adapted.flatMap { $0[probe].map(\.totalReward) })
    }
  }

  func text(of plan: RunPlan) -> String {
    var table = TextTable(header: ["EPISODES OF EXPERIENCE", "ADAPTED RETURN", "ONLINE RETURN"])
    let earned = onlineMeans
    let shown = Self.telling(evaluation.probes)
    for (probe, mean) in zip(evaluation.probes, adaptedMeans) where shown.contains(probe) {
      let online = probe < earned.count ? NumberText.short(earned[probe]) : ""
      table.rows.append(["\(probe)", NumberText.short(mean), online])
    }
    let (random, oracle) = (plan.family.card.random.value, plan.family.card.oracle.value)
    let hidden = evaluation.probes.count - shown.count
    return "\(plan.title) · \(evaluation.tasksInWords) · protocol \(evaluation.identifier)\n\n" + table.aligned
      + (hidden > 0 ? "(\(NumberText.quantity(hidden, "more row")) with --json)\n" : "")
      + "\nanchors: \(NumberText.short(random)) for acting at random, \(NumberText.short(oracle)) for knowing the task\n"
  }

  /// The probes that are shown of a long lifetime: close together where agents change fast, and the last.
  private static func telling(_ probes: [Int]) -> [Int] {
    guard let last = probes.last, last > 10 else { return probes }
    var wanted = [0, 1, 2, 5, 10]
    while let largest = wanted.last, largest * 2 < last { wanted.append(largest * 2) }
    return probes.filter { wanted.contains($0) || $0 == last }
  }

  /// The returns of one run, as `--json` shows them.
  func json(of plan: RunPlan) -> JSONValue {
    func points(_ episodes: [Int], _ means: [Double]) -> JSONValue {
      .array(zip(episodes, means).map { ["episode": .integer($0), "return": .number($1)] })
    }
    return [
      "learner": .string(plan.learner.name), "family": .string(plan.family.card.versionedName),
      "seed": .integer(Int(plan.seed)), "evaluation": evaluation.json,
      "adapted": points(evaluation.probes, adaptedMeans),
      "online": points(Array(onlineMeans.indices), onlineMeans),
    ]
  }
}

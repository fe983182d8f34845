import MetaRL

extension Command {
  static let evaluate = Command(
    name: "evaluate", operands: "DIR", summary: "Evaluates the learner that a run has stored.",
    options: [.tasks, .split, .episodes, .probeEpisodes, .jobs, .json, .help],
    examples: ["evaluate runs/first", "evaluate runs/first --tasks 100 --episodes 5 --json"]
  ) { catalog, arguments, console in
    guard let directory = arguments.positionals.first, arguments.positionals.count == 1 else {
      throw UsageProblem("evaluate needs the directory of one run: zoo evaluate DIR")
    }
    var stored = try StoredRun(at: directory, catalog: catalog)
    let before = stored.plan.evaluation
    let episodes = try arguments.integer("episodes", in: 1...10_000)
    stored.plan.evaluation = EvaluationProtocol(
      split: try arguments.split() ?? before.split,
      taskCount: try arguments.integer("tasks", in: 1...100_000) ?? before.taskCount,
      episodesPerLifetime: episodes ?? before.episodesPerLifetime,
      probes: episodes.map(Suite.probes) ?? before.probes,
      episodesPerProbe: try arguments.integer("probe-episodes", in: 1...10_000) ?? before.episodesPerProbe)
    let split = stored.plan.evaluation.split
    let available = stored.plan.family.taskCount(in: split) ?? .max
    guard stored.plan.evaluation.taskCount <= available else {
      throw UsageProblem("\(stored.plan.family.card.name) has \(available) \(split.rawValue) tasks")
    }
    let jobs = try arguments.integer("jobs", in: 1...1024) ?? Machine.processorCount
    let curve: AdaptationCurve
    do {
      curve = try stored.curve(workers: Workers(jobs))
    } catch let problem as UsageProblem {
      throw problem
    } catch {
      console.errors.line("error: \(stored.plan.title) failed: \(error)")
      return ExitCode.failedRuns
    }
    console.output.write(
      arguments.has("json") ? curve.json(of: stored.plan).indentedText : curve.text(of: stored.plan))
    return ExitCode.done
  }
}

extension AdaptationCurve {
  private var onlineMeans: [Double] {
    (0..<evaluation.episodesPerLifetime).map { episode in average(online.map { $0[episode].totalReward }[...]) }
  }

  private var adaptedMeans: [Double] {
    evaluation.probes.indices.map { probe in
      average(adapted.flatMap { $0[probe].map(\.totalReward) }[...])
    }
  }

  /// The returns of one run, for people.
  func text(of plan: RunPlan) -> String {
    var table = TextTable(header: ["EPISODES OF EXPERIENCE", "ADAPTED RETURN", "ONLINE RETURN"])
    let earned = onlineMeans
    for (probe, mean) in zip(evaluation.probes, adaptedMeans) {
      let online = probe < earned.count ? NumberText.short(earned[probe]) : ""
      table.rows.append(["\(probe)", NumberText.short(mean), online])
    }
    return
      "\(plan.title) · \(evaluation.taskCount) \(evaluation.split.inWords) tasks · protocol \(evaluation.identifier)\n\n"
      + table.aligned
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

import MetaRL

/// An estimate of a comparison's cost, from a short trial of each learner on each family.
struct CostEstimate: Sendable {
  struct Pair: Sendable {
    var learner: String
    var family: String
    var runs: Int
    var stepsPerSecond: Double?
    var secondsPerRun: Double
  }

  /// One entry a pair, in the order of the plan.
  private(set) var pairs: [Pair] = []
  private(set) var seconds = 0.0
  private let jobs: Int
  private let suite: Suite
  private let taskCounts: Set<Int>

  /// Tries every pair with its first seed.
  init(of comparison: Comparison, jobs: Int, isInterrupted: @Sendable () -> Bool) throws {
    self.jobs = jobs
    suite = comparison.suite
    taskCounts = Set(comparison.plans.map(\.evaluation.taskCount))
    for plan in comparison.plans where plan.seed == comparison.suite.seeds.first && !isInterrupted() {
      let (rate, seconds) = try plan.trial()
      pairs.append(
        Pair(
          learner: plan.learner.name, family: plan.family.card.versionedName, runs: comparison.suite.seeds.count,
          stepsPerSecond: rate, secondsPerRun: seconds))
    }
    let work = pairs.reduce(0) { $0 + $1.secondsPerRun * Double($1.runs) }
    // The last run to end may keep the others waiting, and cannot be shared out.
    let longest = pairs.map(\.secondsPerRun).max() ?? 0
    let threads = Double(min(jobs, comparison.plans.count, Surroundings.processorCount))
    seconds = max(longest, work / threads)
  }

  var text: String {
    var table = TextTable(header: ["learner", "family", "runs", "steps/s", "time of a run"])
    for pair in pairs {
      table.rows.append([
        pair.learner, pair.family, "\(pair.runs)", pair.stepsPerSecond.map(NumberText.count) ?? "no training",
        NumberText.duration(pair.secondsPerRun),
      ])
    }
    let runs = pairs.reduce(0) { $0 + $1.runs }
    let (fewest, most) = (taskCounts.min() ?? 0, taskCounts.max() ?? 0)
    let tasks =
      (fewest < most ? "\(fewest) to " : "") + NumberText.quantity(most, "\(suite.split.rawValue) task")
    return table.aligned
      + "\n\(NumberText.quantity(runs, "run")) of \(NumberText.count(Double(suite.steps))) environment steps, "
      + "\(tasks): about \(NumberText.duration(seconds)) with \(NumberText.quantity(jobs, "thread"))\n"
      + "start it with the same line without --dry-run\n"
  }

  /// As `--json` shows it.
  var json: JSONValue {
    [
      "runs": .integer(pairs.reduce(0) { $0 + $1.runs }), "jobs": .integer(jobs), "seconds": .number(seconds),
      "pairs": .array(
        pairs.map {
          [
            "learner": .string($0.learner), "family": .string($0.family), "runs": .integer($0.runs),
            "stepsPerSecond": $0.stepsPerSecond.map { .number($0) } ?? .null,
            "secondsPerRun": .number($0.secondsPerRun),
          ]
        }),
    ]
  }
}

extension RunPlan {
  /// Environment steps a second, and seconds of the whole run, from one or two iterations and the evaluation of two
  /// tasks.
  func trial() throws -> (stepsPerSecond: Double?, seconds: Double) {
    func open<L: MetaLearner>(_ type: L.Type) throws -> (Double?, Double) {
      let family = learner.view(of: family)
      var run: Run<L> = try makeRun()
      let enough = 0.5
      var (spent, counted) = (0.0, 0)
      // The first iteration is slower than the others, so a quick one is repeated.
      for _ in 0..<2 where spent < enough && steps > 0 {
        let start = ContinuousClock.now
        let before = run.environmentSteps
        guard try run.advance(on: family, workers: Workers(1)) != nil else { break }
        spent = (ContinuousClock.now - start) / .seconds(1)
        counted = run.environmentSteps - before
      }
      var short = self
      short.evaluation.taskCount = min(2, evaluation.taskCount)
      let start = ContinuousClock.now
      _ = try short.evaluated(run.learner, on: family, workers: Workers(1))
      let perTask = (ContinuousClock.now - start) / .seconds(1) / Double(short.evaluation.taskCount)
      let evaluating =
        perTask * Double(evaluation.taskCount) * Double(evaluationSteps)
        / Double(evaluation.mostSteps(horizon: family.spec.horizon))
      guard counted > 0, spent > 0 else { return (nil, evaluating) }
      let rate = Double(counted) / spent
      // Iterations are whole, and the last one may go beyond the budget a little.
      let iterations = max(
        1, min((Double(steps) / Double(counted)).rounded(.up), (mostSteps / Double(counted)).rounded(.down)))
      return (rate, iterations * spent + evaluating)
    }
    return try open(learner.type)
  }
}

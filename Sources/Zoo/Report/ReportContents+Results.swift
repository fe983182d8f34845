import MetaRL
import Tensors

extension ReportContents {
  /// What there is to show of a comparison.
  ///
  /// - Parameters:
  ///   - comparison: what was read and summarized.
  ///   - workers: the threads that may be used; no number depends on them.
  /// - Throws: `UsageError` for files that cannot be read.
  init(_ comparison: ComparisonResult, workers: Workers = Workers(1)) throws {
    let results = comparison.results
    let records = results.finished.map(\.record) + results.holes.compactMap(\.record)
    directories = results.directories
    let byLearner = Dictionary(grouping: records, by: \.learner.name)
    let all = results.learners.map { Learner($0, byLearner[$0] ?? []) }
    // Controls come last.
    learners = all.filter { $0.role == .learner } + all.filter { $0.role == .control }
    let order = learners.map(\.name)
    let bootstrap = Bootstrap(random: RandomStream(seed: 0).split("statistics"), workers: workers)
    let statistics = results.byFamily.map { FamilyStatistics(of: $0, bootstrap) }
    families = zip(comparison.sections, statistics).map { FamilyContents($0, $1, order: order) }
    overall = order.compactMap { Overall(of: $0, on: statistics, bootstrap) }
    runs =
      results.finished.map(\.record).map {
        Run(
          learner: $0.learner.name, family: $0.family.versionedName, seed: Int(clamping: $0.seed),
          status: $0.status, cost: $0.cost)
      }
      + results.holes.map {
        Run(
          learner: $0.learner, family: $0.family, seed: $0.seed, status: $0.status, cost: $0.record?.cost)
      }
    missing = results.missing.map { String($0.trimmingPrefix("missing: ")) }
    omissions = results.omissions.map { "\($0.learner) on \($0.family): \($0.reason)" }
    seeds = Set(records.map(\.seed)).sorted()
    versions = Self.unique(records.map(\.version))
    resamples = bootstrap.resamples
    let machineFiles = try results.directories.map { $0.inside("machine.json") }.filter(Files.exists)
      .map { try StoredObject(at: $0).json }
    machines = Self.unique(machineFiles.map { MachineFacts($0) }).map { $0.facts.map { ($0.name, $0.value) } }
    // A comparison may have been gone on with by another program.
    let processes = try results.directories.flatMap { try Manifest.machines(in: $0) }
    origins = Self.unique((machineFiles + processes).map(SourceRecord.init))
    if machineFiles.count < results.directories.count { origins = Self.unique(origins + [SourceRecord()]) }
    ownCommits = Self.unique((machineFiles + processes).compactMap { $0["ownCommit"]?.stringValue })
    workingDirectoryCommits = Self.unique(
      (machineFiles + processes).compactMap {
        ($0[Machine.workingDirectoryKey] ?? $0["commit"])?.stringValue
      })
    let suite = results.directories.count == 1 ? results.directories[0].inside("suite.json5") : ""
    suiteFile = !suite.isEmpty && Files.exists(suite) ? try Files.text(of: suite) : nil
    let planned = results.finished.count + results.holes.count
    warnings =
      results.seedNotes.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
      + (results.holes.isEmpty
        ? [] : ["\(results.holes.count) of \(NumberText.quantity(planned, "planned run")) have no result."])
  }

  static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}

extension SourceRecord {
  /// Reads what a machine's file says of the program; files that do not tell the working directory's commit from the
  /// program's say nothing of the program.
  fileprivate init(_ machine: JSONValue) {
    self.init()
    guard machine[Machine.workingDirectoryKey] != nil else { return }
    commit = machine["commit"]?.stringValue
    program = machine["program"]?.stringValue
    if case .boolean(let value)? = machine["hasChanges"] { hasChanges = value }
  }
}

/// Names and values that tell a machine.
private struct MachineFacts: Hashable {
  struct Fact: Hashable {
    var name: String
    var value: String
  }

  var facts: [Fact]

  init(_ json: JSONValue) {
    facts = (json.members ?? []).filter { $0.value != .null }.map { member in
      let name = member.key.map { $0.isUppercase ? " " + $0.lowercased() : String($0) }.joined()
      return Fact(name: name, value: member.value.stringValue ?? member.value.text)
    }
  }
}

extension ReportContents.Learner {
  /// A learner as its runs describe it.
  fileprivate init(_ name: String, _ records: [RunRecord]) {
    let card = records.first?.learner.card
    self.name = name
    role = card?.role ?? .learner
    summary = card?.summary ?? "None of its runs has begun."
    adaptsBy = card?.adaptsBy ?? "not known"
    paper = card?.paper
    var groups: [(families: [String], settings: [ReportContents.Setting])] = []
    for record in records {
      let settings = record.settings.map {
        ReportContents.Setting(key: $0.key, value: $0.value, origin: $0.origin, source: $0.source)
      }
      let family = record.family.versionedName
      if let place = groups.firstIndex(where: { $0.settings == settings }) {
        if !groups[place].families.contains(family) { groups[place].families.append(family) }
      } else {
        groups.append(([family], settings))
      }
    }
    settings = groups
  }
}

/// The statistics of one family that a report shows.
private struct FamilyStatistics: Sendable {
  let family: String
  /// The learner, not a control, whose mean online return is the highest.
  let fastest: String?
  /// The mean online return, against the fastest learner.
  let online: MetricStatistics?
  /// The adapted return in the end.
  let final: MetricStatistics?
  /// The share of tasks solved.
  let solved: MetricStatistics?

  init(of results: FamilyResults, _ bootstrap: Bootstrap) {
    family = results.family.versionedName
    let players = results.groups.filter { $0.learner.card.role == .learner && !$0.finished.isEmpty }
    let means = players.map {
      (name: $0.learner.name, mean: Metric.online.scores(of: $0.finished.map(\.curve))?.mean)
    }
    // Of equals, the first by name.
    let best = means.max { ($0.mean ?? -.infinity, $1.name) < ($1.mean ?? -.infinity, $0.name) }
    fastest = best?.name
    online = MetricStatistics(of: .online, in: results, versus: best?.name, bootstrap: bootstrap)
    final = MetricStatistics(of: .final, in: results, versus: nil, bootstrap: bootstrap)
    solved = MetricStatistics(of: .solved, in: results, versus: nil, bootstrap: bootstrap)
  }
}

extension MetricStatistics {
  /// The statistics of one learner.
  fileprivate subscript(name: String) -> LearnerStatistics? { learners.first { $0.learner.name == name } }

  /// An estimate of a mean as a return.
  fileprivate func inReturns(_ estimate: Estimate) -> Estimate {
    guard let scale else { return estimate }
    let back = { (score: Double) in scale.zero + score * (scale.one - scale.zero) }
    return Estimate(
      value: back(estimate.value),
      interval: estimate.interval.map { interval in
        let ends = [back(interval.lowerBound), back(interval.upperBound)].sorted()
        return ends[0]...ends[1]
      })
  }
}

extension FamilyContents {
  /// The learners' results on a family, in an order of names.
  fileprivate init(_ section: ComparisonResult.Section, _ statistics: FamilyStatistics, order: [String]) {
    let card = section.card
    name = card.versionedName
    summary = card.summary
    random = (card.random.value, card.random.computation)
    oracle = (card.oracle.value, card.oracle.computation)
    evaluation = section.evaluation
    usualEpisodes = card.episodesPerLifetime
    usualTasks = Suite.usualTasks(horizon: section.family.horizon)
    steps = section.summaries.first?.finished.first?.record.steps
    hasScores = statistics.final?.scale != nil
    learners = order.compactMap { name in
      section.summaries.first { $0.learner.name == name }.map { LearnerContents($0, statistics, section) }
    }
    unfinished = section.unfinished.map { ($0.learner.name, $0.seeds) }
    fastest = learners.first { $0.name == statistics.fastest }
  }
}

extension LearnerContents {
  /// The name of the setting by which learners say which reward channel their policy is trained on: `reported`, or the
  /// name of a channel.
  private static let trainingRewardKey = "trainingReward"

  fileprivate init(
    _ summary: LearnerSummary, _ statistics: FamilyStatistics, _ section: ComparisonResult.Section
  ) {
    let curves = summary.finished.map(\.curve)
    name = summary.learner.name
    role = summary.learner.card.role
    (finished, planned) = (summary.finished.count, summary.plannedSeeds)
    (adapted, online) = (summary.adapted, summary.online)
    tasksBefore = Self.taskMeans(curves.compactMap(\.adapted.first))
    tasksAfter = Self.taskMeans(curves.compactMap(\.adapted.last))
    (before, after, gain) = (summary.before, summary.after, summary.gain)
    interquartileAfter = summary.interquartileAfter
    let (lived, ended) = (statistics.online?[name], statistics.final?[name])
    lifetime = lived.flatMap { statistics.online?.inReturns($0.mean) } ?? Estimate(value: .nan)
    improvement = lived?.versus?.probabilityOfImprovement
    let hasScores = statistics.final?.scale != nil
    score = hasScores ? ended?.mean : nil
    interquartileScore = hasScores ? ended?.interquartileMean : nil
    lowScore = hasScores ? ended?.twentiethPercentile : nil
    solved = statistics.solved?[name]?.mean
    profile = zip(statistics.final?.thresholds ?? [], ended?.profile ?? []).map { ($0, $1) }
    untrained = section.untrained[name].map { untrained in
      UntrainedContents(
        name: untrained.learner.titleOfUntrained, seeds: untrained.finished.count, lifetime: untrained.lifetime,
        before: untrained.before,
        after: untrained.after, gain: untrained.gain, score: untrained.score(on: section.card))
    }
    warnings = section.warnings.filter { [name] in $0.learner == name }
    let reported = section.family.reportedReward
    let setting = summary.finished.first?.record.settings.first { $0.key == Self.trainingRewardKey }
    trainingReward = setting?.value.stringValue.map {
      $0 == "reported" || $0 == reported ? "\(reported) (reported)" : $0
    }
    cost = CostContents(summary.finished.map(\.record.cost))
    directories = summary.finished.map(\.record.directory)
  }

  /// The mean over seeds of `[seed][task]`.
  private static func taskMeans(_ returns: [[Double]]) -> [Double] {
    (returns.first ?? []).indices.map { task in average(returns.map { $0[task] }[...]) }
  }
}

extension ReportContents.Overall {
  /// A learner's result over the families that have scores; nil if it has none.
  ///
  /// Each statistic is computed family by family and averaged, so that families with many tasks count no more.
  fileprivate init?(of name: String, on families: [FamilyStatistics], _ bootstrap: Bootstrap) {
    let scored = families.compactMap { family in family.final?.scale == nil ? nil : family.final }
    let matrices = scored.compactMap { $0[name]?.scores }
    guard let thresholds = scored.first?.thresholds, !matrices.isEmpty else { return nil }
    learner = name
    self.families = matrices.count
    let sorted = matrices.map { SortedScores($0, thresholds: thresholds, target: 1) }
    let mean: @Sendable ([[Double]]) -> [Double] = { each in
      (each.first ?? []).indices.map { place in average(each.map { $0[place] }[...]) }
    }
    let values = mean(sorted.map(\.statistics))
    var own = bootstrap
    own.random = bootstrap.random.split("overall").split(name)
    let intervals = own.intervals(matrices.map(\.shape), count: values.count) { drawn in
      mean(zip(sorted, drawn).map { $0.statistics(of: $1) })
    }
    let estimates = zip(values, intervals).map { Estimate(value: $0, interval: $1) }
    let names = ["mean", "median", "IQM", "20th percentile", "optimality gap"]
    statistics = zip(names, estimates).map { ($0, $1) }
    profile = zip(thresholds, estimates.dropFirst(names.count)).map { ($0, $1) }
  }
}

extension CostContents {
  fileprivate init(_ costs: [RunCost]) {
    func mean(_ values: [Double]) -> Double { average(values[...]) }
    trainingSteps = mean(costs.map { Double($0.environmentSteps) })
    evaluationSteps = mean(costs.map { Double($0.evaluationSteps) })
    untrainedSteps = mean(costs.map { Double($0.untrainedSteps) })
    iterations = mean(costs.map { Double($0.iterations) })
    updates = mean(costs.map { Double($0.updates ?? $0.iterations) })
    wallSeconds = mean(costs.map(\.wallSeconds))
    processorSeconds = mean(costs.map(\.processorSeconds))
    peakMemory = Double(costs.map(\.peakMemoryBytes).max() ?? 0)
  }
}

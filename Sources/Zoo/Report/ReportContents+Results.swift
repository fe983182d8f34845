import MetaRL
import Tensors

extension ReportContents {
  /// The contents of a comparison's report.
  ///
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
          state: $0.state, cost: $0.cost)
      }
      + results.holes.map {
        Run(
          learner: $0.learner, family: $0.family, seed: $0.seed, state: $0.state, cost: $0.record?.cost)
      }
    missing = results.missing.map { String($0.trimmingPrefix("missing: ")) }
    omissions = results.omissions.map(\.inWords)
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
    var groups: [(families: [String], settings: [StoredSetting])] = []
    for record in records {
      let family = record.family.versionedName
      if let place = groups.firstIndex(where: { $0.settings == record.settings }) {
        if !groups[place].families.contains(family) { groups[place].families.append(family) }
      } else {
        groups.append(([family], record.settings))
      }
    }
    settings = groups
  }
}

private struct FamilyStatistics: Sendable {
  let family: String
  /// The learner, not a control, whose mean online return is the highest.
  let fastest: String?
  /// The mean online return, against the fastest learner.
  let online: MetricStatistics?
  let final: MetricStatistics?
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
  fileprivate subscript(name: String) -> LearnerResult.Statistics? { learners.first { $0.learner.name == name } }

  fileprivate func inReturns(_ estimate: Estimate) -> Estimate {
    guard let scale else { return estimate }
    return estimate.mapped { scale.zero + $0 * (scale.one - scale.zero) }
  }
}

extension FamilyContents {
  /// The learners' results on a family, in an order of names.
  fileprivate init(_ section: ComparisonResult.Section, _ statistics: FamilyStatistics, order: [String]) {
    self.section = section
    hasScores = statistics.final?.scale != nil
    learners = order.compactMap { name in
      guard var result = section.learners.first(where: { $0.name == name }) else { return nil }
      for metric in [statistics.online, statistics.final, statistics.solved].compactMap({ $0 }) {
        result.statistics[metric.metric] = metric[name]
      }
      let lifetime = statistics.online?[name].flatMap { statistics.online?.inReturns($0.mean) }
      result.lifetime = lifetime ?? Estimate(value: .nan)
      return result
    }
    fastest = learners.first { $0.name == statistics.fastest }
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
      (each.first ?? []).indices.map { place in average(each.map { $0[place] }) }
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

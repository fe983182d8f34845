import MetaRL

extension ReportContents {
  /// What there is to show of a comparison.
  ///
  /// - Throws: `UsageProblem` for files that cannot be read.
  init(_ comparison: ComparisonResult) throws {
    let results = comparison.results
    let records = results.finished.map(\.record) + results.holes.compactMap(\.record)
    directories = results.directories
    let all = results.learners.map { name in Learner(name, records.filter { $0.learner.name == name }) }
    // Controls stand behind.
    learners = all.filter { $0.role == .learner } + all.filter { $0.role == .control }
    let order = learners.map(\.name)
    families = comparison.sections.map { FamilyContents($0, order: order) }
    overall = []
    missing = results.holes.map { hole in
      Missing(
        title: "\(hole.learner) on \(hole.family), seed \(hole.seed)", state: hole.status.word,
        cause: hole.status.cause)
    }
    omissions = results.omissions.map { "\($0.learner) on \($0.family): \($0.reason)" }
    seeds = Set(records.map(\.seed)).sorted()
    versions = Self.unique(records.map(\.version))
    resamples = 2000
    let machineFiles = try results.directories.map { $0.inside("machine.json") }.filter(Files.exists)
      .map { try StoredObject(at: $0).json }
    machines = Self.unique(machineFiles.map { MachineFacts($0) }).map { facts in
      facts.facts.map { ($0.name, $0.value) }
    }
    commits = Self.unique(machineFiles.compactMap { $0["commit"]?.stringValue })
    let suite = results.directories.count == 1 ? results.directories[0].inside("suite.json5") : ""
    suiteFile = !suite.isEmpty && Files.exists(suite) ? try Files.text(of: suite) : nil
    warnings = []
    warnings = seedWarnings + missingWarnings
  }

  static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }

  /// What the numbers of finished seeds are too few for.
  private var seedWarnings: [String] {
    let counts = families.flatMap { $0.learners.map(\.finished) }
    func inWords(_ counts: [Int]) -> String? {
      guard let fewest = counts.min(), let most = counts.max() else { return nil }
      return (fewest < most ? "\(fewest) to " : "") + NumberText.quantity(most, "seed")
    }
    let (least, enough) = (ScoreMatrix.fewestSeedsForInterval, ScoreMatrix.fewestSeedsForTrust)
    return [
      inWords(counts.filter { $0 < least })
        .map { "No intervals: the spread is unknown with \($0). Use at least \(enough) seeds." },
      inWords(counts.filter { (least..<enough).contains($0) })
        .map { "Intervals over \($0) are rough. Use at least \(enough) seeds before concluding anything." },
    ].compactMap { $0 }
  }

  private var missingWarnings: [String] {
    let planned = missing.count + families.flatMap(\.learners).reduce(0) { $0 + $1.finished }
    guard !missing.isEmpty else { return [] }
    return [
      "\(missing.count) of \(NumberText.quantity(planned, "planned run")) did not finish: see What is missing."
    ]
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

extension RunRecord.Status {
  /// The status alone.
  fileprivate var word: String {
    if case .failed = self { "failed" } else { inWords }
  }

  /// Why the run failed, if it did.
  fileprivate var cause: String? {
    if case .failed(let cause) = self { cause } else { nil }
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
        ReportContents.Setting(key: $0.key, value: $0.value.text, origin: $0.origin, source: $0.source)
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

extension FamilyContents {
  /// What learners came to on a family, in an order of names.
  fileprivate init(_ section: ComparisonResult.Section, order: [String]) {
    let card = section.card
    name = card.versionedName
    summary = card.summary
    random = (card.random.value, card.random.computation)
    oracle = (card.oracle.value, card.oracle.computation)
    evaluation = section.evaluation
    usualEpisodes = card.episodesPerLifetime
    steps = section.summaries.first?.finished.first?.record.steps
    learners = order.compactMap { name in
      section.summaries.first { $0.learner.name == name }.map { LearnerContents($0, card) }
    }
    unfinished = section.unfinished.map { ($0.learner.name, $0.seeds) }
  }
}

extension LearnerContents {
  fileprivate init(_ summary: LearnerSummary, _ card: FamilyCard) {
    let curves = summary.finished.map(\.curve)
    name = summary.learner.name
    role = summary.learner.card.role
    (finished, planned) = (summary.finished.count, summary.plannedSeeds)
    (adapted, online) = (summary.adapted, summary.online)
    tasksBefore = Self.taskMeans(curves.compactMap(\.adapted.first))
    tasksAfter = Self.taskMeans(curves.compactMap(\.adapted.last))
    (before, after, gain) = (summary.before, summary.after, summary.gain)
    interquartileAfter = summary.interquartileAfter
    lifetime = Estimate(value: .nan)
    score = nil
    improvement = nil
    profile = []
    cost = CostContents(summary.finished.map(\.record.cost))
    directories = summary.finished.map(\.record.directory)
  }

  /// The mean over seeds of `[seed][task]`.
  private static func taskMeans(_ returns: [[Double]]) -> [Double] {
    (returns.first ?? []).indices.map { task in average(returns.map { $0[task] }[...]) }
  }
}

extension CostContents {
  fileprivate init(_ costs: [StoredCost]) {
    func mean(_ values: [Double]) -> Double { average(values[...]) }
    trainingSteps = mean(costs.map { Double($0.environmentSteps) })
    evaluationSteps = mean(costs.map { Double($0.evaluationSteps) })
    iterations = mean(costs.map { Double($0.iterations) })
    wallSeconds = mean(costs.map(\.wallSeconds))
    let processor = costs.compactMap(\.processorSeconds)
    processorSeconds = processor.count == costs.count ? mean(processor) : nil
    let memory = costs.compactMap { $0.peakMemoryBytes.map(Double.init) }
    peakMemory = memory.count == costs.count ? memory.max() : nil
  }
}

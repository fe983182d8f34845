import MetaRL
import Tensors

extension ReportContents {
  /// What there is to show of results.
  ///
  /// - Throws: `UsageProblem` for files that cannot be read.
  init(_ results: StoredResults) throws {
    let records = results.finished.map(\.record) + results.holes.compactMap(\.record)
    directories = results.directories
    let all = results.learners.map { name in Learner(name, records.filter { $0.learner.name == name }) }
    // Controls stand behind.
    learners = all.filter { $0.role == .learner } + all.filter { $0.role == .control }
    let order = learners.map(\.name)
    families = results.families.compactMap { FamilyContents($0, results, order: order) }
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
    machines = Self.unique(machineFiles.map { MachineFacts($0) }).map { facts in facts.facts.map { ($0.name, $0.value) } }
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
    return ["\(missing.count) of \(NumberText.quantity(planned, "planned run")) did not finish: see What is missing."]
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
    facts = (json.members ?? []).map { Fact(name: $0.key, value: $0.value.stringValue ?? $0.value.text) }
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
  /// What learners came to on a family; nil if nothing is known of it, since none of its runs has begun.
  fileprivate init?(_ name: String, _ results: StoredResults, order: [String]) {
    let finished = results.finished.filter { $0.record.family.versionedName == name }
    let holes = results.holes.filter { $0.family == name }
    guard let record = finished.first?.record ?? holes.compactMap(\.record).first else { return nil }
    let card = record.family.card
    self.name = name
    summary = card.summary
    random = (card.random.value, card.random.computation)
    oracle = (card.oracle.value, card.oracle.computation)
    evaluation = record.evaluation
    steps = record.steps
    learners = order.compactMap { learner in
      let runs = finished.filter { $0.record.learner.name == learner }
      return LearnerContents(runs, planned: runs.count + holes.count { $0.learner == learner }, card)
    }
    let present = learners.map(\.name)
    unfinished = order.filter { !present.contains($0) }.map { learner in
      (learner, holes.count { $0.learner == learner })
    }.filter { $0.1 > 0 }
  }
}

extension LearnerContents {
  fileprivate init?(_ runs: [StoredResults.FinishedRun], planned: Int, _ card: FamilyCard) {
    guard let record = runs.first?.record else { return nil }
    let curves = runs.map(\.curve)
    let evaluation = record.evaluation
    name = record.learner.name
    role = record.learner.card.role
    finished = runs.count
    self.planned = planned
    let random = RandomStream(seed: 0).split("bootstrap").split(card.versionedName).split(name)
    func estimate(
      _ matrix: ScoreMatrix, _ name: String, _ index: Int = 0, of statistic: (ScoreMatrix) -> Double = { $0.mean }
    ) -> Estimate {
      Estimate(
        value: statistic(matrix), interval: matrix.interval(random: random.split(name, index), of: statistic))
    }
    let returns = evaluation.probes.indices.map { probe in ScoreMatrix(curves.map { $0.adapted[probe] }) }
    adapted = evaluation.probes.indices.map { probe in
      CurvePoint(
        episode: evaluation.probes[probe], experienceSteps: average(curves.map { $0.adaptedExperience[probe] }[...]),
        estimate: estimate(returns[probe], "adapted", probe))
    }
    online = (0..<evaluation.episodesPerLifetime).map { episode in
      CurvePoint(
        episode: episode, experienceSteps: average(curves.map { $0.onlineExperience[episode] }[...]),
        estimate: estimate(ScoreMatrix(curves.map { $0.online[episode] }), "online", episode))
    }
    let last = returns.count - 1
    func taskMeans(_ matrix: ScoreMatrix) -> [Double] {
      (0..<matrix.taskCount).map { task in average((0..<matrix.seedCount).map { matrix[$0, task] }[...]) }
    }
    (tasksBefore, tasksAfter) = (taskMeans(returns[0]), taskMeans(returns[last]))
    before = adapted[0].estimate
    after = adapted[last].estimate
    interquartileAfter = estimate(returns[last], "interquartile") { $0.interquartileMean }
    gain = estimate(returns[last].minus(returns[0]), "gain")
    lifetime = estimate(
      ScoreMatrix(curves.map { curve in (0..<evaluation.taskCount).map { task in average(curve.online.map { $0[task] }[...]) } }), "lifetime")
    let span = card.oracle.value - card.random.value
    score = span.isFinite && span != 0 ? Estimate(value: (after.value - card.random.value) / span, interval: after.interval.map { (min(($0.lowerBound - card.random.value) / span, ($0.upperBound - card.random.value) / span))...max(($0.lowerBound - card.random.value) / span, ($0.upperBound - card.random.value) / span) }) : nil
    improvement = nil
    profile = []
    cost = CostContents(runs.map(\.record.cost))
    directories = runs.map(\.record.directory)
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

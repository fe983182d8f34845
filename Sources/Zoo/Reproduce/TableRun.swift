import MetaRL

/// The runs of a table under a budget, in a directory: those that are asked for, and those that are there.
struct TableRun: Sendable {
  let table: PaperTable
  let experiments: [PlannedExperiment]
  /// The experiments that are to be done now.
  let wanted: [PlannedExperiment]
  /// The seeds, in place of the budget's.
  let seeds: [UInt64]?
  let directory: String

  private struct Unit: Sendable {
    var experiment: PlannedExperiment
    var seed: UInt64
    var path: String
    var title: String { "\(experiment.experiment.id), seed \(seed)" }
    var steps: Int {
      experiment.budget.trainingSteps + experiment.request.steps(horizon: experiment.family.spec.horizon)
    }
  }

  /// Plans the runs; nothing is done yet.
  ///
  /// - Throws: `UsageError` for a name that nothing has.
  init(
    _ table: PaperTable, _ budget: BudgetName, only: [String]?, seeds: [UInt64]?, in directory: String,
    catalog: Catalog
  ) throws {
    let names = table.experiments.map(\.id)
    if let unknown = only?.first(where: { !names.contains($0) }) {
      throw UsageError("--only: " + unknownName("experiment", unknown, among: names))
    }
    var planned: [PlannedExperiment] = []
    for experiment in table.experiments {
      do {
        planned.append(try PlannedExperiment(experiment, of: table, budget, in: catalog))
      } catch {
        // What is not asked for may wait for a learner that is not there yet.
        guard let only, !only.contains(experiment.id) else { throw error }
      }
    }
    (self.table, self.seeds, self.directory) = (table, seeds, directory)
    experiments = planned
    wanted = planned.filter { only?.contains($0.experiment.id) ?? true }
    for experiment in wanted {
      if let obstacle = experiment.absence?.refusal(of: experiment.family.card.name) ?? experiment.obstacle() {
        throw UsageError("\"\(table.path)\": experiment \(experiment.experiment.id): \(obstacle)")
      }
    }
  }

  private func path(_ experiment: PlannedExperiment, _ seed: UInt64) -> String {
    "\(directory)/\(experiment.experiment.id)/seed-\(seed)"
  }

  /// Does what is not done yet, as many runs at a time as there are threads.
  ///
  /// - Throws: `UsageError` if a run's directory belongs to another run; later failures are outcomes of the run.
  func carryOut(
    under control: RunControl, madeBy: Provenance, progress output: (any TextOutput)?
  ) throws -> [(title: String, outcome: RunOutcome)] {
    let units = wanted.flatMap { experiment in
      (seeds ?? experiment.budget.seeds).map {
        Unit(experiment: experiment, seed: $0, path: path(experiment, $0))
      }
    }
    let left = units.filter { SeedResult(of: $0.experiment, seed: $0.seed, in: $0.path) == nil }
    for unit in left { try refuseOtherRun(unit) }
    let progress = Progress(of: left.map { ($0.title, $0.steps) }, on: left.isEmpty ? nil : output)
    output?.line(
      "\(NumberText.quantity(left.count, "run")) to do, \(units.count - left.count) done before, in \(directory)"
        + (left.isEmpty ? "" : " · Ctrl-C is safe; repeat the command to continue"))
    let plans = left.map { $0.experiment.plan(seed: $0.seed) }
    let outcomes = try control.carryOut(plans, numbered: Array(left.indices), progress: progress) {
      number, control in
      let request = left[number].experiment.request
      return plans[number].carriedOut(
        in: left[number].path, under: control, ending: ReturnsEnding(request: request, madeBy: madeBy))
    }
    progress.finish()
    return zip(left, outcomes).map { ($0.title, $1) }
  }

  /// Refuses to begin where something else was done before.
  private func refuseOtherRun(_ unit: Unit) throws {
    let config = unit.path + "/" + RunFile.config
    guard Files.exists(config), let stored = try? JSONValue(readingFile: config) else { return }
    do {
      try unit.experiment.plan(seed: unit.seed).refuseOtherRun(stored: stored, in: config)
      // What one result is made of is of one release.
      let (before, now) = (
        stored["software"]?.text ?? "nothing", unit.experiment.family.softwareJSON?.text ?? "nothing"
      )
      guard before == now else {
        throw UsageError("\(config): it was made with \(before), and this program has \(now)")
      }
    } catch {
      throw UsageError("\(error). Remove \(unit.path), or name another directory with --out DIR.")
    }
  }

  /// The results of all experiments in the directory with all seeds done, requested or not.
  func records(workers: Workers) throws -> [PaperResults.Record] {
    let found = try workers.map(experiments.indices) { results(of: experiments[$0]) }
    var records = experiments.indices.filter { !found[$0].isEmpty }.map { number in
      record(of: experiments[number], found[number], beside: found)
    }
    let digests = Dictionary(uniqueKeysWithValues: records.map { ($0.experiment, $0.digestOfRuns) })
    for i in records.indices {
      for measure in records[i].values.keys {
        records[i].runsAgainst[measure] = measure.against.flatMap { digests[$0] }
      }
    }
    return records
  }

  /// The results of all seeds of an experiment that are done; none, if some that are due are missing.
  private func results(of experiment: PlannedExperiment) -> [SeedResult] {
    let place = directory + "/" + experiment.experiment.id
    let names = (try? Files.names(in: place)) ?? []
    let found = names.compactMap { $0.hasPrefix("seed-") ? UInt64($0.dropFirst(5)) : nil }.sorted()
    let due = seeds ?? experiment.budget.seeds
    guard Set(due).isSubset(of: found) else { return [] }
    let results = found.compactMap { SeedResult(of: experiment, seed: $0, in: path(experiment, $0)) }
    return Set(due).isSubset(of: results.map(\.seed)) ? results : []
  }

  private func record(
    of experiment: PlannedExperiment, _ results: [SeedResult], beside all: [[SeedResult]]
  ) -> PaperResults.Record {
    var record = PaperResults.Record(
      experiment: experiment.experiment.id, budget: experiment.budgetName, identity: experiment.identity,
      seeds: results.map { PaperResults.Seed(seed: $0.seed, cost: $0.cost, madeBy: $0.madeBy) }, values: [:],
      valuesOfAsManyTasks: [:])
    for measure in Set(table.cells.filter { $0.experiment == record.experiment }.compactMap(\.measure)) {
      if let against = measure.against {
        let place = experiments.firstIndex { $0.experiment.id == against }
        record.values[measure] = place.flatMap { paired(measure, results, all[$0]) }
      } else {
        let returns = results.compactMap { measure.returns(in: $0.returns) }
        guard returns.count == results.count else { continue }
        record.values[measure] = MeasuredValue(meanOf: returns, tasksAreAll: experiment.playsEveryTask)
        if returns.allSatisfy({ $0.count <= PaperResults.Record.mostTasksKept }) {
          record.returnsByTask[measure] = returns
        }
        if let few = table.rule.reportedTasks, few < returns.first?.count ?? 0 {
          record.valuesOfAsManyTasks[measure] = MeasuredValue(meanOf: returns.map { Array($0.prefix(few)) })
        }
      }
    }
    if !record.returnsByTask.isEmpty { record.tasks = experiment.descriptors }
    return record
  }

  /// A paired t-test over the tasks of the seeds that both experiments have.
  private func paired(_ measure: PaperMeasure, _ first: [SeedResult], _ second: [SeedResult]) -> MeasuredValue? {
    var (returns, others): ([[Double]], [[Double]]) = ([], [])
    for result in first {
      guard let other = second.first(where: { $0.seed == result.seed }),
        let mine = measure.returns(in: result.returns),
        let theirs = measure.returns(in: other.returns), mine.count == theirs.count
      else { continue }
      returns.append(mine)
      others.append(theirs)
    }
    return returns.isEmpty ? nil : MeasuredValue(pairedTOf: returns, against: others)
  }
}

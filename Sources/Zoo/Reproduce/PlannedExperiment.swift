import MetaRL

/// An experiment of a table under a budget, with the learner and the family that it names.
struct PlannedExperiment: Sendable {
  let experiment: PaperExperiment
  let budgetName: BudgetName
  let budget: PaperBudget
  let learner: Catalog.LearnerEntry
  let settings: Settings
  let family: any TaskFamily
  /// Among which families it is that this program was built without, if it is: then nothing can be run, but what others
  /// made can be judged.
  let absence: Catalog.AbsentFamilies?
  let request: ReturnsRequest

  /// Looks up what an experiment names.
  init(_ experiment: PaperExperiment, of table: PaperTable, _ name: BudgetName, in catalog: Catalog) throws {
    guard let budget = experiment.budgets[name] else { throw UsageError("there is no budget \(name.rawValue)") }
    func wrong(_ problem: String) -> UsageError {
      UsageError("\"\(table.path)\": experiment \(experiment.id): \(problem)")
    }
    do {
      learner = try catalog.learner(named: experiment.learner)
      (family, absence) = try catalog.declaredFamily(named: experiment.family)
      var settings = try learner.settings()
      for setting in experiment.settings + budget.settings {
        guard settings.keys.contains(setting.key) else {
          throw UsageError(
            unknownKey(setting.key, among: settings.keys, of: experiment.learner, place: "settings.\(setting.key)"))
        }
        try settings.set(setting.key, to: setting.value, origin: setting.origin, source: setting.source)
      }
      self.settings = try learner.fitted(settings, to: family)
    } catch {
      throw wrong("\(error)")
    }
    (self.experiment, budgetName, self.budget) = (experiment, name, budget)
    let measures = table.cells.compactMap { cell -> PaperMeasure? in
      cell.experiment == experiment.id || cell.measure?.against == experiment.id ? cell.measure : nil
    }
    func episodes(_ kind: PaperMeasure.Kind) -> [Int] {
      Set(measures.filter { $0.kind == kind }.map(\.episode)).sorted()
    }
    // Tasks that were seen in training are not called held-out.
    let split = family.testsOnTrainingTasks ? TaskID.Split.train : .test
    request = ReturnsRequest(
      EvaluationProtocol(
        split: split, taskCount: min(budget.testTasks, family.taskCount(in: split) ?? budget.testTasks),
        episodesPerLifetime: experiment.episodesPerLifetime, probes: episodes(.adaptedReturn),
        episodesPerProbe: budget.episodesPerProbe),
      onlineEpisodes: episodes(.onlineReturn))
  }

  /// Whether the tasks of evaluation are all there are, as where there are two directions.
  var playsEveryTask: Bool {
    family.testsOnTrainingTasks && family.taskCount(in: request.evaluation.split) == request.evaluation.taskCount
  }

  var descriptors: [[Float]] {
    func open<F: TaskFamily>(_ family: F) -> [[Float]] {
      (0..<request.evaluation.taskCount).map {
        family.descriptor(of: family.task(TaskID(request.evaluation.split, $0)))
      }
    }
    return open(family)
  }

  /// The run of a seed.
  ///
  /// Its own evaluation is not that of the table: it is there for `zoo evaluate` and `zoo render`, and does not change
  /// when the table asks for other tasks.
  func plan(seed: UInt64) -> RunPlan {
    let episodes = experiment.episodesPerLifetime
    var evaluation = request.evaluation
    evaluation.taskCount = min(20, family.taskCount(in: evaluation.split) ?? 20)
    (evaluation.probes, evaluation.episodesPerProbe) = (Suite.probes(in: episodes), 1)
    return RunPlan(
      learner: learner, settings: settings, family: family, seed: seed, steps: budget.trainingSteps,
      evaluation: evaluation)
  }

  /// The reason that the experiment cannot be done, if any: its learner may not support its family or settings.
  func obstacle() -> String? {
    var plan = plan(seed: 0)
    // What is computed before a long lifetime does not decide whether it can be lived.
    plan.evaluation.episodesPerLifetime = min(10, plan.evaluation.episodesPerLifetime)
    plan.evaluation.probes = [0]
    do {
      return try plan.obstacle()
    } catch {
      return "\(error)"
    }
  }

  /// All that a result depends on, apart from the seed.
  var identity: JSONValue {
    let played = request.evaluation
    let who: JSONValue = [
      "learner": .string(learner.name), "family": .string(family.card.versionedName),
      "trajectoryHash": .string(family.card.trajectoryHash),
    ]
    let what: JSONValue = [
      "trainingSteps": .integer(budget.trainingSteps), "split": .string(played.split.rawValue),
      "testTasks": .integer(played.taskCount), "episodesPerLifetime": .integer(played.episodesPerLifetime),
      "episodesPerProbe": .integer(played.episodesPerProbe),
      "settings": .object(settings.entries.map { .init(key: $0.setting.key, value: $0.value) }),
    ]
    return who.appending("software", family.softwareJSON) + what
  }

  /// Whether something that was made with `stored` is what this would make.
  ///
  /// If not, it is stale. A setting that did not exist then may be at its default now: that leaves everything as it was. What the family does
  /// with another release of its engine is not asked: a digest is good for one release.
  func isMade(with stored: JSONValue) -> Bool {
    let now = identity.members ?? []
    var apart: Set = ["settings", "software"]
    if stored["software"] != family.softwareJSON { apart.insert("trajectoryHash") }
    for member in now where !apart.contains(member.key) {
      guard stored[member.key] == member.value else { return false }
    }
    let before = stored["settings"]?.members ?? []
    guard before.allSatisfy({ settings.keys.contains($0.key) }) else { return false }
    return settings.entries.allSatisfy { entry in
      before.first { $0.key == entry.setting.key }.map { $0.value.isSame(as: entry.value) }
        ?? (entry.origin == .default)
    }
  }
}

extension JSONValue {
  /// Whether both are one value, 1 and 1.0 being one.
  fileprivate func isSame(as other: JSONValue) -> Bool {
    if let mine = numberValue, let theirs = other.numberValue { return mine == theirs }
    guard let mine = arrayValue, let theirs = other.arrayValue else { return self == other }
    return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.isSame(as: $1) }
  }
}

import MetaRL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a comparison came to.
struct ComparisonResult: Sendable {
  /// What all learners came to on one family.
  struct Section: Sendable {
    /// Which family.
    var card: FamilyCard
    /// How learners were evaluated on it.
    var evaluation: EvaluationProtocol
    /// One summary a learner, in the order of the suite; learners without a finished run are missing.
    var summaries: [LearnerSummary]
    /// Plans of learners none of whose runs finished, one each, with the number of their seeds.
    var unfinished: [(plan: RunPlan, seeds: Int)]
  }

  /// What was planned.
  let comparison: Comparison
  /// What became of each run.
  let outcomes: [RunOutcome]
  /// The threads that were used.
  let jobs: Int
  /// Seconds on the clock.
  let seconds: Double
  /// One section a family.
  let sections: [Section]

  /// Summarises runs.
  init(_ comparison: Comparison, _ outcomes: [RunOutcome], jobs: Int, seconds: Double) {
    self.comparison = comparison
    self.outcomes = outcomes
    self.jobs = jobs
    self.seconds = seconds
    sections = comparison.suite.families.compactMap { name in
      let here = outcomes.filter {
        $0.plan.family.card.name == name || $0.plan.family.card.versionedName == name
      }
      guard let plan = here.first?.plan else { return nil }
      let groups = comparison.suite.learners.map { learner in here.filter { $0.plan.learner.name == learner } }
      let summaries = groups.map(LearnerSummary.init(of:))
      return Section(
        card: plan.family.card, evaluation: plan.evaluation, summaries: summaries.compactMap { $0 },
        unfinished: zip(groups, summaries).compactMap { group, summary in
          guard summary == nil, let plan = group.first?.plan else { return nil }
          return (plan, group.count)
        })
    }
  }

  /// "maml on point-navigation, seed 0: …" for every run that failed.
  var failures: [String] {
    outcomes.compactMap {
      if case .failed(let cause) = $0.status { "\($0.plan.title): \(cause)" } else { nil }
    }
  }

  /// Writes all files but the runs' own.
  func write(to directory: String) throws {
    try Files.write(outcomes.flatMap(\.episodeRows).lines, to: directory + "/episodes.jsonl")
    try Files.write(outcomes.flatMap(\.trainingRows).lines, to: directory + "/train.jsonl")
    try Files.write(curvesCSV, to: directory + "/curves.csv")
    for section in sections {
      let plot = CurvePlot(section)
      try Files.write(plot.svg, to: directory + "/adaptation-\(section.card.name).svg")
    }
    try Files.write(markdown, to: directory + "/table.md")
    try Files.write(json.indentedText, to: directory + "/comparison.json")
  }

  /// The points of all curves.
  var curvesCSV: String {
    var text = "family,learner,kind,episode,experience_steps,mean,lower,upper,seeds,tasks\n"
    for section in sections {
      for summary in section.summaries {
        for (kind, points) in [("online", summary.online), ("adapted", summary.adapted)] {
          for point in points {
            let interval = point.estimate.interval
            let cells = [
              section.card.versionedName, summary.learner.name, kind, "\(point.episode)",
              "\(point.experienceSteps)",
              "\(point.estimate.value)", interval.map { "\($0.lowerBound)" } ?? "",
              interval.map { "\($0.upperBound)" } ?? "", "\(summary.finished.count)",
              "\(section.evaluation.taskCount)",
            ]
            text += cells.joined(separator: ",") + "\n"
          }
        }
      }
    }
    return text
  }

  /// Everything but the episodes: what was planned, on what machine, at what cost, and what it came to.
  var json: JSONValue {
    let suite = comparison.suite
    return [
      "schema": 1, "version": .string(zooVersion), "finishedAt": .string(Date.now.formatted(.iso8601)),
      "commit": Machine.commit.map { .string($0) } ?? .null, "machine": Machine.json, "jobs": .integer(jobs),
      "seconds": .number(seconds),
      "budget": .object([
        .init(key: "stepsPerRun", value: .integer(suite.steps)), .init(key: "tasks", value: .integer(suite.tasks)),
        .init(key: "seeds", value: .array(suite.seeds.map { .integer(Int($0)) })),
      ]),
      "families": .array(
        sections.map { ["card": comparisonCard($0.card), "evaluation": $0.evaluation.json] }),
      "learners": .array(learnersJSON),
      "omissions": .array(
        comparison.omissions.map {
          ["learner": .string($0.learner), "family": .string($0.family), "reason": .string($0.reason)]
        }),
      "runs": .array(outcomes.map(runJSON)),
      "summaries": .array(sections.flatMap { section in section.summaries.map { $0.json(on: section.card) } }),
    ]
  }

  private func comparisonCard(_ card: FamilyCard) -> JSONValue {
    comparison.plans.first { $0.family.card.versionedName == card.versionedName }?.family.cardJSON ?? .null
  }

  private var learnersJSON: [JSONValue] {
    comparison.suite.learners.compactMap { name in
      guard let plan = comparison.plans.first(where: { $0.learner.name == name }) else { return nil }
      return [
        "name": .string(name), "role": .string(plan.learner.card.role.rawValue),
        "seesDescriptor": .boolean(plan.learner.seesDescriptor), "settings": plan.settings.json,
      ]
    }
  }

  private func runJSON(_ outcome: RunOutcome) -> JSONValue {
    .object(
      [
        .init(key: "learner", value: .string(outcome.plan.learner.name)),
        .init(key: "family", value: .string(outcome.plan.family.card.versionedName)),
        .init(key: "seed", value: .integer(Int(outcome.plan.seed))),
      ] + (outcome.statusJSON.members ?? []) + [.init(key: "cost", value: outcome.cost.json)])
  }
}

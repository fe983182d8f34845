import MetaRL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ComparisonResult {
  /// Everything but the episodes: what was run, at what cost, what is missing, and what it came to.
  var json: JSONValue {
    [
      "schema": 2, "version": .string(zooVersion), "directories": .array(results.directories.map { .string($0) }),
      "families": .array(sections.map { ["card": $0.family.json, "evaluation": $0.evaluation.json] }),
      "learners": .array(learnersJSON),
      "omissions": .array(
        results.omissions.map {
          ["learner": .string($0.learner), "family": .string($0.family), "reason": .string($0.reason)]
        }),
      "runs": .array(results.finished.map { runJSON($0.record) } + results.holes.map(holeJSON)),
      "summaries": .array(sections.flatMap { section in section.summaries.map { $0.json(on: section.card) } }),
      "notes": .array(notes.map { .string($0) }),
    ]
  }

  /// Learners with their settings, which may differ from family to family.
  private var learnersJSON: [JSONValue] {
    let records = results.finished.map(\.record) + results.holes.compactMap(\.record)
    return results.learners.compactMap { name in
      guard let record = records.first(where: { $0.learner.name == name }) else { return nil }
      let card = record.learner.card
      return [
        "name": .string(name), "role": .string(card.role.rawValue), "summary": .string(card.summary),
        "adaptsBy": .string(card.adaptsBy), "paper": card.paper.map { .string($0) } ?? .null,
        "settings": .array(
          record.settings.map { setting in
            let source = setting.source.map { [JSONValue.Member(key: "source", value: .string($0))] } ?? []
            return .object(
              [
                .init(key: "key", value: .string(setting.key)), .init(key: "value", value: setting.value),
                .init(key: "origin", value: .string(setting.origin)),
              ] + source)
          }),
      ]
    }
  }

  private func runJSON(_ record: RunRecord) -> JSONValue {
    let cost = record.cost
    return [
      "learner": .string(record.learner.name), "family": .string(record.family.versionedName),
      "seed": .integer(Int(clamping: record.seed)), "status": .string("done"),
      "directory": .string(record.directory),
      "cost": [
        "environmentSteps": .integer(cost.environmentSteps), "evaluationSteps": .integer(cost.evaluationSteps),
        "iterations": .integer(cost.iterations), "wallSeconds": .number(cost.wallSeconds),
        "processorSeconds": cost.processorSeconds.map { .number($0) } ?? .null,
        "peakMemoryBytes": cost.peakMemoryBytes.map { .integer($0) } ?? .null,
      ],
    ]
  }

  private func holeJSON(_ hole: StoredResults.Hole) -> JSONValue {
    [
      "learner": .string(hole.learner), "family": .string(hole.family), "seed": .integer(hole.seed),
      "status": .string(hole.status.inWords), "directory": .string(hole.directory),
    ]
  }
}

import MetaRL

extension RunOutcome {
  /// One row an episode: first what the lifetimes earned, then what frozen copies did, task by task.
  ///
  /// Rows contain no times, so that equal runs give equal bytes.
  var episodeRows: [JSONValue] {
    guard let curve else { return [] }
    var rows: [JSONValue] = []
    for (task, id) in curve.tasks.enumerated() {
      for (episode, result) in curve.online[task].enumerated() {
        rows.append(row(id, "online", episode, 0, result, curve))
      }
      for (probe, repetitions) in curve.adapted[task].enumerated() {
        for (repetition, result) in repetitions.enumerated() {
          rows.append(row(id, "adapted", curve.evaluation.probes[probe], repetition, result, curve))
        }
      }
    }
    return rows
  }

  private func row(
    _ task: TaskID, _ kind: String, _ episode: Int, _ repetition: Int, _ result: EpisodeResult,
    _ curve: AdaptationCurve
  ) -> JSONValue {
    [
      "learner": .string(plan.learner.name), "family": .string(plan.family.card.versionedName),
      "seed": .integer(Int(plan.seed)), "checkpointSteps": .integer(cost.environmentSteps),
      "protocol": .string(curve.evaluation.identifier), "split": .string(task.split.rawValue),
      "task": .integer(task.index), "kind": .string(kind), "episode": .integer(episode),
      "repetition": .integer(repetition), "return": .number(result.totalReward),
      "steps": .integer(result.stepCount), "terminated": .boolean(result.terminated),
      "succeeded": result.succeeded.map { .boolean($0) } ?? .null,
      "experienceSteps": .integer(result.experienceSteps),
    ]
  }

  /// One row an iteration: what the learner logged.
  var trainingRows: [JSONValue] {
    training.map { record in
      [
        "learner": .string(plan.learner.name), "family": .string(plan.family.card.versionedName),
        "seed": .integer(Int(plan.seed)), "iteration": .integer(record.iteration),
        "environmentSteps": .integer(record.environmentSteps),
        "metrics": .object(
          record.metrics.map { JSONValue.Member(key: $0.name, value: .number($0.value)) }),
      ]
    }
  }
}

extension [JSONValue] {
  /// One value a line.
  var lines: String { map { $0.text + "\n" }.joined() }
}

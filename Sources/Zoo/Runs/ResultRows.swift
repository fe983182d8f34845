import MetaRL

extension RunPlan {
  /// One row an episode: first what the lifetimes earned, then what frozen copies did, task by task.
  ///
  /// Rows contain no times, so that equal runs give equal bytes.
  func rows(of curve: AdaptationCurve, after steps: Int) -> [JSONValue] {
    var rows: [JSONValue] = []
    for (task, id) in curve.tasks.enumerated() {
      for (episode, result) in curve.online[task].enumerated() {
        rows.append(row(id, "online", episode, 0, result, curve, steps))
      }
      for (probe, repetitions) in curve.adapted[task].enumerated() {
        for (repetition, result) in repetitions.enumerated() {
          rows.append(row(id, "adapted", curve.evaluation.probes[probe], repetition, result, curve, steps))
        }
      }
    }
    return rows
  }

  private func row(
    _ task: TaskID, _ kind: String, _ episode: Int, _ repetition: Int, _ result: EpisodeResult,
    _ curve: AdaptationCurve, _ checkpointSteps: Int
  ) -> JSONValue {
    let row: JSONValue = [
      "learner": .string(learner.name), "family": .string(family.card.versionedName),
      "seed": .integer(Int(clamping: seed)), "checkpointSteps": .integer(checkpointSteps),
      "protocol": .string(curve.evaluation.identifier), "split": .string(task.split.rawValue),
      "task": .integer(task.index), "kind": .string(kind), "episode": .integer(episode),
      "repetition": .integer(repetition), "return": .number(result.totalReward),
      "steps": .integer(result.stepCount), "terminated": .boolean(result.terminated),
      "succeeded": result.succeeded.map { .boolean($0) } ?? .null,
      "experienceSteps": .integer(result.experienceSteps),
    ]
    let parts = result.rewardsByPart
    return parts.isEmpty ? row : row.appending("rewardsByPart", .array(parts.map { .number($0) }))
  }

  func row(_ record: TrainingRecord) -> JSONValue {
    [
      "learner": .string(learner.name), "family": .string(family.card.versionedName),
      "seed": .integer(Int(clamping: seed)), "iteration": .integer(record.iteration),
      "environmentSteps": .integer(record.environmentSteps),
      "metrics": .object(record.metrics.map { JSONValue.Member(key: $0.name, value: .number($0.value)) }),
    ]
  }
}

extension [JSONValue] {
  var lines: String { map { $0.text + "\n" }.joined() }
}

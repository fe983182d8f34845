import MetaRL

extension StatisticsOfResults {
  /// Everything, with the scores that it was computed of.
  package var json: JSONValue {
    [
      "schema": 1, "version": .string(zooVersion), "directories": .array(results.directories.map { .string($0) }),
      "interval": [
        "level": .number(0.95), "method": "stratified bootstrap, percentile",
        "resamples": .integer(bootstrap.resamples),
        "seed": .integer(0),
      ],
      "reference": reference.map { .string($0) } ?? .null,
      "families": .array(sections.map(\.json)), "notes": .array(notes.map { .string($0) }),
      "missing": .array(
        results.holes.map {
          [
            "learner": .string($0.learner), "family": .string($0.family), "seed": .integer($0.seed),
            "cause": .string($0.state.inWords),
          ]
        }),
    ]
  }
}

extension StatisticsOfResults.Section {
  fileprivate var json: JSONValue {
    [
      "family": .string(results.family.versionedName), "card": results.family.json,
      "evaluation": results.evaluation.json, "metrics": .array(metrics.map { $0.json(in: results.evaluation) }),
    ]
  }
}

extension MetricStatistics {
  fileprivate func json(in evaluation: EvaluationProtocol) -> JSONValue {
    [
      "metric": .string(metric.rawValue), "meaning": .string(metric.meaning(in: evaluation)),
      "zero": scale.map { .number($0.zero) } ?? .null, "one": scale.map { .number($0.one) } ?? .null,
      "thresholds": .array(thresholds.map { .number($0) }), "learners": .array(learners.map(\.json)),
    ]
  }
}

extension LearnerResult.Statistics {
  fileprivate var json: JSONValue {
    let cost = MeanCost(runs)
    return [
      "learner": .string(learner.name), "role": .string(learner.card.role.rawValue),
      "seeds": .array(runs.map { .integer(Int(clamping: $0.seed)) }),
      "environmentSteps": .number(cost.trainingSteps),
      "wallSeconds": .number(cost.wallSeconds), "mean": mean.json, "median": median.json,
      "interquartileMean": interquartileMean.json, "twentiethPercentile": twentiethPercentile.json,
      "optimalityGap": optimalityGap?.json ?? .null, "versus": versus?.json ?? .null,
      "profile": .array(profile.map(\.share.json)),
      "scores": .array(
        (0..<scores.seedCount).map { seed in
          .array((0..<scores.taskCount).map { .number(scores[seed, $0]) })
        }),
    ]
  }
}

extension LearnerResult.Statistics.Versus {
  fileprivate var json: JSONValue {
    [
      "probabilityOfImprovement": probabilityOfImprovement.json, "pairedDifference": difference?.json ?? .null,
      "pairedSeeds": .integer(pairedSeeds),
    ]
  }
}

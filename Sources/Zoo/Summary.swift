import MetaRL
import Tensors

/// A number with its 95 % interval.
struct Estimate: Sendable {
  /// The number.
  var value: Double
  /// The interval; nil for too few seeds.
  var interval: ClosedRange<Double>?

  /// As files have it.
  var json: JSONValue {
    [
      "value": .number(value), "lower": interval.map { .number($0.lowerBound) } ?? .null,
      "upper": interval.map { .number($0.upperBound) } ?? .null,
    ]
  }
}

/// One point of a curve.
struct CurvePoint: Sendable {
  /// The episodes of experience.
  var episode: Int
  /// The environment steps of experience, on average.
  var experienceSteps: Double
  /// The return.
  var estimate: Estimate
}

/// What all runs of one learner on one family come to.
struct LearnerSummary: Sendable {
  /// Which learner.
  let learner: Catalog.LearnerEntry
  /// The finished runs.
  let finished: [RunOutcome]
  /// The number of runs planned.
  let plannedSeeds: Int
  /// What frozen copies earned, by experience.
  let adapted: [CurvePoint]
  /// What lifetimes earned, by experience.
  let online: [CurvePoint]
  /// The adapted return of newborn agents.
  let before: Estimate
  /// The adapted return at the last probe.
  let after: Estimate
  /// The same, as the interquartile mean.
  let interquartileAfter: Estimate
  /// The second minus the first, paired.
  let gain: Estimate

  /// Summarises runs of one learner on one family; nil if none finished.
  init?(of outcomes: [RunOutcome]) {
    guard let plan = outcomes.first?.plan else { return nil }
    let finished = outcomes.filter { $0.status == .done && $0.curve != nil }
    let curves = finished.compactMap(\.curve)
    guard let protocolOfAll = curves.first?.evaluation else { return nil }
    learner = plan.learner
    self.finished = finished
    plannedSeeds = outcomes.count
    let random = RandomStream(seed: 0).split("bootstrap").split(plan.family.card.versionedName)
      .split(plan.learner.name)
    func estimate(
      _ matrix: ScoreMatrix, _ name: String, _ index: Int = 0, of statistic: (ScoreMatrix) -> Double = { $0.mean }
    ) -> Estimate {
      Estimate(
        value: statistic(matrix),
        interval: matrix.interval(random: random.split(name, index), of: statistic))
    }
    let probes = protocolOfAll.probes
    let returns = probes.indices.map { probe in
      ScoreMatrix(curves.map { $0.adapted.map { average($0[probe].map(\.totalReward)[...]) } })
    }
    adapted = probes.indices.map { probe in
      let steps = curves.flatMap { $0.adapted.flatMap { $0[probe].map { Double($0.experienceSteps) } } }
      return CurvePoint(
        episode: probes[probe], experienceSteps: average(steps[...]),
        estimate: estimate(returns[probe], "adapted", probe))
    }
    online = (0..<protocolOfAll.episodesPerLifetime).map { episode in
      let steps = curves.flatMap { $0.online.map { Double($0[episode].experienceSteps) } }
      let earned = ScoreMatrix(curves.map { $0.online.map { $0[episode].totalReward } })
      return CurvePoint(
        episode: episode, experienceSteps: average(steps[...]), estimate: estimate(earned, "online", episode))
    }
    let last = returns.count - 1
    before = adapted[0].estimate
    after = adapted[last].estimate
    interquartileAfter = estimate(returns[last], "interquartile") { $0.interquartileMean }
    gain = estimate(returns[last].minus(returns[0]), "gain")
  }

  /// The environment steps of training, on average over runs.
  var environmentSteps: Double { average(finished.map { Double($0.cost.environmentSteps) }[...]) }

  /// The environment steps of an iteration of training, on average.
  var stepsPerIteration: Double {
    environmentSteps / average(finished.map { Double($0.cost.iterations) }[...])
  }

  /// The seconds of a run, on average.
  var wallSeconds: Double { average(finished.map(\.cost.wallSeconds)[...]) }

  /// Where the last adapted return lies between the family's random return, 0, and its oracle's, 1.
  func normalisedScore(on card: FamilyCard) -> Double? {
    let span = card.oracle.value - card.random.value
    guard span.isFinite, span != 0 else { return nil }
    return (after.value - card.random.value) / span
  }

  /// As files have it.
  func json(on card: FamilyCard) -> JSONValue {
    func points(_ curve: [CurvePoint]) -> JSONValue {
      .array(
        curve.map {
          [
            "episode": .integer($0.episode), "experienceSteps": .number($0.experienceSteps),
            "return": $0.estimate.json,
          ]
        })
    }
    return [
      "learner": .string(learner.name), "family": .string(card.versionedName),
      "role": .string(learner.card.role.rawValue), "seedsFinished": .integer(finished.count),
      "seedsPlanned": .integer(plannedSeeds), "before": before.json, "after": after.json,
      "interquartileMeanAfter": interquartileAfter.json, "adaptationGain": gain.json,
      "normalisedScore": normalisedScore(on: card).map { .number($0) } ?? .null,
      "environmentSteps": .number(environmentSteps), "wallSeconds": .number(wallSeconds),
      "adapted": points(adapted), "online": points(online),
    ]
  }
}

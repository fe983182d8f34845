import MetaRL
import Tensors

/// A number with its 95 % interval.
package struct Estimate: Sendable {
  package var value: Double
  /// The interval; nil for too few seeds.
  package var interval: ClosedRange<Double>?

  package init(value: Double, interval: ClosedRange<Double>? = nil) {
    (self.value, self.interval) = (value, interval)
  }

  /// The number and the ends of its interval on another scale.
  package func mapped(_ scale: (Double) -> Double) -> Estimate {
    let ends = interval.map { [scale($0.lowerBound), scale($0.upperBound)].sorted() }
    return Estimate(value: scale(value), interval: ends.map { $0[0]...$0[1] })
  }

  package var json: JSONValue {
    [
      "value": .number(value), "lower": interval.map { .number($0.lowerBound) } ?? .null,
      "upper": interval.map { .number($0.upperBound) } ?? .null,
    ]
  }
}

package struct CurvePoint: Sendable {
  package var episode: Int
  /// The environment steps of experience, on average.
  package var experienceSteps: Double
  package var estimate: Estimate
}

/// The result of all runs of one learner on one family.
package struct LearnerResult: Sendable {
  package let learner: StoredLearner
  package let finished: [StoredResults.FinishedRun]
  /// The runs that were planned and have no result.
  package let holes: [StoredResults.Hole]
  package let adapted: [CurvePoint]
  package let online: [CurvePoint]
  /// The reward of each part of the first online episode; empty if the family does not keep rewards within episodes.
  package let withinFirstEpisode: [Estimate]
  /// The adapted return of newborn agents.
  package let before: Estimate
  /// The adapted return at the last probe.
  package let after: Estimate
  /// The same, as the interquartile mean.
  package let interquartileAfter: Estimate
  /// The second minus the first, paired.
  package let gain: Estimate
  /// The mean online return over the lifetime.
  package var lifetime: Estimate
  package var warnings: [ResultWarning] = []
  package var statistics: [Metric: Statistics] = [:]

  package var name: String { learner.name }
  package var isControl: Bool { learner.card.role == .control }

  /// Summarizes runs of one learner on one family; nil if none finished.
  package init?(
    of finished: [StoredResults.FinishedRun], holes: [StoredResults.Hole], workers: Workers = Workers(1)
  ) {
    guard let first = finished.first?.record else { return nil }
    learner = first.learner
    self.finished = finished
    self.holes = holes
    let curves = finished.map(\.curve)
    let probes = first.evaluation.probes
    let probed = probes.indices.map { probe in ScoreMatrix(curves.map { $0.adapted[probe] }) }
    let lived = (0..<first.evaluation.episodesPerLifetime).map { episode in
      ScoreMatrix(curves.map { $0.online[episode] })
    }
    let (start, end) = (probed[0], probed[probed.count - 1])
    let gained = end.minus(start)
    let parts = 0..<(curves.map(\.withinFirstEpisode.count).min() ?? 0)
    let within = parts.map { part in ScoreMatrix(curves.map { $0.withinFirstEpisode[part] }) }
    // All of them of the same resamples.
    let matrices = within + probed + lived + [gained, Metric.online.scores(of: curves) ?? gained]
    let random = RandomStream(seed: 0).split("bootstrap").split(first.family.versionedName)
      .split(first.learner.name)
    let intervals = Bootstrap(random: random, workers: workers).intervals(
      [start.shape], count: matrices.count + 1
    ) { drawn in
      matrices.map { drawn[0].mean(of: $0) } + [drawn[0].of(end).interquartileMean]
    }
    let estimates = zip(matrices, intervals).map { Estimate(value: $0.mean, interval: $1) }
    withinFirstEpisode = Array(estimates.prefix(within.count))
    let means = Array(estimates.dropFirst(within.count))
    adapted = probes.indices.map { probe in
      CurvePoint(
        episode: probes[probe], experienceSteps: average(curves.map { $0.adaptedExperience[probe] }),
        estimate: means[probe])
    }
    online = lived.indices.map { episode in
      CurvePoint(
        episode: episode, experienceSteps: average(curves.map { $0.onlineExperience[episode] }),
        estimate: means[probes.count + episode])
    }
    before = means[0]
    after = means[probes.count - 1]
    gain = means[means.count - 2]
    lifetime = means[means.count - 1]
    interquartileAfter = Estimate(value: end.interquartileMean, interval: intervals[matrices.count])
  }

  /// The steps of an episode.
  package var horizon: Int? { finished.first?.record.family.horizon }
  package var plannedSeeds: Int { finished.count + holes.count }

  /// "5", or "3 of 5" where runs have no result.
  package var seedsInWords: String {
    holes.isEmpty ? "\(plannedSeeds)" : "\(finished.count) of \(plannedSeeds)"
  }

  package var mark: String { warnings.isEmpty ? "" : ResultWarning.mark }

  package var cost: MeanCost { MeanCost(finished.map(\.record)) }

  /// The last adapted return as a score, from 0, the random anchor, to 1, the oracle's.
  package func score(on card: FamilyCard) -> Estimate? {
    guard let scale = Metric.final.scale(on: card) else { return nil }
    return after.mapped { ($0 - scale.zero) / (scale.one - scale.zero) }
  }

  /// The untrained learner's results, from runs that evaluated it; nil if none did.
  package func untrained(workers: Workers) -> LearnerResult? {
    LearnerResult(
      of: finished.compactMap { run in
        run.untrained.map { StoredResults.FinishedRun(record: run.record.beforeTraining, curve: $0) }
      }, holes: [], workers: workers)
  }
}

extension NumberText {
  /// "-12.3 [-13.0, -11.5]".
  package static func estimate(_ estimate: Estimate) -> String {
    guard let interval = estimate.interval else { return short(estimate.value) }
    return "\(short(estimate.value)) [\(short(interval.lowerBound)), \(short(interval.upperBound))]"
  }
}

/// The statistics of one metric of all learners on one family.
package struct MetricStatistics: Sendable {
  package let metric: Metric
  /// The returns that stand for 0 and 1; nil if scores are not normalized.
  package let scale: (zero: Double, one: Double)?
  package let thresholds: [Double]
  /// One a learner that has a finished run.
  package let learners: [LearnerResult.Statistics]

  /// Computes the statistics; nil if the family does not report the metric.
  package init?(
    of metric: Metric, in results: FamilyResults, versus reference: String?, bootstrap: Bootstrap
  ) {
    self.metric = metric
    let scale = metric.scale(on: results.family.card)
    self.scale = scale
    var matrices: [ScoreMatrix] = []
    let groups = results.groups.filter { !$0.finished.isEmpty }
    for group in groups {
      guard let scores = metric.scores(of: group.finished.map(\.curve)) else { return nil }
      matrices.append(scale.map { scores.normalized(zero: $0.zero, one: $0.one) } ?? scores)
    }
    let thresholds = Self.thresholds(for: matrices, isNormalised: scale != nil || metric == .solved)
    self.thresholds = thresholds
    let other = groups.firstIndex { $0.learner.name == reference }
    learners = groups.indices.map { number in
      let name = groups[number].learner.name
      var own = bootstrap
      own.random = bootstrap.random.split(results.family.versionedName).split(metric.rawValue).split(name)
      let versus = other.flatMap { other in
        other == number
          ? nil
          : Self.versus(
            (groups[number], matrices[number]), (groups[other], matrices[other]), own)
      }
      return LearnerResult.Statistics(
        of: groups[number], matrices[number], isNormalised: scale != nil, thresholds, versus, own)
    }
  }

  /// Twenty-one of them: from 0 to 1, or over all scores that there are.
  private static func thresholds(for matrices: [ScoreMatrix], isNormalised: Bool) -> [Double] {
    let all = matrices.flatMap(\.scores)
    guard !isNormalised, let lowest = all.min(), let highest = all.max() else {
      return (0...20).map { Double($0) / 20 }
    }
    return (0...20).map { lowest + (highest - lowest) * Double($0) / 20 }
  }

  private static func versus(
    _ mine: (group: FamilyResults.Group, scores: ScoreMatrix),
    _ other: (group: FamilyResults.Group, scores: ScoreMatrix), _ bootstrap: Bootstrap
  ) -> LearnerResult.Statistics.Versus {
    var drawing = bootstrap
    drawing.random = bootstrap.random.split("improvement")
    let (a, b) = (mine.scores, other.scores)
    let sorted = SortedPair(a, over: b)
    let improvement = drawing.intervals([a.shape, b.shape], count: 1) { [sorted.probability($0[0], $0[1])] }
    let seeds = other.group.finished.map(\.record.seed)
    let pairs = mine.group.finished.enumerated().compactMap { number, run in
      seeds.firstIndex(of: run.record.seed).map { (number, $0) }
    }
    var result = LearnerResult.Statistics.Versus(
      probabilityOfImprovement: Estimate(
        value: probabilityOfImprovement(of: a, over: b), interval: improvement[0]), pairedSeeds: pairs.count)
    guard !pairs.isEmpty else { return result }
    let differences = a.seeds(pairs.map(\.0)).minus(b.seeds(pairs.map(\.1)))
    drawing.random = bootstrap.random.split("difference")
    let interval = drawing.intervals([differences.shape], count: 1) { [$0[0].mean(of: differences)] }
    result.difference = Estimate(value: differences.mean, interval: interval[0])
    return result
  }
}

extension ScoreMatrix {
  /// The scores of some seeds.
  ///
  /// - Precondition: there are such seeds.
  package func seeds(_ numbers: [Int]) -> ScoreMatrix {
    ScoreMatrix(numbers.map { seed in (0..<taskCount).map { self[seed, $0] } })
  }
}

extension LearnerResult {
  /// The statistics of one metric of one learner on one family, alone and against another learner.
  package struct Statistics: Sendable {
    package struct Versus: Sendable {
      /// The probability that a run of this learner beats a run of the other, ties counting half.
      package var probabilityOfImprovement: Estimate
      /// The mean of this learner's scores minus the other's, of the same seeds and tasks; nil without common seeds.
      var difference: Estimate?
      var pairedSeeds: Int
    }

    package let learner: StoredLearner
    package let runs: [RunRecord]
    /// The scores, normalized if the metric is.
    package let scores: ScoreMatrix
    package let mean: Estimate
    /// The median over tasks of the mean over seeds.
    package let median: Estimate
    package let interquartileMean: Estimate
    /// The 20th percentile over tasks of the mean over seeds.
    package let twentiethPercentile: Estimate
    /// The mean shortfall of scores below 1; nil if they are not normalized.
    package let optimalityGap: Estimate?
    /// The share of all scores above each threshold.
    package let profile: [(level: Double, share: Estimate)]
    /// This learner against the one that was named; nil if it is that one, or that one has no result.
    package let versus: Versus?
  }
}

extension LearnerResult.Statistics {
  fileprivate init(
    of group: FamilyResults.Group, _ scores: ScoreMatrix, isNormalised: Bool, _ thresholds: [Double],
    _ versus: Versus?, _ bootstrap: Bootstrap
  ) {
    learner = group.learner
    runs = group.finished.map(\.record)
    self.scores = scores
    self.versus = versus
    let sorted = SortedScores(scores, thresholds: thresholds, target: 1)
    let intervals = bootstrap.intervals([scores.shape], count: sorted.statisticCount) {
      sorted.statistics(of: $0[0])
    }
    let estimates = zip(sorted.statistics, intervals).map { Estimate(value: $0, interval: $1) }
    mean = estimates[0]
    median = estimates[1]
    interquartileMean = estimates[2]
    twentiethPercentile = estimates[3]
    optimalityGap = isNormalised ? estimates[4] : nil
    profile = zip(thresholds, estimates[5...]).map { ($0, $1) }
  }
}

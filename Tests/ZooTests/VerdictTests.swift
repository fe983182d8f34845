import MetaRL
import Tensors
import Testing
import Zoo

@Suite struct VerdictTests {
  private let rule = VerdictRule(words: "", reportedTasks: 40, printedUnit: 0.1)

  private func value(_ interval: ClosedRange<Double>, deviation: Double = 1) -> MeasuredValue {
    let middle = (interval.lowerBound + interval.upperBound) / 2
    return MeasuredValue(
      mean: middle, standardError: 0, interval: interval, deviation: deviation, seedMeans: [middle], taskCount: 40)
  }

  /// `scipy.stats.t` of SciPy 1.16.
  @Test(
    "The bounds of Student's distribution are those of SciPy",
    arguments: [
      (1.0, 12.706204736174694), (2, 4.302652729749462), (4.5, 2.6589123472044034), (39, 2.022690920036761),
      (999, 1.9623414611334493), (19999, 1.960082611089815),
    ])
  func boundsOfStudent(freedom: Double, bound: Double) {
    #expect(abs(StudentT(degreesOfFreedom: freedom).bound95 - bound) < 1e-9 * bound)
  }

  @Test(
    "Probabilities of Student's distribution are those of SciPy",
    arguments: [
      (0.78, 39.0, 0.44009919989535556), (4.31, 39, 0.00010722153902011498), (1.66, 39, 0.10493538583436872),
      (-2.56, 39, 0.01445557890583671), (12.7062047361747, 1, 0.05),
    ])
  func probabilitiesOfStudent(t: Double, freedom: Double, probability: Double) {
    #expect(abs(StudentT(degreesOfFreedom: freedom).twoSided(t) - probability) < 1e-9)
  }

  @Test func thePairedStatisticIsThatOfSciPy() throws {
    let first = [-42.1, -38.7, -51.3, -29.9, -47.2, -33.0]
    let second = [-44.0, -41.5, -50.1, -35.2, -49.9, -36.4]
    let t = MeasuredValue(pairedTOf: [first], against: [second])
    #expect(abs(t.mean - 2.846810393264787) < 1e-12)
    #expect(abs(StudentT(degreesOfFreedom: 5).twoSided(t.mean) - 0.03595796159595858) < 1e-10)
    #expect(MeasuredValue(pairedTOf: [second], against: [first]).mean == -t.mean)
    #expect(MeasuredValue(pairedTOf: [first], against: [first]).mean == 0)
  }

  @Test("The errors of tasks and seeds add with the degrees of freedom of Welch")
  func errorsOfTasksAndSeeds() throws {
    let value = MeasuredValue(meanOf: [[1, 4, 2, 8], [3, 5, 1, 9]])
    #expect(value.mean == 4.125)
    #expect(value.seedMeans == [3.75, 4.5])
    #expect(abs(value.standardError - 1.6425336120355853) < 1e-12)
    #expect(abs(value.deviation - 3.2596012026013246) < 1e-12)
    let interval = try #require(value.interval)
    #expect(abs(interval.upperBound - (4.125 + 4.961696510198101)) < 1e-9)
    let single = try #require(MeasuredValue(meanOf: [[1, 4, 2, 8]]).interval)
    #expect(abs(single.lowerBound + 1.1759430482302937) < 1e-9)
    #expect(abs(single.upperBound - 8.675943048230295) < 1e-9)
    #expect(MeasuredValue(meanOf: [[3]]).interval == nil)
    // Tasks that are all there are leave no doubt: the interval is Student's over seeds, t = 12.706 with one degree.
    let whole = MeasuredValue(meanOf: [[1, 4, 2, 8], [3, 5, 1, 9]], tasksAreAll: true)
    #expect(whole.mean == value.mean)
    let half = 12.706204736 * abs(3.75 - 4.5) / 2
    let ends = try #require(whole.interval)
    #expect(abs(ends.upperBound - whole.mean - half) < 1e-6 && abs(whole.mean - ends.lowerBound - half) < 1e-6)
    #expect(MeasuredValue(meanOf: [[1, 4]], tasksAreAll: true).interval == nil)
  }

  @Test("One task that goes far wrong moves the mean and leaves the median") func outliersAndTheMedian() {
    let value = MeasuredValue(meanOf: [[1, 4, 2, 8], [3, 5, 1, 9]])
    #expect(value.median == 3.5, "the middle of 1 1 2 3 4 5 8 9")
    let wrong = MeasuredValue(meanOf: [[1, 4, 2, -265], [3, 5, 1, -140]])
    #expect(wrong.median == 1.5 && wrong.mean < -48)
    #expect(MeasuredValue(meanOf: [[3, 1, 2]]).median == 2)
    #expect(value.scaled(by: -2).median == -7)
    #expect(MeasuredValue(pairedTOf: [[1, 2]], against: [[3, 1]]).median == nil)
  }

  @Test func aPointInCommonIsEnoughAndOneLessIsNot() {
    // 6.6 was printed: whatever is from 6.55 to 6.65 would have been.
    let half = VerdictRule(words: "", reportedTasks: nil, printedUnit: 0.1)
      .halfWidth(of: 6.6, unit: 0.1, spread: nil, ours: value(6...7))
    #expect(abs(half - 0.05) < 1e-15)
    #expect(rule.side(of: value(6.65...6.8), beside: 6.6, halfWidth: half) == .within)
    #expect(rule.side(of: value(6.6501...6.8), beside: 6.6, halfWidth: half) == .above)
    #expect(rule.side(of: value(6.3...6.55), beside: 6.6, halfWidth: half) == .within)
    #expect(rule.side(of: value(6.3...6.5499), beside: 6.6, halfWidth: half) == .below)
  }

  @Test func anIntervalThatSaysTooLittleIsUndecided() {
    #expect(rule.side(of: value(3...5), beside: 4, halfWidth: 0.05) == .within)
    #expect(rule.side(of: value(2.9...5), beside: 4, halfWidth: 0.05) == .undecided)
    #expect(rule.side(of: value(2...5), beside: 4, halfWidth: 0.05, isT: true) == .within)
  }

  @Test("The spread of a paper becomes half of a 95 percent interval") func spreadOfAPaper() {
    let ours = value(-50 ... -40, deviation: 12)
    func half(_ spread: ReportedSpread?, isT: Bool = false, of number: Double = -40.41) -> Double {
      rule.halfWidth(of: number, unit: 0.01, spread: spread, ours: ours, isT: isT) - 0.005
    }
    #expect(abs(half(ReportedSpread(3.2, .confidence95)) - 3.2) < 1e-12)
    #expect(abs(half(ReportedSpread(2, .standardError)) - 2 * 2.022690920036761) < 1e-9)
    let ofDeviation = half(ReportedSpread(12.92, .standardDeviationOverTasks))
    #expect(abs(ofDeviation - 2.022690920036761 * 12.92 / 40.0.squareRoot()) < 1e-9)
    #expect(abs(half(nil) - 2.022690920036761 * 12 / 40.0.squareRoot()) < 1e-9, "the deviation of ours")
    let ofT = half(nil, isT: true, of: 4.31)
    #expect(abs(ofT - 2.022690920036761 * (1 + 4.31 * 4.31 / 78).squareRoot()) < 1e-9)
  }

  @Test func anotherUnitTurnsAnIntervalRound() throws {
    let scaled = value(-10 ... -4).scaled(by: -0.5)
    #expect(scaled.mean == 3.5)
    #expect(scaled.interval == 2...5)
    #expect(scaled.deviation == 0.5)
  }
}

@Suite struct TaskReturnsTests {
  private let random = RandomStream(seed: 3).split("evaluation")

  private func evaluated(
    _ name: String, _ familyName: String, _ evaluation: EvaluationProtocol, threads: Int
  ) throws -> (curve: AdaptationCurve, returns: TaskReturns) {
    let catalog = Catalog.standard
    let (entry, family) = (try catalog.learner(named: name), try catalog.family(named: familyName))
    func open<L: MetaLearner, F: TaskFamily>(
      _ type: L.Type, _ family: F
    ) throws -> (curve: AdaptationCurve, returns: TaskReturns) {
      let settings = try entry.settings().configuration(as: L.Configuration.self)
      let spec = family.learnerSpec(episodesPerLifetime: evaluation.episodesPerLifetime)
      let learner = try L(settings, for: spec, using: RandomStream(seed: 1))
      let request = ReturnsRequest(evaluation, onlineEpisodes: [0, 2])
      return (
        try evaluate(learner, on: family, evaluation, random: random),
        try taskReturns(of: learner, on: family, request, random: random, workers: Workers(threads))
      )
    }
    return try open(entry.type, family)
  }

  @Test(
    "Returns by task are those of the whole curve to the last bit",
    arguments: [("thompson", "bernoulli-bandit-5x10"), ("maml", "point-navigation"), ("rl2", "grid-world")])
  func returnsByTask(learner: String, family: String) throws {
    let evaluation = EvaluationProtocol(taskCount: 23, episodesPerLifetime: 4, probes: [0, 3], episodesPerProbe: 3)
    let (curve, returns) = try evaluated(learner, family, evaluation, threads: 1)
    #expect(returns.lifetime == curve.online.map { $0.reduce(0) { $0 + $1.totalReward } })
    #expect(returns.online.keys.sorted() == [0, 2])
    #expect(returns.online[2] == curve.online.map { $0[2].totalReward })
    #expect(returns.adapted.keys.sorted() == [0, 3])
    #expect(returns.adapted[3] == curve.adapted.map { $0[1].reduce(0) { $0 + $1.totalReward } / 3 })
    #expect(returns.environmentSteps == curve.environmentSteps)
    #expect(returns == (try evaluated(learner, family, evaluation, threads: 2)).returns, "one thread and two")
  }

  @Test func withoutProbesNothingButTheLifetimeIsPlayed() throws {
    let evaluation = EvaluationProtocol(taskCount: 130, episodesPerLifetime: 6, probes: [])
    let (curve, returns) = try evaluated("thompson", "bernoulli-bandit-5x10", evaluation, threads: 2)
    #expect(returns.environmentSteps == 130 * 6)
    #expect(returns.adapted.isEmpty)
    #expect(returns.lifetime == curve.online.map { $0.reduce(0) { $0 + $1.totalReward } })
  }
}

import MetaRL
import Tensors

/// Looks for what would make a badly set learner look like a bad learner, in the results on one family.
struct WarningFinder {
  let section: ComparisonResult.Section
  /// The threads that may be used; no warning depends on them.
  let workers: Workers

  /// The iterations below which training had hardly begun.
  static let fewestIterations = 20.0
  /// The divergence from the prior, in nats, below which a posterior says nothing of the task.
  static let leastDivergence = 0.1
  /// The share of the objective above which a penalty rules it.
  static let largestPenaltyShare = 0.5
  /// The learners from which on their spread can be held against that of seeds.
  static let fewestLearnersForSpread = 3
  /// The name of the learner that acts at random: where it is compared, it has met the same tasks as the others, and the
  /// anchor has not.
  static let randomLearner = "random"

  /// The warnings about one learner.
  ///
  /// - Throws: `UsageError` for a log of training that cannot be read.
  func warnings(about result: LearnerResult) throws -> [ResultWarning] {
    let learners = section.learners.filter { !$0.isControl }
    return try [
      few(result), log(result), untrained(result), random(result), weakOracle(result, learners),
      aboveBayesOptimal(result), seeds(result, learners),
    ].joined().map { ResultWarning(kind: $0.0, learner: result.name, text: $0.1) }
  }

  private typealias Found = [(ResultWarning.Kind, String)]

  private func few(_ result: LearnerResult) -> Found {
    let (steps, iterations) = (result.cost.trainingSteps, result.cost.iterations)
    guard steps > 0, iterations < Self.fewestIterations else { return [] }
    let budget = Double(result.finished.first?.record.steps ?? 0)
    let number = iterations == iterations.rounded() ? NumberText.plain(iterations) : NumberText.short(iterations)
    var text =
      "\(number) \(iterations == 1 ? "iteration" : "iterations") of training, with a batch of "
      + "\(NumberText.count(steps / iterations)) environment steps each; fewer than "
      + "\(NumberText.plain(Self.fewestIterations)) say little of a learner. "
    if abs(steps - budget) > budget * RunCost.tolerance {
      text += "It took \(NumberText.count(steps)) steps where \(NumberText.count(budget)) were asked for. "
    }
    return [
      (.fewIterations, text + "Set smaller batches (fewer tasks, or episodes, an iteration), or give it more steps")
    ]
  }

  private func log(_ result: LearnerResult) throws -> Found {
    guard result.cost.trainingSteps > 0 else { return [] }
    let files = result.finished.map { $0.record.directory + "/" + RunFile.training }
    let logs = try workers.map(files.indices) { try TrainingLog(at: files[$0], atMost: TrainingLog.mostRows) }
    func mean(_ metric: String) -> Double? {
      let means = logs.compactMap { $0.lateMean(of: metric) }
      return means.isEmpty ? nil : average(means)
    }
    var found: Found = []
    if let divergence = mean(TrainingMetric.posteriorDivergence), divergence < Self.leastDivergence {
      found.append(
        (
          .collapsedPosterior,
          "its posterior has collapsed: \(NumberText.short(divergence)) nats from the prior in the last fifth of "
            + "training, so that agents learn nothing of their task. Weigh the divergence penalty less"
        ))
    }
    if let share = mean(TrainingMetric.penaltyShare), share > Self.largestPenaltyShare {
      found.append(
        (
          .dominantPenalty,
          "the divergence penalty makes up \(NumberText.fixed(share * 100, decimals: 0)) % of the size of its objective "
            + "in the last fifth of training: it is trained for the penalty more than for returns. Weigh it less"
        ))
    }
    return found
  }

  private func untrained(_ result: LearnerResult) -> Found {
    let pairs = result.finished.compactMap { run in run.untrained.map { (run.curve, $0) } }
    guard !pairs.isEmpty, let trained = Metric.online.scores(of: pairs.map(\.0)),
      let before = Metric.online.scores(of: pairs.map(\.1))
    else { return [] }
    let random = RandomStream(seed: 0).split("untrained").split(section.family.versionedName)
      .split(result.name)
    let difference = trained.minus(before)
    let interval = Bootstrap(random: random, workers: workers).intervals([difference.shape], count: 1) {
      [$0[0].mean(of: difference)]
    }[0]
    guard let interval, interval.upperBound < 0 else { return [] }
    let estimate = NumberText.estimate(Estimate(value: difference.mean, interval: interval))
    return [
      (
        .worseThanUntrained,
        "training is harmful: its lifetime return minus the untrained learner's is \(estimate). Its settings "
          + "do not fit this family or this budget"
      )
    ]
  }

  private func random(_ result: LearnerResult) -> Found {
    let name = Self.randomLearner
    guard result.name != name else { return [] }
    if let random = section.learners.first(where: { $0.name == name }) {
      guard result.lifetime.isClearlyBelow(random.lifetime) else { return [] }
      return [
        (
          .worseThanRandom,
          "worse than acting at random: its lifetime return is \(NumberText.estimate(result.lifetime)), and that of "
            + "\(name) is \(NumberText.estimate(random.lifetime)). Its settings do not fit this family or this budget"
        )
      ]
    }
    guard let score = result.score(on: section.card), let interval = score.interval, interval.upperBound < 0 else {
      return []
    }
    return [
      (
        .worseThanRandom,
        "worse than acting at random: its score is \(NumberText.estimate(score)), and the random anchor's is 0. Its "
          + "settings do not fit this family or this budget"
      )
    ]
  }

  private func weakOracle(_ result: LearnerResult, _ learners: [LearnerResult]) -> Found {
    guard result.isControl, result.learner.seesDescriptor, result.cost.trainingSteps > 0 else {
      return []
    }
    let ahead = learners.filter { result.after.isClearlyBelow($0.after) }.map(\.name)
    guard !ahead.isEmpty else { return [] }
    return [
      (
        .weakOracle,
        "it sees the task, and learners that do not are above it: \(ahead.joined(separator: ", ")). Its settings do not fit "
          + "this family or this budget, and what it earns is no upper bound"
      )
    ]
  }

  /// No agent that does not know its task earns more than the Bayes-optimal one on average.
  private func aboveBayesOptimal(_ result: LearnerResult) -> Found {
    guard let optimum = section.bayesOptimal?.mean, !result.learner.seesDescriptor,
      let interval = result.lifetime.interval, interval.lowerBound > optimum
    else { return [] }
    // Seeds share their tasks, so that the interval does not say how much better than most these tasks may be.
    let tasks = Metric.online.scores(of: result.finished.map(\.curve))?.taskMeans ?? []
    guard tasks.count > 1 else { return [] }
    let mean = average(tasks)
    let variance = tasks.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, tasks.count - 1))
    let bound = StudentT(degreesOfFreedom: Double(tasks.count - 1)).bound95
    guard mean - bound * (variance / Double(tasks.count)).squareRoot() > optimum else { return [] }
    return [
      (
        .aboveBayesOptimal,
        "its lifetime return, \(NumberText.estimate(result.lifetime)), is above the Bayes-optimal value "
          + "\(NumberText.short(optimum)) by more than its interval, and no agent that does not know its task earns "
          + "more than that value on average. Check the evaluation"
      )
    ]
  }

  private func seeds(_ result: LearnerResult, _ learners: [LearnerResult]) -> Found {
    let own = result.seedMeans
    guard !result.isControl, own.count >= ScoreMatrix.fewestSeedsForInterval,
      learners.count >= Self.fewestLearnersForSpread
    else { return [] }
    func spread(_ values: [Double]) -> Double { (values.max() ?? 0) - (values.min() ?? 0) }
    let (within, between) = (spread(own), spread(learners.map(\.after.value)))
    guard within > between else { return [] }
    return [
      (
        .seedsDisagree,
        "its seeds differ by \(NumberText.short(within)) in the last adapted return, and the means of all learners by "
          + "\(NumberText.short(between)): its place among them is chance. Use more seeds, or find out why some fail"
      )
    ]
  }
}

extension Estimate {
  /// Whether both have intervals, and this one's is wholly below the other's.
  fileprivate func isClearlyBelow(_ other: Estimate) -> Bool {
    guard let mine = interval, let its = other.interval else { return false }
    return mine.upperBound < its.lowerBound
  }
}

extension LearnerResult {
  /// The last adapted return seed by seed, the mean over tasks.
  fileprivate var seedMeans: [Double] { finished.map { average(($0.curve.adapted.last ?? [])) } }
}

/// What a reader has to know of one learner on one family before believing its row: that it is badly set, or that a
/// number says less than it seems to.
package struct ResultWarning: Sendable, Hashable {
  /// The stable name of the warning.
  package enum Kind: String, Sendable, CaseIterable {
    /// Training had hardly begun when its budget was spent.
    case fewIterations = "few-iterations"
    /// Agents know no more of their task after experience than before.
    case collapsedPosterior = "collapsed-posterior"
    /// Training is for the penalty more than for returns.
    case dominantPenalty = "dominant-penalty"
    case worseThanUntrained = "worse-than-untrained"
    case worseThanRandom = "worse-than-random"
    /// A control that sees the task is below a learner that does not.
    case weakOracle = "weak-oracle"
    /// An agent earns more than any can that does not know its task.
    case aboveBayesOptimal = "above-bayes-optimal"
    /// Seeds of one learner differ more than learners do.
    case seedsDisagree = "seeds-disagree"
  }

  package var kind: Kind
  package var learner: String
  /// The problem and its remedy, continuing a sentence that begins with the learner's name.
  package var text: String

  /// "maml: 8 iterations of training, …".
  package var sentence: String { "\(learner): \(text)" }

  /// The mark after the name of a learner that a warning concerns.
  package static let mark = " ⚠"

  package var json: JSONValue { ["kind": .string(kind.rawValue), "text": .string(sentence)] }
}

import MetaRL

/// All that a report shows, computed: from it follow the page, the tables, the figures and the numbers for programs.
struct ReportContents: Sendable {
  /// A learner, whatever it is compared on.
  struct Learner: Sendable {
    var name: String
    var role: LearnerCard.Role
    var summary: String
    /// The state that adapts in an agent's lifetime, and the method.
    var adaptsBy: String
    /// Authors, year and number of its paper, if there is one.
    var paper: String?
    /// Its settings, by the families that they hold on if not on all.
    var settings: [(families: [String], settings: [StoredSetting])]
  }

  /// A run, whether it has a result or not.
  struct Run: Sendable {
    var learner: String
    var family: String
    var seed: Int
    var state: RunState
    /// The cost, if the run has started.
    var cost: RunCost?
  }

  struct Overall: Sendable {
    var learner: String
    /// On how many families it has finished runs.
    var families: Int
    /// Names and values of the statistics of its scores.
    var statistics: [(name: String, estimate: Estimate)]
    /// The share of scores above a level.
    var profile: [(level: Double, share: Estimate)]
  }

  /// The directories, as typed.
  var directories: [String]
  /// The learners, in the order of the tables: controls come last.
  var learners: [Learner]
  var families: [FamilyContents]
  /// The results over all families, if any has scores.
  var overall: [Overall]
  /// The runs; those without a result come last.
  var runs: [Run]
  /// The runs without a result, those with the same cause together.
  var missing: [String]
  /// The intended omissions, one line each.
  var omissions: [String]
  var warnings: [String]
  /// Names and values that tell the machines, one list a machine.
  var machines: [[(name: String, value: String)]]
  var seeds: [UInt64]
  /// The versions of the zoo that made the results.
  var versions: [String]
  /// The sources of the programs; one without a commit is unknown.
  var origins: [SourceRecord]
  /// The commits of other packages that programs were built from.
  var ownCommits: [String]
  /// The commits that the directories had checked out in which programs were started.
  var workingDirectoryCommits: [String]
  /// The text of the file that asked for the comparison, if there was one.
  var suiteFile: String?
  var resamples: Int

  var styles: [String: CurveStyle] {
    let styles = CurveStyle.styles(areControls: learners.map { $0.role == .control })
    return Dictionary(zip(learners.map(\.name), styles)) { first, _ in first }
  }
}

struct FamilyContents: Sendable {
  let section: ComparisonResult.Section
  /// Those with finished runs, in the order of the tables.
  var learners: [LearnerResult]
  /// The learner, not a control, that earns most over its lifetime.
  var fastest: LearnerResult?
  var hasScores: Bool

  var name: String { section.card.versionedName }
  var card: FamilyCard { section.card }
  var evaluation: EvaluationProtocol { section.evaluation }

  /// The environment steps of meta-training after which a run was to end, if that is known.
  var steps: Int? { section.learners.first?.finished.first?.record.steps }

  /// The tasks of evaluation, unless the user says otherwise or there are fewer.
  var usualTasks: Int { Suite.usualTasks(horizon: section.family.horizon) }
}

extension LearnerResult {
  /// The statistics of the final score; nil if the family's anchors define none.
  private var scored: Statistics? { statistics[.final].flatMap { $0.optimalityGap == nil ? nil : $0 } }

  /// The last adapted return as a score, from 0, the random anchor, to 1, the oracle's.
  var score: Estimate? { scored?.mean }
  /// The same, as the interquartile mean.
  var interquartileScore: Estimate? { scored?.interquartileMean }
  /// The score that a fifth of the tasks stay below.
  var lowScore: Estimate? { scored?.twentiethPercentile }
  /// The share of episodes of the last probe that succeeded, if the family knows success.
  var solved: Estimate? { statistics[.solved]?.mean }
  /// The probability that a run of it earns more over a lifetime than one of the fastest learner, in the same task.
  var improvement: Estimate? { statistics[.online]?.versus?.probabilityOfImprovement }
  /// The share of scores above a level; of returns, if there are no scores.
  var profile: [(level: Double, share: Estimate)] { statistics[.final]?.profile ?? [] }

  /// The adapted returns of newborn agents, `[task]`, means over seeds.
  var tasksBefore: [Double] { Self.taskMeans(finished.compactMap(\.curve.adapted.first)) }
  /// The adapted returns in the end, `[task]`, means over seeds.
  var tasksAfter: [Double] { Self.taskMeans(finished.compactMap(\.curve.adapted.last)) }

  /// The mean over seeds of `[seed][task]`.
  private static func taskMeans(_ returns: [[Double]]) -> [Double] {
    (returns.first ?? []).indices.map { task in average(returns.map { $0[task] }) }
  }

  /// The reward channel that it was trained on, if it has a setting that says so: `reported`, or the name of a channel.
  var trainingReward: String? {
    guard let run = finished.first?.record else { return nil }
    let reported = run.family.reportedReward
    return run.settings.first { $0.key == "trainingReward" }?.value.stringValue.map {
      $0 == "reported" || $0 == reported ? "\(reported) (reported)" : $0
    }
  }
}

import MetaRL

/// All that a report shows, computed: from it follow the page, the tables, the figures and the numbers for programs.
struct ReportContents: Sendable {
  /// A learner, whatever it is compared on.
  struct Learner: Sendable {
    var name: String
    /// The role in the comparison.
    var role: LearnerCard.Role
    /// One sentence.
    var summary: String
    /// The state that adapts in an agent's lifetime, and the method.
    var adaptsBy: String
    /// Authors, year and number of its paper, if there is one.
    var paper: String?
    /// Its settings, by the families that they hold on if not on all.
    var settings: [(families: [String], settings: [Setting])]
  }

  /// A setting of a learner.
  struct Setting: Sendable, Hashable {
    /// The name.
    var key: String
    var value: JSONValue
    /// The origin of the value.
    var origin: String
    /// More about that, if it is known.
    var source: String?
  }

  /// A run, whether it has a result or not.
  struct Run: Sendable {
    var learner: String
    var family: String
    var seed: Int
    /// The outcome.
    var status: RunStatus
    /// The cost, if the run has started.
    var cost: RunCost?
  }

  /// One learner's result over all families.
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
  /// The results on each family.
  var families: [FamilyContents]
  /// The results over all families, if any has scores.
  var overall: [Overall]
  /// The runs; those without a result come last.
  var runs: [Run]
  /// The runs without a result, those with the same cause together.
  var missing: [String]
  /// The intended omissions, one line each.
  var omissions: [String]
  /// Notes and warnings.
  var warnings: [String]
  /// Names and values that tell the machines, one list a machine.
  var machines: [[(name: String, value: String)]]
  var seeds: [UInt64]
  /// The versions of the zoo that made the results.
  var versions: [String]
  /// What the programs were built from; one without a commit stands for what is not known.
  var origins: [SourceRecord]
  /// The commits of other packages that programs were built from.
  var ownCommits: [String]
  /// The commits that the directories had checked out in which programs were started.
  var workingDirectoryCommits: [String]
  /// The text of the file that asked for the comparison, if there was one.
  var suiteFile: String?
  /// The number of resamples of an interval.
  var resamples: Int

  /// The styles of the learners, in order.
  var styles: [String: CurveStyle] {
    let styles = CurveStyle.styles(areControls: learners.map { $0.role == .control })
    return Dictionary(zip(learners.map(\.name), styles)) { first, _ in first }
  }
}

/// The learners' results on one family.
struct FamilyContents: Sendable {
  /// The name with the version.
  var name: String
  /// One sentence.
  var summary: String
  /// The random anchor and its computation.
  var random: (value: Double, computation: String)
  /// The oracle anchor and its computation.
  var oracle: (value: Double, computation: String)
  var evaluation: EvaluationProtocol
  /// The episodes of a lifetime, unless the user says otherwise.
  var usualEpisodes: Int
  /// The tasks of evaluation, unless the user says otherwise or there are fewer.
  var usualTasks: Int
  /// The environment steps of meta-training after which a run was to end, if that is known.
  var steps: Int?
  /// Whether the anchors define scores.
  var hasScores: Bool
  /// Those with finished runs, in the order of the tables.
  var learners: [LearnerContents]
  /// Those without, with the number of runs planned.
  var unfinished: [(name: String, planned: Int)]
  /// The learner, not a control, that earns most over its lifetime.
  var fastest: LearnerContents?
}

/// One learner's result on one family.
struct LearnerContents: Sendable {
  var name: String
  /// The role in the comparison.
  var role: LearnerCard.Role
  /// The runs that finished.
  var finished: Int
  /// The runs that were planned.
  var planned: Int
  /// The adapted returns, by experience.
  var adapted: [CurvePoint]
  /// The online returns, by experience.
  var online: [CurvePoint]
  /// The returns of newborn agents, one a task, means over seeds.
  var tasksBefore: [Double]
  /// The adapted returns in the end, one a task, means over seeds.
  var tasksAfter: [Double]
  /// The adapted return of newborn agents.
  var before: Estimate
  /// The adapted return in the end.
  var after: Estimate
  /// The same, as the interquartile mean.
  var interquartileAfter: Estimate
  /// The second minus the first, paired.
  var gain: Estimate
  /// The last adapted return as a score, from 0, the random anchor, to 1, the oracle's.
  var score: Estimate?
  /// The mean online return over the lifetime: the area under the online curve.
  var lifetime: Estimate
  /// The same, as the interquartile mean.
  var interquartileScore: Estimate?
  /// The score that a fifth of the tasks stay below.
  var lowScore: Estimate?
  /// The share of episodes of the last probe that succeeded, if the family knows success.
  var solved: Estimate?
  /// The probability that a run of it earns more over a lifetime than one of the fastest learner, in the same task.
  var improvement: Estimate?
  /// The share of scores above a level; of returns, if there are no scores.
  var profile: [(level: Double, share: Estimate)]
  /// The untrained learner's result, if it was evaluated.
  var untrained: UntrainedContents?
  /// Warnings about these numbers.
  var warnings: [ResultWarning]
  /// The reward channel that it was trained on, if it says so.
  var trainingReward: String?
  /// The cost of a run, on average.
  var cost: CostContents
  /// The directories of the finished runs.
  var directories: [String]
}

/// The untrained learner's result on one family; it is neither ranked nor drawn.
struct UntrainedContents: Sendable {
  /// "maml, untrained".
  var name: String
  /// The runs that were evaluated before their training.
  var seeds: Int
  /// The mean online return over the lifetime.
  var lifetime: Estimate
  /// The adapted return of newborn agents.
  var before: Estimate
  /// The adapted return in the end.
  var after: Estimate
  /// The second minus the first, paired.
  var gain: Estimate
  /// The last adapted return as a score, from 0, the random anchor, to 1, the oracle's.
  var score: Estimate?
}

/// The cost of a run, on average over finished runs.
struct CostContents: Sendable {
  /// The environment steps of meta-training.
  var trainingSteps: Double
  /// The environment steps of evaluation.
  var evaluationSteps: Double
  /// The environment steps of the evaluation of the untrained learner.
  var untrainedSteps: Double
  /// The iterations of meta-training.
  var iterations: Double
  /// The updates of the learner, as many as iterations where it logs none.
  var updates: Double
  /// Seconds on the clock.
  var wallSeconds: Double
  /// Seconds of work on processors.
  var processorSeconds: Double
  /// The most memory in use, in bytes, of the run that used most.
  var peakMemory: Double
}

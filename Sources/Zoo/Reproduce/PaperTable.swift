/// A table or figure of a paper as data: what was published, and the experiments that are to give it again.
struct PaperTable: Sendable {
  var path: String
  /// The name, "duan2016-rl2/table1".
  var name: String
  var citation: Citation
  var caption: String
  var rule: VerdictRule
  /// The budgets, unless an experiment overrides them.
  var budgets: [BudgetName: PaperBudget]
  var experiments: [PaperExperiment]
  var cells: [PaperCell]

  struct Citation: Sendable {
    var title: String
    var authors: String
    var venue: String
    var year: Int
    /// Its number, as in arXiv:1611.02779, or its address.
    var identifier: String

    var text: String { "\(authors) (\(year)): \(title). \(venue), \(identifier)" }
  }

  /// The paper's folder, "duan2016-rl2".
  var paper: String { name.split(separator: "/").first.map(String.init) ?? name }

  var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

  var resultsPath: String { path.dropLast(5) + ".results.json" }

  func experiment(_ id: String) -> PaperExperiment? { experiments.first { $0.id == id } }
}

enum BudgetName: String, CaseIterable, Sendable, Comparable {
  /// Enough to see that everything works; no evidence of anything.
  case smoke
  /// Hours on a laptop.
  case laptop
  /// At least what the paper did; the only one that can reproduce it.
  case paper

  static func < (first: Self, second: Self) -> Bool {
    (allCases.firstIndex(of: first) ?? 0) < (allCases.firstIndex(of: second) ?? 0)
  }
}

struct PaperBudget: Sendable {
  /// The environment steps of meta-training after which a run ends; 0 where nothing is trained.
  var trainingSteps: Int
  /// The number of tasks of evaluation, from the first.
  var testTasks: Int
  /// The episodes that a frozen copy plays where it is probed.
  var episodesPerProbe: Int
  /// The seeds; each is a whole run.
  var seeds: [UInt64]
  /// Settings that go with how much is done, laid over those of the experiment.
  var settings: [SettingOverride] = []
}

/// One learner with its settings on one family; several cells can be read from it.
struct PaperExperiment: Sendable {
  var id: String
  var learner: String
  var family: String
  /// Overrides of the learner's settings, each with its source.
  var settings: [SettingOverride]
  var episodesPerLifetime: Int
  var budgets: [BudgetName: PaperBudget]
}

struct PaperCell: Sendable {
  var row: String
  var column: String
  /// The experiment that reproduces it; nil if there is none.
  var experiment: String?
  var measure: PaperMeasure?
  /// The number, as published; nil for our own row.
  var reported: Double?
  /// The unit of the last digit that was printed.
  var printedUnit: Double
  var spread: ReportedSpread?
  /// Our number times this is what the paper has.
  var factor: Double
  var factorSource: String?
  var source: String
  /// The confidence that this number was published.
  var confidence: String
  /// In what our experiment is not the paper's.
  var deviation: String?
  var note: String?
  /// The reason that the two numbers are not comparable, if any.
  var notComparable: String?
  /// Whether `zoo reproduce check` fails if the number is not held.
  var mustHold: Bool
  /// The lower bound of our number, if one was promised.
  var atLeast: Double?

  /// "n=10,k=5 · TS".
  var title: String { "\(row) · \(column)" }
}

struct PaperMeasure: Sendable, Hashable {
  enum Kind: String, CaseIterable, Sendable {
    /// The sum of the online returns of the whole lifetime.
    case lifetimeReturn
    /// The return of one episode of the lifetime.
    case onlineReturn
    /// The mean return of the episodes of a frozen copy after some experience.
    case adaptedReturn
  }

  var kind: Kind
  /// The number of the episode, the first being 0, or of the episodes of experience; 0 for the whole lifetime.
  var episode: Int
  /// The experiment whose returns are subtracted task by task for a paired t-test; nil for a plain mean.
  var against: String?

  func returns(in returns: TaskReturns) -> [Double]? {
    switch kind {
    case .lifetimeReturn: returns.lifetime
    case .onlineReturn: returns.online[episode]
    case .adaptedReturn: returns.adapted[episode]
    }
  }

  var json: JSONValue {
    (["measure": .string(kind.rawValue)] as JSONValue)
      .appending("episode", kind == .lifetimeReturn ? nil : .integer(episode))
      .appending("against", against.map { .string($0) })
  }

  var inWords: String {
    let what =
      switch kind {
      case .lifetimeReturn: "return of the lifetime"
      case .onlineReturn: "online return of episode \(episode)"
      case .adaptedReturn: "adapted return after \(episode) episodes"
      }
    return against.map { "paired t of the \(what) against \($0)" } ?? what
  }
}

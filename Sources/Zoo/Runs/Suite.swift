import MetaRL

/// The content of a comparison: every learner on every family with every seed.
public struct Suite: Sendable {
  /// The names of the learners, in the order of the table.
  public var learners: [String]
  /// The names of the families.
  public var families: [String]
  /// The seeds; each is a whole run from the first parameter to the last probe.
  public var seeds: [UInt64]
  /// The environment steps of meta-training after which a run ends.
  public var steps: Int
  /// The split of the evaluation tasks: settings are tuned on training tasks, never on test tasks.
  public var split: TaskID.Split
  /// The number of tasks of evaluation, or nil for what is usual; families that have fewer are evaluated on all they
  /// have.
  public var tasks: Int?
  /// The episodes of a lifetime, or nil for what each family's card says.
  public var episodesPerLifetime: Int?
  /// The episodes that a frozen copy plays at each probe.
  public var episodesPerProbe: Int
  /// Settings laid over the learners' own, in order.
  public var overrides: [SettingOverride]

  /// Describes a comparison.
  public init(
    learners: [String] = [], families: [String] = [], seeds: [UInt64] = [0, 1, 2], steps: Int = 1_000_000,
    split: TaskID.Split = .test, tasks: Int? = nil, episodesPerLifetime: Int? = nil, episodesPerProbe: Int = 1,
    overrides: [SettingOverride] = []
  ) {
    (self.learners, self.families, self.seeds, self.steps, self.split) = (learners, families, seeds, steps, split)
    (self.tasks, self.episodesPerLifetime, self.episodesPerProbe, self.overrides) = (
      tasks, episodesPerLifetime, episodesPerProbe, overrides
    )
  }

  /// The number of tasks of evaluation where nothing is said.
  static let usualTasks = 20
  /// The same where an episode is a single step: such returns vary so strongly by chance that the interval of a
  /// score over fewer tasks is wider than 0.05.
  static let usualTasksOfOneStep = 1000

  /// The number of tasks of evaluation where nothing is said, on a family whose episodes are so long.
  static func usualTasks(horizon: Int) -> Int { horizon == 1 ? usualTasksOfOneStep : usualTasks }

  /// The number of tasks of evaluation for people, before families are known.
  var tasksInWords: String {
    tasks.map { "\($0)" } ?? "\(Self.usualTasks), \(Self.usualTasksOfOneStep) where an episode is one step"
  }

  func evaluation(on family: any TaskFamily) -> EvaluationProtocol {
    let episodes = episodesPerLifetime ?? family.card.episodesPerLifetime
    // Tasks that were seen in training are not called held-out.
    let split = split == .test && family.testsOnTrainingTasks ? .train : split
    let tasks = tasks ?? Self.usualTasks(horizon: family.spec.horizon)
    // Numbered episodes have no next one: the last is played after all others.
    let experience = family.card.episodesAreNumbered ? max(0, episodes - 1) : episodes
    return EvaluationProtocol(
      split: split, taskCount: min(tasks, family.taskCount(in: split) ?? tasks), episodesPerLifetime: episodes,
      probes: Self.probes(in: experience),
      episodesPerProbe: episodesPerProbe)
  }

  /// The probes of a lifetime: after every episode of a short one, ever more rarely in a long one.
  static func probes(in episodes: Int) -> [Int] {
    guard episodes > 50 else { return Array(0...episodes) }
    var probes = [0, 1, 2, 3, 5, 10]
    while let last = probes.last, last * 2 < episodes { probes.append(last * 2) }
    return probes + [episodes]
  }
}

/// A comparison that a catalog brings along.
public struct StandingSuite: Sendable {
  /// The name for `--size`.
  public var name: String
  /// A file of settings, as `zoo compare` takes it.
  public var text: String

  /// Names a comparison.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// A value laid over a setting of one learner, or of all that have it.
public struct SettingOverride: Sendable, Hashable {
  /// The learner's name in the catalog, or nil for all that have the setting.
  public var learner: String?
  /// The setting.
  public var key: String
  /// The value as typed.
  public var value: String
  /// The origin.
  public var origin: SettingOrigin
  /// The place in the paper, if it comes from one, or the group of the file.
  public var source: String?
  /// The names of the families on which it holds, without versions; nil for all.
  public var families: [String]?
  /// The name of the group in the file.
  public var group: String?

  /// Lays a value over a setting.
  public init(
    learner: String? = nil, key: String, value: String, origin: SettingOrigin = .flag, source: String? = nil,
    families: [String]? = nil, group: String? = nil
  ) {
    (self.learner, self.key, self.value, self.origin, self.source) = (learner, key, value, origin, source)
    (self.families, self.group) = (families, group)
  }

  var inWords: String {
    let key = (learner.map { $0 + "." } ?? "") + key
    guard origin != .flag else { return "--set \(key)" }
    return (group.map { "groups.\($0)." } ?? "") + "settings.\(key)"
  }

  func holds(on family: any TaskFamily) -> Bool { families?.contains(family.card.name) ?? true }
}

import MetaRL
import Networks
import Tensors

extension DQN {
  /// The settings of deep Q-networks.
  public struct Configuration: LearnerConfiguration {
    /// Widths of the hidden layers.
    public var hiddenSizes = [64, 64]
    /// Whether the network in training chooses the action whose value its slow copy gives.
    public var isDouble = true
    /// Whether the network gives the value of a state and what each action adds to it.
    public var isDueling = false
    /// Tasks that are played in an iteration.
    public var tasksPerIteration = 10
    /// Episodes of each.
    public var episodesPerTask = 5
    /// Probability of any action in the first iteration.
    public var explorationStart = 1.0
    /// Probability of any action in the end.
    public var explorationEnd = 0.05
    /// Iterations in which the first becomes the last, in equal steps.
    public var explorationIterations = 50
    /// Updates in an iteration.
    public var updatesPerIteration = 100
    /// Steps in an update.
    public var batchSize = 128
    /// Observations that are kept, one more than steps for each episode; the oldest make room.
    public var replayCapacity = 1_000_000
    /// Discount of rewards: γ.
    public var discount = 0.99
    /// Updates between copies to the target network.
    public var updatesPerTarget = 100
    /// Size of a step of Adam.
    public var stepSize = 1e-3
    /// Longest gradient that Adam is given.
    public var gradientLength = 10.0
    /// The reward channel that is learned from.
    public var trainingReward = RewardChoice.reported

    /// The defaults.
    public init() {}

    private static let paper = "Mnih et al. 2015"

    /// The settings.
    public static let settings: [Setting] = [
      Setting(
        "hiddenSizes", "Widths of the hidden layers", .integers(each: 1...4096, count: 0...8),
        source: "our choice; " + paper + " has pictures"),
      Setting(
        "isDouble", "Whether the network in training chooses the action whose value its slow copy gives", .boolean,
        source: "van Hasselt et al. 2016, arXiv:1509.06461"),
      Setting(
        "isDueling", "Whether the network gives the value of a state and what each action adds to it", .boolean,
        source: "false; true: Wang et al. 2016, arXiv:1511.06581"),
      Setting(
        "tasksPerIteration", "Tasks that are played in an iteration", .integer(1...10_000),
        source: "our choice"),
      Setting("episodesPerTask", "Episodes of each", .integer(1...10_000), source: "our choice"),
      Setting(
        "explorationStart", "Probability of any action in the first iteration", .number(0...1), symbol: "ε",
        source: paper),
      Setting(
        "explorationEnd", "Probability of any action in the end", .number(0...1), symbol: "ε",
        source: "small; " + paper + " has 0.1"),
      Setting(
        "explorationIterations", "Iterations in which the first probability becomes the last, in equal steps",
        .integer(0...1_000_000), source: "our choice"),
      Setting(
        "updatesPerIteration", "Updates in an iteration", .integer(1...1_000_000),
        source: "our choice; " + paper + " has one in four steps"),
      Setting("batchSize", "Steps in an update", .integer(1...1_000_000), source: "small; " + paper + " has 32"),
      Setting(
        "replayCapacity",
        "Observations that are kept, one more than steps for each episode; one takes 4 bytes for each of its numbers, and 4 more",
        .integer(2...100_000_000), source: paper),
      Setting("discount", "Discount of rewards", .number(0...1), symbol: "γ", source: paper),
      Setting(
        "updatesPerTarget", "Updates between copies to the target network", .integer(1...1_000_000), symbol: "C",
        source: "small; " + paper + " has 10000"),
      Setting(
        "stepSize", "Size of a step of Adam", .numberAbove(0, through: 10),
        source: "our choice; " + paper + " has RMSProp"),
      Setting(
        "gradientLength", "Longest gradient that Adam is given", .numberAbove(0, through: 1e6),
        source: "Wang et al. 2016, arXiv:1511.06581"),
      Setting(
        "trainingReward", "The reward channel that the policy is trained on",
        .choice(RewardChoice.allCases.map(\.rawValue)),
        source: "the family's reported channel"),
    ]
  }
}

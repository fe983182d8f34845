import MetaRL
import Networks
import Tensors

extension SoftActorCritic {
  /// The settings of soft actor-critic.
  public struct Configuration: LearnerConfiguration {
    /// The estimator of state values.
    public var form = SoftActorCriticNetworks.Form.twoCritics
    /// Widths of the hidden layers of all networks.
    public var hiddenSizes = [256, 256]
    /// Tasks that are played in an iteration.
    public var tasksPerIteration = 10
    /// Episodes of each.
    public var episodesPerTask = 5
    /// Environment steps in uniformly random directions before anything is learned, if every episode lasts to its horizon.
    public var randomSteps = 1000
    /// Updates in an iteration.
    public var updatesPerIteration = 200
    /// Steps in an update.
    public var batchSize = 256
    /// Observations that are kept, one more than steps for each episode; the oldest make room.
    public var replayCapacity = 1_000_000
    /// Discount of rewards: γ.
    public var discount = 0.99
    /// Multiplies rewards.
    public var rewardScale = 1.0
    /// Weight of the entropy, or what it starts with: α.
    public var temperature = 1.0
    /// Whether the temperature is learned.
    public var learnsTemperature = true
    /// Share of the way that slow copies follow in an update: τ.
    public var targetRate = 0.005
    /// Size of a step of Adam.
    public var stepSize = 3e-4
    /// Weight of the squares of the policy's outputs.
    public var policyRegularization = 0.0
    /// The reward channel that is learned from.
    public var trainingReward = RewardChoice.reported

    /// The defaults.
    public init() {}

    /// The settings.
    public static let settings: [Setting] = [
      Setting(
        "form", "How states are valued: by a separate network (v1), or by target networks of the critics (v2)",
        .choice(SoftActorCriticNetworks.Form.allCases.map(\.rawValue)),
        source: "Haarnoja et al. 2018, arXiv:1812.05905"),
      Setting(
        "hiddenSizes", "Widths of the hidden layers of all networks", .integers(each: 1...4096, count: 0...8),
        source: "Haarnoja et al. 2018, arXiv:1812.05905, appendix D"),
      Setting(
        "tasksPerIteration", "Tasks that are played in an iteration", .integer(1...10_000),
        source: "our choice"),
      Setting("episodesPerTask", "Episodes of each", .integer(1...10_000), source: "our choice"),
      Setting(
        "randomSteps",
        "Environment steps of random actions before anything is learned, if every episode lasts to its horizon",
        .integer(1...10_000_000), source: "Haarnoja et al. 2018, authors' code"),
      Setting(
        "updatesPerIteration", "Updates in an iteration", .integer(1...1_000_000),
        source: "small; Haarnoja et al. 2018 has one a step"),
      Setting(
        "batchSize", "Steps in an update", .integer(1...1_000_000),
        source: "Haarnoja et al. 2018, arXiv:1812.05905, appendix D"),
      Setting(
        "replayCapacity",
        "Observations that are kept, one more than steps for each episode; one takes 4 bytes for each of its numbers, those of an action, and 3 more",
        .integer(2...100_000_000), source: "Haarnoja et al. 2018, arXiv:1812.05905, appendix D"),
      Setting(
        "discount", "Discount of rewards", .number(0...1), symbol: "γ",
        source: "Haarnoja et al. 2018, arXiv:1812.05905, appendix D"),
      Setting("rewardScale", "Multiplies rewards", .numberAbove(0, through: 1e6), source: "1: none"),
      Setting(
        "temperature", "Weight of the entropy, or what it starts with", .numberAbove(0, through: 1e6), symbol: "α",
        source: "Haarnoja et al. 2018, authors' code"),
      Setting(
        "learnsTemperature",
        "Whether the temperature is learned, with minus the size of an action as the target entropy",
        .boolean, source: "Haarnoja et al. 2018, arXiv:1812.05905, section 5"),
      Setting(
        "targetRate", "Share of the way that slow copies follow in an update", .numberAbove(0, through: 1),
        symbol: "τ", source: "Haarnoja et al. 2018, arXiv:1812.05905, appendix D"),
      Setting(
        "stepSize", "Size of a step of Adam", .numberAbove(0, through: 10),
        source: "Haarnoja et al. 2018, arXiv:1812.05905, appendix D"),
      Setting(
        "policyRegularization", "Weight of the mean squares of the policy's means and logarithms of deviations",
        .number(0...1000), source: "0: none; Rakelly et al. 2019, authors' code has 0.001"),
      Setting(
        "trainingReward", "The reward channel that the policy is trained on",
        .choice(RewardChoice.allCases.map(\.rawValue)),
        source: "the family's reported channel"),
    ]

    var options: SoftActorCriticUpdate.Options {
      var options = SoftActorCriticUpdate.Options()
      options.discount = discount
      options.rewardScale = rewardScale
      options.temperature = temperature
      options.learnsTemperature = learnsTemperature
      options.targetRate = targetRate
      options.stepSize = stepSize
      options.policyRegularization = policyRegularization
      return options
    }
  }
}

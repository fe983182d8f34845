import MetaRL
import Networks
import Tensors

extension SoftActorCritic {
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "How states are valued: by a separate network (v1), or by target networks of the critics (v2)",
      source: "Haarnoja et al. 2018, arXiv:1812.05905")
    public var form = SoftActorCriticNetworks.Form.twoCritics
    @Setting("Widths of the hidden layers of all networks", each: 1...4096, count: 0...8, source: appendix)
    public var hiddenSizes = [256, 256]
    @Setting("Tasks that are played in an iteration", 1...10_000, source: "our choice")
    public var tasksPerIteration = 10
    @Setting("Episodes of each", 1...10_000, source: "our choice")
    public var episodesPerTask = 5
    @Setting(
      "Environment steps of random actions before anything is learned, if every episode lasts to its horizon",
      1...10_000_000, source: code)
    public var randomSteps = 1000
    @Setting("Updates in an iteration", 1...1_000_000, source: "small; Haarnoja et al. 2018 has one a step")
    public var updatesPerIteration = 200
    @Setting("Steps in an update", 1...1_000_000, source: appendix)
    public var batchSize = 256
    @Setting(
      "Observations that are kept, one more than steps for each episode; one takes 4 bytes for each of its numbers, those of an action, and 3 more",
      2...100_000_000, source: appendix)
    public var replayCapacity = 1_000_000
    @Setting("Discount of rewards", 0...1, symbol: "γ", source: appendix)
    public var discount = 0.99
    @Setting("Multiplies rewards", above: 0, through: 1e6, source: "1: none")
    public var rewardScale = 1.0
    @Setting("Weight of the entropy, or what it starts with", above: 0, through: 1e6, symbol: "α", source: code)
    public var temperature = 1.0
    @Setting(
      "Whether the temperature is learned, with minus the size of an action as the target entropy",
      source: "Haarnoja et al. 2018, arXiv:1812.05905, section 5")
    public var learnsTemperature = true
    @Setting(
      "Share of the way that slow copies follow in an update", above: 0, through: 1, symbol: "τ", source: appendix)
    public var targetRate = 0.005
    @Setting("Size of a step of Adam", above: 0, through: 10, source: appendix)
    public var stepSize = 3e-4
    @Setting(
      "Weight of the mean squares of the policy's means and logarithms of deviations", 0...1000,
      source: "0: none; Rakelly et al. 2019, authors' code has 0.001")
    public var policyRegularization = 0.0
    @Setting("The reward channel that the policy is trained on", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported

    public init() {}

    private static let appendix = "Haarnoja et al. 2018, arXiv:1812.05905, appendix D"
    private static let code = "Haarnoja et al. 2018, authors' code"

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

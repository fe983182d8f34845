import MetaRL
import Networks
import Tensors

extension DREAM {
  /// How the first episode of a lifetime is played.
  public enum Exploration: String, Codable, Sendable, CaseIterable {
    /// By what is learned from the information that steps give about the task.
    case informed
    /// At random: a control.
    case random
    /// By what is learned from the information with its sign reversed: a control.
    case reversed
  }

  public struct Configuration: LearnerConfiguration {
    @Setting(
      "How the first episode is played: for information about the task; at random, or for as little of it as possible: controls",
      source: paper)
    public var exploration = Exploration.informed
    @Setting(
      "Whether the policy of later episodes sees z; otherwise zeros: a control", source: paper)
    public var seesLatent = true
    @Setting("Numbers in the latent vector of a task", 1...1024, symbol: "z", source: code)
    public var latentSize = 64
    @Setting(
      "Deviation of the noise that is added to a task's latent vector", 0...1000, symbol: "ρ", source: code)
    public var latentDeviation = 0.1
    @Setting(
      "Squared length above which latent vectors of tasks are penalized by their squared length; 1000000: never",
      0...1e6, symbol: "K", source: code)
    public var latentBound = 10.0
    @Setting(
      "Widths of the hidden layers between a task's descriptor and its latent vector", each: 1...4096, count: 0...8,
      source: "our choice; " + code + " has an embedding of the task's number")
    public var taskEncoderSizes = [64]
    @Setting("Numbers in the states of the recurrent networks that act", 1...4096, source: code)
    public var hiddenSize = 64
    @Setting(
      "Numbers in the state of the recurrent network that encodes what was explored", 1...4096, source: code)
    public var encoderSize = 128
    @Setting(
      "Width of the layer of rectified units after each recurrent network", 1...4096,
      source: "small; " + code + " has 256 and 64, and 128 in the encoder")
    public var readoutSize = 64
    @Setting(
      "Cost of a step of exploration, against the decrease of the squared distance", 0...1000, symbol: "c",
      source: code)
    public var stepCost = 0.1
    @Setting(
      "Lifetimes of two episodes that are played in an iteration, one a task", 1...10_000, source: "our choice")
    public var lifetimesPerIteration = 10
    @Setting("Probability of any action at first", 0...1, symbol: "ε", source: code)
    public var randomStart = 1.0
    @Setting("Probability of any action in the end", 0...1, symbol: "ε", source: code)
    public var randomEnd = 0.01
    @Setting(
      "Environment steps, of exploration and of execution each, after their first updates, in which the first probability becomes the last, in equal steps",
      0...1_000_000_000, source: code + ", from the first step on")
    public var randomSteps = 250_000
    @Setting("Environment steps for each update", 1...1_000_000, source: code)
    public var stepsPerUpdate = 4
    @Setting("Lifetimes that are kept before execution is learned", 1...1_000_000, source: code)
    public var lifetimesBeforeExecution = 500
    @Setting("Lifetimes that are kept before exploration is learned", 1...1_000_000, source: code)
    public var lifetimesBeforeExploration = 8000
    @Setting("Lifetimes in an update", 1...10_000, source: code)
    public var batchSize = 32
    @Setting(
      "Lifetimes that are kept; a step takes 4 bytes for each number of an observation, and 16 more",
      1...1_000_000, source: code)
    public var lifetimesKept = 16_000
    @Setting("Discount of rewards in an episode", 0...1, symbol: "γ", source: code)
    public var discount = 0.99
    @Setting(
      "Updates between moves of the target networks", 1...1_000_000, source: code + ": 5000 environment steps")
    public var updatesPerTarget = 1250
    @Setting(
      "Share of the way that the target networks then move; 1: they are copied", above: 0, through: 1, symbol: "τ",
      source: code)
    public var targetRate = 1.0
    @Setting("Size of a step of Adam", above: 0, through: 10, source: code)
    public var stepSize = 1e-4
    @Setting("Longest gradient that Adam is given", above: 0, through: 1e6, source: code)
    public var gradientLength = 10.0
    @Setting("The reward channel that is shown to all networks", source: "the family's reported channel")
    public var reward = RewardChoice.reported
    @Setting("The reward channel that values of later episodes are of", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported

    public init() {}

    /// Refuses a store of too many rows, or of fewer lifetimes than learning waits for.
    ///
    /// - Throws: `SettingsError`.
    func check(for spec: EnvironmentSpec) throws {
      try LifetimeStore.check(lifetimesKept: lifetimesKept, episodes: 1, for: spec)
      let awaited = max(lifetimesBeforeExecution, lifetimesBeforeExploration)
      guard awaited <= lifetimesKept else {
        throw SettingsError(
          "learning waits for \(awaited) lifetimes, and \(lifetimesKept) are kept: set lifetimesKept to \(awaited)")
      }
    }

    private static let paper = "Liu et al. 2021, arXiv:2008.02790"
    private static let code = "Liu et al. 2021, authors' code"
  }
}

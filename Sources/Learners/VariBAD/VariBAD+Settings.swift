import MetaRL
import Networks
import Tensors

extension VariBAD {
  /// The steps of a lifetime that are predicted from each belief.
  public enum Decoded: String, Codable, Sendable, CaseIterable {
    /// All steps, those that are still to come, too.
    case all
    /// Those before the belief: a control, whose beliefs need not tell what is worth trying.
    case past
    /// None: a control, whose beliefs are only drawn towards each other.
    case nothing
  }

  public struct Configuration: LearnerConfiguration {
    @Setting("Numbers in the state of the encoder's recurrent cell", 1...4096, source: grid)
    public var hiddenSize = 64
    @Setting(
      "Width of a layer of rectified units between the inputs and the cell; 0: none", 0...4096,
      source: "none; " + code + " has one each for action, state and reward")
    public var embeddingSize = 0
    @Setting("Numbers of the latent vector", 1...1024, source: code)
    public var latentSize = 5
    @Setting("Widths of the hidden layers of the decoder", each: 1...4096, count: 0...8, source: grid)
    public var decoderSizes = [32, 32]
    @Setting(
      "What predicts rewards: a network that sees the step (step), or one with an output for each number of the observation that the step led to (states)",
      source: code + ", half-cheetah; on the grid it has states")
    public var rewardModel = TransitionDecoder.RewardModel.step
    @Setting(
      "The loss of a predicted reward: squared, or that of whether it is above 0 (bernoulli)",
      source: code + ", half-cheetah; on the grid it has bernoulli")
    public var rewardError = TransitionDecoder.RewardError.squared
    @Setting(
      "Whether rewards are predicted from the observation before the step, too, with step",
      source: code + ", half-cheetah")
    public var decoderSeesObservation = true
    @Setting("Whether rewards are predicted from the action, too, with step", source: code + ", half-cheetah")
    public var decoderSeesAction = true
    @Setting(
      "Weight of the mean squared error of the predicted next observation; 0: it is not predicted", 0...1000,
      source: code + ": 0, but 1 where dynamics tell the task")
    public var stateWeight = 0.0
    @Setting(
      "Weight of the divergences between successive beliefs against the losses of predictions, all summed over a lifetime; the authors' code sums divergences over the lifetimes of a batch, too, and averages losses, so its 0.01 with 25 lifetimes is 0.25 here",
      0...1000, source: grid)
    public var divergenceWeight = 0.25
    @Setting("The steps that are predicted from each belief", source: "Zintgraf et al. 2020; others: controls")
    public var decodes = Decoded.all
    @Setting(
      "Beliefs of a lifetime that a step of Adam is taken on, drawn with replacement where there are more; 0: all",
      0...100_000, source: code + ", half-cheetah")
    public var boundTerms = 50
    @Setting(
      "Steps that are predicted from each belief, drawn with replacement where there are more; 0: all", 0...100_000,
      source: code + ", half-cheetah")
    public var decodedSteps = 50
    @Setting(
      "Size of a step of Adam for encoder and decoder", above: 0, through: 10,
      source: trials + "; " + code + " has 0.001")
    public var modelStepSize = 3e-3
    @Setting(
      "Steps of Adam for encoder and decoder in an iteration", 0...100_000,
      source: trials + "; " + code + " has 1 or 3")
    public var modelUpdates = 10
    @Setting(
      "Lifetimes that such a step is taken on", 1...100_000, source: code + ", half-cheetah; on the grid it has 25")
    public var lifetimesPerUpdate = 10
    @Setting(
      "Longest gradient that Adam is given for encoder and decoder; 0: of any length", 0...1e9,
      source: grid + "; 1 on half-cheetah")
    public var modelGradientLength = 0.0
    @Setting(
      "Lifetimes that are kept for encoder and decoder; a step takes 4 bytes for each number of an observation and of an action, and 12 more",
      1...1_000_000, source: code + ", half-cheetah; on the grid it has 100000")
    public var lifetimesKept = 10_000
    @Setting(
      "Environment steps of lifetimes that are played before the first iteration, for encoder and decoder alone",
      0...10_000_000, source: code)
    public var warmUpSteps = 5000
    @Setting(
      "Widths of the hidden layers of the policy and of the baseline", each: 1...4096, count: 0...8,
      source: grid + ", has 32 on a layer for observation and belief each")
    public var hiddenSizes = [32, 32]
    @Setting(
      "Environment steps in a batch, if every episode lasts to its horizon; at least one lifetime", 1...10_000_000,
      source: "as for rl2; " + grid + ", has 960")
    public var stepsPerBatch = 4000
    @Setting(
      "Episodes of a lifetime in meta-training; 0: as many as in evaluation, but no more than leave a batch 10 lifetimes, and never fewer than 2 if evaluation has 2",
      0...10_000, source: "Zintgraf et al. 2020 has those of evaluation")
    public var episodesPerLifetime = 0
    @Setting(
      "Whether policy and baseline see observations and beliefs less their running means, in units of their running deviations",
      source: code)
    public var standardizesInputs = true
    @Setting(
      "Whether rewards are divided by the running deviation of their discounted sums, where values and advantages are estimated",
      source: code)
    public var scalesRewards = true
    @Setting("Discount of rewards, step by step through the lifetime", 0...1, symbol: "γ", source: grid)
    public var discount = 0.95
    @Setting("Decay of generalized advantage estimates", 0...1, symbol: "λ", source: grid)
    public var advantageDecay = 0.95
    @Setting(
      "Size of a step of Adam for policy and baseline", above: 0, through: 10,
      source: "as for rl2; " + code + " has 0.0007")
    public var outerStepSize = 3e-3
    @Setting("Passes over a batch", 1...1000, source: "as for rl2; " + code + " has 2")
    public var outerEpochs = 4
    @Setting("Parts of a batch that each have a step of Adam in a pass", 1...10_000, source: grid)
    public var partsPerEpoch = 4
    @Setting(
      "Clipping of likelihood ratios", above: 0, through: 1, symbol: "ε",
      source: "Schulman et al. 2017; " + code + " has 0.05 or 0.1")
    public var ratioClip = 0.2
    @Setting("Weight of the policy's entropy", 0...10, source: code)
    public var entropyWeight = 0.01
    @Setting("Weight of the squared error of values", above: 0, through: 100, source: "Schulman et al. 2017")
    public var valueWeight = 0.5
    @Setting(
      "Longest gradient that Adam is given, of the policy and of the baseline", above: 0, through: 1e6, source: code
    )
    public var gradientLength = 0.5
    @Setting("The reward channel that is encoded and decoded", source: "the family's reported channel")
    public var reward = RewardChoice.reported
    @Setting("The reward channel that the policy is trained on", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported

    public init() {}

    /// Episodes of a lifetime in meta-training.
    func episodes(for spec: EnvironmentSpec) -> Int {
      episodesPerLifetime > 0 ? episodesPerLifetime : spec.trainingEpisodes(stepsPerBatch: stepsPerBatch)
    }

    /// Refuses a store of more rows than can be numbered.
    ///
    /// - Throws: `SettingsError`.
    func check(for spec: EnvironmentSpec) throws {
      try LifetimeStore.check(lifetimesKept: lifetimesKept, episodes: episodes(for: spec), for: spec)
    }

    private static let trials = "papers/memory/trials.md, on grid-navigation"
    private static let code = "Zintgraf et al. 2020, authors' code"
    private static let grid = "Zintgraf et al. 2020, authors' code, grid world"
  }
}

import MetaRL
import Networks
import Tensors

extension RL2 {
  /// The baseline of advantages.
  public enum Baseline: String, Codable, Sendable, CaseIterable {
    /// The value of a separate recurrent network, which sees what the policy sees.
    case recurrent
    /// A value output of the policy's network, on the same state.
    case shared
    /// A linear function of observation and time, the time counted through the lifetime.
    case linear
  }

  /// The update of the policy.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// Several epochs of Adam on clipped ratios.
    case clippedRatio = "ppo"
    /// Trust-region policy optimization.
    case trustRegion = "trpo"
  }

  /// The time that the network's state persists.
  public enum Memory: String, Codable, Sendable, CaseIterable {
    /// From the first episode of a lifetime to the last.
    case lifetime
    /// For one episode: a control, whose next episode sees only the last action and reward.
    case episode
  }

  /// The settings of RL².
  public struct Configuration: LearnerConfiguration {
    /// The recurrent cell.
    public var cell = RecurrentCell.gru
    /// Numbers in the cell's state.
    public var hiddenSize = 64
    /// Width of a layer of rectified units between the inputs and the cell; 0: none.
    public var embeddingSize = 0
    /// Width of a layer of rectified units between state and inputs, and the outputs; 0: none.
    public var readoutSize = 0
    /// Multiplies the first weights on the cell's inputs.
    public var inputGain = 1.0
    /// Steps that the longest memory of a new network lasts for; 0: gates start as usual.
    public var longestMemory = 0
    /// Environment steps in a batch, where every episode lasts to its horizon.
    public var stepsPerBatch = 4000
    /// Episodes of a lifetime in meta-training; 0: as many as in evaluation, but no more than leave a batch 10 lifetimes, and
    /// never fewer than 2 if evaluation has 2.
    public var episodesPerLifetime = 0
    /// The outer update.
    public var outerUpdate = OuterUpdate.clippedRatio
    /// The baseline of advantages.
    public var baseline = Baseline.recurrent
    /// Discount of rewards, step by step through the lifetime: γ.
    public var discount = 0.95
    /// Decay of generalized advantage estimates: λ.
    public var advantageDecay = 0.8
    /// Whether rewards are divided by the running deviation of their discounted sums.
    public var scalesRewards = true
    /// Multiplies rewards where values and advantages are estimated.
    public var rewardScale = 1.0
    /// Size of a step of Adam.
    public var outerStepSize = 3e-3
    /// Added to the denominator in Adam.
    public var adamEpsilon = 1e-5
    /// Passes over a batch.
    public var outerEpochs = 4
    /// Parts of a batch that each have a step of Adam in a pass.
    public var partsPerEpoch = 4
    /// Clipping of likelihood ratios: ε in the paper of PPO.
    public var ratioClip = 0.2
    /// Weight of the entropy of the policy in the outer objective of PPO.
    public var entropyWeight = 0.01
    /// Iterations over which the size of a step and the weight of the entropy fall to nearly 0 along a cosine; 0: they
    /// stay.
    public var annealedIterations = 0
    /// Weight of the squared error of values.
    public var valueWeight = 0.5
    /// Longest gradient that Adam is given.
    public var gradientLength = 0.5
    /// Largest mean divergence of an outer step: δ in the paper of TRPO.
    public var maximumDivergence = TrustRegionStep().maximumDivergence
    /// Whether last action, last reward and the end of an episode are shown to the network.
    public var seesExperience = true
    /// Whether the input includes the observation of the last action.
    public var seesLastObservation = false
    /// The time that the state persists.
    public var memoryLasts = Memory.lifetime
    /// The reward channel that is shown to the network.
    public var reward = RewardChoice.reported
    /// The reward channel that the policy is trained on.
    public var trainingReward = RewardChoice.reported
    /// The number of steps that back-propagation recomputes at a time; 0: all are kept.
    public var recomputedSteps = 0

    /// The defaults.
    public init() {}

    /// Episodes of a lifetime in meta-training.
    ///
    /// Where evaluation has long lifetimes, a batch would be a few of them: too few to say which way is better, and so large
    /// that a budget has no more than a handful of batches.
    func episodes(for spec: EnvironmentSpec) -> Int {
      guard episodesPerLifetime == 0 else { return episodesPerLifetime }
      return min(spec.episodesPerLifetime, max(2, stepsPerBatch / (10 * spec.horizon)))
    }

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `InvalidSettings`.
    func check() throws {
      guard outerUpdate == .trustRegion, baseline == .shared else { return }
      throw InvalidSettings(
        "a trust region applies to the policy only: with outerUpdate trpo, baseline is recurrent or linear, not shared"
      )
    }

    /// The settings.
    public static let settings: [Setting] = [
      Setting(
        "cell", "The recurrent cell", .choice(RecurrentCell.allCases.map(\.rawValue)),
        source: "Duan et al. 2016, section 2.3"),
      Setting(
        "hiddenSize", "Numbers in the cell's state", .integer(1...4096),
        source: "Zintgraf et al. 2020, authors' code; Duan et al. 2016 has 256"),
      Setting(
        "embeddingSize", "Width of a layer of rectified units between the inputs and the cell; 0: none",
        .integer(0...4096), source: "Duan et al. 2016 has none; Zintgraf et al. 2020, authors' code has one"),
      Setting(
        "readoutSize", "Width of a layer of rectified units between state and inputs, and the outputs; 0: none",
        .integer(0...4096), source: "Duan et al. 2016 has none; Zintgraf et al. 2020, authors' code has one"),
      Setting(
        "inputGain",
        "Multiplies the first weights on the cell's inputs, which are small where most inputs are 0, as in MDPs",
        .numberAbove(0, through: 1000), source: "1: Glorot & Bengio 2010"),
      Setting(
        "longestMemory",
        "Steps that the longest memory of a new network lasts for, by the biases of its gates; 0: biases as usual",
        .integer(0...100_000), source: "0: as usual; Tallec & Ollivier 2018 have the length of a sequence"),
      Setting(
        "stepsPerBatch",
        "Environment steps in a batch, if every episode lasts to its horizon; at least one lifetime",
        .integer(1...10_000_000), source: "papers/comparison/trials; Duan et al. 2016 has 250000"),
      Setting(
        "episodesPerLifetime",
        "Episodes of a lifetime in meta-training; 0: as many as in evaluation, but no more than leave a batch 10 lifetimes, and never fewer than 2 if evaluation has 2",
        .integer(0...10_000), symbol: "n", source: "Duan et al. 2016 has those of evaluation"),
      Setting(
        "outerUpdate", "How the policy is updated", .choice(OuterUpdate.allCases.map(\.rawValue)),
        source: "Duan et al. 2016 (trpo), authors' code (ppo)"),
      Setting(
        "baseline", "What advantages are measured against", .choice(Baseline.allCases.map(\.rawValue)),
        source: "Duan et al. 2016, section 2.3"),
      Setting(
        "discount", "Discount of rewards, step by step through the lifetime", .number(0...1), symbol: "γ",
        source:
          "papers/comparison/trials; Zintgraf et al. 2020, authors' code; Duan et al. 2016, authors' code, has 0.99"
      ),
      Setting(
        "advantageDecay", "Decay of generalised advantage estimates", .number(0...1), symbol: "λ",
        source:
          "papers/comparison/trials; Zintgraf et al. 2020, authors' code, has 0.95, Duan et al. 2016, on bandits and MDPs, 0.3"
      ),
      Setting(
        "scalesRewards",
        "Whether rewards are divided by the running deviation of their discounted sums, where values and advantages are estimated",
        .boolean, source: "Zintgraf et al. 2020, authors' code"),
      Setting(
        "rewardScale", "Multiplies rewards where values and advantages are estimated",
        .numberAbove(0, through: 1000), source: "1: none"),
      Setting(
        "outerStepSize", "Size of a step of Adam", .numberAbove(0, through: 10),
        source: "papers/comparison/trials; Zintgraf et al. 2020, authors' code, has 0.0007"),
      Setting(
        "adamEpsilon", "Added to the denominator in Adam", .numberAbove(0, through: 1),
        source: "Lingle, pytorch_rl2"),
      Setting("outerEpochs", "Passes over a batch", .integer(1...1000), source: "small; Lingle, pytorch_rl2 has 8"),
      Setting(
        "partsPerEpoch", "Parts of a batch that each have a step of Adam in a pass, with ppo", .integer(1...10_000),
        source: "Schulman et al. 2017"),
      Setting(
        "ratioClip", "Clipping of likelihood ratios, with ppo", .numberAbove(0, through: 1), symbol: "ε",
        source: "Schulman et al. 2017; Duan et al. 2016, authors' code has 0.1"),
      Setting(
        "entropyWeight", "Weight of the policy's entropy, with ppo", .number(0...10), source: "Lingle, pytorch_rl2"),
      Setting(
        "annealedIterations",
        "Iterations over which outerStepSize and entropyWeight fall along a cosine, with ppo. 0: they stay",
        .integer(0...1_000_000), source: "0: they stay"),
      Setting(
        "valueWeight", "Weight of the squared error of values", .numberAbove(0, through: 100),
        source: "Schulman et al. 2017"),
      Setting(
        "gradientLength", "Longest gradient that Adam is given, of the policy and of the critic",
        .numberAbove(0, through: 1e6),
        source: "Zintgraf et al. 2020, authors' code"),
      Setting(
        "maximumDivergence", "Largest mean divergence of an outer step, with trpo", .numberAbove(0, through: 10),
        symbol: "δ", source: "Duan et al. 2016"),
      Setting(
        "seesExperience", "Whether last action, last reward and the end of an episode are shown", .boolean,
        source: "Duan et al. 2016; false: a control"),
      Setting(
        "seesLastObservation", "Whether the input includes the observation of the last action",
        .boolean,
        source: "Duan et al. 2016: false"),
      Setting(
        "memoryLasts", "How long the cell's state is kept", .choice(Memory.allCases.map(\.rawValue)),
        source: "Duan et al. 2016; episode: a control"),
      Setting(
        "reward", "The reward channel that is shown to the network", .choice(RewardChoice.allCases.map(\.rawValue)),
        source: "the family's reported channel"),
      Setting(
        "trainingReward", "The reward channel that the policy is trained on",
        .choice(RewardChoice.allCases.map(\.rawValue)),
        source: "the family's reported channel"),
      Setting(
        "recomputedSteps",
        "Steps that are computed again at a time on the way back through a lifetime, to save memory with ppo; 0: none",
        .integer(0...1_000_000), source: "0: none; Chen et al. 2016 have the root of the sequence's length"),
    ]
  }
}

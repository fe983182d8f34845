import MetaRL
import Networks
import Tensors

extension RL2 {
  /// The baseline of the returns of lifetimes.
  public enum Baseline: String, Codable, Sendable, CaseIterable {
    /// The value of a separate network like the policy's, which sees what the policy sees.
    case recurrent
    /// A value output of the policy's network, on the same state.
    case shared
    /// A linear function of observation and time, the time counted through the lifetime.
    case linear
  }

  /// The update of the policy on a batch of lifetimes.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// Several epochs of Adam on clipped ratios.
    case clippedRatio = "ppo"
    /// Trust-region policy optimization, as in the paper.
    case trustRegion = "trpo"
  }

  /// What carries a state through the lifetime.
  public enum MemoryKind: String, Codable, Sendable, CaseIterable {
    /// A gated recurrent unit.
    case gru
    /// Long short-term memory.
    case lstm
    /// A causal transformer.
    case transformer
    /// Temporal convolutions with attention (Mishra et al., 2018).
    case snail
  }

  /// The time that the network's state persists.
  public enum MemorySpan: String, Codable, Sendable, CaseIterable {
    /// From the first episode of a lifetime to the last.
    case lifetime
    /// For one episode: a control, whose next episode sees nothing of it.
    case episode
  }

  public struct Configuration: LearnerConfiguration {
    @Setting("What carries a state through the lifetime", source: "Duan et al. 2016, section 2.3")
    public var memory = MemoryKind.gru
    @Setting(
      "Numbers in the cell's state; in a transformer's token; in snail, filters of a convolution and the width of attention",
      1...4096, source: "Zintgraf et al. 2020, authors' code; Duan et al. 2016 has 256")
    public var hiddenSize = 64
    @Setting(
      "Layers of a transformer; in snail, blocks of convolutions before attention", 1...100,
      source: "small; Mishra et al. 2018, section 5.1: 2 blocks")
    public var layers = 2
    @Setting("Attention heads in a layer of a transformer, which divide hiddenSize", 1...256, source: "small")
    public var heads = 4
    @Setting("Rectified units in a layer of a transformer", 1...16_384, source: "small: twice hiddenSize")
    public var feedForwardSize = 128
    @Setting(
      "Normalization of a transformer's tokens before its layers; none: small initial weights instead",
      source: "papers/memory/trials.md, as Radford et al. 2019; Melo 2022, authors' code has none")
    public var normalization = CausalTransformer.Normalization.before
    @Setting(
      "Description of a step's number in the lifetime, in a transformer; learned ones fail after the steps of training",
      source: "none: papers/memory/trials.md; Radford et al. 2018 learn them")
    public var positions = CausalTransformer.Positions.none
    @Setting(
      "Latest steps, the current one included, that a step of a transformer sees; 0: all of the lifetime",
      0...100_000, source: "0: all; Melo 2022 has 5")
    public var contextLength = 0
    @Setting(
      "Width of a layer of rectified units between the inputs and the cell; 0: none", 0...4096,
      source: "Duan et al. 2016 has none; Zintgraf et al. 2020, authors' code has one")
    public var embeddingSize = 0
    @Setting(
      "Width of a layer of rectified units between state and inputs, and the outputs; 0: none", 0...4096,
      source: "Duan et al. 2016 has none; Zintgraf et al. 2020, authors' code has one")
    public var readoutSize = 0
    @Setting(
      "Origin of the weights after the memory. generated: by a hypernetwork, which sees the state; layers see observations only. modulated: scales and shifts of the units of readoutSize are generated",
      source: "learned: Duan et al. 2016; generated: Beck et al. 2022, section 4; modulated: Perez et al. 2018")
    public var readout = Readout.Kind.learned
    @Setting(
      "Numbers of the latent vector that weights, or scales and shifts, are generated from", 1...4096,
      symbol: "k", source: "Beck et al. 2022, authors' code")
    public var latentSize = 25
    @Setting(
      "Initial weights of what generates. bias-hyper-init: nothing depends on the state at first; kaiming: a control",
      source: "Beck et al. 2022, section 4.2")
    public var generatorInitializer = Readout.Initializer.bias
    @Setting(
      "Multiplies the first weights on the inputs of a recurrent cell, which are small where most inputs are 0, as in MDPs",
      above: 0, through: 1000, source: "1: Glorot & Bengio 2010")
    public var inputGain = 1.0
    @Setting(
      "Steps that the longest memory of a new network lasts for, by the biases of its gates; 0: biases as usual",
      0...100_000, source: "0: as usual; Tallec & Ollivier 2018 have the length of a sequence")
    public var longestMemory = 0
    @Setting(
      "Environment steps in a batch, if every episode lasts to its horizon; at least one lifetime", 1...10_000_000,
      source: "papers/comparison/trials; Duan et al. 2016 has 250000")
    public var stepsPerBatch = 4000
    @Setting(
      "Episodes of a lifetime in meta-training; 0: as many as in evaluation, but no more than leave a batch 10 lifetimes, and never fewer than 2 if evaluation has 2",
      0...10_000, symbol: "n", source: "Duan et al. 2016 has those of evaluation")
    public var episodesPerLifetime = 0
    @Setting("How the policy is updated", source: "Duan et al. 2016 (trpo), authors' code (ppo)")
    public var outerUpdate = OuterUpdate.clippedRatio
    @Setting("What advantages are measured against", source: "Duan et al. 2016, section 2.3")
    public var baseline = Baseline.recurrent
    @Setting(
      "Discount of rewards, step by step through the lifetime", 0...1, symbol: "γ",
      source:
        "papers/comparison/trials; Zintgraf et al. 2020, authors' code; Duan et al. 2016, authors' code, has 0.99")
    public var discount = 0.95
    @Setting(
      "Decay of generalized advantage estimates", 0...1, symbol: "λ",
      source:
        "papers/comparison/trials; Zintgraf et al. 2020, authors' code, has 0.95, Duan et al. 2016, on bandits and MDPs, 0.3"
    )
    public var advantageDecay = 0.8
    @Setting(
      "Whether rewards are divided by the running deviation of their discounted sums, where values and advantages are estimated",
      source: "Zintgraf et al. 2020, authors' code")
    public var scalesRewards = true
    @Setting(
      "Multiplies rewards where values and advantages are estimated", above: 0, through: 1000, source: "1: none")
    public var rewardScale = 1.0
    @Setting(
      "Size of a step of Adam", above: 0, through: 10,
      source: "papers/comparison/trials; Zintgraf et al. 2020, authors' code, has 0.0007")
    public var outerStepSize = 3e-3
    @Setting("Added to the denominator in Adam", above: 0, through: 1, source: "Lingle, pytorch_rl2")
    public var adamEpsilon = 1e-5
    @Setting("Passes over a batch", 1...1000, source: "small; Lingle, pytorch_rl2 has 8")
    public var outerEpochs = 4
    @Setting(
      "Parts of a batch that each have a step of Adam in a pass, with ppo", 1...10_000,
      source: "Schulman et al. 2017")
    public var partsPerEpoch = 4
    @Setting(
      "Clipping of likelihood ratios, with ppo", above: 0, through: 1, symbol: "ε",
      source: "Schulman et al. 2017; Duan et al. 2016, authors' code has 0.1")
    public var ratioClip = 0.2
    @Setting("Weight of the policy's entropy, with ppo", 0...10, source: "Lingle, pytorch_rl2")
    public var entropyWeight = 0.01
    @Setting(
      "Iterations over which outerStepSize and entropyWeight fall along a cosine, with ppo. 0: they stay",
      0...1_000_000, source: "0: they stay")
    public var annealedIterations = 0
    @Setting("Weight of the squared error of values", above: 0, through: 100, source: "Schulman et al. 2017")
    public var valueWeight = 0.5
    @Setting(
      "Longest gradient that Adam is given, of the policy and of the critic", above: 0, through: 1e6,
      source: "Zintgraf et al. 2020, authors' code")
    public var gradientLength = 0.5
    @Setting(
      "Largest mean divergence of an outer step, with trpo", above: 0, through: 10, symbol: "δ",
      source: "Duan et al. 2016")
    public var maximumDivergence = TrustRegionStep().maximumDivergence
    @Setting(
      "Whether last action, last reward and the end of an episode are shown",
      source: "Duan et al. 2016; false: a control")
    public var seesExperience = true
    @Setting("Whether the input includes the observation of the last action", source: "Duan et al. 2016: false")
    public var seesLastObservation = false
    @Setting("How long the state and the last step are kept", source: "Duan et al. 2016; episode: a control")
    public var memoryLasts = MemorySpan.lifetime
    @Setting("The reward channel that is shown to the network", source: "the family's reported channel")
    public var reward = RewardChoice.reported
    @Setting("The reward channel that the policy is trained on", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported
    @Setting(
      "Steps that are computed again at a time on the way back through a lifetime, to save memory with ppo; 0: none",
      0...1_000_000, source: "0: none; Chen et al. 2016 have the root of the sequence's length")
    public var recomputedSteps = 0

    public init() {}

    /// Episodes of a lifetime in meta-training.
    func episodes(for spec: EnvironmentSpec) -> Int {
      episodesPerLifetime > 0 ? episodesPerLifetime : spec.trainingEpisodes(stepsPerBatch: stepsPerBatch)
    }

    /// The memory of the policy's network or of the critic's.
    func makeMemory(for spec: EnvironmentSpec, inputSize: Int, prefix: String) -> any Memory {
      // The steps that positions and convolutions tell apart: those of the longest life of a state, in training or evaluation.
      let longest =
        spec.horizon * (memoryLasts == .episode ? 1 : max(episodes(for: spec), spec.episodesPerLifetime))
      return MemoryForm(
        kind: memory, hiddenSize: hiddenSize, layers: layers, heads: heads, feedForwardSize: feedForwardSize,
        normalization: normalization, positions: positions, contextLength: contextLength, inputGain: inputGain,
        longestMemory: longestMemory, recomputedSteps: recomputedSteps
      ).makeMemory(inputSize: inputSize, longest: longest, prefix: prefix)
    }

    /// The layers after the memory.
    func readoutForm(for spec: EnvironmentSpec) -> Readout {
      Readout(
        readout, width: readoutSize, observationSize: spec.observationSize, latentSize: latentSize,
        initializer: generatorInitializer)
    }

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `SettingsError`.
    func check() throws {
      if outerUpdate == .trustRegion, baseline == .shared {
        throw SettingsError(
          "a trust region applies to the policy only: with outerUpdate trpo, baseline is recurrent or linear, not shared"
        )
      }
      try memory.check(hiddenSize: hiddenSize, heads: heads)
      if readout != .learned, readoutSize == 0 {
        throw SettingsError(
          "readout \(readout.rawValue) needs a layer between memory and outputs: set readoutSize, to 32 for example"
        )
      }
    }
  }
}

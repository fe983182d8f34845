import MetaRL
import Networks
import Tensors

extension RecurrentDQN {
  public struct Configuration: LearnerConfiguration {
    @Setting("What carries a state through the lifetime", source: paper + ": lstm and transformer")
    public var memory = RL2.MemoryKind.lstm
    @Setting(
      "Numbers in the cell's state; in a transformer's token; in snail, filters of a convolution and the width of attention",
      1...4096, source: small + "128")
    public var hiddenSize = 64
    @Setting(
      "Layers of a transformer; in snail, blocks of convolutions before attention", 1...100, source: paper)
    public var layers = 1
    @Setting("Attention heads in a layer of a transformer, which divide hiddenSize", 1...256, source: paper)
    public var heads = 1
    @Setting("Rectified units in a layer of a transformer", 1...16_384, source: "small: twice hiddenSize")
    public var feedForwardSize = 128
    @Setting(
      "Latest steps, the current one included, that a step of a transformer sees; 0: all of the lifetime; 1: a control",
      0...100_000, source: "0: all")
    public var contextLength = 0
    @Setting(
      "Width of a layer of rectified units between the inputs and the memory; 0: none", 0...4096,
      source: "0: none; " + paper + " embeds observation and action")
    public var embeddingSize = 0
    @Setting(
      "Width of a layer of rectified units between memory and inputs, and the values; 0: none", 0...4096,
      source: small + "two of 256")
    public var readoutSize = 64
    @Setting(
      "Whether the network in training chooses the action whose value its slow copy gives", source: paper)
    public var isDouble = true
    @Setting(
      "Whether the network gives the value of a state and what each action adds to it",
      source: "false: as in " + paper + "; true: Wang et al. 2016, arXiv:1511.06581")
    public var isDueling = false
    @Setting("Lifetimes that are played in an iteration, one a task", 1...10_000, source: "our choice")
    public var lifetimesPerIteration = 10
    @Setting(
      "Episodes of a lifetime in meta-training; 0: as many as in evaluation, but no more than have about 400 steps, and never fewer than 2 if evaluation has 2",
      0...10_000, source: paper + " has those of evaluation")
    public var episodesPerLifetime = 0
    @Setting("Probability of any action at first", 0...1, symbol: "ε", source: paper)
    public var explorationStart = 1.0
    @Setting(
      "Probability of any action in the end", 0...1, symbol: "ε",
      source: "small; " + paper + " has 1 divided by the steps of a lifetime")
    public var explorationEnd = 0.05
    @Setting(
      "Environment steps in which the first probability becomes the last, in equal steps", 0...1_000_000_000,
      source: "small; " + paper + " has a tenth of all")
    public var explorationSteps = 20_000
    @Setting("Environment steps for each update", 1...1_000_000, source: paper)
    public var stepsPerUpdate = 4
    @Setting("Lifetimes in the store before the first update", 1...1_000_000, source: paper)
    public var lifetimesBeforeUpdates = 10
    @Setting("Lifetimes in an update", 1...10_000, source: small + "64")
    public var batchSize = 32
    @Setting(
      "Steps of each that are trained on, a stretch that is drawn for each update; 0: all of them", 0...1_000_000,
      source: "0: all, as in " + paper)
    public var sequenceLength = 0
    @Setting(
      "Steps before a stretch that only give the memory a state, which is empty before them", 0...1_000_000,
      source: "0: none; Kapturowski et al. 2019, R2D2, have 40")
    public var burnInSteps = 0
    @Setting(
      "Lifetimes that are kept; a step takes 4 bytes for each number of an observation, and 16 more",
      1...1_000_000, source: "our choice")
    public var lifetimesKept = 10_000
    @Setting("Discount of rewards, step by step through the lifetime", 0...1, symbol: "γ", source: paper)
    public var discount = 0.99
    @Setting(
      "Whether a value follows the last step of a lifetime, unless the task has ended it",
      source: "false: as in " + paper)
    public var bootstrapsAtEnd = false
    @Setting("Updates between moves of the target network", 1...1_000_000, source: paper)
    public var updatesPerTarget = 1
    @Setting(
      "Share of the way that the target network then moves; 1: it is copied", above: 0, through: 1, symbol: "τ",
      source: paper)
    public var targetRate = 0.005
    @Setting("Size of a step of Adam", above: 0, through: 10, source: "our choice; " + paper + " has 0.0003")
    public var stepSize = 1e-3
    @Setting(
      "Longest gradient that Adam is given", above: 0, through: 1e6, source: "Wang et al. 2016, arXiv:1511.06581")
    public var gradientLength = 10.0
    @Setting("The reward channel that is shown to the network", source: "the family's reported channel")
    public var reward = RewardChoice.reported
    @Setting("The reward channel that values are of", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported

    public init() {}

    private static let paper = "Ni et al. 2023, arXiv:2307.03864"
    private static let small = "small; " + paper + " has "

    /// Episodes of a lifetime in meta-training.
    func episodes(for spec: EnvironmentSpec) -> Int {
      episodesPerLifetime > 0 ? episodesPerLifetime : spec.trainingEpisodes(stepsPerBatch: 4000)
    }

    /// The network of values.
    func makeNetwork(for spec: EnvironmentSpec, inputSize: Int) -> RecurrentQNetwork {
      let form = MemoryForm(
        kind: memory, hiddenSize: hiddenSize, layers: layers, heads: heads, feedForwardSize: feedForwardSize,
        contextLength: contextLength)
      let longest = spec.horizon * max(episodes(for: spec), spec.episodesPerLifetime)
      return RecurrentQNetwork(
        inputSize: inputSize, choices: spec.actionSpace.width, isDueling: isDueling, embeddingSize: embeddingSize,
        readoutSize: readoutSize, prefix: ""
      ) { form.makeMemory(inputSize: $0, longest: longest, prefix: $1) }
    }

    /// Refuses settings that contradict each other, and a store of too many rows.
    ///
    /// - Throws: `SettingsError`.
    func check(for spec: EnvironmentSpec) throws {
      try memory.check(hiddenSize: hiddenSize, heads: heads)
      try LifetimeStore.check(lifetimesKept: lifetimesKept, episodes: episodes(for: spec), for: spec)
      guard lifetimesBeforeUpdates <= lifetimesKept else {
        throw SettingsError(
          "of \(lifetimesBeforeUpdates) lifetimes before updates only \(lifetimesKept) are kept: set lifetimesBeforeUpdates to \(lifetimesKept)"
        )
      }
    }
  }
}

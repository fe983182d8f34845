import MetaRL
import Tensors

extension GrBAL {
  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting("Steps that the model is adapted to", 1...10_000, symbol: "M", source: code)
    public var adaptationSteps = 16
    @Setting("Steps that the adapted model predicts in meta-training", 1...10_000, symbol: "K", source: code)
    public var predictionSteps = 16
    @Setting(
      "Size of an inner step; the initial size if it is learned. 0 and not learned: no adaptation", 0...100,
      symbol: "ψ", source: "our choice; the authors' code has 0.001 for wide networks")
    public var innerStepSize = 0.1
    @Setting("Whether the size of an inner step is learned", source: "Nagabandi, Clavera et al. 2019, section 4")
    public var learnsInnerStepSize = true
    @Setting("Size of a step of Adam", above: 0, through: 10, symbol: "β", source: code)
    public var outerStepSize = 1e-3
    @Setting("Segments in a step of Adam", 1...10_000, symbol: "N", source: code)
    public var segmentsPerStep = 10
    @Setting(
      "Passes over all data in an iteration", 1...10_000,
      source: "our choice; the authors' code has up to 100, with early stopping")
    public var epochsPerIteration = 20
    @Setting("Episodes played in an iteration", 1...10_000, source: code)
    public var episodesPerIteration = 5
    @Setting("Capacity of the replay buffer, in observations", 2...1_000_000_000, source: "our choice")
    public var replayCapacity = 1_000_000
    @Setting(.planningCandidates) public var candidates = 100
    @Setting(.planningHorizon) public var planningSteps = 10
    @Setting(.planningRefinements) public var crossEntropyIterations = 2
    @Setting("The reward channel that the model predicts", source: "our choice")
    public var trainingReward = RewardChoice.reported
    @Setting(
      "Widths of the hidden layers of the model", each: 1...4096, count: 0...8,
      source: "our choice; the authors' code has 512,512,512")
    public var hiddenSizes = [64, 64]
    @Setting("The function between layers", source: "our choice; the authors' code has relu")
    public var activation = Activation.tanh

    /// The defaults.
    public init() {}

    /// The steps of a segment.
    var segmentLength: Int { adaptationSteps + predictionSteps }

    private static let code = "Nagabandi, Clavera et al. 2019, authors' code"
  }
}

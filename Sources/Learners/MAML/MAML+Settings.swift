import MetaRL
import Networks
import Tensors

extension MAML {
  /// The objective of an inner step.
  public enum InnerObjective: String, Codable, Sendable, CaseIterable {
    /// The log-likelihood or ratio surrogate of the policy gradient, as the estimator has it.
    case policyGradient = "policy-gradient"
    /// The clipped ratio of PPO.
    case clippedRatio = "ppo"
  }

  /// Whether inner step sizes are meta-parameters.
  public enum StepSizes: String, Codable, Sendable, CaseIterable {
    /// One size for all.
    case fixed
    /// One for each number of the policy (Meta-SGD; Li et al., 2017).
    case learned
  }

  /// The update of meta-parameters.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// Trust-region policy optimization.
    case trustRegion = "trpo"
    /// Several steps of Adam on clipped ratios.
    case clippedRatio = "ppo"
    /// One step of Adam on the policy gradient.
    case adam
    /// Interpolation towards the mean of the adapted parameters (Reptile; Nichol et al., 2018).
    case interpolation
    /// None: the initial policy stays.
    case none
  }

  /// The settings of the MAML family.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "Size of an inner step; at test, of the first. 0, and not learned: agents do not adapt", 0...100, symbol: "α",
      source: "Finn et al. 2017, appendix A.2")
    public var innerStepSize = 0.1
    @Setting("Inner steps in meta-training", 0...20, source: "Finn et al. 2017")
    public var innerSteps = 1
    @Setting(
      "Episodes before each inner step, and in meta-training after the last", 1...10_000, symbol: "K",
      source: "Finn et al. 2017, appendix A.2")
    public var episodesPerInnerStep = 20
    @Setting(
      "Episodes before each inner step at test. 0: as many as episodesPerInnerStep", 0...10_000,
      source: "our choice; Finn et al. 2017, section 5.3, have 20 in training, 40 at test")
    public var episodesPerTestStep = 0
    @Setting("Tasks in a meta-batch", 1...10_000, source: "Finn et al. 2017, appendix A.2")
    public var tasksPerBatch = 20
    @Setting("How an inner step is differentiated", source: "Rothfuss et al. 2019 (lvc)")
    public var innerEstimator = InnerEstimator.lowVarianceCurvature
    @Setting(
      "Decay of the dependence on earlier actions in loaded-dice", 0...1, symbol: "λ",
      source: "Farquhar et al. 2019")
    public var loadedDiceDecay = 1.0
    @Setting("The objective of an inner step", source: "Finn et al. 2017, equation 4")
    public var innerObjective = InnerObjective.policyGradient
    @Setting("Gradient steps on the data of one inner step", 1...100, source: "Finn et al. 2017")
    public var updatesPerInnerStep = 1
    @Setting("Whether inner step sizes are meta-parameters", source: "Li et al. 2017 (learned)")
    public var stepSizes = StepSizes.fixed
    @Setting(
      "Which parameters inner steps move",
      source: "Finn et al. 2017 (all); Raghu et al. 2020 (last-layer); Zintgraf et al. 2019 (context)")
    public var adapted = AdaptedPart.all
    @Setting(
      "Size of the context, with adapted=context and all-and-context", 0...1000,
      source: "no context; Zintgraf et al. 2019, authors' code, has 5")
    public var contextSize = 0
    @Setting(
      "Whether the outer gradient has the score-function term of the inner data; goes with naive",
      source: "Stadie et al. 2018 (true)")
    public var scoreTerm = false
    @Setting(
      "Weight of the score-function term, with scoreTerm. 0: one over the number of steps of the inner data; 1: the exact gradient, whose noise outweighs the rest",
      0...1, source: "0: Rothfuss et al. 2019, authors' code of E-MAML")
    public var scoreWeight = 0.0
    @Setting("How meta-parameters are updated", source: "Finn et al. 2017 (trpo), Rothfuss et al. 2019 (ppo)")
    public var outerUpdate = OuterUpdate.trustRegion
    @Setting(
      "Size of a step of Adam, with adam and ppo; with interpolation, the interpolation weight ε", above: 0,
      through: 10,
      symbol: "β", source: "Rothfuss et al. 2019, authors' code")
    public var outerStepSize = 1e-3
    @Setting(
      "Iterations over which ε decays linearly to 0, with interpolation. 0: no decay",
      0...1_000_000_000, source: "our choice; Nichol et al. 2018 decay over the whole training")
    public var annealedIterations = 0
    @Setting("Steps of Adam on one meta-batch, with ppo", 1...1000, source: "Rothfuss et al. 2019, authors' code")
    public var outerEpochs = 5
    @Setting(
      "Clipping of likelihood ratios, with ppo", above: 0, through: 1, symbol: "ε",
      source: "Rothfuss et al. 2019, authors' code")
    public var ratioClip = 0.3
    @Setting(
      "Weight of the divergence before inner steps, with ppo", 0...100, symbol: "η",
      source: "Rothfuss et al. 2019, authors' code")
    public var divergencePenalty = 5e-4
    @Setting(
      "Largest mean divergence of an outer step, with trpo", above: 0, through: 10, symbol: "δ",
      source: "Finn et al. 2017, authors' code")
    public var maximumDivergence = TrustRegionStep().maximumDivergence
    @Setting(
      "Products with the Fisher information in an outer step, with trpo", 1...1000,
      source: "Finn et al. 2017, authors' code")
    public var conjugateGradientIterations = TrustRegionStep().conjugateGradientIterations
    @Setting(
      "Added to the diagonal of the Fisher information, with trpo", 0...10,
      source: "Finn et al. 2017, authors' code")
    public var damping = TrustRegionStep().damping
    @Setting(
      "Factor between tries of the line search, with trpo", above: 0, through: 0.99,
      source: "Finn et al. 2017, authors' code")
    public var backtrackRatio = TrustRegionStep().backtrackRatio
    @Setting("Tries of the line search, with trpo", 1...100, source: "Finn et al. 2017, authors' code")
    public var maximumBacktracks = TrustRegionStep().maximumBacktracks
    @Setting(
      "Widths of the hidden layers", each: 1...4096, count: 0...8,
      source: "Rothfuss et al. 2019, authors' code; Finn et al. 2017 has [100, 100]")
    public var hiddenSizes = [64, 64]
    @Setting(
      "The function between layers", source: "Rothfuss et al. 2019, authors' code; Finn et al. 2017 has relu")
    public var activation = Activation.tanh
    @Setting("Discount of rewards", 0...1, symbol: "γ", source: "Finn et al. 2017, authors' code")
    public var discount = 0.99
    @Setting(
      "Decay of generalized advantage estimates", 0...1, symbol: "λ", source: "Finn et al. 2017, authors' code")
    public var advantageDecay = 1.0
    @Setting(
      "Factor at test of the size of inner steps beyond those of meta-training", 0...10,
      source: "Finn et al. 2017, appendix A.2")
    public var laterStepFactor = 0.5
    @Setting(
      "The reward channel of inner steps in meta-training; at test it is the reported one",
      source: "the family's reported channel")
    public var innerReward = RewardChoice.reported
    @Setting("The reward channel that the outer update is computed from", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported
    @Setting(
      "Weight of a bonus that agents add to their rewards: it is divided by the root of how often they were in the cell that a step led to",
      0...1e6, symbol: "β", source: "Tang et al. 2017, arXiv:1611.04717 (count-bonus)")
    public var explorationBonus = 0.0
    @Setting(
      "Width of the cells in which visits are counted, in units of an observation", above: 0, through: 1e6,
      source: "our choice")
    public var explorationCellSize = 0.25

    /// The defaults.
    public init() {}

    /// Whether agents take inner steps.
    var adaptsAtTest: Bool { stepSizes == .learned || innerStepSize != 0 }

    /// Episodes that an agent plays before each inner step at test.
    var episodesBeforeStepAtTest: Int { episodesPerTestStep > 0 ? episodesPerTestStep : episodesPerInnerStep }

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `SettingsError`.
    func check() throws {
      if outerUpdate == .interpolation {
        try checkInterpolation(innerSteps: innerSteps, adapted, stepSizes)
        guard !scoreTerm else {
          throw SettingsError(
            "scoreTerm is part of an outer gradient, and outerUpdate=interpolation has none: --set outerUpdate=trpo"
          )
        }
      }
      guard scoreTerm else { return }
      guard innerSteps > 0 else { throw SettingsError("scoreTerm needs inner steps, and innerSteps is 0") }
      guard outerUpdate != .clippedRatio else {
        throw SettingsError("scoreTerm holds for one step on its data: outerUpdate is trpo or adam, not ppo")
      }
      guard tasksPerBatch > 1 else {
        throw SettingsError("scoreTerm compares tasks: tasksPerBatch is at least 2, not 1")
      }
    }

    /// The reward channel of inner steps in meta-training.
    ///
    /// Reptile's outer update uses no other episodes, so its inner steps use the channel of the outer update.
    var rewardOfInnerSteps: RewardChoice { outerUpdate == .interpolation ? trainingReward : innerReward }

    var trustRegion: TrustRegionStep {
      var step = TrustRegionStep()
      step.maximumDivergence = maximumDivergence
      step.conjugateGradientIterations = conjugateGradientIterations
      step.damping = damping
      step.backtrackRatio = backtrackRatio
      step.maximumBacktracks = maximumBacktracks
      return step
    }
  }
}

/// Refuses settings that contradict `outerUpdate=interpolation`.
///
/// - Throws: `SettingsError`.
func checkInterpolation(innerSteps: Int, _ adapted: AdaptedPart, _ stepSizes: MAML.StepSizes) throws {
  guard innerSteps > 0 else {
    throw SettingsError(
      "outerUpdate=interpolation needs inner steps, and innerSteps is 0: --set innerSteps=3")
  }
  guard adapted == .all || adapted == .allAndContext else {
    throw SettingsError(
      "outerUpdate=interpolation trains only the parameters that inner steps move, and adapted is \(adapted.rawValue): "
        + "--set adapted=all")
  }
  guard stepSizes == .fixed else {
    throw SettingsError("outerUpdate=interpolation has no gradient to learn step sizes with: --set stepSizes=fixed")
  }
}

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
    /// None: the initial policy stays.
    case none
  }

  /// The settings of the MAML family.
  public struct Configuration: LearnerConfiguration {
    /// Size of an inner step; at test, of the first: α in the paper.
    public var innerStepSize = 0.1
    /// Inner steps in meta-training.
    public var innerSteps = 1
    /// Episodes played before each inner step, and in meta-training after the last: K in the paper.
    public var episodesPerInnerStep = 20
    /// Episodes an agent plays before each inner step at test; 0: `episodesPerInnerStep`.
    public var episodesPerTestStep = 0
    /// Tasks in a meta-batch.
    public var tasksPerBatch = 20
    /// The derivative of an inner step.
    public var innerEstimator = InnerEstimator.lowVarianceCurvature
    /// Decay of Loaded DiCE.
    public var loadedDiceDecay = 1.0
    /// The objective of an inner step.
    public var innerObjective = InnerObjective.policyGradient
    /// Gradient steps taken on the data of one inner step.
    public var updatesPerInnerStep = 1
    /// Whether step sizes are meta-parameters.
    public var stepSizes = StepSizes.fixed
    /// Whether the outer gradient has the score-function term of the inner data.
    public var scoreTerm = false
    /// Weight of that term; 0: one over the number of steps.
    public var scoreWeight = 0.0
    /// The outer update.
    public var outerUpdate = OuterUpdate.trustRegion
    /// Size of a step of Adam: β in the paper.
    public var outerStepSize = 1e-3
    /// Steps of Adam on one meta-batch with the outer update of PPO.
    public var outerEpochs = 5
    /// Clipping of likelihood ratios: ε in the paper of PPO.
    public var ratioClip = 0.3
    /// Weight of the divergence before inner steps in the outer objective of PPO: η in the paper of ProMP.
    public var divergencePenalty = 5e-4
    /// Largest mean divergence of an outer step: δ in the paper of TRPO.
    public var maximumDivergence = TrustRegionStep().maximumDivergence
    /// Products with the Fisher information in an outer step.
    public var conjugateGradientIterations = TrustRegionStep().conjugateGradientIterations
    /// Added to the diagonal of the Fisher information.
    public var damping = TrustRegionStep().damping
    /// Factor between tries of the line search of an outer step.
    public var backtrackRatio = TrustRegionStep().backtrackRatio
    /// Tries of the line search of an outer step.
    public var maximumBacktracks = TrustRegionStep().maximumBacktracks
    /// Widths of the hidden layers.
    public var hiddenSizes = [64, 64]
    /// The function between layers.
    public var activation = Activation.tanh
    /// Discount of rewards: γ.
    public var discount = 0.99
    /// Decay of generalized advantage estimates: λ.
    public var advantageDecay = 1.0
    /// Factor at test of the size of every inner step beyond those of meta-training.
    public var laterStepFactor = 0.5
    /// The reward channel of inner steps in meta-training; at test it is the reported one.
    public var innerReward = RewardChoice.reported
    /// The reward channel of the outer update.
    public var trainingReward = RewardChoice.reported
    /// Weight of a bonus for rare observations that agents add to their rewards: β in the paper of Tang et al.
    public var explorationBonus = 0.0
    /// Width of the cells in which visits are counted, in units of an observation.
    public var explorationCellSize = 0.25

    /// The defaults.
    public init() {}

    /// Whether agents take inner steps.
    var adaptsAtTest: Bool { stepSizes == .learned || innerStepSize != 0 }

    /// Episodes that an agent plays before each inner step at test.
    var episodesBeforeStepAtTest: Int { episodesPerTestStep > 0 ? episodesPerTestStep : episodesPerInnerStep }

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `InvalidSettings`.
    func check() throws {
      guard scoreTerm else { return }
      guard innerSteps > 0 else { throw InvalidSettings("scoreTerm needs inner steps, and innerSteps is 0") }
      guard outerUpdate != .clippedRatio else {
        throw InvalidSettings("scoreTerm holds for one step on its data: outerUpdate is trpo or adam, not ppo")
      }
      guard tasksPerBatch > 1 else {
        throw InvalidSettings("scoreTerm compares tasks: tasksPerBatch is at least 2, not 1")
      }
    }

    var trustRegion: TrustRegionStep {
      var step = TrustRegionStep()
      step.maximumDivergence = maximumDivergence
      step.conjugateGradientIterations = conjugateGradientIterations
      step.damping = damping
      step.backtrackRatio = backtrackRatio
      step.maximumBacktracks = maximumBacktracks
      return step
    }

    /// The settings.
    public static let settings: [Setting] = [
      Setting(
        "innerStepSize", "Size of an inner step; at test, of the first. 0: agents do not adapt", .number(0...100),
        symbol: "α", source: "Finn et al. 2017, appendix A.2"),
      Setting("innerSteps", "Inner steps in meta-training", .integer(0...20), source: "Finn et al. 2017"),
      Setting(
        "episodesPerInnerStep", "Episodes before each inner step, and in meta-training after the last",
        .integer(1...10_000), symbol: "K", source: "Finn et al. 2017, appendix A.2"),
      Setting(
        "episodesPerTestStep", "Episodes before each inner step at test. 0: as many as episodesPerInnerStep",
        .integer(0...10_000),
        source: "our choice; Finn et al. 2017, section 5.3, have 20 in training, 40 at test"),
      Setting(
        "tasksPerBatch", "Tasks in a meta-batch", .integer(1...10_000), source: "Finn et al. 2017, appendix A.2"),
      Setting(
        "innerEstimator", "How an inner step is differentiated", .choice(InnerEstimator.allCases.map(\.rawValue)),
        source: "Rothfuss et al. 2019 (lvc)"),
      Setting(
        "loadedDiceDecay", "Decay of the dependence on earlier actions in loaded-dice", .number(0...1), symbol: "λ",
        source: "Farquhar et al. 2019"),
      Setting(
        "innerObjective", "The objective of an inner step", .choice(InnerObjective.allCases.map(\.rawValue)),
        source: "Finn et al. 2017, equation 4"),
      Setting(
        "updatesPerInnerStep", "Gradient steps on the data of one inner step", .integer(1...100),
        source: "Finn et al. 2017"),
      Setting(
        "stepSizes", "Whether inner step sizes are meta-parameters", .choice(StepSizes.allCases.map(\.rawValue)),
        source: "Li et al. 2017 (learned)"),
      Setting(
        "scoreTerm", "Whether the outer gradient has the score-function term of the inner data; goes with naive",
        .boolean, source: "Stadie et al. 2018 (true)"),
      Setting(
        "scoreWeight",
        "Weight of the score-function term, with scoreTerm. 0: one over the number of steps of the inner data; 1: the exact gradient, whose noise outweighs the rest",
        .number(0...1), source: "0: Rothfuss et al. 2019, authors' code of E-MAML"),
      Setting(
        "outerUpdate", "How meta-parameters are updated", .choice(OuterUpdate.allCases.map(\.rawValue)),
        source: "Finn et al. 2017 (trpo), Rothfuss et al. 2019 (ppo)"),
      Setting(
        "outerStepSize", "Size of a step of Adam, with adam and ppo", .numberAbove(0, through: 10), symbol: "β",
        source: "Rothfuss et al. 2019, authors' code"),
      Setting(
        "outerEpochs", "Steps of Adam on one meta-batch, with ppo", .integer(1...1000),
        source: "Rothfuss et al. 2019, authors' code"),
      Setting(
        "ratioClip", "Clipping of likelihood ratios, with ppo", .numberAbove(0, through: 1), symbol: "ε",
        source: "Rothfuss et al. 2019, authors' code"),
      Setting(
        "divergencePenalty", "Weight of the divergence before inner steps, with ppo", .number(0...100), symbol: "η",
        source: "Rothfuss et al. 2019, authors' code"),
      Setting(
        "maximumDivergence", "Largest mean divergence of an outer step, with trpo", .numberAbove(0, through: 10),
        symbol: "δ", source: "Finn et al. 2017, authors' code"),
      Setting(
        "conjugateGradientIterations", "Products with the Fisher information in an outer step, with trpo",
        .integer(1...1000), source: "Finn et al. 2017, authors' code"),
      Setting(
        "damping", "Added to the diagonal of the Fisher information, with trpo", .number(0...10),
        source: "Finn et al. 2017, authors' code"),
      Setting(
        "backtrackRatio", "Factor between tries of the line search, with trpo", .numberAbove(0, through: 0.99),
        source: "Finn et al. 2017, authors' code"),
      Setting(
        "maximumBacktracks", "Tries of the line search, with trpo", .integer(1...100),
        source: "Finn et al. 2017, authors' code"),
      Setting(
        "hiddenSizes", "Widths of the hidden layers", .integers(each: 1...4096, count: 0...8),
        source: "Rothfuss et al. 2019, authors' code; Finn et al. 2017 has [100, 100]"),
      Setting(
        "activation", "The function between layers", .choice(Activation.allCases.map(\.rawValue)),
        source: "Rothfuss et al. 2019, authors' code; Finn et al. 2017 has relu"),
      Setting(
        "discount", "Discount of rewards", .number(0...1), symbol: "γ", source: "Finn et al. 2017, authors' code"),
      Setting(
        "advantageDecay", "Decay of generalised advantage estimates", .number(0...1), symbol: "λ",
        source: "Finn et al. 2017, authors' code"),
      Setting(
        "laterStepFactor", "Factor at test of the size of inner steps beyond those of meta-training",
        .number(0...10),
        source: "Finn et al. 2017, appendix A.2"),
      Setting(
        "innerReward", "The reward channel of inner steps in meta-training; at test it is the reported one",
        .choice(RewardChoice.allCases.map(\.rawValue)), source: "the family's reported channel"),
      Setting(
        "trainingReward", "The reward channel that the outer update is computed from",
        .choice(RewardChoice.allCases.map(\.rawValue)),
        source: "the family's reported channel"),
      Setting(
        "explorationBonus",
        "Weight of a bonus that agents add to their rewards: it is divided by the root of how often they were in the cell that a step led to",
        .number(0...1e6), symbol: "β", source: "Tang et al. 2017, arXiv:1611.04717 (count-bonus)"),
      Setting(
        "explorationCellSize", "Width of the cells in which visits are counted, in units of an observation",
        .numberAbove(0, through: 1e6), source: "our choice"),
    ]
  }
}

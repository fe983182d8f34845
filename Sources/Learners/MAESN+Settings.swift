import MetaRL
import Networks
import Tensors

extension MAESN {
  /// The update of meta-parameters.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// Trust-region policy optimization.
    case trustRegion = "trpo"
    /// One step of Adam on the policy gradient.
    case adam
  }

  /// The update that reduces the divergence of the tasks' distributions from the standard normal one.
  public enum PenaltyUpdate: String, Codable, Sendable, CaseIterable {
    /// By a separate step, after the outer update, on the distributions of the tasks of the meta-batch.
    case separate
    /// As a part of the outer objective.
    case joint
  }

  /// The settings of MAESN.
  public struct Configuration: LearnerConfiguration {
    /// Numbers of the latent vector.
    public var latentSize = 2
    /// Training tasks, a fixed set; fewer where a family has fewer.
    public var trainingTasks = 100
    /// Size of an inner step on the mean and the deviation of z, or what it starts with: α in the paper.
    public var innerStepSize = 0.5
    /// Whether inner step sizes are meta-parameters.
    public var stepSizes = MAML.StepSizes.learned
    /// Size of an inner step on the policy, or what it starts with; 0: the policy does not adapt.
    public var policyStepSize = 0.0
    /// Inner steps in meta-training.
    public var innerSteps = 1
    /// Episodes played before each inner step, and in meta-training after the last.
    public var episodesPerInnerStep = 20
    /// Episodes an agent plays before each inner step at test; 0: `episodesPerInnerStep`.
    public var episodesPerTestStep = 0
    /// Tasks in a meta-batch.
    public var tasksPerBatch = 20
    /// The derivative of an inner step: first-order, naive or LVC.
    public var innerEstimator = InnerEstimator.naive
    /// Weight of the divergence of a training task's distribution of z from the standard normal one.
    public var divergenceWeight = 0.1
    /// The update that reduces this divergence.
    public var penaltyUpdate = PenaltyUpdate.separate
    /// The outer update.
    public var outerUpdate = OuterUpdate.trustRegion
    /// Size of a step of Adam.
    public var outerStepSize = 1e-3
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
    public var hiddenSizes = [100, 100]
    /// The function between layers.
    public var activation = Activation.relu
    /// Discount of rewards: γ.
    public var discount = 0.99
    /// Decay of generalized advantage estimates: λ.
    public var advantageDecay = 1.0
    /// Factor between the sizes of an agent's inner step and the next, from the third on.
    public var laterStepFactor = 0.5
    /// The reward channel of inner steps in meta-training; at test it is the one that the family reports.
    public var innerReward = RewardChoice.reported
    /// The reward channel of the outer update.
    public var trainingReward = RewardChoice.reported

    /// The defaults.
    public init() {}

    /// Whether agents take inner steps.
    var adaptsAtTest: Bool { stepSizes == .learned || innerStepSize != 0 || policyStepSize != 0 }

    /// Episodes that an agent plays before each inner step at test.
    var episodesBeforeStepAtTest: Int { episodesPerTestStep > 0 ? episodesPerTestStep : episodesPerInnerStep }

    var trustRegion: TrustRegionStep {
      var step = TrustRegionStep()
      step.maximumDivergence = maximumDivergence
      step.conjugateGradientIterations = conjugateGradientIterations
      step.damping = damping
      step.backtrackRatio = backtrackRatio
      step.maximumBacktracks = maximumBacktracks
      return step
    }

    /// With one z an episode, the other estimators are LVC.
    private static let estimators: [InnerEstimator] = [.firstOrder, .naive, .lowVarianceCurvature]

    private static let paper = "Gupta et al. 2018"
    private static let code = "Gupta et al. 2018, authors' code"

    /// The settings.
    public static let settings: [Setting] = [
      Setting("latentSize", "Numbers of the latent vector", .integer(1...1024), source: code),
      Setting(
        "trainingTasks", "Training tasks, a fixed set; fewer where a family has fewer", .integer(1...100_000),
        source: code),
      Setting(
        "innerStepSize", "Size of an inner step on mean and log-deviation of z, or what it starts with",
        .number(0...100), symbol: "α", source: code + ", which tries 0.5 and 1"),
      Setting(
        "stepSizes", "Whether inner step sizes are meta-parameters",
        .choice(MAML.StepSizes.allCases.map(\.rawValue)),
        source: paper),
      Setting(
        "policyStepSize",
        "Size of an inner step on the policy, or what it starts with. 0: the policy does not adapt",
        .number(0...100), source: code),
      Setting("innerSteps", "Inner steps in meta-training", .integer(0...20), source: code),
      Setting(
        "episodesPerInnerStep", "Episodes before each inner step, and in meta-training after the last",
        .integer(1...10_000), source: code + ", which tries 20 and 50"),
      Setting(
        "episodesPerTestStep", "Episodes before each inner step at test. 0: as many as episodesPerInnerStep",
        .integer(0...10_000), source: "our choice; " + code + " has 50 on its tasks"),
      Setting("tasksPerBatch", "Tasks in a meta-batch", .integer(1...10_000), source: code),
      Setting(
        "innerEstimator", "How an inner step is differentiated", .choice(estimators.map(\.rawValue)),
        source: code + " (naive); Rothfuss et al. 2019 (lvc)"),
      Setting(
        "divergenceWeight", "Weight of the divergence of a training task's z from the standard normal distribution",
        .number(0...1000), source: code + ", which tries 0.1 and 0.5"),
      Setting(
        "penaltyUpdate",
        "Whether that divergence is reduced by a separate step after the outer update, or as part of the outer objective",
        .choice(PenaltyUpdate.allCases.map(\.rawValue)),
        source: "separate: joint does harm with this weight, as the learner's page shows; " + code + " (joint)"),
      Setting(
        "outerUpdate", "How meta-parameters are updated", .choice(OuterUpdate.allCases.map(\.rawValue)),
        source: paper + " (trpo)"),
      Setting(
        "outerStepSize", "Size of a step of Adam, with adam", .numberAbove(0, through: 10), source: "as for maml"),
      Setting(
        "maximumDivergence", "Largest mean divergence of an outer step, with trpo", .numberAbove(0, through: 10),
        symbol: "δ", source: code),
      Setting(
        "conjugateGradientIterations", "Products with the Fisher information in an outer step, with trpo",
        .integer(1...1000), source: "as for maml"),
      Setting(
        "damping", "Added to the diagonal of the Fisher information, with trpo", .number(0...10),
        source: "as for maml"),
      Setting(
        "backtrackRatio", "Factor between tries of the line search, with trpo", .numberAbove(0, through: 0.99),
        source: "as for maml"),
      Setting(
        "maximumBacktracks", "Tries of the line search, with trpo", .integer(1...100), source: "as for maml"),
      Setting(
        "hiddenSizes", "Widths of the hidden layers", .integers(each: 1...4096, count: 0...8), source: code),
      Setting(
        "activation", "The function between layers", .choice(Activation.allCases.map(\.rawValue)), source: code),
      Setting("discount", "Discount of rewards", .number(0...1), symbol: "γ", source: code),
      Setting(
        "advantageDecay", "Decay of generalised advantage estimates", .number(0...1), symbol: "λ", source: code),
      Setting(
        "laterStepFactor", "Factor at test between the sizes of an inner step and the next, from the third on",
        .number(0...10), source: code),
      Setting(
        "innerReward", "The reward channel of inner steps in meta-training; at test it is the reported one",
        .choice(RewardChoice.allCases.map(\.rawValue)), source: "the family's reported channel"),
      Setting(
        "trainingReward", "The reward channel that the outer update is computed from",
        .choice(RewardChoice.allCases.map(\.rawValue)),
        source: "the family's reported channel"),
    ]
  }
}

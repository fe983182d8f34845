import MetaRL
import Networks
import Tensors

extension MAESN {
  /// The update of meta-parameters by the outer loop.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// Trust-region policy optimization, as in the paper.
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

  public struct Configuration: LearnerConfiguration {
    @Setting("Numbers of the latent vector", 1...1024, source: code)
    public var latentSize = 2
    @Setting("Training tasks, a fixed set; fewer where a family has fewer", 1...100_000, source: code)
    public var trainingTasks = 100
    @Setting(
      "Size of an inner step on mean and log-deviation of z, or what it starts with", 0...100, symbol: "α",
      source: code + ", which tries 0.5 and 1")
    public var innerStepSize = 0.5
    @Setting("Whether inner step sizes are meta-parameters", source: paper)
    public var stepSizes = MAML.StepSizes.learned
    @Setting(
      "Size of an inner step on the policy, or what it starts with. 0: the policy does not adapt", 0...100,
      source: code)
    public var policyStepSize = 0.0
    @Setting("Inner steps in meta-training", 0...20, source: code)
    public var innerSteps = 1
    @Setting(
      "Episodes before each inner step, and in meta-training after the last", 1...10_000,
      source: code + ", which tries 20 and 50")
    public var episodesPerInnerStep = 20
    @Setting(
      "Episodes before each inner step at test. 0: as many as episodesPerInnerStep", 0...10_000,
      source: "our choice; " + code + " has 50 on its tasks")
    public var episodesPerTestStep = 0
    @Setting("Tasks in a meta-batch", 1...10_000, source: code)
    public var tasksPerBatch = 20
    @Setting(
      "How an inner step is differentiated", oneOf: estimators,
      source: code + " (naive); Rothfuss et al. 2019 (lvc)")
    public var innerEstimator = InnerEstimator.naive
    @Setting(
      "Weight of the divergence of a training task's z from the standard normal distribution", 0...1000,
      source: code + ", which tries 0.1 and 0.5")
    public var divergenceWeight = 0.1
    @Setting(
      "Whether that divergence is reduced by a separate step after the outer update, or as part of the outer objective",
      source: "separate: joint does harm with this weight, as the learner's page shows; " + code + " (joint)")
    public var penaltyUpdate = PenaltyUpdate.separate
    @Setting("How meta-parameters are updated", source: paper + " (trpo)")
    public var outerUpdate = OuterUpdate.trustRegion
    @Setting("Size of a step of Adam, with adam", above: 0, through: 10, source: "as for maml")
    public var outerStepSize = 1e-3
    @Setting(
      "Largest mean divergence of an outer step, with trpo", above: 0, through: 10, symbol: "δ", source: code)
    public var maximumDivergence = TrustRegionStep().maximumDivergence
    @Setting("Products with the Fisher information in an outer step, with trpo", 1...1000, source: "as for maml")
    public var conjugateGradientIterations = TrustRegionStep().conjugateGradientIterations
    @Setting("Added to the diagonal of the Fisher information, with trpo", 0...10, source: "as for maml")
    public var damping = TrustRegionStep().damping
    @Setting("Factor between tries of the line search, with trpo", above: 0, through: 0.99, source: "as for maml")
    public var backtrackRatio = TrustRegionStep().backtrackRatio
    @Setting("Tries of the line search, with trpo", 1...100, source: "as for maml")
    public var maximumBacktracks = TrustRegionStep().maximumBacktracks
    @Setting("Widths of the hidden layers", each: 1...4096, count: 0...8, source: code)
    public var hiddenSizes = [100, 100]
    @Setting("The function between layers", source: code)
    public var activation = Activation.relu
    @Setting("Discount of rewards", 0...1, symbol: "γ", source: code)
    public var discount = 0.99
    @Setting("Decay of generalized advantage estimates", 0...1, symbol: "λ", source: code)
    public var advantageDecay = 1.0
    @Setting(
      "Factor at test between the sizes of an inner step and the next, from the third on", 0...10, source: code)
    public var laterStepFactor = 0.5
    @Setting(
      "The reward channel of inner steps in meta-training; at test it is the reported one",
      source: "the family's reported channel")
    public var innerReward = RewardChoice.reported
    @Setting("The reward channel that the outer update is computed from", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported

    public init() {}

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
  }
}

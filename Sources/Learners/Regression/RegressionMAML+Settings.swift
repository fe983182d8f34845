import MetaRL
import Networks
import Tensors

extension RegressionMAML {
  /// The points of inner steps in meta-training.
  public enum TrainingPoints: String, Codable, Sendable, CaseIterable {
    /// The same for all steps.
    case same
    /// Other points for each step.
    case fresh
  }

  /// How meta-parameters are updated.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// One step of Adam on the loss after inner steps.
    case adam
    /// A share of the way to the mean of the adapted parameters (Reptile; Nichol et al., 2018).
    case interpolation
  }

  /// How inner steps follow the gradient.
  public enum InnerOptimizer: String, Codable, Sendable, CaseIterable {
    /// Gradient descent.
    case descent
    /// Adam without a mean of gradients, β₁ = 0.
    case adam
  }

  /// What Adam, as inner optimizer, remembers at the start of a task.
  public enum OptimizerMemory: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case fresh
    /// What it had at the end of the task before, in meta-training; at test, at the end of meta-training.
    case carried
  }

  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "Size of an inner step. 0: agents do not adapt", 0...100, symbol: "α",
      source: "Finn et al. 2017, section 5.1")
    public var innerStepSize = 0.01
    @Setting(
      "Inner steps in meta-training. 0: one network for all tasks", 0...20,
      source: "Finn et al. 2017, section 5.1")
    public var innerSteps = 1
    @Setting(
      "Which points inner steps are taken on in meta-training",
      source: "Finn et al. 2017 (same); Nichol et al. 2018, authors' code (fresh)")
    public var trainingPoints = TrainingPoints.same
    @Setting(
      "Episodes with the points of inner steps in meta-training, and of the outer loss", 1...10_000,
      source: "our choice: as many points as at test")
    public var episodesPerInnerStep = 1
    @Setting(
      "Inner steps of an agent after every episode", 0...1000,
      source: "our choice: the curve is that over gradient steps")
    public var stepsPerEpisode = 1
    @Setting("Which points an agent steps on", source: "Finn et al. 2017, section 5.1")
    public var pointsAtTest = RegressionAgent.Points.firstEpisode
    @Setting(
      "Which parameters inner steps move",
      source: "Finn et al. 2017 (all); Raghu et al. 2020 (last-layer); Zintgraf et al. 2019 (context)")
    public var adapted = AdaptedPart.all
    @Setting(
      "Numbers of the context, with context and all-and-context", 0...1000,
      source: "none without a context; Zintgraf et al. 2019 has 5")
    public var contextSize = 0
    @Setting("Whether inner step sizes are meta-parameters", source: "Li et al. 2017 (learned)")
    public var stepSizes = MAML.StepSizes.fixed
    @Setting("How inner steps follow the gradient", source: "Finn et al. 2017 (descent), Nichol et al. 2018 (adam)")
    public var innerOptimizer = InnerOptimizer.descent
    @Setting(
      "What Adam remembers at the start of a task, as inner optimizer",
      source: "our choice; Nichol et al. 2018, authors' code (carried)")
    public var optimizerMemory = OptimizerMemory.fresh
    @Setting("Whether the outer gradient flows through inner gradients (higher)", source: "Finn et al. 2017")
    public var gradientOrder = GradientOrder.higher
    @Setting(
      "How meta-parameters are updated", source: "Finn et al. 2017 (adam), Nichol et al. 2018 (interpolation)")
    public var outerUpdate = OuterUpdate.adam
    @Setting("Tasks in a meta-batch", 1...10_000, source: "Finn et al. 2017, authors' code")
    public var tasksPerBatch = 25
    @Setting(
      "Size of a step of Adam; with interpolation, the share of the way", above: 0, through: 10, symbol: "β",
      source: "Finn et al. 2017, authors' code")
    public var outerStepSize = 1e-3
    @Setting(
      "Iterations in which the share falls to 0 along a straight line, with interpolation. 0: it stays",
      0...1_000_000_000, source: "Nichol et al. 2018: as many as there are")
    public var annealedIterations = 0
    @Setting("Widths of the hidden layers", each: 1...4096, count: 0...8, source: "Finn et al. 2017, section 5.1")
    public var hiddenSizes = [40, 40]
    @Setting("The function between layers", source: "Finn et al. 2017, section 5.1")
    public var activation = Activation.relu

    /// The defaults.
    public init() {}

    /// The sets of points of a task in an iteration, each of as many episodes.
    var setsOfPoints: Int {
      (trainingPoints == .fresh ? max(innerSteps, 1) : 1) + (outerUpdate == .interpolation ? 0 : 1)
    }

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `SettingsError`.
    func check() throws {
      if outerUpdate == .interpolation {
        try checkInterpolation(innerSteps: innerSteps, adapted, stepSizes)
      } else if innerOptimizer == .adam {
        throw SettingsError(
          "innerOptimizer=adam has no gradient that an outer step could follow: --set outerUpdate=interpolation")
      }
      if optimizerMemory == .carried, innerOptimizer == .descent {
        throw SettingsError(
          "optimizerMemory=carried needs an inner optimizer that remembers: --set innerOptimizer=adam")
      }
    }
  }
}

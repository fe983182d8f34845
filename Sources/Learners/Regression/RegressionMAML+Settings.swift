import MetaRL
import Networks
import Tensors

extension RegressionMAML {
  /// The points of inner steps in meta-training.
  public enum TrainingPoints: String, Codable, Sendable, CaseIterable {
    /// The same points for all steps.
    case same
    /// New points for each step.
    case fresh
  }

  /// The update of meta-parameters.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// One step of Adam on the loss after inner steps.
    case adam
    /// Interpolation towards the mean of the adapted parameters (Reptile; Nichol et al., 2018).
    case interpolation
  }

  /// The optimizer of inner steps.
  public enum InnerOptimizer: String, Codable, Sendable, CaseIterable {
    /// Gradient descent.
    case descent
    /// Adam without momentum, β₁ = 0.
    case adam
  }

  /// The second moments of Adam, as inner optimizer, at the start of a task.
  public enum OptimizerMemory: String, Codable, Sendable, CaseIterable {
    /// Reset.
    case fresh
    /// In meta-training, those at the end of the previous task; at test, those at the end of meta-training.
    case carried
  }

  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "Size of an inner step. 0, and not learned: agents do not adapt", 0...100, symbol: "α",
      source: "Finn et al. 2017, section 5.1")
    public var innerStepSize = 0.01
    @Setting(
      "Inner steps in meta-training. 0: one network for all tasks", 0...20,
      source: "Finn et al. 2017, section 5.1")
    public var innerSteps = 1
    @Setting(
      "Whether the inner steps of a task share their points in meta-training",
      source: "Finn et al. 2017 (same); Nichol et al. 2018, authors' code (fresh)")
    public var trainingPoints = TrainingPoints.same
    @Setting(
      "Episodes with the points of inner steps in meta-training, and of the outer loss", 1...10_000,
      source: "our choice: as many points as at test")
    public var episodesPerInnerStep = 1
    @Setting(
      "Inner steps of an agent after every episode", 0...1000,
      source: "our choice: the curve is then over gradient steps")
    public var stepsPerEpisode = 1
    @Setting("Which points an agent steps on", source: "Finn et al. 2017, section 5.1")
    public var pointsAtTest = RegressionAgent.Points.firstEpisode
    @Setting(
      "Which parameters inner steps move",
      source: "Finn et al. 2017 (all); Raghu et al. 2020 (last-layer); Zintgraf et al. 2019 (context)")
    public var adapted = AdaptedPart.all
    @Setting(
      "Size of the context, with adapted=context and all-and-context", 0...1000,
      source: "no context; Zintgraf et al. 2019 has 5")
    public var contextSize = 0
    @Setting("Whether inner step sizes are meta-parameters", source: "Li et al. 2017 (learned)")
    public var stepSizes = MAML.StepSizes.fixed
    @Setting("The optimizer of inner steps", source: "Finn et al. 2017 (descent), Nichol et al. 2018 (adam)")
    public var innerOptimizer = InnerOptimizer.descent
    @Setting(
      "Whether Adam, as inner optimizer, is reset for each task or keeps its second moments",
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
      "Size of a step of Adam; with interpolation, the interpolation weight ε", above: 0, through: 10, symbol: "β",
      source: "Finn et al. 2017, authors' code")
    public var outerStepSize = 1e-3
    @Setting(
      "Iterations over which ε decays linearly to 0, with interpolation. 0: no decay",
      0...1_000_000_000, source: "our choice; Nichol et al. 2018 decay over the whole training")
    public var annealedIterations = 0
    @Setting("Widths of the hidden layers", each: 1...4096, count: 0...8, source: "Finn et al. 2017, section 5.1")
    public var hiddenSizes = [40, 40]
    @Setting("The function between layers", source: "Finn et al. 2017, section 5.1")
    public var activation = Activation.relu

    /// The defaults.
    public init() {}

    /// The number of sets of points of each task in an iteration.
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
          "innerOptimizer=adam cannot be differentiated by an outer gradient: --set outerUpdate=interpolation")
      }
      if optimizerMemory == .carried, innerOptimizer == .descent {
        throw SettingsError(
          "optimizerMemory=carried needs an inner optimizer with a state: --set innerOptimizer=adam")
      }
    }
  }
}

import MetaRL
import Networks
import Tensors

extension ActorCriticMAML {
  /// The derivative of an inner step in the meta-gradient.
  public enum InnerDerivative: String, Codable, Sendable, CaseIterable {
    /// The product with the exact Hessian of its loss.
    case exact
    /// Nothing: the inner gradient is a constant (FOMAML; Finn et al., 2017).
    case firstOrder = "first-order"
    /// The inner gradient, number by number, in place of the Hessian: what the study's code calls MAML.
    case elementwise
  }

  /// The update of meta-parameters by the outer loop.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// One step of Adam for the actor, one for the critic.
    case adam
    /// None: the initial networks stay, as a control.
    case none
  }

  /// The optimizer of the steps that agents take in evaluation.
  public enum TestUpdate: String, Codable, Sendable, CaseIterable {
    /// As the inner steps of training are taken.
    case descent
    /// By Adam, which starts without memory in every lifetime.
    case adam
  }

  /// The settings; sources are the study's code.
  public struct Configuration: LearnerConfiguration {
    @Setting("Size of the actor's inner step", 0...100, symbol: "α", source: study)
    public var innerActorStepSize = 0.0990
    @Setting("Size of the critic's inner step", 0...100, symbol: "α", source: study)
    public var innerCriticStepSize = 0.1200
    @Setting("Inner steps in meta-training. 0: one policy for all tasks", 0...20, source: study)
    public var innerSteps = 1
    @Setting(
      "What an inner step contributes to the meta-gradient",
      source: "Finn et al. 2017; the study's code has elementwise, and calls it MAML")
    public var innerDerivative = InnerDerivative.exact
    @Setting("The actor's objective in an inner step", source: study)
    public var innerObjective = MAML.InnerObjective.policyGradient
    @Setting("Gradient steps on the data of one inner step", 1...100, source: study)
    public var updatesPerInnerStep = 1
    @Setting("Clipping of likelihood ratios, with ppo", above: 0, through: 1, symbol: "ε", source: study)
    public var ratioClip = 0.2
    @Setting(
      "Episodes before each inner step, and in meta-training after the last", 1...10_000, symbol: "K",
      source: study)
    public var episodesPerInnerStep = 20
    @Setting("Episodes before each step at test. 0: as many as episodesPerInnerStep", 0...10_000, source: study)
    public var episodesPerTestStep = 40
    @Setting("Tasks in a meta-batch", 1...10_000, source: study)
    public var tasksPerBatch = 20
    @Setting("How meta-parameters are updated", source: study)
    public var outerUpdate = OuterUpdate.adam
    @Setting("Size of the actor's outer step of Adam", above: 0, through: 10, symbol: "β", source: study)
    public var outerActorStepSize = 0.0028
    @Setting("Size of the critic's outer step of Adam", above: 0, through: 10, symbol: "β", source: study)
    public var outerCriticStepSize = 0.0039
    @Setting(
      "Iterations over which outer step sizes fall along a cosine. 0: they stay", 0...1_000_000, source: study)
    public var annealedIterations = 100
    @Setting("How agents take their steps: as in training (descent), or by Adam", source: study)
    public var testUpdate = TestUpdate.adam
    @Setting("Size of the actor's first step at test, with adam", 0...10, source: study)
    public var testActorStepSize = 0.0029
    @Setting("Size of the critic's first step at test, with adam", 0...10, source: study)
    public var testCriticStepSize = 0.0036
    @Setting(
      "Steps at test over which their sizes fall along a cosine, with adam. 0: they stay", 0...1_000_000,
      source: study)
    public var annealedTestSteps = 3
    @Setting("Widths of the hidden layers of either network", each: 1...4096, count: 0...8, source: study)
    public var hiddenSizes = [100, 100]
    @Setting("The function between layers", source: study)
    public var activation = Activation.relu
    @Setting("The logarithm of the deviation of actions at the start", -10...10, source: "Spinning Up")
    public var initialLogDeviation = -0.5
    @Setting("Discount of rewards", 0...1, symbol: "γ", source: study)
    public var discount = 0.99
    @Setting("Decay of generalized advantage estimates", 0...1, symbol: "λ", source: study)
    public var advantageDecay = 0.97

    public init() {}

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `SettingsError`.
    func check() throws {
      guard innerDerivative == .elementwise, updatesPerInnerStep > 1 else { return }
      throw SettingsError(
        "innerDerivative elementwise supports one gradient step: updatesPerInnerStep is 1, not \(updatesPerInnerStep)"
      )
    }

    /// Episodes that an agent plays before each step.
    var episodesBeforeStepAtTest: Int { episodesPerTestStep > 0 ? episodesPerTestStep : episodesPerInnerStep }
    private static let study = "Schindler 2022"
  }
}
